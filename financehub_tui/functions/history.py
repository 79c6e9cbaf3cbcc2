"""Bars for a call: period, interval and adjustment as typed, with room for studies to warm up."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from financehub_tui.clock import NANOS, to_datetime, to_nanos
from financehub_tui.errors import DataMissingError
from financehub_tui.functions.periods import resolve, sessions_of
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass
from financehub_tui.market.provenance import Adjustment, Missing, Reason
from financehub_tui.market.quote import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from financehub_tui.commands.spec import Call, Period
    from financehub_tui.desk import Desk
    from financehub_tui.market.calendar import SessionState
    from financehub_tui.market.instrument import Instrument
    from financehub_tui.report.blocks import Overlay

PERIODS = (
    "A period nD is the last n sessions of the market that have bars (of a coin: days). Change of a period = its last "
    "close / the last close before it - 1; for YTD that is the close of the old year."
)
"""Formulas of the functions that show bars of a period."""
BEFORE = 10
"""Bars asked for before the period, for the close its change is against; the longest holidays may eat some."""
WARM_UP = 260
"""Bars loaded before the period so that a study is defined from its first day."""
_DAY = 86_400 * NANOS
_CLOSED = 5
"""Days a market may be closed in a row around a weekend, with one more session before them."""
_HOLIDAYS = 14
"""Days a market may be closed in a row at most: Chinese New Year, with the weekends beside it."""
_A_BAR_HAS = {Interval.W1: 5, Interval.MO1: 21}
"""Sessions in a bar longer than a day."""
_LENGTH = {Interval.D1: "1d", Interval.W1: "1w", Interval.MO1: "1mo"}
"""By the calendar, as Polars writes it."""
_EVENING = {"FX": 7, "CMES": 7, "IEPA": 5}
"""Hours by which a market's session begins before midnight of its date; 17:00 New York, 17:00 Chicago."""


class Window(NamedTuple):
    """What a period asks for; nanoseconds since 1970 UTC, end exclusive."""

    start: int
    end: int
    sessions: int | None
    """n of a period `nD`: it begins where the last n sessions among the bars do, at `start` at the earliest."""


class History(NamedTuple):
    """Bars of a period, with those before it that were asked for."""

    bars: Bars
    start: int
    """Where the period begins, nanoseconds since 1970 UTC."""

    @property
    def before(self) -> float | None:
        """The last close before the period; None where no bar that ended before it is known."""
        frame, interval = self.bars.frame, self.bars.interval
        ends = frame["time"].dt.offset_by(_LENGTH.get(interval, f"{interval.seconds}s"))
        closes = frame.filter((ends <= to_datetime(self.start)) & frame["close"].is_finite())["close"]
        return float(closes[-1]) if len(closes) else None


async def load_bars(
    desk: Desk,
    instrument: Instrument,
    call: Call,
    *,
    default_period: str,
    default_interval: Interval,
    warm_up: int = BEFORE,
    final: bool = False,
) -> History:
    """Bars of one instrument for a call's tails; `final` leaves the one still forming out.

    Raises DataMissingError, also where there are bars before the period only; CommandError.
    """
    interval = call.interval or default_interval
    window = window_of(desk, instrument, call.period, default_period, interval)
    words = {word.upper() for word in call.words}
    adjustment = Adjustment.NONE if "RAW" in words else Adjustment.SPLIT_DIVIDEND if "TR" in words else Adjustment.SPLIT
    request = BarRequest(
        interval=interval,
        start=max(window.start - _lead(instrument, interval, warm_up), -(2**62)),
        end=window.end,
        adjustment=adjustment,
        extended="PRE" in words,
    )
    bars = await desk.bars(instrument, request)
    if final and bars.forming:
        bars = msgspec.structs.replace(bars, frame=bars.frame.head(-1), forming=False)
    start = begin_of(window, [bars], desk.session(instrument))
    missing = none_since(start, bars, "final bar" if final else "bar")
    if missing is not None:
        raise DataMissingError(missing)
    return History(bars, start)


