"""The live quote grid: thousands of rows, of which only the visible ones that changed are drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from financehub_tui.widgets.grid_columns import ColumnSpec, RowId, RowSource
from financehub_tui.widgets.grid_flash import FlashBoard
from financehub_tui.widgets.grid_lines import GridLines, visible_lines
from financehub_tui.widgets.grid_model import GridModel, Group
from financehub_tui.widgets.live import LiveView

_KEPT_STRIPS = 2_000


class QuoteGrid(LiveView, can_focus=True):
    """Rows of live values. The owner calls `on_tick` with the rows that changed; nothing else redraws it."""

    BINDING_GROUP_TITLE = "Grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="grid.up"),
        Binding("down", "move(1)", "Down", show=False, id="grid.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="grid.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="grid.page_down"),
        Binding("home", "edge(-1)", "First row", show=False, id="grid.first"),
        Binding("end", "edge(1)", "Last row", show=False, id="grid.last"),
        Binding("left", "sideways(-1)", "Columns left", show=False, id="grid.left"),
        Binding("right", "sideways(1)", "Columns right", show=False, id="grid.right"),
        Binding("enter", "choose", "Open", id="grid.open"),
        Binding("space", "mark", "Select", show=False, id="grid.select"),
        Binding("ctrl+t", "sort_next", "Sort by next column", id="grid.sort_next"),
        Binding("ctrl+r", "reverse", "Reverse order", show=False, id="grid.reverse"),
        Binding("ctrl+f", "freeze", "Hold order", id="grid.freeze"),
        Binding("ctrl+c", "copy", "Copy rows", show=False, id="grid.copy"),
    ]

    class RowSelected(Message):
        """Enter, or a click on the row the cursor was on."""

        def __init__(self, grid: QuoteGrid, row: RowId) -> None:
            super().__init__()
            self.grid = grid
            self.row = row

        @property
        def control(self) -> QuoteGrid:
            """The grid it came from."""
            return self.grid

    class CursorMoved(RowSelected):
        """The cursor is on another row."""

    def __init__(
        self,
        columns: Iterable[ColumnSpec],
        source: RowSource,
        *,
        frozen: int = 1,
        empty: str = "No rows.",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.model = GridModel(tuple(columns), source, frozen=frozen)
        self.flashes = FlashBoard()
        self.empty = empty
        self._lines = GridLines(self.model, self.flashes, self.palette, self.glyphs, 0)
        self._strips: dict[RowId, tuple[object, Strip]] = {}
        self._now = 0.0

    # What the owner calls

    def set_rows(self, rows: Iterable[RowId]) -> None:
        """Show these rows."""
        self.set_groups([Group("", tuple(rows))])

    def set_groups(self, groups: Iterable[Group]) -> None:
        """Show these rows under headings."""
        self.model.set_groups(groups)
        self.flashes.keep(self.model.rows)
        self.rearranged()

    def on_tick(self, changed: Collection[RowId] | None, now: float) -> None:
        """Draw the visible rows among `changed` (None: any may have), end flashes, re-sort when due.

        `now` in monotonic seconds. Costs nothing for rows out of view.
        """
        self._now = now
        if not self.size.height:
            return
        before = dict(visible_lines(self.model, self.scroll_offset.y, self.size.height))
        rows = before.values() if changed is None else [row for row in before.values() if row in changed]
        self.flashes.observe(rows, self.model.columns, self.model.source, now)
        ended = self.flashes.expire(now)
        touched = {*rows, *ended}
        for row in touched:
            self._strips.pop(row, None)
        if self.model.sort_column is not None:
            self._resort(now)
        after = visible_lines(self.model, self.scroll_offset.y, self.size.height)
        self.refresh_rows([y for y, row in after if row in touched or before.get(y) != row])

    def _resort(self, now: float) -> None:
        line, top = self.model.cursor_line, self.scroll_offset.y
        in_view = line is not None and top <= line < top + self.size.height - 1
        if self.model.resort(now) and in_view and line is not None and (moved := self.model.cursor_line) is not None:
            # The cursor's row keeps its place on the screen.
            self.scroll_to(y=max(0, top + moved - line), animate=False)

    def rearranged(self) -> None:
        """Rows, columns or their order changed: lay out and draw again."""
        self.restyled()
        self.virtual_size = Size(self._lines.width + self._lines.steps[-1], len(self.model.lines) + 1)
        self.refresh()

    # Drawing

    def restyled(self) -> None:
        """Forget drawn rows."""
        self._strips.clear()
        self._lines = GridLines(self.model, self.flashes, self.palette, self.glyphs, self.scrollable_size.width)
        self._lines.scroll(self.scroll_offset.x)

    def on_resize(self) -> None:
        """Columns take the new width."""
        self.rearranged()

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Rows are drawn again from the new column on."""
        super().watch_scroll_x(old_value, new_value)
        self._lines.scroll(self.scroll_offset.x)
        self._strips.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of the width that the scroll bar leaves, which comes and goes with the number of rows."""
        if self._lines.width != self.scrollable_size.width:
            self.call_later(self.rearranged)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Header on line 0, then rows from the scroll offset on."""
        if y == 0:
            return self._lines.header()
        number = self.scroll_offset.y + y - 1
        if number >= len(self.model.lines):
            return self.blank_line() if self.model.lines else self.notice_line(self.empty, number)
        line = self.model.lines[number]
        if line.row is None:
            return self._heading(line.title)
        return self._row_strip(line.row)

    def _heading(self, title: str) -> Strip:
        return self._lines.heading(title, self.model.group_size(title), collapsed=self.model.is_collapsed(title))

    def _row_strip(self, row: RowId) -> Strip:
        model = self.model
        stale = model.source.stale(row)
        surface = "background"
        if row == model.cursor:
            surface = "cursor" if self.has_focus else "selection"
        elif row in model.selected:
            surface = "selection"
        key = (model.source.version(row), surface, stale)
        kept = self._strips.get(row)
        if kept is None or kept[0] != key:
            if len(self._strips) > _KEPT_STRIPS:
                self._strips.clear()
            kept = self._strips[row] = (key, self._lines.row(row, surface=surface, stale=stale))
        return kept[1]

    def on_focus(self) -> None:
        """The cursor is drawn strong."""
        self._refresh_cursor()

    def on_blur(self) -> None:
        """The cursor is drawn weak."""
        self._refresh_cursor()

    def _refresh_cursor(self, *lines: int | None) -> None:
        top = self.scroll_offset.y
        wanted = lines or (self.model.cursor_line,)
        self.refresh_rows([line - top + 1 for line in wanted if line is not None and line >= top])

    # Keys

    def _moved(self, line_before: int | None, row_before: RowId | None) -> None:
        line = self.model.cursor_line
        if line is not None:
            self._show_line(line)
        self._refresh_cursor(line_before, line)
        if self.model.cursor is not None and self.model.cursor != row_before:
            self.post_message(self.CursorMoved(self, self.model.cursor))

    def _show_line(self, line: int) -> None:
        top, room = self.scroll_offset.y, max(1, self.size.height - 1)
        if line < top:
            # A heading just above the row comes into view with it.
            self.scroll_to(y=line - 1 if line and self.model.lines[line - 1].row is None else line, animate=False)
        elif line >= top + room:
            self.scroll_to(y=line - room + 1, animate=False)

    def action_move(self, by: int) -> None:
        """Cursor up or down."""
        line, row = self.model.cursor_line, self.model.cursor
        self.model.move_cursor(by)
        self._moved(line, row)

    def action_page(self, by: int) -> None:
        """A screen up or down."""
        self.action_move(by * max(1, self.size.height - 2))

    def action_edge(self, direction: int) -> None:
        """First or last row."""
        self.action_move(direction * len(self.model.lines))

    def action_sideways(self, by: int) -> None:
        """Scroll the columns that are not frozen, one at a time."""
        steps = self._lines.steps
        at = next((number for number, step in enumerate(steps) if step >= self.scroll_offset.x), 0)
        self.scroll_to(x=steps[max(0, min(len(steps) - 1, at + by))], animate=False)

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.model.cursor is not None:
            self.post_message(self.RowSelected(self, self.model.cursor))

    def action_mark(self) -> None:
        """Select the row under the cursor, or not, and go on to the next."""
        if self.model.cursor is not None:
            self.model.toggle_selected(self.model.cursor)
            self.action_move(1)

    def action_sort_next(self) -> None:
        """Sort by the next column, after the last in the given order."""
        names = [column.id for column in self.model.columns]
        at = names.index(self.model.sort_column) + 1 if self.model.sort_column in names else 0
        self.sort(names[at] if at < len(names) else None)

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.sort(self.model.sort_column, descending=not self.model.descending)

    def action_freeze(self) -> None:
        """Hold the order as it is, or let values change it again."""
        self.model.order_frozen = not self.model.order_frozen
        self.refresh_rows([0])

    def action_copy(self) -> None:
        """Copy the selected rows, or the one under the cursor, as tab-separated values."""
        rows = None if self.model.selected else [self.model.cursor] if self.model.cursor else None
        self.app.copy_to_clipboard(self.model.tsv(rows))

    def sort(self, column: str | None, *, descending: bool = False) -> None:
        """Order by a column now; None for the given order. A cursor on the first row stays there, to show who leads."""
        first = self.model.cursor is not None and self.model.rows[:1] == (self.model.cursor,)
        self.model.sort(column, descending=descending, now=self._now)
        if first:
            self.model.cursor = self.model.rows[0]
        if (line := self.model.cursor_line) is not None:
            self._show_line(line)
        self.refresh()

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Header: sort by the column. Heading: fold. Row: put the cursor there; again: open it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            self._click_header(offset.x)
            return
        number = self.scroll_offset.y + offset.y - 1
        if number >= len(self.model.lines):
            return
        row = self.model.lines[number].row
        if row is None:
            self.model.toggle_group(self.model.lines[number].title)
            self.rearranged()
        elif row == self.model.cursor:
            self.action_choose()
        else:
            before = (self.model.cursor_line, self.model.cursor)
            self.model.put_cursor(number)
            self._moved(*before)

    def _click_header(self, x: int) -> None:
        if (column := self._lines.column_at(x)) is not None:
            again = column.spec.id == self.model.sort_column
            self.sort(column.spec.id, descending=again and not self.model.descending)
