"""Closes live bars whose time has passed without another trade."""

from __future__ import annotations

from financehub_tui.clock import Clock
from financehub_tui.engine.bars import LiveBars
from financehub_tui.jobs.spec import Job


def job(bars: LiveBars, clock: Clock) -> Job:
    """Every second."""

    async def run() -> str:
        bars.advance(clock.now())
        return "bars closed up to now"

    return Job("bars", "Closing of live bars", 1.0, run)
