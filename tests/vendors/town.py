"""The vendors of all nine sources at once, each on a socket of its own, with its own count of what it is asked.

async with Town(clock) as town:
    desk = await open_desk(town.settings(), clock=clock, start=False)
    await town.tell("kraken")
    assert town.over() == []
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from financehub_tui.clock import NANOS, Clock, to_datetime
from financehub_tui.config import KeySettings, ProviderSettings, Settings
from financehub_tui.providers.base import Limit
from financehub_tui.providers.binance.rest import SPEC as BINANCE
from financehub_tui.providers.coinbase.rest import SPEC as COINBASE
from financehub_tui.providers.coingecko.access import KEYLESS as COINGECKO_KEYLESS
from financehub_tui.providers.coinmarketcap.access import KEYLESS as COINMARKETCAP_KEYLESS
from financehub_tui.providers.ecb.provider import SPEC as ECB
from financehub_tui.providers.frankfurter.provider import SPEC as FRANKFURTER
from financehub_tui.providers.keys.catalogue import form_of
from financehub_tui.providers.kraken.rest import SPEC as KRAKEN
from financehub_tui.providers.yahoo.provider import SPEC as YAHOO
from vendors import alpaca, coingecko, coinmarketcap, finnhub
from vendors.binance import BinanceVendor
from vendors.coinbase import CoinbaseVendor, match
from vendors.ecb import EcbVendor, FrankfurterVendor
from vendors.kraken import KrakenVendor, trade_row
from vendors.meter import Meter, one
from vendors.server import VendorServer
from vendors.yahoo import YahooVendor, wire_chart, wire_modules
from vendors.yahoo_stream import YahooStreamer, tick

KEYS = {
    "FINANCEHUB_KEY_FINNHUB": finnhub.KEY,
    "FINANCEHUB_KEY_FINNHUB_SECOND": finnhub.OTHER_KEY,
    "FINANCEHUB_KEY_ALPACA": alpaca.KEY,
    "FINANCEHUB_KEY_COINGECKO": coingecko.DEMO_KEY,
    "FINANCEHUB_KEY_COINMARKETCAP": coinmarketcap.KEY,
    "FINANCEHUB_KEY_COINMARKETCAP_SECOND": coinmarketcap.OTHER_KEY,
}
"""Variables and the keys in them."""
SECRETS = sorted({part for key in KEYS.values() for part in key.split(":")})
RATES = {
    f"2026-05-{day}": {"USD": f"1.1{day}0", "JPY": f"18{day % 10}.40", "GBP": "0.87000"} for day in (12, 13, 14, 15)
}
STREAMING = ("binance", "yahoo", "kraken", "coinbase", "alpaca", "finnhub")


def weight(path: str, query: Mapping[str, str]) -> int:
    """What Binance takes for a call, by its page."""
    symbols = query.get("symbols", "").count(",") + 1 if "symbols" in query else 1 if "symbol" in query else 1_000
    if path.endswith("depth"):
        limit = int(query.get("limit", 100))
        return next((cost for most, cost in ((100, 5), (500, 25), (1_000, 50)) if limit <= most), 250)
    if path.endswith("ticker/24hr"):
        return 2 if symbols <= 20 else 40 if symbols <= 100 else 80
    if path.endswith("ticker/bookTicker"):
        return 2 if "symbol" in query else 4
    return {"klines": 2, "trades": 25, "ping": 1, "time": 1}.get(path.rpartition("/")[2], 20)


def credits(path: str, query: Mapping[str, str]) -> int:
    """What CoinMarketCap takes: the table of coins is free, a hundred rows are a credit."""
    if path.endswith("map"):
        return 0
    rows = int(query.get("count", query.get("id", "").count(",") + 1))
    return max(1, -(-rows // 100))


class Town:
    """All vendors. `clock` is theirs too."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.servers: dict[str, VendorServer] = {
            "binance": BinanceVendor(),
            "kraken": KrakenVendor(),
            "coinbase": CoinbaseVendor(),
            "alpaca": alpaca.AlpacaVendor(),
            "finnhub": finnhub.FinnhubVendor(),
            "coingecko": coingecko.CoinGeckoVendor(),
            "coinmarketcap": coinmarketcap.CoinMarketCapVendor(),
            "yahoo": VendorServer(),
            "ecb": VendorServer(),
            "frankfurter": VendorServer(),
        }
        finn = self.servers["finnhub"]
        finn.keys.add(finnhub.OTHER_KEY)
        finn.paid = True
        self.yahoo = YahooVendor(self.servers["yahoo"])
        self.streamer = YahooStreamer(self.servers["yahoo"])
        EcbVendor(self.servers["ecb"], RATES)
        FrankfurterVendor(self.servers["frankfurter"], RATES).ranges()
        self._furnish_yahoo()
        self._count()
        self._numbers = itertools.count(10_000)

    async def __aenter__(self) -> Town:
        for server in self.servers.values():
            await server.start()
        self.tick()
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self.servers.values():
            await server.stop()

    def settings(self) -> Settings:
        """Every source at its vendor."""
        hosts = {
            "yahoo": ("alt_rest", "cookie", "guce", "consent", "news"),
            "alpaca": ("trading",),
            "coingecko": ("pro",),
            "ecb": ("data",),
        }

        def own(name: str) -> ProviderSettings:
            server = self.servers[name]
            stream = server.ws_url if name in STREAMING else ""
            return ProviderSettings(
                rest_url=server.url, stream_url=stream, hosts=dict.fromkeys(hosts.get(name, ()), server.url)
            )

        return Settings(providers={name: own(name) for name in self.servers}, keys=KeySettings(store="environment"))

    def tick(self) -> None:
        """Every vendor looks at the clock, and forgets requests of long ago."""
        now = self.clock.now()
        for name, value in {
            "binance": now // 1_000_000,
            "kraken": now // NANOS,
            "coinbase": now // NANOS,
            "alpaca": to_datetime(now),
            "finnhub": now // NANOS,
            "coingecko": now // 1_000_000,
            "coinmarketcap": to_datetime(now),
        }.items():
            vars(self.servers[name])["now"] = value
        for server in self.servers.values():
            del server.seen[:-5]

    def over(self) -> list[str]:
        """What was asked beyond what is granted, by the vendors' own count."""
        return [f"{name}: {line}" for name, server in self.servers.items() for line in server.meter.over]

    def connections(self) -> list[str]:
        """Connections open at once beyond those a key may have, and symbols on them."""
        found = []
        for name, symbols in (("finnhub", 50), ("alpaca", 30)):
            server: Any = self.servers[name]
            held: dict[str, int] = {}
            for place, socket in enumerate(server.sockets):
                if socket.ws.closed or socket.aborted:
                    continue
                owner = f"{name}{socket.request.path}?{socket.request.query_string}"
                held[owner] = held.get(owner, 0) + 1
                names = {one[1] if isinstance(one, tuple) else one for one in server.subscribed.get(place, ())}
                if len(names) > symbols:
                    found.append(f"{name}: {len(names)} symbols on one connection")
            found += [f"{owner.partition('?')[0]}: {count} connections" for owner, count in held.items() if count > 1]
        return found

    async def tell(self, name: str, price: float) -> None:
        """A trade on a vendor's stream, now."""
        await self._tellers()[name](next(self._numbers), price)

    def _tellers(self) -> dict[str, Callable[[int, float], Awaitable[object]]]:
        return {
            "binance": self._binance,
            "yahoo": lambda _, price: self.streamer.push("AAPL", tick("AAPL", price, self._ms)),
            "kraken": self._kraken,
            "coinbase": self._coinbase,
            "alpaca": self._alpaca,
            "finnhub": lambda _, price: self.servers["finnhub"].push("AAPL", {"p": price, "t": self._ms, "v": 1}),
        }

    @property
    def _ms(self) -> int:
        return self.clock.now() // 1_000_000

    @property
    def _iso(self) -> str:
        return to_datetime(self.clock.now()).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    async def _binance(self, number: int, price: float) -> None:
        server: Any = self.servers["binance"]
        row = {"e": "trade", "E": self._ms, "s": "BTCUSDT", "t": number, "p": f"{price}", "q": "0.5", "T": self._ms}
        await server.push("btcusdt@trade", {**row, "m": False, "M": True})
        levels = server.books.get("BTCUSDT")
        depth = next((topic for topic in server.topics() if topic.startswith("btcusdt@depth")), "")
        if levels is not None and depth:
            await server.push(depth, levels.change((99.0, 1.0 + number % 7), (101.0, 1.0 + number % 5)))

    async def _kraken(self, number: int, price: float) -> None:
        server: Any = self.servers["kraken"]
        row = trade_row("BTC/USD", number, price=price, timestamp=self._iso)
        await server.push("trade", "BTC/USD", {"channel": "trade", "type": "update", "data": [row]})
        if ("book", "BTC/USD") in server.subjects():
            await server.change("BTC/USD", bid=(61_829.9, 1.0 + number % 7))
        await server.beat()

    async def _coinbase(self, number: int, price: float) -> None:
        server: Any = self.servers["coinbase"]
        await server.push("matches", "BTC-USD", match("BTC-USD", number, price=f"{price}", time=self._iso))
        await server.change("BTC-USD", ("buy", 61_830.0, 1.0 + number % 7))

    async def _alpaca(self, number: int, price: float) -> None:
        row = {"T": "t", "S": "AAPL", "i": number, "x": "V", "p": price, "s": 1, "c": ["@"], "z": "C", "t": self._iso}
        await self.servers["alpaca"].push(row)

    def _furnish_yahoo(self) -> None:
        opened = self.clock.now() // NANOS - 8_420
        times: list[int | None] = [opened - back * 86_400 for back in (6, 5, 4, 3, 0)]
        for name, price in (("AAPL", 150.0), ("BTC-USD", 77_671.0), ("EURUSD=X", 1.1650)):
            kind = {"BTC-USD": "CRYPTOCURRENCY", "EURUSD=X": "CURRENCY"}.get(name, "EQUITY")
            at = self.clock.now() // NANOS - 60
            self.yahoo.quote(name, regularMarketPrice=price, regularMarketTime=at, quoteType=kind)
            self.yahoo.chart(name, wire_chart(times, [price] * 5, symbol=name))
        self.yahoo.summary("AAPL", wire_modules(quoteType={"symbol": "AAPL", "longName": "Apple Inc."}))

    def _count(self) -> None:
        """Give each vendor its meter."""

        def plan(name: str) -> Sequence[Limit]:
            return form_of(name).plans[0].limits

        free = {"binance": BINANCE, "kraken": KRAKEN, "coinbase": COINBASE, "yahoo": YAHOO, "ecb": ECB}
        for name, spec in {**free, "frankfurter": FRANKFURTER}.items():
            cost = weight if name == "binance" else one
            self.servers[name].meter = Meter(self.clock, spec.limits, cost=cost)
        keyed: dict[str, tuple[str, tuple[Limit, ...]]] = {
            "alpaca": ("APCA-API-KEY-ID", ()),
            "finnhub": ("X-Finnhub-Token", ()),
            "coingecko": ("x-cg-demo-api-key", (COINGECKO_KEYLESS,)),
            "coinmarketcap": ("X-CMC_PRO_API_KEY", (COINMARKETCAP_KEYLESS,)),
        }
        for name, (header, keyless) in keyed.items():
            cost = credits if name == "coinmarketcap" else one
            self.servers[name].meter = Meter(self.clock, plan(name), cost=cost, key=header, keyless=keyless)
