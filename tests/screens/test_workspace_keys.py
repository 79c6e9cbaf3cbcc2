"""Every key of the key table does what the table says, and every other route to it works too."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events
from textual.binding import Binding

from financehub_tui.app import FinanceHub
from financehub_tui.commands.keys import KEYS, LEADER_KEYS, SECTOR_KEYS
from financehub_tui.panes import chart, depth, grid, report, tape
from financehub_tui.screens.command_line import LineInput
from financehub_tui.screens.workspace_keys import WorkspaceKeys

UNSAFE = {"ctrl+m", "ctrl+i", "ctrl+h", "ctrl+j", "ctrl+left_square_bracket", "ctrl+a", "ctrl+s", "ctrl+z", "ctrl+o"}
"""Keys that terminals cannot tell from others, take for themselves, or that multiplexers keep."""
BODIES = (
    chart.ChartBody, depth.BookBody, depth.LadderBody, grid.MonitorBody, report.StandardBody, tape.TapeBody,
)  # fmt: skip


def bindings_of(*classes: Any) -> list[Binding]:
    found: list[Binding] = []
    for each in classes:
        found += [bound for bound in each.BINDINGS if isinstance(bound, Binding)]
    return found


def all_bindings() -> list[Binding]:
    return bindings_of(FinanceHub, WorkspaceKeys, LineInput, *BODIES)


def test_no_binding_needs_a_key_that_terminals_do_not_pass_on() -> None:
    for bound in all_bindings():
        for key in bound.key.split(","):
            assert key.strip() not in UNSAFE, bound
            assert "alt+" not in key, bound
            assert not key.startswith("ctrl+shift+"), bound


def test_every_binding_of_the_screen_has_an_id_of_its_own() -> None:
    bound = bindings_of(FinanceHub, WorkspaceKeys, LineInput)
    assert all(each.id for each in bound)
    assert len({each.id for each in bound}) == len(bound)


def test_no_pane_binds_a_letter() -> None:
    for body in BODIES:
        for bound in body._merged_bindings.key_to_bindings if body._merged_bindings else ():
            assert not (len(bound) == 1 and bound.isalpha()), (body, bound)


def test_every_action_of_the_key_table_is_bound() -> None:
    ids = {bound.id for bound in bindings_of(FinanceHub, WorkspaceKeys, LineInput)}
    ids |= {"sector"} if {f"sector_{key}" for key in SECTOR_KEYS} <= ids else set()
    by_typing = {"command_line", "next_field"}
    """Any letter goes to the line; Tab is one key with two meanings, bound as `complete`."""
    assert {route.action for route in KEYS} <= ids | by_typing


async def test_enter_runs_what_is_typed(session: Any) -> None:
    async with session("MENU") as s:
        await s.type("aapl des")
        await s.press("enter")
        assert s.titles() == ["AAPL US Equity DES"]
        assert s.workspace.line.text == ""


async def test_whole_commands_that_arrive_at_once_run_one_after_the_other(session: Any) -> None:
    async with session("MENU") as s:
        await s.press("tab")
        assert not s.workspace.line.field.has_focus
        typed = [*"aapl", "space", *"des", "enter", "ctrl+w", "v", *"fxcx", "backspace", "enter", *"gp", "escape"]
        for key in [*typed, "9", "9", "x", "backspace", "enter"]:
            s.app.post_message(events.Key(key, " " if key == "space" else key if len(key) == 1 else None))
        await s.settle()
        assert s.titles() == ["AAPL US Equity DES", "FXC"]
        assert s.workspace.line.text == "" and "no item" in s.message


async def test_keys_of_panes_that_arrive_at_once_act_one_after_the_other(session: Any) -> None:
    async with session("MENU", "AAPL US Equity DES", size=(200, 50)) as s:
        for key in "vxm":
            s.app.post_message(events.Key("ctrl+w", None))
            s.app.post_message(events.Key(key, key))
        await s.settle()
        assert s.titles() == ["MENU", "AAPL US Equity DES"]
        assert s.workspace.area.maximised


async def test_a_pasted_line_is_run_by_the_enter_that_comes_with_it(session: Any) -> None:
    async with session("MENU") as s:
        await s.press("tab")
        s.app.post_message(events.Paste("aapl des"))
        s.app.post_message(events.Key("enter", None))
        await s.settle()
        assert s.titles() == ["AAPL US Equity DES"]


async def test_typed_letters_go_to_the_line_from_a_pane_and_back_with_escape(session: Any) -> None:
    async with session("MENU") as s:
        await s.press("tab")
        assert not s.workspace.line.field.has_focus
        await s.press("g", "p")
        assert s.workspace.line.field.has_focus
        assert s.workspace.line.text == "gp"
        await s.press("escape")
        assert s.workspace.line.text == ""
        await s.press("tab", "escape")
        assert s.workspace.line.field.has_focus
        await s.press("tab", "shift+tab")
        assert s.workspace.line.field.has_focus


async def test_signs_that_a_pane_binds_work_in_it_and_others_go_to_the_line(session: Any) -> None:
    async with session("AAPL US Equity GPC 1Y") as s:
        await s.press("tab")
        body = s.current.body
        await s.press("plus", "plus")
        assert s.workspace.line.text == ""
        assert not body.viewport.at_fit
        newest = body.viewport.start
        await s.press("comma")
        assert body.viewport.start < newest
        await s.press("minus", "0", "slash", "vertical_line", "asterisk")
        assert body.viewport.at_fit
        assert (body._log, body._volume, body._style.value) == (True, False, "bar")
        assert body.has_focus
        await s.press("at")
        assert s.workspace.line.text == "@"


@pytest.mark.parametrize(("width", "last"), [(80, "? help"), (120, "Ctrl+Q leave")])
async def test_hints_that_have_no_room_are_left_out_whole(session: Any, width: int, last: str) -> None:
    async with session("MENU", size=(width, 24)) as s:
        assert s.text.splitlines()[1].rstrip().endswith(last)
        await s.press("ctrl+w")
        assert "…" not in s.text.splitlines()[1]


async def test_space_selects_a_row_in_a_grid_and_turns_the_page_from_the_line(session: Any) -> None:
    async with session("MON", size=(80, 24)) as s:
        grid = s.current.body
        first = grid.model.cursor
        await s.press("tab", "space")
        assert grid.model.selected == {first}
        await s.press("escape", "space")
        assert grid.model.selected == {first}
        assert grid.model.rows.index(grid.model.cursor) > 5


async def test_backspace_on_an_empty_line_is_menu_and_erases_otherwise(session: Any) -> None:
    async with session("AAPL US Equity DES") as s:
        await s.type("ab")
        await s.press("backspace")
        assert s.workspace.line.text == "a"
        await s.press("backspace")
        assert s.titles() == ["AAPL US Equity DES"]
        await s.press("backspace")
        assert s.titles() == ["MENU"]


@pytest.mark.parametrize("way", [["f1"], ["question_mark"], ["H", "E", "L", "P", "enter"]])
async def test_help_of_the_function_then_diagnostics_then_back(session: Any, way: list[str]) -> None:
    async with session("AAPL US Equity DES") as s:
        await s.press(*way)
        assert s.titles() == ["HELP"]
        if len(way) == 1:
            assert s.current.call.text == "DES"
            await s.press(*way)
            assert s.titles() == ["DIAG"]
        await s.press("escape")
        assert s.titles() == ["AAPL US Equity DES"]


@pytest.mark.parametrize("letter", sorted(LEADER_KEYS))
async def test_the_leader_opens_the_sector_menus(session: Any, letter: str) -> None:
    async with session("MENU") as s:
        await s.press("full_stop", letter)
        assert s.current.call.mnemonic == "MENU"
        assert LEADER_KEYS[letter].upper() in " ".join((*s.current.call.words, s.current.call.text)).upper()
        assert s.workspace.line.text == ""


async def test_a_leader_followed_by_something_else_is_just_typed(session: Any) -> None:
    async with session("MENU") as s:
        await s.press("full_stop", "q")
        assert s.workspace.line.text == ".q"


async def test_sector_keys_type_their_word_behind_a_symbol(session: Any) -> None:
    async with session("MENU") as s:
        await s.press("s", "p", "x", "f10")
        assert s.workspace.line.text == "spx Index "
        await s.press("escape", "f8")
        assert "EQUITY" in " ".join((*s.current.call.words, s.current.call.text)).upper()


@pytest.mark.parametrize(("forward", "back"), [("pagedown", "pageup"), ("ctrl+f", "ctrl+b"), ("space", "ctrl+b")])
async def test_pages_turn(session: Any, forward: str, back: str) -> None:
    async with session("AAPL US Equity HP 1Y", size=(80, 24)) as s:
        first = s.text
        await s.press(forward)
        assert s.text != first
        await s.press(back)
        assert s.text == first


async def test_a_report_longer_than_its_pane_scrolls_then_its_tables_do(session: Any) -> None:
    async with session("HELP GP", size=(80, 24)) as s:
        seen = {s.text}
        for _ in range(8):
            await s.press("pagedown")
            seen.add(s.text)
        assert len(seen) > 2
        await s.press("9", "pageup")


async def test_a_number_before_a_page_key_turns_so_many_pages(session: Any) -> None:
    async with session("AAPL US Equity HP 1Y", size=(80, 24)) as s:
        await s.press("pagedown", "pagedown", "pagedown")
        three = s.text
        await s.press("pageup", "pageup", "pageup")
        await s.press("3", "pagedown")
        assert s.text == three
        assert "2018-02-02" not in s.text
        assert s.workspace.line.text == ""


async def test_up_and_down_walk_the_history_and_keep_the_draft(session: Any) -> None:
    async with session("MENU") as s:
        await s.line("AAPL DES")
        await s.line("MSFT DES")
        await s.press("up")
        assert s.workspace.line.text == "MSFT DES"
        await s.press("up")
        assert s.workspace.line.text == "AAPL DES"
        await s.press("down", "down")
        assert s.workspace.line.text == ""


async def test_the_history_is_searched(session: Any) -> None:
    async with session("MENU") as s:
        for line in ("AAPL DES", "MSFT DES", "LAST"):
            await s.line(line)
        await s.press("ctrl+r", "d", "e", "s")
        assert s.workspace.line.text == "MSFT DES"
        await s.press("ctrl+r")
        assert s.workspace.line.text == "AAPL DES"
        await s.press("enter")
        assert s.titles() == ["AAPL US Equity DES"]


async def test_tab_takes_a_suggestion_and_enter_runs_what_is_typed(session: Any) -> None:
    async with session("MENU") as s:
        await s.press("n", "v", "d", "a")
        await suggested(s)
        await s.press("tab")
        assert s.workspace.line.text.upper().startswith("NVDA US")
        await s.press("escape", "W", "E", "I")
        await suggested(s)
        await s.press("enter")
        assert s.titles() == ["WEI"]


async def test_down_then_enter_takes_a_suggestion_and_runs_it(session: Any) -> None:
    async with session("MENU") as s:
        await s.press("n", "v", "d", "a")
        await suggested(s)
        await s.press("down", "enter")
        assert s.current.security.symbol == "NVDA"


async def suggested(s: Any) -> None:
    for _ in range(200):
        if s.workspace.line.dropdown.is_open:
            return
        await s.pilot.pause(0.01)
    raise AssertionError("no suggestions")


async def test_ctrl_c_asks_and_the_second_one_leaves(session: Any) -> None:
    async with session("MENU") as s:
        await s.pilot.press("ctrl+c")
        await s.pilot.pause()
        assert "again" in s.message
        assert s.app.is_running
        await s.pilot.press("ctrl+c")
        assert s.app._exit


async def test_copy_sends_the_pane_to_the_clipboard(session: Any) -> None:
    async with session("AAPL US Equity DES") as s:
        await s.press("ctrl+y")
        assert "Apple" in s.app.clipboard
        assert "clipboard" in s.message


async def test_words_of_the_key_bar_can_be_clicked(session: Any) -> None:
    async with session("AAPL US Equity DES") as s:
        await s.pilot.click("KeyBar", offset=(48, 0))
        await s.settle()
        assert s.titles() == ["MENU"]
        await s.type("es1")
        await s.pilot.click("KeyBar", offset=(20, 0))
        await s.settle()
        assert s.workspace.line.text == "es1 Comdty "


@pytest.mark.parametrize("theme", ["amber", "ansi"])
async def test_the_lines_cursor_is_reversed_so_that_it_needs_no_colours(session: Any, theme: str) -> None:
    async with session("MENU", settings={"display.theme": theme}) as s:
        style = s.workspace.line.field.get_component_rich_style("input--cursor")
        assert style.reverse and style.color != style.bgcolor
