"""Plays recorded events into a sink when a clock reaches the time they came."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from financehub_tui.engine.recorder import BOOK, CORRECTION, LOST, TICKER, TOP, TRADE, Event
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.market.l2 import L2Book
from financehub_tui.providers.base import Sink

AT_ONCE = 2_000
"""Events delivered in one turn of the loop."""


class Player:
    """Delivers events in order, each once, never ahead of the clock. How fast the clock runs changes nothing else."""

    def __init__(self, events: Iterable[Event], sink: Sink) -> None:
        self._events: Iterator[Event] = iter(events)
        self._sink = sink
        self._next: Event | None = next(self._events, None)
        self._books: dict[str, L2Book] = {}
        self.played = 0

    @property
    def ended(self) -> bool:
        """True once everything was delivered."""
        return self._next is None

    @property
    def next_due(self) -> int | None:
        """When the next event came; None at the end."""
        return None if self._next is None else self._next.received

    def play(self, until: int, limit: int | None = None) -> int:
        """Deliver what came up to an instant, at most `limit` events; how many there were."""
        count = 0
        while self._next is not None and self._next.received <= until and (limit is None or count < limit):
            self._deliver(self._next)
            self._next = next(self._events, None)
            count += 1
        self.played += count
        return count

    async def run(self, clock: ScenarioClock) -> None:
        """Deliver everything as the clock goes; returns at the end of the recording or of the clock."""
        while (due := self.next_due) is not None and await clock.wait_until(due):
            self.play(clock.now(), AT_ONCE)
            await asyncio.sleep(0)

    def _deliver(self, event: Event) -> None:
        content = event.content
        if event.kind == TRADE:
            self._sink.trade(content)
        elif event.kind == TICKER:
            self._sink.ticker(content)
        elif event.kind == TOP:
            self._sink.top(*content)
        elif event.kind == BOOK:
            self._book(*content)
        elif event.kind == CORRECTION:
            self._sink.correct(content)
        elif event.kind == LOST:
            self._sink.book_lost(*content)

    def _book(
        self,
        key: str,
        time: int,
        sequence: int,
        decimals: int | None,
        bids: list[tuple[float, float]],
        asks: list[tuple[float, float]],
    ) -> None:
        book = self._books.get(key)
        if book is None:
            book = self._books[key] = L2Book(key, decimals)
        book.snapshot(bids, asks, sequence)
        self._sink.book(key, time, book)
