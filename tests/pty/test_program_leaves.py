"""However the program is left, it ends at once, cleanly, and the terminal is as it was."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.pty
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l", b"\x1b[?1006l", b"\x1b[?2004l")


def ctrl_c_twice(program: Any) -> None:
    program.send("\x03")
    program.until("again leaves")
    program.send("\x03")


WAYS: dict[str, Callable[[Any], None]] = {
    "QUIT": lambda program: program.line("QUIT"),
    "ctrl+q": lambda program: program.send("\x11"),
    "ctrl+c twice": ctrl_c_twice,
    "SIGTERM": lambda program: program.signal(signal.SIGTERM),
    "SIGHUP": lambda program: program.signal(signal.SIGHUP),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_ends_and_restores_the_terminal(terminal: Any, way: str, surroundings: Path) -> None:
    program = terminal("--demo")
    program.until("AMZN")
    WAYS[way](program)
    assert program.wait_end(30) == 0
    after = bytes(program.raw).rpartition(b"\x1b[?1049l")
    for sequence in RESTORED:
        assert sequence in program.raw[-400:]
    assert b"Traceback" not in program.raw
    assert b"nanobind" not in after[2]
    assert (surroundings / "data" / "last-layout-equities.toml").exists()


def test_a_closed_window_ends_it_without_a_word(terminal: Any, surroundings: Path) -> None:
    program = terminal("--demo")
    program.until("AMZN")
    program.hang_up()
    assert program.wait_end(30) == 0
    said = (surroundings / "logs" / "financehub.stderr").read_text()
    assert "Traceback" not in said
    assert '"ERROR"' not in (surroundings / "logs" / "financehub.log").read_text()


def test_ctrl_z_and_a_stop_signal_do_not_wedge_it(terminal: Any) -> None:
    program = terminal("--demo")
    program.until("AMZN")
    program.send("\x1a")
    program.line("MSFT DES")
    program.until("Microsoft")
    program.signal(signal.SIGTSTP)
    program.pump(0.5)
    assert not program.ended()
    program.signal(signal.SIGCONT)
    program.pump(0.5)
    program.line("KO DES")
    program.until("Coca-Cola")
    program.line("QUIT")
    assert program.wait_end(30) == 0


@pytest.mark.parametrize("name", ["dumb", ""])
def test_a_terminal_without_a_cursor_is_refused_in_one_line(terminal: Any, name: str) -> None:
    program = terminal("--demo", TERM=name)
    assert program.wait_end(30) == 2
    assert "cannot place a cursor" in program.text
    assert b"\x1b" not in program.raw


def test_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "financehub_tui", "--demo"], capture_output=True, text=True,
        env=dict(os.environ, TERM="xterm"), timeout=20, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("financehub: The workstation needs a terminal")
    assert done.stdout == ""
