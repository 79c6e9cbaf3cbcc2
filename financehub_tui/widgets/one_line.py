"""Lines of one row, fed with pieces: the status bar at the bottom, the title of a pane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.strip import Strip

from financehub_tui.widgets.live import LiveView
from financehub_tui.widgets.strips import Piece, build, safe_text, shorten


class Part(NamedTuple):
    """Words with the tone of their colour (`up`, `title`, `link_a` ...)."""

    text: str
    tone: str = "text"
    bold: bool = False
    keep: int = 1
    """Where room is short, parts with the smallest number are left out first."""
    shrinks: bool = False
    """Cut to the room there is rather than left out, as long as its beginning can be read."""


LEGIBLE = 20
"""Cells of a part that shrinks which must be left of it."""
BETWEEN = " · "
"""Stands between hints in one text: where room is short, the last of them are left out whole."""


class OneLine(LiveView, can_focus=False):
    """Parts from the left and parts from the right edge on one line; drawn only when they differ."""

    DEFAULT_CSS = "OneLine { height: 1; overflow: hidden hidden; }"
    SURFACE = "background"
    SEPARATOR = "  "

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.left: tuple[Part, ...] = ()
        self.right: tuple[Part, ...] = ()

    @property
    def surface(self) -> str:
        """The token of the background."""
        return self.SURFACE

    def tone_of(self, part: Part) -> str:
        """The palette token a part is drawn in."""
        return part.tone

    def show(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        """Set what the line says."""
        if (tuple(left), tuple(right)) != (self.left, self.right):
            self.left, self.right = tuple(left), tuple(right)
            self.refresh_rows([0])

    def on_resize(self) -> None:
        """Choose the parts anew."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The parts there is room for."""
        if y:
            return self.blank_line()
        width, fill = self.size.width, self.palette.style(self.surface)
        left, right = self._fitting(width)
        right_pieces = self._pieces(right)
        right_width = sum(cell_len(text) for text, _ in right_pieces)
        left_pieces = self._pieces(left)
        room = width - right_width
        return Strip.join(
            [build(self._cut(left_pieces, room), room, fill), build(right_pieces, right_width, fill)]
        ).adjust_cell_length(width, fill)

    def _fitting(self, width: int) -> tuple[list[Part], list[Part]]:
        left, right = list(self.left), list(self.right)
        while self._length(left) + self._length(right) + (1 if right else 0) > width and len(left) + len(right) > 1:
            weakest = min((part.keep, -number, part) for number, part in enumerate([*left, *right]))
            side = right if -weakest[1] >= len(left) else left
            del side[-weakest[1] - (len(left) if side is right else 0)]
        return left, right

    def _length(self, parts: list[Part]) -> int:
        gaps = len(self.SEPARATOR) * max(0, len(parts) - 1)
        return sum(map(self._least, parts)) + gaps + (2 if parts else 0)

    def _least(self, part: Part) -> int:
        width = cell_len(safe_text(part.text))
        return min(width, LEGIBLE) if part.shrinks else width

    def _pieces(self, parts: Sequence[Part]) -> list[Piece]:
        fill = self.palette.style(self.surface)
        pieces: list[Piece] = []
        for part in parts:
            pieces.append((self.SEPARATOR if pieces else " ", fill))
            words = self.glyphs.clean(safe_text(part.text))
            pieces.append((words, self.palette.style(self.tone_of(part), self.surface, bold=part.bold)))
        return [*pieces, (" ", fill)] if pieces else []

    def _cut(self, pieces: list[Piece], room: int) -> list[Piece]:
        kept: list[Piece] = []
        for text, style in pieces:
            words = shorten(self._whole(text, room), room, self.glyphs.ellipsis)
            kept.append((words, style))
            room -= cell_len(words)
        return kept

    def _whole(self, text: str, room: int) -> str:
        """As many hints of a text as there is room for, at least one."""
        between = self.glyphs.clean(BETWEEN)
        while cell_len(text) > room and between in text:
            text = text.rpartition(between)[0]
        return text
