"""What every message of every stream costs, beside `json.loads` of the same frame, which only parses.

Two figures a kind: reading it into its wire type with all checks of types and ranges, and the whole way to the sink:
numbering, books, checksums, market types. The goal is that of decoding, four times json; it is stricter here than where
both sides make floats of numbers that come as strings (Binance, Coinbase), since `json.loads` leaves those alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from bench.figures import Figure, beside
from bench.stream_frames import Stream, streams
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.providers.kit.decode import decoder

FRAMES = 3_000
ROUNDS = 5


class Counter:
    """A sink that counts."""

    def __init__(self) -> None:
        self.count = 0

    def top(self, *_: Any) -> None:
        self.count += 1

    def trade(self, trade: Trade) -> None:
        self.count += 1

    def ticker(self, quote: Quote) -> None:
        self.count += 1

    def book(self, key: str, moment: int, book: L2Book) -> None:
        self.count += 1

    def book_lost(self, key: str, why: Missing) -> None:
        raise AssertionError(f"{key}: {why}")


def run() -> list[Figure]:
    """The best of a few rounds, both sides in every round, in processor time: a busy machine would favour the short."""
    return [row for stream in streams() for row in _measured(stream)]


def _measured(stream: Stream) -> list[Figure]:
    frames = list(stream.frames(FRAMES))
    rounds = [(_parsed(frames), _typed(frames, stream.shape), _sunk(frames, stream)) for _ in range(ROUNDS)]
    plain, typed, sunk = (min(column) for column in zip(*rounds, strict=True))
    rows = [_row(f"{stream.name}: frame to sink", sunk, plain, None)]
    if stream.shape is not None:
        rows.append(_row(f"{stream.name}: wire type", typed, plain, 4.0))
    return rows


def _parsed(frames: Sequence[bytes]) -> float:
    loads = json.loads
    started = time.process_time()
    for frame in frames:
        loads(frame)
    return time.process_time() - started


def _typed(frames: Sequence[bytes], shape: Any) -> float:
    if shape is None:
        return 0.0
    read = decoder(shape).decode
    started = time.process_time()
    for frame in frames:
        read(frame)
    return time.process_time() - started


def _sunk(frames: Sequence[bytes], stream: Stream) -> float:
    sink = Counter()
    take = stream.take(sink)
    for frame in stream.first:
        take(frame, 1)
    before = sink.count
    started = time.process_time()
    for frame in frames:
        take(frame, 1)
    elapsed = time.process_time() - started
    assert sink.count - before >= len(frames), f"{stream.name}: {sink.count - before} of {len(frames)} reached the sink"
    return elapsed


def _row(name: str, seconds: float, plain: float, goal: float | None) -> Figure:
    rates = [FRAMES / taken / 1_000 for taken in (seconds, plain)]
    return beside(name, rates[0], "k/s", "json", rates[1], row=6, goal=goal)


if __name__ == "__main__":
    for row in run():
        print(row.line())
