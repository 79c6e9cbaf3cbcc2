"""NETB: what this terminal costs the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Field, Format, KeyValues, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="NETB",
    title="Terminal budget",
    category=Category.SYSTEM,
    help="Bytes and frames a second sent to this terminal, the bytes of each pane, frames skipped because the line was "
    "slow, and the rhythm in use. Over SSH the workstation draws less often by itself; `PDF display.ssh_profile=on` "
    "forces that, `ssh -C` makes the stream some fifteen times smaller.",
    sources="Measured where the bytes leave the program.",
    refresh=1,
    examples=("NETB",),
)

LABELS = {
    "bytes_per_second": ("Bytes a second", Format.BYTES),
    "frames_per_second": ("Frames a second", Format.NUMBER),
    "bytes": ("Bytes in all", Format.BYTES),
    "frames": ("Frames in all", Format.INTEGER),
    "skipped": ("Frames skipped", Format.INTEGER),
    "tick_ms": ("Tick, ms", Format.INTEGER),
}


async def load(desk: Desk, call: Call) -> Report:
    """The figures of the attached terminal."""
    if desk.terminal is None:
        alone = Field(label="Terminal", value="none is attached: a headless run draws nothing")
        return report(desk, call, [KeyValues(title="Line", fields=(alone,))], subject="")
    fields = []
    for key, value in desk.terminal.figures().items():
        label, style = LABELS.get(key, (key.replace("_", " ").capitalize(), Format.TEXT))
        fields.append(Field(label=label, value=value, format=style, decimals=1))
    columns = (
        Column(name="pane", title="Pane"),
        Column(name="bytes", title="Bytes/s", format=Format.INTEGER),
        Column(name="share", title="Share %", format=Format.NUMBER, decimals=0),
    )
    costs = desk.terminal.panes()
    whole = sum(cost.bytes_per_second for cost in costs) or 1.0
    rows = [(cost.pane, round(cost.bytes_per_second), 100 * cost.bytes_per_second / whole) for cost in costs]
    return report(
        desk, call, [KeyValues(title="Line", fields=tuple(fields)), table("Panes", columns, rows)], subject=""
    )
