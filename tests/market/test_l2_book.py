"""The maintained book agrees with a naive rebuild whatever happens to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.market.l2 import L2Book
from financehub_tui.market.quote import Level, Side

prices = st.integers(1, 60).map(lambda tick: round(100 + tick * 0.01, 2))
sizes = st.one_of(st.just(0.0), st.integers(1, 1_000).map(lambda lots: lots / 8))
levels = st.lists(st.tuples(prices, sizes), max_size=12)


class NaiveBook:
    """Every level in two dicts, sorted anew for every look."""

    def __init__(self) -> None:
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}

    def apply(self, bids, asks) -> None:
        for side, changes in ((self.bids, bids), (self.asks, asks)):
            for price, size in changes:
                side[price] = size
                if not size:
                    del side[price]

    def top(self, depth):
        bids = sorted(self.bids.items(), reverse=True)[:depth]
        asks = sorted(self.asks.items())[:depth]
        return tuple(Level(*pair) for pair in bids), tuple(Level(*pair) for pair in asks)


def both(steps, snapshot=((), ())):
    book, naive = L2Book("key", 2), NaiveBook()
    book.snapshot(*snapshot, 1)
    naive.apply(*snapshot)
    for number, (bids, asks) in enumerate(steps, start=2):
        book.apply(bids, asks, number)
        naive.apply(bids, asks)
    return book, naive


@given(st.tuples(levels, levels), st.lists(st.tuples(levels, levels), max_size=20), st.integers(0, 70))
def test_any_snapshot_and_differences_equal_a_naive_rebuild(snapshot, steps, depth):
    book, naive = both(steps, snapshot)
    assert book.top(depth) == naive.top(depth)
    assert len(book) == len(naive.bids) + len(naive.asks)
    assert book.sequence == len(steps) + 1


@given(st.lists(st.tuples(levels, levels), max_size=10))
def test_best_prices_and_crossing_follow_from_the_levels(steps):
    book, naive = both(steps)
    bids, asks = naive.top(1)
    assert book.best_bid == (bids[0] if bids else None)
    assert book.best_ask == (asks[0] if asks else None)
    assert book.crossed == bool(bids and asks and bids[0].price >= asks[0].price)


@given(st.tuples(levels, levels), st.integers(1, 15))
def test_trimming_keeps_the_best_levels_and_nothing_else(snapshot, depth):
    book, naive = both((), snapshot)
    book.trim(depth)
    assert book.top(100) == naive.top(depth)
    book.apply([(100.0, 0.0)], [(100.0, 0.0)], 2)
    assert book.top(100) == naive.top(depth)


def test_single_levels_are_set_by_side():
    book = L2Book("key")
    book.set(Side.BUY, 99.0, 2.0)
    book.set(Side.SELL, 101.0, 3.0)
    book.set(Side.SELL, 101.0, 4.0)
    assert book.top(5) == ((Level(99.0, 2.0),), (Level(101.0, 4.0),))
    book.set(Side.BUY, 99.0, 0.0)
    assert book.best_bid is None


def test_a_snapshot_replaces_what_was_there_and_drops_empty_levels():
    book = L2Book("key")
    book.snapshot([(1.0, 1.0)], [(2.0, 1.0)], 5)
    book.snapshot([(1.5, 1.0), (1.4, 0.0)], [], 9)
    assert book.top(9) == ((Level(1.5, 1.0),), ())
    assert book.sequence == 9
    book.clear()
    assert len(book) == 0 and book.best_ask is None


def test_a_frozen_book_does_not_follow_later_changes():
    book = L2Book("key", 2)
    book.snapshot([(99.0, 1.0), (98.0, 2.0)], [(101.0, 1.0)], 7)
    frozen = book.to_book(123, 1)
    book.apply([(99.0, 0.0)], [], 8)
    assert frozen.bids == (Level(99.0, 1.0),)
    assert (frozen.key, frozen.time, frozen.sequence, frozen.decimals) == ("key", 123, 7, 2)
    assert not frozen.crossed
