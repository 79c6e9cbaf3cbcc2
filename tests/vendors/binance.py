"""Binance as a local server: its REST answers and streams in their documented shapes, over real sockets.

async with BinanceVendor() as vendor:
    provider = BinanceProvider(clock, rest_url=vendor.url, stream_url=vendor.ws_url)
    await vendor.push("btcusdt@trade", {...})
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiohttp import web

from vendors.server import VendorServer, VendorSocket

FIXTURES = Path(__file__).parent / "fixtures" / "binance"
STEP_MS = {"1m": 60_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1h": 3_600_000, "4h": 14_400_000}
STEP_MS |= {"1d": 86_400_000, "1w": 604_800_000, "1M": 2_592_000_000}
INVALID_SYMBOL = {"code": -1121, "msg": "Invalid symbol."}


def stream_frames() -> list[dict[str, Any]]:
    """One frame of each kind."""
    return [json.loads(line) for line in (FIXTURES / "streams.jsonl").read_text().splitlines()]


def excerpt() -> Iterator[tuple[int, bytes]]:
    """The recorded ETHUSDT excerpt: (receive time in ns, frame), the book snapshot among the frames."""
    for line in gzip.decompress((FIXTURES / "ethusdt_20240808_excerpt.gz").read_bytes()).splitlines():
        time, _, frame = line.partition(b" ")
        yield int(time), frame


class VendorBook:
    """An order book that changes by numbered differences."""

    def __init__(self, symbol: str, sequence: int = 1_000) -> None:
        self.symbol = symbol
        self.sequence = sequence
        self.bids = {100.0 - level: 1.0 + level for level in range(10)}
        self.asks = {101.0 + level: 1.0 + level for level in range(10)}

    def snapshot(self) -> dict[str, Any]:
        return {
            "lastUpdateId": self.sequence,
            "bids": [[f"{price:.8f}", f"{self.bids[price]:.8f}"] for price in sorted(self.bids, reverse=True)],
            "asks": [[f"{price:.8f}", f"{self.asks[price]:.8f}"] for price in sorted(self.asks)],
        }

    def change(self, bid: tuple[float, float], ask: tuple[float, float], *, covers: int = 3) -> dict[str, Any]:
        """Change one level a side; the event covers `covers` update ids."""
        for levels, (price, size) in ((self.bids, bid), (self.asks, ask)):
            if size:
                levels[price] = size
            else:
                levels.pop(price, None)
        first, self.sequence = self.sequence + 1, self.sequence + covers
        return {
            "e": "depthUpdate",
            "E": 1_723_161_255_308,
            "s": self.symbol,
            "U": first,
            "u": self.sequence,
            "b": [[f"{bid[0]:.8f}", f"{bid[1]:.8f}"]],
            "a": [[f"{ask[0]:.8f}", f"{ask[1]:.8f}"]],
        }


class BinanceVendor(VendorServer):
    """Knows the symbols of `exchange_info.json`; bars exist from `listed_at` (ms) to `now` (ms)."""

    def __init__(self, *, now: int = 1_723_161_255_308, listed_at: int = 1_502_928_000_000) -> None:
        super().__init__()
        self.now = now
        self.listed_at = listed_at
        self.used_weight = 0
        self.books: dict[str, VendorBook] = {}
        self.subscribed: dict[int, set[str]] = {}
        info = (FIXTURES / "exchange_info.json").read_bytes()
        self.symbols = [symbol["symbol"] for symbol in json.loads(info)["symbols"]]
        self._info = info
        for path, handler in {
            "ping": lambda _: self._json({}, 1),
            "time": lambda _: self._json({"serverTime": self.now}, 1),
            "exchangeInfo": lambda _: self._json(json.loads(self._info), 20),
            "ticker/24hr": self._tickers,
            "ticker/bookTicker": self._tops,
            "klines": self._klines,
            "depth": self._depth,
            "trades": self._trades,
        }.items():
            self.serve(f"/api/v3/{path}", handler)
        for path in ("/stream", "/ws"):
            self.serve_socket(path, self._socket)

    async def push(self, stream: str, data: Any) -> int:
        """Send a frame to every socket that subscribed to its stream; how many there were."""
        frame = json.dumps({"stream": stream, "data": data}, separators=(",", ":"))
        return await self.push_frame(stream, frame)

    async def push_frame(self, stream: str, frame: str | bytes) -> int:
        sent = 0
        for socket in self.open_sockets():
            if stream in self.subscribed.get(id(socket), ()):
                await socket.send(frame)
                sent += 1
        return sent

    def topics(self) -> set[str]:
        """Everything subscribed on open sockets."""
        return {topic for socket in self.open_sockets() for topic in self.subscribed.get(id(socket), ())}

    async def _socket(self, socket: VendorSocket) -> None:
        topics = self.subscribed.setdefault(id(socket), set())
        async for message in socket.messages():
            method, params = message.get("method"), message.get("params", [])
            if method == "SUBSCRIBE":
                topics.update(params)
            elif method == "UNSUBSCRIBE":
                topics.difference_update(params)
            result = sorted(topics) if method == "LIST_SUBSCRIPTIONS" else None
            await socket.send({"result": result, "id": message["id"]})

    def _json(self, value: Any, weight: int, status: int = 200) -> web.Response:
        self.used_weight += weight
        headers = {"X-MBX-USED-WEIGHT": str(self.used_weight), "X-MBX-USED-WEIGHT-1M": str(self.used_weight)}
        return web.json_response(value, status=status, headers=headers)

    def _asked(self, request: web.Request) -> list[str]:
        if "symbols" in request.query:
            return list(json.loads(request.query["symbols"]))
        return [request.query["symbol"]] if "symbol" in request.query else self.symbols

    def _each(self, request: web.Request, weight: int, row: Any) -> web.Response:
        asked = self._asked(request)
        if any(symbol not in self.symbols for symbol in asked):
            return self._json(INVALID_SYMBOL, 1, 400)
        rows = [row(symbol) for symbol in asked]
        return self._json(rows[0] if "symbol" in request.query else rows, weight)

    def _tickers(self, request: web.Request) -> web.Response:
        return self._each(request, 2, self._ticker)

    def _ticker(self, symbol: str) -> dict[str, Any]:
        if symbol == "LUNAUSDT":
            zeros = dict.fromkeys(("lastPrice", "lastQty", "bidPrice", "bidQty", "askPrice", "askQty"), "0.00000000")
            zeros |= dict.fromkeys(("openPrice", "highPrice", "lowPrice", "volume", "quoteVolume"), "0.00000000")
            ids = {"firstId": -1, "lastId": -1, "count": 0}
            times = {"openTime": self.now - 86_400_000, "closeTime": self.now}
            return {"symbol": symbol, "prevClosePrice": "0.00010000", **zeros, **ids, **times}
        return {
            "symbol": symbol,
            "priceChange": "4837.53000000",
            "priceChangePercent": "8.487",
            "weightedAvgPrice": "59800.11112222",
            "prevClosePrice": "57000.09000000",
            "lastPrice": "61837.63000000",
            "lastQty": "0.02000000",
            "bidPrice": "61837.60000000",
            "bidQty": "3.78826000",
            "askPrice": "61837.70000000",
            "askQty": "1.54698000",
            "openPrice": "57000.10000000",
            "highPrice": "62700.00000000",
            "lowPrice": "56800.00000000",
            "volume": "40123.45600000",
            "quoteVolume": "2400000000.12345678",
            "openTime": self.now - 86_400_000,
            "closeTime": self.now,
            "firstId": 1,
            "lastId": 1001,
            "count": 1001,
        }

    def _tops(self, request: web.Request) -> web.Response:
        return self._each(
            request,
            4,
            lambda symbol: {
                "symbol": symbol,
                "bidPrice": "61837.63000000",
                "bidQty": "3.70000000",
                "askPrice": "61837.64000000",
                "askQty": "1.50000000",
            },
        )

    def _klines(self, request: web.Request) -> web.Response:
        query = request.query
        if query["symbol"] not in self.symbols:
            return self._json(INVALID_SYMBOL, 1, 400)
        step = STEP_MS[query["interval"]]
        start = max(int(query.get("startTime", self.listed_at)), self.listed_at)
        end = min(int(query.get("endTime", self.now)), self.now)
        first = -(-start // step) * step
        opens = list(range(first, end + 1, step))[: int(query.get("limit", 500))]
        return self._json([_kline(open_time, step) for open_time in opens], 2)

    def _depth(self, request: web.Request) -> web.Response:
        symbol = request.query["symbol"]
        if symbol not in self.symbols:
            return self._json(INVALID_SYMBOL, 1, 400)
        return self._json(self.books.setdefault(symbol, VendorBook(symbol)).snapshot(), 5)

    def _trades(self, request: web.Request) -> web.Response:
        rows = [
            {
                "id": 1_000 + number,
                "price": f"{61_800 + number}.50000000",
                "qty": "0.01000000",
                "quoteQty": "618.00500000",
                "time": self.now - 1_000 + number,
                "isBuyerMaker": number % 2 == 0,
                "isBestMatch": True,
            }
            for number in range(int(request.query.get("limit", 500)))
        ]
        return self._json(rows, 25)


def _kline(open_time: int, step: int) -> list[Any]:
    base = 100 + (open_time // step) % 50
    prices = [f"{price:.8f}" for price in (base, base + 2, base - 1, base + 1)]
    return [open_time, *prices, "12.50000000", open_time + step - 1, "1250.00000000", 42, "6.00000000", "600.0", "0"]
