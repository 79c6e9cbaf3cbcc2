"""What a typed line does: it is read, and its calls go to panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import to_datetime
from financehub_tui.commands.context import ParseContext, Showing
from financehub_tui.commands.grammar import CANCEL, parse
from financehub_tui.commands.spec import Call
from financehub_tui.commands.tokens import MAX_LINE
from financehub_tui.errors import CommandError
from financehub_tui.functions.catalogue import registry
from financehub_tui.screens.actions import act

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Reading
    from financehub_tui.market.instrument import Instrument
    from financehub_tui.panes.frame import PaneFrame
    from financehub_tui.screens.workspace import Workspace

NO_TAILS = Call(mnemonic="")


class Lines:
    """Reads lines for a workspace. What cannot be understood is said, and nothing happens."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def context(self) -> ParseContext:
        """What a line is read against now."""
        workspace = self.workspace
        frames = workspace.area.frames()
        shown = {str(frame.position): _showing(frame) for frame in frames.values()}
        groups = {frame.group: _showing(frame) for frame in reversed(workspace.frames_in_order()) if frame.group}
        focused = _showing(frames[workspace.area.focused_pane]) if workspace.area.focused_pane in frames else Showing()
        return ParseContext(
            registry=registry(),
            index=workspace.desk.master,
            year=to_datetime(workspace.desk.clock.now()).year,
            loaded=focused.security,
            current=focused.function,
            home_exchange=workspace.desk.settings.general.home_exchange,
            lists=workspace.list_names,
            panes=shown | groups,
        )

    def run(self, line: str, *, remember: bool = True) -> None:
        """Read a line and do what it says."""
        workspace = self.workspace
        try:
            reading = parse(line, self.context())
        except CommandError as error:
            workspace.complain(error)
            if remember:
                self._remember(line)
            return
        self._say_reading(reading)
        if remember and reading.calls[0].pick is None:
            self._remember(line)
        for call in reading.calls:
            self._run_call(call)

    def run_in(self, frame: PaneFrame, line: str) -> None:
        """Run a line of a saved layout in a pane; one that cannot be read any more is said, not fatal."""
        try:
            reading = parse(line, self.context())
        except CommandError as error:
            self.workspace.complain(error)
            return
        for call in reading.calls:
            self.send(call, [frame])

    def _remember(self, line: str) -> None:
        workspace = self.workspace
        if len(line) > MAX_LINE:
            return
        workspace.line.history.add(line)
        workspace.run_worker(workspace.remember(line.strip()), group="memory")

    def _say_reading(self, reading: Reading) -> None:
        unsaid = [line for line in reading.alternatives if line.split()[0] not in reading.note.split()]
        others = f"   or: {' | '.join(unsaid[:3])}" if unsaid else ""
        self.workspace.say(f"{reading.note}{others}".strip(), "info")

    def _run_call(self, call: Call) -> None:
        workspace = self.workspace
        try:
            if call.mnemonic == CANCEL:
                workspace.action_cancel()
            elif call.pick is not None:
                self._pick(call)
            elif not act(workspace, call):
                self.send(call, self.targets(call))
        except CommandError as error:
            workspace.complain(error)

    def _pick(self, call: Call) -> None:
        body = self.targets(call)[0].body
        if body is None or not body.pick(call.pick or 0):
            raise CommandError(f"There is no item {call.pick} here", "Numbers pick from the list on screen.")

    def targets(self, call: Call) -> list[PaneFrame]:
        """The panes a call goes to: by number, by link group, or the current one. Raises CommandError.

        Of a link group it is the pane that shows the function already, or the first; the others follow its security.
        """
        frames = self.workspace.frames_in_order()
        if not call.target:
            return [self.workspace.current]
        if call.target.isdigit():
            found = [frame for frame in frames if frame.position == int(call.target)]
        else:
            linked = [frame for frame in frames if frame.group == call.target]
            found = [frame for frame in linked if frame.call and frame.call.mnemonic == call.mnemonic] or linked
        if not found:
            what = f"pane {call.target}" if call.target.isdigit() else f"pane linked in group {call.target}"
            raise CommandError(f"There is no {what}", "Ctrl+W shows the panes' numbers; Ctrl+W g links one.")
        return found[:1]

    def send(self, call: Call, targets: list[PaneFrame]) -> None:
        """Show a call in panes; panes linked with them follow its security."""
        spec = registry().get(call.mnemonic)
        assert spec is not None
        if call.wants_tails:
            call, spec = Call(mnemonic="HELP", text=call.mnemonic), registry().get("HELP") or spec
        for frame in targets:
            frame.run_call(_with_tails_of(frame.call, call), spec)
            if call.security is not None and frame.group:
                self._follow(frame, call.security)
        self.workspace.titles_changed()

    def _follow(self, leader: PaneFrame, security: Instrument) -> None:
        """Load a security into every other pane of the leader's group."""
        for frame in self.workspace.frames_in_order():
            if frame is leader or frame.group != leader.group or frame.call is None or frame.spec is None:
                continue
            if frame.security == security or not frame.call.securities or not frame.spec.suits(security.asset_class):
                continue
            frame.run_call(msgspec.structs.replace(frame.call, securities=(security,)), frame.spec)


def _showing(frame: PaneFrame) -> Showing:
    return Showing(frame.security, frame.call.mnemonic if frame.call else "")


def _with_tails_of(shown: Call | None, call: Call) -> Call:
    """A call that only loads another security into the function shown keeps the tails of what was shown."""
    call = msgspec.structs.replace(call, target="")
    bare = msgspec.structs.replace(call, mnemonic="", securities=()) == NO_TAILS
    if shown is None or not bare or shown.mnemonic != call.mnemonic or shown.wants_tails:
        return call
    if len(call.securities) != 1 or len(shown.securities) != 1 or call.securities == shown.securities:
        return call
    return msgspec.structs.replace(shown, securities=call.securities)
