"""The live grid against Textual's DataTable: processor, key latency and bytes, in a real terminal of 200x50.

Both show the same 500 rows of 12 columns under the same stream of updates, each for some seconds, one after the other.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, beside
from bench.terminal import Terminal

WARM_UP = 2.5
MEASURED = 5.0
BETWEEN_KEYS = 0.12
MARKS = (b"QQQQ", b"ZZZZ")
CHILD = Path(__file__).with_name("grid_child.py")


@dataclass
class Result:
    """Of one program over the measured seconds."""

    cpu: float
    """Percent of one core."""
    bytes_per_second: float
    key_p95: float
    """Milliseconds from key press to the answer on the terminal; 0 without keys."""


def run() -> list[Figure]:
    """CPU, key latency and bytes beside DataTable at 5,000 updates a second; ours at 50,000, and at rest."""
    table, ours, busy = measure("table", 5_000), measure("ours", 5_000), measure("ours", 50_000)
    rest = measure("ours", 0, keys=False)
    peer, sent = "textual.DataTable", table.bytes_per_second / 1e3
    return [
        beside("quote grid CPU", ours.cpu, "% of a core", peer, table.cpu, row=1, goal=0.25, lower=True),
        beside("quote grid key latency p95", ours.key_p95, "ms", peer, table.key_p95, row=1, goal=0.25, lower=True),
        beside("quote grid output", ours.bytes_per_second / 1e3, "KB/s", peer, sent, row=1, goal=0.25, lower=True),
        beside(
            "quote grid CPU at 50k updates/s", busy.cpu, "% of a core", "at 5k updates/s", ours.cpu,
            row=1, goal=2, lower=True,
        ),
        Figure(
            name="quote grid output, nothing changing", value=rest.bytes_per_second, unit="bytes/s", row=1,
            goal=0, goal_on="value", lower_is_better=True,
        ),
    ]  # fmt: skip


def measure(which: str, rate: int, *, keys: bool = True) -> Result:
    """One program after it has warmed up, with or without somebody at the keys."""
    command = [sys.executable, str(CHILD), which, str(rate)]
    with Terminal(command, {"PYTHONPATH": str(CHILD.parent.parent)}, columns=200, rows=50) as terminal:
        terminal.listen(WARM_UP)
        began, used, read = time.perf_counter(), terminal.processor, terminal.read
        latencies: list[float] = []
        while time.perf_counter() - began < MEASURED:
            if keys:
                latencies.append(_answer(terminal, MARKS[(len(latencies) + 1) % 2]))
            terminal.listen(BETWEEN_KEYS)
        seconds = time.perf_counter() - began
        p95 = statistics.quantiles(latencies, n=20)[-1] if keys else 0.0
        return Result(100 * (terminal.processor - used) / seconds, (terminal.read - read) / seconds, 1_000 * p95)


def _answer(terminal: Terminal, mark: bytes) -> float:
    pressed = time.perf_counter() - terminal.began
    terminal.press(b"k")
    return terminal.wait_for(mark, 5.0) - pressed


if __name__ == "__main__":
    for row in run():
        print(row.line())
