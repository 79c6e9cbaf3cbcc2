"""Sleeping without time passing: for clients that take their `sleep` from outside."""

from __future__ import annotations

import asyncio

from financehub_tui.clock import ManualClock


class Naps:
    """An injectable `sleep` that moves the clock on instead of waiting, and remembers how long it was asked to."""

    def __init__(self, clock: ManualClock) -> None:
        self.taken: list[float] = []
        self._clock = clock

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self._clock.advance(seconds)
        await asyncio.sleep(0)
