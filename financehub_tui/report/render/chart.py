"""A chart as lines of characters, with the same raster the workstation draws with."""

from __future__ import annotations

from financehub_tui.report.blocks import Chart
from financehub_tui.widgets.chart.canvas import Run
from financehub_tui.widgets.chart.raster import Look, draw
from financehub_tui.widgets.chart.readout import headline, legend
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
    lines = [*(_cut(head, width) for head in heads if head), *picture.canvas.rows()]
    return [[(glyphs.clean(words), role) for words, role in line] for line in lines]


def _cut(runs: list[Run], width: int) -> list[Run]:
    kept: list[Run] = []
    for words, role in runs:
        room = width - sum(len(text) for text, _ in kept)
        kept.append((words[:room], role))
    return kept
