"""The six sources that stream, one beside the other: a vendor, a provider on it, and how a trade is sent.

tape = TAPES["kraken"]
async with tape.vendor() as server:
    provider = tape.provider(server, clock, naps)
    await tape.send(server, 3, 100.5)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from financehub_tui.clock import NANOS, Clock, to_datetime, to_nanos
from financehub_tui.market.instrument import Instrument
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.kit.stream import StreamOptions
from financehub_tui.providers.yahoo.stream import YahooFeed
from vendors.alpaca import AlpacaVendor
from vendors.binance import BinanceVendor
from vendors.coinbase import CoinbaseVendor, match
from vendors.finnhub import FinnhubVendor
from vendors.kraken import KrakenVendor, trade_row
from vendors.naps import Naps
from vendors.places import PLACES
from vendors.reach import provider_at
from vendors.server import VendorServer
from vendors.yahoo import YahooVendor
from vendors.yahoo_stream import YahooStreamer, tick

SILENCE = 60.0
OPTIONS = StreamOptions(tick=0.01, max_topics=50, messages_per_second=1_000, silence=SILENCE, heartbeat=None, ping=None)
POLLING = PollingOptions(after=15.0, every=10.0, tick=0.01)
FIRST = 20
"""Trades up to this number have happened before anybody listens."""
HTTP = HttpOptions(attempts=1, circuit_failures=50)
NIGHT = to_nanos(datetime(2024, 8, 8, 23, 54, 0, tzinfo=UTC))
NOON = to_nanos(datetime(2026, 5, 18, 15, 50, 0, tzinfo=UTC))


class Tape(NamedTuple):
    """One source's stream. Trade number n is told of n seconds after `start`."""

    id: str
    start: int
    kind: str
    numbered: bool
    """Trades are numbered one by one: what is missing and what is told twice is known, and counted."""
    vendor: Callable[[], Any]
    topics: Callable[[Any], Collection[object]]
    """What a vendor has been asked to stream."""
    topic: object
    send: Callable[[Any, int, float], Awaitable[object]]
    renamed: tuple[str, str, str]
    """A piece of the frame, what stands in its place, and the field that is named then."""
    nulled: tuple[str, str, str]

    @property
    def price(self) -> float:
        """About what the vendor says over HTTP too."""
        return 61_800.0 if self.start == NIGHT else 100.0

    @property
    def instrument(self) -> Instrument:
        return PLACES[self.id].instrument

    def provider(self, server: Any, clock: Clock, naps: Naps) -> Any:
        at = partial(provider_at, self.id, server.url, clock, naps, HTTP, stream_url=server.ws_url)
        if self.id != "yahoo":
            return at(stream=OPTIONS, polling=POLLING)
        made = at()
        made.feed = lambda sink: YahooFeed(clock, server.ws_url, sink, options=OPTIONS, sleep=naps)
        return made

    def subscribed(self, server: Any) -> bool:
        return self.topic in self.topics(server)


def _topics(server: Any) -> Collection[object]:
    return server.topics()


def _subjects(server: Any) -> Collection[object]:
    return server.subjects()


def _of_open_sockets(server: Any) -> Collection[object]:
    places = (server.sockets.index(socket) for socket in server.open_sockets())
    return {topic for place in places for topic in server.subscribed.get(place, ())}


class _StreamingYahoo(VendorServer):
    """Yahoo with its streamer."""

    def __init__(self) -> None:
        super().__init__()
        YahooVendor(self).quote("AAPL", regularMarketPrice=100.0, regularMarketTime=NOON // NANOS - 60)
        self.streamer = YahooStreamer(self)
        self.topics = self.streamer.topics


def _kraken() -> KrakenVendor:
    server = KrakenVendor()
    server.trade_id, server.trades_held = FIRST, 0
    return server


def _coinbase() -> CoinbaseVendor:
    server = CoinbaseVendor()
    server.trade_id = FIRST
    server.serve("/products/BTC-USD/trades", [])
    return server


async def _to_binance(server: BinanceVendor, number: int, price: float) -> None:
    ms = (NIGHT + number * NANOS) // 1_000_000
    row = {"e": "trade", "E": ms, "s": "BTCUSDT", "t": number, "p": f"{price}", "q": "0.5", "T": ms, "m": False}
    await server.push("btcusdt@trade", {**row, "M": True})


async def _to_kraken(server: KrakenVendor, number: int, price: float) -> None:
    row = trade_row("BTC/USD", number, price=price)
    await server.push("trade", "BTC/USD", {"channel": "trade", "type": "update", "data": [row]})


async def _to_coinbase(server: CoinbaseVendor, number: int, price: float) -> None:
    await server.push("matches", "BTC-USD", match("BTC-USD", number, price=f"{price}"))


async def _to_alpaca(server: AlpacaVendor, number: int, price: float) -> None:
    at = to_datetime(NOON + number * NANOS).strftime("%Y-%m-%dT%H:%M:%SZ")
    row = {"T": "t", "S": "AAPL", "i": number, "x": "V", "p": price, "s": 1, "c": ["@"], "z": "C"}
    await server.push({**row, "t": at})


async def _to_finnhub(server: FinnhubVendor, number: int, price: float) -> None:
    await server.push("AAPL", {"p": price, "t": (NOON + number * NANOS) // 1_000_000, "v": 1, "c": ["1"]})


async def _to_yahoo(server: _StreamingYahoo, number: int, price: float) -> None:
    await server.streamer.push("AAPL", tick("AAPL", price, (NOON + number * NANOS) // 1_000_000))


SOURCES = {
    "binance": (NIGHT, "trade", True, BinanceVendor),
    "yahoo": (NOON, "quote", False, _StreamingYahoo),
    "kraken": (NIGHT, "trade", True, _kraken),
    "coinbase": (NIGHT, "trade", True, _coinbase),
    "alpaca": (NOON, "trade", False, AlpacaVendor),
    "finnhub": (NOON, "quote", False, partial(FinnhubVendor, now=NOON // NANOS - 60)),
}
"""When, what is told, whether trades are numbered, and the vendor."""
SAID = {
    "binance": (_topics, "btcusdt@trade", _to_binance),
    "yahoo": (_topics, "AAPL", _to_yahoo),
    "kraken": (_subjects, ("trade", "BTC/USD"), _to_kraken),
    "coinbase": (_subjects, ("matches", "BTC-USD"), _to_coinbase),
    "alpaca": (_of_open_sockets, ("trades", "AAPL"), _to_alpaca),
    "finnhub": (_of_open_sockets, "AAPL", _to_finnhub),
}
"""Where a vendor keeps what is subscribed to, the topic, and how a trade is told on it."""
WRONG = {
    "binance": (('"p":', '"price":', "p"), ('"q":"0.5"', '"q":null', "q")),
    "yahoo": (('"message"', '"said"', "message"), ('"message": "', '"message": null, "x": "', "message")),
    "kraken": (('"price"', '"worth"', "price"), ('"qty": 3.63e-05', '"qty": null', "qty")),
    "coinbase": (('"price"', '"worth"', "price"), ('"size": "0.00609388"', '"size": null', "size")),
    "alpaca": (('"p"', '"price"', "p"), ('"s": 1', '"s": null', "s")),
    "finnhub": (('"p"', '"price"', "p"), ('"v": 1', '"v": null', "v")),
}
"""A field renamed, a value that is null."""
TAPES = {id: Tape(id, *row, *SAID[id], *WRONG[id]) for id, row in SOURCES.items()}
