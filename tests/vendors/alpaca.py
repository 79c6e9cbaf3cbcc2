"""Alpaca as a local server: data host and trading host on one address, streams with authentication. Values made up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from vendors.server import VendorServer, VendorSocket

NOW = datetime(2026, 5, 18, 15, 50, 20, tzinfo=UTC)
"""A Monday, 11:50 in New York."""
ID, SECRET = "PKAAAABBBBCCCCDDDD", "secretSECRETsecretSECRETsecretSECRET4242"
OTHER_ID, OTHER_SECRET = "PKEEEEFFFFGGGGHHHH", "otherOTHERotherOTHERotherOTHERother77777"
KEY, OTHER_KEY = f"{ID}:{SECRET}", f"{OTHER_ID}:{OTHER_SECRET}"
RECENT_SIP = {"message": "subscription does not permit querying recent SIP data"}
STEPS = {"1Min": timedelta(minutes=1), "30Min": timedelta(minutes=30), "1Day": timedelta(days=1)}


class AlpacaVendor(VendorServer):
    """`page` is the number of rows it gives at once; `sip` opens the newest quarter of an hour before `now`."""

    def __init__(self, *, now: datetime = NOW) -> None:
        super().__init__()
        self.now = now
        self.keys = {ID: SECRET}
        self.trading_keys = {ID: SECRET}
        self.page = 10_000
        self.sip = False
        self.greeting = "authenticated"
        self.subscribed: dict[int, set[tuple[str, str]]] = {}
        for path, handler in {
            "/v2/stocks/snapshots": self._snapshots,
            "/v2/stocks/bars": self._bars,
            "/v2/stocks/trades": self._trades,
            "/v1beta3/crypto/us/snapshots": self._crypto_snapshots,
            "/v1beta3/crypto/us/bars": self._bars,
            "/v1beta3/crypto/us/trades": self._trades,
            "/v1beta3/crypto/us/latest/orderbooks": self._books,
            "/v1beta1/news": self._news,
            "/v1beta1/screener/stocks/movers": self._movers,
            "/v1beta1/screener/stocks/most-actives": self._active,
        }.items():
            self.serve(path, self._keyed(handler, "keys"))
        self.serve("/v2/assets", self._keyed(self._assets, "trading_keys"))
        for path in ("/v2/iex", "/v2/sip", "/v2/delayed_sip", "/v1beta3/crypto/us"):
            self.serve_socket(path, self._socket)

    async def push(self, *messages: dict[str, Any]) -> int:
        """Messages to every socket that subscribed to one of them; how many there were."""
        channels = {"t": "trades", "x": "trades", "c": "trades", "q": "quotes", "d": "dailyBars", "o": "orderbooks"}
        sent = 0
        for place, socket in enumerate(self.sockets):
            held = self.subscribed.get(place, set())
            mine = [message for message in messages if (channels.get(message["T"]), message.get("S")) in held]
            if mine and not socket.ws.closed:
                await socket.send(mine)
                sent += 1
        return sent

    def _keyed(self, handler: Any, which: str) -> Any:
        def checked(request: web.Request) -> web.Response:
            known = getattr(self, which)
            given = request.headers.get("APCA-API-SECRET-KEY")
            if known.get(request.headers.get("APCA-API-KEY-ID")) != given or given is None:
                return answer(
                    {"code": 40110000, "message": "access key verification failed : verification failure"}, 401
                )
            return handler(request)

        return checked

    def _movers(self, request: web.Request) -> web.Response:
        top = int(request.query["top"])
        assert 1 <= top <= 50

        def row(symbol: str, change: float) -> dict[str, Any]:
            return {"symbol": symbol, "percent_change": change, "change": change, "price": 100 + change}

        gainers, losers = [row("UPUP", 9.5), row("BRK.B", 5)], [row("DOWN", -9.5)]
        updated = "2026-05-18T15:45:00.5Z"
        return answer(
            {"gainers": gainers[:top], "losers": losers[:top], "market_type": "stocks", "last_updated": updated}
        )

    def _active(self, request: web.Request) -> web.Response:
        assert request.query["by"] == "volume" and 1 <= int(request.query["top"]) <= 100
        rows = [{"symbol": "AAPL", "volume": 12_345_678, "trade_count": 1_234}]
        return answer({"most_actives": rows, "last_updated": "2026-05-18T15:45:00Z"})

    async def _socket(self, socket: VendorSocket) -> None:
        place = self.sockets.index(socket)
        held = self.subscribed[place] = set()
        await socket.send([{"T": "success", "msg": "connected"}])
        accepted = False
        async for message in socket.messages():
            action = message.get("action")
            if action == "auth":
                accepted = self.keys.get(message["key"]) == message["secret"]
                if not accepted:
                    await socket.send([{"T": "error", "code": 402, "msg": "auth failed"}])
                    return
                await socket.send([{"T": "success", "msg": self.greeting}])
            elif not accepted:
                await socket.send([{"T": "error", "code": 401, "msg": "not authenticated"}])
            else:
                named = {
                    (channel, symbol) for channel, names in message.items() if channel != "action" for symbol in names
                }
                held = held | named if action == "subscribe" else held - named
                self.subscribed[place] = held
                await socket.send([{"T": "subscription", **{channel: [] for channel, _ in held}}])

    def _snapshots(self, request: web.Request) -> web.Response:
        symbols = request.query["symbols"].split(",")
        if "BAD$" in symbols:
            return answer({"message": "invalid symbol: BAD$"}, 400)
        known = {"AAPL": snapshot(133.42), "BRK.B": snapshot(480.5) | {"prevDailyBar": None}, "EMPTY": None}
        return answer({symbol: known[symbol] for symbol in symbols if symbol in known})

    def _crypto_snapshots(self, request: web.Request) -> web.Response:
        known = {"BTC/USD": snapshot(77_671.5)}
        return answer({"snapshots": {s: known[s] for s in request.query["symbols"].split(",") if s in known}})

    def _bars(self, request: web.Request) -> web.Response:
        query = request.query
        start, end = datetime.fromisoformat(query["start"]), datetime.fromisoformat(query["end"])
        stocks = "stocks" in request.path
        if stocks and query.get("feed") == "sip" and not self.sip and end > self.now - timedelta(minutes=15):
            return answer(RECENT_SIP, 403)
        step = STEPS[query["timeframe"]]
        opened = start.replace(minute=0, second=0)
        if step.days:
            opened = start.replace(hour=4 if stocks else 5, minute=0, second=0)
        times = []
        while opened <= end:
            if opened >= start:
                times.append(opened)
            opened += step
        first = int(query.get("page_token", 0))
        part = times[first : first + min(self.page, int(query["limit"]))]
        rows = [{"t": stamp(t), "o": 10, "h": 12.5, "l": 9, "c": 11, "v": 1000, "n": 7, "vw": 10.5} for t in part]
        more = str(first + len(part)) if first + len(part) < len(times) else None
        return answer({"bars": {query["symbols"]: rows} if rows else {}, "next_page_token": more})

    def _trades(self, request: web.Request) -> web.Response:
        rows: list[dict[str, Any]] = [
            {
                "t": "2026-05-18T15:50:16.21Z",
                "x": "V",
                "p": 133.5,
                "s": 3,
                "c": ["@", " ", "I"],
                "i": 5_298_362_569_912_600,
            },
            {"t": "2026-05-18T15:50:15.123456789Z", "x": "V", "p": 133.4, "s": 100, "c": None, "i": 7, "tks": "S"},
            {"t": "2026-05-18T15:50:14Z", "x": "V", "p": 1.0, "s": 100, "i": 8, "u": "canceled"},
        ]
        known = request.query["symbols"] in ("AAPL", "BTC/USD")
        return answer({"trades": {request.query["symbols"]: rows} if known else {}, "next_page_token": None})

    def _books(self, request: web.Request) -> web.Response:
        if request.query["symbols"] != "BTC/USD":
            return answer({"orderbooks": {}})
        levels = {"b": [{"p": 99, "s": 1}, {"p": 99.5, "s": 2}], "a": [{"p": 101, "s": 4}, {"p": 100.5, "s": 3}]}
        return answer({"orderbooks": {"BTC/USD": {"t": "2026-05-18T15:50:19.5Z", **levels}}})

    def _news(self, request: web.Request) -> web.Response:
        story = {
            "author": "A",
            "summary": "Waymo&#39;s",
            "url": "https://x.invalid",
            "images": [],
            "source": "benzinga",
        }
        rows = [
            story | {"id": 1, "headline": "Old", "created_at": "2026-05-18T10:00:00Z", "symbols": ["AAPL"]},
            story | {"id": 2, "headline": "New &amp; good", "created_at": "2026-05-18T11:00:00Z", "symbols": None},
        ]
        return answer({"news": rows[: int(request.query["limit"])], "next_page_token": None})

    def _assets(self, request: web.Request) -> web.Response:
        if request.query["asset_class"] == "crypto":
            return answer([asset("BTC/USD", "CRYPTO", "Bitcoin", "crypto")])
        rows = [
            asset("AAPL", "NASDAQ", "Apple Inc. Common Stock"),
            asset("APLE", "NYSE", "Apple Hospitality REIT"),
            asset("GONE", "NYSE", "Apple of old", status="inactive"),
            asset("SPY", "ARCA", "SPDR S&P 500 ETF Trust"),
            asset("ODD", "SOMEWHERE", "Odd"),
        ]
        del rows[1]["name"]
        return answer(rows)


def snapshot(price: float) -> dict[str, Any]:
    bar = {"t": "2026-05-18T04:00:00Z", "o": price - 1, "h": price + 1, "l": price - 2, "c": price, "v": 25_846_800}
    return {
        "latestTrade": {"t": "2026-05-18T15:50:06.563Z", "x": "V", "p": price, "s": 145, "c": ["@"], "i": 62_700},
        "latestQuote": {
            "t": "2026-05-18T15:50:07.257820915Z",
            "ax": "V",
            "ap": round(price + 0.01, 2),
            "as": 7,
            "bx": " ",
            "bp": 0,
            "bs": 0,
        },
        "minuteBar": bar | {"t": "2026-05-18T15:49:00Z"},
        "dailyBar": bar,
        "prevDailyBar": bar | {"t": "2026-05-15T04:00:00Z", "c": price - 2},
    }


def asset(symbol: str, exchange: str, name: str, class_: str = "us_equity", status: str = "active") -> dict[str, Any]:
    return {"id": symbol, "class": class_, "exchange": exchange, "symbol": symbol, "name": name, "status": status}


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def answer(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=json.dumps(value).encode(), status=status, content_type="application/json")
