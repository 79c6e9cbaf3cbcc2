"""The workstation without a terminal: a paused demo desk, ticks by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from financehub_tui.app import FinanceHub
from financehub_tui.config import load_settings
from financehub_tui.engine.desk import open_desk
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.screens.layouts import Layout, PaneState, keep_last
from financehub_tui.screens.split import Leaf, Split, Tree
from financehub_tui.screens.workspace import Workspace
from financehub_tui.widgets.governor import LOCAL


class ByHand(FinanceHub):
    """Ticks only when a test says so."""

    def start_tick(self, callback: Callable[[], object]) -> None:
        self.ticking = callback


class Session:
    """A running workstation and what a test does with it."""

    def __init__(self, app: ByHand, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def workspace(self) -> Workspace:
        return self.app.workspace

    @property
    def current(self) -> Any:
        return self.workspace.current

    @property
    def message(self) -> str:
        return " ".join(part.text for part in self.workspace.message.left)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        from financehub_tui.widgets.screen_copy import screen_text

        return screen_text(self.app)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        self.workspace.line.begin()
        for character in text:
            self.workspace.line.field.insert_text_at_cursor(character)
        await self.pilot.pause()

    async def line(self, text: str) -> None:
        """Run a line as Enter would."""
        self.workspace.run_line(text)
        await self.settle()

    async def settle(self) -> None:
        """Until nothing loads any more, and one tick after it."""
        for _ in range(400):
            await self.pilot.pause(0.001)
            frames = [frame for each in self.app.workspaces() for frame in each.area.frames().values()]
            busy = any(frame.is_loading or (frame.announced and frame.call is None) for frame in frames)
            workers = [w for w in self.app.workers if w.group in ("panes", "actions") and not w.is_finished]
            if not busy and not workers and self.app._learning:
                break
            await asyncio.sleep(0.005)
        self.app.tick()
        await self.pilot.pause(0.001)

    async def until(self, shown: Callable[[], bool]) -> None:
        """Until what a block takes to be laid out has been; then it must hold."""
        for _ in range(200):
            if shown():
                break
            await self.pilot.pause(0.01)
        assert shown(), self.text

    def titles(self) -> list[str]:
        return [frame.title for frame in self.workspace.frames_in_order()]


def a_layout(*lines: str, groups: str = "") -> Layout:
    """Panes side by side, each with its line; `groups` has one letter a pane, blank for none."""
    tree: Tree = Leaf(1)
    for number in range(2, len(lines) + 1):
        tree = Split("row", (number - 1) / number, tree, Leaf(number))
    states = [
        PaneState(pane=number, line=line, group=groups[number - 1 : number].strip())
        for number, line in enumerate(lines, start=1)
    ]
    return Layout(tree=tree, panes=tuple(states))


Opener = Callable[..., AbstractAsyncContextManager[Session]]


@pytest.fixture
def session(surroundings: Path) -> Opener:
    """Open the workstation: `async with session("MENU", size=(120, 40)) as s`."""

    @asynccontextmanager
    async def opened(
        *lines: str, groups: str = "", size: tuple[int, int] = (120, 40), scenario: str = "equities",
        settings: dict[str, object] | None = None, keep: bool = False,
    ) -> AsyncIterator[Session]:  # fmt: skip
        if lines:
            keep_last(scenario, a_layout(*lines, groups=groups))
        loaded = load_settings(flags={"general.timezone": "UTC", **(settings or {})}).settings
        desk = await open_desk(loaded, scenario=scenario, start=False)
        clock = desk.clock
        assert isinstance(clock, ScenarioClock)
        if not keep:
            clock.pause()
            clock._at = desk.scenario.start
        app = ByHand(desk, profile=LOCAL)
        try:
            async with app.run_test(size=size, notifications=False) as pilot:
                found = Session(app, pilot)
                await found.settle()
                await pilot.pause()
                yield found
        finally:
            await desk.close()

    return opened


Waiting = Callable[[Callable[[], bool]], Awaitable[None]]
