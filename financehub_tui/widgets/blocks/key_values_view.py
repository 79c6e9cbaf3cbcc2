"""Labelled values in one to three columns, as the width allows."""

from __future__ import annotations

from rich.cells import cell_len
from textual.strip import Strip

from financehub_tui.market.provenance import Missing
from financehub_tui.report.blocks import Field, KeyValues
from financehub_tui.report.cells import field_text
from financehub_tui.widgets.blocks.base import BlockView
from financehub_tui.widgets.blocks.wrap import wrap
from financehub_tui.widgets.strips import Piece, blank, build

COLUMN = 36
"""Cells a column needs."""

_GAP = 3
_LABEL = 24


class KeyValuesView(BlockView):
    """Draws `KeyValues`, down the first column, then down the next. Long values wrap."""

    can_focus = False

    def __init__(self, block: KeyValues, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.block = block
        self._lines: list[Strip] | None = None
        self._drawn_width = 0

    def set_block(self, block: KeyValues) -> None:
        """Show newer values."""
        self.block = block
        self.restyled()
        self.refresh()

    @property
    def least(self) -> int:
        """Two fields."""
        return min(3, self.natural(80))

    def natural(self, width: int) -> int:
        """Title and the longest column."""
        return 1 + max((sum(len(lines) for _, lines in column) for column in self._columns(width)), default=0)

    def _columns(self, width: int) -> list[list[tuple[Field, list[str]]]]:
        """Fields of each column with the lines of their values."""
        fields = self.block.fields
        if not fields:
            return []
        count = max(1, min(3, (width + _GAP) // (COLUMN + _GAP), -(-len(fields) // 2)))
        rows = -(-len(fields) // count)
        room = max(4, self._room(width, count) - self._label() - 1)
        wrapped = [(field, wrap(field_text(field), room)) for field in fields]
        return [wrapped[start : start + rows] for start in range(0, len(wrapped), rows)]

    def _label(self) -> int:
        return min(_LABEL, max(cell_len(field.label) for field in self.block.fields))

    @staticmethod
    def _room(width: int, count: int) -> int:
        return (width - _GAP * (count - 1)) // count

    def restyled(self) -> None:
        """Forget drawn lines."""
        self._lines = None

    def on_resize(self) -> None:
        """Columns take the new width."""
        self.restyled()
        self.refresh()

    def _draw(self) -> list[Strip]:
        width = self.inner
        columns = self._columns(width)
        room = self._room(width, len(columns)) if columns else width
        drawn = [[line for field, lines in column for line in self._field(field, lines, room)] for column in columns]
        height = max((len(column) for column in drawn), default=0)
        gap = blank(_GAP, self.palette.fill)
        empty = blank(room, self.palette.fill)
        made = []
        for row in range(height):
            parts: list[Strip] = []
            for place, column in enumerate(drawn):
                parts += [gap] * bool(place) + [column[row] if row < len(column) else empty]
            made.append(Strip.join(parts).extend_cell_length(width, self.palette.fill))
        return made

    def _field(self, field: Field, lines: list[str], room: int) -> list[Strip]:
        label = self._label()
        made = []
        for place, words in enumerate(lines):
            name = self.cell(field.label if place == 0 else "", label)
            pieces: list[Piece] = [
                (name + " ", self.palette.style("label")),
                (self.glyphs.clean(words), self.palette.style(_role(field, words))),
            ]
            made.append(build(pieces, room, self.palette.fill))
        return made

    def render_line(self, y: int) -> Strip:
        """Title, then fields."""
        if y == 0:
            return self.title_line(self.block.title, self.block.provenance)
        if self._lines is None or self._drawn_width != self.inner:
            self._drawn_width = self.inner
            self._lines = self._draw()
        return self._lines[y - 1] if y <= len(self._lines) else self.blank_line()


def _role(field: Field, words: str) -> str:
    if field.value is None or isinstance(field.value, Missing):
        return "stale"
    if field.signed and isinstance(field.value, (int, float)):
        return "up" if field.value > 0 else "down" if field.value < 0 else "flat"
    return "value"
