"""Recorded events told to several sinks, each only what it wants."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.market.provenance import Missing, Tier
from financehub_tui.market.quote import Correction, Quote, Trade
from financehub_tui.providers.base import Sink

if TYPE_CHECKING:
    from financehub_tui.market.l2 import L2Book


class Relay:
    """Implements `providers.base.Sink`. Sinks given at the start hear everything, later ones their instruments."""

    def __init__(self, always: Sequence[Sink]) -> None:
        self._always = tuple(always)
        self._wanted: dict[int, tuple[Sink, frozenset[str]]] = {}
        self.books: dict[str, tuple[int, L2Book]] = {}
        """The newest book by key, with its time."""
        self.lost: dict[str, Missing] = {}
        """Why there is no book, by key, where one went out of step."""
        self.count = 0
        self.last = 0

    def listen(self, sink: Sink, keys: Collection[str]) -> None:
        """Tell a sink of these instruments from now on; of none where it wants none."""
        self._wanted.pop(id(sink), None)
        if keys:
            self._wanted[id(sink)] = (sink, frozenset(keys))

    def _sinks(self, key: str, time: int) -> list[Sink]:
        self.count += 1
        self.last = max(self.last, time)
        return [*self._always, *(sink for sink, keys in self._wanted.values() if key in keys)]

    def top(
        self,
        key: str,
        time: int,
        bid: float | None,
        bid_size: float | None,
        ask: float | None,
        ask_size: float | None,
    ) -> None:
        """Best bid and ask."""
        for sink in self._sinks(key, time):
            sink.top(key, time, bid, bid_size, ask, ask_size)

    def trade(self, trade: Trade) -> None:
        """A trade."""
        for sink in self._sinks(trade.key, trade.time):
            sink.trade(trade)

    def correct(self, correction: Correction) -> None:
        """A trade taken back or corrected."""
        for sink in self._sinks(correction.key, correction.time):
            sink.correct(correction)

    def ticker(self, quote: Quote) -> None:
        """Quote fields, marked as replayed whatever their mark was when they were recorded."""
        if quote.provenance is not None:
            origin = msgspec.structs.replace(quote.provenance, tier=Tier.REPLAY)
            quote = msgspec.structs.replace(quote, provenance=origin)
        for sink in self._sinks(quote.key, quote.time):
            sink.ticker(quote)

    def book(self, key: str, time: int, book: L2Book) -> None:
        """A book."""
        self.books[key] = (time, book)
        self.lost.pop(key, None)
        for sink in self._sinks(key, time):
            sink.book(key, time, book)

    def book_lost(self, key: str, why: Missing) -> None:
        """A book out of step."""
        self.books.pop(key, None)
        self.lost[key] = why
        for sink in self._sinks(key, 0):
            sink.book_lost(key, why)
