"""What the workstation sends over SSH, 200x50: bytes a second of its demos, and a whole picture.

Beside it Textual's DataTable under 5,000 updates a second. Busy is the crypto demo, whose recorded book, trades and
quotes move all the time; quiet is the list, chart, depth and movers of the equities demo.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.bench_grid import CHILD
from bench.figures import Figure
from bench.terminal import REMOTE, Terminal

WIDTH, HEIGHT = 200, 50
SETTLED = 8.0
"""Seconds after the first picture: by then every pane has its values."""
MEASURED = 8.0
BURST = 0.1
PEER = "textual.DataTable, 5,000 updates/s"


def run() -> list[Figure]:
    """Kilobytes a second busy and quiet, and of a full repaint."""
    table = _table()
    busy, busy_whole = _demo("crypto")
    quiet, quiet_whole = _demo("equities")
    return [
        _row("SSH: crypto demo, busy", busy, "KB/s", 60, table),
        _row("SSH: equities demo, quiet", quiet, "KB/s", 20, table),
        _row("SSH: full repaint, crypto demo", busy_whole, "KB", 30),
        _row("SSH: full repaint, equities demo", quiet_whole, "KB", 30),
    ]


def _row(name: str, value: float, unit: str, goal: float, table: float | None = None) -> Figure:
    return Figure(
        name=name, value=value, unit=unit, row=21, peer=PEER if table else "", peer_value=table,
        ratio=value / table if table else None, goal=goal, goal_on="value", lower_is_better=True,
    )  # fmt: skip


def _table() -> float:
    command = [sys.executable, str(CHILD), "table", "5000"]
    with Terminal(command, {"PYTHONPATH": str(CHILD.parent.parent)}, columns=WIDTH, rows=HEIGHT) as terminal:
        terminal.listen(SETTLED / 2)
        return terminal.listen(MEASURED / 2) / (MEASURED / 2) / 1e3


def _demo(scenario: str) -> tuple[float, float]:
    """Kilobytes a second, and the largest burst, in kilobytes, after the terminal has lost a column."""
    with tempfile.TemporaryDirectory() as home:
        environment = {"FINANCEHUB_HOME": str(Path(home) / "financehub"), **REMOTE}
        command = [sys.executable, "-m", "financehub_tui", f"--demo={scenario}"]
        with Terminal(command, environment, columns=WIDTH, rows=HEIGHT) as terminal:
            terminal.listen(SETTLED)
            rate = terminal.listen(MEASURED) / MEASURED / 1e3
            terminal.resize(WIDTH - 1, HEIGHT)
            return rate, max(terminal.listen(BURST) for _ in range(15)) / 1e3


if __name__ == "__main__":
    for row in run():
        print(row.line())
