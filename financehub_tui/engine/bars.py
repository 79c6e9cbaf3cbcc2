"""Bars from trades: live, and closed one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from financehub_tui.clock import NANOS
from financehub_tui.engine.taps import Tap
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.quote import Correction, Trade
from financehub_tui.market.resample import resample

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

MINUTE = 60 * NANOS
LIVE_INTERVALS = (Interval.M1, Interval.M5, Interval.M15, Interval.M30, Interval.H1, Interval.H4)
KEPT = 1_500
"""Closed one-minute bars kept per instrument: a little over a day."""

Bar = tuple[int, float, float, float, float, float]
"""(start in ns since 1970 UTC, open, high, low, close, volume)."""


class _Forming:
    """A bar being built."""

    __slots__ = ("close", "high", "low", "open", "start", "volume")

    def __init__(self) -> None:
        self.start = -1
        self.open = self.high = self.low = self.close = self.volume = 0.0

    def begin(self, start: int, bar: Bar) -> None:
        self.start = start
        _, self.open, self.high, self.low, self.close, self.volume = bar

    def merge(self, bar: Bar) -> None:
        self.high = max(self.high, bar[2])
        self.low = min(self.low, bar[3])
        self.close = bar[4]
        self.volume += bar[5]

    def take(self, bar: Bar, length: int) -> None:
        """Merge a finer bar, or begin with it."""
        start = bar[0] - bar[0] % length
        if start == self.start:
            self.merge(bar)
        else:
            self.begin(start, bar)

    def bar(self) -> Bar:
        return (self.start, self.open, self.high, self.low, self.close, self.volume)


class _Series:
    """The bars of one instrument: the minute being built, the coarser ones, and the closed minutes."""

    __slots__ = ("begun", "closed", "coarse", "end", "last_time", "minute")

    def __init__(self) -> None:
        self.minute = _Forming()
        self.end = 0
        self.last_time = 0
        self.begun = 0
        self.coarse = tuple(_Forming() for _ in LIVE_INTERVALS[1:])
        self.closed: deque[Bar] = deque(maxlen=KEPT)


_COARSE = tuple((interval, interval.seconds * NANOS) for interval in LIVE_INTERVALS[1:])


class LiveBars(Tap):
    """Builds bars of six intervals from trades.

    A bar goes to `closed` once: on the first trade after its end, or when `advance` passes its end. A trade older
    than the minute being built is counted in `late` and otherwise ignored; a bar that was given out never changes.
    """

    def __init__(self, closed: Callable[[str, Interval, Bar], None] | None = None) -> None:
        self._series: dict[str, _Series] = {}
        self._closed = closed
        self.late = 0

    def trade(self, trade: Trade) -> None:
        """Take one trade."""
        time, price = trade.time, trade.price
        series = self._series.get(trade.key) or self._begin(trade.key, time)
        minute = series.minute
        if time >= series.end:
            if minute.start >= 0:
                self._close_minute(trade.key, series, time)
            start = time - time % MINUTE
            series.end = start + MINUTE
            series.last_time = time
            minute.start = start
            minute.open = minute.high = minute.low = minute.close = price
            minute.volume = trade.size
            return
        if time < minute.start or minute.start < 0:
            self.late += 1
            return
        if price > minute.high:
            minute.high = price
        elif price < minute.low:
            minute.low = price
        if time >= series.last_time:
            minute.close = price
            series.last_time = time
        minute.volume += trade.size

    def correct(self, correction: Correction) -> None:
        """Begin anew: what a bar would be without a trade is not kept, and whoever asks gets the source's own bars."""
        self.forget(correction.key)

    def extend(self, keys: Sequence[str], index: Ints, times: Ints, prices: Floats, sizes: Floats) -> None:
        """Take many trades at once, in time order; `index` points into `keys`. For catching up with a recording."""
        if not len(times):
            return
        starts, positions, table = aggregate(index, times, prices, sizes)
        last = times[positions]
        for which, minute, newest, row in zip(starts[0], starts[1], last.tolist(), table, strict=True):
            self._take_minute(keys[which], (minute, *row), newest)

    def _take_minute(self, key: str, bar: Bar, newest: int) -> None:
        series = self._series.get(key) or self._begin(key, bar[0])
        minute = series.minute
        if bar[0] == minute.start:
            minute.merge(bar)
        elif bar[0] >= series.end:
            if minute.start >= 0:
                self._close_minute(key, series, bar[0])
            minute.begin(bar[0], bar)
            series.end = bar[0] + MINUTE
        else:
            self.late += 1
            return
        series.last_time = newest

    def advance(self, now: int) -> None:
        """Close every bar whose end has passed."""
        for key, series in self._series.items():
            if series.minute.start >= 0 and series.end <= now:
                self._close_minute(key, series, now)
            elif series.minute.start < 0:
                self._close_coarse(key, series, now)

    def forget(self, key: str) -> None:
        """Drop an instrument nobody wants."""
        self._series.pop(key, None)

    def minutes(self, key: str) -> tuple[list[Bar], Bar | None]:
        """(closed one-minute bars, oldest first; the one being built)."""
        series = self._series.get(key)
        if series is None:
            return [], None
        return list(series.closed), series.minute.bar() if series.minute.start >= 0 else None

    def frame(self, key: str) -> pl.DataFrame:
        """The one-minute bars, the one being built last."""
        closed, forming = self.minutes(key)
        return bar_frame([*closed, *([forming] if forming else [])])

    def begun(self, key: str) -> int | None:
        """When the first trade came: minutes that began before it are not whole."""
        series = self._series.get(key)
        return None if series is None else series.begun

    def _begin(self, key: str, time: int) -> _Series:
        series = self._series[key] = _Series()
        series.begun = time
        return series

    def _close_minute(self, key: str, series: _Series, now: int) -> None:
        bar = series.minute.bar()
        series.minute.start = -1
        series.closed.append(bar)
        if self._closed is not None:
            self._closed(key, Interval.M1, bar)
        series.coarse[0].take(bar, _COARSE[0][1])
        self._close_coarse(key, series, now)

    def _close_coarse(self, key: str, series: _Series, now: int) -> None:
        """Each closed bar goes into the next coarser one; while a bar is not over, no coarser one around it is."""
        ended = now - now % MINUTE
        for level, (interval, length) in enumerate(_COARSE):
            forming = series.coarse[level]
            if forming.start < 0:
                continue
            if forming.start + length > ended:
                return
            bar = forming.bar()
            forming.start = -1
            if self._closed is not None:
                self._closed(key, interval, bar)
            if level + 1 < len(_COARSE):
                series.coarse[level + 1].take(bar, _COARSE[level + 1][1])


