"""The live grid without a screen: rows, groups, columns, order, cursor, selection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from financehub_tui.widgets.grid_columns import ColumnSpec, RowId, RowSource, export_text, sort_key

SORT_HOLD = 1.0
"""Seconds an order stands before values may change it."""


@dataclass(frozen=True)
class Group:
    """Rows under a heading; an empty title draws no heading."""

    title: str
    rows: tuple[RowId, ...]


class Line(NamedTuple):
    """One line of the grid: a row, or the heading of a group where `row` is None."""

    row: RowId | None
    title: str = ""


class GridModel:
    """What the grid shows and in which order. The cursor is a row, not a line: it follows its symbol."""

    def __init__(self, columns: Sequence[ColumnSpec], source: RowSource, *, frozen: int = 1) -> None:
        self.source = source
        self.frozen = frozen
        """How many columns at the left stay when the others scroll."""
        self._specs = {column.id: column for column in columns}
        self._shown = [column.id for column in columns]
        self._groups: tuple[Group, ...] = ()
        self._collapsed: set[str] = set()
        self.lines: tuple[Line, ...] = ()
        self._position: dict[RowId, int] = {}
        self.cursor: RowId | None = None
        self.selected: set[RowId] = set()
        self.sort_column: str | None = None
        self.descending = False
        self.order_frozen = False
        """True: values no longer change the order, until thawed or sorted by hand."""
        self._sorted_at = float("-inf")

    # Rows

    def set_rows(self, rows: Iterable[RowId]) -> None:
        """One list of rows, no headings. A row given twice counts once."""
        self.set_groups([Group("", tuple(rows))])

    def set_groups(self, groups: Iterable[Group]) -> None:
        """Rows under headings; a row in two groups stays in the first."""
        seen: set[RowId] = set()
        kept: list[Group] = []
        for group in groups:
            rows = tuple(row for row in dict.fromkeys(group.rows) if row not in seen)
            seen.update(rows)
            kept.append(Group(group.title, rows))
        previous = self.cursor_line
        self._groups = tuple(kept)
        self.selected &= seen
        self._arrange()
        if self.cursor not in self._position:
            self.cursor = self._nearest_row(previous)

    @property
    def rows(self) -> tuple[RowId, ...]:
        """Rows on lines, from the top."""
        return tuple(line.row for line in self.lines if line.row is not None)

    def toggle_group(self, title: str) -> None:
        """Hide or show the rows under a heading."""
        self._collapsed ^= {title}
        line = self.cursor_line
        self._arrange()
        if self.cursor not in self._position:
            self.cursor = self._nearest_row(line)

    def is_collapsed(self, title: str) -> bool:
        """Whether the rows under a heading are hidden."""
        return title in self._collapsed

    def group_size(self, title: str) -> int:
        """Number of rows under a heading, shown or not."""
        return sum(len(group.rows) for group in self._groups if group.title == title)

    def line_of(self, row: RowId) -> int | None:
        """The line a row is on; None where it is not shown."""
        return self._position.get(row)

    def _arrange(self) -> None:
        lines: list[Line] = []
        for group in self._groups:
            if group.title:
                lines.append(Line(None, group.title))
            if group.title not in self._collapsed:
                lines.extend(Line(row) for row in self._ordered(group.rows))
        self.lines = tuple(lines)
        self._position = {line.row: number for number, line in enumerate(lines) if line.row is not None}

    def _ordered(self, rows: tuple[RowId, ...]) -> list[RowId]:
        column = self.sort_column
        if column is None:
            return list(rows)
        value = self.source.value
        keyed = [(sort_key(value(row, column)), row) for row in rows]
        known = [(key, row) for key, row in keyed if key is not None]
        known.sort(key=lambda pair: pair[0], reverse=self.descending)
        return [row for _, row in known] + [row for key, row in keyed if key is None]

    # Order

    def sort(self, column: str | None, *, descending: bool = False, now: float = 0.0) -> None:
        """Order by a column now; None restores the given order. KeyError for an unknown column."""
        if column is not None:
            column = self._specs[column].id
        self.sort_column, self.descending, self._sorted_at = column, descending, now
        self._arrange()

    def resort(self, now: float) -> bool:
        """Order by the newest values where the order is older than `SORT_HOLD`; True where that moved a row.

        `now` in monotonic seconds.
        """
        if self.sort_column is None or self.order_frozen or now - self._sorted_at < SORT_HOLD:
            return False
        self._sorted_at = now
        before = self.lines
        self._arrange()
        return self.lines != before

    # Columns

    @property
    def columns(self) -> tuple[ColumnSpec, ...]:
        """Columns shown, in order."""
        return tuple(self._specs[name] for name in self._shown)

    @property
    def all_columns(self) -> tuple[ColumnSpec, ...]:
        """Every column there is."""
        return tuple(self._specs.values())

    def show_columns(self, names: Sequence[str]) -> None:
        """Show exactly these, in this order. KeyError for an unknown name, ValueError for none at all."""
        shown = [self._specs[name].id for name in dict.fromkeys(names)]
        if not shown:
            raise ValueError("a grid needs at least one column")
        self._shown = shown

    def move_column(self, name: str, by: int) -> None:
        """Move a shown column left (negative) or right."""
        at = self._shown.index(name)
        self._shown.insert(max(0, min(len(self._shown) - 1, at + by)), self._shown.pop(at))

    # Cursor and selection

    @property
    def cursor_line(self) -> int | None:
        """The line the cursor is on."""
        return None if self.cursor is None else self._position.get(self.cursor)

    def move_cursor(self, by: int) -> None:
        """Move by rows, over headings, stopping at the ends."""
        rows = self.rows
        if not rows:
            self.cursor = None
            return
        at = rows.index(self.cursor) if self.cursor in self._position else 0
        self.cursor = rows[max(0, min(len(rows) - 1, at + by))]

    def put_cursor(self, line: int) -> RowId | None:
        """Put the cursor on a line; on a heading it stays. Returns the row it is on."""
        if 0 <= line < len(self.lines) and (row := self.lines[line].row) is not None:
            self.cursor = row
        return self.cursor

    def _nearest_row(self, line: int | None) -> RowId | None:
        start = 0 if line is None else min(line, len(self.lines) - 1)
        after = (each.row for each in self.lines[max(0, start) :] if each.row is not None)
        before = (each.row for each in reversed(self.lines[: max(0, start)]) if each.row is not None)
        return next(after, None) or next(before, None)

    def toggle_selected(self, row: RowId) -> None:
        """Take a row into the selection or out of it."""
        if row in self._position:
            self.selected ^= {row}

    def tsv(self, rows: Iterable[RowId] | None = None) -> str:
        """Tab-separated values with a header line: the rows given, else those selected, else all."""
        chosen = list(rows) if rows is not None else [row for row in self.rows if row in self.selected] or self.rows
        columns = self.columns
        lines = ["\t".join(export_text(column.title) for column in columns)]
        lines += ["\t".join(export_text(self.source.value(row, column.id)) for column in columns) for row in chosen]
        return "\n".join(lines) + "\n"
