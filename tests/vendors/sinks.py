"""Where decoders and feeds under test write: sinks that keep what arrives, and one that doubts it."""

from __future__ import annotations

from typing import Any

from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Correction, Quote, Trade

Sides = tuple[dict[float, float], dict[float, float]]
"""Bids and asks: sizes by price."""


def sides(book: L2Book) -> Sides:
    """A copy of a book, so that later changes do not show."""
    bids, asks = book.top(1_000_000)
    return {level.price: level.size for level in bids}, {level.price: level.size for level in asks}


class KeepingSink:
    """Keeps what arrives, of books the newest."""

    def __init__(self) -> None:
        self.tops: list[tuple[Any, ...]] = []
        self.trades: list[Trade] = []
        self.corrections: list[Correction] = []
        self.quotes: list[Quote] = []
        self.lost: list[tuple[str, Reason]] = []
        self.books: dict[str, Sides] = {}
        self.sequences: dict[str, int] = {}
        """Of the books, the newest."""

    def top(self, *top: Any) -> None:
        self.tops.append(top)

    def trade(self, trade: Trade) -> None:
        self.trades.append(trade)

    def correct(self, correction: Correction) -> None:
        self.corrections.append(correction)

    def ticker(self, quote: Quote) -> None:
        self.quotes.append(quote)

    def book(self, key: str, time: int, book: L2Book) -> None:
        self.books[key] = sides(book)
        self.sequences[key] = book.sequence

    def book_lost(self, key: str, why: Missing) -> None:
        self.lost.append((key, why.reason))
        self.books.pop(key, None)


class Recorder:
    """Keeps what arrives, and books each time they are shown."""

    def __init__(self) -> None:
        self.trades: list[Trade] = []
        self.tickers: list[Quote] = []
        self.books: list[tuple[str, int, Sides]] = []
        self.lost: list[Missing] = []

    def trade(self, trade: Trade) -> None:
        self.trades.append(trade)

    def ticker(self, quote: Quote) -> None:
        self.tickers.append(quote)

    def book(self, key: str, time: int, book: L2Book) -> None:
        self.books.append((key, time, sides(book)))

    def book_lost(self, key: str, why: Missing) -> None:
        self.lost.append(why)


class DoubtingSink(Recorder):
    """What it is handed must make sense; books are counted."""

    def __init__(self, since: int) -> None:
        """No trade is older than `since`, ns since 1970 UTC."""
        super().__init__()
        self.shown = 0
        self._since = since

    def trade(self, trade: Trade) -> None:
        assert trade.price > 0 and trade.size > 0 and trade.time > self._since
        super().trade(trade)

    def ticker(self, quote: Quote) -> None:
        assert quote.bid is not None and quote.ask is not None and quote.bid <= quote.ask
        assert quote.low is not None and quote.last is not None and quote.high is not None
        assert quote.low <= quote.last <= quote.high
        super().ticker(quote)

    def book(self, key: str, time: int, book: L2Book) -> None:
        assert not book.crossed
        self.shown += 1
