"""Yahoo Finance on a local server: cookie, consent, crumb, chart, quote, summary, search, options and statements
in the documented shapes.

All values are made up; shapes and refusals follow the interface's observed behaviour.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.yahoo.provider import YahooProvider
from vendors.server import VendorServer

QUOTE = "/v7/finance/quote"
SEARCH = "/v1/finance/search"
CRUMB = "/v1/test/getcrumb"
CHART = "/v8/finance/chart/"
SUMMARY = "/v10/finance/quoteSummary/"
OPTIONS = "/v7/finance/options/"
TIMESERIES = "/ws/fundamentals-timeseries/v1/finance/timeseries/"
NEWS = "/xhr/ncp"
SCREEN = "/v1/finance/screener/predefined/saved"
MOST_TYPES = 60
"""Statement lines of one call; the address of more is too long."""
INVALID_CRUMB = {"finance": {"result": None, "error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}
NOT_FOUND = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
CONSENT_PAGE = (
    '<html><form method="post"><input type="hidden" name="csrfToken" value="tok&amp;en">'
    '<input value="3_cc-session_1" name="sessionId" type="hidden"></form></html>'
)

NOW = 1_700_000_100 * NANOS
"""2023-11-14 22:15 UTC, after the close in New York."""
QUICK = HttpOptions(attempts=2, backoff=0.01, backoff_max=0.02, total_timeout=0.5, read_timeout=0.4)


class StepClock(ManualClock):
    """A clock on which every look costs a second of duration, so that no test waits for a budget."""

    def monotonic(self) -> float:
        self.advance(1)
        return super().monotonic()

    def now(self) -> int:
        return NOW


@asynccontextmanager
async def running() -> AsyncIterator[YahooVendor]:
    """The vendor on a server of its own."""
    async with VendorServer() as server:
        yield YahooVendor(server)


def provider(server: VendorServer, cache_dir: Path | None = None, alternative: str = "") -> YahooProvider:
    """Yahoo with every host on the local server."""
    url = server.url
    return YahooProvider(
        StepClock(),
        rest_url=url,
        alt_rest_url=alternative or url,
        cookie_url=url,
        guce_url=url,
        consent_url=url,
        news_url=url,
        cache_dir=cache_dir,
        options=QUICK,
    )


class YahooVendor:
    """Plays every host of Yahoo's on one server. `crumb` is the one that is accepted now."""

    def __init__(self, server: VendorServer) -> None:
        self.server = server
        self.numbers = itertools.count(1)
        self.crumb = ""
        self.cookie_works = True
        self.consents = 0
        self.quotes: dict[str, dict[str, Any]] = {}
        for path, handler in {
            "/": self._cookie,
            CRUMB: self._crumb,
            QUOTE: self._quote,
            "/consent": self._consent,
            "/v2/collectConsent": self._collect,
            "/copyConsent": self._copy,
        }.items():
            server.serve(path, handler)

    def expire(self) -> None:
        """The crumb given out so far is refused from now on."""
        self.crumb = "expired on the server"

    def chart(self, ticker: str, body: Any, status: int = 200) -> None:
        self.server.serve(CHART + ticker, body, status=status)

    def summary(self, ticker: str, body: Any, status: int = 200) -> None:
        """Served to holders of the crumb only."""

        async def handler(request: web.Request) -> web.Response:
            if not self._admitted(request):
                return web.json_response(INVALID_CRUMB, status=401)
            return web.json_response(body, status=status)

        self.server.serve(SUMMARY + ticker, handler)

    def options(self, ticker: str, chains: dict[str, dict[str, Any]], spot: float = 100.0) -> None:
        """Chains by ISO expiry, each `{"calls": [...], "puts": [...]}`; the first is the nearest. Needs the crumb."""
        days = {midnight(day): chain for day, chain in chains.items()}

        async def handler(request: web.Request) -> web.Response:
            if not self._admitted(request):
                return web.json_response(INVALID_CRUMB, status=401)
            asked = int(request.query.get("date") or next(iter(days), 0))
            chain = days.get(asked, {"calls": [], "puts": []})
            result = {
                "underlyingSymbol": ticker,
                "expirationDates": list(days),
                "strikes": [],
                "hasMiniOptions": False,
                "quote": wire_quote(ticker, regularMarketPrice=spot),
                "options": [{"expirationDate": asked, "hasMiniOptions": False, **chain}] if days else [],
            }
            return web.json_response({"optionChain": {"result": [result], "error": None}})

        self.server.serve(OPTIONS + ticker, handler)

    def statements(self, ticker: str, values: dict[str, dict[str, float]], currency: str = "USD") -> None:
        """Values by type (`annualTotalRevenue`) and ISO date; types without values come as Yahoo sends them."""
        lengths = {"annual": "12M", "quarte": "3M", "traili": "TTM"}

        async def handler(request: web.Request) -> web.Response:
            types = request.query.get("type", "").split(",")
            if len(types) > MOST_TYPES:
                return web.Response(status=414, text="URI Too Long")
            series = []
            for name in types:
                one: dict[str, Any] = {"meta": {"symbol": [ticker], "type": [name]}}
                if name in values:
                    one["timestamp"] = [midnight(day) for day in values[name]]
                    one[name] = [
                        {
                            "dataId": 1,
                            "asOfDate": day,
                            "periodType": lengths[name[:6]],
                            "currencyCode": currency,
                            "reportedValue": {"raw": value, "fmt": str(value)},
                        }
                        for day, value in values[name].items()
                    ]
                series.append(one)
            return web.json_response({"timeseries": {"result": series, "error": None}})

        self.server.serve(TIMESERIES + ticker, handler)

    def stream(self, ticker: str, items: list[Any]) -> None:
        """A ticker's own news; other tickers have none."""

        async def handler(request: web.Request) -> web.Response:
            asked = (await request.json())["serviceConfig"]
            proper = request.method == "POST" and request.query.get("serviceKey") == "ncp_fin"
            found = items[: asked["snippetCount"]] if asked["s"] == [ticker] else []
            data = {"tickerStream": {"pagination": {}, "nextPage": None, "stream": found}}
            return web.json_response({"data": data, "status": "OK"}, status=200 if proper else 400)

        self.server.serve(NEWS, handler)

    def news(self, stories: list[Any]) -> None:
        self.server.serve(SEARCH, {"explains": [], "count": 0, "quotes": [], "news": stories})

    def screen(self, name: str, hits: list[Any]) -> None:
        """One predefined screen; another name is refused."""

        async def handler(request: web.Request) -> web.Response:
            if request.query["scrIds"] != name or not 1 <= int(request.query["count"]) <= 250:
                error = {"code": "Bad Request", "description": "Invalid screener"}
                return web.json_response({"finance": {"result": None, "error": error}}, status=400)
            result = {"id": "1", "canonicalName": name.upper(), "total": len(hits), "count": len(hits), "quotes": hits}
            return web.json_response({"finance": {"result": [result], "error": None}})

        self.server.serve(SCREEN, handler)

    def quote(self, symbol: str, **fields: Any) -> None:
        self.quotes[symbol] = wire_quote(symbol, **fields)

    def _admitted(self, request: web.Request) -> bool:
        return bool(self.crumb) and request.query.get("crumb") == self.crumb and "A3" in request.cookies

    async def _cookie(self, _: web.Request) -> web.Response:
        answer = web.Response(status=404, text="<html>not here</html>", content_type="text/html")
        if self.cookie_works:
            answer.set_cookie("A3", f"d={next(self.numbers)}", max_age=31_536_000)
        return answer

    async def _crumb(self, request: web.Request) -> web.Response:
        if "A3" not in request.cookies:
            return web.json_response(INVALID_CRUMB, status=401)
        self.crumb = f"a/b.{next(self.numbers)}=Q"
        return web.Response(text=self.crumb)

    async def _consent(self, _: web.Request) -> web.Response:
        return web.Response(text=CONSENT_PAGE, content_type="text/html")

    async def _collect(self, request: web.Request) -> web.Response:
        form = parse_qs((await request.read()).decode())
        complete = form.get("csrfToken") == ["tok&en"] and form.get("agree") == ["agree", "agree"]
        if not complete or request.query.get("sessionId") != "3_cc-session_1":
            return web.Response(status=400)
        self.consents += 1
        return web.Response(text="ok")

    async def _copy(self, _: web.Request) -> web.Response:
        answer = web.Response(text="ok")
        answer.set_cookie("A3", f"d={next(self.numbers)}")
        return answer

    async def _quote(self, request: web.Request) -> web.Response:
        if not self._admitted(request):
            return web.json_response(INVALID_CRUMB, status=401)
        names = request.query.get("symbols", "").split(",")
        found = [self.quotes[name] for name in names if name in self.quotes]
        return web.json_response({"quoteResponse": {"result": found, "error": None}})


