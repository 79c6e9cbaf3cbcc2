"""A Coinbase book: a snapshot, then changes in order of arrival.

Changes carry neither numbers nor a checksum; within a connection none is lost, says the venue. What shows that one
was: a best bid at or above the best ask, or a change that cannot be read. The book is then withdrawn and subscribed
anew, as after every lost connection.
"""

from __future__ import annotations

from collections.abc import Callable

from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.base import Sink
from financehub_tui.providers.coinbase.wire import Snapshot, Update
from financehub_tui.providers.kit.precision import decimals_of

_LOOKED_AT = 50
"""Levels a side from which the precision is read where it is not known."""


class FollowedBook:
    """One product's book. `renew` is called when it must be subscribed anew; it must not block.

    `tick` gives the decimals of the tick size where they are known.
    """

    def __init__(self, key: str, tick: Callable[[], int | None], sink: Sink, renew: Callable[[], None]) -> None:
        self.key = key
        self.book = L2Book(key)
        self.synced = False
        self.losses = 0
        self._sink = sink
        self._renew = renew
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
        self._shown(received)

    def update(self, data: Update, time: int) -> None:
        """Changes; without a snapshot before them they mean nothing."""
        if not self.synced:
            return
        bids = [(change.price, change.size) for change in data.changes if change.side == "buy"]
        asks = [(change.price, change.size) for change in data.changes if change.side == "sell"]
        self.book.apply(bids, asks, self.book.sequence + 1)
        self._shown(time)

    def lose(self, why: str, reason: Reason = Reason.PENDING) -> None:
        """The stream broke off or cannot be trusted: the book may not be shown until it is rebuilt."""
        self.synced = False
        self.book.clear()
        words = f"Coinbase: book is being rebuilt, {why}" if reason is Reason.PENDING else f"Coinbase: {why}"
        self._sink.book_lost(self.key, Missing(reason=reason, detail=words))

    def distrust(self, why: str) -> None:
        """The book is wrong or incomplete: it is withdrawn and asked for anew."""
        self.losses += 1
        self.lose(why)
        self._renew()

    def _shown(self, time: int) -> None:
        if self.book.crossed:
            self.distrust("bid and ask crossed")
            return
        self.synced = True
        self._sink.book(self.key, time, self.book)
