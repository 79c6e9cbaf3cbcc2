"""The feed path: a trade's frame beside ccxt, and socket to sink beside a bare websockets + msgspec loop."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from websockets.asyncio.client import connect

from bench import peers
from bench.figures import Figure, beside, paired
from financehub_tui.clock import SystemClock
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.providers.binance import BinanceProvider, wire
from financehub_tui.providers.binance.decoder import BinanceDecoder

ROUNDS = 3
FRAMES = 60_000
PACED_RATE = 10_000
PACED = 8_000
BARE = "bare websockets + msgspec"
BTC = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSDT", venue="BINANCE", currency="USDT", kind=Kind.SPOT)

AGG_TRADE = b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1723161255343,"s":"BTCUSDT","a":3735683259,'
AGG_TRADE += b'"p":"61837.63000000","q":"0.02000000","f":1,"l":2,"T":1723161255342,"m":true,"M":true}}'


class TopFrame(msgspec.Struct):
    data: wire.BookTickerEvent


class TradeFrame(msgspec.Struct):
    data: wire.TradeEvent


class Sink:
    """Counts up to a target; keeps the latencies of stamped trades."""

    def __init__(self, target: int = 0) -> None:
        self.count = 0
        self.latencies: list[int] = []
        self.began = 0.0
        self.done = asyncio.Event()
        self._target = target

    def top(self, *_: Any) -> None:
        self._counted()

    def trade(self, trade: Trade) -> None:
        self.latencies.append(time.monotonic_ns() - trade.time // 1_000)
        self._counted()

    def _counted(self) -> None:
        self.count += 1
        if self.count == 1:
            self.began = time.perf_counter()
        if self.count == self._target:
            self.done.set()

    def ticker(self, quote: Quote) -> None:
        self.count += 1

    def book(self, key: str, moment: int, book: L2Book) -> None:
        self.count += 1

    def book_lost(self, key: str, why: Missing) -> None:
        self.count += 1


def run() -> list[Figure]:
    """Medians of a few rounds; both sides of each comparison run in the same round, ccxt after ours."""
    return [_beside_ccxt(), _throughput(), _latency()]


def _beside_ccxt() -> Figure:
    """From the frame of a trade to the trade, with all checks."""
    rates = []
    for _ in range(5):
        sink = Sink()
        decoder = BinanceDecoder(sink)
        decoder.add("BTCUSDT", BTC)
        frames = [AGG_TRADE.replace(b"3735683259", b"%d" % number) for number in range(1, 5_001)]
        began = time.perf_counter()
        for frame in frames:
            decoder.handle(frame, 1)
        rates.append(len(frames) / (time.perf_counter() - began) / 1e3)
        assert sink.count == len(frames)
    found, note = peers.ask("ccxt_trades", "5", AGG_TRADE.decode())
    theirs = found["frames"] / 1e3 if found else None
    return beside("aggTrade, frame to trade", statistics.median(rates), "k/s", "ccxt", theirs, row=5, goal=5, note=note)


def _throughput() -> Figure:
    pairs = [(_served(0, FRAMES, _ours)[0], _served(0, FRAMES, _bare)[0]) for _ in range(ROUNDS)]
    return paired("socket to sink", "k/s", BARE, pairs, row=5, goal=0.5)


def _latency() -> Figure:
    pairs = []
    for _ in range(ROUNDS):
        mine, theirs = (_p99(_served(PACED_RATE, PACED, side)[1]) for side in (_ours, _bare))
        pairs.append((mine, theirs))
    return paired("socket to sink at 10,000/s, p99", "us", BARE, pairs, row=5, goal=2.5, lower=True)


def _p99(latencies: list[int]) -> float:
    """Microseconds."""
    kept = sorted(latencies[len(latencies) // 5 :])
    return kept[int(0.99 * len(kept))] / 1e3


Side = Callable[[int, int], Awaitable[tuple[float, list[int]]]]


def _served(rate: int, count: int, side: Side) -> tuple[float, list[int]]:
    """(thousands of frames a second, latencies in ns) of one side against a fresh sender in a process of its own."""
    with _sender(rate, count) as port:
        return asyncio.run(_awaited(side(port, count)))


async def _awaited(result: Awaitable[tuple[float, list[int]]]) -> tuple[float, list[int]]:
    return await result


@contextmanager
def _sender(rate: int, count: int) -> Iterator[int]:
    command = [sys.executable, "-m", "bench.feed_server", str(rate), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


async def _bare(port: int, count: int) -> tuple[float, list[int]]:
    """What anyone would write: receive, pick the type by a look at the bytes, decode."""
    trades = msgspec.json.Decoder(TradeFrame, strict=False)
    tops = msgspec.json.Decoder(TopFrame, strict=False)
    latencies: list[int] = []
    async with connect(f"ws://127.0.0.1:{port}/stream", compression=None, ping_interval=None) as socket:
        await socket.send("{}")
        began = 0.0
        for number in range(count):
            frame = await socket.recv(decode=False)
            if not number:
                began = time.perf_counter()
            if b"@trade" in frame[:40]:
                latencies.append(time.monotonic_ns() - trades.decode(frame).data.time * 1_000)
            else:
                tops.decode(frame)
        return count / (time.perf_counter() - began) / 1e3, latencies


async def _ours(port: int, count: int) -> tuple[float, list[int]]:
    """The product's own feed: stream client, decoder, sink."""
    sink = Sink(count)
    address = f"ws://127.0.0.1:{port}"
    provider = BinanceProvider(SystemClock(), rest_url="http://127.0.0.1:9", stream_url=address)
    feed = provider.feed(sink)
    feed.want({"trade": [BTC]})
    task = asyncio.create_task(feed.run())
    await sink.done.wait()
    elapsed = time.perf_counter() - sink.began
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await provider.close()
    return count / elapsed / 1e3, sink.latencies


if __name__ == "__main__":
    for row in run():
        print(row.line())