def aggregate(
    index: Ints, times: Ints, prices: Floats, sizes: Floats
) -> tuple[tuple[list[int], list[int]], Ints, Iterator[Any]]:
    """One-minute bars of many instruments' trades, which are in time order.

    Returns ((instrument, minute start) of each bar, position of its last trade, rows of open, high, low, close,
    volume), ordered by instrument and time.
    """
    import numpy as np

    narrow = index.astype(np.uint16) if len(index) and index.max() < 65_536 else index
    order = np.argsort(narrow, kind="stable")
    which, minute = index[order], times[order] // MINUTE
    price, size = prices[order], sizes[order]
    first = np.flatnonzero(np.r_[True, (which[1:] != which[:-1]) | (minute[1:] != minute[:-1])])
    last = np.r_[first[1:], len(order)] - 1
    columns = (
        price[first],
        np.maximum.reduceat(price, first),
        np.minimum.reduceat(price, first),
        price[last],
        np.add.reduceat(size, first),
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return (which[first].tolist(), (minute[first] * MINUTE).tolist()), order[last], rows


def minute_frame(times: Ints, prices: Floats, sizes: Floats) -> pl.DataFrame:
    """One-minute bars of one instrument's trades in time order (times in ns since 1970 UTC), as a bar frame."""
    import numpy as np

    if not len(times):
        return bar_frame([])
    (_, starts), _, rows = aggregate(np.zeros(len(times), np.int64), times, prices, sizes)
    return bar_frame([(start, *row) for start, row in zip(starts, rows, strict=True)])


def bar_frame(bars: Sequence[Bar]) -> pl.DataFrame:
    """A frame with the columns and types of `market.bars` from bars in time order."""
    import polars as pl

    schema = {"time": pl.Int64, **dict.fromkeys(("open", "high", "low", "close", "volume"), pl.Float64)}
    frame = pl.DataFrame(list(bars), schema=schema, orient="row")
    return frame.with_columns((pl.col("time") // 1_000).cast(pl.Datetime("us", "UTC")))


def windowed(minutes: pl.DataFrame, request: BarRequest, now: int) -> tuple[pl.DataFrame, bool]:
    """One-minute bars as the bars of a window, those that begin in it; and whether the newest still goes on."""
    import polars as pl

    frame = resample(minutes, request.interval)
    micros = pl.col("time").dt.timestamp("us")
    frame = frame.filter((micros >= request.start // 1_000) & (micros < -(-request.end // 1_000)))
    if not frame.height:
        return frame, False
    newest = int(frame["time"].dt.timestamp("us")[-1]) * 1_000
    return frame, newest + request.interval.seconds * NANOS > now
