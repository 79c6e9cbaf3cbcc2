"""The documented way to keep a book: buffer differences, take a snapshot, fit them together, watch the numbering.

Every difference carries the first and last update id it covers (U and u). A snapshot with id L is continued by the
difference with U <= L+1 <= u; each later one must start at the id after the last. A hole means the book is wrong:
it is withdrawn and built anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Sink
from financehub_tui.providers.binance.wire import Depth, DepthEvent, nanos
from financehub_tui.providers.kit.precision import decimals_of
from financehub_tui.providers.kit.spot_books import KeptBook

BUFFERED = 3_000
"""Differences kept while waiting for a snapshot: five minutes of them."""


class SyncedBook(KeptBook):
    """One symbol's book, renewed by a snapshot."""

    def __init__(self, key: str, decimals: int | None, sink: Sink, resync: Callable[[], None]) -> None:
        super().__init__(key, sink, resync, title="Binance", decimals=decimals)
        self._buffer: deque[DepthEvent] = deque(maxlen=BUFFERED)
        self._infer_decimals = decimals is None

    @property
    def waiting(self) -> bool:
        """Differences are coming and no snapshot has fitted yet."""
        return not self.synced and bool(self._buffer)

    def distance(self, update_id: int) -> int:
        """How far an update id lies from the newest difference waiting."""
        return abs(self._buffer[-1].last - update_id) if self._buffer else 0

    def event(self, event: DepthEvent) -> None:
        """One difference, in order of arrival."""
        if not self.synced:
            self._buffer.append(event)
            if len(self._buffer) == 1:
                self._renew()
        elif event.last <= self.book.sequence:
            self.duplicates += 1
        elif event.first > self.book.sequence + 1:
            self.faults += 1
            self._restart(event, f"updates {self.book.sequence + 1} to {event.first - 1} are missing")
        else:
            self._apply(event)

    def snapshot(self, depth: Depth, received: int) -> None:
        """A snapshot has come. Where it does not fit the buffer another is asked for."""
        if self.synced and depth.last_update_id <= self.book.sequence:
            return
        events = [event for event in self._buffer if event.last > depth.last_update_id]
        if events and events[0].first > depth.last_update_id + 1:
            self._renew()
            return
        self._buffer.clear()
        if self._infer_decimals:
            prices = [price for price, _ in depth.bids] + [price for price, _ in depth.asks]
            self.book.decimals = decimals_of(prices)
        self.book.snapshot(depth.bids, depth.asks, depth.last_update_id)
        self.synced = True
        if self.book.crossed:
            self.lose("the snapshot is crossed")
            return
        self.show(received)
        for event in events:
            self.event(event)

    def lose(self, why: str, reason: Reason = Reason.PENDING) -> None:
        """As for every book; differences that wait are forgotten with it."""
        self._buffer.clear()
        super().lose(why, reason)

    def _apply(self, event: DepthEvent) -> None:
        book = self.book
        book.apply(event.bids, event.asks, event.last)
        if book.crossed:
            self.faults += 1
            self._restart(event, "bid and ask crossed")
            return
        self.show(nanos(event.event_time))

    def _restart(self, event: DepthEvent, why: str) -> None:
        self.lose(why)
        self.event(event)
