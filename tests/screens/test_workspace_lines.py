"""Lines that are wrong, ambiguous or hostile, and those the screen answers itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual import events


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ZZZZQ", "no function and no security"),
        ("AAPL FOO", "FOO"),
        ("HP 2020-13-45..", "2020-13-45"),
        ("@nolist MON", "nolist"),
        ("AAPL GP [/]", "[/]"),
        ("HELP [red]x", "[red]x"),
        ("\u202e\u05e9 GP", "invisible character"),
        ("\u05e9\u05dc GP", "no function and no security"),
        ("\U0001f600 GP", "\U0001f600"),
    ],
)
async def test_a_wrong_line_is_one_clear_message_and_nothing_is_lost(session: Any, line: str, words: str) -> None:
    async with session("AAPL US Equity DES") as s:
        await s.line(line)
        assert words in s.message or words in s.current.problem
        assert "\n" not in s.message
        await s.line("MSFT DES")
        assert s.titles() == ["MSFT US Equity DES"]


async def test_the_reading_taken_and_the_others_are_said(session: Any) -> None:
    async with session("MENU") as s:
        await s.line("W")
        assert s.titles() == ["W"]
        assert "$W" in s.message
        await s.line("VOD DES")
        assert "VOD" in s.message


async def test_pasting_takes_one_clean_line(session: Any) -> None:
    async with session("MENU") as s:
        field = s.workspace.line.field
        field.post_message(events.Paste("AAPL\x07\x00 GP [/]\nsecond line"))
        await s.settle()
        assert s.workspace.line.text == "AAPL   GP [/]"
        assert "first of 2 lines" in s.message
        await s.press("escape")
        field.post_message(events.Paste("\n\n"))
        await s.settle()
        assert s.workspace.line.text == ""
        field.post_message(events.Paste("y" * 20_000))
        await s.settle()
        assert len(s.workspace.line.text) == 10_000
        assert "10,000" in s.message
        await s.press("enter")
        assert "characters" in s.message
        assert len(s.workspace.line.history) == 0


async def test_pasting_into_a_pane_goes_to_the_line(session: Any) -> None:
    async with session("MENU") as s:
        await s.press("tab")
        s.workspace.focused.post_message(events.Paste("AAPL"))
        await s.settle()
        assert s.workspace.line.text == "AAPL"


async def test_layouts_are_saved_loaded_deleted_and_reset(session: Any) -> None:
    async with session("MENU", "AAPL US Equity DES", groups=" C") as s:
        await s.line("LAY SAVE morning")
        assert s.message.rstrip().endswith("morning is saved")
        await s.line("LAY RESET")
        assert s.titles()[0] == "MON"
        await s.line("LAY LOAD morning")
        assert s.titles() == ["MENU", "AAPL US Equity DES"]
        assert s.workspace.frames_in_order()[1].group == "C"
        await s.line("LAY")
        await s.until(lambda: "morning" in s.text)
        await s.line("LAY DELETE morning")
        await s.line("LAY LOAD morning")
        assert "No layout 'morning'" in s.message
        await s.line("LAY SAVE")
        assert "needs a name" in s.message


async def test_blp_opens_a_workspace_of_its_own_and_the_other_lives_on(session: Any) -> None:
    async with session("MENU", "MON") as s:
        await s.line("LAY SAVE two")
        first = s.workspace
        await s.line("AAPL DES")
        await s.line("BLP two")
        assert s.workspace is not first
        assert s.titles() == ["MENU", "MON"]
        assert s.app.screen is s.workspace
        await s.line("MSFT HP")
        s.app.tick()
        await s.line("BLP first")
        assert s.workspace is first
        assert s.titles() == ["AAPL US Equity DES", "MON"]
        await s.line("BLP TWO")
        assert s.titles() == ["MSFT US Equity HP", "MON"]
        await s.line("BLP three")
        assert "No layout 'three'" in s.message


async def test_the_panes_of_the_last_session_come_back(session: Any) -> None:
    async with session("MENU") as s:
        await s.line("MSFT GP 6M")
        await s.press("ctrl+w", "v")
        s.app.leave()
    async with session() as s:
        assert s.titles() == ["MSFT US Equity GP", "MSFT US Equity GP"]
    async with session(scenario="crypto") as s:
        assert s.titles()[0] == "MON"


async def test_a_theme_set_in_pdf_is_used_at_once(session: Any) -> None:
    async with session("MENU") as s:
        before = s.app.palette.style("text")
        await s.line("PDF display.theme=light")
        await s.settle()
        assert "at once" in s.message
        assert s.app.palette.style("text") != before


async def test_a_theme_file_that_is_wrong_is_said_at_start(session: Any, surroundings: Path) -> None:
    file = surroundings / "config" / "themes" / "mine.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[colours]\nnonsense = 1\n")
    async with session("MENU", settings={"display.theme": "mine"}) as s:
        assert "mine" in s.message
        assert s.titles() == ["MENU"]


@pytest.mark.parametrize("form", ["SVG", "TEXT", "ANSI"])
async def test_the_screen_goes_to_a_file(session: Any, form: str, tmp_path: Path) -> None:
    async with session("AAPL US Equity DES") as s:
        file = tmp_path / "screen.out"
        await s.line(f"GRAB {form} {file}")
        text = file.read_text()
        assert "Apple" in text
        assert text.startswith("<svg") == (form == "SVG")
        assert ("\x1b[" in text) == (form == "ANSI")
        await s.line(f"GRAB {form} {tmp_path / 'morning'}")
        assert f"Wrote {tmp_path / 'morning'}." in s.message
        await s.line(f"GRAB {form} {tmp_path}")
        assert str(tmp_path) in s.message


async def test_no_file_is_replaced_by_a_picture_of_the_screen(session: Any, tmp_path: Path) -> None:
    async with session("AAPL US Equity DES") as s:
        kept = tmp_path / "thesis.txt"
        kept.write_text("years of work")
        for number in (2, 3):
            await s.line(f"GRAB TEXT {kept}")
            assert f"thesis-{number}.txt" in s.message
            assert "Apple" in (tmp_path / f"thesis-{number}.txt").read_text()
        assert kept.read_text() == "years of work"


async def test_the_screen_goes_to_the_clipboard_too(session: Any, tmp_path: Path) -> None:
    async with session("AAPL US Equity DES") as s:
        await s.line(f"GRAB COPY {tmp_path / 'a.txt'}")
        assert "Apple" in s.app.clipboard
        assert (tmp_path / "a.txt").exists()


async def test_cancel_and_a_question_mark_behind_a_function(session: Any) -> None:
    async with session("AAPL US Equity DES") as s:
        await s.line("GP ?")
        assert s.titles() == ["HELP"]
        assert s.current.call.text == "GP"
        await s.line("CANCEL")
        assert s.titles() == ["AAPL US Equity DES"]


async def test_quit_leaves_and_keeps_the_panes(session: Any, surroundings: Path) -> None:
    async with session("MENU") as s:
        s.workspace.run_line("QUIT")
        await s.pilot.pause()
        assert s.app._exit
    assert (surroundings / "data" / "last-layout-equities.toml").exists()


async def test_the_footer_tells_the_truth(session: Any) -> None:
    async with session("AAPL US Equity GP 6M", "MON") as s:
        first, second = (frame._footer.left for frame in s.workspace.frames_in_order())
        assert [part.text for part in first[:2]] == ["EOD", "bundled"]
        assert [part.text for part in second[:2]] == ["SIM", "simulated"]
        status = " ".join(part.text for part in s.workspace.status.left)
        assert "DEMO equities 2018-02-05" in status
        assert "AAPL US Equity USD" in status
        assert "EOD" in status
