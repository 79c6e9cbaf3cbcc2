"""The crosshair: what of a picture is pointed at, and an overlay on strips that are drawn already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from financehub_tui import formats
from financehub_tui.widgets.chart.timeaxis import local
from financehub_tui.widgets.palette import Palette

if TYPE_CHECKING:
    from financehub_tui.widgets.chart.raster import Picture
    from financehub_tui.widgets.chart.series import Series


@dataclass(frozen=True)
class Crosshair:
    """Where it is, in cells of the picture, and what its ends say."""

    column: int
    row: int
    edge: int
    """Column of the price axis."""
    axis: int
    """Row of the line under the plots."""
    labels: int
    """Row of the times."""
    price: str
    time: str

    def rows(self) -> set[int]:
        """Rows it covers whole."""
        return {self.row, self.labels}

    def over(self, row: int, strip: Strip, palette: Palette) -> Strip:
        """A row of the picture with the crosshair laid over it."""
        upright = Style(reverse=True) if palette.no_color else Style(bgcolor=palette.color("selection"))
        level = Style(underline=True) if palette.no_color else upright
        tag = palette.style("cursor")
        if row == self.labels:
            start = max(0, min(strip.cell_length - len(self.time), self.column - len(self.time) // 2))
            return _written(_cleared(strip, start, start + len(self.time)), start, self.time, tag)
        if row < self.axis:
            if row == self.row:
                line = _lit(strip, 0, self.edge, level)
                return _written(line, self.edge + 1, self.price, tag)
            return _lit(strip, self.column, self.column + 1, upright)
        return strip


class Pointer(NamedTuple):
    """What is pointed at: a bar, and a row of the plot once the level line has left the bar's close."""

    bar: int | None = None
    level: int | None = None

    def slot(self, picture: Picture) -> int | None:
        """The bar as drawn; None where none is pointed at."""
        return None if self.bar is None else picture.viewport.slot_of(self.bar)

    def row(self, picture: Picture, slot: int) -> int:
        """Row of the level line: that of the close until it is moved."""
        if self.level is not None:
            return min(self.level, picture.layout.plot.rows - 1)
        return picture.scale.at(float(picture.candles.close[slot]))

    def crosshair(self, picture: Picture, series: Series, zone: tzinfo) -> Crosshair | None:
        """The crosshair over a picture; None where its bar is not in the window. `zone` is for times within the day."""
        slot = self.slot(picture)
        if slot is None or slot not in picture.viewport.visible:
            return None
        shape, row = picture.layout, self.row(picture, slot)
        price = float(picture.candles.close[slot]) if self.level is None else picture.scale.price(row + 0.5)
        room = shape.width - shape.edge - 1
        moment = local(int(picture.candles.time[slot]), zone if series.intraday else UTC)
        return Crosshair(
            column=picture.viewport.column(slot),
            row=row,
            edge=shape.edge,
            axis=shape.axis,
            labels=shape.labels,
            price=formats.number(price, series.decimals).rjust(room)[-room:],
            time=moment.strftime(" %d %b %H:%M " if series.intraday else " %d %b %Y "),
        )


def _lit(strip: Strip, start: int, end: int, beam: Style) -> Strip:
    """The cells from `start` to `end` in the beam's style."""
    part = [Segment(words, (style or Style()) + beam) for words, style, _ in strip.crop(start, end)]
    return Strip.join([strip.crop(0, start), Strip(part, end - start), strip.crop(end, strip.cell_length)])


def _cleared(strip: Strip, start: int, end: int) -> Strip:
    """Without the words that reach over either end: the rest of a date would read as another one."""
    words = strip.text
    first = max(words.rfind("  ", 0, start) + 2 if "  " in words[:start] else 0, 0)
    behind = words.find("  ", end)
    last = len(words) if behind < 0 else behind
    blank = [Segment(" " * (last - first), next((segment.style for segment in strip), None))]
    return Strip.join([strip.crop(0, first), Strip(blank, last - first), strip.crop(last, strip.cell_length)])


def _written(strip: Strip, start: int, words: str, style: Style) -> Strip:
    width = strip.cell_length
    shown = words[: max(0, width - start)]
    front, back = strip.crop(0, start), strip.crop(start + len(shown), width)
    return Strip.join([front, Strip([Segment(shown, style)], len(shown)), back])