def midnight(day: str) -> int:
    """Epoch seconds of an ISO date, 00:00 UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def wire_contract(occ: str, strike: float, **fields: Any) -> dict[str, Any]:
    """One option of the expiry in its name."""
    return {
        "contractSymbol": occ,
        "strike": strike,
        "currency": "USD",
        "lastPrice": 5.5,
        "change": 0,
        "percentChange": 0,
        "volume": 7,
        "openInterest": 12,
        "bid": 5.4,
        "ask": 5.6,
        "contractSize": "REGULAR",
        "expiration": midnight(f"20{occ[-15:-13]}-{occ[-13:-11]}-{occ[-11:-9]}"),
        "lastTradeDate": 1_699_990_000,
        "impliedVolatility": 0.31,
        "inTheMoney": False,
    } | fields


def wire_story(number: int, title: str, **fields: Any) -> dict[str, Any]:
    """One story, published `number` minutes after 2023-11-14 21:00 UTC."""
    return {
        "uuid": f"00000000-0000-0000-0000-{number:012}",
        "title": title,
        "publisher": "Wire",
        "link": f"https://example.com/{number}",
        "providerPublishTime": 1_699_995_600 + 60 * number,
        "type": "STORY",
        "thumbnail": {"resolutions": []},
    } | fields


def wire_item(number: int, title: str, **fields: Any) -> dict[str, Any]:
    """One place of a ticker's stream, published `number` minutes after 2023-11-14 21:00 UTC."""
    content = {
        "id": f"10000000-0000-0000-0000-{number:012}",
        "contentType": "STORY",
        "title": title,
        "summary": "What it says.",
        "pubDate": f"2023-11-14T21:{number:02}:00Z",
        "thumbnail": None,
        "provider": {"displayName": "Wire", "url": "https://example.com/"},
        "canonicalUrl": {"url": f"https://example.com/{number}", "site": "finance"},
        "clickThroughUrl": None,
    } | fields
    return {"id": content["id"], "content": content}


