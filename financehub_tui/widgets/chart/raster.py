"""The picture of a chart: pure functions from arrays and a viewport to a canvas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

import numpy as np

from financehub_tui import formats
from financehub_tui.report.blocks import ChartStyle
from financehub_tui.widgets.chart.candles import draw_bars, draw_candles, draw_histogram, draw_volume
from financehub_tui.widgets.chart.canvas import Canvas, codes, line_glyphs, trace
from financehub_tui.widgets.chart.layout import Layout
from financehub_tui.widgets.chart.scale import Scale, step_decimals
from financehub_tui.widgets.chart.series import Candles, Line, Panel, Series
from financehub_tui.widgets.chart.timeaxis import time_ticks
from financehub_tui.widgets.chart.viewport import Viewport
from financehub_tui.widgets.glyphs import BOX, GlyphSet

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

STRETCH = 0.5
"""Studies may widen the price axis by this part of the prices' own range on either side; beyond it they run off."""

THIN_FROM = 8
"""Bars to a column from which an oscillator is drawn by the last of each group: every swing would fill its plot."""


@dataclass(frozen=True)
class Look:
    """How a chart is to be drawn."""

    style: ChartStyle = ChartStyle.LINE
    log: bool = False
    volume: bool = True
    glyphs: GlyphSet = BOX
    zone: tzinfo = UTC
    """For times within the day; days and longer are the exchange's own dates."""


@dataclass(frozen=True)
class Picture:
    """A drawn chart with what is needed to point into it."""

    canvas: Canvas
    layout: Layout
    viewport: Viewport
    scale: Scale
    candles: Candles
    """Of the whole series, grouped as drawn."""


def gutter(series: Series) -> int:
    """Columns of the price axis: wide enough for every price of the series, so that panning never moves it."""
    values = [series.candles.high, series.candles.low, *(line.values for line in series.compared)]
    sizes = [float(np.nanmax(np.abs(column))) for column in values if np.isfinite(column).any()]
    negative = any(bool((column < 0).any()) for column in values)
    return len(formats.number(max(sizes, default=0.0), series.decimals)) + negative + 3


def layout(series: Series, look: Look, width: int, height: int) -> Layout:
    """The division of a `width` by `height` picture."""
    traded = look.volume and not series.compared and bool((np.nan_to_num(series.candles.volume) > 0).any())
    return Layout.divide(
        width, height, gutter(series), volume=traded, panels=len(series.panels), marks=bool(series.marks)
    )


def fit(series: Series, look: Look, columns: int) -> Viewport:
    """All bars; a line is stretched over the width, candles keep whole columns."""
    return Viewport.fit(len(series.candles), columns, exact=drawn_style(series, look) is ChartStyle.LINE)


def drawn_style(series: Series, look: Look) -> ChartStyle:
    """A comparison is always lines, and so are closes alone."""
    return ChartStyle.LINE if series.compared or series.closes_only else look.style


