"""The live grid against Textual's DataTable: processor, key latency and bytes, in a real terminal of 200x50.

Both show the same 500 rows of 12 columns under the same stream of updates, each for some seconds, one after the other.
"""

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
import termios
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

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
    """Milliseconds from key press to the answer on the terminal."""


def run() -> list[dict[str, object]]:
    """CPU, key latency and bytes beside DataTable at 5,000 updates a second; CPU at 50,000 beside 5,000."""
    table, ours, busy = measure("table", 5_000), measure("ours", 5_000), measure("ours", 50_000)
    peer = "textual.DataTable"
    return [
        figure("quote grid CPU", ours.cpu, "% of a core", peer, table.cpu, 0.25),
        figure("quote grid key latency p95", ours.key_p95, "ms", peer, table.key_p95, 0.25),
        figure("quote grid output", ours.bytes_per_second / 1e3, "KB/s", peer, table.bytes_per_second / 1e3, 0.25),
        figure("quote grid CPU at 50k updates/s", busy.cpu, "% of a core", "at 5k updates/s", ours.cpu, 2.0),
    ]


def figure(name: str, value: float, unit: str, peer: str, peer_value: float, goal: float) -> dict[str, object]:
    """One line of the report."""
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


def measure(which: str, rate: int) -> Result:
    """Run one program in a pseudo-terminal and watch it."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(CHILD.parent.parent),
    }
    for name in ("SSH_CONNECTION", "SSH_TTY", "NO_COLOR"):
        environment.pop(name, None)
    child = subprocess.Popen(
        [sys.executable, str(CHILD), which, str(rate)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    try:
        return Watch(master, psutil.Process(child.pid)).result()
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        os.close(master)


class Watch:
    """Reads a program's output, presses keys, and times the answers."""

    def __init__(self, terminal: int, process: psutil.Process) -> None:
        self.terminal = terminal
        self.process = process
        self.read = 0
        self.tail = b""

    def result(self) -> Result:
        """Warm up, then measure."""
        self._until(time.perf_counter() + WARM_UP)
        began, before, read = time.perf_counter(), self.process.cpu_times(), self.read
        latencies: list[float] = []
        while time.perf_counter() - began < MEASURED:
            latencies.append(self._press(MARKS[(len(latencies) + 1) % 2]))
            self._until(time.perf_counter() + BETWEEN_KEYS)
        seconds, after = time.perf_counter() - began, self.process.cpu_times()
        busy = after.user + after.system - before.user - before.system
        p95 = statistics.quantiles(latencies, n=20)[-1]
        return Result(100 * busy / seconds, (self.read - read) / seconds, 1_000 * p95)

    def _press(self, mark: bytes) -> float:
        self.tail = b""
        began = time.perf_counter()
        os.write(self.terminal, b"k")
        self._until(began + 5.0, mark)
        return time.perf_counter() - began

    def _until(self, deadline: float, mark: bytes | None = None) -> None:
        while (left := deadline - time.perf_counter()) > 0:
            ready, _, _ = select.select([self.terminal], [], [], left)
            if not ready:
                return
            data = os.read(self.terminal, 65_536)
            self.read += len(data)
            self.tail = self.tail[-len(MARKS[0]) :] + data
            if mark is not None and mark in self.tail:
                return


if __name__ == "__main__":
    for line in run():
        print(line)
