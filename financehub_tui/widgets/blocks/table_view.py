"""A static table: virtual rows, header and footer that stay, a cursor row, number picks."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip

from financehub_tui.report.blocks import Table
from financehub_tui.report.cells import heading
from financehub_tui.widgets.blocks.base import SIDEWAYS, BlockView, Picked
from financehub_tui.widgets.blocks.columns import Placed, TableModel
from financehub_tui.widgets.blocks.wrap import wrap
from financehub_tui.widgets.strips import Piece, build

_HEAD = 2
"""Title and column heads."""

_GAP = 2
_WIDEST_GAP = 5
"""Columns spread out where there is room, but not so far that the eye loses the row."""


class TableView(BlockView):
    """Draws a `Table`. Rows are formatted when they come into view."""

    BINDING_GROUP_TITLE = "Table"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="table.up"),
        Binding("down", "move(1)", "Down", show=False, id="table.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page_down"),
        Binding("home", "edge(-1)", "First row", show=False, id="table.first"),
        Binding("end", "edge(1)", "Last row", show=False, id="table.last"),
        Binding("left", "sideways(-1)", "Columns left", show=False, id="table.left"),
        Binding("right", "sideways(1)", "Columns right", show=False, id="table.right"),
        Binding("enter", "choose", "Open", id="table.open"),
        Binding("ctrl+t", "sort_next", "Sort by next column", id="table.sort_next"),
        Binding("ctrl+r", "reverse", "Reverse order", show=False, id="table.reverse"),
        Binding("ctrl+c", "copy", "Copy row", show=False, id="table.copy"),
    ]

    def __init__(self, table: Table, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.model = TableModel(table)
        self.cursor = 0
        self._first = 1
        self._offset = 0
        self._gap = _GAP
        self._placed: list[Placed] = []
        self._strips: dict[int, Strip] = {}

    # What the owner calls

    def set_block(self, table: Table) -> None:
        """Show newer rows; sort order, cursor and scrolling stay where they can."""
        column, descending = self.model.sorted_by, self.model.descending
        same = self.model.table.columns == table.columns
        self.model = TableModel(table)
        if same and column is not None:
            self.model.sort(column, descending=descending)
        self.cursor = max(0, min(self.cursor, len(self.model) - 1))
        self._arrange()

    @property
    def least(self) -> int:
        """Head, three rows and the footer."""
        return min(_HEAD + 3 + self._foot, self.natural(80))

    @property
    def stretches(self) -> bool:
        """Rows scroll."""
        return True

    def natural(self, width: int) -> int:
        """Head, all rows, footer."""
        if not len(self.model):
            return 1 + len(self._empty(width))
        return _HEAD + len(self.model) + self._foot

    @property
    def picks(self) -> int:
        """One per row where rows have lines."""
        return len(self.model) if self.model.table.pick_lines else 0

    def number_from(self, first: int) -> None:
        """Number rows from `first`."""
        self._first = first
        self._arrange()

    def pick(self, number: int) -> bool:
        """Choose the row that shows this number."""
        place = number - self._first
        if not 0 <= place < self.picks:
            return False
        self._to(place)
        return self._choose(place)

    def sort_by(self, column: int | None, *, descending: bool = False) -> None:
        """Order by a visible column, counted from 0; None for the order the rows came in."""
        self.model.sort(column, descending=descending)
        self.restyled()
        self.refresh()

    # Drawing

    @property
    def _foot(self) -> int:
        return 1 if self.model.table.footer else 0

    @property
    def _marker(self) -> int:
        """Cells of the numbers at the left."""
        return len(str(self._first + self.picks - 1)) + 2 if self.picks else 0

    @property
    def _body(self) -> int:
        """Rows of data in view."""
        return max(0, self.size.height - _HEAD - self._foot)

    def _total(self) -> int:
        return sum(column.width for column in self._placed) + self._gap * max(0, len(self._placed) - 1)

    def _arrange(self) -> None:
        rows = len(self.model) + _HEAD + self._foot if len(self.model) else 1
        self.virtual_size = Size(self.size.width, rows)
        room = max(1, self.inner - self._marker)
        self._placed = self.model.placed(room)
        spare = room - sum(column.width for column in self._placed)
        self._gap = max(_GAP, min(_WIDEST_GAP, spare // max(1, len(self._placed))))
        self._offset = min(self._offset, self._widest_offset())
        self.restyled()
        self.refresh()

    def _widest_offset(self) -> int:
        return max(0, self._marker + self._total() - self.inner)

    def restyled(self) -> None:
        """Forget drawn rows."""
        self._strips.clear()

    def on_resize(self) -> None:
        """Columns take the new width."""
        self._arrange()
        self._show()

    def on_focus(self) -> None:
        """The cursor stands out."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor steps back."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Title, heads, rows, footer."""
        table = self.model.table
        if y == 0:
            return self.title_line(table.title, table.provenance)
        if not len(self.model):
            lines = self._empty(self.inner)
            return self.words_line(*lines[y - 1]) if y <= len(lines) else self.blank_line()
        if y == 1:
            return self._heads()
        if self._foot and y == min(self.size.height, _HEAD + len(self.model) + 1) - 1:
            return self._footer()
        place = y - _HEAD + int(self.scroll_offset.y)
        if place >= len(self.model):
            return self.blank_line()
        if place == self.cursor:
            return self._row(place, "cursor" if self.has_focus else "selection")
        if place not in self._strips or self._strips[place].cell_length != self.inner:
            self._strips[place] = self._row(place, "")
        return self._strips[place]

    def _empty(self, width: int) -> list[tuple[str, str]]:
        table = self.model.table
        lines = [(line, "muted") for line in wrap(table.empty, width)]
        if table.missing:
            lines += [(line, "stale") for line in wrap(str(table.missing), width)]
        return lines

    def _heads(self) -> Strip:
        palette = self.palette
        style, chosen = palette.style("header"), palette.style("title", "header_background")
        pieces: list[Piece] = []
        for place, column in enumerate(self._placed):
            sorted_here = place == self.model.sorted_by
            arrow = (self.glyphs.sort_down if self.model.descending else self.glyphs.sort_up) if sorted_here else ""
            words = self.cell(
                heading(column.spec), max(1, column.width - len(arrow)), "right" if column.right else "left"
            )
            words = f"{arrow}{words}" if column.right else self.cell(words.rstrip() + arrow, column.width)
            pieces += [(words, chosen if sorted_here else style), (" " * self._gap, style)]
        return self._scrolled((" " * self._marker, style), pieces, fill_role="header_background")

    def _row(self, place: int, surface: str) -> Strip:
        row = self.model.order[place]
        pieces: list[Piece] = []
        palette = self.palette
        for column in self._placed:
            spec = column.spec
            words = self.model.words(row, spec)
            cell = self.cell(words, column.width, "right" if column.right else "left")
            if surface == "cursor":
                style = palette.style("cursor")
            elif spec.signed:
                style = palette.trend(_sign(self.model.value(row, spec)), surface)
            else:
                style = palette.style("value" if column.right else "text", surface)
            pieces += [(cell, style), (" " * self._gap, palette.style(surface or "background"))]
        number = f"{self._first + place})".rjust(self._marker - 1) + " " if self._marker else ""
        mark = palette.style("cursor") if surface == "cursor" else palette.style("muted", surface)
        return self._scrolled((number, mark), pieces, fill_role=surface or "background")

    def _scrolled(self, marker: Piece, pieces: list[Piece], *, fill_role: str) -> Strip:
        """A line with the first column kept and the others moved sideways."""
        fill = self.palette.style(fill_role)
        width = self.inner
        if not self._offset:
            return build([marker, *self._whole(pieces, width)], width, fill)
        kept = [marker, *pieces[:2]]
        fixed = self._marker + self._placed[0].width + self._gap
        rest = build(pieces[2:], max(0, self._total() - self._placed[0].width), fill)
        room = max(0, width - fixed)
        tail = rest.crop(self._offset, self._offset + room).extend_cell_length(room, fill)
        return Strip.join([build(kept, min(fixed, width), fill), tail])

    def _whole(self, pieces: list[Piece], width: int) -> list[Piece]:
        """The pieces up to the first column of numbers that would be cut: half a number is another number."""
        used = self._marker
        for place, column in enumerate(self._placed):
            if column.right and place and used + column.width > width:
                return pieces[: 2 * place]
            used += column.width + self._gap
        return pieces

    def _footer(self) -> Strip:
        pieces: list[Piece] = []
        for label, value in self.model.table.footer:
            pieces += [
                (f"{self.cell(label, 40).rstrip()} ", self.palette.style("label", "panel")),
                (f"{self.cell(value, 40).rstrip()}   ", self.palette.style("value", "panel")),
            ]
        return build(pieces, self.inner, self.palette.style("panel"))

    # Keys

    def _to(self, place: int) -> None:
        place = max(0, min(len(self.model) - 1, place))
        before, self.cursor = self.cursor, place
        top = int(self.scroll_offset.y)
        self._show()
        if int(self.scroll_offset.y) == top:
            self.refresh_rows([before - top + _HEAD, place - top + _HEAD])

    def _show(self) -> None:
        """Scroll as little as needed to see the cursor."""
        top = int(self.scroll_offset.y)
        body = self._body
        if body and self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif body and self.cursor >= top + body:
            self.scroll_to(y=self.cursor - body + 1, animate=False)

    def action_move(self, rows: int) -> None:
        """Cursor up or down; beyond either end the key is left to others."""
        if not 0 <= self.cursor + rows < len(self.model):
            raise SkipAction
        self._to(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        """A page up or down; a table seen whole, or at its end already, leaves the key to others."""
        at_end = self.cursor == (0 if pages < 0 else len(self.model) - 1)
        if len(self.model) <= self._body or at_end:
            raise SkipAction
        rows = pages * max(1, self._body - 1)
        self.scroll_to(y=max(0, min(len(self.model) - self._body, int(self.scroll_offset.y) + rows)), animate=False)
        self._to(self.cursor + rows)

    def action_edge(self, side: int) -> None:
        """First or last row."""
        if not len(self.model):
            raise SkipAction
        self._to(0 if side < 0 else len(self.model) - 1)

    def action_sideways(self, steps: int) -> None:
        """Scroll columns where they do not all fit."""
        wanted = max(0, min(self._widest_offset(), self._offset + steps * SIDEWAYS))
        if wanted == self._offset:
            raise SkipAction
        self._offset = wanted
        self.restyled()
        self.refresh()

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if not self._choose(self.cursor):
            raise SkipAction

    def _choose(self, place: int) -> bool:
        line = self.model.line(self.model.order[place]) if place < len(self.model) else ""
        if line:
            self.post_message(Picked(line))
        return bool(line)

    def action_sort_next(self) -> None:
        """Sort by the next column; after the last in the order the rows came in."""
        at = self.model.sorted_by
        following = 0 if at is None else at + 1
        self.sort_by(following if following < len(self.model.columns) else None)

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.sort_by(
            self.model.sorted_by if self.model.sorted_by is not None else 0, descending=not self.model.descending
        )

    def action_copy(self) -> None:
        """The row under the cursor to the clipboard, parted by tabs."""
        if not len(self.model):
            raise SkipAction
        row = self.model.order[self.cursor]
        self.app.copy_to_clipboard("\t".join(self.model.words(row, column) for column in self.model.columns))

    def on_click(self, event: events.Click) -> None:
        """A head sorts by its column; a row takes the cursor, a second click opens it."""
        if event.y == 1 and len(self.model):
            self._sort_at(event.x)
            return
        place = event.y - _HEAD + int(self.scroll_offset.y)
        if event.y < _HEAD or not 0 <= place < len(self.model):
            return
        again = place == self.cursor and event.chain > 1
        self._to(place)
        if again:
            self._choose(place)

    def _sort_at(self, x: int) -> None:
        right = self._marker - self._offset
        for place, column in enumerate(self._placed):
            right += column.width + self._gap
            if x < right:
                same = place == self.model.sorted_by
                self.sort_by(place, descending=same and not self.model.descending)
                return

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._to(self.cursor - 3)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._to(self.cursor + 3)


def _sign(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
