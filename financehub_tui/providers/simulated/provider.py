"""The simulation as a provider."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Adjustment, Missing, Provenance, Reason, Tier
from financehub_tui.market.quote import Book, Level, Quote, Session, Side, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, ProviderSpec, Sink
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.unoffered import Unoffered
from financehub_tui.providers.simulated.day import Day
from financehub_tui.providers.simulated.market import Market, trading_date

if TYPE_CHECKING:
    from financehub_tui.providers.simulated.market import DayBars

PROVIDER = "simulated"
NOTE = "simulated inside the real daily bar"
AT_ONCE = 8
"""Days made in one turn of the loop: a few milliseconds."""
MOST_DAYS = 45
"""Days of intraday bars in one answer."""
provenance = Attribution(PROVIDER, tier=Tier.SIMULATED, notes=(NOTE,))
_CLASSES = (AssetClass.EQUITY, AssetClass.INDEX, AssetClass.CURRENCY, AssetClass.COMMODITY, AssetClass.CRYPTO)
_TRADED = (AssetClass.EQUITY, AssetClass.CRYPTO)
_QUOTED = tuple(one for one in _CLASSES if one is not AssetClass.INDEX)
INTERVALS = (Interval.M1, Interval.M5, Interval.M15, Interval.M30, Interval.H1, Interval.H4)

SPEC = ProviderSpec(
    id=PROVIDER,
    title="Simulation",
    rest_url="",
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=_CLASSES, batch=1_000, stream=True),
        Capability(kind=DataKind.BARS, asset_classes=_CLASSES, intervals=INTERVALS),
        Capability(kind=DataKind.BOOK, asset_classes=_QUOTED, stream=True),
        Capability(kind=DataKind.TRADES, asset_classes=_TRADED, stream=True),
    ),
)


class SimulatedProvider(Unoffered):
    """Quotes, trades, ladders and intraday bars of any instant. `bars` has the real daily bars."""

    spec = SPEC

    def __init__(self, clock: Clock, bars: DayBars, *, seed: int) -> None:
        self.market = Market(bars, seed)
        self.seed = seed
        self._warm = False
        self._warming = asyncio.Lock()
        self._clock = clock

    def symbol(self, instrument: Instrument) -> str | None:
        """The symbol; None where there are no real daily bars to simulate in."""
        series = self.market.series(instrument)
        return None if series is None else instrument.symbol

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """The quote of each at the clock's instant."""
        found: dict[str, Quote | Missing] = {}
        await self.warm(instruments)
        for place, instrument in enumerate(instruments):
            found[instrument.key] = self.quote(instrument, self._clock.now())
            if place % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
        return found

    async def warm(self, instruments: Sequence[Instrument]) -> None:
        """Load libraries and the days' bars in a thread, once, so that nothing waits for it on the loop."""
        async with self._warming:
            if instruments and not self._warm:
                await asyncio.to_thread(self.quote, instruments[0], self._clock.now())
                self._warm = True

    def quote(self, instrument: Instrument, now: int) -> Quote | Missing:
        """The quote at an instant."""
        found = self.market.current(instrument, now)
        if found is None:
            return Missing(reason=Reason.NO_DATA, detail=f"no daily bar of {instrument.display} to simulate in")
        day, date_of = found
        at = day.index(now)
        traded = day.trades.prices[: at + 1]
        open_now = now < day.hours.end
        top = day.top(at, now) if open_now and instrument.asset_class is not AssetClass.INDEX else None
        volume = float(day.trades.sizes[: at + 1].sum()) if day.bar.volume else None
        return Quote(
            key=instrument.key,
            time=now if open_now else int(day.trades.times[at]),
            last=float(traded[at]),
            last_size=float(day.trades.sizes[at]) if day.bar.volume else None,
            bid=top.bid if top else None,
            bid_size=top.bid_size if top else None,
            ask=top.ask if top else None,
            ask_size=top.ask_size if top else None,
            open=day.bar.open,
            high=float(traded.max()),
            low=float(traded.min()),
            previous_close=self.market.previous_close(instrument, date_of),
            volume=volume,
            trade_count=at + 1 if day.bar.volume else None,
            session=session_of(day, now),
            decimals=day.grain.decimals,
            provenance=self.origin(instrument, now, "quote"),
        )

    def origin(self, instrument: Instrument, now: int, endpoint: str) -> Provenance:
        """Always marked SIM."""
        return provenance(f"{endpoint}, seed {self.seed}", now, now, instrument)

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Intraday bars of the days in the window, up to the clock's instant."""
        return await asyncio.to_thread(self._bars, instrument, request)

    def _bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        import polars as pl

        from financehub_tui.engine.bars import windowed

        now = self._clock.now()
        days = self._days(instrument, request, now)
        frames = [day.minutes(now) for day in days]
        frames = [frame for frame in frames if frame.height]
        if not frames:
            raise self._error(Reason.NO_DATA, f"{instrument.display} did not trade in this window")
        frame, forming = windowed(pl.concat(frames), request, now)
        if not frame.height:
            raise self._error(Reason.NO_DATA, f"{instrument.display} did not trade in this window")
        return Bars(
            key=instrument.key,
            interval=request.interval,
            frame=frame,
            provenance=msgspec.structs.replace(
                self.origin(instrument, now, f"{request.interval.value} bars"), adjustment=self._basis(instrument)
            ),
            decimals=days[-1].grain.decimals,
            forming=forming,
        )

    def _basis(self, instrument: Instrument) -> Adjustment:
        """That of the real days the bars are simulated in."""
        series = self.market.series(instrument)
        return Adjustment.NONE if series is None else series.adjustment

    def _days(self, instrument: Instrument, request: BarRequest, now: int) -> list[Day]:
        """The days of a window, the newest ones where there are very many."""
        series = self.market.series(instrument)
        if series is None:
            return []
        first: date = trading_date(series.closes, request.start)
        last = min(trading_date(series.closes, request.end), trading_date(series.closes, now))
        first = max(first, last - timedelta(days=MOST_DAYS))
        dates = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        days = [self.market.day(instrument, one) for one in dates]
        return [day for day in days if day is not None]

    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The ladder at the clock's instant."""
        now = self._clock.now()
        found = self.market.current(instrument, now)
        if found is None or now >= found[0].hours.end:
            raise self._error(Reason.NO_DATA, f"the market of {instrument.display} is closed")
        day = found[0]
        bids, asks = day.ladder(day.index(now), now, depth)
        return Book(
            key=instrument.key,
            time=now,
            sequence=now // 1_000_000,
            bids=tuple(Level(price, size) for price, size in bids),
            asks=tuple(Level(price, size) for price, size in asks),
            decimals=day.grain.decimals,
            provenance=self.origin(instrument, now, "ladder"),
        )

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """Trades of the day up to the clock's instant, newest first."""
        now = self._clock.now()
        found = self.market.current(instrument, now)
        if found is None or not found[0].bar.volume:
            raise self._error(Reason.NO_DATA, f"no trades of {instrument.display}")
        day = found[0]
        at = day.index(now)
        return [trade_of(instrument.key, day, place) for place in range(at, max(-1, at - limit), -1)]

    def feed(self, sink: Sink) -> Feed | None:
        """A feed paced by the scenario's clock; None under any other clock."""
        from financehub_tui.engine.scenario import ScenarioClock
        from financehub_tui.providers.simulated.feed import SimulatedFeed

        return SimulatedFeed(self, sink, self._clock) if isinstance(self._clock, ScenarioClock) else None

    async def close(self) -> None:
        """Nothing is held open."""

    def _error(self, reason: Reason, detail: str) -> ProviderError:
        return ProviderError(PROVIDER, reason, detail)


def trade_of(key: str, day: Day, at: int) -> Trade:
    """One trade of a day."""
    trades = day.trades
    return Trade(
        key=key,
        time=int(trades.times[at]),
        price=float(trades.prices[at]),
        size=float(trades.sizes[at]),
        side=Side.BUY if trades.buys[at] else Side.SELL,
        id=f"{day.hours.start // NANOS}-{at}",
        provider=PROVIDER,
    )


def session_of(day: Day, now: int) -> Session:
    """The session by the day's own hours."""
    if now >= day.hours.end:
        return Session.CLOSED
    return Session.REGULAR if day.hours.shaped else Session.CONTINUOUS
