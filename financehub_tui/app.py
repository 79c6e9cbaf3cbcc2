"""The application: wiring only."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import traceback
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.events import Event, Key, Mount, Paste
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.widget import AwaitMount

from financehub_tui.clock import Clock
from financehub_tui.commands.history import History
from financehub_tui.errors import ConfigError, FinanceHubError
from financehub_tui.log import without_secrets
from financehub_tui.paths import find_paths
from financehub_tui.screens.actions import saved_layout
from financehub_tui.screens.layouts import keep_last, read_last, starting_layout
from financehub_tui.screens.terminal import TerminalFigures
from financehub_tui.screens.workspace import STYLES, Workspace
from financehub_tui.themes import DEFAULT_THEME
from financehub_tui.widgets.glyphs import ASCII, GlyphSet, glyph_set
from financehub_tui.widgets.governor import OutputProfile
from financehub_tui.widgets.live import LiveApp
from financehub_tui.widgets.textual_compat import bare_screens

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

_log = logging.getLogger(__name__)

FIRST = "first"
"""Name of the workspace the program opens with."""
CONSUMER = "screen"
NEWLINE = "ctrl+j"
"""What Enter is while the terminal is still as the shell left it."""


class AsciiScrollBar(ScrollBarRender):
    """A scroll bar drawn with blanks on two backgrounds, without part blocks at its ends."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


