"""Order book maintenance on the recorded BTCUSDT differences: levels a second with the top ten read at every event."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from sortedcontainers import SortedDict

import financehub_tui
from bench import peers
from bench.figures import Figure, beside, paired
from financehub_tui.market.l2 import L2Book
from financehub_tui.providers.binance import wire

DEPTH = 10
ROUNDS = 5
RECORDING = Path(financehub_tui.__file__).parent / "data" / "demo" / "crypto" / "frames_BTCUSDT.parquet"


class Frame(msgspec.Struct):
    """A combined-stream frame of differences."""

    data: wire.DepthEvent


class SortedBook:
    """The peer: one SortedDict a side, bids under negated prices."""

    def __init__(self) -> None:
        self.bids: Any = SortedDict()
        self.asks: Any = SortedDict()

    def snapshot(self, bids: list[tuple[float, float]], asks: list[tuple[float, float]], _: int) -> None:
        self.bids = SortedDict({-price: size for price, size in bids})
        self.asks = SortedDict(dict(asks))

    def apply(self, bids: list[tuple[float, float]], asks: list[tuple[float, float]], _: int) -> None:
        side = self.bids
        for price, size in bids:
            if size:
                side[-price] = size
            else:
                side.pop(-price, None)
        side = self.asks
        for price, size in asks:
            if size:
                side[price] = size
            else:
                side.pop(price, None)

    def top(self, depth: int) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        return (
            [(-price, size) for price, size in islice(self.bids.items(), depth)],
            list(islice(self.asks.items(), depth)),
        )


class BestPrices(L2Book):
    """Ours, of which only the best prices are read."""

    def __init__(self) -> None:
        super().__init__("key")

    def top(self, depth: int) -> Any:
        return self.best_bid, self.best_ask


def recorded() -> tuple[wire.Depth, list[wire.DepthEvent]]:
    """The snapshot and every difference after it."""
    payloads = pl.read_parquet(RECORDING)["payload"].to_list()
    texts = [payload if isinstance(payload, bytes) else payload.encode() for payload in payloads]
    [snapshot] = [text for text in texts if text.startswith(b'{"lastUpdateId"')]
    start = msgspec.json.decode(snapshot, type=wire.Depth, strict=False)
    decoder = msgspec.json.Decoder(Frame, strict=False)
    events = [decoder.decode(text).data for text in texts if b"depthUpdate" in text]
    return start, [event for event in events if event.last > start.last_update_id]


def run() -> list[Figure]:
    """Median of several rounds, each measuring both, one after the other; nautilus_trader after them."""
    start, events = recorded()
    levels = sum(len(event.bids) + len(event.asks) for event in events)
    with_top = [_rates(start, events, levels, depth=DEPTH) for _ in range(ROUNDS)]
    without = [_rates(start, events, levels, depth=0) for _ in range(ROUNDS)]
    peer = "sortedcontainers"
    return [
        paired("book: top 10 read at every event", "M levels/s", peer, with_top, row=7, goal=1.5),
        paired("book: changes only", "M levels/s", peer, without, row=7),
        *_beside_nautilus(start, events, levels),
    ]


def _beside_nautilus(start: wire.Depth, events: list[wire.DepthEvent], levels: int) -> list[Figure]:
    """Both keep the book and read the best prices at every event.

    The goal is on the way from what a decoder gives, prices and sizes. Making its own objects of them is most of the
    peer's work, so what it does with objects made before is told too.
    """
    ours = statistics.median(_rate(BestPrices, start, events, levels, 1) for _ in range(ROUNDS))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "book.json"
        told = {"bids": start.bids, "asks": start.asks, "events": [(event.bids, event.asks) for event in events]}
        file.write_text(json.dumps(told))
        found, note = peers.ask("nautilus_book", str(file), str(ROUNDS))
    ways = (("made", "from prices and sizes", 1.5), ("single", "objects ready", None), ("batch", "ready, batch", None))
    return [
        beside(
            "book: best prices read at every event", ours, "M levels/s", f"nautilus_trader, {words}",
            found[way] / 1e6 if way in found else None, row=7, goal=goal, note=note,
        )
        for way, words, goal in ways
    ]  # fmt: skip


def _rates(start: wire.Depth, events: list[wire.DepthEvent], levels: int, *, depth: int) -> tuple[float, float]:
    return _rate(lambda: L2Book("key"), start, events, levels, depth), _rate(SortedBook, start, events, levels, depth)


def _rate(make: Callable[[], Any], start: wire.Depth, events: list[wire.DepthEvent], levels: int, depth: int) -> float:
    book = make()
    book.snapshot(start.bids, start.asks, start.last_update_id)
    began = time.perf_counter()
    for event in events:
        book.apply(event.bids, event.asks, event.last)
        if depth:
            book.top(depth)
    return levels / (time.perf_counter() - began) / 1e6


if __name__ == "__main__":
    for row in run():
        print(row.line())