def window_of(desk: Desk, instrument: Instrument, period: Period | None, default: str, interval: Interval) -> Window:
    """The instants bars of a period are asked for. Raises CommandError."""
    start, end = resolve(period, desk.clock.now(), default)
    sessions = None if _days_are_sessions(instrument, interval) else sessions_of(period, default)
    if sessions:
        start = _reach(sessions, interval, desk.session(instrument), desk.clock.now())
    return Window(start, end, sessions)


def begin_of(window: Window, series: Sequence[Bars], market: SessionState) -> int:
    """Where the period begins, nanoseconds since 1970 UTC; a session is one that any of the series has a bar of."""
    import polars as pl

    if not window.sessions or not series:
        return window.start
    times = pl.concat([bars.frame["time"] for bars in series]).unique().sort()
    return max(window.start, _begin(times, series[0].interval, window.sessions, market))


def none_since(start: int, bars: Bars, what: str = "bar") -> Missing | None:
    """Why a series has nothing in a period; None where it has."""
    times = bars.frame["time"]
    if len(times) and times[-1] >= to_datetime(start):
        return None
    last = f"; the last before it is of {times[-1]:%Y-%m-%d}" if len(times) else ""
    return Missing(reason=Reason.NO_DATA, detail=f"{bars.provenance.provider} has no {what} in this period{last}")


def _days_are_sessions(instrument: Instrument, interval: Interval) -> bool:
    """True where the calendar's days say it already, the day that runs included."""
    return interval.intraday and instrument.asset_class is AssetClass.CRYPTO


def _lead(instrument: Instrument, interval: Interval, bars: int) -> int:
    """Nanoseconds that hold as many bars, nights and weekends included: 260 daily bars take about 377 days."""
    if not interval.intraday:
        return int(bars * interval.seconds * (1.5 if interval is Interval.D1 else 1)) * NANOS
    nights = 0 if instrument.asset_class is AssetClass.CRYPTO else _CLOSED * _DAY
    return max(bars * interval.seconds * 4 * NANOS, nights)


def _reach(sessions: int, interval: Interval, market: SessionState, now: int) -> int:
    """An instant that as many sessions are after, whatever holidays there were; nanoseconds since 1970 UTC."""
    if not interval.intraday:
        days = sessions * 7 // 5 + _HOLIDAYS
        return now - now % _DAY - days * _DAY - 2 * interval.seconds * NANOS
    before = sessions - 1 if market.session in (Session.REGULAR, Session.CONTINUOUS, Session.POST) else sessions
    back = timedelta(days=before * 7 // 5 + _CLOSED if before else 0)
    evening = _evening(market)
    zone = ZoneInfo(market.timezone)
    today = (to_datetime(now).astimezone(zone) + evening).date()
    return to_nanos(datetime.combine(today - back, time(), zone) - evening)


def _evening(market: SessionState | None) -> timedelta:
    """How long before midnight of its date a session begins."""
    return timedelta(hours=_EVENING.get(market.market, 0) if market else 0)


def _begin(times: pl.Series, interval: Interval, sessions: int, market: SessionState) -> int:
    """Where the last sessions among the times of bars begin; nanoseconds since 1970 UTC."""
    if not len(times):
        return 0
    if interval.intraday:
        local = times.dt.convert_time_zone(market.timezone).dt.replace_time_zone(None)
        dates = (local + _evening(market)).dt.date()
        return to_nanos(times.filter(dates >= dates.unique().sort().tail(sessions)[0])[0])
    return to_nanos(times.tail(-(-sessions // _A_BAR_HAS.get(interval, 1)))[0])


def with_studies(
    bars: Bars, names: tuple[str, ...], start: int, market: SessionState | None = None
) -> tuple[Bars, tuple[Overlay, ...]]:
    """Studies computed on all bars, then bars and studies cut to what starts at `start`.

    `market` says when the sessions of bars within the day begin; midnight UTC without it. Raises CommandError.
    """
    from financehub_tui.analytics.indicators import study

    first = to_datetime(start)
    zone = market.timezone if market else "UTC"
    overlays = [study(name, bars.frame, zone, evening=_evening(market), first=first) for name in names]
    keep = bars.frame["time"] >= first
    cut = tuple(
        msgspec.structs.replace(overlay, lines={name: line.filter(keep) for name, line in overlay.lines.items()})
        for overlay in overlays
    )
    return msgspec.structs.replace(bars, frame=bars.frame.filter(keep)), cut
