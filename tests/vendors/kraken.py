"""Kraken as a local server: REST with its envelope and its dialects, WebSocket v2 with checksummed books.

async with KrakenVendor() as vendor:
    provider = KrakenProvider(clock, rest_url=vendor.url, stream_url=vendor.ws_url)
    await vendor.change("BTC/USD", bid=(61_830.5, 2.0), ask=(61_831.0, 0.0))
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from aiohttp import web

from vendors.server import VendorServer, VendorSocket

UNKNOWN_PAIR = {"error": ["EQuery:Unknown asset pair"]}
STATUS = {"version": "2.0.10", "system": "online", "api_version": "v2", "connection_id": 16174536464690282295}


@dataclass(frozen=True)
class Market:
    key: str
    altname: str
    wsname: str
    symbol: str
    price_decimals: int
    size_decimals: int
    status: str = "online"

    def row(self) -> dict[str, Any]:
        base, _, quote = self.wsname.partition("/")
        return {
            "altname": self.altname,
            "wsname": self.wsname,
            "aclass_base": "currency",
            "base": self.key[:4] if len(self.key) == 8 and self.key[0] == "X" else base,
            "aclass_quote": "currency",
            "quote": f"Z{quote}" if quote in ("USD", "EUR") else quote,
            "cost_decimals": 5,
            "pair_decimals": self.price_decimals,
            "lot_decimals": self.size_decimals,
            "lot_multiplier": 1,
            "fees": [[0, 0.4], [10_000, 0.35]],
            "ordermin": "0.00005",
            "costmin": "0.5",
            "tick_size": f"{10**-self.price_decimals:.{self.price_decimals}f}",
            "status": self.status,
        }


MARKETS = (
    Market("XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD", 1, 8),
    Market("XXBTZEUR", "XBTEUR", "XBT/EUR", "BTC/EUR", 1, 8),
    Market("XETHZUSD", "ETHUSD", "ETH/USD", "ETH/USD", 2, 8),
    Market("XETHXXBT", "ETHXBT", "ETH/XBT", "ETH/BTC", 5, 8),
    Market("XDGUSD", "XDGUSD", "XDG/USD", "DOGE/USD", 7, 8),
    Market("XTZUSD", "XTZUSD", "XTZ/USD", "XTZ/USD", 4, 8),
    Market("PEPEUSD", "PEPEUSD", "PEPE/USD", "PEPE/USD", 9, 5),
    Market("LUNAUSD", "LUNAUSD", "LUNA/USD", "LUNA/USD", 8, 8, "cancel_only"),
)


class VendorBook:
    """An order book that is changed level by level and knows its checksum; prices and sizes are texts."""

    def __init__(self, market: Market, middle: float = 61_830.0, levels: int = 30, depth: int = 10) -> None:
        self.market = market
        self.depth = depth
        step = 10**-market.price_decimals
        self.bids = {self.price(middle - step * (1 + n)): self.size(0.5 + n) for n in range(levels)}
        self.asks = {self.price(middle + step * n): self.size(0.25 + n) for n in range(levels)}

    def price(self, value: float) -> str:
        return f"{value:.{self.market.price_decimals}f}"

    def size(self, value: float) -> str:
        return f"{value:.{self.market.size_decimals}f}"

    def side(self, name: str, depth: int) -> list[tuple[str, str]]:
        """The best levels."""
        levels = self.bids if name == "bids" else self.asks
        return sorted(levels.items(), key=lambda level: float(level[0]), reverse=name == "bids")[:depth]

    def checksum(self) -> int:
        """As the venue's page describes it."""
        words = [
            text.replace(".", "").lstrip("0")
            for side in ("asks", "bids")
            for level in self.side(side, 10)
            for text in level
        ]
        return crc32("".join(words).encode()) & 0xFFFFFFFF

    def levels(self, depth: int) -> tuple[dict[float, float], dict[float, float]]:
        """Bids and asks as numbers, cut to a depth."""
        bids, asks = (
            {float(price): float(size) for price, size in self.side(side, depth)} for side in ("bids", "asks")
        )
        return bids, asks

    def snapshot(self, depth: int = 10) -> str:
        """The whole book; changes are told for this depth from now on."""
        self.depth = depth
        return self._frame("snapshot", {side: self.side(side, depth) for side in ("bids", "asks")})

    def change(self, bid: tuple[float, float] | None = None, ask: tuple[float, float] | None = None) -> str:
        """Change a level a side; the frame that tells of it."""
        before = {side: dict(self.side(side, self.depth)) for side in ("bids", "asks")}
        for levels, level in ((self.bids, bid), (self.asks, ask)):
            if level is not None and level[1]:
                levels[self.price(level[0])] = self.size(level[1])
            elif level is not None:
                levels.pop(self.price(level[0]), None)
        return self._frame("update", {side: self._told(side, before[side]) for side in ("bids", "asks")})

    def _told(self, side: str, before: dict[str, str]) -> list[tuple[str, str]]:
        """What is new or changed among the best levels, and what is gone; nothing of what was only pushed out."""
        after = dict(self.side(side, self.depth))
        levels = self.bids if side == "bids" else self.asks
        gone = [(price, self.size(0)) for price in before if price not in levels]
        return [*gone, *((price, size) for price, size in after.items() if before.get(price) != size)]

    def _frame(self, kind: str, sides: dict[str, list[tuple[str, str]]]) -> str:
        """JSON numbers without trailing zeros, as the venue's serialiser writes them."""
        rows = {
            name: ",".join(f'{{"price":{float(price)!r},"qty":{float(size)!r}}}' for price, size in side)
            for name, side in sides.items()
        }
        stamp = "" if kind == "snapshot" else ',"timestamp":"2024-08-08T23:54:15.308123Z"'
        return (
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{self.market.symbol}",'
            f'"bids":[{rows["bids"]}],"asks":[{rows["asks"]}],"checksum":{self.checksum()}{stamp}}}]}}'
        )


