"""The six sources that stream, one beside the other: a vendor, a provider on it, and how a trade is sent.

tape = TAPES["kraken"]
async with tape.vendor() as server:
    provider = tape.provider(server, clock, naps)
    await tape.send(server, 3, 100.5)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from financehub_tui.clock import NANOS, Clock, to_datetime, to_nanos
from financehub_tui.market.instrument import Instrument
from financehub_tui.providers.alpaca import AlpacaProvider
from financehub_tui.providers.binance import BinanceProvider
from financehub_tui.providers.coinbase import CoinbaseProvider
from financehub_tui.providers.finnhub import FinnhubProvider
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.kit.stream import StreamOptions
from financehub_tui.providers.kraken import KrakenProvider
from financehub_tui.providers.yahoo.provider import YahooProvider
from financehub_tui.providers.yahoo.stream import YahooFeed
from vendors import alpaca, finnhub
from vendors.binance import BinanceVendor
from vendors.coinbase import CoinbaseVendor, match
from vendors.keypool import key_pool
from vendors.kraken import KrakenVendor, trade_row
from vendors.naps import Naps
from vendors.places import coin, share
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
    instrument: Instrument
    kinds: tuple[str, ...]
    numbered: bool
    """Trades are numbered one by one: what is missing and what is told twice is known, and counted."""
    vendor: Callable[[], Any]
    provider: Callable[[Any, Clock, Naps], Any]
    subscribed: Callable[[Any], bool]
    send: Callable[[Any, int, float], Awaitable[object]]
    renamed: tuple[str, str, str]
    """A piece of the frame, what stands in its place, and the field that is named then."""
    nulled: tuple[str, str, str]


def _parts(naps: Naps) -> dict[str, Any]:
    return {"http": HTTP, "stream": OPTIONS, "polling": POLLING, "sleep": naps}


def _binance() -> Tape:
    async def send(server: BinanceVendor, number: int, price: float) -> None:
        ms = (NIGHT + number * NANOS) // 1_000_000
        row = {"e": "trade", "E": ms, "s": "BTCUSDT", "t": number, "p": f"{price}", "q": "0.5", "T": ms, "m": False}
        await server.push("btcusdt@trade", {**row, "M": True})

    return Tape(
        id="binance",
        start=NIGHT,
        instrument=coin("BTCUSDT", "BINANCE", currency="USDT"),
        kinds=("trade",),
        numbered=True,
        vendor=BinanceVendor,
        provider=lambda server, clock, naps: BinanceProvider(
            clock, rest_url=server.url, stream_url=server.ws_url, **_parts(naps)
        ),
        subscribed=lambda server: "btcusdt@trade" in server.topics(),
        send=send,
        renamed=('"p":', '"price":', "p"),
        nulled=('"q":"0.5"', '"q":null', "q"),
    )


def _kraken() -> Tape:
    async def send(server: KrakenVendor, number: int, price: float) -> None:
        row = trade_row("BTC/USD", number, price=price)
        await server.push("trade", "BTC/USD", {"channel": "trade", "type": "update", "data": [row]})

    def vendor() -> KrakenVendor:
        server = KrakenVendor()
        server.trade_id, server.trades_held = FIRST, 0
        return server

    return Tape(
        id="kraken",
        start=NIGHT,
        instrument=coin("BTC/USD", "KRAKEN"),
        kinds=("trade",),
        numbered=True,
        vendor=vendor,
        provider=lambda server, clock, naps: KrakenProvider(
            clock, rest_url=server.url, stream_url=server.ws_url, **_parts(naps)
        ),
        subscribed=lambda server: ("trade", "BTC/USD") in server.subjects(),
        send=send,
        renamed=('"price"', '"worth"', "price"),
        nulled=('"qty": 3.63e-05', '"qty": null', "qty"),
    )


def _coinbase() -> Tape:
    async def send(server: CoinbaseVendor, number: int, price: float) -> None:
        await server.push("matches", "BTC-USD", match("BTC-USD", number, price=f"{price}"))

    def vendor() -> CoinbaseVendor:
        server = CoinbaseVendor()
        server.trade_id = FIRST
        server.serve("/products/BTC-USD/trades", [])
        return server

    return Tape(
        id="coinbase",
        start=NIGHT,
        instrument=coin("BTC-USD", "COINBASE"),
        kinds=("trade",),
        numbered=True,
        vendor=vendor,
        provider=lambda server, clock, naps: CoinbaseProvider(
            clock, rest_url=server.url, stream_url=server.ws_url, **_parts(naps)
        ),
        subscribed=lambda server: ("matches", "BTC-USD") in server.subjects(),
        send=send,
        renamed=('"price"', '"worth"', "price"),
        nulled=('"size": "0.00609388"', '"size": null', "size"),
    )


def _alpaca() -> Tape:
    async def send(server: alpaca.AlpacaVendor, number: int, price: float) -> None:
        at = to_datetime(NOON + number * NANOS).strftime("%Y-%m-%dT%H:%M:%SZ")
        row = {"T": "t", "S": "AAPL", "i": number, "x": "V", "p": price, "s": 1, "c": ["@"], "z": "C"}
        await server.push({**row, "t": at})

    return Tape(
        id="alpaca",
        start=NOON,
        instrument=share("AAPL"),
        kinds=("trade",),
        numbered=False,
        vendor=alpaca.AlpacaVendor,
        provider=lambda server, clock, naps: AlpacaProvider(
            clock,
            keys=key_pool("alpaca", clock, main=alpaca.KEY),
            rest_url=server.url,
            stream_url=server.ws_url,
            trading_url=server.url,
            **_parts(naps),
        ),
        subscribed=lambda server: any(
            ("trades", "AAPL") in server.subscribed.get(server.sockets.index(one), ()) for one in server.open_sockets()
        ),
        send=send,
        renamed=('"p"', '"price"', "p"),
        nulled=('"s": 1', '"s": null', "s"),
    )


def _finnhub() -> Tape:
    async def send(server: finnhub.FinnhubVendor, number: int, price: float) -> None:
        await server.push("AAPL", {"p": price, "t": (NOON + number * NANOS) // 1_000_000, "v": 1, "c": ["1"]})

    return Tape(
        id="finnhub",
        start=NOON,
        instrument=share("AAPL"),
        kinds=("quote",),
        numbered=False,
        vendor=lambda: finnhub.FinnhubVendor(now=NOON // NANOS - 60),
        provider=lambda server, clock, naps: FinnhubProvider(
            clock,
            keys=key_pool("finnhub", clock, main=finnhub.KEY),
            rest_url=server.url,
            stream_url=server.ws_url,
            **_parts(naps),
        ),
        subscribed=lambda server: any(
            "AAPL" in server.subscribed.get(server.sockets.index(one), ()) for one in server.open_sockets()
        ),
        send=send,
        renamed=('"p"', '"price"', "p"),
        nulled=('"v": 1', '"v": null', "v"),
    )


def _yahoo() -> Tape:
    streamers: dict[int, YahooStreamer] = {}

    def vendor() -> VendorServer:
        server = VendorServer()
        YahooVendor(server).quote("AAPL", regularMarketPrice=100.0, regularMarketTime=NOON // NANOS - 60)
        streamers[id(server)] = YahooStreamer(server)
        return server

    def provider(server: VendorServer, clock: Clock, naps: Naps) -> YahooProvider:
        hosts = dict.fromkeys(("alt_rest_url", "cookie_url", "guce_url", "consent_url", "news_url"), server.url)
        made = YahooProvider(clock, rest_url=server.url, stream_url=server.ws_url, options=HTTP, **hosts)
        for client in made.clients:
            client._sleep = naps
        made.feed = lambda sink: YahooFeed(clock, server.ws_url, sink, options=OPTIONS, sleep=naps)
        return made

    async def send(server: VendorServer, number: int, price: float) -> None:
        await streamers[id(server)].push("AAPL", tick("AAPL", price, (NOON + number * NANOS) // 1_000_000))

    return Tape(
        id="yahoo",
        start=NOON,
        instrument=share("AAPL"),
        kinds=("quote",),
        numbered=False,
        vendor=vendor,
        provider=provider,
        subscribed=lambda server: "AAPL" in streamers[id(server)].topics(),
        send=send,
        renamed=('"message"', '"said"', "message"),
        nulled=('"message": "', '"message": null, "x": "', "message"),
    )


TAPES = {tape.id: tape for tape in (_binance(), _yahoo(), _kraken(), _coinbase(), _alpaca(), _finnhub())}
