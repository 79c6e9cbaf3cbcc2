"""LAY: layouts of panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Format, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

ACTIONS = ("SAVE", "LOAD", "DELETE", "RESET")

SPEC = FunctionSpec(
    mnemonic="LAY",
    title="Layouts",
    category=Category.SYSTEM,
    help="The saved layouts. LAY SAVE name keeps the panes as they stand, LAY LOAD name (or its number) brings them "
    "back, LAY DELETE name drops one, LAY RESET gives the layout a new user sees. The layout in use is kept at the "
    "end and opened at the next start.",
    tails=(
        Tail(kind=TailKind.WORD, words=ACTIONS, help="What to do", example="SAVE morning"),
        Tail(kind=TailKind.TEXT, help="Name of the layout"),
    ),
    sources="The store.",
    examples=("LAY", "LAY SAVE morning", "LAY LOAD morning"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The saved layouts, after a deletion where the call asks for one. Raises CommandError."""
    import polars as pl

    if "DELETE" in call.words:
        name = call.text.strip()
        if await desk.memory.layout(name) is None:
            raise CommandError(f"No layout {name!r}", "LAY lists them.")
        await desk.memory.delete_layout(name)
    elif call.words:
        raise CommandError(f"LAY {call.words[0]} needs the workstation", "Start `financehub` and type it there.")
    rows = await desk.memory.layouts()
    frame = pl.DataFrame(
        {
            "name": pl.Series([name for name, _ in rows], dtype=pl.String),
            "saved": pl.Series([at // 1_000 for _, at in rows], dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
        }
    )
    table = Table(
        title="Layouts",
        frame=frame,
        columns=(Column(name="name", title="Name"), Column(name="saved", title="Saved UTC", format=Format.DATETIME)),
        pick_lines=tuple(f"LAY LOAD {name}" for name, _ in rows),
        empty="No layout is saved yet. LAY SAVE morning keeps the panes as they stand under that name, LAY LOAD "
        "morning or BLP morning brings them back, LAY DELETE morning drops it. LAY RESET gives the layout a new user "
        "sees.",
    )
    return report(desk, call, [table], subject="")
