"""CoinMarketCap as a local server, with keys and without, in the forms of two versions. All values are made up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from vendors.server import VendorServer

NOW = datetime(2026, 5, 18, 12, 50, 20, tzinfo=UTC)
KEY = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeee42"
OTHER_KEY = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeee77"
COINS: list[tuple[int, str, str, int | None, int]] = [
    (1, "BTC", "Bitcoin", 1, 1),
    (999_001, "BTC", "Bitcoin Fun", 4_500, 1),
    (1027, "ETH", "Ethereum", 2, 1),
    (2010, "ADA", "Cardano", 8, 1),
    (31, "TWIN", "Twin One", 900, 1),
    (32, "TWIN", "Twin Two", 1_100, 1),
    (77, "DEAD", "Dead Coin", 2_900, 0),
    (78, "SLEEP", "Sleeping Coin", 3_000, 1),
]
MAP, QUOTES = "v1/cryptocurrency/map", "v3/cryptocurrency/quotes/latest"
INFO, HISTORY = "v2/cryptocurrency/info", "v2/cryptocurrency/ohlcv/historical"


class CoinMarketCapVendor(VendorServer):
    """`keyless` is the path under which calls without a key are answered; `form` is list or map; `paid` opens bars."""

    def __init__(self, *, now: datetime = NOW) -> None:
        super().__init__()
        self.now = now
        self.keyless = "/public-api"
        self.form = "list"
        self.paid = True
        self.keys = {KEY, OTHER_KEY}
        for name, handler in {MAP: self._map, QUOTES: self._quotes, INFO: self._info, HISTORY: self._history}.items():
            for root in ("", "/public-api", "/trial-pro-api"):
                self.serve(f"{root}/{name}", self._checked(root, handler))

    def _checked(self, root: str, handler: Any) -> Any:
        def checked(request: web.Request) -> web.Response:
            if root:
                return handler(request) if root == self.keyless else web.Response(status=404, text="gone")
            key = request.headers.get("X-CMC_PRO_API_KEY")
            if key is None:
                return refused(401, 1002, "API key missing.")
            return handler(request) if key in self.keys else refused(401, 1001, "This API Key is invalid.")

        return checked

    def _map(self, _: web.Request) -> web.Response:
        rows = [
            {"id": id_, "rank": rank, "name": name, "symbol": symbol, "slug": name.lower(), "is_active": active}
            for id_, symbol, name, rank, active in COINS
        ]
        return answer(rows, error_code="0", error_message="SUCCESS", elapsed="1")

    def _quotes(self, request: web.Request) -> web.Response:
        wanted = request.query["id"].split(",")
        records = [self._record(coin, request.query["convert"]) for coin in COINS if str(coin[0]) in wanted]
        if self.form == "list":
            return answer(records, error_code="0", error_message="")
        return answer({str(record["id"]): record for record in records})

    def _record(self, coin: tuple[int, str, str, int | None, int], currency: str) -> dict[str, Any]:
        id_, symbol, name, rank, _ = coin
        price = {
            "price": None if symbol == "SLEEP" else 77_671.123456789 if id_ == 1 else 0.5336789,
            "volume_24h": 22_429_715_433.5,
            "percent_change_24h": -2.5,
            "market_cap": 1_555_886_872_303.5,
            "market_cap_dominance": 59.75,
            "last_updated": "2026-05-18T12:49:00.000Z",
        }
        record = {"id": id_, "symbol": symbol, "name": name, "cmc_rank": rank, "is_active": 1, "tags": [{"slug": "x"}]}
        if self.form == "list":
            return record | {"quote": [{"id": 2781, "symbol": currency, **price}]}
        return record | {"quote": {currency: price}}

    def _info(self, request: web.Request) -> web.Response:
        info = {
            "id": 1,
            "name": "Bitcoin",
            "symbol": "BTC",
            "category": "coin",
            "description": "Money of the internet. ",
            "notice": "",
            "tags": ["mineable"],
            "tag-names": ["Mineable", "PoW"],
            "urls": {
                "website": ["https://bitcoin.invalid/"],
                "technical_doc": ["https://x.invalid/b.pdf"],
                "chat": None,
            },
            "date_added": "2010-07-13T00:00:00.000Z",
            "date_launched": None,
            "platform": None,
        }
        return answer({request.query["id"]: info})

    def _history(self, request: web.Request) -> web.Response:
        if not self.paid:
            return refused(403, 1006, "Your API Key subscription plan doesn't support this endpoint.")
        step = timedelta(days=1) if request.query["time_period"] == "daily" else timedelta(hours=1)
        start, end = (datetime.fromisoformat(request.query[name]) for name in ("time_start", "time_end"))
        first = start.replace(minute=0, second=0) if step.seconds else start.replace(hour=0, minute=0, second=0)
        periods, opened = [], first + step
        while opened <= end and opened + step <= self.now and len(periods) < int(request.query["count"]):
            candle = {"open": 10.0, "high": 12.0, "low": 9.0, "close": 11.5, "volume": 5e9, "market_cap": None}
            periods.append({"time_open": iso(opened), "time_close": iso(opened + step), "quote": {"USD": candle}})
            opened += step
        series = {"id": 1, "symbol": "BTC", "name": "Bitcoin", "quotes": periods}
        return answer(series if self.form == "list" else {"1": series})


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def answer(data: Any, status: int = 200, **head: Any) -> web.Response:
    told = {"timestamp": iso(NOW), "error_code": 0, "error_message": None, "elapsed": 8, "credit_count": 1, **head}
    value = {"status": told} | ({} if data is None else {"data": data})
    return web.Response(body=json.dumps(value).encode(), status=status, content_type="application/json")


def refused(status: int, code: int, words: str) -> web.Response:
    return answer(None, status, error_code=code, error_message=words)


def refusal(code: int, words: str = "no") -> dict[str, Any]:
    """The body of a refusal, for faults."""
    return {"status": {"timestamp": iso(NOW), "error_code": code, "error_message": words, "credit_count": 0}}
