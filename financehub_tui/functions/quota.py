"""QUOTA: what is left of every limit, and when it will run out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Format, Report, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from financehub_tui.desk import Desk
    from financehub_tui.figures import BudgetStatus

SPEC = FunctionSpec(
    mnemonic="QUOTA",
    title="Quotas",
    category=Category.DATA,
    help="Every limit a provider states, for each key or host it is counted for: what is used, what is left, when it "
    "starts anew, the rate of the last hour, and when it will be used up at that rate (empty where it will not be "
    "before it starts anew). Those nearest to their end stand first. Beneath, which endpoints spent most during the "
    "last day. Counts are kept over restarts, and shared between workstations where Redis is configured.",
    sources="Counted at every call, and corrected by what providers tell in their answers.",
    refresh=2,
    examples=("QUOTA",),
)

LIMITS = (
    Column(name="provider", title="Provider"),
    Column(name="limit", title="Limit"),
    Column(name="left", title="Left", format=Format.INTEGER),
    Column(name="share", title="Used %", format=Format.NUMBER, decimals=1),
    Column(name="used", title="Used", format=Format.INTEGER),
    Column(name="owner", title="Key or host"),
    Column(name="rate", title="An hour", format=Format.NUMBER, decimals=1),
    Column(name="spent_at", title="Spent at UTC", format=Format.DATETIME),
    Column(name="relief_at", title="Relief at UTC", format=Format.DATETIME),
    Column(name="resets", title="Resets"),
    Column(name="shared", title="Shared", format=Format.BOOLEAN),
)
SPENDERS = (
    Column(name="provider", title="Provider"),
    Column(name="what", title="Spent by"),
    Column(name="amount", title="Units in a day", format=Format.INTEGER),
    Column(name="share", title="Share %", format=Format.NUMBER, decimals=1),
    Column(name="owner", title="Key or host"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The limits by how near their end is, and who spends."""
    budgets = await desk.status.budgets()
    empty = "No provider has been called yet."
    if desk.scenario.title:
        empty = "Nothing is limited here: bundled, recorded and simulated data cost no calls. Live sources have limits."
    spent = table("Spent by", SPENDERS, _spenders(budgets), empty="Nothing was spent during the last day.")
    return report(desk, call, [limits_table(budgets, empty), spent], subject="")


def limits_table(budgets: Sequence[BudgetStatus], empty: str) -> Table:
    """Limits of hosts and keys, those that end first before the others."""
    return table("Limits", LIMITS, [_row(budget) for budget in sorted(budgets, key=_nearness)], empty=empty)


def _nearness(budget: BudgetStatus) -> tuple[bool, int, float]:
    return (budget.spent_at is None, budget.spent_at or 0, -budget.used / budget.allowed)


def _row(budget: BudgetStatus) -> tuple[object, ...]:
    return (
        budget.provider,
        budget.limit,
        round(max(0.0, budget.allowed - budget.used)),
        100.0 * budget.used / budget.allowed,
        round(budget.used),
        budget.owner,
        budget.rate,
        budget.spent_at,
        budget.relief_at,
        budget.resets,
        budget.shared,
    )


def _spenders(budgets: list[BudgetStatus]) -> list[tuple[object, ...]]:
    by_owner = {(budget.provider, budget.owner): budget.spenders for budget in budgets}
    return [
        (provider, what, round(amount), 100.0 * amount / (sum(units for _, units in spenders) or 1.0), owner)
        for (provider, owner), spenders in sorted(by_owner.items())
        for what, amount in spenders
    ]
