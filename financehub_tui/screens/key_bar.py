"""The keys of a Bloomberg keyboard that a terminal may not pass on, to be clicked."""

from __future__ import annotations

from textual import events
from textual.message import Message

from financehub_tui.commands.keys import SECTOR_KEYS
from financehub_tui.widgets.one_line import OneLine, Part

WIDEST_FROM = 100
"""Width of the terminal from which there is room for the bar."""
_GAP = 1
_WORDS = (*SECTOR_KEYS.values(), "Menu", "Help")


class KeyBar(OneLine, can_focus=False):
    """Sector words, MENU and HELP at the right end of the command line."""

    SURFACE = "command_background"
    SEPARATOR = " " * _GAP
    DEFAULT_CSS = "KeyBar { width: 55; display: none; }"

    class Pressed(Message):
        """A key of the bar was clicked."""

        def __init__(self, word: str) -> None:
            super().__init__()
            self.word = word

    def on_mount(self) -> None:
        """The words never change."""
        self.show([Part(word, "muted" if word in ("Menu", "Help") else "title") for word in _WORDS])
        self.styles.width = sum(len(word) + _GAP for word in _WORDS) + 1

    def on_click(self, event: events.Click) -> None:
        """Find the word under the mouse."""
        event.stop()
        at = 1
        for word in _WORDS:
            if at <= event.x < at + len(word):
                self.post_message(self.Pressed(word))
            at += len(word) + _GAP
