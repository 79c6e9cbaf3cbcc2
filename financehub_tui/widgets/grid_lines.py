"""Lines of the live grid: header, headings, rows, as strips of exact width."""

from __future__ import annotations

from collections.abc import Iterator

from rich.style import Style
from textual.strip import Strip

from financehub_tui.market.provenance import Missing
from financehub_tui.widgets.glyphs import GlyphSet
from financehub_tui.widgets.grid_columns import CellValue, PlacedColumn, RowId, Tone, cell_text, place
from financehub_tui.widgets.grid_flash import FlashBoard
from financehub_tui.widgets.grid_model import GridModel
from financehub_tui.widgets.palette import Palette
from financehub_tui.widgets.strips import Piece, build, fit


class GridLines:
    """Draws lines of a model for one palette, glyph set, width and horizontal offset."""

    def __init__(self, model: GridModel, flashes: FlashBoard, palette: Palette, glyphs: GlyphSet, width: int) -> None:
        self.model = model
        self.flashes = flashes
        self.palette = palette
        self.glyphs = glyphs
        self.width = width
        self.offset = 0
        """Cells by which the columns after the frozen ones are scrolled to the left."""
        self.placed = place(model.columns, width)
        self.total = sum(column.width + 1 for column in self.placed)
        frozen = self.placed[: model.frozen]
        self.frozen_width = frozen[-1].x + frozen[-1].width + 1 if frozen else 0

    def column_at(self, x: int) -> PlacedColumn | None:
        """The column drawn at a cell of the line."""
        at = x if x < self.frozen_width else x + self.offset
        return next((column for column in self.placed if column.x <= at <= column.x + column.width), None)

    def header(self) -> Strip:
        """Column titles; the sorted one carries its direction."""
        style = self.palette.style("header")
        sorted_style = self.palette.style("title", "header_background")
        pieces: list[Piece] = []
        for column in self.placed:
            spec = column.spec
            is_sorted = spec.id == self.model.sort_column
            mark = (self.glyphs.sort_down if self.model.descending else self.glyphs.sort_up) if is_sorted else ""
            title = fit(self.glyphs.clean(spec.title) + mark, column.width, spec.alignment, self.glyphs.ellipsis)
            pieces += [(title, sorted_style if is_sorted else style), (" ", style)]
        return self._assemble(pieces, style)

    def heading(self, title: str, count: int, *, collapsed: bool) -> Strip:
        """The heading of a group: its title, how many rows, a rule to the right edge."""
        line = self.palette.style("border")
        mark = "+" if collapsed else "-"
        words = fit(f"{mark} {self.glyphs.clean(title)}  {count} ", min(self.width, len(title) + len(str(count)) + 6))
        rule = self.glyphs.horizontal * max(0, self.width - len(words))
        return build([(words.rstrip() + " ", self.palette.style("title")), (rule, line)], self.width, line)

    def row(self, row: RowId, *, surface: str, stale: bool) -> Strip:
        """One row. `surface` is background, cursor or selection."""
        pieces: list[Piece] = []
        gap = self.palette.style(surface)
        for column in self.placed:
            pieces.append(self._cell(row, column, surface, stale=stale))
            pieces.append((" ", gap))
        return self._assemble(pieces, gap)

    def _assemble(self, pieces: list[Piece], fill: Style) -> Strip:
        """All columns, or where they are scrolled the frozen ones and a window on the rest."""
        if self.offset == 0:
            return build(pieces, self.width, fill)
        split = self.model.frozen * 2
        frozen = pieces[:split]
        if frozen:
            frozen[-1] = (self.glyphs.frozen, fill)
        room = max(0, self.width - self.frozen_width)
        body = build(pieces[split:], max(self.total - self.frozen_width, self.offset + room), fill)
        return Strip.join(
            [build(frozen, self.frozen_width, fill), body.crop(self.offset, self.offset + room)]
        ).adjust_cell_length(self.width, fill)

    def _cell(self, row: RowId, column: PlacedColumn, surface: str, *, stale: bool) -> Piece:
        spec = column.spec
        value = self.model.source.value(row, spec.id)
        words = cell_text(value, spec, column.width, self._decimals(row, column))
        if spec.arrow and (direction := self.flashes.direction(row, spec.id)):
            words = (self.glyphs.up if direction > 0 else self.glyphs.down) + words
        words = fit(self.glyphs.clean(words), column.width, spec.alignment, self.glyphs.ellipsis)
        return words, self._style(row, column, value, surface, stale=stale)

    def _decimals(self, row: RowId, column: PlacedColumn) -> int | None:
        if not column.spec.decimals_from:
            return None
        decimals = self.model.source.value(row, column.spec.decimals_from)
        return decimals if isinstance(decimals, int) else None

    def _style(self, row: RowId, column: PlacedColumn, value: CellValue, surface: str, *, stale: bool) -> Style:
        spec, palette = column.spec, self.palette
        if spec.flash and self.flashes.flashing(row, spec.id):
            return palette.style("flash_up" if self.flashes.direction(row, spec.id) > 0 else "flash_down")
        if surface == "cursor":
            return palette.style("cursor")
        if stale or value is None or isinstance(value, Missing):
            return palette.style("stale", surface)
        if spec.tone is not Tone.TREND:
            return palette.style(spec.tone.value, surface)
        trend = self.model.source.value(row, spec.trend_from) if spec.trend_from else value
        return palette.trend(trend if isinstance(trend, int | float) else None, surface)


def visible_lines(model: GridModel, top: int, height: int) -> Iterator[tuple[int, RowId]]:
    """(line of the viewport, row) of the rows in view; the header is line 0."""
    for y, line in enumerate(model.lines[top : top + height - 1], 1):
        if line.row is not None:
            yield y, line.row
