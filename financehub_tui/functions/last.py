"""LAST: the last lines run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.functions.counts import count_of
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Format, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="LAST",
    title="Last functions",
    category=Category.NAVIGATION,
    help="The last fifty different lines run, newest first, with the time. Type a row's number to run it again.",
    tails=(Tail(kind=TailKind.NUMBER, help="How many; 50 where nothing is said", example="20"),),
    sources="The command history in the store.",
    examples=("LAST", "LAST 10"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The newest distinct lines."""
    import polars as pl

    count = count_of(call, 50, 1_000, "lines")
    newest: dict[str, int] = {}
    for time, line in await desk.memory.lines(count * 10):
        newest.setdefault(line, time)
    rows = list(newest.items())[:count]
    frame = pl.DataFrame(
        {
            "time": pl.Series([time // 1_000 for _, time in rows], dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "line": pl.Series([line for line, _ in rows], dtype=pl.String),
        }
    )
    table = Table(
        title="Last lines",
        frame=frame,
        columns=(Column(name="line", title="Line"), Column(name="time", title="Run at UTC", format=Format.DATETIME)),
        pick_lines=tuple(line for line, _ in rows),
        empty="Nothing has been run yet.",
    )
    return report(desk, call, [table], subject="")
