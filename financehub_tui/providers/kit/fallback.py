"""A stream that cannot be had degrades to polling, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.providers.base import FeedHealth
from financehub_tui.providers.kit.link import Sleep


class PollingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds."""

    after: float = 15.0
    """Without a live stream for this long, polling begins."""
    every: float = 10.0


class PollingFallback:
    """Polls while no stream is live. `poll` fetches once and says whether anything came."""

    def __init__(
        self,
        live: Callable[[], bool],
        poll: Callable[[], Awaitable[bool]],
        *,
        clock: Clock,
        options: PollingOptions | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.polling = False
        """True while polls are what brings values."""
        self._live = live
        self._poll = poll
        self._clock = clock
        self._options = options or PollingOptions()
        self._sleep = sleep

    async def run(self) -> None:
        """Watch and poll until cancelled."""
        last_live = self._clock.monotonic()
        while True:
            if self._live():
                last_live = self._clock.monotonic()
                self.polling = False
            elif self._clock.monotonic() - last_live >= self._options.after:
                self.polling = await self._poll()
            await self._sleep(self._options.every if self.polling else min(1.0, self._options.every))

    def shown(self, entries: Sequence[FeedHealth]) -> Sequence[FeedHealth]:
        """Health entries with what is polled marked as such."""
        if not self.polling:
            return entries
        return [
            entry if entry.state == "live" else msgspec.structs.replace(entry, state="polling") for entry in entries
        ]