def wire_modules(**modules: Any) -> dict[str, Any]:
    """A summary of the modules given."""
    return {"quoteSummary": {"result": [modules], "error": None}}


def wire_quote(symbol: str, **fields: Any) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "quoteType": "EQUITY",
        "currency": "USD",
        "exchange": "NMS",
        "market": "us_market",
        "marketState": "REGULAR",
        "priceHint": 2,
        "exchangeDataDelayedBy": 0,
        "regularMarketPrice": 101.5,
        "regularMarketTime": 1_700_000_000,
        "regularMarketPreviousClose": 100.0,
        "regularMarketOpen": 100.25,
        "regularMarketDayHigh": 102.0,
        "regularMarketDayLow": 99.5,
        "regularMarketVolume": 1_000_000,
        "bid": 101.4,
        "ask": 101.6,
        "bidSize": 3,
        "askSize": 5,
        "aFieldOfTomorrow": {"nested": [1, None]},
    } | fields


def wire_chart(
    times: list[int | None] | None,
    closes: list[Any] | None = None,
    *,
    granularity: str = "1d",
    zone: str = "America/New_York",
    adjclose: list[Any] | None = None,
    events: dict[str, Any] | None = None,
    columns: dict[str, Any] | None = None,
    **meta: Any,
) -> dict[str, Any]:
    """A chart answer; open, high, low and close are all the close unless `columns` says otherwise."""
    prices = {} if closes is None else dict.fromkeys(("open", "high", "low", "close"), closes)
    if closes is not None:
        prices["volume"] = [None if close is None else 1_000 for close in closes]
    indicators: dict[str, Any] = {"quote": [prices | (columns or {})]}
    if adjclose is not None:
        indicators["adjclose"] = [{"adjclose": adjclose}]
    result: dict[str, Any] = {
        "meta": {
            "currency": "USD",
            "symbol": "TEST",
            "exchangeName": "NMS",
            "instrumentType": "EQUITY",
            "exchangeTimezoneName": zone,
            "gmtoffset": -18_000,
            "priceHint": 2,
            "regularMarketPrice": 101.5,
            "regularMarketTime": 1_700_000_000,
            "chartPreviousClose": 100.0,
            "dataGranularity": granularity,
        }
        | meta,
        "indicators": indicators,
    }
    if times is not None:
        result["timestamp"] = times
    if events is not None:
        result["events"] = events
    return {"chart": {"result": [result], "error": None}}


def refused(name: str, code: str, description: str) -> dict[str, Any]:
    """An error inside the envelope of an endpoint."""
    return {name: {"result": None, "error": {"code": code, "description": description}}}
