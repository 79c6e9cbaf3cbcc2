"""The fixed lines over a chart: what the bar under the crosshair, or the newest one, says."""

from __future__ import annotations

import math
from datetime import UTC, tzinfo

from financehub_tui import formats
from financehub_tui.report.blocks import ChartStyle
from financehub_tui.widgets.chart.canvas import Run
from financehub_tui.widgets.chart.raster import Look, Picture
from financehub_tui.widgets.chart.series import Candles, Line, Panel, Series
from financehub_tui.widgets.chart.timeaxis import local

_TREND = {1: "up", -1: "down", 0: "flat"}


def headline(series: Series, picture: Picture, look: Look, slot: int | None, width: int = 10_000) -> list[Run]:
    """Date, open, high, low, close, change against the bar before, and volume; the newest bar without a slot.

    What does not fit the width is left out whole: volume first, then the weekday and year, then open, high and low.
    """
    step = 1 if slot is None else picture.viewport.step
    candles = series.grouped(step)
    if not len(candles):
        return []
    place = len(candles) - 1 if slot is None else max(0, min(len(candles) - 1, slot))
    close = float(candles.close[place])
    when: list[Run] = [(f"{_when(series, look, place, step)} ", "title")]
    briefly: list[Run] = [(f"{_when(series, look, place, step, brief=True)} ", "title")]
    change = _change(close, float(candles.close[place - 1]) if place else math.nan, look)
    if series.compared:
        named = [(f" {series.label} {formats.number(close, series.decimals)}", "value"), *change]
        return whole([when, named] if _length([*when, *named]) <= width else [briefly, named], width)
    ends = _labelled("C", formats.price(close, series.decimals))
    ohlc = [*([] if series.closes_only else _range(candles, place, series.decimals)), *ends]
    traded = _traded(candles, place)
    words = ", ".join(mark.words for mark in series.marks if mark.bar // step == place)
    marks: list[Run] = [(f"  {words}", "title")] if words else []
    scale: list[Run] = [("  LOG", "info")] if look.log else []
    lacking: list[Run] = [] if series.lines else [(f"  {words}", "warning") for words in unseen(series, picture)]
    scale += lacking
    most = [*ohlc, *change, *marks]
    least = [*ends, *change]
    ranged = [] if look.style is ChartStyle.LINE else [[*briefly, *ohlc]]
    candidates = (
        [*when, *ohlc, *change, *traded, *marks, *scale], [*when, *most, *scale],
        *([[*briefly, *least, *lacking], [*ends, *lacking]] if lacking else ()),
        [*when, *most], [*briefly, *most],
        [*when, *ohlc, *change], [*briefly, *ohlc, *change], *ranged, [*when, *least, *scale], [*when, *least],
        [*briefly, *least], ends,
    )  # fmt: skip
    return next((runs for runs in candidates if _length(runs) <= width), ends)


def _range(candles: Candles, place: int, decimals: int) -> list[Run]:
    columns = (("O", candles.open), ("H", candles.high), ("L", candles.low))
    pairs = [_labelled(letter, formats.price(float(column[place]), decimals)) for letter, column in columns]
    return [run for pair in pairs for run in pair]


def _traded(candles: Candles, place: int) -> list[Run]:
    """The volume; nothing for what is never traded, such as an index, whose source may write zeros."""
    volume = float(candles.volume[place])
    return _labelled(" V", formats.compact(volume)) if (candles.volume > 0).any() and math.isfinite(volume) else []


def _length(runs: list[Run]) -> int:
    return sum(len(text) for text, _ in runs)


def whole(groups: list[list[Run]], width: int) -> list[Run]:
    """The groups that fit the width, from the first on: half a figure would read as another one."""
    kept: list[Run] = []
    for group in groups:
        if _length([*kept, *group]) > width:
            break
        kept += group
    return kept


def _labelled(letter: str, words: str) -> list[Run]:
    return [(f" {letter} ", "label"), (words, "value")]


def _when(series: Series, look: Look, place: int, step: int, *, brief: bool = False) -> str:
    """When the bar begins; for grouped bars from the first to the last of them. Brief without weekday and year."""
    zone: tzinfo = look.zone if series.intraday else UTC
    times = series.candles.time
    first = local(int(times[place * step]), zone)
    last = local(int(times[min(len(times), (place + 1) * step) - 1]), zone)
    if series.intraday:
        until = "" if step == 1 else last.strftime("–%H:%M" if last.date() == first.date() else "–%d %b %H:%M")
        return first.strftime("%d %b %H:%M" if brief else "%a %Y-%m-%d %H:%M") + until
    if brief:
        return f"{first:%Y-%m-%d}" if step == 1 else f"{first:%d %b %y}–{last:%d %b %y}"
    return first.strftime("%a %Y-%m-%d") if step == 1 else f"{first:%Y-%m-%d}–{last:%Y-%m-%d}"


def _change(close: float, before: float, look: Look) -> list[Run]:
    if not (math.isfinite(close) and math.isfinite(before)) or before == 0:
        return []
    sign = (close > before) - (close < before)
    arrow = {1: look.glyphs.up, -1: look.glyphs.down, 0: look.glyphs.flat}[sign]
    percent = formats.percent(100 * (close - before) / abs(before))
    return [(f"  {arrow} {percent}", _TREND[sign])]


def legend(series: Series, picture: Picture, slot: int | None, width: int = 10_000) -> list[Run]:
    """Studies over the prices and compared series, each in its own colour with its value at the bar.

    Studies for which there is no room are left out whole; that a sub-plot is not seen comes first.
    """
    groups: list[list[Run]] = [[(words, "warning")] for words in unseen(series, picture)]
    named = ""
    for line in (*series.compared, *series.lines):
        value = formats.number(value_at(line, picture, slot), series.decimals)
        if line.name == named:
            # A band is named once: its lines follow from the upper to the lower.
            groups[-1].append((f" {value}", line.role))
        else:
            groups.append([(f"{'  ' if groups else ''}{line.name} {value}", line.role)])
        named = line.name
    return whole(groups, width)


def unseen(series: Series, picture: Picture) -> list[str]:
    """Sub-plots the chart is too low for, in words."""
    names = [panel.title for panel in series.panels[len(picture.layout.panels) :]]
    return [f"no room for {', '.join(names)}"] if names else []


def panel_legend(panel: Panel, picture: Picture, slot: int | None, width: int = 10_000) -> list[Run]:
    """Title of a sub-plot with the values of its lines at the bar, the histogram last; those that fit the width."""
    groups: list[list[Run]] = [[(f"{panel.title} ", "label")]]
    for line in sorted(panel.lines, key=lambda line: line.histogram):
        value = value_at(line, picture, slot)
        words = formats.compact(value, 2) if abs(value) >= 1e5 else formats.number(value, 2)
        # The line the study is called after needs no second name.
        named = f" {words}" if panel.title.startswith(line.name) or len(panel.lines) == 1 else f" {line.name} {words}"
        role = line.role if not line.histogram else "up" if value >= 0 else "down"
        groups.append([(named, role)])
    return [*whole(groups, width - 1), (" ", "text")]


def value_at(line: Line, picture: Picture, slot: int | None) -> float:
    """The line's value at the last bar of a slot; its last known value without a slot. NaN where there is none."""
    if not len(line.values):
        return math.nan
    if slot is None:
        known = [value for value in line.values[-2:].tolist() if math.isfinite(value)]
        return known[-1] if known else math.nan
    step = picture.viewport.step
    return float(line.values[min(len(line.values), (slot + 1) * step) - 1])
