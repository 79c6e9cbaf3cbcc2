"""Quotes and trades waiting to be written: bounded, and put back when writing fails."""

from __future__ import annotations

from collections.abc import Iterable

from financehub_tui.market.quote import Quote, Trade


class WriteBehind:
    """The latest quote of each instrument and every trade since the last flush."""

    def __init__(self, trade_limit: int) -> None:
        self.quotes: dict[str, Quote] = {}
        self.trades: list[Trade] = []
        self._trade_limit = trade_limit

    def __len__(self) -> int:
        return len(self.quotes) + len(self.trades)

    def add_quotes(self, quotes: Iterable[Quote]) -> None:
        """Keep the newest of each instrument."""
        for quote in quotes:
            held = self.quotes.get(quote.key)
            if held is None or quote.time >= held.time:
                self.quotes[quote.key] = quote

    def take(self) -> tuple[list[Quote], list[Trade]]:
        """Everything, in order; the buffer is empty after."""
        taken = list(self.quotes.values()), self.trades
        self.quotes, self.trades = {}, []
        return taken

    def put_back(self, quotes: Iterable[Quote], trades: list[Trade]) -> None:
        """Return what could not be written; beyond the limit the oldest trades go."""
        newer, self.quotes = self.quotes, {}
        self.add_quotes(quotes)
        self.add_quotes(newer.values())
        self.trades = [*trades, *self.trades][-self._trade_limit :]
