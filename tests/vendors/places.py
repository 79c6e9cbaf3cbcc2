"""The ten hosts of the nine sources, one beside the other: a vendor, a provider on it, and a question to both.

place = PLACES["kraken"]
async with place.vendor() as server:
    provider = place.provider(server.url, clock, naps, HttpOptions())
    book = await place.ask(provider)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from financehub_tui.clock import NANOS, Clock, to_nanos
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.providers.kit.http import HttpOptions
from vendors import alpaca, coingecko, coinmarketcap, finnhub
from vendors.binance import BinanceVendor
from vendors.coinbase import CoinbaseVendor
from vendors.ecb import DAILY, EcbVendor, FrankfurterVendor
from vendors.instruments import coin, share, spot
from vendors.kraken import KrakenVendor
from vendors.naps import Naps
from vendors.reach import REACH, provider_at
from vendors.server import VendorServer
from vendors.yahoo import CHART, YahooVendor, wire_chart

DAY = 86_400 * NANOS
SUMMER = 1_723_161_255 * NANOS
"""2024-08-08 23:54:15 UTC, a Thursday."""
APRIL = to_nanos(datetime(2026, 4, 13, 18, tzinfo=UTC))
MAY = to_nanos(datetime(2026, 5, 18, 15, 50, 20, tzinfo=UTC))
"""Both Mondays."""
RATES = {
    "2026-04-09": {"USD": "1.1600", "JPY": "186.00"},
    "2026-04-10": {"USD": "1.1650", "JPY": "186.40"},
    "2026-04-13": {"USD": "1.1684", "JPY": "186.75"},
}
APPLE = share("AAPL", name="AAPL")
EURO = Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD", base="EUR", currency="USD", kind=Kind.SPOT)


class Wrong(NamedTuple):
    """A piece of the right answer, what stands in its place, and the field that is named then."""

    old: bytes
    new: bytes
    field: str = ""

    def __call__(self, data: bytes) -> bytes:
        assert self.old in data, data[:300]
        return data.replace(self.old, self.new)


class Place(NamedTuple):
    """One source. `ask` puts the same question to a provider and to a desk; `path` answers it."""

    id: str
    now: int
    instrument: Instrument
    path: str
    endpoint: str
    vendor: Callable[[], VendorServer]
    ask: Callable[[Any], Awaitable[Any]]
    long: Callable[[Any], Awaitable[Any]] | None
    """A question that takes more than one call of the path; None where the source gives all at once."""
    renamed: Wrong
    nulled: Wrong
    dear: tuple[str, Wrong]
    """The path of quotes, and the price that becomes a hundred times as large."""

    @property
    def keyed(self) -> bool:
        return bool(REACH[self.id].keys)

    def provider(self, url: str, clock: Clock, naps: Naps, http: HttpOptions) -> Any:
        return provider_at(self.id, url, clock, naps, http)


def _set(vendor: type[Any], **switches: object) -> Callable[[], Any]:
    """A vendor with its switches set."""

    def make() -> Any:
        server = vendor()
        vars(server).update(switches)
        return server

    return make


def _ecb() -> VendorServer:
    server = VendorServer()
    EcbVendor(server, RATES)
    return server


def _frankfurter() -> VendorServer:
    server = VendorServer()
    FrankfurterVendor(server, RATES).ranges()
    return server


def _yahoo() -> VendorServer:
    server = VendorServer()
    yahoo = YahooVendor(server)
    opened = MAY // NANOS - 8_420
    times: list[int | None] = [opened - 4 * 86_400 + day * 86_400 for day in (0, 1, 4)]
    yahoo.chart("AAPL", wire_chart(times, [131.5, 132.5, 133.5], symbol="AAPL"))
    yahoo.quote("AAPL", regularMarketPrice=133.42, regularMarketTime=MAY // NANOS - 60)
    return server


SOURCES = (
    ("binance", SUMMER, coin("BTC", "USDT", "BINANCE"), BinanceVendor),
    ("yahoo", MAY, APPLE, _yahoo),
    ("ecb", APRIL, EURO, _ecb),
    ("frankfurter", APRIL, EURO, _frankfurter),
    ("kraken", SUMMER, spot("BTC/USD", "KRAKEN"), KrakenVendor),
    ("coinbase", SUMMER, spot("BTC-USD", "COINBASE"), CoinbaseVendor),
    ("coingecko", coingecko.NOW_MS * 1_000_000, coin("BTC"), coingecko.CoinGeckoVendor),
    ("coinmarketcap", to_nanos(coinmarketcap.NOW), coin("BTC"), coinmarketcap.CoinMarketCapVendor),
    ("alpaca", to_nanos(alpaca.NOW), APPLE, _set(alpaca.AlpacaVendor, page=3, sip=True)),
    ("finnhub", finnhub.NOW_S * NANOS, APPLE, _set(finnhub.FinnhubVendor, paid=True)),
)
"""Who, when, about what, and the vendor."""
ASKED = {
    "binance": ("/api/v3/klines", "klines"),
    "yahoo": (f"{CHART}AAPL", "v8/finance/chart"),
    "ecb": (DAILY, DAILY),
    "frankfurter": ("/v1/2026-04-07..2026-04-13", "v1/range"),
    "kraken": ("/0/public/Depth", "Depth"),
    "coinbase": ("/products/BTC-USD/candles", "candles"),
    "coingecko": ("/coins/bitcoin/market_chart", "coins/{id}/market_chart"),
    "coinmarketcap": (f"/{coinmarketcap.HISTORY}", coinmarketcap.HISTORY),
    "alpaca": ("/v2/stocks/bars", "v2/stocks/bars"),
    "finnhub": ("/stock/candle", "stock/candle"),
}
"""The path of the question, and its endpoint in errors."""
PAGED = {
    "binance": (Interval.M1, 1),
    "yahoo": (Interval.M1, 10),
    "coinbase": (Interval.M1, 1),
    "coinmarketcap": (Interval.H1, 300),
    "alpaca": (Interval.D1, 12),
    "finnhub": (Interval.M30, 45),
}
"""Bars of how many days take more than one call."""
WRONG = {
    "binance": (Wrong(b"[[", b'[["open", ', "[0][0]"), Wrong(b'"12.50000000"', b"null", "[0][5]")),
    "yahoo": (Wrong(b'"meta"', b'"about"', "meta"), Wrong(b'"meta": {', b'"meta": null, "x": {', "meta")),
    "ecb": (Wrong(b" rate=", b" value=", "rate"), Wrong(b"'1.1684'", b"'null'", "USD")),
    "frankfurter": (Wrong(b'"rates"', b'"prices"', "rates"), Wrong(b"1.1684", b"null", "rates")),
    "kraken": (Wrong(b'"asks"', b'"offers"', "asks"), Wrong(b'"0.50000000"', b"null", "bids")),
    "coinbase": (Wrong(b"[[", b'[["low", ', "[0][0]"), Wrong(b"101.25", b"null", "[0][4]")),
    "coingecko": (
        Wrong(b'"prices"', b'"values"', "prices"),
        Wrong(b'"prices": [', b'"prices": null, "x": [', "prices"),
    ),
    "coinmarketcap": (
        Wrong(b'"open"', b'"first"', "open"),
        Wrong(b'"quotes": [', b'"quotes": null, "x": [', "quotes"),
    ),
    "alpaca": (Wrong(b'"bars"', b'"candles"', "bars"), Wrong(b'"o": 10', b'"o": null', "bars[...][0].o")),
    "finnhub": (Wrong(b'"s"', b'"state"', "s"), Wrong(b'"t": [', b'"t": null, "x": [', "t")),
}
"""A field renamed, a value that is null."""
DEAR = {
    "binance": ("/api/v3/ticker/24hr", Wrong(b'"61837.63000000"', b'"6183763.00000000"')),
    "yahoo": ("/v7/finance/quote", Wrong(b"133.42", b"13342")),
    "ecb": (DAILY, Wrong(b"1.1684", b"116.84")),
    "frankfurter": ("/v1/2026-03-30..", Wrong(b"1.1684", b"116.84")),
    "kraken": ("/0/public/Ticker", Wrong(b'"61837.70000"', b'"6183770.00000"')),
    "coinbase": ("/products/BTC-USD/ticker", Wrong(b'"61837.70000000"', b'"6183770.00000000"')),
    "coingecko": ("/coins/markets", Wrong(b"77671", b"7767100")),
    "coinmarketcap": (f"/{coinmarketcap.QUOTES}", Wrong(b"77671.123456789", b"7767112.3456789")),
    "alpaca": ("/v2/stocks/snapshots", Wrong(b'"p": 133.42', b'"p": 13342')),
    "finnhub": ("/quote", Wrong(b"308.82", b"30882")),
}


def bars(instrument: Instrument, now: int, interval: Interval, days: int, asked: Any) -> Awaitable[Any]:
    """A question for bars up to now."""
    request = BarRequest(interval=interval, start=now - days * DAY, end=now)
    answer: Awaitable[Any] = asked.bars(instrument, request)
    return answer


def book(instrument: Instrument, asked: Any) -> Awaitable[Any]:
    """A question for the best levels."""
    answer: Awaitable[Any] = asked.book(instrument, 10)
    return answer


def _place(id: str, now: int, instrument: Instrument, vendor: Callable[[], VendorServer]) -> Place:
    daily = partial(bars, instrument, now, Interval.D1, 6)
    ask = partial(book, instrument) if id == "kraken" else daily
    long = partial(bars, instrument, now, *PAGED[id]) if id in PAGED else None
    return Place(id, now, instrument, *ASKED[id], vendor, ask, long, *WRONG[id], DEAR[id])


PLACES = {row[0]: _place(*row) for row in SOURCES}
