"""A maintained order book: price levels from a snapshot and differences.

One dict per side holds price -> size; one sorted list per side holds the prices, best price LAST, because a list
is changed cheaply at its end and most changes are near the best price. Ask prices are kept negated for that.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from financehub_tui.market.provenance import Provenance
from financehub_tui.market.quote import Book, Level, Side

Levels = Iterable[tuple[float, float]]
"""(price, size) pairs in any order; size 0 removes a level."""


class L2Book:
    """The order book of one instrument. Not thread-safe: one feed writes, readers read on the same loop."""

    __slots__ = ("_ask_prices", "_asks", "_bid_prices", "_bids", "decimals", "key", "sequence")

    def __init__(self, key: str, decimals: int | None = None) -> None:
        self.key = key
        self.decimals = decimals
        self.sequence = 0
        """The venue's number of the last change applied."""
        self._bids: dict[float, float] = {}
        self._asks: dict[float, float] = {}
        self._bid_prices: list[float] = []
        self._ask_prices: list[float] = []

    def __len__(self) -> int:
        """Levels held, both sides."""
        return len(self._bids) + len(self._asks)

    def clear(self) -> None:
        """Forget every level."""
        self.snapshot((), (), 0)

    def snapshot(self, bids: Levels, asks: Levels, sequence: int) -> None:
        """Replace everything."""
        self._bids = {price: size for price, size in dict(bids).items() if size}
        self._asks = {price: size for price, size in dict(asks).items() if size}
        self._bid_prices = sorted(self._bids)
        self._ask_prices = sorted([-price for price in self._asks])
        self.sequence = sequence

    def apply(self, bids: Levels, asks: Levels, sequence: int) -> None:
        """Apply one difference: sizes replace, zero removes, removing an unknown level is normal."""
        _apply(self._bids, self._bid_prices, bids, 1.0)
        _apply(self._asks, self._ask_prices, asks, -1.0)
        self.sequence = sequence

    def set(self, side: Side, price: float, size: float) -> None:
        """Change one level; BUY is the bid side. The sequence stays."""
        if side is Side.BUY:
            _apply(self._bids, self._bid_prices, ((price, size),), 1.0)
        else:
            _apply(self._asks, self._ask_prices, ((price, size),), -1.0)

    def trim(self, depth: int) -> None:
        """Keep the best `depth` levels a side: for venues that send no removals below a subscribed depth."""
        for price in self._bid_prices[:-depth]:
            del self._bids[price]
        for price in self._ask_prices[:-depth]:
            del self._asks[-price]
        del self._bid_prices[:-depth]
        del self._ask_prices[:-depth]

    @property
    def best_bid(self) -> Level | None:
        """The highest bid."""
        if not self._bid_prices:
            return None
        price = self._bid_prices[-1]
        return Level(price, self._bids[price])

    @property
    def best_ask(self) -> Level | None:
        """The lowest ask."""
        if not self._ask_prices:
            return None
        price = -self._ask_prices[-1]
        return Level(price, self._asks[price])

    @property
    def crossed(self) -> bool:
        """True where the best bid is at or above the best ask: the book is out of step."""
        return bool(self._bid_prices and self._ask_prices and self._bid_prices[-1] >= -self._ask_prices[-1])

    def top(self, depth: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """The best `depth` levels: bids from the highest down, asks from the lowest up."""
        if depth <= 0:
            return (), ()
        bids, asks = self._bids, self._asks
        return (
            tuple([Level(price, bids[price]) for price in self._bid_prices[: -depth - 1 : -1]]),
            tuple([Level(-price, asks[-price]) for price in self._ask_prices[: -depth - 1 : -1]]),
        )

    def to_book(self, time: int, depth: int, provenance: Provenance | None = None) -> Book:
        """A frozen snapshot of the best `depth` levels. `time` in nanoseconds since 1970 UTC."""
        bids, asks = self.top(depth)
        return Book(
            key=self.key,
            time=time,
            sequence=self.sequence,
            bids=bids,
            asks=asks,
            decimals=self.decimals,
            provenance=provenance,
        )


def _apply(sizes: dict[float, float], prices: list[float], levels: Levels, sign: float) -> None:
    for price, size in levels:
        if size:
            if price not in sizes:
                insort(prices, sign * price)
            sizes[price] = size
        elif sizes.pop(price, None) is not None:
            del prices[bisect_left(prices, sign * price)]
