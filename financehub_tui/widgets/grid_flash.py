"""Which cells have just changed, and which way: state with an expiry, no animation."""

from __future__ import annotations

from collections.abc import Iterable

from financehub_tui.widgets.grid_columns import CellValue, ColumnSpec, RowId, RowSource

FLASH = 0.5
"""Seconds a change stays marked."""

Cell = tuple[RowId, str]


class FlashBoard:
    """Directions of the last changes seen (1 up, -1 down) and the cells still marked."""

    def __init__(self, duration: float = FLASH) -> None:
        self.duration = duration
        self._seen: dict[Cell, CellValue] = {}
        self._direction: dict[Cell, int] = {}
        self._until: dict[Cell, float] = {}

    def observe(self, rows: Iterable[RowId], columns: Iterable[ColumnSpec], source: RowSource, now: float) -> None:
        """Compare the rows' values with those seen last; a first sight marks nothing. `now` in monotonic seconds."""
        watched = [column.id for column in columns if column.flash or column.arrow]
        for row in rows:
            for column in watched:
                value = source.value(row, column)
                if not isinstance(value, int | float):
                    continue
                cell = (row, column)
                before = self._seen.get(cell)
                self._seen[cell] = value
                if before is not None and (value > before or value < before):
                    self._direction[cell] = 1 if value > before else -1
                    self._until[cell] = now + self.duration

    def expire(self, now: float) -> set[RowId]:
        """End the marks whose time is up; the rows to draw again."""
        ended = [cell for cell, until in self._until.items() if until <= now]
        for cell in ended:
            del self._until[cell]
        return {row for row, _ in ended}

    def keep(self, rows: Iterable[RowId]) -> None:
        """Forget all rows but these."""
        kept = set(rows)
        for known in (self._seen, self._direction, self._until):
            for cell in [cell for cell in known if cell[0] not in kept]:
                del known[cell]

    def flashing(self, row: RowId, column: str) -> bool:
        """Whether the cell is marked now."""
        return (row, column) in self._until

    def direction(self, row: RowId, column: str) -> int:
        """1 up, -1 down, 0 where no change has been seen."""
        return self._direction.get((row, column), 0)
