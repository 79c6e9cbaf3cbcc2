"""A static table: virtual rows, header and footer that stay, a cursor row, number picks.

Columns are shown whole: what does not fit is left out at the right, can be moved into view, and stands in full beneath
the table for the row under the cursor.
"""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip

from financehub_tui.report.blocks import Table
from financehub_tui.widgets.blocks.base import BlockView, Picked
from financehub_tui.widgets.blocks.columns import GAP, TableModel
from financehub_tui.widgets.blocks.labelled import drawn
from financehub_tui.widgets.blocks.row_detail import detail_rows, details
from financehub_tui.widgets.blocks.table_lines import InView, TableLines, in_view
from financehub_tui.widgets.blocks.wrap import wrap

_HEAD = 2
"""Title and column heads."""

_FEW = 5
"""Rows of data that come before the details of the row under the cursor."""
_LEAST_DETAIL = 2


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
        self._lines = TableLines(self, self.model, InView([], [], 0, 0, GAP))
        self._detail = 0
        self._strips: dict[int, Strip] = {}
        self._details: list[Strip] | None = None

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
        """Head, all rows, footer, and the row under the cursor in full where columns do not fit."""
        if not len(self.model):
            return 1 + len(self._empty(width))
        cut = self.model.cut(self.model.placed(max(1, width - self._marker)))
        return _HEAD + len(self.model) + self._foot + detail_rows(self.model, cut, width)

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
        return max(0, self.size.height - _HEAD - self._foot - self._detail)

    def _arrange(self) -> None:
        self._detail = 0
        self._place()
        self._detail = self._detail_room()
        if self._detail:
            self._place()
        self.restyled()
        self.refresh()

    def _place(self) -> None:
        rows = len(self.model) + _HEAD + self._foot + self._detail if len(self.model) else 1
        self.virtual_size = Size(self.size.width, rows)
        self._skip_to(self._columns.skipped)

    def _skip_to(self, skip: int) -> None:
        """Lay the columns out anew, without so many after the first."""
        columns = in_view(self.model, self.inner, self._marker, skip)
        self._lines = TableLines(self, self.model, columns)

    @property
    def _columns(self) -> InView:
        return self._lines.columns

    # The row under the cursor in full

    def _detail_room(self) -> int:
        """Rows of the details: what is left when rows enough are in view."""
        if not len(self.model):
            return 0
        rows = min(len(self.model), max(_FEW, self.size.height // 2))
        room = min(detail_rows(self.model, self._columns.cut, self.inner), self.size.height - _HEAD - self._foot - rows)
        return room if room >= _LEAST_DETAIL else 0

    def _detail_lines(self) -> list[Strip]:
        if self._details is None:
            row = self.model.order[self.cursor]
            name = self.model.words(row, self.model.columns[0])
            values = details(self.model, self._columns.placed, self._columns.cut, row)
            whole = not values and cell_len(name) <= self._columns.placed[0].width
            lines = drawn(values, self.inner, self.palette, self.glyphs, self._detail - 1)
            self._details = [] if whole else [self.title_line(name, None), *lines]
        return self._details

    def restyled(self) -> None:
        """Forget drawn rows."""
        self._strips.clear()
        self._details = None

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
            return self._lines.heads()
        below = y - _HEAD - min(len(self.model), self._body)
        if below >= 0:
            return self._beneath(below)
        place = y - _HEAD + int(self.scroll_offset.y)
        if place >= len(self.model):
            return self.blank_line()
        if place == self.cursor:
            return self._lines.row(place, self._first + place, "cursor" if self.has_focus else "selection")
        if place not in self._strips or self._strips[place].cell_length != self.inner:
            self._strips[place] = self._lines.row(place, self._first + place, "")
        return self._strips[place]

    def _beneath(self, row: int) -> Strip:
        """The footer, then the details."""
        if self._foot and row == 0:
            return self._lines.footer()
        place = row - self._foot
        lines = self._detail_lines() if place < self._detail else []
        return lines[place] if place < len(lines) else self.blank_line()

    def _empty(self, width: int) -> list[tuple[str, str]]:
        table = self.model.table
        lines = [(line, "muted") for line in wrap(table.empty, width)]
        if table.missing:
            lines += [(line, "stale") for line in wrap(str(table.missing), width)]
        return lines

    # Keys

    def _to(self, place: int) -> None:
        place = max(0, min(len(self.model) - 1, place))
        before, self.cursor = self.cursor, place
        self._details = None
        top = int(self.scroll_offset.y)
        self._show()
        if int(self.scroll_offset.y) == top:
            below = _HEAD + min(len(self.model), self._body) + self._foot
            self.refresh_rows([before - top + _HEAD, place - top + _HEAD, *range(below, below + self._detail)])
        self.reveal(place - int(self.scroll_offset.y) + _HEAD)

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
        """Bring the next or the last column into view where they do not all fit."""
        before = self._columns.skipped
        self._skip_to(max(0, before + steps))
        if self._columns.skipped == before:
            raise SkipAction
        self._arrange()

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
        if not _HEAD <= event.y < _HEAD + self._body or not 0 <= place < len(self.model):
            return
        again = place == self.cursor and event.chain > 1
        self._to(place)
        if again:
            self._choose(place)

    def _sort_at(self, x: int) -> None:
        column = self._columns.at(x)
        if column is not None:
            same = column.place == self.model.sorted_by
            self.sort_by(column.place, descending=same and not self.model.descending)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        if self.cursor > 0:
            event.stop()
            self._to(self.cursor - 3)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        if self.cursor < len(self.model) - 1:
            event.stop()
            self._to(self.cursor + 3)
