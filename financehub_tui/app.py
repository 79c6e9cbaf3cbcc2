"""The application: wiring only."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.events import Mount

from financehub_tui.commands.history import History
from financehub_tui.errors import ConfigError, FinanceHubError
from financehub_tui.paths import find_paths
from financehub_tui.screens.layouts import Layout, decode, encode, starting_layout
from financehub_tui.screens.terminal import TerminalFigures
from financehub_tui.screens.workspace import Workspace
from financehub_tui.themes import DEFAULT_THEME
from financehub_tui.widgets.glyphs import ASCII, GlyphSet, glyph_set
from financehub_tui.widgets.governor import OutputProfile
from financehub_tui.widgets.live import LiveApp

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

_log = logging.getLogger(__name__)

LAST_LAYOUT = "~last"
"""Name under which the layout in use is kept between sessions."""
CONSUMER = "screen"


class FinanceHub(LiveApp[None]):
    """The workstation on one terminal."""

    TITLE = "FinanceHub"
    ENABLE_COMMAND_PALETTE = False
    PAUSE_GC_ON_SCROLL = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Leave", show=False, priority=True, id="quit"),
        Binding("ctrl+c", "quit_asked", "Leave, asked twice", show=False, priority=True, id="quit_asked"),
    ]

    def __init__(self, desk: Desk, *, profile: OutputProfile, first_line: str = "") -> None:
        super().__init__(profile=profile, glyphs=glyphs_for(desk.settings.display.glyphs))
        self.desk = desk
        self.plain_output = desk.settings.display.plain_output
        self.first_line = first_line
        self.history = History()
        self._asked_to_quit = False
        desk.terminal = TerminalFigures(self)

    @on(Mount)
    async def open_workspace(self) -> None:
        """Open the workspace on what is stored; nothing here waits for the network."""
        self.apply_theme()
        self._handle_signals()
        self.workspace = Workspace(self.desk, await self._start_layout(), self.history)
        await self.push_screen(self.workspace)
        self.start_tick(self.tick)
        self.run_worker(self._learn(), group="start")

    def apply_theme(self) -> None:
        """The settings' theme; a bad one is said and the default stays."""
        try:
            self.use_theme(self.desk.settings.display.theme, find_paths().themes)
        except ConfigError as error:
            _log.warning("%s", error)
            self.use_theme(DEFAULT_THEME)
            self.call_later(self._say_error, error)

    def _say_error(self, error: FinanceHubError) -> None:
        self.workspace.complain(error)

    async def _start_layout(self) -> Layout:
        name = self.desk.settings.display.layout or f"{LAST_LAYOUT}-{self.desk.scenario.name}"
        try:
            document = await self.desk.memory.layout(name)
            if document is not None:
                return decode(document)
        except FinanceHubError as error:
            _log.warning("layout %s: %s", name, error)
        return starting_layout(self.desk.scenario.name)

    async def _learn(self) -> None:
        """After the first paint: the history, what the store has to say, the search index, the line to begin with."""
        try:
            lines = await self.desk.memory.lines()
            for _, line in reversed(lines):
                self.history.add(line)
        except FinanceHubError as error:
            _log.warning("history: %s", error)
        for notice in self.desk.notices:
            self.workspace.say(notice, "warning")
        if self.first_line:
            self.workspace.run_line(self.first_line)
        await asyncio.to_thread(self.desk.master.suggest, "A", 1)
        import gc

        gc.collect()
        gc.freeze()

    def tick(self) -> None:
        """Hand what changed in the quote book to the workspace on screen."""
        changed = self.desk.live.drain(CONSUMER)
        if isinstance(self.screen, Workspace):
            self.screen.tick(changed)

    async def reload_settings(self) -> None:
        """Settings were changed in PDF: use what can be used at once."""
        from financehub_tui.config import load_settings

        self.desk.settings = load_settings(find_paths().config_file).settings
        self.glyphs = glyphs_for(self.desk.settings.display.glyphs)
        self.apply_theme()
        self.governor.base = min(self.profile.tick, 1 / self.desk.settings.display.rate)
        self.governor.period = self.governor.base
        self.workspace.say("Used at once; storage, redis, log and provider settings count from the next start", "info")

    # Leaving

    def action_quit_asked(self) -> None:
        """Ctrl+C: a second one leaves."""
        if self._asked_to_quit:
            self.call_later(self.action_quit)
            return
        self._asked_to_quit = True
        self.workspace.say("Ctrl+C again leaves; anything else goes on", "warning")
        self.set_timer(2.0, self._forget_asking)

    def _forget_asking(self) -> None:
        self._asked_to_quit = False

    async def action_quit(self) -> None:
        """Keep the layout, then leave; the desk is closed by whoever opened it."""
        try:
            name = f"{LAST_LAYOUT}-{self.desk.scenario.name}"
            await asyncio.wait_for(self.desk.memory.save_layout(name, encode(self.workspace.layout_now())), 2)
        except (FinanceHubError, TimeoutError) as error:
            _log.warning("layout not kept: %s", error)
        self.exit()

    def _handle_signals(self) -> None:
        """SIGTERM and a closed terminal leave as QUIT does."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            try:
                loop.add_signal_handler(number, self._leave_now)
            except (NotImplementedError, RuntimeError, ValueError):
                return

    def _leave_now(self) -> None:
        self.exit()


def glyphs_for(name: str) -> GlyphSet:
    """The glyph set of the settings; `auto` is ASCII where the terminal's encoding cannot do more."""
    if name != "auto":
        return glyph_set(name)
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    return glyph_set("box") if "utf" in locale.lower() or not locale else ASCII
