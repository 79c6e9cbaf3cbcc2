"""The depth ladder without a screen: price rows, sums, a centre that does not jump."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from financehub_tui.market.quote import Book, Level

_STEPS = (1, 2, 5)
_ROUND = 6
"""Decimals to which a price is taken as a multiple of the step, against float noise."""


class LadderRow(NamedTuple):
    """One price of the ladder. Sizes are None where nobody quotes."""

    price: float
    bid: float | None = None
    ask: float | None = None
    bid_sum: float | None = None
    """Size from the best bid down to here."""
    ask_sum: float | None = None
    bid_orders: int = 0
    ask_orders: int = 0
    best: str = ""
    """bid or ask on the best price of that side."""
    last: int = 0
    """Direction of the last trade at this price: 1 up, -1 down, 0 elsewhere."""


class BookRow(NamedTuple):
    """The n-th best level of both sides, each with its sum from the best."""

    bid: Level | None
    bid_sum: float
    ask: Level | None
    ask_sum: float


class _Bucket(NamedTuple):
    size: float
    total: float
    orders: int


class LadderModel:
    """A book on a scale of equal price steps, seen through a window that keeps still while it can."""

    def __init__(self) -> None:
        self.book: Book | None = None
        self.step = 0.0
        """Price step between rows; chosen from the book until set by `coarser` or `finer`."""
        self.locked = False
        """True: the window no longer follows the mid price."""
        self._own_step = False
        self._top = 0
        self._placed = False
        self._bids: dict[int, _Bucket] = {}
        self._asks: dict[int, _Bucket] = {}
        self._best_bid: int | None = None
        self._best_ask: int | None = None
        self._last: tuple[int, int] | None = None

    def update(self, book: Book | None, height: int) -> None:
        """Take a new book, in a window of `height` rows."""
        self.book = book
        if book is None or not (book.bids or book.asks):
            self._bids, self._asks = {}, {}
            self._best_bid = self._best_ask = None
            return
        if not self._own_step:
            self._choose_step(book, height)
        self._bids = self._buckets(book.bids, down=True)
        self._asks = self._buckets(book.asks, down=False)
        self._best_bid, self._best_ask = max(self._bids, default=None), min(self._asks, default=None)
        self._centre(height)

    def trade(self, price: float, direction: int) -> None:
        """Mark the last trade: `direction` 1 up, -1 down."""
        if self.step:
            self._last = (round(price / self.step), direction or 1)

    def window(self, height: int) -> list[LadderRow]:
        """The rows in view, highest price first; empty without a book."""
        return [self._row(self._top - offset) for offset in range(height)] if self._bids or self._asks else []

    def _row(self, index: int) -> LadderRow:
        bid, ask = self._bids.get(index), self._asks.get(index)
        best = "bid" if index == self._best_bid else "ask" if index == self._best_ask else ""
        return LadderRow(
            price=index * self.step,
            bid=bid.size if bid else None,
            ask=ask.size if ask else None,
            bid_sum=bid.total if bid else None,
            ask_sum=ask.total if ask else None,
            bid_orders=bid.orders if bid else 0,
            ask_orders=ask.orders if ask else 0,
            best=best,
            last=self._last[1] if self._last and self._last[0] == index else 0,
        )

    @property
    def decimals(self) -> int:
        """Decimals that tell two rows apart."""
        if not self.step:
            return 2
        own = max(0, -math.floor(math.log10(self.step) + 1e-9))
        return max(own, 2 if self.step < 1 else 0)

    # Window

    def scroll(self, rows: int) -> None:
        """Move the window down (negative: up) and hold it there."""
        self.locked = True
        self._top -= rows

    def recentre(self, height: int) -> None:
        """Follow the mid price again, from the middle."""
        self.locked = False
        self._placed = False
        self._centre(height)

    def _centre(self, height: int) -> None:
        middle = self._middle()
        if middle is None or (self.locked and self._placed):
            return
        place = self._top - middle
        third = height // 3
        # Only a mid price outside the middle third moves the window.
        if not self._placed or not third <= place < height - third:
            self._top = middle + height // 2
            self._placed = True

    def _middle(self) -> int | None:
        if self._best_bid is None or self._best_ask is None:
            return self._best_ask if self._best_bid is None else self._best_bid
        return (self._best_bid + self._best_ask) // 2

    # Price step

    def coarser(self) -> None:
        """The next larger step: 1, 2, 5, 10 ..."""
        self._set_step(1)

    def finer(self) -> None:
        """The next smaller step, not below the venue's."""
        self._set_step(-1)

    def _set_step(self, direction: int) -> None:
        if not self.step or self.book is None:
            return
        wanted = nice_step(self.step * (1.01 if direction > 0 else 0.39))
        self.step = max(wanted, tick_size(self.book))
        self._own_step = True
        self._placed = False
        self._last = None

    def _choose_step(self, book: Book, height: int) -> None:
        """A step at which the levels known fill the window, the farthest beyond its ends; kept while it about does."""
        prices = [level.price for level in (*book.bids, *book.asks)]
        reach = max(prices) - min(prices)
        rows = max(4, height)
        if self.step and rows * 0.6 <= reach / self.step <= rows * 4:
            return
        step = max(nice_step(reach / rows, below=True), tick_size(book)) if reach else tick_size(book)
        if step != self.step:
            self.step, self._placed, self._last = step, False, None

    def _buckets(self, levels: Sequence[Level], *, down: bool) -> dict[int, _Bucket]:
        buckets: dict[int, _Bucket] = {}
        total = 0.0
        for level in levels:
            at = round(level.price / self.step, _ROUND)
            index = math.floor(at) if down else math.ceil(at)
            total += level.size
            before = buckets.get(index)
            size = level.size + (before.size if before else 0.0)
            buckets[index] = _Bucket(size, total, level.orders + (before.orders if before else 0))
        return buckets


def tick_size(book: Book) -> float:
    """The venue's smallest price step by its decimals; by the size of the price where unknown."""
    if book.decimals is not None:
        return float(10.0**-book.decimals)
    prices = [level.price for level in (*book.bids[:1], *book.asks[:1])]
    return float(10.0 ** (math.floor(math.log10(max(prices))) - 4)) if prices and max(prices) > 0 else 0.01


def nice_step(near: float, *, below: bool = False) -> float:
    """1, 2 or 5 times a power of ten: the smallest not below `near` (> 0), or with `below` the largest not above it."""
    power = 10.0 ** math.floor(math.log10(near))
    steps = [round(factor * power, 12) for factor in (*_STEPS, 10)]
    if below:
        return float(max(step for step in steps if step <= near * (1 + 1e-9)))
    return float(min(step for step in steps if step >= near * (1 - 1e-9)))


def book_rows(book: Book | None, height: int) -> list[BookRow]:
    """The best `height` levels of both sides, side by side."""
    if book is None:
        return []
    rows: list[BookRow] = []
    bid_sum = ask_sum = 0.0
    for number in range(min(height, max(len(book.bids), len(book.asks)))):
        bid = book.bids[number] if number < len(book.bids) else None
        ask = book.asks[number] if number < len(book.asks) else None
        bid_sum += bid.size if bid else 0.0
        ask_sum += ask.size if ask else 0.0
        rows.append(BookRow(bid, bid_sum, ask, ask_sum))
    return rows
