"""QUIT: leave the workstation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec
from financehub_tui.errors import CommandError
from financehub_tui.report.blocks import Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="QUIT",
    title="Leave",
    category=Category.NAVIGATION,
    aliases=("EXIT", "LOGOFF"),
    help="Leaves the workstation: streams are closed, the store is flushed and closed, the layout is kept for the next "
    "start. Ctrl+Q does the same, and so does Ctrl+C pressed twice.",
    examples=("QUIT",),
)


async def load(desk: Desk, call: Call) -> Report:
    """There is nothing to leave in a headless run. Raises CommandError."""
    raise CommandError("QUIT leaves the workstation, which is not open", "Start `financehub` and type it there.")