class KrakenVendor(VendorServer):
    """`now` in seconds; bars of every interval end with the running one."""

    def __init__(self, *, now: int = 1_723_161_255) -> None:
        super().__init__()
        self.now = now
        self.markets = {market.symbol: market for market in MARKETS}
        self.books = {market.symbol: VendorBook(market) for market in MARKETS[:3]}
        self.trade_id = 1_000
        self.trades_held = 40
        self.subscribed: dict[int, set[tuple[str, str]]] = {}
        self.refusal = ""
        """Said to the next subscription in place of an acknowledgement."""
        for path, handler in {
            "AssetPairs": lambda _: self._answer({market.key: market.row() for market in self.markets.values()}),
            "Ticker": self._ticker,
            "OHLC": self._ohlc,
            "Depth": self._depth,
            "Trades": self._trades,
        }.items():
            self.serve(f"/0/public/{path}", handler)
        self.serve_socket("/v2", self._socket)

    def subjects(self) -> set[tuple[str, str]]:
        """(channel, symbol) subscribed on open sockets."""
        return {one for socket in self.open_sockets() for one in self.subscribed.get(id(socket), ())}

    async def push(self, channel: str, symbol: str, frame: str | dict[str, Any]) -> int:
        """Send a frame to every socket that subscribed; how many there were."""
        targets = [one for one in self.open_sockets() if (channel, symbol) in self.subscribed.get(id(one), ())]
        for socket in targets:
            await socket.send(frame)
        return len(targets)

    async def change(self, symbol: str, **levels: tuple[float, float]) -> None:
        await self.push("book", symbol, self.books[symbol].change(**levels))

    async def trade(self, symbol: str, *, skip: int = 0, **more: Any) -> dict[str, Any]:
        """A trade happens; `skip` further ones happened unseen before it."""
        self.trade_id += 1 + skip
        row = trade_row(symbol, self.trade_id, **more)
        await self.push("trade", symbol, {"channel": "trade", "type": "update", "data": [row]})
        return row

    async def beat(self) -> None:
        for socket in self.open_sockets():
            await socket.send({"channel": "heartbeat"})

    async def _socket(self, socket: VendorSocket) -> None:
        subjects = self.subscribed.setdefault(id(socket), set())
        await socket.send({"channel": "status", "type": "update", "data": [STATUS]})
        async for message in socket.messages():
            if message["method"] == "ping":
                await socket.send({"method": "pong", "req_id": message["req_id"]})
                continue
            for symbol in message["params"]["symbol"]:
                await self._subscribe(socket, subjects, message, symbol)

    async def _subscribe(self, socket: VendorSocket, subjects: set[Any], message: dict[str, Any], symbol: str) -> None:
        method, params = message["method"], message["params"]
        subject = (params["channel"], symbol)
        head = {"method": method, "req_id": message.get("req_id"), "time_in": "2024-08-08T23:54:15.308123Z"}
        if symbol not in self.markets:
            text = f"Currency pair not supported {symbol}"
            await socket.send({**head, "error": text, "success": False, "symbol": symbol})
        elif method == "subscribe" and self.refusal:
            text, self.refusal = self.refusal, ""
            await socket.send({**head, "error": text, "success": False, "symbol": symbol})
        elif method == "subscribe" and subject in subjects:
            await socket.send({**head, "error": "Already subscribed", "success": False, "symbol": symbol})
        else:
            (subjects.add if method == "subscribe" else subjects.discard)(subject)
            more = {name: value for name, value in params.items() if name != "symbol"}
            await socket.send({**head, "result": {**more, "symbol": symbol}, "success": True})
            if method == "subscribe" and params.get("snapshot"):
                await self._first(socket, params, symbol)

    async def _first(self, socket: VendorSocket, params: dict[str, Any], symbol: str) -> None:
        """The snapshot of a channel."""
        if params["channel"] == "book":
            await socket.send(self.books[symbol].snapshot(params["depth"]))
        elif params["channel"] == "ticker":
            await socket.send({"channel": "ticker", "type": "snapshot", "data": [ticker_row(symbol)]})
        else:
            rows = [trade_row(symbol, self.trade_id - n) for n in range(3)]
            await socket.send({"channel": "trade", "type": "snapshot", "data": rows})

    def _answer(self, result: Any) -> web.Response:
        return web.json_response({"error": [], "result": result}, headers={"Cache-Control": "max-age=2"})

    def _market(self, request: web.Request) -> Market | None:
        name = request.query["pair"]
        return next((one for one in self.markets.values() if name in (one.key, one.altname)), None)

    def _ticker(self, request: web.Request) -> web.Response:
        if "pair" not in request.query:
            return self._answer({market.key: rest_ticker(market) for market in self.markets.values()})
        names = {name: market for market in self.markets.values() for name in (market.key, market.altname)}
        asked = request.query["pair"].split(",")
        if any(name not in names for name in asked):
            return web.json_response(UNKNOWN_PAIR)
        return self._answer({names[name].key: rest_ticker(names[name]) for name in asked})

    def _ohlc(self, request: web.Request) -> web.Response:
        market = self._market(request)
        if market is None:
            return web.json_response(UNKNOWN_PAIR)
        step = 60 * int(request.query["interval"])
        newest = self.now // step * step
        since = int(request.query.get("since", 0))
        times = [time for time in range(newest - 720 * step, newest + 1, step) if time > since]
        rows = [[time, "100.0", "102.0", "99.0", "101.0", "100.5", "12.50000000", 42] for time in times]
        return self._answer({market.key: rows, "last": newest - step})

    def _depth(self, request: web.Request) -> web.Response:
        market = self._market(request)
        if market is None:
            return web.json_response(UNKNOWN_PAIR)
        book = self.books[market.symbol]
        sides = {side: book.side(side, int(request.query.get("count", 100))) for side in ("asks", "bids")}
        rows = {side: [[price, size, self.now] for price, size in levels] for side, levels in sides.items()}
        return self._answer({market.key: rows})

    def _trades(self, request: web.Request) -> web.Response:
        market = self._market(request)
        if market is None:
            return web.json_response(UNKNOWN_PAIR)
        count = min(int(request.query.get("count", 1_000)), self.trades_held)
        rows = [
            [
                f"{61_800 + n}.50000",
                "0.01000000",
                self.now - count + n + 0.3087654,
                "bs"[n % 2],
                "l",
                "",
                self.trade_id - n,
            ]
            for n in range(count)
        ]
        rows = [[*row[:6], self.trade_id - count + 1 + n] for n, row in enumerate(rows)]
        return self._answer({market.key: rows, "last": str(self.now * 10**9)})


