"""Which day of which instrument is traded at an instant, and its real bar."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from financehub_tui.clock import to_datetime, to_nanos
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.providers.bundled.catalogue import Series
from financehub_tui.providers.bundled.data import DayBar
from financehub_tui.providers.simulated.currencies import PAIRS, Pair, linked, simulate_together
from financehub_tui.providers.simulated.day import Day, chance
from financehub_tui.providers.simulated.path import DailyBar, Grain, Hours, Trades, seed_of, simulate

DAYS_KEPT = 700
CURRENCY_DAYS_KEPT = 60
LOOK_BACK = 10
"""Days without a bar (weekends, holidays) that are gone back over."""
NEW_YORK = ZoneInfo("America/New_York")
_LOTS = {AssetClass.EQUITY: 100.0, AssetClass.CURRENCY: 1_000_000.0, AssetClass.CRYPTO: 0.0}
_DECIMALS = {AssetClass.EQUITY: 2}
"""Shares trade in cents, though split-adjusted bars have more decimals."""
_OPENING = time(9, 30)
_CLOSING = {"us": time(16), "us-index": time(16, 15)}
_DAY_ENDS = time(17)


class DayBars(Protocol):
    """Where the real daily bars come from."""

    def series(self, instrument: Instrument) -> list[Series]: ...
    def daily_bar_of(self, key: str, day: date) -> DayBar | None: ...


class Market:
    """Days of instruments, made when they are first looked at and kept for a while."""

    def __init__(self, bars: DayBars, seed: int) -> None:
        self._bars = bars
        self._seed = seed
        self._days: OrderedDict[tuple[str, date], Day] = OrderedDict()
        self._together: OrderedDict[tuple[str, date], dict[Pair, Trades]] = OrderedDict()
        """Days of the currencies that move together, by the rule of their hours and the date."""
        self._series: dict[str, Series | None] = {}

    def series(self, instrument: Instrument) -> Series | None:
        """The daily series an instrument's days are made in; None where there is none."""
        if instrument.key not in self._series:
            daily = (one for one in self._bars.series(instrument) if not one.interval.intraday)
            self._series[instrument.key] = next(daily, None)
        return self._series[instrument.key]

    def current(self, instrument: Instrument, now: int) -> tuple[Day, date] | None:
        """The newest day that has begun, and its date: before the opening that is the day before."""
        series = self.series(instrument)
        if series is None:
            return None
        day = trading_date(series.closes, now)
        for _ in range(LOOK_BACK):
            made = self.day(instrument, day)
            if made is not None and int(made.trades.times[0]) <= now:
                return made, day
            day -= timedelta(days=1)
        return None

    def day(self, instrument: Instrument, day: date) -> Day | None:
        """One day; None where its date has no bar."""
        key = (instrument.key, day)
        if key in self._days:
            self._days.move_to_end(key)
            return self._days[key]
        series = self.series(instrument)
        bar = self._bar(instrument, day)
        if series is None or bar is None:
            return None
        seed = seed_of(self._seed, instrument.key, day.isoformat())
        grain, hours = _grain(instrument, series), hours_of(series.closes, day)
        together = self._currencies(series.closes, day) if instrument.asset_class is AssetClass.CURRENCY else {}
        trades = together.get((instrument.symbol[:3], instrument.symbol[3:])) or simulate(seed, bar, hours, grain)
        made = self._days[key] = Day(seed, bar, hours, grain, trades)
        while len(self._days) > DAYS_KEPT:
            self._days.popitem(last=False)
        return made

    def _currencies(self, rule: str, day: date) -> dict[Pair, Trades]:
        """The pairs that move together on a day, made at once; a pair that is not linked to the dollar is not there."""
        made = self._together.get((rule, day))
        if made is None:
            bars = linked(dict(self._pair_bars(rule, day)))
            seed = seed_of(self._seed, "currencies", day.isoformat())
            made = self._together[rule, day] = simulate_together(seed, bars, hours_of(rule, day)) if bars else {}
            while len(self._together) > CURRENCY_DAYS_KEPT:
                self._together.popitem(last=False)
        return made

    def _pair_bars(self, rule: str, day: date) -> Iterator[tuple[Pair, tuple[DailyBar, Grain]]]:
        """The real bar, one without a volume, and the steps of every pair that is traded by a rule on a day."""
        for base, quote in PAIRS:
            pair = Instrument(asset_class=AssetClass.CURRENCY, symbol=base + quote, currency=quote)
            series = self.series(pair)
            bar = self._bar(pair, day) if series is not None and series.closes == rule else None
            if series is not None and bar is not None and not bar.volume:
                yield (base, quote), (bar, _grain(pair, series))

    def previous_close(self, instrument: Instrument, day: date) -> float | None:
        """The close of the last bar before a date."""
        for back in range(1, LOOK_BACK + 1):
            bar = self._bars.daily_bar_of(instrument.key, day - timedelta(days=back))
            if bar is not None and bar.close is not None:
                return bar.close
        return None

    def _bar(self, instrument: Instrument, day: date) -> DailyBar | None:
        """The real bar. Where the source fixes one price a day, the day runs to it from the one before."""
        bar = self._bars.daily_bar_of(instrument.key, day)
        if bar is None or bar.close is None:
            return None
        close = bar.close
        opened = bar.open if bar.open is not None else (self.previous_close(instrument, day) or close)
        highest, lowest = max(opened, close), min(opened, close)
        if bar.high is None or bar.low is None:
            seed = seed_of(self._seed, instrument.key, day.isoformat())
            room = 0.15 * (highest - lowest) + 0.001 * abs(close)
            highest, lowest = highest + room * chance(seed, 11), lowest - room * chance(seed, 12)
        else:
            highest, lowest = max(highest, bar.high), min(lowest, bar.low)
        return DailyBar(opened, highest, lowest, close, bar.volume or 0.0)


def _grain(instrument: Instrument, series: Series) -> Grain:
    return Grain(_DECIMALS.get(instrument.asset_class, series.decimals), _LOTS.get(instrument.asset_class, 1.0))


def trading_date(rule: str, now: int) -> date:
    """The exchange date an instant belongs to, by the rule of the series (see `providers.bundled.visibility`)."""
    if rule == "utc":
        return to_datetime(now).date()
    local = to_datetime(now).astimezone(NEW_YORK)
    ended = rule not in _CLOSING and local.time() >= _DAY_ENDS
    return local.date() + timedelta(days=1) if ended else local.date()


def hours_of(rule: str, day: date) -> Hours:
    """When a date is traded: the New York session, or a whole day."""
    if rule in _CLOSING:
        opening = datetime.combine(day, _OPENING, NEW_YORK)
        return Hours(to_nanos(opening), to_nanos(datetime.combine(day, _CLOSING[rule], NEW_YORK)), True)
    if rule == "utc":
        midnight = datetime.combine(day, time(0), UTC)
        return Hours(to_nanos(midnight), to_nanos(midnight + timedelta(days=1)), False)
    start = datetime.combine(day - timedelta(days=1), _DAY_ENDS, NEW_YORK)
    return Hours(to_nanos(start), to_nanos(datetime.combine(day, _DAY_ENDS, NEW_YORK)), False)
