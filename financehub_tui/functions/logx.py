"""LOGX: the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.log import recent
from financehub_tui.report.blocks import Column, Format, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
COLUMNS = (
    Column(name="time", title="Time UTC", format=Format.DATETIME),
    Column(name="level", title="Level"),
    Column(name="message", title="Message"),
    Column(name="logger", title="Part"),
)

SPEC = FunctionSpec(
    mnemonic="LOGX",
    title="Logs",
    category=Category.SYSTEM,
    help="The newest log lines of this run, newest first, of a level and above, and with the words you give. The log "
    "file (DIAG says where) has them all, one JSON object a line.",
    tails=(
        Tail(kind=TailKind.WORD, words=LEVELS, help="Least level; INFO where nothing is said"),
        Tail(kind=TailKind.TEXT, help="Words the line must hold", example="binance"),
    ),
    sources="This process.",
    refresh=1,
    examples=("LOGX", "LOGX ERROR", "LOGX WARNING yahoo"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The newest 500 matching lines."""
    least = LEVELS.index(next((word for word in call.words if word in LEVELS), "INFO"))
    allowed = {*LEVELS[least:], "CRITICAL"}
    text = call.text.strip().casefold()
    rows = [
        (entry.time, entry.level, entry.message, entry.logger)
        for entry in reversed(recent.entries)
        if entry.level in allowed and text in f"{entry.logger} {entry.message}".casefold()
    ]
    empty = _none(LEVELS[least], call.text.strip())
    return report(desk, call, [table("Log", COLUMNS, rows[:500], empty=empty)], subject="")


def _none(level: str, text: str) -> str:
    """Why there are no lines, and where others are."""
    finer = " LOGX DEBUG shows finer ones." if level != LEVELS[0] else ""
    words = f" that holds {text!r}" if text else ""
    return f"No line of this run is of level {level} or above{words}.{finer} DIAG says where the file is that has all."
