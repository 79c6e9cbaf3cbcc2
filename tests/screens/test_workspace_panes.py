"""Panes: Ctrl+W, link groups, targets, maximising, the pane strip, the mouse."""

from __future__ import annotations

from typing import Any

import pytest

from financehub_tui.screens import split


async def test_numbers_light_up_and_jump(session: Any) -> None:
    async with session("MENU", "LAST", "W") as s:
        await s.press("ctrl+w")
        assert "[2]" in s.text
        await s.press("3")
        assert "[2]" not in s.text
        assert s.current.title == "W"
        await s.press("ctrl+w", "1")
        assert s.current.title == "MENU"
        await s.press("ctrl+w", "9")
        assert "no pane 9" in s.message


@pytest.mark.parametrize(
    "keys", [("ctrl+w", "l"), ("ctrl+w", "right"), ("ctrl+right",), ("ctrl+w", "w"), ("ctrl+w", "ctrl+w")]
)
async def test_ways_to_the_neighbour(session: Any, keys: tuple[str, ...]) -> None:
    async with session("MENU", "LAST") as s:
        await s.press(*keys)
        assert s.current.title == "LAST"
        assert s.workspace.line.field.has_focus


async def test_split_close_and_the_most_panes_there_are(session: Any) -> None:
    async with session("MENU", size=(200, 50)) as s:
        await s.press("ctrl+w", "v")
        await s.press("ctrl+w", "s")
        assert s.titles() == ["MENU", "MENU", "MENU"]
        await s.press("ctrl+w", "x")
        assert s.titles() == ["MENU", "MENU"]
        for _ in range(split.MAX_PANES):
            await s.workspace.pane_keys.split("row")
        await s.settle()
        assert len(s.titles()) == split.MAX_PANES
        assert "at most 12" in s.message
        for _ in range(split.MAX_PANES):
            await s.workspace.pane_keys.close()
        assert len(s.titles()) == 1
        assert "last pane stays" in s.message


async def test_resize_balance_and_maximise(session: Any) -> None:
    async with session("MENU", "LAST") as s:
        width = s.current.size.width
        await s.press("ctrl+w", "greater_than_sign")
        assert s.current.size.width > width
        await s.press("ctrl+w", "less_than_sign", "ctrl+w", "less_than_sign")
        assert s.current.size.width < width
        await s.press("ctrl+w", "equals_sign")
        assert abs(s.current.size.width - width) <= 1
        await s.press("ctrl+w", "m")
        assert s.current.size.width == 120
        assert "[1 MENU]" in s.text
        await s.press("escape")
        assert s.current.size.width < 120


async def test_a_key_that_means_nothing_after_ctrl_w_is_said(session: Any) -> None:
    async with session("MENU") as s:
        await s.press("ctrl+w", "q")
        assert "does nothing" in s.message
        await s.press("ctrl+w", "escape")
        assert not s.workspace.pane_keys.active
        await s.press("h")
        assert s.workspace.line.text == "h"


async def test_linked_panes_follow_and_keep_their_tails(session: Any) -> None:
    async with session("AAPL US Equity GP 3M SMA20", "AAPL US Equity DES", "AAPL US Equity HP", groups="AA ") as s:
        await s.line("MSFT")
        assert s.titles() == ["MSFT US Equity GP", "MSFT US Equity DES", "AAPL US Equity HP"]
        first = s.workspace.frames_in_order()[0].call
        assert first.period.text == "3M"
        assert first.studies == ("SMA20",)


async def test_a_group_is_a_target(session: Any) -> None:
    async with session("MENU", "AAPL US Equity GP 3M", "AAPL US Equity DES", groups=" BB") as s:
        await s.line("B:NVDA")
        assert s.titles() == ["MENU", "NVDA US Equity GP", "NVDA US Equity DES"]
        assert s.workspace.frames_in_order()[1].call.period.text == "3M"
        await s.line("C:NVDA")
        assert "no pane linked in group C" in s.message


async def test_a_pane_is_a_target(session: Any) -> None:
    async with session("MENU", "LAST") as s:
        await s.line("2:NVDA GIP 5m")
        assert s.titles() == ["MENU", "NVDA US Equity GIP"]
        assert s.workspace.area.focused_pane == 1
        await s.line("4:NVDA GIP")
        assert "no pane 4" in s.message.lower()


async def test_ctrl_w_g_goes_through_the_groups(session: Any) -> None:
    async with session("MENU") as s:
        for group in ("A", "B", "C", "D", "E", "F", ""):
            await s.press("ctrl+w", "g")
            assert s.current.group == group


async def test_chains_run_in_order(session: Any) -> None:
    async with session("MENU", "LAST") as s:
        await s.line("AAPL DES ; 2:MSFT DES")
        assert s.titles() == ["AAPL US Equity DES", "MSFT US Equity DES"]


async def test_a_pane_is_called_after_all_it_is_about(session: Any) -> None:
    async with session("MENU") as s:
        await s.line("AAPL,MSFT,NVDA GP YTD")
        assert s.titles() == ["AAPL US Equity +2 GP"]
        assert "AAPL US Equity +2 GP" in s.text.splitlines()[s.current.region.y]


async def test_numbers_pick_from_menus_grids_and_tables(session: Any) -> None:
    async with session("MON") as s:
        await s.line("1")
        assert s.titles() == ["AAPL US Equity DES"]
        await s.line("SECF microsoft")
        await s.line("1")
        assert s.current.security.symbol == "MSFT"
        await s.line("MENU")
        await s.line("1")
        assert s.titles() != ["MENU"] or s.current.call.words or s.current.call.text
        await s.line("MON")
        await s.line("999")
        assert "no item 999" in s.message


async def test_a_click_makes_a_pane_the_current_one(session: Any) -> None:
    async with session("MENU", "AAPL US Equity DES") as s:
        await s.pilot.click(offset=(100, 20))
        await s.settle()
        assert s.current.title == "AAPL US Equity DES"


async def test_on_a_small_terminal_one_pane_and_a_strip_to_click(session: Any) -> None:
    async with session("MENU", "AAPL US Equity DES", size=(80, 24)) as s:
        assert "[1 MENU]" in s.text
        await s.pilot.click("PaneStrip", offset=(12, 0))
        await s.settle()
        assert s.current.title == "AAPL US Equity DES"
        assert "[2 AAPL DES]" in s.text


async def test_what_changed_while_a_pane_was_hidden_is_drawn_when_it_is_shown(session: Any) -> None:
    async with session("MON", "MENU") as s:
        grid = s.current.body
        await s.press("ctrl+w", "2", "ctrl+w", "m")
        seen: list[set[str]] = []
        grid.tick = lambda changed, now: seen.append(set(changed))
        s.workspace.tick({"equity:AAPL"})
        assert not seen
        await s.press("ctrl+w", "1")
        assert any("equity:AAPL" in changed for changed in seen)


async def test_resizing_from_nothing_and_back(session: Any) -> None:
    async with session("MON", "MENU") as s:
        for width, height in ((20, 5), (1, 1), (59, 15), (200, 50), (80, 24)):
            await s.pilot.resize_terminal(width, height)
            await s.settle()
        assert "[1 MON]" in s.text
        await s.pilot.resize_terminal(20, 5)
        await s.settle()
        assert "20x5" in s.text
        await s.pilot.resize_terminal(120, 40)
        await s.settle()
        assert "MENU" in s.text
        await s.press("a")
        assert s.workspace.line.text == "a"