class FinanceHub(LiveApp[None], inherit_bindings=False):
    """The workstation on one terminal."""

    TITLE = "FinanceHub"
    ENABLE_COMMAND_PALETTE = False
    PAUSE_GC_ON_SCROLL = True
    DEFAULT_MODE = FIRST
    CSS = STYLES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Leave", show=False, priority=True, id="quit"),
        Binding("ctrl+c", "quit_asked", "Copy what is selected; else leave, asked twice", show=False, priority=True,
                id="quit_asked"),
    ]  # fmt: skip

    def __init__(self, desk: Desk, *, profile: OutputProfile, first_line: str = "", clock: Clock | None = None) -> None:
        """`clock` is that of the wall, for durations; `desk.clock` is the market's."""
        super().__init__(profile=profile, glyphs=glyphs_for(desk.settings.display.glyphs), clock=clock)
        self.desk = desk
        self.plain_output = self.plain_output or desk.settings.display.plain_output
        self.first_line = first_line
        self.history = History()
        self._asked_to_quit = False
        self._learning = False
        bare_screens(self)
        # Before anything is on screen: a theme that changes has every style worked out anew.
        self._bad_theme = self.apply_theme()
        desk.terminal = TerminalFigures(self)

    def get_default_screen(self) -> Workspace:
        """The first workspace, as it was left; nothing here waits for the store or the network."""
        layout = read_last(self.desk.scenario.name) or starting_layout(self.desk.scenario.name)
        return Workspace(self.desk, layout, self.history, self.clock)

    @on(Mount)
    def begin(self) -> None:
        """The first workspace is there, with nothing in it yet."""
        # A mode is gone back to by its name; one added before it is opened would have every style worked out twice.
        self.add_mode(FIRST, self.get_default_screen)
        self._set_rate()
        ScrollBar.renderer = AsciiScrollBar if self.glyphs is ASCII else ScrollBarRender
        self._handle_signals()

    def apply_theme(self) -> ConfigError | None:
        """Use the settings' theme; where it is a bad one, the default. What is wrong with it."""
        try:
            self.use_theme(self.desk.settings.display.theme, find_paths().themes)
        except ConfigError as error:
            _log.warning("%s", error)
            self.use_theme(DEFAULT_THEME)
            return error
        return None

    def _set_rate(self) -> None:
        """Frames a second: what the settings ask for, but no more than the line to the terminal takes."""
        self.governor.base = max(self.profile.tick, 1 / self.desk.settings.display.rate)
        self.governor.period = self.governor.base

    def _say_error(self, error: FinanceHubError) -> None:
        self.workspace.complain(error)

    # Workspaces

    @property
    def workspace(self) -> Workspace:
        """The workspace on screen."""
        return cast("Workspace", self.screen_stack[0])

    def workspaces(self) -> list[Workspace]:
        """Every workspace that was opened."""
        stacks = self._screen_stacks.values()
        return [stack[0] for stack in stacks if stack and isinstance(stack[0], Workspace)]

    async def open_workspace(self, name: str) -> str:
        """BLP: go to the workspace of a name; a saved layout is opened in a new one, the others stay as they are.

        Returns what to say. Raises CommandError, StoreError.
        """
        mode = FIRST if name.casefold() == FIRST else f"layout {name.casefold()}"
        if mode != FIRST and mode not in self._modes:
            layout = await saved_layout(self.desk, name)
            self.add_mode(mode, lambda: Workspace(self.desk, layout, self.history, self.clock, name))
        await self.switch_mode(mode)
        self.workspace.line.begin()
        message = f"Workspace {name}; BLP {FIRST} goes back to the first"
        self.workspace.say(message, "info")
        return message

    def started(self) -> None:
        """The first picture is on screen: now the ticks, the store, the jobs, the history, the search index."""
        if not self._learning:
            self._learning = True
            gc.enable()
            if self._bad_theme is not None:
                self.workspace.complain(self._bad_theme)
            self.start_tick(self.tick)
            self.desk.start()
            self.run_worker(self._learn(), group="start")

    async def _learn(self) -> None:
        try:
            lines = await self.desk.memory.lines()
            for _, line in reversed(lines):
                self.history.add(line)
            await self._open_chosen_layout()
        except FinanceHubError as error:
            _log.warning("%s", error)
        for notice in self.desk.notices:
            self.workspace.say(notice, "warning")
        if self.first_line:
            self.workspace.run_line(self.first_line)
        await asyncio.to_thread(self.desk.master.suggest, "A", 1)
        gc.collect()
        gc.freeze()

    async def _open_chosen_layout(self) -> None:
        """The layout the settings name, instead of the last one."""
        name = self.desk.settings.display.layout
        if name:
            await self.workspace.show_layout(await saved_layout(self.desk, name))

    async def on_event(self, event: Event) -> None:
        """What is typed and pasted goes to the workspace in its order, before widgets hand it to each other.

        A slow line delivers a whole command at once: its Enter must not be overtaken by what is typed after it.
        """
        if isinstance(event, Key) and event.key == NEWLINE:
            event = Key("enter", "\r")
        screen = self.screen_stack[-1] if self.screen_stack else None
        if isinstance(screen, Workspace) and isinstance(event, Key | Paste) and not event.is_forwarded:
            if not screen.is_mounted:
                # Typed before there is a field to take it.
                await AwaitMount(screen, [screen])
            if isinstance(event, Paste):
                screen.paste(event.text)
                return
            if screen.key(event):
                return
        await super().on_event(event)

    def tick(self) -> None:
        """Hand what changed in the quote book to the workspaces; only the one on screen draws."""
        changed = self.desk.live.drain(CONSUMER)
        for workspace in self.workspaces():
            if workspace is self.screen:
                workspace.tick(changed)
            else:
                workspace.miss(changed)

    async def reload_settings(self) -> None:
        """Settings were changed in PDF: use what can be used at once."""
        from financehub_tui.config import load_settings

        self.desk.settings = load_settings(find_paths().config_file).settings
        self.glyphs = glyphs_for(self.desk.settings.display.glyphs)
        bad_theme = self.apply_theme()
        self._set_rate()
        if bad_theme is not None:
            self.call_later(self._say_error, bad_theme)
        self.workspace.say("Used at once; storage, redis, log and provider settings count from the next start", "info")

    # Leaving

    def action_quit_asked(self) -> None:
        """Ctrl+C: copies what is selected; where nothing is, a second one leaves."""
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.workspace.say("The selection went to the clipboard (OSC 52)", "info")
            return
        if self._asked_to_quit:
            self.leave()
            return
        self._asked_to_quit = True
        self.workspace.say("Ctrl+C again leaves; anything else goes on", "warning")
        self.set_timer(2.0, self._forget_asking)

    def _forget_asking(self) -> None:
        self._asked_to_quit = False

    async def action_quit(self) -> None:
        """Ctrl+Q and QUIT."""
        self.leave()

    def _fatal_error(self) -> None:
        """Report a crash as Python does: without the values of variables, which Textual shows and a key may be among,
        and without the keys this program knows."""
        from rich.text import Text

        self.bell()
        self.panic(Text(without_secrets(traceback.format_exc())))

    def leave(self) -> None:
        """Keep the layout, then leave; the desk is closed by whoever opened it."""
        if self.workspace.is_mounted:
            keep_last(self.desk.scenario.name, self.workspace.layout_now())
        self.exit()

    def _handle_signals(self) -> None:
        """SIGTERM and a closed terminal leave as QUIT does."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            try:
                loop.add_signal_handler(number, self.leave)
            except (NotImplementedError, RuntimeError, ValueError):
                return


def glyphs_for(name: str) -> GlyphSet:
    """The glyph set of the settings; `auto` is ASCII where the terminal's encoding cannot do more."""
    if name != "auto":
        return glyph_set(name)
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    return glyph_set("box") if "utf" in locale.lower() or not locale else ASCII
