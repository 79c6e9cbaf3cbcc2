"""The columns of a static table: widths, order, and the text of a row when it is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from financehub_tui.report.blocks import Column, Format, Table
from financehub_tui.report.cells import RIGHT, column_texts, heading, text

SAMPLE = 400
"""Rows measured for a column's width in a long table, besides its extremes."""

WIDEST = 60
"""A text column is no wider than this while others lack room."""
NARROWEST = 16
LEADING = 20
"""A text column is not shortened below this; the first one, which says what the row is, not below the second."""
LEGIBLE = 2 / 3
"""Before a column is shortened to less than this part of its words, others at the right are left out."""
GAP = 2
"""Cells between columns."""


@dataclass(frozen=True)
class Placed:
    """A visible column and where it is drawn."""

    place: int
    """Its number among the visible columns of the table."""
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
        self._longest = [self._words_width(column) for column in self.columns]
        self._natural = [
            column.width or max(1, cell_len(heading(column)), min(longest, WIDEST))
            for column, longest in zip(self.columns, self._longest, strict=True)
        ]
        self._wished = [
            max(natural, longest) if column.format is Format.TEXT or not column.width else column.width
            for column, natural, longest in zip(self.columns, self._natural, self._longest, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.order)

    def _words_width(self, column: Column) -> int:
        """Cells of the longest words; of a long table, of a sample and its extremes."""
        frame = self.table.frame
        if column.name not in frame.columns or frame.is_empty():
            return 0
        step = max(1, frame.height // SAMPLE)
        sample = frame.gather_every(step) if step > 1 else frame
        if step > 1 and column.format is not Format.SPARK:
            # The extremes are the longest numbers and dates; of text the sample must do.
            sample = sample.vstack(frame.sort(column.name, nulls_last=True).head(1)).vstack(
                frame.sort(column.name, descending=True, nulls_last=True).head(1)
            )
        return max((cell_len(words) for words in column_texts(sample, column)), default=0)

    def placed(self, width: int, skip: int = 0) -> list[Placed]:
        """The first column, then those after the next `skip`, as many as fit whole: text may be shortened."""
        places = [0, *range(1 + skip, len(self.columns))] if self.columns else []
        given = {place: self._least(place) for place in places}
        room = width
        while len(places) > 1 and _taken(given[place] for place in places) > room:
            last = places.pop()
            # A cell for the mark that says there is more.
            room = width - 1
        if room < width and (left := room - _taken(given[place] for place in places) - GAP) >= self._floor(last):
            # Words may be shorter than is well legible where nothing else takes the room.
            places.append(last)
            given[last] = left
        if len(places) == 1:
            given[places[0]] = max(1, min(self._natural[places[0]], width))
        spare = room - _taken(given[place] for place in places)
        for wished in (self._natural, self._wished):
            spare = _widen(given, [place for place in places if given[place] < wished[place]], wished, spare)
        return [
            Placed(place, column, given[place], column.format in RIGHT)
            for place in places
            for column in [self.columns[place]]
        ]

    def most_skipped(self, width: int) -> int:
        """How many columns after the first may be left out at the left before the last one is in view."""
        last = len(self.columns) - 1
        return next((skip for skip in range(max(0, last)) if self.placed(width, skip)[-1].place == last), max(0, last))

    def cut(self, placed: list[Placed]) -> list[int]:
        """Visible columns that are left out, or narrower than their longest words."""
        widths = {column.place: column.width for column in placed}
        return [
            place
            for place, column in enumerate(self.columns)
            if self._longest[place] > widths.get(place, 0) and column.format is not Format.SPARK
        ]

    def longest(self, place: int) -> int:
        """Cells of a column's longest words, its head not counted."""
        return self._longest[place]

    def _floor(self, place: int) -> int:
        """The fewest cells a column is shown in."""
        column, natural = self.columns[place], self._natural[place]
        if column.format is not Format.TEXT:
            return natural
        return min(natural, max(NARROWEST if place else LEADING, cell_len(heading(column))))

    def _least(self, place: int) -> int:
        """The fewest cells a column takes while there are others to leave out."""
        legible = place > 0 and self.columns[place].format is Format.TEXT
        return max(self._floor(place), int(LEGIBLE * self._natural[place]) if legible else 0)

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


def _widen(given: dict[int, int], places: list[int], wished: Sequence[int], spare: int) -> int:
    """Widen columns evenly to what they wish, the narrowest first; the cells left over."""
    while spare > 0 and places:
        given[min(places, key=lambda place: given[place])] += 1
        spare -= 1
        places = [place for place in places if given[place] < wished[place]]
    return spare


def _taken(widths: Iterable[int]) -> int:
    """Cells of columns side by side."""
    cells = list(widths)
    return sum(cells) + GAP * max(0, len(cells) - 1)
