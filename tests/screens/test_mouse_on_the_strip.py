"""A click on the pane strip goes to that pane, wherever the keyboard was."""

from __future__ import annotations

from typing import Any

import pytest

from financehub_tui.screens.pane_strip import PaneStrip
from financehub_tui.widgets.pane_title import PaneTitle


@pytest.mark.parametrize("within", [False, True])
async def test_the_pane_clicked_in_the_strip_is_the_current_one(session: Any, within: bool) -> None:
    async with session("MON", "AAPL US Equity GP 1M", size=(90, 30)) as s:
        if within:
            await s.pilot.click(type(s.current.body), offset=(5, 5))
            await s.settle()
            assert s.app.focused is s.current.body
        await s.pilot.click(PaneStrip, offset=(14, 0))
        await s.settle()
        assert s.current.title == "AAPL US Equity GP"
        assert not s.app.focused or s.current in s.app.focused.ancestors or s.app.focused is s.workspace.line.field


async def test_a_title_takes_no_keyboard(session: Any) -> None:
    async with session("MON", "AAPL US Equity GP 1M", size=(200, 30)) as s:
        second = s.workspace.frames_in_order()[1]
        await s.pilot.click(second.query_one(PaneTitle))
        await s.settle()
        assert s.current is second
        assert not isinstance(s.app.focused, PaneTitle)
