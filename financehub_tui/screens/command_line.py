"""The command line: prompt, input, history, and the drop-down of suggestions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from financehub_tui.commands.completion import Suggestion, complete
from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.history import History
from financehub_tui.screens.dropdown import DropDown
from financehub_tui.widgets.one_line import OneLine, Part

DEBOUNCE = 0.03
"""Seconds without a key before suggestions are looked for."""
LONGEST = 10_000


class LineInput(Input, inherit_bindings=False):
    """The field itself: editing keys of its own, everything else goes to the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor_left", show=False),
        Binding("right", "cursor_right", show=False),
        Binding("ctrl+left", "cursor_left_word", show=False),
        Binding("ctrl+right", "cursor_right_word", show=False),
        Binding("home", "home", show=False),
        Binding("end", "end", show=False),
        Binding("delete", "delete_right", show=False),
        Binding("enter", "submit", show=False),
        Binding("ctrl+u", "delete_left_all", show=False),
        Binding("ctrl+k", "delete_right_all", show=False),
    ]

    def on_key(self, event: events.Key) -> None:
        """Backspace erases; on an empty line it is the MENU key."""
        if event.key == "backspace" and self.value:
            event.stop()
            self.action_delete_left()


class Prompt(OneLine, can_focus=False):
    """The loaded security before the field."""

    SURFACE = "command_background"


class CommandLine(Horizontal):
    """Prompt and field. Posts `Submitted` with the line typed."""

    DEFAULT_CSS = """
    CommandLine { height: 1; background: $fh-command-background; }
    CommandLine > LineInput {
        width: 1fr; height: 1; border: none; padding: 0; background: $fh-command-background; color: $fh-command-text;
    }
    """

    class Submitted(Message):
        """Enter was pressed."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Searching(Message):
        """The history search changed; an empty `text` is its end."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, context: Callable[[], ParseContext], history: History) -> None:
        super().__init__()
        self.context = context
        self.history = history
        self.prompt = Prompt()
        self.field = LineInput(compact=True, select_on_focus=False, max_length=LONGEST)
        self.dropdown = DropDown()
        self._setting = False
        self._search: str | None = None
        self._search_skip = 0

    def compose(self) -> ComposeResult:
        """Prompt, then field; the drop-down is the screen's."""
        yield self.prompt
        yield self.field

    def on_mount(self) -> None:
        """No blinking: it would draw a frame twice a second for nothing."""
        self.field.cursor_blink = False

    def show_prompt(self, security: str) -> None:
        """The loaded security before the field."""
        text = f"{security} >" if security else ">"
        self.prompt.styles.width = cell_len(text) + 2
        self.prompt.show([Part(text, "title", bold=True)])

    # Text

    @property
    def text(self) -> str:
        """What is typed."""
        return self.field.value

    def set_text(self, text: str) -> None:
        """Put a text into the field without looking for suggestions."""
        self._setting = True
        self.field.value = text
        self.field.cursor_position = len(text)

    def clear(self) -> None:
        """Empty the field and close the drop-down."""
        self.set_text("")
        self.history.reset()
        self.dropdown.close()
        self._end_search()

    def begin(self, character: str = "") -> None:
        """Take the keyboard, with the character that was typed elsewhere."""
        self.field.focus(scroll_visible=False)
        if character:
            self.field.insert_text_at_cursor(character)

    # Suggestions

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look for suggestions, unless the text was put there by history or by us."""
        event.stop()
        if self._setting:
            self._setting = False
            return
        if self._search is not None:
            return
        self.history.reset()
        if not event.value.strip():
            self.dropdown.close()
            return
        self._suggest(event.value)

    @work(exclusive=True, group="complete")
    async def _suggest(self, text: str) -> None:
        await asyncio.sleep(DEBOUNCE)
        context = self.context()
        found: list[Suggestion] = await asyncio.to_thread(complete, text, context, self.history)
        if self.field.value == text and self.field.has_focus:
            self.dropdown.show(found)

    def take(self) -> bool:
        """Put the marked suggestion (the first where none is) into the field. False where there is none."""
        suggestion = self.dropdown.chosen or self.dropdown.first
        if suggestion is None:
            return False
        self.set_text(suggestion.line)
        self.dropdown.close()
        return True

    # Keys

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter runs what is typed, or what is marked in the drop-down."""
        event.stop()
        if self._search is not None:
            self._end_search()
        elif self.dropdown.chosen is not None:
            self.take()
        line = self.field.value
        self.clear()
        if line.strip():
            self.post_message(self.Submitted(line))

    def step(self, back: bool) -> None:
        """Up and Down: through the drop-down once it is entered, else through the history."""
        if self.dropdown.is_open and (not back or self.dropdown.chosen is not None):
            self.dropdown.move(-1 if back else 1)
            return
        text = self.history.previous(self.field.value) if back else self.history.next()
        if text is not None:
            self.dropdown.close()
            self.set_text(text)

    def search(self) -> None:
        """Ctrl+R: search the history; again: go on to older lines."""
        if self._search is None:
            self._search, self._search_skip = self.field.value, 0
        else:
            self._search_skip += 1
        self.dropdown.close()
        self._show_found()

    def _show_found(self) -> None:
        assert self._search is not None
        found = self.history.search(self._search, self._search_skip) if self._search else None
        if found is not None:
            self.set_text(found)
        elif self._search_skip:
            self._search_skip -= 1
        self.post_message(self.Searching(f"history: {self._search or 'type what the line holds'}"))

    def _end_search(self) -> None:
        if self._search is not None:
            self._search = None
            self.post_message(self.Searching(""))

    def on_key(self, event: events.Key) -> None:
        """While searching, typed characters belong to the search."""
        if self._search is None:
            return
        if event.key == "escape":
            self.clear()
        elif event.key == "backspace":
            self._search, self._search_skip = self._search[:-1], 0
            self._show_found()
        elif event.is_printable and event.character:
            self._search, self._search_skip = self._search + event.character, 0
            self._show_found()
        else:
            if event.key not in ("enter", "ctrl+r"):
                self._end_search()
            return
        event.stop()
        event.prevent_default()
