"""BLP: open a layout of panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions import lay
from financehub_tui.report.blocks import Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="BLP",
    title="Launchpad",
    category=Category.SYSTEM,
    help="The same layouts as LAY, by name: BLP morning opens the layout of that name. Panes of one link group (A to "
    "F, set with G in a pane or by the group prefix A:AAPL) follow each other's security.",
    tails=(Tail(kind=TailKind.TEXT, help="Name of the layout to open", example="morning"),),
    sources="The store.",
    examples=("BLP", "BLP morning"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The saved layouts. Raises CommandError for a name: the workstation opens layouts itself."""
    if call.text.strip():
        raise CommandError("BLP opens layouts in the workstation", "Start `financehub` and type it there.")
    return await lay.load(desk, Call(mnemonic="BLP"))
