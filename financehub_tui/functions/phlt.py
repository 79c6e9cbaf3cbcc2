"""PHLT: provider health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Field, Format, KeyValues, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk, ProviderStatus

COLUMNS = (
    Column(name="provider", title="Provider"),
    Column(name="state", title="State"),
    Column(name="calls", title="Calls", format=Format.INTEGER),
    Column(name="errors", title="Errors", format=Format.INTEGER),
    Column(name="p50", title="p50 ms", format=Format.NUMBER, decimals=0),
    Column(name="p95", title="p95 ms", format=Format.NUMBER, decimals=0),
    Column(name="left", title="Budget left"),
    Column(name="circuit", title="Circuit"),
    Column(name="saved", title="Saved", format=Format.INTEGER),
    Column(name="streams", title="Streams", format=Format.INTEGER),
    Column(name="last_error_at", title="Failed at UTC", format=Format.TIME),
    Column(name="last_error", title="Last error"),
)

SPEC = FunctionSpec(
    mnemonic="PHLT",
    title="Provider health",
    category=Category.DATA,
    help="One row a provider: whether it is well, how many calls it was asked and how many failed, how long answers "
    "take (median and 95th percentile of the last 15 minutes), what is left of each budget it grants, whether its "
    "circuit is open (calls held back after repeated failures), calls saved by the cache, streams that are up, and "
    "the last error in words.",
    sources="Counted by the engine.",
    refresh=1,
    examples=("PHLT",),
)


async def load(desk: Desk, call: Call) -> Report:
    """The health of every configured provider."""
    rows = [_row(status) for status in desk.status.providers()]
    offline = (
        "OFFLINE: no provider can be reached; stored values are shown with their age"
        if desk.status.offline()
        else "online"
    )
    state = KeyValues(
        title="Network",
        fields=(
            Field(label="State", value=desk.scenario.title or offline),
            Field(label="As of", value=desk.clock.now(), format=Format.DATETIME),
        ),
    )
    return report(
        desk, call, [state, table("Providers", COLUMNS, rows, empty="No provider is configured.")], subject=""
    )


def _row(status: ProviderStatus) -> tuple[object, ...]:
    left = ", ".join(f"{allowed - used:,.0f}/{allowed:,.0f} {window}" for window, used, allowed, _ in status.limits)
    return (
        status.title,
        status.state,
        status.calls,
        status.errors,
        status.p50_ms,
        status.p95_ms,
        left or "unstated",
        status.circuit,
        status.cache_hits,
        status.streams,
        status.last_error_at,
        status.last_error,
    )
