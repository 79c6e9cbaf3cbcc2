"""The numbers of a chart as arrays: taken from the frame once, grouped and rebased as the picture needs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from financehub_tui import formats
from financehub_tui.market.bars import Bars
from financehub_tui.report.blocks import Chart

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

REBASED = 100.0


class LiveBar(msgspec.Struct, frozen=True, kw_only=True):
    """The bar that is still forming. `time` is its start in nanoseconds since 1970 UTC."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0


@dataclass(frozen=True)
class Candles:
    """Open, high, low, close and volume of bars or of groups of bars; NaN where unknown."""

    time: Ints
    """Start in microseconds since 1970 UTC."""
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.time)

    def part(self, window: slice) -> Candles:
        """A run of bars, without copying."""
        return Candles(
            self.time[window],
            self.open[window],
            self.high[window],
            self.low[window],
            self.close[window],
            self.volume[window],
        )

    def scaled(self, factor: float) -> Candles:
        """Every price times a factor."""
        prices = (self.open * factor, self.high * factor, self.low * factor, self.close * factor)
        return Candles(self.time, *prices, self.volume)

    def grouped(self, step: int) -> Candles:
        """Every `step` bars as one: first open, highest high, lowest low, last close, sum of volumes."""
        if step == 1 or not len(self):
            return self
        first = np.arange(0, len(self), step)
        return Candles(
            self.time[first],
            _edge(self.open, first, newest=False),
            np.fmax.reduceat(self.high, first),
            np.fmin.reduceat(self.low, first),
            _edge(self.close, first, newest=True),
            np.where(
                np.logical_and.reduceat(np.isnan(self.volume), first),
                np.nan,
                np.add.reduceat(np.nan_to_num(self.volume), first),
            ),
        )

    def with_last(self, bar: LiveBar) -> Candles:
        """The bar in place of the last one, or behind it where it begins later. An earlier bar changes nothing."""
        micros = bar.time // 1_000
        if len(self) and micros < self.time[-1]:
            return self
        kept = len(self) - bool(len(self) and micros == self.time[-1])
        return Candles(
            np.append(self.time[:kept], micros),
            np.append(self.open[:kept], bar.open),
            np.append(self.high[:kept], bar.high),
            np.append(self.low[:kept], bar.low),
            np.append(self.close[:kept], bar.close),
            np.append(self.volume[:kept], bar.volume),
        )


def _edge(values: Floats, first: npt.NDArray[np.intp], *, newest: bool) -> Floats:
    """The first, or last, known value of each group."""
    places = np.arange(len(values))
    known = np.isfinite(values)
    if newest:
        found = np.maximum.reduceat(np.where(known, places, -1), first)
        return np.where(found < 0, np.nan, values[found])
    found = np.minimum.reduceat(np.where(known, places, len(values)), first)
    return np.where(found == len(values), np.nan, values[np.minimum(found, len(values) - 1)])


@dataclass(frozen=True)
class Line:
    """One line of a study or one compared series, on the bars' places."""

    name: str
    values: Floats
    role: str
    histogram: bool = False


@dataclass(frozen=True)
class Panel:
    """A study drawn in a plot of its own."""

    title: str
    lines: tuple[Line, ...]
    levels: tuple[float, ...] = ()


@dataclass(frozen=True)
class Mark:
    """A dividend or split on a bar."""

    bar: int
    letter: str
    words: str


@dataclass
class Series:
    """All a picture is drawn from. In a comparison every price is rebased to 100 at the first common bar."""

    candles: Candles
    decimals: int
    intraday: bool
    label: str
    lines: tuple[Line, ...] = ()
    """Studies over the prices."""
    panels: tuple[Panel, ...] = ()
    compared: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    closes_only: bool = False
    """True where the source has no open, high and low: what stands for them in `candles` is drawn, not said."""
    _groups: dict[int, Candles] = field(default_factory=dict, repr=False)

    def grouped(self, step: int) -> Candles:
        """The candles `step` bars at a time, kept for the next picture."""
        if step not in self._groups:
            self._groups[step] = self.candles.grouped(step)
        return self._groups[step]

    def with_last(self, bar: LiveBar) -> Series:
        """With a live bar set in; studies keep their last known point. Not for comparisons, which stay as they are."""
        if self.compared:
            return self
        candles = self.candles.with_last(bar)
        extra = len(candles) - len(self.candles)
        return Series(
            candles,
            self.decimals,
            self.intraday,
            self.label,
            tuple(_longer(line, extra) for line in self.lines),
            tuple(Panel(panel.title, tuple(_longer(line, extra) for line in panel.lines), panel.levels)
                  for panel in self.panels),
            (),
            self.marks,
            self.closes_only,
        )  # fmt: skip


def _longer(line: Line, extra: int) -> Line:
    if not extra:
        return line
    return Line(line.name, np.append(line.values, [np.nan] * extra), line.role, line.histogram)


