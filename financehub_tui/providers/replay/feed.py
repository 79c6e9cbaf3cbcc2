"""The recordings as a stream: every frame is decoded when the scenario's clock reaches its receive time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.market.instrument import Instrument
from financehub_tui.providers.base import FeedHealth, Sink
from financehub_tui.providers.replay.tape import Tape

if TYPE_CHECKING:
    from financehub_tui.providers.replay.provider import ReplayProvider

BEAT = 0.02
"""Shortest real time between two rounds, in seconds."""


class ReplayFeed:
    """Plays the wanted recordings into the sink. At first they are wound forward to the clock's instant."""

    def __init__(self, provider: ReplayProvider, sink: Sink, clock: ScenarioClock) -> None:
        self._provider = provider
        self._sink = sink
        self._clock = clock
        self._tapes: dict[str, Tape] = {}
        self._wanted: dict[str, Instrument] = {}
        self._health = FeedHealth(name="recording", provider=provider.spec.id)
        self._changed = asyncio.Event()

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """What shall be played from now on."""
        self._wanted = {one.key: one for group in wanted.values() for one in group}
        for key in [key for key in self._tapes if key not in self._wanted]:
            self._tapes.pop(key).relay.listen(self._sink, ())
        self._health.symbols = len(self._wanted)
        self._changed.set()

    async def _open(self) -> None:
        """Open the recordings that are wanted and not listened to yet."""
        for key, instrument in list(self._wanted.items()):
            tape = await self._provider.open(instrument)
            if key in self._wanted and key not in self._tapes:
                self._join(tape, instrument)

    def _join(self, tape: Tape, instrument: Instrument) -> None:
        """Listen to a tape; what it has told before is told once more, newest values only."""
        self._tapes[instrument.key] = tape
        held = self._provider.held(instrument)
        for trade in held.trades:
            self._sink.trade(trade)
        if held.quote is not None:
            self._sink.ticker(held.quote)
        book = tape.relay.books.get(instrument.key)
        if book is not None:
            self._sink.book(instrument.key, *book)
        tape.relay.listen(self._sink, [instrument.key])

    def health(self) -> Sequence[FeedHealth]:
        """One connection, in name."""
        health = self._health
        health.messages = sum(tape.played for tape in self._tapes.values())
        health.errors = sum(tape.errors for tape in self._tapes.values())
        health.gaps = sum(tape.decoder.gaps for tape in self._tapes.values())
        health.duplicates = sum(tape.decoder.duplicates for tape in self._tapes.values())
        health.last_message_at = max((tape.position for tape in self._tapes.values()), default=0) or None
        return [health]

    async def run(self) -> None:
        """Play until cancelled; at the end of the recording it says so and waits."""
        self._health.state = "live"
        try:
            while True:
                self._changed.clear()
                await self._open()
                for tape in list(self._tapes.values()):
                    await self._provider.catch_up(tape.instrument)
                await self._rest()
        finally:
            self._health.state = "closed"

    async def _rest(self) -> None:
        """Wait for the next frame, or for other wishes."""
        due = min((due for tape in self._tapes.values() if (due := tape.next_due()) is not None), default=None)
        if due is None and self._tapes:
            self._health.state, self._health.detail = "closed", "the recording has ended"
        if due is None:
            await self._changed.wait()
            return
        self._health.state, self._health.detail = "live", ""
        await asyncio.sleep(BEAT)
        if not await self._clock.wait_until(due):
            self._health.state, self._health.detail = "closed", "the scenario has ended"
            await self._changed.wait()
