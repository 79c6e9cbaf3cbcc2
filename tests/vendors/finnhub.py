"""Finnhub as a local server: REST behind a key in a header, one WebSocket per key. All values are made up."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from vendors.server import VendorServer, VendorSocket

NOW_S = 1_779_480_300
KEY = "freefreefreefreefree42"
OTHER_KEY = "otherotherotherother77"
NO_ACCESS = {"error": "You don't have access to this resource."}
LIMIT = {"error": "API limit reached. Please try again later. Remaining Limit: 0"}
INVALID = {"error": "Invalid API key"}


class FinnhubVendor(VendorServer):
    """`paid` opens candles. On the stream a key may be used once at a time, for `symbols` symbols. `now` in seconds."""

    def __init__(self, *, now: int = NOW_S) -> None:
        super().__init__()
        self.now = now
        self.paid = False
        self.keys = {KEY}
        self.symbols = 50
        self.subscribed: dict[int, list[str]] = {}
        for path, handler in {
            "/quote": self._quote,
            "/search": self._search,
            "/stock/candle": self._candle,
            "/stock/profile2": self._profile,
            "/stock/metric": self._metric,
            "/stock/earnings": self._earnings,
            "/calendar/earnings": self._calendar,
            "/stock/recommendation": self._recommendation,
            "/company-news": self._news,
            "/news": self._news,
        }.items():
            self.serve(path, self._keyed(handler))
        self.serve_socket("/", self._socket)

    async def push(self, symbol: str, *rows: dict[str, Any]) -> int:
        """Trades of a symbol to every socket that subscribed to it; how many there were."""
        frame = {"data": [{"s": symbol, **row} for row in rows], "type": "trade"}
        sent = 0
        for place, socket in enumerate(self.sockets):
            if not socket.ws.closed and symbol in self.subscribed.get(place, ()):
                await socket.send(frame)
                sent += 1
        return sent

    def _keyed(self, handler: Any) -> Any:
        def checked(request: web.Request) -> web.Response:
            key = request.headers.get("X-Finnhub-Token")
            if key is None:
                return answer({"error": "Please use an API key."}, 401)
            return handler(request) if key in self.keys else answer(INVALID, 401)

        return checked

    async def _socket(self, socket: VendorSocket) -> None:
        place = self.sockets.index(socket)
        self.subscribed[place] = []
        if socket.request.query.get("token") not in self.keys:
            await socket.send({"type": "error", "msg": "Invalid API key"})
            return
        async for message in socket.messages():
            held = self.subscribed[place]
            if message["type"] == "unsubscribe":
                self.subscribed[place] = [name for name in held if name != message["symbol"]]
            elif message["symbol"] == "NOPE":
                await socket.send({"type": "error", "msg": "Invalid symbol NOPE"})
            elif len(held) >= self.symbols:
                await socket.send({"type": "error", "msg": "Subscribing to too many symbols"})
            else:
                held.append(message["symbol"])

    def _quote(self, request: web.Request) -> web.Response:
        symbol = request.query["symbol"]
        if "." in symbol and symbol != "BRK.B":
            return answer(NO_ACCESS, 403)
        if symbol == "NOPE":
            return answer({"c": 0, "d": None, "dp": None, "h": 0, "l": 0, "o": 0, "pc": 0, "t": 0})
        quote = {"c": 308.82, "d": 3.83, "dp": 1.2558, "h": 311.4, "l": 305.84, "o": 306.12, "pc": 304.99}
        return answer(quote | {"t": self.now - 300})

    def _candle(self, request: web.Request) -> web.Response:
        if not self.paid:
            return answer(NO_ACCESS, 403)
        daily = request.query["resolution"] == "D"
        step = 86_400 if daily else 60 * int(request.query["resolution"])
        first = int(request.query["from"])
        first += -first % step + (14_400 if daily else 0)
        times = list(range(first, int(request.query["to"]) + 1, step))
        if not times:
            return answer({"s": "no_data"})
        count = len(times)
        columns = {"o": [10.0] * count, "h": [12] * count, "l": [9.5] * count, "c": [11.5] * count, "v": [1e6] * count}
        return answer({"s": "ok", "t": times, **columns})

    def _profile(self, request: web.Request) -> web.Response:
        if request.query["symbol"] == "NOPE":
            return answer({})
        return answer(
            {
                "country": "US",
                "currency": "USD",
                "exchange": "NASDAQ NMS - GLOBAL MARKET",
                "finnhubIndustry": "Technology",
                "ipo": "1980-12-12",
                "marketCapitalization": 4_535_749.27,
                "name": "Apple Inc",
                "phone": "14089961010.0",
                "shareOutstanding": 14_687.36,
                "ticker": "AAPL",
                "weburl": "https://apple.invalid/",
            }
        )

    def _metric(self, request: web.Request) -> web.Response:
        assert request.query["metric"] == "all"
        figures = {
            "peTTM": 37.0039,
            "forwardPE": None,
            "epsTTM": -8.2666,
            "beta": 1.0841,
            "52WeekHighDate": "2026-05-22",
        }
        figures |= {"dividendIndicatedAnnual": 1.08, "dividendYieldIndicatedAnnual": 0.35411}
        return answer({"metric": figures, "metricType": "all", "series": {"annual": {}}, "symbol": "AAPL"})

    def _search(self, _: web.Request) -> web.Response:
        hits = [
            ("AAPL", "Apple Inc", "Common Stock"),
            ("603020.SS", "Apple Flavor", "Common Stock"),
            ("APC.F", "Apple Inc", "Common Stock"),
            ("BRK.B", "Berkshire Hathaway", "Common Stock"),
            ("QQQ", "A fund", "ETP"),
            ("BINANCE:APPLEUSDT", "A coin", ""),
        ]
        rows = [{"symbol": s, "displaySymbol": s, "description": d, "type": t} for s, d, t in hits]
        return answer({"count": 11, "result": rows})

    def _earnings(self, request: web.Request) -> web.Response:
        if request.query["symbol"] == "NOPE":
            return answer([])
        row = {"actual": 1.88, "estimate": 1.9744, "surprise": -0.0944, "surprisePercent": -4.7812, "symbol": "AAPL"}
        return answer(
            [row | {"period": "2022-12-31", "actual": None}, row | {"period": "2023-03-31", "year": 2023, "quarter": 2}]
        )

    def _calendar(self, request: web.Request) -> web.Response:
        if request.query["symbol"] == "NOPE":
            return answer({"earningsCalendar": []})
        row = {"symbol": "AAPL", "revenueActual": None, "revenueEstimate": 110_771_401_872, "hour": ""}
        coming = row | {"date": "2026-07-29", "epsActual": None, "epsEstimate": 1.9316, "year": 2026, "quarter": 3}
        later = coming | {"date": "2026-08-30", "quarter": 4}
        passed = row | {"date": "2026-05-01", "epsActual": 1.88, "epsEstimate": 1.9744, "year": 2023, "quarter": 2}
        late = coming | {"date": "2026-05-02"}
        return answer({"earningsCalendar": [late, later, coming | {"hour": "amc"}, passed | {"hour": "bmo"}]})

    def _recommendation(self, _: web.Request) -> web.Response:
        row = {"buy": 24, "hold": 13, "sell": 2, "strongBuy": 15, "strongSell": 0, "symbol": "AAPL"}
        return answer([row | {"period": "2026-05-01"}, row | {"period": "2026-04-01", "buy": 23}])

    def _news(self, request: web.Request) -> web.Response:
        row = {"category": "company", "headline": "A headline", "image": "", "source": "Wire", "summary": "Words."}
        row |= {"url": "https://x.invalid/1", "related": request.query.get("symbol", "")}
        return answer([row | {"id": 7, "datetime": self.now - 60}, row | {"id": 8, "datetime": self.now - 30}] * 2)


def answer(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=json.dumps(value).encode(), status=status, content_type="application/json")
