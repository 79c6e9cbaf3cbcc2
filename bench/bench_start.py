"""How soon the workstation shows something, and what it takes, beside an empty Textual application."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence

import psutil

ROUNDS = 5
COLUMNS, ROWS = 120, 40
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("ready to go")
Empty().run()
"""
SETTLED = 3.0
"""Seconds after the first picture at which memory is looked at."""


def run() -> list[dict[str, object]]:
    """Seconds from the command to the first picture in a pty, memory after it has settled, and a headless run."""
    with tempfile.TemporaryDirectory() as home:
        environment = dict(os.environ, FINANCEHUB_HOME=home, TERM="xterm-256color", COLORTERM="truecolor")
        ours = [sys.executable, "-m", "financehub_tui", "--demo"]
        empty = [sys.executable, "-c", EMPTY]
        rounds = [
            (_open(ours, b"AAPL", b"159.", environment), _open(empty, b"ready", b"ready", environment))
            for _ in range(ROUNDS)
        ]
        ours_start, ours_values, ours_size, ours_later = _medians([each for each, _ in rounds])
        empty_start, _, empty_size, empty_later = _medians([each for _, each in rounds])
        headless = statistics.median(_headless(environment) for _ in range(ROUNDS))
        python = statistics.median(_timed([sys.executable, "-c", "import polars"], environment) for _ in range(ROUNDS))
    peer = "empty Textual app"
    return [
        _row("first picture", ours_start, "s", peer, empty_start, "ratio <= 1.6"),
        _row("first prices", ours_values, "s", peer, empty_start, ""),
        _row("memory (RSS) at the first picture", ours_size, "MB", peer, empty_size, "ratio <= 2"),
        _row("memory (RSS) with the equities demo running", ours_later, "MB", peer, empty_later, ""),
        _row('headless run "AAPL HP 1Y"', headless, "s", "python -c 'import polars'", python, ""),
    ]


def _row(name: str, value: float, unit: str, peer: str, peer_value: float, goal: str) -> dict[str, object]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "peer": peer,
        "peer_value": peer_value,
        "ratio": value / peer_value,
        "goal": goal,
        "lower_is_better": True,
    }


def _medians(found: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(statistics.median(each) for each in zip(*found, strict=True))


def _open(command: Sequence[str], first: bytes, then: bytes, environment: dict[str, str]) -> tuple[float, ...]:
    """Seconds until each text was written; the process's memory in MB at the first of them, and some seconds later."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.execve(command[0], list(command), environment)
    try:
        written = bytearray()
        moments: list[float] = []
        sizes: list[float] = []
        for wanted in (first, then):
            while wanted not in written:
                _read(terminal, written, 20)
            moments.append(time.perf_counter() - began)
            sizes.append(psutil.Process(pid).memory_info().rss / 1e6)
        end = time.perf_counter() + SETTLED
        while (left := end - time.perf_counter()) > 0:
            _read(terminal, written, left)
        later = psutil.Process(pid).memory_info().rss / 1e6
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
    return moments[0], moments[1], sizes[0], later


def _read(terminal: int, written: bytearray, seconds: float) -> None:
    if select.select([terminal], [], [], seconds)[0]:
        written += os.read(terminal, 65536)


def _headless(environment: dict[str, str]) -> float:
    return _timed([sys.executable, "-m", "financehub_tui", "run", "AAPL HP 1Y", "--demo"], environment)


def _timed(command: Sequence[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began
