"""Many live symbols: what 5,000 of them cost, and the way from the socket into the real quote book.

The first feeds synthetic frames of Binance, 10,000 a second over 5,000 symbols, through the real decoder into the quote
book, from which a screen takes what changed eight times a second. The second is the feed bench with the book behind it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from bench import bench_feed
from bench.figures import Figure, beside, paired
from bench.stream_frames import MS, pair
from financehub_tui.clock import SystemClock
from financehub_tui.engine.quotebook import BookSink, QuoteBook
from financehub_tui.engine.source import Source
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.providers.base import Sink
from financehub_tui.providers.binance import BinanceProvider
from financehub_tui.providers.binance.decoder import BinanceDecoder

SYMBOLS = 5_000
RATE = 10_000
SECONDS = 3.0
DRAINS = 8
SHOWN = 60
"""Rows of the list that are on screen: those are read at each drain."""
TICK = 0.005
WARM = 10 * SYMBOLS
"""Frames before the measurement: every symbol's streams have been seen."""
ROUNDS = 3
PACED = 5_000
FRAMES = 30_000
NAMES = tuple(f"C{number:04d}USDT" for number in range(SYMBOLS))
SOURCE = Source("binance", stream=True)
Take = Callable[[bytes], object]


def run() -> list[Figure]:
    """Processor time of one core, rates and latencies."""
    return [_processor(_frames(WARM + int(RATE * SECONDS))), _throughput(), _latency()]


def _frames(count: int) -> list[bytes]:
    """Four best prices for each trade, the symbols in turn."""
    return [_frame(NAMES[(number * 7) % SYMBOLS], number) for number in range(1, count + 1)]


def _frame(name: str, number: int) -> bytes:
    low = name.lower()
    if (number + number // SYMBOLS) % 5:
        data = f'"u":{number},"s":"{name}","b":"618.3763","B":"3.78826000","a":"618.3764","A":"1.54698000"'
        return f'{{"stream":"{low}@bookTicker","data":{{{data}}}}}'.encode()
    data = f'"e":"trade","E":{MS},"s":"{name}","t":{number},"p":"618.3763","q":"0.02","T":{MS + number}'
    return f'{{"stream":"{low}@trade","data":{{{data},"m":true,"M":true}}}}'.encode()


def _processor(frames: Sequence[bytes]) -> Figure:
    take, drain = _product()
    mine = asyncio.run(_paced(frames, take, drain))
    theirs = asyncio.run(_paced(frames, *_bare()))
    name = f"{SYMBOLS:,} live symbols, {RATE // 1_000}k messages/s, drained {DRAINS} times a second"
    return beside(name, 100 * mine, "% of a core", "bare msgspec into a dict", 100 * theirs, lower=True)


async def _paced(frames: Sequence[bytes], take: Take, drain: Callable[[], object]) -> float:
    """Share of a core that handling so many frames a second takes, without that of waiting."""
    for frame in frames[:WARM]:
        take(frame)
    drain()
    frames = frames[WARM:]
    began, used, done, drained = time.perf_counter(), 0.0, 0, 0
    while done < len(frames):
        await asyncio.sleep(TICK)
        elapsed = time.perf_counter() - began
        due = min(len(frames), int(elapsed * RATE))
        started = time.process_time()
        for frame in frames[done:due]:
            take(frame)
        done = due
        if elapsed * DRAINS > drained + 1:
            drained += 1
            drain()
        used += time.process_time() - started
    return used / (time.perf_counter() - began)


def _product() -> tuple[Take, Callable[[], object]]:
    book = QuoteBook(SystemClock())
    decoder = BinanceDecoder(book.sink(SOURCE))
    listed = [pair(name, "BINANCE", "USDT", name[:5]) for name in NAMES]
    for instrument in listed:
        book.register(instrument)
        decoder.add(instrument.symbol, instrument)
    shown = [instrument.key for instrument in listed[:SHOWN]]
    clock = SystemClock()

    def drain() -> None:
        changed = book.drain("bench")
        for key in shown:
            if key in changed:
                assert isinstance(book.quote(key), Quote)

    return lambda frame: decoder.handle(frame, clock.now()), drain


def _bare() -> tuple[Take, Callable[[], object]]:
    """What anyone would write: pick the type by a look at the bytes, decode, keep the newest."""
    trades = msgspec.json.Decoder(bench_feed.TradeFrame, strict=False)
    tops = msgspec.json.Decoder(bench_feed.TopFrame, strict=False)
    newest: dict[tuple[str, str], Any] = {}

    def take(frame: bytes) -> None:
        kind = "trade" if b"@trade" in frame[:40] else "top"
        data: Any = (trades if kind == "trade" else tops).decode(frame).data
        newest[data.symbol, kind] = data

    return take, lambda: None


class Counted:
    """The quote book's sink; notes when it has taken each value."""

    def __init__(self, book: BookSink, target: int) -> None:
        self.latencies: list[int] = []
        self.began = 0.0
        self.count = 0
        self.done = asyncio.Event()
        self._book = book
        self._target = target

    def top(self, *event: Any) -> None:
        self._book.top(*event)
        self._counted()

    def trade(self, trade: Trade) -> None:
        self._book.trade(trade)
        self.latencies.append(time.monotonic_ns() - trade.time // 1_000)
        self._counted()

    def ticker(self, quote: Quote) -> None:
        self._book.ticker(quote)

    def book(self, key: str, moment: int, book: L2Book) -> None:
        self._book.book(key, moment, book)

    def book_lost(self, key: str, why: Missing) -> None:
        self._book.book_lost(key, why)

    def _counted(self) -> None:
        self.count += 1
        if self.count == 1:
            self.began = time.perf_counter()
        if self.count == self._target:
            self.done.set()


async def _ours(port: int, count: int) -> tuple[float, list[int]]:
    """The product's stream client, decoder and quote book."""
    book = QuoteBook(SystemClock())
    book.register(bench_feed.BTC)
    counted = Counted(book.sink(SOURCE), count)
    address = f"ws://127.0.0.1:{port}"
    provider = BinanceProvider(SystemClock(), rest_url="http://127.0.0.1:9", stream_url=address)
    sink: Sink = counted
    feed = provider.feed(sink)
    feed.want({"trade": [bench_feed.BTC]})
    task = asyncio.create_task(feed.run())
    await counted.done.wait()
    elapsed = time.perf_counter() - counted.began
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await provider.close()
    assert isinstance(book.quote(bench_feed.BTC.key), Quote)
    return count / elapsed / 1e3, counted.latencies


def _throughput() -> Figure:
    served = bench_feed._served
    pairs = [(served(0, FRAMES, _ours)[0], served(0, FRAMES, bench_feed._bare)[0]) for _ in range(ROUNDS)]
    return paired("socket to quote book", "k/s", bench_feed.BARE, pairs, row=5, goal=0.5)


def _latency() -> Figure:
    pairs = []
    for _ in range(ROUNDS):
        sides = [bench_feed._served(bench_feed.PACED_RATE, PACED, side) for side in (_ours, bench_feed._bare)]
        pairs.append((bench_feed._p99(sides[0][1]), bench_feed._p99(sides[1][1])))
    return paired("socket to quote book at 10,000/s, p99", "us", bench_feed.BARE, pairs, row=5, goal=2.5, lower=True)


if __name__ == "__main__":
    for row in run():
        print(row.line())
