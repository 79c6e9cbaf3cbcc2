"""Ctrl+W: the keys of panes. Their numbers light up, and the next key says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual import events
from textual.worker import Worker

from financehub_tui.errors import CommandError
from financehub_tui.panes.frame import PaneFrame
from financehub_tui.screens import split

if TYPE_CHECKING:
    from financehub_tui.screens.workspace import Workspace

HINT = "1-9 go · hjkl next to it · s v split · m maximise · x close · g link · <>-+ size · = even sizes"
NEIGHBOURS: dict[str, Literal["left", "right", "up", "down"]] = {
    "h": "left",
    "l": "right",
    "k": "up",
    "j": "down",
    "left": "left",
    "right": "right",
    "up": "up",
    "down": "down",
}
GROUPS = ("", "A", "B", "C", "D", "E", "F")
_SIZES: dict[str, tuple[Literal["row", "column"], float]] = {
    "<": ("row", -0.05),
    ">": ("row", 0.05),
    "-": ("column", -0.05),
    "+": ("column", 0.05),
}
_SPLITS: dict[str, Literal["row", "column"]] = {"v": "row", "s": "column"}


class PaneKeys:
    """The state after Ctrl+W, until one key is pressed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.active = False
        self._change: Worker[None] | None = None

    def begin(self) -> None:
        """Light the numbers up; Ctrl+W again goes to the next pane."""
        if self.active:
            self._end()
            self._do("w")
            return
        self.active = True
        self._label(True)
        self.workspace.say(HINT, "info")
        # While the leader waits no field may take the key.
        self.workspace.set_focus(None)

    @property
    def changing(self) -> Worker[None] | None:
        """What still makes or closes a pane."""
        return None if self._change is None or self._change.is_finished else self._change

    def press(self, event: events.Key) -> bool:
        """The key after Ctrl+W; control keys keep what they mean elsewhere, and are left to it (False)."""
        if event.key.startswith("ctrl+"):
            return False
        self._end()
        self._do(event.character if event.character and event.is_printable else event.key)
        return True

    def _do(self, key: str) -> None:
        """At once, or after the pane that is still being made or closed."""
        if self.changing is not None or key in (*_SPLITS, "x"):
            self._change = self.workspace.run_worker(self._in_turn(self.changing, key), group="panes")
        else:
            self._act(key)

    async def _in_turn(self, before: Worker[None] | None, key: str) -> None:
        if before is not None:
            await before.wait()
        if key == "x":
            await self.close()
        elif key in _SPLITS:
            await self.split(_SPLITS[key])
        else:
            self._act(key)

    def _act(self, key: str) -> None:
        workspace = self.workspace
        if key.isdigit():
            self._go(int(key))
        elif key in NEIGHBOURS:
            workspace.action_neighbour(NEIGHBOURS[key])
        elif key in _SIZES:
            way, by = _SIZES[key]
            workspace.area.plan = split.resize(workspace.area.plan, workspace.area.focused_pane, way, by)
            workspace.rearranged()
        elif key == "=":
            workspace.area.plan = split.balance(workspace.area.plan)
            workspace.rearranged()
        elif key == "m":
            workspace.area.maximised = not workspace.area.maximised
            workspace.rearranged()
        elif key == "g":
            self._link()
        elif key == "w":
            self._next()
        elif key != "escape":
            workspace.say(f"{key!r} does nothing after Ctrl+W. {HINT}", "warning")

    def _end(self) -> None:
        self.active = False
        self._label(False)
        self.workspace.say("")
        self.workspace.line.begin()

    def _label(self, labelled: bool) -> None:
        for frame in self.workspace.area.frames().values():
            frame.labelled = labelled
            frame.draw_edges()

    def _go(self, position: int) -> None:
        numbers = split.panes(self.workspace.area.plan)
        if 1 <= position <= len(numbers):
            self.workspace.focus_pane(numbers[position - 1])
        else:
            self.workspace.complain(CommandError(f"There is no pane {position}", f"There are {len(numbers)}."))

    def _next(self) -> None:
        numbers = split.panes(self.workspace.area.plan)
        at = numbers.index(self.workspace.area.focused_pane)
        self.workspace.focus_pane(numbers[(at + 1) % len(numbers)])

    def _link(self) -> None:
        frame = self.workspace.current
        frame.group = GROUPS[(GROUPS.index(frame.group) + 1) % len(GROUPS)]
        frame.draw_edges()
        where = f"linked in group {frame.group}" if frame.group else "linked with none"
        self.workspace.say(f"Pane {frame.position} is {where}; Ctrl+W g goes on", "info")

    async def split(self, way: Literal["row", "column"]) -> None:
        """A new pane beside or under the current one, showing the same."""
        workspace = self.workspace
        area, old = workspace.area, workspace.current
        numbers = split.panes(area.plan)
        if len(numbers) >= split.MAX_PANES:
            workspace.complain(CommandError(f"A workspace has at most {split.MAX_PANES} panes", "Ctrl+W x closes one."))
            return
        new = max(numbers) + 1
        area.plan = split.split(area.plan, old.pane, new, way)
        frame = PaneFrame(new, workspace.desk, workspace.clock)
        frame.group = old.group
        await area.mount(frame)
        area.focused_pane, area.maximised = new, False
        workspace.rearranged()
        if old.call is not None and old.spec is not None:
            frame.run_call(old.call, old.spec)

    async def close(self) -> None:
        """Close the current pane; the last one stays."""
        workspace = self.workspace
        area, frame = workspace.area, workspace.current
        tree = split.close(area.plan, frame.pane)
        if tree is None:
            workspace.complain(CommandError("The last pane stays", "Ctrl+Q leaves the workstation."))
            return
        beside = split.panes(area.plan).index(frame.pane)
        area.plan = tree
        area.focused_pane = split.panes(tree)[max(beside - 1, 0)]
        await frame.remove()
        workspace.rearranged()
