"""A workspace: command line, panes, status line. It reads lines and sends calls to panes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from financehub_tui.commands.context import ParseContext, Showing
from financehub_tui.commands.grammar import CANCEL, parse
from financehub_tui.commands.keys import LEADER, LEADER_KEYS, SECTOR_KEYS
from financehub_tui.errors import CommandError, FinanceHubError
from financehub_tui.functions.catalogue import registry
from financehub_tui.panes.frame import PaneFrame
from financehub_tui.screens import split
from financehub_tui.screens.actions import act
from financehub_tui.screens.command_line import CommandLine
from financehub_tui.screens.dropdown import DropDown
from financehub_tui.screens.layouts import Layout, PaneState
from financehub_tui.screens.pane_area import PaneArea
from financehub_tui.screens.pane_keys import PaneKeys
from financehub_tui.screens.status import status_words
from financehub_tui.widgets.meter import Area
from financehub_tui.widgets.one_line import OneLine, Part
from financehub_tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from financehub_tui.app import FinanceHub
    from financehub_tui.commands.history import History
    from financehub_tui.commands.spec import Call, Reading
    from financehub_tui.desk import Desk
    from financehub_tui.market.instrument import Instrument

_log = logging.getLogger(__name__)

HINTS = "Type a security and a function, such as AAPL GP 6M, then Enter · ? help · Ctrl+W panes · Ctrl+Q leave"


class Workspace(Screen[None]):
    """One set of panes."""

    CSS = """
    Workspace { layers: base overlay; layout: vertical; background: $background; }
    """
    AUTO_FOCUS = "LineInput"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False, id="cancel"),
        Binding("up", "history(True)", "Line before", show=False, id="history_back"),
        Binding("down", "history(False)", "Line after", show=False, id="history_forward"),
        Binding("ctrl+r", "search", "Search history", show=False, priority=True, id="history_search"),
        Binding("tab", "tab(True)", "Complete, or into the pane", show=False, priority=True, id="complete"),
        Binding("shift+tab", "tab(False)", "Back to the line", show=False, priority=True, id="previous_field"),
        Binding("pagedown,ctrl+f", "page(1)", "Next page", show=False, priority=True, id="page_forward"),
        Binding("pageup,ctrl+b", "page(-1)", "Page before", show=False, priority=True, id="page_back"),
        Binding("ctrl+w", "panes", "Panes", show=False, priority=True, id="pane"),
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

    def __init__(self, desk: Desk, layout: Layout, history: History) -> None:
        super().__init__()
        self.desk = desk
        self.start_layout = layout
        self.area = PaneArea(layout.tree, layout.focused)
        self.line = CommandLine(self.context, history)
        self.message = OneLine()
        self.strip = OneLine()
        self.status = StatusBar()
        self.pane_keys = PaneKeys(self)
        self.list_names: tuple[str, ...] = ()
        self._leader = False
        self._last_help = ""

    def compose(self) -> ComposeResult:
        """Command line, message, panes, pane strip, status; the drop-down lies over the panes."""
        yield self.line
        yield self.message
        yield self.area
        yield self.strip
        yield self.status
        yield self.line.dropdown

    async def on_mount(self) -> None:
        """Open the panes of the layout."""
        self.say(HINTS)
        await self.show_layout(self.start_layout)
        self.run_worker(self._learn_lists(), group="lists")

    async def _learn_lists(self) -> None:
        self.list_names = tuple(name for name, _ in await self.desk.lists.names())

    # What the panes show

    @property
    def current(self) -> PaneFrame:
        """The pane lines go to."""
        return self.area.frames()[self.area.focused_pane]

    def context(self) -> ParseContext:
        """What a typed line is read against now."""
        shown = {str(frame.position): _showing(frame) for frame in self.area.frames().values()}
        groups = {frame.group: _showing(frame) for frame in self.area.frames().values() if frame.group}
        frames = self.area.frames()
        focused = _showing(frames[self.area.focused_pane]) if frames else Showing()
        return ParseContext(
            registry=registry(),
            index=self.desk.master,
            loaded=focused.security,
            current=focused.function,
            home_exchange=self.desk.settings.general.home_exchange,
            lists=self.list_names,
            panes=shown | groups,
        )

    async def show_layout(self, layout: Layout) -> None:
        """Replace the panes by those of a layout."""
        with self.app.batch_update():
            await self.area.remove_children()
            self.area.plan, self.area.focused_pane, self.area.maximised = layout.tree, layout.focused, False
            states = {state.pane: state for state in layout.panes}
            for number in split.panes(layout.tree):
                frame = PaneFrame(number, self.desk, self.hub.clock)
                frame.group = states[number].group if number in states else ""
                await self.area.mount(frame)
        self.rearranged()
        for number in split.panes(layout.tree):
            if number in states and states[number].line:
                self.run_in(number, states[number].line)

    @property
    def hub(self) -> FinanceHub:
        """The application this screen belongs to."""
        return cast("FinanceHub", self.app)

    def layout_now(self) -> Layout:
        """The panes as they stand."""
        from financehub_tui.commands.printing import line_of

        frames = self.area.frames()
        states = tuple(
            PaneState(pane=number, line=line_of(frame.call) if frame.call else "", group=frame.group)
            for number, frame in frames.items()
        )
        return Layout(tree=self.area.plan, panes=states, focused=self.area.focused_pane)

    def run_in(self, pane: int, line: str) -> None:
        """Run a line of a saved layout in a pane; one that cannot be read any more is said, not fatal."""
        try:
            reading = parse(line, self.context())
        except CommandError as error:
            self.complain(error)
            return
        for call in reading.calls:
            self.send(call, [self.area.frames()[pane]])

    # Lines

    def on_command_line_submitted(self, event: CommandLine.Submitted) -> None:
        """A line was typed."""
        self.run_line(event.line)

    def run_line(self, line: str, *, remember: bool = True) -> None:
        """Read a line and do what it says; what cannot be understood is said and nothing happens."""
        try:
            reading = parse(line, self.context())
        except CommandError as error:
            self.complain(error)
            if remember:
                self._remember(line)
            return
        self._say_reading(reading)
        if remember and reading.calls[0].pick is None:
            self._remember(line)
        for call in reading.calls:
            self._run_call(call)

    def _remember(self, line: str) -> None:
        self.line.history.add(line)
        self.run_worker(self.desk.memory.add_line(line.strip()), group="memory")

    def _say_reading(self, reading: Reading) -> None:
        others = f"   or: {' | '.join(reading.alternatives[:3])}" if reading.alternatives else ""
        if reading.note or others:
            self.say(f"{reading.note}{others}", "info")
        else:
            self.say("")

    def _run_call(self, call: Call) -> None:
        if call.mnemonic == CANCEL:
            self.action_cancel()
            return
        if call.pick is not None:
            self._pick(call)
            return
        if act(self, call):
            return
        try:
            self.send(call, self._targets(call))
        except CommandError as error:
            self.complain(error)

    def _targets(self, call: Call) -> list[PaneFrame]:
        """The panes a call goes to: by number, by link group, or the current one. Raises CommandError."""
        frames = list(self.area.frames().values())
        if not call.target:
            return [self.current]
        if call.target.isdigit():
            found = [frame for frame in frames if frame.position == int(call.target)]
        else:
            found = [frame for frame in frames if frame.group == call.target]
        if not found:
            what = f"pane {call.target}" if call.target.isdigit() else f"pane linked in group {call.target}"
            raise CommandError(f"There is no {what}", "Ctrl+W shows the panes' numbers; Ctrl+W g links one.")
        return found

    def send(self, call: Call, targets: list[PaneFrame]) -> None:
        """Show a call in panes; panes linked with them follow its security."""
        spec = registry().get(call.mnemonic)
        assert spec is not None
        if call.wants_tails:
            call, spec = _help_call(call.mnemonic), registry().get("HELP") or spec
        for frame in targets:
            frame.run_call(call, spec)
            if call.security is not None and frame.group:
                self._follow(frame, call.security)
        self.draw_strip()
        self.line.show_prompt(self._prompt())

    def _follow(self, leader: PaneFrame, security: Instrument) -> None:
        """Load a security into every other pane of the leader's group."""
        import msgspec

        for frame in self.area.frames().values():
            if frame is leader or frame.group != leader.group or frame.call is None or frame.spec is None:
                continue
            if frame.security == security or not frame.call.securities or not frame.spec.suits(security.asset_class):
                continue
            frame.run_call(msgspec.structs.replace(frame.call, securities=(security,)), frame.spec)

    def _prompt(self) -> str:
        frames = self.area.frames()
        if self.area.focused_pane not in frames:
            return ""
        security = self.current.security
        return security.display if security else ""

    def _pick(self, call: Call) -> None:
        body = self._targets(call)[0].body
        if body is None or not body.pick(call.pick or 0):
            self.complain(CommandError(f"There is no item {call.pick} here", "Numbers pick from the list on screen."))

    def on_pane_frame_chosen(self, event: PaneFrame.Chosen) -> None:
        """An item of a pane was chosen: its line runs in that pane."""
        self.run_line(f"{event.position}:{event.line}", remember=False)

    # Messages

    def say(self, text: str, tone: str = "muted") -> None:
        """One line under the command line."""
        self.message.show([Part(text, tone)] if text else [])

    def complain(self, error: FinanceHubError) -> None:
        """An error in one line: what happened, and what comes next."""
        suggestions = getattr(error, "suggestions", ())
        near = f" Did you mean {' | '.join(suggestions[:3])}?" if suggestions else ""
        hint = "" if near and error.hint.startswith("Did you mean") else error.hint
        self.message.show(
            [Part(str(error), "error", keep=2), *([Part(f"{hint}{near}", "muted")] if hint or near else [])]
        )

    def on_pane_frame_failed(self, event: PaneFrame.Failed) -> None:
        """A pane's call failed; the pane says so in its footer, the hint stands here."""
        self.complain(event.error)

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
        self.strip.display = hidden
        if hidden:
            frames = self.area.frames().values()
            self.strip.show([_tab(frame) for frame in frames])

    def on_resize(self, event: events.Resize) -> None:
        """More or fewer panes may fit."""
        self.call_after_refresh(self.rearranged)

    # Keys

    def on_key(self, event: events.Key) -> None:
        """Keys nobody took: pane leader, sector leader, and typing that belongs to the command line."""
        if self.pane_keys.active:
            self.pane_keys.press(event)
            return
        in_line = self.line.field.has_focus
        if self._leader and event.character:
            self._leader = False
            word = LEADER_KEYS.get(event.character.lower())
            if word and self.line.text in ("", LEADER):
                self.line.clear()
                self.action_sector(word)
                event.stop()
                event.prevent_default()
                return
        if in_line and not self.line.text:
            self._on_empty_line(event)
        elif not in_line and event.is_printable and event.character:
            event.stop()
            event.prevent_default()
            if event.character == " ":
                self.action_page(1)
            else:
                self.line.begin(event.character)

    def _on_empty_line(self, event: events.Key) -> None:
        if event.key == "backspace":
            self.run_line("MENU", remember=False)
        elif event.character == "?":
            self.action_help()
            event.prevent_default()
        elif event.character == " ":
            self.action_page(1)
            event.prevent_default()
        elif event.character == LEADER:
            self._leader = True

    def action_cancel(self) -> None:
        """Esc: close the drop-down or clear the line; else give up what loads, un-maximise, go back to the line."""
        if self.line.text or self.line.dropdown.is_open:
            self.line.clear()
        elif not self.line.field.has_focus:
            self.line.begin()
        elif self.current.cancel():
            self.say("Cancelled", "info")
        elif self.area.maximised:
            self.area.maximised = False
            self.rearranged()
        else:
            self.say(HINTS)

    def action_history(self, back: bool) -> None:
        """Up and Down on the command line."""
        if self.line.field.has_focus:
            self.line.step(back)

    def action_search(self) -> None:
        """Ctrl+R."""
        self.line.begin()
        self.line.search()

    def action_tab(self, forward: bool) -> None:
        """Tab takes a suggestion while something is typed; on an empty line it goes into the pane, and back."""
        if not self.line.field.has_focus:
            self.line.begin()
        elif self.line.text and forward:
            self.line.take()
        elif self.current.enter():
            self.say("In the pane: its keys work (HELP lists them); any letter goes back to the line, Esc too", "info")

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

    # The application's tick

    def tick(self, changed: set[str]) -> None:
        """Draw what changed in the panes on screen, and the status line."""
        shown = self.area.places(self.area.size)
        for number, frame in self.area.frames().items():
            if number in shown:
                frame.tick(changed)
        self.status.show(*status_words(self.desk, self.current))

    def close_panes(self) -> None:
        """The workspace is left for good."""
        for frame in self.area.frames().values():
            frame.release()


def _tab(frame: PaneFrame) -> Part:
    text = f"{frame.position} {frame.title}"
    return Part(f"[{text}]", "title", bold=True, keep=2) if frame.current else Part(text, "muted")


def _showing(frame: PaneFrame) -> Showing:
    return Showing(frame.security, frame.call.mnemonic if frame.call else "")


def _help_call(mnemonic: str) -> Call:
    from financehub_tui.commands.spec import Call

    return Call(mnemonic="HELP", text=mnemonic)
