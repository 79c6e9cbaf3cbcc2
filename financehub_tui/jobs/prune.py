"""Drops from the store what is older than the retention settings."""

from __future__ import annotations

from financehub_tui.clock import Clock
from financehub_tui.engine.door import StoreDoor
from financehub_tui.jobs.spec import Job


def job(door: StoreDoor, clock: Clock) -> Job:
    """Every six hours."""

    async def run() -> str:
        store = await door.open()
        if store.read_only:
            return "nothing: the store is a snapshot"
        dropped = await store.prune(clock.now())
        return ", ".join(f"{count} {table}" for table, count in dropped.items() if count) or "nothing to drop"

    return Job("prune", "Retention of the store", 6 * 3_600.0, run, logged=True)
