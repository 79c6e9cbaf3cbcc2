"""The columns of a static table: widths, order, and the text of a row when it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from financehub_tui.report.blocks import Column, Format, Table
from financehub_tui.report.cells import RIGHT, column_texts, heading, text

SAMPLE = 400
"""Rows measured for a column's width in a long table, besides its extremes."""

WIDEST = 60
NARROWEST = 12
"""A text column is shortened down to this before the table scrolls sideways."""
LEADING = 20
"""As much for the first column, which says what the row is."""


@dataclass(frozen=True)
class Placed:
    """A visible column and where it is drawn."""

    spec: Column
    width: int
    right: bool


class TableModel:
    """Rows of a table in their order, formatted one at a time."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = tuple(column for column in table.columns if not column.hidden)
        self.order: list[int] = list(range(table.frame.height))
        self.sorted_by: int | None = None
        self.descending = False
        self._natural = [self._measure(column) for column in self.columns]

    def __len__(self) -> int:
        return len(self.order)

    def _measure(self, column: Column) -> int:
        frame = self.table.frame
        if column.width is not None:
            return column.width
        head = cell_len(heading(column))
        if column.name not in frame.columns or frame.is_empty():
            return max(1, head)
        step = max(1, frame.height // SAMPLE)
        sample = frame.gather_every(step) if step > 1 else frame
        if step > 1 and column.format is not Format.SPARK:
            # The extremes are the longest numbers and dates; of text the sample must do.
            sample = sample.vstack(frame.sort(column.name, nulls_last=True).head(1)).vstack(
                frame.sort(column.name, descending=True, nulls_last=True).head(1)
            )
        longest = max((cell_len(words) for words in column_texts(sample, column)), default=0)
        return max(1, head, min(longest, WIDEST))

    def placed(self, width: int) -> list[Placed]:
        """The columns with their widths: natural where they fit, text shortened where not."""
        given = list(self._natural)
        short = sum(given) + 2 * (len(given) - 1) - width
        while short > 0:
            able = [
                place
                for place, column in enumerate(self.columns)
                if column.format is Format.TEXT
                and given[place] > max(NARROWEST if place else LEADING, cell_len(heading(column)))
            ]
            if not able:
                break
            given[max(able, key=lambda place: given[place])] -= 1
            short -= 1
        return [
            Placed(column, cells, column.format in RIGHT) for column, cells in zip(self.columns, given, strict=True)
        ]

    def value(self, row: int, column: Column) -> Any:
        """The value at a frame's row; None where the frame lacks the column."""
        frame = self.table.frame
        return frame[column.name][row] if column.name in frame.columns else None

    def words(self, row: int, column: Column) -> str:
        """The text at a frame's row."""
        value = self.value(row, column)
        if column.format is Format.SPARK and value is not None:
            value = list(value)
        decimals = column.decimals
        if column.format is Format.PRICE and column.decimals_from in self.table.frame.columns:
            own = self.table.frame[column.decimals_from][row]
            decimals = column.decimals if own is None else int(own)
        return text(value, column.format, decimals=decimals, signed=column.signed)

    def line(self, row: int) -> str:
        """The command line of a frame's row, empty where it has none."""
        lines = self.table.pick_lines
        return lines[row] if row < len(lines) else ""

    def sort(self, column: int | None, *, descending: bool = False) -> None:
        """Order rows by a column, missing values last; None restores the order they came in."""
        self.sorted_by, self.descending = column, descending
        frame = self.table.frame
        name = self.columns[column].name if column is not None else ""
        if name not in frame.columns or self.columns[column or 0].format is Format.SPARK:
            self.order = list(range(frame.height))
            return
        self.order = frame[name].arg_sort(descending=descending, nulls_last=True).to_list()
