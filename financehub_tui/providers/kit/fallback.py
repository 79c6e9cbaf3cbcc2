"""A stream that cannot be had degrades to polling, and says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import FeedHealth, Sink

_log = logging.getLogger(__name__)


class PollingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds."""

    after: float = 15.0
    """Without a live stream for this long, polling begins."""
    every: float = 10.0
    tick: float = 0.5
    """How often it is looked whether something is due."""


class PollingFallback:
    """Polls while no stream is live. `poll` fetches once and says whether anything came."""

    def __init__(
        self,
        live: Callable[[], bool],
        poll: Callable[[], Awaitable[bool]],
        *,
        clock: Clock,
        options: PollingOptions | None = None,
    ) -> None:
        self.polling = False
        """True while polls are what brings values."""
        self._live = live
        self._poll = poll
        self._clock = clock
        self._options = options or PollingOptions()

    async def run(self) -> None:
        """Watch and poll until cancelled."""
        last_live = self._clock.monotonic()
        due = 0.0
        while True:
            now = self._clock.monotonic()
            if self._live():
                last_live = now
                self.polling = False
            elif now - last_live >= self._options.after and now >= due:
                self.polling = await self._polled()
                due = now + self._options.every
            await asyncio.sleep(self._options.tick)

    async def _polled(self) -> bool:
        """Nobody waits for the polls: one that fails is told in the log, and the next comes in its time."""
        try:
            return await self._poll()
        except ProviderError as error:
            _log.info("poll in place of a stream: %s", error)
        except Exception:
            _log.exception("a poll in place of a stream failed")
        return False

    def shown(self, entries: Sequence[FeedHealth]) -> Sequence[FeedHealth]:
        """Health entries with what is polled marked as such."""
        if not self.polling:
            return entries
        return [
            entry if entry.state == "live" else msgspec.structs.replace(entry, state="polling") for entry in entries
        ]


async def tell_quotes(asked: Awaitable[Mapping[str, Quote | Missing]], sink: Sink) -> bool:
    """A poll: quotes into a feed's sink. True where any came."""
    fresh = [answer for answer in (await asked).values() if isinstance(answer, Quote)]
    for quote in fresh:
        sink.ticker(quote)
    return bool(fresh)
