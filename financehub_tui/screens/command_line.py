"""The command line: prompt, input, history, and the drop-down of suggestions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from financehub_tui.clock import Clock
from financehub_tui.commands.history import History
from financehub_tui.screens.dropdown import DropDown
from financehub_tui.screens.key_bar import KeyBar
from financehub_tui.widgets.one_line import OneLine, Part

if TYPE_CHECKING:
    from financehub_tui.commands.completion import Suggestion
    from financehub_tui.commands.context import ParseContext

DEBOUNCE = 0.03
"""Seconds without a key before suggestions are looked for."""
LONGEST = 10_000
BURST = 0.03
"""Seconds within which characters are put into the field together."""


class LineInput(Input, inherit_bindings=False):
    """The field itself. Its keys have priority: they act where they come, however many are typed ahead."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor_left", show=False, priority=True, id="line.left"),
        Binding("right", "cursor_right", show=False, priority=True, id="line.right"),
        Binding("home", "home", show=False, priority=True, id="line.begin"),
        Binding("end", "end", show=False, priority=True, id="line.end"),
        Binding("delete", "delete_right", show=False, priority=True, id="line.delete"),
        Binding("enter", "submit", show=False, priority=True, id="go"),
        Binding("ctrl+u", "delete_left_all", show=False, priority=True, id="line.delete_left"),
        Binding("ctrl+k", "delete_right_all", show=False, priority=True, id="line.delete_right"),
        Binding("escape", "screen.cancel", show=False, priority=True, id="line.cancel"),
        Binding("backspace", "screen.menu", "One level up", show=False, priority=True, id="line.menu"),
        Binding("up", "screen.history(True)", "Line before", show=False, priority=True, id="history_back"),
        Binding("down", "screen.history(False)", "Line after", show=False, priority=True, id="history_forward"),
    ]

    class Pasted(Message):
        """Something was pasted that could not be taken as it was."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(self, before: Callable[[events.Key], bool], submit: Callable[[], None], clock: Clock) -> None:
        """`before` sees every key first, and says whether the key was its own; `submit` takes what is typed."""
        super().__init__(compact=True, select_on_focus=False, max_length=LONGEST)
        self._before = before
        self._submit = submit
        self.clock = clock
        self._typed = ""
        self._taken_at = 0.0

    def take_typed(self) -> None:
        """Put characters that came in a burst into the field, all at once."""
        typed, self._typed = self._typed, ""
        if typed:
            self._taken_at = self.clock.monotonic()
            self.insert_text_at_cursor(typed[: LONGEST - len(self.value)])

    def _collect(self, character: str) -> None:
        """Keep a character; a terminal that pastes by typing sends thousands, each of which would draw the line."""
        waiting = bool(self._typed)
        self._typed += character
        since = self.clock.monotonic() - self._taken_at
        if since >= BURST:
            self.take_typed()
        elif not waiting:
            self.set_timer(BURST - since, self.take_typed)

    def take_key(self, event: events.Key) -> bool:
        """Take a key that writes or erases at once; False leaves it to the bindings and to the field itself."""
        typed = event.character if event.is_printable and self.selection.is_empty else None
        if not typed or not self.value:
            self.take_typed()
        if self._before(event):
            return True
        if typed:
            self._collect(typed)
        elif event.key == "backspace" and self.value:
            self.action_delete_left()
        else:
            return False
        return True

    async def action_submit(self) -> None:
        """Enter: the line as it stands now, before any key typed after it."""
        self._submit()

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def paste(self, pasted: str) -> None:
        """The first line of what was pasted, without control characters, as far as there is room."""
        self.take_typed()
        lines = [line for line in pasted.splitlines() if line.strip()]
        text = "".join(char if char.isprintable() else " " for char in lines[0]) if lines else ""
        room = LONGEST - len(self.value)
        if len(text) > room:
            self.post_message(self.Pasted(f"A line has at most {LONGEST:,} characters: the rest was not pasted"))
        elif len(lines) > 1:
            self.post_message(self.Pasted(f"Only the first of {len(lines):,} lines was pasted"))
        if text[:room]:
            self.insert_text_at_cursor(text[:room])


class Prompt(OneLine, can_focus=False):
    """The loaded security before the field."""

    SURFACE = "command_background"


class CommandLine(Horizontal):
    """Prompt and field."""

    DEFAULT_CSS = """
    CommandLine { height: 1; background: $fh-command-background; }
    CommandLine > LineInput {
        width: 1fr; height: 1; border: none; padding: 0; background: $fh-command-background; color: $fh-command-text;
        /* Reversed, so that there is a cursor without colours too. */
        &>.input--cursor, &:ansi>.input--cursor {
            background: $fh-command-background; color: $fh-command-text; text-style: reverse;
        }
    }
    """

    class Searching(Message):
        """The history search changed; an empty `text` is its end."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(
        self,
        context: Callable[[], ParseContext],
        history: History,
        on_empty: Callable[[events.Key], bool],
        on_line: Callable[[str], None],
        clock: Clock,
    ) -> None:
        """`on_line` takes a line that was entered.

        `on_empty` sees the keys typed while nothing stands in the field, and says whether it took them.
        """
        super().__init__()
        self.context = context
        self._on_empty = on_empty
        self._on_line = on_line
        self.history = history
        self.prompt = Prompt()
        self.field = LineInput(self._before_field, self._submit, clock)
        self.keys = KeyBar()
        self.dropdown = DropDown()
        self._setting = False
        self._search: str | None = None
        self._search_skip = 0

    def compose(self) -> ComposeResult:
        """Prompt, field, key bar; the drop-down is the screen's."""
        yield self.prompt
        yield self.field
        yield self.keys

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
        self.field.take_typed()
        return self.field.value

    def set_text(self, text: str) -> None:
        """Put a text into the field without looking for suggestions."""
        self._setting = self.field.value != text
        self.field.value = text
        self.field.cursor_position = len(text)

    def clear(self) -> None:
        """Empty the field and close the drop-down."""
        self.set_text("")
        self.history.reset()
        self.dropdown.close()
        self._end_search()

    @property
    def searching(self) -> bool:
        """True while the history is searched."""
        return self._search is not None

    def begin(self, character: str = "") -> None:
        """Take the keyboard, with a character that was held back."""
        self.screen.set_focus(self.field, scroll_visible=False)
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
        from financehub_tui.commands.completion import complete

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

    def _submit(self) -> None:
        """Enter runs what is typed, or what is marked in the drop-down."""
        if self._search is not None:
            self._end_search()
        elif self.dropdown.chosen is not None:
            self.take()
        line = self.text
        self.clear()
        if line.strip():
            self._on_line(line)

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

    def _before_field(self, event: events.Key) -> bool:
        """Whether a key belongs to the line as a whole: to the history search, or to an empty line."""
        if self._search is not None:
            return self._search_key(event)
        return not self.field.value and self._on_empty(event)

    def _search_key(self, event: events.Key) -> bool:
        """While searching, typed characters belong to the search; any other key ends it and does its own."""
        assert self._search is not None
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
            return False
        return True