def series(chart: Chart) -> Series:
    """The arrays of a chart."""
    candles = candles_of(chart.bars.frame)
    palette = (f"overlay_{number}" for number in _cycle())
    label = chart.labels[0] if chart.labels else chart.bars.key
    compared, factor = _compared(chart, candles, [next(palette) for _ in chart.compare])
    if compared:
        candles = candles.scaled(factor)
    lines = []
    panels = []
    for overlay in chart.overlays:
        if overlay.panel:
            panels.append(_panel(overlay.title, overlay.lines, overlay.levels, overlay.histogram))
            continue
        own = next(palette)
        lines += [Line(overlay.title, _floats(values) * factor, own) for values in overlay.lines.values()]
    return Series(
        candles,
        2 if compared else _decimals(chart.bars, candles),
        chart.bars.interval.intraday,
        label,
        tuple(lines),
        tuple(panels),
        tuple(compared),
        _marks(chart.bars, candles),
        not any(np.isfinite(_floats(chart.bars.frame[name])).any() for name in ("open", "high", "low")),
    )


def _cycle() -> list[int]:
    return [1 + place % 6 for place in range(60)]


def _panel(title: str, lines: dict[str, pl.Series], levels: tuple[float, ...], histogram: str) -> Panel:
    drawn = [name for name in lines if name != histogram]
    colours = {name: f"overlay_{1 + place % 6}" for place, name in enumerate(drawn)}
    ordered = [name for name in lines if name == histogram] + drawn
    made = tuple(
        Line(name, _floats(lines[name]), colours.get(name, "volume_up"), name == histogram) for name in ordered
    )
    return Panel(title, made, levels)


def candles_of(frame: pl.DataFrame) -> Candles:
    """The columns of a bar frame as arrays. A missing open, high or low is taken from what is known of the bar."""
    time = frame["time"].to_physical().to_numpy()
    opened, high, low, close, volume = (_floats(frame[name]) for name in ("open", "high", "low", "close", "volume"))
    opened = np.where(np.isfinite(opened), opened, close)
    high = np.fmax(high, np.fmax(opened, close))
    low = np.fmin(low, np.fmin(opened, close))
    return Candles(time, opened, high, low, close, volume)


def _floats(values: pl.Series) -> Floats:
    import polars as pl

    # Nulls become NaN; a cast of what is Float64 already would cost a query.
    numbers = values.to_numpy() if values.dtype == pl.Float64 else values.cast(pl.Float64).to_numpy()
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _compared(chart: Chart, candles: Candles, roles: list[str]) -> tuple[list[Line], float]:
    """Compared series on the main one's bars, rebased to 100, and the factor that rebases the main one."""
    if not chart.compare or not len(candles):
        return [], 1.0
    aligned = [_aligned(bars, candles.time) for bars in chart.compare]
    common = np.logical_and.reduce([np.isfinite(candles.close), *(np.isfinite(values) for values in aligned)])
    at = int(np.argmax(common)) if common.any() else None
    made = []
    for place, (values, bars) in enumerate(zip(aligned, chart.compare, strict=True)):
        name = chart.labels[place + 1] if place + 1 < len(chart.labels) else bars.key
        made.append(Line(name, values * _factor(values, at), roles[place]))
    return made, _factor(candles.close, at)


def _factor(values: Floats, at: int | None) -> float:
    """What makes the value at the common bar 100; without a common bar the series' own first value."""
    known = np.flatnonzero(np.isfinite(values))
    place = at if at is not None else int(known[0]) if len(known) else None
    base = float(values[place]) if place is not None else 0.0
    return REBASED / base if base else 1.0


def _aligned(bars: Bars, times: Ints) -> Floats:
    """Last known close at each time, NaN before the first bar and after the last."""
    other = candles_of(bars.frame)
    known = np.isfinite(other.close)
    time, close = other.time[known], other.close[known]
    if not len(time):
        return np.full(len(times), np.nan)
    place = np.searchsorted(time, times, side="right") - 1
    inside = (place >= 0) & (times <= time[-1])
    return np.where(inside, close[np.maximum(place, 0)], np.nan)


def _decimals(bars: Bars, candles: Candles) -> int:
    if bars.decimals is not None:
        return bars.decimals
    known = candles.close[np.isfinite(candles.close)]
    return formats.price_decimals(float(known[-1])) if len(known) else 2


def _marks(bars: Bars, candles: Candles) -> tuple[Mark, ...]:
    made = []
    for action in bars.actions:
        micros = action.time // 1_000
        place = int(np.searchsorted(candles.time, micros))
        if place >= len(candles) or (place == 0 and micros < candles.time[0] - 86_400_000_000):
            continue
        split = action.kind == "split"
        words = f"split {action.value:g}:1" if split else f"dividend {action.value:g} {action.currency}".rstrip()
        made.append(Mark(place, "S" if split else "D", words))
    return tuple(made)
