"""Order book maintenance on the recorded BTCUSDT differences: levels a second with the top ten read at every event."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from sortedcontainers import SortedDict

import financehub_tui
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


def recorded() -> tuple[wire.Depth, list[wire.DepthEvent]]:
    """The snapshot and every difference after it."""
    payloads = pl.read_parquet(RECORDING)["payload"].to_list()
    texts = [payload if isinstance(payload, bytes) else payload.encode() for payload in payloads]
    [snapshot] = [text for text in texts if text.startswith(b'{"lastUpdateId"')]
    start = msgspec.json.decode(snapshot, type=wire.Depth, strict=False)
    decoder = msgspec.json.Decoder(Frame, strict=False)
    events = [decoder.decode(text).data for text in texts if b"depthUpdate" in text]
    return start, [event for event in events if event.last > start.last_update_id]


def run() -> list[dict[str, object]]:
    """Median of several rounds, each measuring both, one after the other."""
    start, events = recorded()
    levels = sum(len(event.bids) + len(event.asks) for event in events)
    with_top = [_rates(start, events, levels, depth=DEPTH) for _ in range(ROUNDS)]
    without = [_rates(start, events, levels, depth=0) for _ in range(ROUNDS)]
    return [
        _row("book: levels/s, top 10 read at every event", with_top, 1.5),
        _row("book: levels/s, changes only", without, None),
    ]


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
    return levels / (time.perf_counter() - began)


def _row(name: str, rates: list[tuple[float, float]], goal: float | None) -> dict[str, object]:
    ours, theirs = (statistics.median(column) for column in zip(*rates, strict=True))
    return {
        "name": name,
        "value": ours / 1e6,
        "unit": "M/s",
        "peer": "sortedcontainers",
        "peer_value": theirs / 1e6,
        "ratio": statistics.median(a / b for a, b in rates),
        "goal": goal,
        "lower_is_better": False,
    }


if __name__ == "__main__":
    for row in run():
        print(row)