def draw(series: Series, look: Look, width: int, height: int, viewport: Viewport | None = None) -> Picture:
    """Draw the bars of the viewport (all without one) on `width` by `height` characters, 10 by 4 at least."""
    shape = layout(series, look, max(10, width), max(4, height))
    view = fit(series, look, shape.columns) if viewport is None else viewport
    canvas = Canvas(shape.width, shape.height)
    candles = series.grouped(view.step)
    scale = price_scale(series, look, view, shape.plot.rows)
    picture = Picture(canvas, shape, view, scale, candles)
    _frame(picture, look)
    if len(series.candles):
        _prices(picture, series, look)
        _volume(picture, look)
        for band, panel in zip(shape.panels, series.panels, strict=False):
            _panel(picture, band.top, band.rows, panel, look)
        _axes(picture, series, look)
    else:
        canvas.text(shape.plot.rows // 2, 1, "No bars to show.", "muted")
    return picture


def _frame(picture: Picture, look: Look) -> None:
    canvas, shape = picture.canvas, picture.layout
    canvas.text(shape.axis, 0, look.glyphs.horizontal * shape.edge + look.glyphs.corners[3], "axis")
    for row in range(shape.axis):
        canvas.text(row, shape.edge, look.glyphs.vertical, "axis")


def price_scale(series: Series, look: Look, view: Viewport, rows: int) -> Scale:
    """The axis of the visible prices, widened a little for studies."""
    window = view.bars
    part = series.candles.part(window)
    line = drawn_style(series, look) is ChartStyle.LINE
    main = [part.close] if line else [part.high, part.low]
    low, high = _range([*main, *(other.values[window] for other in series.compared)])
    room = (high - low) * STRETCH
    study_low, study_high = _range([study.values[window] for study in series.lines])
    low = min(low, max(study_low, low - room)) if np.isfinite(study_low) else low
    high = max(high, min(study_high, high + room)) if np.isfinite(study_high) else high
    return Scale.around(low, high, rows, log=look.log)


def _range(columns: list[Floats]) -> tuple[float, float]:
    known = [column[np.isfinite(column)] for column in columns]
    known = [column for column in known if len(column)]
    if not known:
        return float("nan"), float("nan")
    return min(float(column.min()) for column in known), max(float(column.max()) for column in known)


def _prices(picture: Picture, series: Series, look: Look) -> None:
    canvas, view, band = picture.canvas, picture.viewport, picture.layout.plot
    slots = np.arange(view.visible.start, view.visible.stop)
    columns = _columns(view, slots)
    candles = picture.candles.part(slice(view.visible.start, view.visible.stop))
    style = drawn_style(series, look)
    if style is ChartStyle.CANDLE:
        draw_candles(canvas, band.top, columns, view.pitch, candles, picture.scale, look.glyphs)
    elif style is ChartStyle.BAR:
        draw_bars(canvas, band.top, columns, candles, picture.scale, look.glyphs)
    else:
        _line(picture, band.top, Line(series.label, series.candles.close, "value"), picture.scale, look)
    for line in (*series.compared, *series.lines):
        _line(picture, band.top, line, picture.scale, look)


def _columns(view: Viewport, slots: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    centres = view.margin + (slots - view.start + 0.5) * view.pitch
    return np.minimum(view.columns - 1, centres.astype(np.int64))


def _line(picture: Picture, top: int, line: Line, scale: Scale, look: Look, *, every: int = 1) -> None:
    """A line through every bar, grouped or not, so that nothing is left out; or through every `every`-th."""
    view = picture.viewport
    first, last = max(0, view.bars.start - every), min(len(line.values), view.bars.stop + every)
    # Groups are counted from the first bar of the series and stand for their last one.
    numbers = np.arange(first + (-(first + 1)) % every, last, every)
    values = line.values[numbers]
    if not np.isfinite(values).any():
        return
    x = view.margin + ((numbers + 0.5) / view.step - view.start) * view.pitch
    dots = trace(x, scale.row(values), view.columns, scale.rows)
    picture.canvas.beneath(top, 0, line_glyphs(dots, look.glyphs.lines), line.role)


def _volume(picture: Picture, look: Look) -> None:
    band, view = picture.layout.volume, picture.viewport
    if band is None:
        return
    slots = np.arange(view.visible.start, view.visible.stop)
    candles = picture.candles.part(slice(view.visible.start, view.visible.stop))
    draw_volume(picture.canvas, band.top, band.rows, _columns(view, slots), view.pitch, candles, look.glyphs)
    if np.isfinite(candles.volume).any():
        most = formats.compact(float(np.nanmax(candles.volume)), 1)
        room = picture.layout.width - picture.layout.edge - 2
        picture.canvas.text(band.top, picture.layout.edge + 2, most.rjust(room), "muted")


def _panel(picture: Picture, top: int, rows: int, panel: Panel, look: Look) -> None:
    canvas, view, shape = picture.canvas, picture.viewport, picture.layout
    low, high = _range([line.values[view.bars] for line in panel.lines])
    levels = [level for level in panel.levels if np.isfinite(low)]
    low, high = min([low, *levels]), max([high, *levels])
    scale = Scale.around(low, high, rows)
    for line in panel.lines:
        if line.histogram:
            slots = np.arange(view.visible.start, view.visible.stop)
            last = np.minimum((slots + 1) * view.step, view.count) - 1
            columns = _columns(view, slots)
            draw_histogram(canvas, top, columns, view.pitch, line.values[last], scale, look.glyphs)
        else:
            _line(picture, top, line, scale, look, every=view.step if view.step >= THIN_FROM else 1)
    ticks = [float(level) for level in panel.levels if level or not any(line.histogram for line in panel.lines)]
    guide = "┄" if not look.glyphs.ascii else "-"
    for level in panel.levels:
        canvas.beneath(top + scale.at(level), 0, np.tile(codes(guide), (1, shape.edge)), "grid")
    canvas.text(top - 1, 0, look.glyphs.horizontal * shape.edge, "grid")
    canvas.text(top - 1, 0, f"{panel.title} ", "label")
    _scale_labels(picture, top, scale, ticks or scale.ticks(max(1, rows // 3)), look, decimals=None)


def _axes(picture: Picture, series: Series, look: Look) -> None:
    canvas, shape = picture.canvas, picture.layout
    ticks = picture.scale.ticks(max(2, min(12, shape.plot.rows // 2)))
    grid, stroke = ("." if look.glyphs.ascii else "┈"), (":" if look.glyphs.ascii else "┊")
    for tick in ticks:
        row = picture.scale.at(tick)
        canvas.beneath(shape.plot.top + row, 0, np.tile(codes(grid), (1, shape.edge)), "grid")
    decimals = max(step_decimals(ticks), min(series.decimals, 2))
    _scale_labels(picture, shape.plot.top, picture.scale, ticks, look, decimals=min(decimals, max(series.decimals, 0)))
    _times(picture, series, look, stroke)
    _marks(picture, series)
    _tag(picture, series)


def _scale_labels(
    picture: Picture, top: int, scale: Scale, ticks: list[float], look: Look, *, decimals: int | None
) -> None:
    edge = picture.layout.edge
    room = picture.layout.width - edge - 2
    for tick in ticks:
        places = step_decimals(ticks) if decimals is None else decimals
        words = formats.number(tick, places)
        if len(words) > room:
            words = formats.compact(tick, 1)
        row = top + scale.at(tick)
        picture.canvas.text(row, edge, look.glyphs.tees[0], "axis")
        picture.canvas.text(row, edge + 2, words.rjust(room), "axis")


def _times(picture: Picture, series: Series, look: Look, stroke: str) -> None:
    canvas, shape, view = picture.canvas, picture.layout, picture.viewport
    slots = np.arange(view.visible.start, view.visible.stop)
    times = series.candles.time[view.bars].tolist()
    zone = look.zone if series.intraday else UTC
    for tick in time_ticks(times, _columns(view, slots).tolist(), shape.edge, zone, step=view.step):
        canvas.text(shape.axis, tick.column, look.glyphs.tees[2], "axis")
        start = max(0, min(shape.edge - len(tick.label), tick.column - len(tick.label) // 2))
        canvas.text(shape.labels, start, tick.label, "value" if tick.major else "axis")
        canvas.beneath(shape.plot.top, tick.column, np.tile(codes(stroke), (shape.plot.rows, 1)), "grid")


def _marks(picture: Picture, series: Series) -> None:
    row, view = picture.layout.marks, picture.viewport
    if row is None:
        return
    for mark in series.marks:
        slot = mark.bar // view.step
        if slot in view.visible:
            picture.canvas.text(row, view.column(slot), mark.letter, "title" if mark.letter == "S" else "value")


def _tag(picture: Picture, series: Series) -> None:
    """The newest price on the axis, on the colour of its direction; compared series in their own colours."""
    shape = picture.layout
    room = shape.width - shape.edge - 2
    for line in series.compared:
        value = float(line.values[-1])
        if picture.scale.holds(value, value):
            words = formats.number(value, series.decimals).rjust(room)
            picture.canvas.text(shape.plot.top + picture.scale.at(value), shape.edge + 2, words, line.role)
    closes = series.candles.close
    known = np.flatnonzero(np.isfinite(closes))
    if not len(known):
        return
    last = float(closes[known[-1]])
    before = float(closes[known[-2]]) if len(known) > 1 else last
    words = formats.number(last, series.decimals).rjust(room)
    surface = "flash_down" if last < before else "flash_up"
    if picture.scale.holds(last, last):
        picture.canvas.text(shape.plot.top + picture.scale.at(last), shape.edge + 1, f" {words}", surface)
