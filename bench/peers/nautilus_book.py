"""nautilus_trader's order book on the differences of a file: levels a second, the best prices read at every event.

    python nautilus_book.py FILE ROUNDS

The file is JSON: {"bids": [[price, size], ...], "asks": [...], "events": [[bids, asks], ...]}. Three figures: `made`,
from prices and sizes, as a decoder gives them; `single`, its own objects made before the clock runs, one applied at a
time; `batch`, an event's objects applied in one call.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import BookOrder, OrderBookDelta, OrderBookDeltas
from nautilus_trader.model.enums import BookAction, BookType, OrderSide
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider

T = TypeVar("T")
Event = list[list[list[float]]]
INSTRUMENT = TestInstrumentProvider.btcusdt_binance().id


def delta(side: OrderSide, price: float, size: float) -> OrderBookDelta:
    action = BookAction.UPDATE if size else BookAction.DELETE
    order = BookOrder(side, Price(price, 2), Quantity(size, 6), int(price * 100))
    return OrderBookDelta(INSTRUMENT, action, order, 0, 0, 0, 0)


def deltas(bids: list[list[float]], asks: list[list[float]]) -> OrderBookDeltas:
    found = [delta(OrderSide.BUY, *level) for level in bids] + [delta(OrderSide.SELL, *level) for level in asks]
    return OrderBookDeltas(INSTRUMENT, found)


def seconds(book: OrderBook, events: Sequence[T], apply: Callable[[OrderBook, T], None]) -> float:
    began = time.perf_counter()
    for event in events:
        apply(book, event)
        book.best_bid_price(), book.best_ask_price(), book.best_bid_size(), book.best_ask_size()
    return time.perf_counter() - began


def made(book: OrderBook, event: Event) -> None:
    book.apply_deltas(deltas(*event))


def single(book: OrderBook, event: Sequence[OrderBookDelta]) -> None:
    for one in event:
        book.apply_delta(one)


def batch(book: OrderBook, event: OrderBookDeltas) -> None:
    book.apply_deltas(event)


def main(file: Path, rounds: int) -> None:
    told = json.loads(file.read_bytes())
    start = deltas(told["bids"], told["asks"])
    events: list[Event] = [event for event in told["events"] if event[0] or event[1]]
    ready = [deltas(*event) for event in events]
    levels = sum(len(bids) + len(asks) for bids, asks in events)

    def rate(given: Sequence[T], apply: Callable[[OrderBook, T], None]) -> float:
        taken = []
        for _ in range(rounds):
            book = OrderBook(INSTRUMENT, BookType.L2_MBP)
            book.apply_deltas(start)
            taken.append(seconds(book, given, apply))
        return levels / statistics.median(taken)

    ones = [event.deltas for event in ready]
    print(json.dumps({"made": rate(events, made), "single": rate(ones, single), "batch": rate(ready, batch)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
