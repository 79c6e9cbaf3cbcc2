"""Where only one pane is shown: the numbers and titles of all, in one row, to be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events
from textual.message import Message

from financehub_tui.widgets.one_line import OneLine, Part
from financehub_tui.widgets.strips import shorten

if TYPE_CHECKING:
    from financehub_tui.panes.frame import PaneFrame

_LEAST = 8


class PaneStrip(OneLine, can_focus=False):
    """The pane strip."""

    SURFACE = "header_background"
    SEPARATOR = " "

    class Chosen(Message):
        """A pane was clicked."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    def show_panes(self, frames: Sequence[PaneFrame]) -> None:
        """The panes in order; titles are cut so that every pane has its place."""
        room = max(_LEAST, (self.app.size.width - 2) // max(len(frames), 1) - 3)
        ellipsis = self.glyphs.ellipsis
        self.show([_tab(frame, room, ellipsis) for frame in frames])

    def on_click(self, event: events.Click) -> None:
        """Find the pane under the mouse."""
        event.stop()
        at = 1
        for position, part in enumerate(self.left, start=1):
            width = cell_len(part.text)
            if at <= event.x < at + width:
                self.post_message(self.Chosen(position))
            at += width + len(self.SEPARATOR)


def _tab(frame: PaneFrame, room: int, ellipsis: str) -> Part:
    number = f"{frame.position}{frame.group}"
    short = _short(frame.title)
    if cell_len(short) > room - len(number) - 1 and frame.call is not None:
        # Which function it is tells panes apart better than a cut security.
        short = frame.call.mnemonic
    text = f"{number} {shorten(short, room - len(number) - 1, ellipsis)}"
    return Part(f"[{text}]", "title", bold=True, keep=2) if frame.current else Part(f" {text} ", "muted")


def _short(title: str) -> str:
    """`AAPL US Equity GP` without the words in the middle."""
    words = title.split()
    return title if len(words) < 3 else f"{words[0]} {words[-1]}"
