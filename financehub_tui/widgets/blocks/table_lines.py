"""The lines of a static table: columns side by side, their heads, a row, the footer."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len
from textual.strip import Strip

from financehub_tui.report.cells import heading
from financehub_tui.widgets.blocks.base import BlockView
from financehub_tui.widgets.blocks.columns import GAP, Placed, TableModel
from financehub_tui.widgets.strips import Piece, build, safe_text, shorten

_WIDEST_GAP = 5
"""Columns spread out where there is room, but not so far that the eye loses the row."""


class InView(NamedTuple):
    """Columns as they stand side by side in a width."""

    placed: list[Placed]
    cut: list[int]
    """Visible columns that are not seen whole."""
    skipped: int
    """Columns after the first that are left out at the left."""
    marker: int
    """Cells of the numbers at the left."""
    gap: int

    @property
    def end(self) -> int:
        """Cells up to the end of the last column."""
        return self.marker + sum(column.width for column in self.placed) + self.gap * (len(self.placed) - 1)

    def at(self, x: int) -> Placed | None:
        """The column under a cell, the gap at its right included."""
        right = self.marker
        for column in self.placed:
            right += column.width + self.gap
            if x < right:
                return column
        return None


def in_view(model: TableModel, width: int, marker: int, skip: int) -> InView:
    """The columns that fit, without `skip` after the first or as many as there are to leave out."""
    room = max(1, width - marker)
    skipped = min(skip, model.most_skipped(room)) if skip else 0
    placed = model.placed(room, skipped)
    spare = room - sum(column.width for column in placed)
    gap = max(GAP, min(_WIDEST_GAP, spare // max(1, len(placed))))
    return InView(placed, model.cut(placed), skipped, marker, gap)


class TableLines:
    """Draws a table's lines with the palette and the glyphs of its widget."""

    def __init__(self, view: BlockView, model: TableModel, columns: InView) -> None:
        self.columns = columns
        self._view = view
        self._model = model

    def heads(self) -> Strip:
        """The heads, the one sorted by marked; arrows where there are more columns at a side."""
        view, model, columns = self._view, self._model, self.columns
        palette, glyphs, width = view.palette, view.glyphs, view.inner
        style, chosen = palette.style("header"), palette.style("title", "header_background")
        pieces: list[Piece] = [(" " * columns.marker, style)]
        for column in columns.placed:
            more = glyphs.more_left if columns.skipped and column.place == 0 else ""
            sorted_here = column.place == model.sorted_by
            pieces += [(self._head(column), chosen if sorted_here else style), (more.ljust(columns.gap), style)]
        head = build(pieces, width, palette.style("header_background"))
        more_right = bool(columns.placed) and columns.placed[-1].place < len(model.columns) - 1
        if not more_right or columns.end >= width:
            return head
        return Strip.join([head.crop(0, width - 1), build([(glyphs.more_right, style)], 1, style)])

    def _head(self, column: Placed) -> str:
        """A column's head, with an arrow right at the words where the rows are sorted by it."""
        view, model = self._view, self._model
        arrow = ""
        if column.place == model.sorted_by:
            arrow = view.glyphs.sort_down if model.descending else view.glyphs.sort_up
        words = view.cell(heading(column.spec), max(1, column.width - len(arrow))).rstrip()
        if column.right:
            return view.cell(arrow + words, column.width, "right")
        return view.cell(words + arrow, column.width)

    def row(self, place: int, number: int, surface: str) -> Strip:
        """The row at a place of the order, with its number where rows have any; `surface` is what it lies on."""
        view, model, columns = self._view, self._model, self.columns
        row = model.order[place]
        palette = view.palette
        shown = f"{number})".rjust(columns.marker - 1) + " " if columns.marker else ""
        mark = palette.style("cursor") if surface == "cursor" else palette.style("muted", surface)
        pieces: list[Piece] = [(shown, mark)]
        for column in columns.placed:
            spec = column.spec
            cell = view.cell(model.words(row, spec), column.width, "right" if column.right else "left")
            if surface == "cursor":
                style = palette.style("cursor")
            elif spec.signed:
                style = palette.trend(_sign(model.value(row, spec)), surface)
            else:
                style = palette.style("value" if column.right else "text", surface)
            pieces += [(cell, style), (" " * columns.gap, palette.style(surface or "background"))]
        return build(pieces, view.inner, palette.style(surface or "background"))

    def footer(self) -> Strip:
        """Labels and values, as many as there is room for."""
        view = self._view
        palette, glyphs, room = view.palette, view.glyphs, view.inner
        pieces: list[Piece] = []
        for label, value in self._model.table.footer:
            name, words = (glyphs.clean(safe_text(part)) for part in (f"{label} ", value))
            if pieces and cell_len(name) + cell_len(words) > room:
                break
            shown = shorten(words, room - cell_len(name), glyphs.ellipsis)
            pieces += [(name, palette.style("label", "panel")), (shown, palette.style("value", "panel"))]
            pieces.append(("   ", palette.style("value", "panel")))
            room -= cell_len(name) + cell_len(shown) + 3
        return build(pieces, view.inner, palette.style("panel"))


def _sign(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
