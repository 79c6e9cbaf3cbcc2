"""What all block widgets share: a title line, scrolling by rows, and the message of a pick."""

from __future__ import annotations

from rich.cells import cell_len
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from financehub_tui.market.provenance import Provenance
from financehub_tui.widgets.live import LiveView
from financehub_tui.widgets.strips import Piece, build, fit


class Picked(Message):
    """A row, cell or branch with a command line was chosen; `line` is to be run."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line


class BlockView(LiveView, can_focus=True):
    """A block of a report. Row 0 is its title; a subclass draws the rest."""

    @property
    def inner(self) -> int:
        """Cells of a line, without the scroll bar."""
        return max(0, self.size.width - (self.virtual_size.height > self.size.height))

    @property
    def least(self) -> int:
        """Rows it needs to be of use."""
        return 3

    @property
    def stretches(self) -> bool:
        """True where more rows than the natural ones do no harm, because the content scrolls."""
        return False

    def natural(self, width: int) -> int:
        """Rows of its whole content at a width, its title included."""
        raise NotImplementedError

    @property
    def picks(self) -> int:
        """How many numbers it takes."""
        return 0

    def number_from(self, first: int) -> None:
        """The number of its first pick."""

    def pick(self, number: int) -> bool:
        """Choose by number as shown; False where it has no such number."""
        return False

    def reveal(self, row: int) -> None:
        """Scroll the report, where it is longer than its pane, so that a row of this block is in view."""
        around = self.parent
        if isinstance(around, Widget) and around.max_scroll_y:
            around.scroll_to_region(Region(0, self.virtual_region.y + row, 1, 1), animate=False)

    def title_line(self, words: str, origin: Provenance | None) -> Strip:
        """Title, a rule, and the mark of the origin at the right."""
        width = self.inner
        rule, title = self.palette.style("border"), self.palette.style("title")
        mark = f" {origin.provider} {origin.mark}" if origin else ""
        room = max(0, width - len(mark) - 2)
        clean = self.glyphs.clean(words)
        name = self.cell(clean, min(room, cell_len(clean)))
        used = cell_len(name) + len(mark) + 1
        pieces: list[Piece] = [
            (name, title),
            (" ", rule),
            (self.glyphs.horizontal * max(0, width - used), rule),
            (self.glyphs.clean(mark), self.palette.style("muted")),
        ]
        return build(pieces, width, self.palette.fill)

    def cell(self, words: str, width: int, align: str = "left") -> str:
        """Text of exactly `width` cells that the glyph set can show."""
        return fit(self.glyphs.clean(words), width, align, self.glyphs.ellipsis)

    def words_line(self, words: str, role: str = "text", surface: str = "") -> Strip:
        """One line of plain text."""
        return build([(self.glyphs.clean(words), self.palette.style(role, surface))], self.inner, self.palette.fill)
