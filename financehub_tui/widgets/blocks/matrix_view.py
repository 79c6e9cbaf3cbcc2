"""Values by row and column with a cell cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip

from financehub_tui.market.provenance import Missing
from financehub_tui.report.blocks import Matrix
from financehub_tui.report.cells import text
from financehub_tui.widgets.blocks.base import BlockView, Picked
from financehub_tui.widgets.strips import Piece, build

_HEAD = 2
_GAP = 1
_LABEL = 24
_SPREAD = 5


class MatrixView(BlockView):
    """Draws a `Matrix`. Labels and heads stay; the cells scroll under them with the cursor."""

    BINDING_GROUP_TITLE = "Matrix"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1, 0)", "Up", show=False, id="matrix.up"),
        Binding("down", "move(1, 0)", "Down", show=False, id="matrix.down"),
        Binding("left", "move(0, -1)", "Left", show=False, id="matrix.left"),
        Binding("right", "move(0, 1)", "Right", show=False, id="matrix.right"),
        Binding("home", "edge(-1)", "First column", show=False, id="matrix.first"),
        Binding("end", "edge(1)", "Last column", show=False, id="matrix.last"),
        Binding("enter", "choose", "Open", id="matrix.open"),
    ]

    def __init__(self, block: Matrix, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.block = block
        self.row = 0
        self.column = 0
        self._left = 0
        self._words: list[list[str]] = []
        self._natural: list[int] = []
        self._measure()

    def set_block(self, block: Matrix) -> None:
        """Show newer values; the cursor stays."""
        self.block = block
        self._measure()
        self._arrange()

    def _measure(self) -> None:
        block = self.block
        self._words = [
            [
                text(value, block.format, decimals=block.places(row, place), signed=block.signed)
                for place, value in enumerate(line)
            ]
            for row, line in enumerate(block.values)
        ]
        self._natural = [
            max([cell_len(line[place]) for line in self._words] + [min(14, cell_len(name))]) + _GAP
            for place, name in enumerate(block.columns)
        ]
        self._label = min(_LABEL, max((cell_len(name) for name in block.rows), default=0))
        self.row = max(0, min(self.row, len(block.rows) - 1))
        self.column = max(0, min(self.column, len(block.columns) - 1))

    @property
    def widths(self) -> tuple[int, ...]:
        """Cells each column needs."""
        return tuple(self._natural)

    def align(self, widths: Sequence[int]) -> None:
        """Make columns at least so wide: those of another matrix of the same columns, so that one stands under the
        other."""
        self._natural = [max(pair) for pair in zip(self._natural, widths, strict=True)]
        self._arrange()

    @property
    def least(self) -> int:
        """Heads and three rows."""
        return min(_HEAD + 3, self.natural(80))

    @property
    def stretches(self) -> bool:
        """Rows scroll."""
        return True

    def natural(self, width: int) -> int:
        """Heads, all rows, and the line that gives a missing cell's reason."""
        return _HEAD + len(self.block.rows) + self._has_reasons()

    def _has_reasons(self) -> bool:
        return any(isinstance(value, Missing) for line in self.block.values for value in line)

    def _arrange(self) -> None:
        self.virtual_size = Size(self.size.width, self.natural(self.inner))
        self.refresh()

    def on_resize(self) -> None:
        """Another width shows other columns."""
        self._show()
        self._arrange()

    def on_focus(self) -> None:
        """The cursor stands out."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor steps back."""
        self.refresh()

    def _from(self, left: int) -> range:
        """The columns in view where `left` is the first; the last cell is for the mark that says there are more."""
        room, right = self.inner - self._label - 1, left
        while right < len(self._natural) and (room := room - self._natural[right]) >= 0:
            right += 1
        return range(left, max(right, min(left + 1, len(self._natural))))

    def _spread(self) -> int:
        """Cells put between columns where there is room, but not so many that the eye loses the row."""
        shown = self._shown()
        spare = self.inner - self._label - 1 - sum(self._natural[place] for place in shown)
        return max(0, min(_SPREAD, spare // max(1, len(shown))))

    def render_line(self, y: int) -> Strip:
        """Title, heads, rows, reason."""
        block = self.block
        if y == 0:
            return self.title_line(block.title, block.provenance)
        if y == 1:
            return self._heads()
        if self._has_reasons() and y == min(self.size.height, self.natural(0)) - 1:
            return self._reason()
        row = y - _HEAD + int(self.scroll_offset.y)
        return self._line(row) if row < len(block.rows) else self.blank_line()

    def _shown(self) -> range:
        return self._from(self._left)

    def _heads(self) -> Strip:
        style, here = self.palette.style("header"), self.palette.style("title", "header_background")
        pieces: list[Piece] = [(" " * self._label, style)]
        spread = self._spread()
        for place in self._shown():
            words = self.cell(self.block.columns[place], self._natural[place] - _GAP + spread, "right")
            pieces += [(" " * _GAP, style), (words, here if place == self.column else style)]
        last = self._shown()[-1] if self._shown() else 0
        more = self.glyphs.more_right if last < len(self.block.columns) - 1 else " "
        head = build(pieces, self.inner, self.palette.style("header_background"))
        return Strip.join([head.crop(0, max(0, self.inner - 1)), build([(more, style)], min(1, self.inner), style)])

    def _line(self, row: int) -> Strip:
        block, palette = self.block, self.palette
        name = self.cell(block.rows[row], self._label)
        pieces: list[Piece] = [(name, palette.style("title" if row == self.row else "label"))]
        spread = self._spread()
        for place in self._shown():
            value = block.values[row][place]
            surface = ("cursor" if self.has_focus else "selection") if (row, place) == (self.row, self.column) else ""
            if surface == "cursor":
                style = palette.style("cursor")
            elif isinstance(value, Missing):
                style = palette.style("stale", surface)
            else:
                style = palette.trend(value, surface) if block.signed else palette.style("value", surface)
            words = self.cell(self._words[row][place], self._natural[place] - _GAP + spread, "right")
            pieces += [(" " * _GAP, palette.fill), (words, style)]
        return build(pieces, self.inner, palette.fill)

    def _reason(self) -> Strip:
        """Why the cell under the cursor is missing."""
        if not (self.block.rows and self.block.columns):
            return self.blank_line()
        value = self.block.values[self.row][self.column]
        names = f"{self.block.rows[self.row]} {self.block.columns[self.column]}"
        return self.words_line(f"{names}: {value}" if isinstance(value, Missing) else "", "stale")

    def action_move(self, rows: int, columns: int) -> None:
        """Cursor by rows and columns; beyond an edge the key is left to others."""
        row, column = self.row + rows, self.column + columns
        if not (0 <= row < len(self.block.rows) and 0 <= column < len(self.block.columns)):
            raise SkipAction
        self.row, self.column = row, column
        self._show()
        self.refresh()

    def action_edge(self, side: int) -> None:
        """First or last column."""
        self.column = 0 if side < 0 else max(0, len(self.block.columns) - 1)
        self._show()
        self.refresh()

    def _show(self) -> None:
        self._left = min(self._left, self.column)
        while self._left < self.column and self.column not in self._from(self._left):
            self._left += 1
        last = len(self._natural) - 1
        while self._left and last in self._from(self._left - 1):
            self._left -= 1
        top, body = int(self.scroll_offset.y), self.size.height - _HEAD - self._has_reasons()
        if body > 0 and not top <= self.row < top + body:
            self.scroll_to(y=self.row if self.row < top else self.row - body + 1, animate=False)

    def action_choose(self) -> None:
        """Open the cell under the cursor."""
        lines = self.block.pick_lines
        line = lines[self.row][self.column] if self.row < len(lines) and self.column < len(lines[self.row]) else ""
        if not line:
            raise SkipAction
        self.post_message(Picked(line))

    def _column_at(self, x: int) -> int:
        right, spread = self._label, self._spread()
        for place in self._shown():
            right += self._natural[place] + spread
            if x < right:
                return place if x >= self._label else -1
        return -1

    def on_click(self, event: events.Click) -> None:
        """Cursor to the cell; a second click opens it."""
        row = event.y - _HEAD + int(self.scroll_offset.y)
        column = self._column_at(event.x)
        if event.y < _HEAD or not (0 <= row < len(self.block.rows) and 0 <= column < len(self.block.columns)):
            return
        again = (row, column) == (self.row, self.column) and event.chain > 1
        self.action_move(row - self.row, column - self.column)
        if again:
            self.action_choose()
