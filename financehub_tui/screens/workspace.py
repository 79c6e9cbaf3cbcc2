"""A workspace: command line, panes, status line. It reads lines and sends calls to panes."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.worker import Worker

from financehub_tui.errors import FinanceHubError
from financehub_tui.panes.frame import PaneFrame
from financehub_tui.screens import split
from financehub_tui.screens.command_line import CommandLine
from financehub_tui.screens.dropdown import DropDown
from financehub_tui.screens.key_bar import WIDEST_FROM
from financehub_tui.screens.layouts import Layout, PaneState
from financehub_tui.screens.pane_area import PaneArea
from financehub_tui.screens.pane_keys import PaneKeys
from financehub_tui.screens.pane_strip import PaneStrip
from financehub_tui.screens.status import status_words
from financehub_tui.screens.too_small import LEAST_HEIGHT, LEAST_WIDTH, TooSmall
from financehub_tui.screens.workspace_keys import HINTS, WorkspaceKeys
from financehub_tui.widgets.meter import Area
from financehub_tui.widgets.one_line import OneLine, Part
from financehub_tui.widgets.status_bar import StatusBar
from financehub_tui.widgets.textual_compat import is_batching

if TYPE_CHECKING:
    from financehub_tui.app import FinanceHub
    from financehub_tui.clock import Clock
    from financehub_tui.commands.context import ParseContext
    from financehub_tui.commands.history import History
    from financehub_tui.desk import Desk
    from financehub_tui.screens.lines import Lines

_log = logging.getLogger(__name__)

STYLES = """
Workspace { layers: base overlay; layout: vertical; background: $background; }
Workspace.-wide KeyBar { display: block; }
Workspace PaneStrip.-none { display: none; }
Workspace.-small > * { display: none; }
Workspace.-small > TooSmall { display: block; }
"""
"""For the application's style sheet: reading a screen's own would have every rule read again."""
FIRST_LOOK = 0.02
"""Seconds between looks whether the first picture has been drawn."""


class Workspace(WorkspaceKeys, inherit_bindings=True):
    """One set of panes."""

    AUTO_FOCUS = "LineInput"

    def __init__(self, desk: Desk, layout: Layout, history: History, clock: Clock, name: str = "") -> None:
        """`name` is that of the layout it was opened from (BLP); the first workspace has none."""
        super().__init__()
        self.desk = desk
        self.title_name = name
        self.clock = clock
        self.start_layout = layout
        self.area = PaneArea(layout.tree, layout.focused, *self._frames(layout))
        self.line = CommandLine(self.context, history, self._on_empty_line, self._entered, clock)
        self.message = OneLine()
        self.strip = PaneStrip()
        self.status = StatusBar()
        self.small = TooSmall()
        self.pane_keys = PaneKeys(self)
        self.list_names: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Command line, message, panes, pane strip, status, or that there is no room for them."""
        small = self._suit(self.app.size)
        yield self.line
        yield self.message
        yield self.area
        yield self.strip
        yield self.status
        if small:
            yield self.small

    def on_mount(self) -> None:
        """Show where the panes of the layout stand; what they show comes after that first picture."""
        self.say(HINTS)
        self.rearranged()
        self.set_timer(FIRST_LOOK, self._begin_once_drawn)

    def _begin_once_drawn(self) -> None:
        """Textual holds drawing back for a moment after a screen is switched to."""
        if is_batching(self.app):
            self.set_timer(FIRST_LOOK, self._begin_once_drawn)
        else:
            self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.hub.started()
        self.mount_all(part for part in (self.line.dropdown, self.small) if not part.is_attached)
        self._run_states(self.start_layout)
        self.run_worker(self._learn_lists(), group="lists")

    async def _learn_lists(self) -> None:
        try:
            self.list_names = tuple(name for name, _ in await self.desk.lists.names())
        except FinanceHubError as error:
            _log.warning("lists: %s", error)

    async def remember(self, line: str) -> None:
        """Keep a typed line for the next session; a store that cannot is no reason to stop."""
        try:
            await self.desk.memory.add_line(line)
        except FinanceHubError as error:
            _log.warning("history: %s", error)

    # What the panes show

    def frames_in_order(self) -> list[PaneFrame]:
        """The panes from the top left."""
        frames = self.area.frames()
        return [frames[number] for number in split.panes(self.area.plan) if number in frames]

    @cached_property
    def lines(self) -> Lines:
        """Reads what is typed; the grammar is loaded with the first line, not before the first picture."""
        from financehub_tui.screens.lines import Lines

        return Lines(self)

    def context(self) -> ParseContext:
        """What a typed line is read against now."""
        return self.lines.context()

    def _frames(self, layout: Layout) -> list[PaneFrame]:
        """New panes for a layout, with nothing in them yet but their titles."""
        states = {state.pane: state for state in layout.panes}
        frames = []
        for number in split.panes(layout.tree):
            frame = PaneFrame(number, self.desk, self.clock)
            if number in states:
                frame.group, frame.announced = states[number].group, states[number].line
            frames.append(frame)
        return frames

    async def show_layout(self, layout: Layout) -> None:
        """Replace the panes by those of a layout."""
        with self.app.batch_update():
            await self.area.remove_children()
            numbers = split.panes(layout.tree)
            self.area.plan, self.area.maximised = layout.tree, False
            self.area.focused_pane = layout.focused if layout.focused in numbers else numbers[0]
            await self.area.mount_all(self._frames(layout))
        self.rearranged()
        self._run_states(layout)

    def _run_states(self, layout: Layout) -> None:
        frames = self.area.frames()
        for state in layout.panes:
            if state.pane in frames and state.line and frames[state.pane].call is None:
                self.lines.run_in(frames[state.pane], state.line)

    @property
    def hub(self) -> FinanceHub:
        """The application this screen belongs to."""
        return cast("FinanceHub", self.app)

    def layout_now(self) -> Layout:
        """The panes as they stand."""
        from financehub_tui.commands.printing import line_of

        states = tuple(
            PaneState(pane=frame.pane, line=line_of(frame.call) if frame.call else frame.announced, group=frame.group)
            for frame in self.frames_in_order()
        )
        return Layout(tree=self.area.plan, panes=states, focused=self.area.focused_pane)

    # Lines

    def _entered(self, line: str) -> None:
        """A line was typed; the pane it is for may still be in the making."""
        changing = self.pane_keys.changing
        if changing is None:
            self.run_line(line)
        else:
            self.run_worker(self._run_after(changing, line), group="panes")

    async def _run_after(self, changing: Worker[None], line: str) -> None:
        await changing.wait()
        self.run_line(line)

    def run_line(self, line: str, *, remember: bool = True) -> None:
        """Read a line and do what it says."""
        self.lines.run(line, remember=remember)

    def titles_changed(self) -> None:
        """A pane shows something else."""
        self.draw_strip()
        self.line.show_prompt(self._prompt())

    def _prompt(self) -> str:
        frames = self.area.frames()
        if self.area.focused_pane not in frames:
            return ""
        security = self.current.security
        return security.display if security else ""

    def on_pane_frame_chosen(self, event: PaneFrame.Chosen) -> None:
        """An item of a pane was chosen: its line runs in that pane."""
        self.run_line(f"{event.position}:{event.line}", remember=False)

    # Messages

    def say(self, text: str, tone: str = "muted") -> None:
        """One line under the command line."""
        self.message.show([Part(text, tone)] if text else [])

    def complain(self, error: FinanceHubError, where: str = "") -> None:
        """An error in one line: `where` if not in the current pane, what happened, and what comes next."""
        suggestions = getattr(error, "suggestions", ())
        near = f" Did you mean {' | '.join(suggestions[:3])}?" if suggestions else ""
        hint = "" if near and error.hint.startswith("Did you mean") else error.hint
        self.message.show(
            [
                Part(f"{where}{error}", "error", keep=2),
                *([Part(f"{hint}{near}".strip(), "muted", shrinks=True)] if hint or near else []),
            ]
        )

    def on_pane_frame_failed(self, event: PaneFrame.Failed) -> None:
        """A pane's call failed; it says so itself, the hint stands here."""
        frame = self.area.frames().get(event.pane)
        self.complain(event.error, f"Pane {frame.position}: " if frame is not None and not frame.current else "")

    def on_pane_frame_loaded(self, event: PaneFrame.Loaded) -> None:
        """A call is on screen: names of lists may have changed, settings too."""
        if event.call.mnemonic == "W":
            self.run_worker(self._learn_lists(), group="lists")
        if event.call.mnemonic == "PDF" and event.call.options:
            self.app.call_later(self.hub.reload_settings)

    def on_pane_frame_entered(self, event: PaneFrame.Entered) -> None:
        """The user went into a pane."""
        self.focus_pane(event.pane)

    def on_command_line_searching(self, event: CommandLine.Searching) -> None:
        """What the history search looks for."""
        self.say(event.text, "info")

    def on_drop_down_clicked(self, event: DropDown.Clicked) -> None:
        """A suggestion was clicked: it is put into the line, not run."""
        self.line.set_text(event.suggestion.line)
        self.line.dropdown.close()

    # Panes

    def focus_pane(self, pane: int) -> None:
        """Make a pane the one lines go to."""
        if pane != self.area.focused_pane and pane in self.area.frames():
            self.area.focused_pane = pane
            self.rearranged()

    def rearranged(self) -> None:
        """The tree or the focus changed: place, number and draw anew."""
        self.area.arrange_again()
        frames = self.area.frames()
        for position, number in enumerate(split.panes(self.area.plan), start=1):
            if number in frames:
                frames[number].position = position
                frames[number].current = number == self.area.focused_pane
                frames[number].draw_edges()
        self.draw_strip()
        self.line.show_prompt(self._prompt())
        self.call_after_refresh(self._meter_panes)

    def _meter_panes(self) -> None:
        """Tell the output meter where the panes stand, so that NETB knows the share of each."""
        shown = [frame for frame in self.area.frames().values() if frame.display]
        self.hub.meter.areas = {f"pane {frame.position}": Area(*frame.region) for frame in shown}

    def draw_strip(self) -> None:
        """Where not all panes are on screen: their numbers and titles in one row."""
        hidden = self.area.single
        self.strip.set_class(not hidden, "-none")
        if hidden:
            self.strip.show_panes(self.frames_in_order())

    def on_resize(self, event: events.Resize) -> None:
        """More or fewer panes may fit, or none."""
        small = self._suit(event.size)
        if not small and self.focused is None and not self.pane_keys.active:
            self.call_after_refresh(self.line.begin)
        self.call_after_refresh(self.rearranged)
        if small:
            # Said again once a storm of sizes is over, when its own size may be what it was before.
            self.call_after_refresh(self.small.refresh)

    def _suit(self, size: Size) -> bool:
        """What there is room for. True where there is room for nothing but to say so."""
        small = size.width < LEAST_WIDTH or size.height < LEAST_HEIGHT
        self.set_class(small, "-small")
        self.set_class(size.width >= WIDEST_FROM, "-wide")
        return small

    # The application's tick

    def tick(self, changed: set[str]) -> None:
        """Draw what changed in the panes on screen, and the status line."""
        shown = self.area.places(self.area.size)
        for number, frame in self.area.frames().items():
            if number in shown:
                frame.tick(changed)
            else:
                frame.miss(changed)
        if self.area.focused_pane in self.area.frames():
            self.status.show(*status_words(self.desk, self.current, self.title_name))

    def miss(self, changed: set[str]) -> None:
        """Changes while another workspace is on screen: drawn when this one is again."""
        for frame in self.area.frames().values():
            frame.miss(changed)
