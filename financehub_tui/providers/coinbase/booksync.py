"""A Coinbase book: a snapshot, then changes in order of arrival.

Changes carry neither numbers nor a checksum; within a connection none is lost, says the venue. What shows that one
was: a best bid at or above the best ask, or a change that cannot be read. The book is then withdrawn and subscribed
anew, as after every lost connection.
"""

from __future__ import annotations

from collections.abc import Callable

from financehub_tui.providers.base import Sink
from financehub_tui.providers.coinbase.wire import Snapshot, Update
from financehub_tui.providers.kit.precision import decimals_of
from financehub_tui.providers.kit.spot_books import KeptBook

_LOOKED_AT = 50
"""Levels a side from which the precision is read where it is not known."""


class FollowedBook(KeptBook):
    """One product's book, renewed by subscribing anew. `tick` gives the tick size's decimals where they are known."""

    def __init__(self, key: str, tick: Callable[[], int | None], sink: Sink, renew: Callable[[], None]) -> None:
        super().__init__(key, sink, renew, title="Coinbase", decimals=None)
        self._tick = tick

    def snapshot(self, data: Snapshot, received: int) -> None:
        """A whole book."""
        self.book.snapshot(
            [(row.price, row.size) for row in data.bids], [(row.price, row.size) for row in data.asks], 0
        )
        self.book.decimals = self._tick()
        if self.book.decimals is None:
            bids, asks = self.book.top(_LOOKED_AT)
            self.book.decimals = decimals_of(level.price for level in (*bids, *asks))
        self._checked(received)

    def update(self, data: Update, time: int) -> None:
        """Changes; without a snapshot before them they mean nothing."""
        if not self.synced:
            return
        bids = [(change.price, change.size) for change in data.changes if change.side == "buy"]
        asks = [(change.price, change.size) for change in data.changes if change.side == "sell"]
        self.book.apply(bids, asks, self.book.sequence + 1)
        self._checked(time)

    def _checked(self, time: int) -> None:
        if self.book.crossed:
            self.distrust("bid and ask crossed")
            return
        self.synced = True
        self.show(time)