def rest_ticker(market: Market) -> dict[str, Any]:
    if market.status != "online":
        zeros = ["0.00000000", "0.00000000"]
        best = ["0.00000000", "0", "0.000"]
        return {
            "a": best,
            "b": best,
            "c": zeros,
            "v": zeros,
            "p": zeros,
            "t": [0, 0],
            "l": zeros,
            "h": zeros,
            "o": "0.0",
        }
    return {
        "a": ["61837.70000", "1", "1.547"],
        "b": ["61837.60000", "3", "3.788"],
        "c": ["61837.70000", "0.02000000"],
        "v": ["1000.00000000", "4012.50000000"],
        "p": ["61500.00000", "60000.00000"],
        "t": [500, 1001],
        "l": ["60800.10000", "56800.00000"],
        "h": ["61900.00000", "62700.00000"],
        "o": "61000.00000",
    }


def ticker_row(symbol: str, **more: Any) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "bid": 61837.6,
        "bid_qty": 3.78826,
        "ask": 61837.7,
        "ask_qty": 1.54698,
        "last": 61837.7,
        "volume": 4012.5,
        "vwap": 60000.0,
        "low": 56800.0,
        "high": 62700.0,
        "change": -239.4,
        "change_pct": -0.38,
        "trades": 1001,
        "timestamp": "2024-08-08T23:54:15.308123Z",
        **more,
    }


def trade_row(symbol: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "side": "buy",
        "price": 61837.7,
        "qty": 0.0000363,
        "ord_type": "limit",
        "trade_id": number,
        "timestamp": f"2024-08-08T23:54:{(number or 0) % 60:02d}.308123Z",
        **more,
    }


def frame(channel: str, *rows: dict[str, Any], kind: str = "update") -> str:
    return json.dumps({"channel": channel, "type": kind, "data": list(rows)}, separators=(",", ":"))
