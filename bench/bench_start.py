"""How soon the workstation shows something and leaves, what it takes, and a headless run; beside their peers.

An empty Textual application and harlequin, another workstation on Textual, are started in the same rounds; so is the
command line of OpenBB, which only says how it is used.
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import financehub_tui
from bench import peers
from bench.figures import Figure, beside
from bench.terminal import Terminal

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
"""Seconds after the first prices at which memory is looked at."""
LEAVE = b"\x11"
"""Ctrl+Q."""
ABSENT = "not installed: make bench does it"


@dataclass
class Opened:
    """Of one start: seconds to the first picture and the first values, MB at the first picture and later."""

    picture: float
    processor: float
    """Seconds of the processor until the first picture."""
    values: float = 0.0
    memory: float = 0.0
    later: float = 0.0
    left: float = 0.0
    """Seconds from the key to the end of the process."""


def run() -> list[Figure]:
    """Medians of rounds in which every program is started once, all of them with their byte code at hand."""
    compileall.compile_dir(str(Path(financehub_tui.__file__).parent), quiet=1)
    with tempfile.TemporaryDirectory() as home:
        environment = {"FINANCEHUB_HOME": home, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
        return [*_starts(environment), *_headless(environment)]


def _starts(environment: Mapping[str, str]) -> list[Figure]:
    ours, empty, harlequin = [], [], []
    for _ in range(ROUNDS):
        ours.append(_open([sys.executable, "-m", "financehub_tui", "--demo"], b"AAPL", environment, values=b"159."))
        empty.append(_open([sys.executable, "-c", EMPTY], b"ready", environment, values=b"ready"))
        if program := peers.command("harlequin"):
            harlequin.append(_open([program, "--locale", "C"], b"Data Catalog", environment))
    mine, textual = _medians(ours), _medians(empty)
    theirs = _medians(harlequin).picture if harlequin else None
    note, peer = "" if harlequin else ABSENT, "empty Textual app"
    return [
        beside("first picture", mine.picture, "s", peer, textual.picture, row=3, goal=1.6, lower=True),
        beside("first picture", mine.picture, "s", "harlequin", theirs, row=3, goal=0.5, lower=True, note=note),
        beside("first picture, processor", mine.processor, "s", peer, textual.processor, row=3, lower=True),
        beside("first prices", mine.values, "s", peer, textual.picture, row=3, lower=True),
        beside("memory at the first picture", mine.memory, "MB", peer, textual.memory, row=3, goal=2, lower=True),
        beside("memory, equities demo running", mine.later, "MB", peer, textual.later, row=3, lower=True),
        Figure(
            name="time to leave, equities demo running", value=mine.left, unit="s", row=3, peer=peer,
            peer_value=textual.left, ratio=mine.left / textual.left, goal=2, goal_on="value", lower_is_better=True,
        ),
    ]  # fmt: skip


def _open(
    command: Sequence[str], first: bytes, environment: Mapping[str, str], *, values: bytes | None = None
) -> Opened:
    """Start a program and wait for its first text; with `values`, for that too, let it settle, and leave it."""
    with Terminal(command, environment, columns=COLUMNS, rows=ROWS) as terminal:
        opened = Opened(terminal.wait_for(first), terminal.processor)
        if values is not None:
            opened.memory = terminal.memory
            opened.values = terminal.wait_for(values)
            terminal.listen(SETTLED)
            opened.later = terminal.memory
            terminal.press(LEAVE)
            opened.left = terminal.wait_for_end()
        return opened


def _medians(found: Sequence[Opened]) -> Opened:
    columns = zip(*(vars(each).values() for each in found), strict=True)
    return Opened(*(statistics.median(column) for column in columns))


def _headless(environment: Mapping[str, str]) -> list[Figure]:
    """`financehub run`: seconds on the clock, and of the processor, which a busy machine changes less."""
    ours = [sys.executable, "-m", "financehub_tui", "run", "AAPL HP 1Y", "--demo"]
    program = peers.command("openbb")
    usage, frames = [program or "", "--no-such-flag"], [sys.executable, "-c", "import polars"]
    rounds = [
        (_timed(ours, environment), _timed(usage, environment) if program else None, _timed(frames, environment))
        for _ in range(ROUNDS)
    ]
    note = "" if program else ABSENT
    name, peer = 'headless run "AAPL HP 1Y"', "OpenBB's usage exit"
    figures = []
    for place, what in enumerate((name, f"{name}, processor")):
        mine, bare = (statistics.median(one[side][place] for one in rounds) for side in (0, 2))
        theirs = statistics.median(one[1][place] for one in rounds) if program else None
        figures.append(beside(what, mine, "s", peer, theirs, row=4, goal=1, lower=True, note=note))
        figures.append(beside(what, mine, "s", "python -c 'import polars'", bare, row=4, lower=True))
    return figures


def _timed(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    began = time.perf_counter()
    child = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, used = os.wait4(child.pid, 0)
    child.returncode = 0
    return time.perf_counter() - began, used.ru_utime + used.ru_stime


if __name__ == "__main__":
    for row in run():
        print(row.line())
