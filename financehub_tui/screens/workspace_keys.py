"""The keys of a workspace: what each does, whichever way it comes."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.cells import set_cell_size
from textual import events
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from financehub_tui.commands.keys import LEADER, LEADER_KEYS, SECTOR_KEYS
from financehub_tui.panes.frame import PaneFrame
from financehub_tui.screens import split
from financehub_tui.screens.command_line import CommandLine, LineInput
from financehub_tui.screens.key_bar import KeyBar
from financehub_tui.screens.pane_area import PaneArea
from financehub_tui.screens.pane_keys import PaneKeys
from financehub_tui.screens.pane_strip import PaneStrip
from financehub_tui.widgets.screen_copy import screen_text

HINTS = "Type a security and a function, such as AAPL GP 6M, then Enter · ? help · Ctrl+W panes · Ctrl+Q leave"


class WorkspaceKeys(Screen[None], inherit_bindings=False):
    """Bindings and key events; what they act on is the workspace's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False, id="cancel"),
        Binding("ctrl+r", "search", "Search history", show=False, priority=True, id="history_search"),
        Binding("tab", "tab(True)", "Complete, or into the pane", show=False, priority=True, id="complete"),
        Binding("shift+tab", "tab(False)", "Back to the line", show=False, priority=True, id="previous_field"),
        Binding("pagedown,ctrl+f", "page(1)", "Next page", show=False, priority=True, id="page_forward"),
        Binding("pageup,ctrl+b", "page(-1)", "Page before", show=False, priority=True, id="page_back"),
        Binding("ctrl+w", "panes", "Panes", show=False, priority=True, id="pane"),
        Binding("backspace", "menu", "One level up", show=False, id="menu"),
        Binding("ctrl+y", "copy", "Copy the pane", show=False, id="copy"),
        Binding("f1", "help", "Help", show=False, priority=True, id="help"),
        *(
            Binding(key, f"sector('{word}')", word, show=False, priority=True, id=f"sector_{key}")
            for key, word in SECTOR_KEYS.items()
        ),
        *(
            Binding(f"ctrl+{way}", f"neighbour('{way}')", f"Pane {way}", show=False, priority=True, id=f"pane_{way}")
            for way in ("left", "right", "up", "down")
        ),
    ]
    line: CommandLine
    area: PaneArea
    pane_keys: PaneKeys
    _leader = False

    @property
    def current(self) -> PaneFrame:
        """The pane lines go to."""
        return self.area.frames()[self.area.focused_pane]

    def run_line(self, line: str, *, remember: bool = True) -> None:
        """Read a line and do what it says."""
        raise NotImplementedError

    def say(self, text: str, tone: str = "muted") -> None:
        """One line under the command line."""
        raise NotImplementedError

    def focus_pane(self, pane: int) -> None:
        """Make a pane the one lines go to."""
        raise NotImplementedError

    def rearranged(self) -> None:
        """The tree or the focus changed."""
        raise NotImplementedError

    # Events

    def key(self, event: events.Key) -> bool:
        """A key before any widget gets it, in the order typed: after Ctrl+W, or typing, which is the line's.

        False leaves it to the bindings and to the widget that has the keyboard.
        """
        field = self.line.field
        if self.pane_keys.active:
            return self.pane_keys.press(event)
        if self.focused is not field:
            if not field.focusable or not event.is_printable or self._bound_in_pane(event):
                return False
            self.line.begin()
        return field.take_key(event)

    def _bound_in_pane(self, event: events.Key) -> bool:
        """Whether a sign or the space bar has a meaning in the pane that has the keyboard; letters never do."""
        if self.line.text or event.character is None or event.character.isalpha():
            return False
        bound = self.active_bindings.get(event.key)
        return bound is not None and isinstance(bound.node, Widget) and bound.node is not self

    def paste(self, text: str) -> None:
        """Pasting anywhere pastes into the command line."""
        if self.line.field.focusable:
            self.line.begin()
            self.line.field.paste(text)

    def on_line_input_pasted(self, event: LineInput.Pasted) -> None:
        """Not everything was pasted."""
        self.say(event.why, "warning")

    def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        """A key of the bar was clicked."""
        if event.word == "Menu":
            self.action_menu()
        elif event.word == "Help":
            self.action_help()
        else:
            self.action_sector(event.word)
        self.line.begin()

    def on_pane_strip_chosen(self, event: PaneStrip.Chosen) -> None:
        """A pane was chosen in the strip."""
        numbers = split.panes(self.area.plan)
        self.focus_pane(numbers[event.position - 1])

    def _on_empty_line(self, event: events.Key) -> bool:
        """Keys with a meaning of their own while nothing is typed. True where the key was one of them."""
        if self.pane_keys.active:
            return False
        leader, self._leader = self._leader, False
        if leader:
            word = LEADER_KEYS.get((event.character or "").lower())
            self.say("")
            if word:
                self.action_sector(word)
                return True
            self.line.begin(LEADER)
            return False
        if event.character == LEADER:
            self._leader = True
            self.say("  ".join(f".{key} {word}" for key, word in LEADER_KEYS.items()), "info")
        elif event.character == "?":
            self.action_help()
        elif event.character == " ":
            self.action_page(1)
        else:
            return False
        return True

    def action_menu(self) -> None:
        """Backspace with nothing typed: one level up."""
        self.run_line("MENU", remember=False)

    def action_copy(self) -> None:
        """The current pane as text to the terminal's clipboard."""
        region = self.current.region
        rows = screen_text(self.app).splitlines()[region.y : region.bottom]
        text = "\n".join(set_cell_size(row[0:], region.right)[region.x :].rstrip() for row in rows)
        self.app.copy_to_clipboard(text + "\n")
        self.say("The pane went to the clipboard (OSC 52); where the terminal refuses that: GRAB TEXT", "info")

    def action_cancel(self) -> None:
        """Esc: close the drop-down or clear the line; else give up what loads, un-maximise, go back to the line."""
        if self.line.text or self.line.dropdown.is_open:
            self.line.clear()
        elif self.focused is not self.line.field:
            self.line.begin()
        elif self.current.cancel():
            self.say("Cancelled", "info")
        elif self.area.maximised:
            self.area.maximised = False
            self.rearranged()
        elif not self.current.back():
            self.say(HINTS)

    def action_history(self, back: bool) -> None:
        """Up and Down on the command line."""
        if self.focused is self.line.field:
            self.line.step(back)

    def action_search(self) -> None:
        """Ctrl+R."""
        self.line.begin()
        self.line.search()

    def action_tab(self, forward: bool) -> None:
        """Tab takes a suggestion while something is typed; on an empty line it goes into the pane, and back."""
        if self.focused is not self.line.field:
            self.line.begin()
        elif self.line.text and forward:
            self.line.take()
        elif self.current.enter():
            self.say("In the pane · HELP lists its keys · a letter or Esc goes back to the line", "info")

    def action_page(self, pages: int) -> None:
        """Turn pages of the current pane; a number typed before says how many."""
        count = 1
        if self.line.text.isdigit() and len(self.line.text) <= 3:
            count = max(1, int(self.line.text))
            self.line.clear()
        if self.current.body is not None:
            self.current.body.turn_page(pages * count)

    def action_panes(self) -> None:
        """Ctrl+W: the next key is about panes."""
        self.pane_keys.begin()

    def action_neighbour(self, direction: Literal["left", "right", "up", "down"]) -> None:
        """Go to the pane in a direction."""
        found = split.neighbour(self.area.plan, self.area.focused_pane, direction)
        if found is not None:
            self.focus_pane(found)

    def action_help(self) -> None:
        """F1 or ?: the page of the current function; a second time, diagnostics."""
        mnemonic = self.current.call.mnemonic if self.current.call else ""
        if mnemonic == "HELP":
            self.run_line("DIAG", remember=False)
        else:
            self.run_line(f"HELP {mnemonic}".strip(), remember=False)

    def action_sector(self, word: str) -> None:
        """A sector key: its word behind what is typed, or its menu on an empty line."""
        text = self.line.text.strip()
        if text:
            self.line.set_text(f"{text} {word} ")
            self.line.begin()
        else:
            self.run_line(word, remember=False)
