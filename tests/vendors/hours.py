"""Hours of injected time over real sockets: the clock goes on while nothing is on its way to a vendor."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Iterable

from financehub_tui.clock import ManualClock
from financehub_tui.providers.kit.http import HttpClient

IDLE = 0.004
"""Seconds of the machine's time in which something that is not a call may end before the clock goes on."""
LEAP = 10.0
"""Seconds of the clock's time it goes on at once at the most while somebody waits."""
LONGEST = 2.0
"""Seconds of the machine's time a call is waited for."""


class Hours(ManualClock):
    """A clock to sleep by. Calls of watched clients arrive at the time at which they were sent."""

    def __init__(self, now: int) -> None:
        super().__init__(now)
        self.flying = 0
        """Calls on their way."""
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    async def sleep(self, seconds: float) -> None:
        """Until the clock says so."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.monotonic() + seconds, next(self._numbers), woken))
        await woken

    def set(self, now: int) -> None:
        """Move to an instant, and wake those who waited for it."""
        super().set(now)
        while self._sleepers and self._sleepers[0][0] <= self.monotonic():
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)

    def watch(self, client: HttpClient) -> None:
        """Let a client sleep by this clock, and know what it has on its way."""
        send, client._sleep = client._send, self.sleep

        async def watched(*parts: object) -> object:
            self.flying += 1
            try:
                return await send(*parts)
            finally:
                self.flying -= 1

        client._send = watched

    async def landed(self) -> None:
        """Nothing is on its way, or it takes too long to wait for."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + LONGEST
        quiet = 0
        while quiet < 3 and loop.time() < ends:
            await asyncio.sleep(0.001 if self.flying else 0)
            quiet = 0 if self.flying else quiet + 1

    async def through(self, tasks: Iterable[asyncio.Future[object]]) -> None:
        """Go on until all of these are done."""
        waiting = set(tasks)
        while waiting:
            await self.landed()
            _, waiting = await asyncio.wait(waiting, timeout=IDLE)
            if waiting and not self.flying and self._next() is not None:
                self._go_on(self.monotonic() + LEAP)

    async def pass_by(self, seconds: float) -> None:
        """Go on for a while, waking everybody in their order."""
        ends = self.monotonic() + seconds
        while self.monotonic() < ends:
            await self.landed()
            self._go_on(ends)

    def _go_on(self, ends: float) -> None:
        """To when the next sleeper wakes, not beyond an end; a little later, so that nothing is lost by rounding."""
        wakes = self._next()
        self.advance(max(0.0, min(ends if wakes is None else wakes, ends) - self.monotonic()) + 1e-6)

    def _next(self) -> float | None:
        """When somebody wakes; None where nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None
