"""Several instruments may be one pair of a venue: what is told of the first is told of the others too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Correction, Quote, Trade
from financehub_tui.providers.base import Sink


class Fan:
    """A sink before another."""

    def __init__(self, sink: Sink) -> None:
        self.others: Mapping[str, Sequence[str]] = {}
        """Keys of the other instruments by that of the first."""
        self._sink = sink

    def top(
        self,
        key: str,
        time: int,
        bid: float | None,
        bid_size: float | None,
        ask: float | None,
        ask_size: float | None,
    ) -> None:
        """Best bid and ask changed."""
        self._sink.top(key, time, bid, bid_size, ask, ask_size)
        for other in self.others.get(key, ()):
            self._sink.top(other, time, bid, bid_size, ask, ask_size)

    def trade(self, trade: Trade) -> None:
        """A trade happened."""
        self._sink.trade(trade)
        for other in self.others.get(trade.key, ()):
            self._sink.trade(structs.replace(trade, key=other))

    def correct(self, correction: Correction) -> None:
        """A trade is taken back or corrected."""
        self._sink.correct(correction)
        for other in self.others.get(correction.key, ()):
            instead = correction.instead and structs.replace(correction.instead, key=other)
            self._sink.correct(structs.replace(correction, key=other, instead=instead))

    def ticker(self, quote: Quote) -> None:
        """Some quote fields changed."""
        self._sink.ticker(quote)
        for other in self.others.get(quote.key, ()):
            self._sink.ticker(structs.replace(quote, key=other))

    def book(self, key: str, time: int, book: L2Book) -> None:
        """A maintained book changed."""
        self._sink.book(key, time, book)
        for other in self.others.get(key, ()):
            self._sink.book(other, time, book)

    def book_lost(self, key: str, why: Missing) -> None:
        """The book is out of step."""
        self._sink.book_lost(key, why)
        for other in self.others.get(key, ()):
            self._sink.book_lost(other, why)
