"""A chart as lines of characters, with the same raster the workstation draws with."""

from __future__ import annotations

from financehub_tui.report.blocks import Chart
from financehub_tui.widgets.chart.canvas import Run
from financehub_tui.widgets.chart.raster import Look, draw
from financehub_tui.widgets.chart.readout import headline, legend, panel_legend
from financehub_tui.widgets.chart.series import series
from financehub_tui.widgets.chart.timeaxis import zone
from financehub_tui.widgets.glyphs import GlyphSet

PANEL_ROWS = 7


def chart_lines(chart: Chart, width: int, height: int, glyphs: GlyphSet) -> list[list[Run]]:
    """Read-out, legend and picture as runs of (text, theme token), each line at most `width` cells.

    `height` is for the prices and their axes; each sub-plot adds its own rows.
    """
    data = series(chart)
    look = Look(style=chart.style, log=chart.log_scale, volume=chart.volume, glyphs=glyphs, zone=zone(chart.timezone))
    picture = draw(data, look, width, height + PANEL_ROWS * len(data.panels))
    heads = [headline(data, picture, look, None), legend(data, picture, None)]
    rows = picture.canvas.rows()
    for band, panel in zip(picture.layout.panels, data.panels, strict=False):
        rows[band.top - 1] = over(panel_legend(panel, picture, None), rows[band.top - 1])
    lines = [*(line for head in heads for line in _wrapped(head, width)), *rows]
    return [[(glyphs.clean(words), role) for words, role in line] for line in lines]


def over(front: list[Run], back: list[Run]) -> list[Run]:
    """The front line with what is to the right of it in the back line."""
    skip = sum(len(words) for words, _ in front)
    kept = list(front)
    for words, role in back:
        kept.append((words[skip:], role))
        skip = max(0, skip - len(words))
    return kept


def _wrapped(runs: list[Run], width: int) -> list[list[Run]]:
    """Runs on as many lines as they need, broken between runs."""
    lines: list[list[Run]] = []
    used = width
    for words, role in runs:
        fits = used + len(words.rstrip()) <= width
        shown = words if fits else words.lstrip()
        if not fits:
            lines.append([])
            used = 0
        lines[-1].append((shown[:width], role))
        used += len(shown)
    return lines
