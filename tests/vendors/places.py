"""The ten hosts of the nine sources, one beside the other: a vendor, a provider on it, and a question to both.

place = PLACES["kraken"]
async with place.vendor() as server:
    provider = place.provider(server.url, clock, naps, HttpOptions())
    book = await place.ask(provider)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from financehub_tui.clock import NANOS, Clock, to_nanos
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.providers.alpaca import AlpacaProvider
from financehub_tui.providers.binance import BinanceProvider
from financehub_tui.providers.coinbase import CoinbaseProvider
from financehub_tui.providers.coingecko import CoinGeckoProvider
from financehub_tui.providers.coinmarketcap import CoinMarketCapProvider
from financehub_tui.providers.ecb.provider import EcbProvider
from financehub_tui.providers.finnhub import FinnhubProvider
from financehub_tui.providers.frankfurter.provider import FrankfurterProvider
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.kraken import KrakenProvider
from financehub_tui.providers.yahoo.provider import YahooProvider
from vendors import alpaca, coingecko, coinmarketcap, finnhub
from vendors.binance import BinanceVendor
from vendors.coinbase import CoinbaseVendor
from vendors.ecb import DAILY, EcbVendor, FrankfurterVendor
from vendors.keypool import key_pool
from vendors.kraken import KrakenVendor
from vendors.naps import Naps
from vendors.server import VendorServer
from vendors.yahoo import CHART, YahooVendor, wire_chart

DAY = 86_400 * NANOS
SUMMER = 1_723_161_255 * NANOS
"""2024-08-08 23:54:15 UTC, a Thursday."""
MONDAY = to_nanos(datetime(2026, 4, 13, 18, tzinfo=UTC))
RATES = {
    "2026-04-09": {"USD": "1.1600", "JPY": "186.00"},
    "2026-04-10": {"USD": "1.1650", "JPY": "186.40"},
    "2026-04-13": {"USD": "1.1684", "JPY": "186.75"},
}


class Wrong(NamedTuple):
    """A piece of the right answer, what stands in its place, and the field that is named then."""

    old: bytes
    new: bytes
    field: str

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
    provider: Callable[[str, Clock, Naps, HttpOptions], Any]
    ask: Callable[[Any], Awaitable[Any]]
    renamed: Wrong
    nulled: Wrong
    dear: tuple[str, Wrong]
    """The path of quotes, and the price that becomes a hundred times as large."""
    long: Callable[[Any], Awaitable[Any]] | None = None
    """A question that takes more than one call of the path; None where the source gives all at once."""
    keyed: bool = False


def coin(symbol: str, venue: str, base: str = "BTC", currency: str = "USD") -> Instrument:
    return Instrument(
        asset_class=AssetClass.CRYPTO, symbol=symbol, venue=venue, currency=currency, kind=Kind.SPOT, base=base
    )


def share(symbol: str) -> Instrument:
    return Instrument(asset_class=AssetClass.EQUITY, symbol=symbol, venue="XNAS", exchange_code="US", name=symbol)


def bars(instrument: Instrument, now: int, interval: Interval = Interval.D1, days: int = 6) -> Callable[[Any], Any]:
    """A question for bars up to now."""
    request = BarRequest(interval=interval, start=now - days * DAY, end=now)
    return lambda asked: asked.bars(instrument, request)


def _with_options(provider: Any, naps: Naps) -> Any:
    """For providers that do not take `sleep`."""
    for client in provider.clients:
        client._sleep = naps
    return provider


def _binance() -> Place:
    bitcoin = coin("BTCUSDT", "BINANCE", currency="USDT")
    return Place(
        id="binance",
        now=SUMMER,
        instrument=bitcoin,
        path="/api/v3/klines",
        endpoint="klines",
        vendor=BinanceVendor,
        provider=lambda url, clock, naps, http: BinanceProvider(clock, rest_url=url, http=http, sleep=naps),
        ask=bars(bitcoin, SUMMER),
        renamed=Wrong(b"[[", b'[["open", ', "[0][0]"),
        nulled=Wrong(b'"12.50000000"', b"null", "[0][5]"),
        dear=("/api/v3/ticker/24hr", Wrong(b'"61837.63000000"', b'"6183763.00000000"', "")),
        long=bars(bitcoin, SUMMER, Interval.M1, days=1),
    )


def _kraken() -> Place:
    bitcoin = coin("BTC/USD", "KRAKEN")
    return Place(
        id="kraken",
        now=SUMMER,
        instrument=bitcoin,
        path="/0/public/Depth",
        endpoint="Depth",
        vendor=KrakenVendor,
        provider=lambda url, clock, naps, http: KrakenProvider(clock, rest_url=url, http=http, sleep=naps),
        ask=lambda asked: asked.book(bitcoin, 10),
        renamed=Wrong(b'"asks"', b'"offers"', "asks"),
        nulled=Wrong(b'"0.50000000"', b"null", "bids"),
        dear=("/0/public/Ticker", Wrong(b'"61837.70000"', b'"6183770.00000"', "")),
    )


def _coinbase() -> Place:
    bitcoin = coin("BTC-USD", "COINBASE")
    return Place(
        id="coinbase",
        now=SUMMER,
        instrument=bitcoin,
        path="/products/BTC-USD/candles",
        endpoint="candles",
        vendor=CoinbaseVendor,
        provider=lambda url, clock, naps, http: CoinbaseProvider(clock, rest_url=url, http=http, sleep=naps),
        ask=bars(bitcoin, SUMMER),
        renamed=Wrong(b"[[", b'[["low", ', "[0][0]"),
        nulled=Wrong(b"101.25", b"null", "[0][4]"),
        dear=("/products/BTC-USD/ticker", Wrong(b'"61837.70000000"', b'"6183770.00000000"', "")),
        long=bars(bitcoin, SUMMER, Interval.M1, days=1),
    )


def _yahoo() -> Place:
    apple = share("AAPL")
    monday = to_nanos(datetime(2026, 5, 18, 15, 50, 20, tzinfo=UTC))

    def vendor() -> VendorServer:
        server = VendorServer()
        yahoo = YahooVendor(server)
        opened = monday // NANOS - 8_420
        times: list[int | None] = [opened - 4 * 86_400 + day * 86_400 for day in (0, 1, 4)]
        yahoo.chart("AAPL", wire_chart(times, [131.5, 132.5, 133.5], symbol="AAPL"))
        yahoo.quote("AAPL", regularMarketPrice=133.42, regularMarketTime=monday // NANOS - 60)
        return server

    def provider(url: str, clock: Clock, naps: Naps, http: HttpOptions) -> YahooProvider:
        hosts = dict.fromkeys(("alt_rest_url", "cookie_url", "guce_url", "consent_url", "news_url"), url)
        return _with_options(YahooProvider(clock, rest_url=url, options=http, **hosts), naps)

    return Place(
        id="yahoo",
        now=monday,
        instrument=apple,
        path=f"{CHART}AAPL",
        endpoint="v8/finance/chart",
        vendor=vendor,
        provider=provider,
        ask=bars(apple, monday),
        renamed=Wrong(b'"meta"', b'"about"', "meta"),
        nulled=Wrong(b'"meta": {', b'"meta": null, "x": {', "meta"),
        dear=("/v7/finance/quote", Wrong(b"133.42", b"13342", "")),
        long=bars(apple, monday, Interval.M1, days=10),
    )


def _ecb() -> Place:
    euro = Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD", base="EUR", currency="USD", kind=Kind.SPOT)

    def vendor() -> VendorServer:
        server = VendorServer()
        EcbVendor(server, RATES)
        return server

    return Place(
        id="ecb",
        now=MONDAY,
        instrument=euro,
        path=DAILY,
        endpoint=DAILY,
        vendor=vendor,
        provider=lambda url, clock, naps, http: _with_options(
            EcbProvider(clock, rest_url=url, data_url=url, options=http), naps
        ),
        ask=bars(euro, MONDAY),
        renamed=Wrong(b" rate=", b" value=", "rate"),
        nulled=Wrong(b"'1.1684'", b"'null'", "USD"),
        dear=(DAILY, Wrong(b"1.1684", b"116.84", "")),
    )


def _frankfurter() -> Place:
    euro = Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD", base="EUR", currency="USD", kind=Kind.SPOT)

    def vendor() -> VendorServer:
        server = VendorServer()
        FrankfurterVendor(server, RATES).ranges()
        return server

    return Place(
        id="frankfurter",
        now=MONDAY,
        instrument=euro,
        path="/v1/2026-04-07..2026-04-13",
        endpoint="v1/range",
        vendor=vendor,
        provider=lambda url, clock, naps, http: _with_options(
            FrankfurterProvider(clock, rest_url=url, options=http), naps
        ),
        ask=bars(euro, MONDAY),
        renamed=Wrong(b'"rates"', b'"prices"', "rates"),
        nulled=Wrong(b"1.1684", b"null", "rates"),
        dear=("/v1/2026-03-30..", Wrong(b"1.1684", b"116.84", "")),
    )


def _coingecko() -> Place:
    bitcoin = coin("BTCUSD", "")
    now = coingecko.NOW_MS * 1_000_000
    return Place(
        id="coingecko",
        now=now,
        instrument=bitcoin,
        path="/coins/bitcoin/market_chart",
        endpoint="coins/{id}/market_chart",
        vendor=coingecko.CoinGeckoVendor,
        provider=lambda url, clock, naps, http: CoinGeckoProvider(
            clock,
            rest_url=url,
            pro_url=f"{url}/pro",
            keys=key_pool("coingecko", clock, demo=coingecko.DEMO_KEY),
            http=http,
            sleep=naps,
        ),
        ask=bars(bitcoin, now),
        renamed=Wrong(b'"prices"', b'"values"', "prices"),
        nulled=Wrong(b'"prices": [', b'"prices": null, "x": [', "prices"),
        dear=("/coins/markets", Wrong(b"77671", b"7767100", "")),
        keyed=True,
    )


def _coinmarketcap() -> Place:
    bitcoin = coin("BTCUSD", "")
    now = to_nanos(coinmarketcap.NOW)
    return Place(
        id="coinmarketcap",
        now=now,
        instrument=bitcoin,
        path=f"/{coinmarketcap.HISTORY}",
        endpoint=coinmarketcap.HISTORY,
        vendor=coinmarketcap.CoinMarketCapVendor,
        provider=lambda url, clock, naps, http: CoinMarketCapProvider(
            clock,
            rest_url=url,
            keys=key_pool("coinmarketcap", clock, main=coinmarketcap.KEY),
            http=http,
            sleep=naps,
        ),
        ask=bars(bitcoin, now),
        renamed=Wrong(b'"open"', b'"first"', "open"),
        nulled=Wrong(b'"quotes": [', b'"quotes": null, "x": [', "quotes"),
        dear=(f"/{coinmarketcap.QUOTES}", Wrong(b"77671.123456789", b"7767112.3456789", "")),
        long=bars(bitcoin, now, Interval.H1, days=300),
        keyed=True,
    )


def _alpaca() -> Place:
    apple = share("AAPL")
    now = to_nanos(alpaca.NOW)

    def vendor() -> VendorServer:
        server = alpaca.AlpacaVendor()
        server.page, server.sip = 3, True
        return server

    return Place(
        id="alpaca",
        now=now,
        instrument=apple,
        path="/v2/stocks/bars",
        endpoint="v2/stocks/bars",
        vendor=vendor,
        provider=lambda url, clock, naps, http: AlpacaProvider(
            clock,
            keys=key_pool("alpaca", clock, main=alpaca.KEY),
            rest_url=url,
            trading_url=url,
            http=http,
            sleep=naps,
        ),
        ask=bars(apple, now),
        renamed=Wrong(b'"bars"', b'"candles"', "bars"),
        nulled=Wrong(b'"o": 10', b'"o": null', "bars[...][0].o"),
        dear=("/v2/stocks/snapshots", Wrong(b'"p": 133.42', b'"p": 13342', "")),
        long=bars(apple, now, days=12),
        keyed=True,
    )


def _finnhub() -> Place:
    apple = share("AAPL")
    now = finnhub.NOW_S * NANOS

    def vendor() -> VendorServer:
        server = finnhub.FinnhubVendor()
        server.paid = True
        return server

    return Place(
        id="finnhub",
        now=now,
        instrument=apple,
        path="/stock/candle",
        endpoint="stock/candle",
        vendor=vendor,
        provider=lambda url, clock, naps, http: FinnhubProvider(
            clock, keys=key_pool("finnhub", clock, main=finnhub.KEY), rest_url=url, http=http, sleep=naps
        ),
        ask=bars(apple, now),
        renamed=Wrong(b'"s"', b'"state"', "s"),
        nulled=Wrong(b'"t": [', b'"t": null, "x": [', "t"),
        dear=("/quote", Wrong(b"308.82", b"30882", "")),
        long=bars(apple, now, Interval.M30, days=45),
        keyed=True,
    )


MAKERS = (
    _binance,
    _yahoo,
    _ecb,
    _frankfurter,
    _kraken,
    _coinbase,
    _coingecko,
    _coinmarketcap,
    _alpaca,
    _finnhub,
)
PLACES = {place.id: place for place in (make() for make in MAKERS)}
