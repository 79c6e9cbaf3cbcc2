"""The program in terminals of every kind and size, and what it costs the line to them."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

pytestmark = pytest.mark.pty
COLOUR = re.compile(rb"\x1b\[[0-9;]*(3[0-9]|4[0-9]|9[0-7]);?[0-9;]*m")


def test_resize_storms_never_break_it(terminal: Any) -> None:
    program = terminal("--demo")
    program.until("AMZN")
    for size in ((80, 24), (20, 5), (200, 50), (1, 1), (59, 15), (300, 90), (20, 5), (120, 40)) * 2:
        program.resize(*size)
        program.pump(0.02)
    program.resize(20, 5)
    program.until("20x5")
    program.resize(80, 24)
    program.until("[1 MON]")
    program.line("MSFT DES")
    program.until("Microsoft")
    program.resize(200, 50)
    program.until(lambda text: "MDM" in text and "Microsoft" in text)


def test_in_a_locale_without_unicode_everything_is_ascii(terminal: Any) -> None:
    program = terminal("--demo", LANG="C", LC_ALL="C")
    program.until("AMZN")
    program.pump(1.5)
    for line in ("AAPL GP", "AAPL BOOK", "HELP"):
        program.line(line)
        program.pump(0.5)
    drawn = bytes(program.raw).decode("utf-8", "replace")
    assert {char for char in drawn if ord(char) > 126} == set()


def test_no_color_means_no_colour(terminal: Any) -> None:
    program = terminal("--demo", NO_COLOR="1")
    program.until("AMZN")
    program.pump(1)
    assert COLOUR.search(program.raw) is None
    assert re.search(r"[+-]\d", program.text), "the sign says what colour would"


@pytest.mark.parametrize("name", ["light", "ansi"])
def test_every_theme_opens(terminal: Any, name: str) -> None:
    program = terminal("--demo", "--theme", name, size=(80, 24))
    program.until("MON")
    if name == "ansi":
        assert b"38;2;" not in program.raw
    program.send("\x11")
    assert program.wait_end(30) == 0


@pytest.mark.parametrize("kind", ["screen", "linux"])
def test_terminals_of_other_kinds(terminal: Any, kind: str) -> None:
    program = terminal("--demo", TERM=kind, COLORTERM=None, size=(80, 24))
    program.until("AMZN")
    assert b"38;2;" not in program.raw
    program.line("HELP GP")
    program.until("HELP")


def test_over_ssh_it_asks_for_no_mouse_movements_and_says_so(terminal: Any) -> None:
    program = terminal("--demo", SSH_CONNECTION="10.0.0.1 1 10.0.0.2 22")
    program.until("AMZN")
    program.line("NETB")
    program.until("SSH")
    assert program.raw.rfind(b"\x1b[?1003l") > program.raw.rfind(b"\x1b[?1003h")


def test_hostile_text_in_the_line_is_data(terminal: Any) -> None:
    program = terminal("--demo")
    program.until("AMZN")
    program.send("\x1b[200~AAPL \x07[/][red]\U0001f600 \u05e2\u05d1\u202e\x1b[201~")
    program.until("[/][red]")
    program.send("\r")
    program.pump(0.5)
    program.send("x" * 10_000)
    program.send("\r")
    program.until("10,000 characters")
    program.line("MSFT DES")
    program.until("Microsoft")
    assert b"\x07" not in program.raw[200:]


def test_what_is_typed_before_the_first_picture_is_taken(terminal: Any) -> None:
    program = terminal("--demo")
    program.send("MSFT")
    while b"\x1b[?1049h" not in program.raw:
        program.pump(0.001)
    program.line(" DES")
    program.until("Microsoft")


def test_a_whole_line_typed_ahead_is_run(terminal: Any) -> None:
    program = terminal("--demo")
    program.line("MSFT DES")
    program.until("Microsoft")


def test_the_first_picture_is_small_and_idle_is_silent(terminal: Any) -> None:
    program = terminal("--demo")
    program.until("AMZN")
    program.pump(1.5)
    assert len(program.raw) < 60_000
    program.line("RPLY PAUSE")
    program.until("PAUSED")
    program.line("MENU")
    program.pump(2.5)
    assert program.pump(3) == b""


def test_a_full_screen_is_at_most_thirty_kilobytes(terminal: Any) -> None:
    program = terminal("--demo", size=(200, 50))
    program.until("AMZN")
    program.line("RPLY PAUSE")
    program.until("PAUSED")
    program.line("MENU")
    program.pump(2)
    program.resize(199, 50)
    program.pump(1.5)
    program.resize(200, 50)
    assert len(program.pump(1)) < 30 * 1024


@pytest.mark.parametrize("scenario", ["equities", "crypto"])
def test_a_resize_over_ssh_is_one_picture(terminal: Any, scenario: str) -> None:
    program = terminal(f"--demo={scenario}", size=(200, 50), SSH_CONNECTION="10.0.0.1 1 10.0.0.2 22")
    program.until("DEMO")
    program.pump(3)
    program.line("RPLY PAUSE")
    program.until("PAUSED")
    program.pump(2)
    program.resize(199, 50)
    assert 10_000 < len(program.pump(1.5)) < 25_000


def test_a_busy_screen_stays_within_its_bytes(terminal: Any) -> None:
    program = terminal("--demo", size=(200, 50))
    program.until("AMZN")
    program.pump(2)
    began = time.monotonic()
    came = len(program.pump(3))
    rate = came / (time.monotonic() - began)
    assert 0 < rate < 60_000


def test_nothing_heavy_is_loaded_for_the_first_picture(terminal: Any, tmp_path: Any) -> None:
    import subprocess
    import sys

    program = """
import asyncio, sys
from financehub_tui.app import FinanceHub
from financehub_tui.config import load_settings
from financehub_tui.engine.desk import open_desk
from financehub_tui.widgets.governor import LOCAL
HEAVY = set("polars duckdb httpx websockets talib exchange_calendars pandas numpy redis apscheduler".split())
LATER = "commands.grammar commands.completion market.master engine.research engine.recorder engine.crosscheck".split()
HEAVY |= {"statistics", "zoneinfo", *(f"financehub_tui.{name}" for name in LATER)}
async def main():
    desk = await open_desk(load_settings().settings, scenario="equities", start=False)
    app = FinanceHub(desk, profile=LOCAL)
    def started():
        print(sorted(HEAVY & set(sys.modules)))
        app.exit()
    app.started = started
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(100):
            await pilot.pause(0.02)
            if app._exit:
                break
    await desk.close()
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.splitlines()[0] == "[]"


def test_garbage_is_collected_again_once_the_first_picture_is_there(terminal: Any) -> None:
    import subprocess
    import sys

    program = """
import asyncio, gc
from financehub_tui.app import FinanceHub
from financehub_tui.config import load_settings
from financehub_tui.engine.desk import open_desk
from financehub_tui.widgets.governor import LOCAL
async def main():
    gc.disable()
    desk = await open_desk(load_settings().settings, scenario="equities", start=False)
    async with FinanceHub(desk, profile=LOCAL).run_test(size=(120, 40)) as pilot:
        for _ in range(200):
            await pilot.pause(0.02)
            if gc.isenabled():
                break
        print(gc.isenabled())
    await desk.close()
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[0] == "True"
