"""What every message of every stream costs, beside `json.loads` of the same frame.

Reading it into its wire type with all checks of types and ranges, and the whole way to the sink: numbering, books,
checksums, market types. The goal is that of decoding, four times json.

`json.loads` alone only parses: numbers that Binance and Coinbase send as texts stay texts. Where a frame is little else
than such numbers four times is out of reach whatever the types are, and its row says how fast msgspec reads it into
untyped values, texts left as they are. "floats on both sides" is the same work on both: json's texts are made floats.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from bench.figures import Figure, beside
from bench.stream_frames import Stream, streams
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.providers.kit.decode import decoder

FRAMES = 3_000
ROUNDS = 5
GOAL = 4.0
Reader = Callable[[bytes], object]

TEXTS = {
    "binance trade": ("data", "pq"),
    "binance aggTrade": ("data", "pq"),
    "binance bookTicker": ("data", "bBaA"),
    "binance ticker": ("data", "ohlcvqxQbBaA"),
    "coinbase ticker": (
        "",
        "price open_24h volume_24h low_24h high_24h best_bid best_ask best_bid_size best_ask_size last_size".split(),
    ),
    "coinbase match": ("", ("price", "size")),
}
"""Where numbers of a kind stand that come as texts and are needed as floats, and their names."""
LEVELS = {
    "binance depth, 20 a side": ("data", ("bids", "asks")),
    "binance depth, 8 changes a side": ("data", ("b", "a")),
    "coinbase l2update, 8 changes": ("", ("changes",)),
}
"""As `TEXTS`, for lists of levels that end in price and size."""
MIX = ("binance aggTrade", "binance bookTicker", "binance depth, 8 changes a side")


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
    found = streams()
    return [row for stream in found for row in _measured(stream)] + [_mixed(found)]


def _measured(stream: Stream) -> list[Figure]:
    frames = list(stream.frames(FRAMES))
    if stream.shape is None:
        plain, sunk = _best(lambda: _read(frames, json.loads), lambda: _sunk(frames, stream))
        return [_row(f"{stream.name}: frame to sink", sunk, plain)]
    plain, sunk, typed, untyped, floats = _best(
        lambda: _read(frames, json.loads),
        lambda: _sunk(frames, stream),
        lambda: _read(frames, decoder(stream.shape).decode),
        lambda: _read(frames, msgspec.json.decode),
        lambda: _read(frames, _with_floats(stream.name)),
    )
    limit = plain / untyped
    note = f"msgspec without types: {limit:.1f}x" if limit < GOAL else ""
    rows = [
        _row(f"{stream.name}: frame to sink", sunk, plain),
        _row(f"{stream.name}: wire type", typed, plain, goal=GOAL, note=note),
    ]
    if stream.name in TEXTS or stream.name in LEVELS:
        rows.append(_row(f"{stream.name}: floats on both sides", typed, floats, peer="json, float()"))
    return rows


def _mixed(found: Sequence[Stream]) -> Figure:
    """The three kinds a busy socket carries, in turn, each with its own decoder as a feed has it."""
    kinds = [next(stream for stream in found if stream.name == name) for name in MIX]
    frames = [list(stream.frames(FRAMES // len(kinds))) for stream in kinds]
    typed, floats = _best(
        lambda: sum(_read(own, decoder(stream.shape).decode) for own, stream in zip(frames, kinds, strict=True)),
        lambda: sum(_read(own, _with_floats(stream.name)) for own, stream in zip(frames, kinds, strict=True)),
    )
    return _row("aggTrade, bookTicker, depth, mixed: floats", typed, floats, peer="json, float()", goal=GOAL)


def _best(*measures: Callable[[], float]) -> tuple[float, ...]:
    """The least of each over the rounds."""
    rounds = [[measure() for measure in measures] for _ in range(ROUNDS)]
    return tuple(min(column) for column in zip(*rounds, strict=True))


def _with_floats(name: str) -> Reader:
    """`json.loads`, with the numbers of a kind as floats, by the shortest code there is for it."""
    loads = json.loads
    place, names = (TEXTS | LEVELS).get(name, ("", ()))

    def fields(frame: bytes) -> list[float]:
        message = loads(frame)
        body = message[place] if place else message
        return [float(body[field]) for field in names]

    def levels(frame: bytes) -> list[list[tuple[float, float]]]:
        message = loads(frame)
        body = message[place] if place else message
        return [[(float(level[-2]), float(level[-1])) for level in body[field]] for field in names]

    return levels if name in LEVELS else fields


def _read(frames: Sequence[bytes], read: Reader) -> float:
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


def _row(
    name: str, seconds: float, plain: float, *, peer: str = "json", goal: float | None = None, note: str = ""
) -> Figure:
    rates = [FRAMES / taken / 1_000 for taken in (seconds, plain)]
    return beside(name, rates[0], "k/s", peer, rates[1], row=6, goal=goal, note=note)


if __name__ == "__main__":
    for row in run():
        print(row.line())
