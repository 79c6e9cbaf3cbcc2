"""CACHE: the cache tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Format, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

COLUMNS = (
    Column(name="tier", title="Tier"),
    Column(name="kind", title="Data"),
    Column(name="entries", title="Entries", format=Format.INTEGER),
    Column(name="hits", title="Hits", format=Format.INTEGER),
    Column(name="misses", title="Misses", format=Format.INTEGER),
    Column(name="stale", title="Stale", format=Format.INTEGER),
    Column(name="rate", title="Hit rate", format=Format.NUMBER, decimals=1, unit="%"),
    Column(name="evicted", title="Evicted", format=Format.INTEGER),
    Column(name="bytes", title="Size", format=Format.BYTES),
    Column(name="ttl", title="Fresh for", format=Format.DURATION),
    Column(name="problem", title="Problem"),
)

SPEC = FunctionSpec(
    mnemonic="CACHE",
    title="Cache",
    category=Category.DATA,
    help="The memory tier by kind of data, the Redis tier where one is configured, and the store: entries, hits, "
    "misses, answers given stale while a fresh one was fetched, evictions, and how long a value counts as fresh.",
    sources="Counted by the engine.",
    formulas="Hit rate = (hits + stale) / (hits + stale + misses).",
    refresh=1,
    examples=("CACHE",),
)


async def load(desk: Desk, call: Call) -> Report:
    """Every tier and kind."""
    rows = []
    for c in desk.status.caches():
        asked = c.hits + c.stale + c.misses
        rate = 100 * (c.hits + c.stale) / asked if asked else None
        counts = (c.entries, c.hits, c.misses, c.stale, rate, c.evictions)
        rows.append((c.tier, c.kind, *counts, c.bytes, c.ttl, c.problem))
    return report(desk, call, [table("Cache", COLUMNS, rows)], subject="")
