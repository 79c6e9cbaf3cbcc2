"""CoinGecko as a local server: the public host under `/`, the Pro host under `/pro`. All values are made up.

Three coins are called BTC, of which one is Bitcoin; two are called TWIN and nobody can tell which is meant.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from vendors.server import VendorServer

NOW_MS = 1_779_108_600_000
"""2026-05-18 12:50:00 UTC."""
DAY_MS = 86_400_000
DEMO_KEY = "CG-demoDEMOdemoDEMOdemo42"
PRO_KEY = "CG-proPROproPROproPROpro77"

TOTAL_USD = 2_600_000_000_000

COINS: list[tuple[str, str, str, int | None]] = [
    ("bitcoin", "btc", "Bitcoin", 1),
    ("batcat", "btc", "batcat", None),
    ("big-tom-coin", "btc", "Big Tom Coin", 4_100),
    ("ethereum", "eth", "Ethereum", 2),
    ("solana", "sol", "Solana", 6),
    ("twin-one", "twin", "Twin One", 900),
    ("twin-two", "twin", "Twin Two", 1_100),
    ("ghost-a", "ghost", "Ghost A", None),
    ("ghost-b", "ghost", "Ghost B", None),
    ("tiny", "tiny", "Tiny", None),
]


def market(coin: str, symbol: str, name: str, rank: int | None) -> dict[str, Any]:
    """A row of coins/markets, with the nulls of a coin nobody trades."""
    return {
        "id": coin,
        "symbol": symbol,
        "name": name,
        "image": f"https://images.invalid/{coin}.png",
        "current_price": 77_671 if coin == "bitcoin" else 2_100.25,
        "market_cap": 1_555_886_872_303 if coin == "bitcoin" else 0 if rank is None else 250_000_000_000,
        "market_cap_rank": rank,
        "fully_diluted_valuation": None,
        "total_volume": 33_235_034_316,
        "high_24h": 78_419 if coin == "bitcoin" else None,
        "low_24h": 76_696 if coin == "bitcoin" else None,
        "price_change_24h": -747.25 if coin == "bitcoin" else None,
        "roi": None,
        "last_updated": "2026-05-18T12:49:21.599Z",
    }


class CoinGeckoVendor(VendorServer):
    """Knows the coins of `COINS`; with `keys` it wants one of them. `now` in milliseconds."""

    def __init__(self, *, now: int = NOW_MS) -> None:
        super().__init__()
        self.now = now
        self.unlisted: set[str] = set()
        """Coins without data, which coins/markets leaves out."""
        for root in ("", "/pro"):
            self.serve(f"{root}/coins/list", self._keyed(root, self._list))
            self.serve(f"{root}/coins/markets", self._keyed(root, self._markets))
            self.serve(f"{root}/coins/bitcoin", self._keyed(root, self._coin))
            self.serve(f"{root}/coins/bitcoin/market_chart", self._keyed(root, self._chart))
            self.serve(f"{root}/coins/bitcoin/ohlc", self._keyed(root, self._ohlc))
            self.serve(f"{root}/global", self._keyed(root, self._global))
            self.serve(f"{root}/search", self._keyed(root, self._search))

    def _keyed(self, root: str, handler: Any) -> Any:
        def checked(request: web.Request) -> web.Response:
            demo = request.headers.get("x-cg-demo-api-key")
            pro = request.headers.get("x-cg-pro-api-key")
            if root and pro != PRO_KEY:
                return refused(401, 10_011 if demo else 10_002, "wrong key for this host")
            if not root and (pro or demo not in (None, DEMO_KEY)):
                return refused(401, 10_010 if pro else 10_002, "wrong key for this host")
            return handler(request)

        return checked

    def _list(self, _: web.Request) -> web.Response:
        return answer([{"id": coin, "symbol": symbol, "name": name} for coin, symbol, name, _ in COINS])

    def _markets(self, request: web.Request) -> web.Response:
        if "vs_currency" not in request.query:
            return answer({"error": "Missing parameter vs_currency"}, 422)
        wanted = request.query["ids"].split(",")
        return answer([market(*row) for row in COINS if row[0] in wanted and row[0] not in self.unlisted])

    def _global(self, _: web.Request) -> web.Response:
        totals = {"usd": TOTAL_USD, "eur": None}
        return answer({"data": {"active_cryptocurrencies": 17_000, "total_market_cap": totals, "updated_at": 1}})

    def _coin(self, _: web.Request) -> web.Response:
        return answer(
            {
                "id": "bitcoin",
                "symbol": "btc",
                "name": "Bitcoin",
                "asset_platform_id": None,
                "platforms": {"": ""},
                "hashing_algorithm": "SHA-256",
                "categories": ["Cryptocurrency", None, "Layer 1 (L1)"],
                "description": {"en": 'Money of the <a href="https://x.invalid">internet</a> &amp; more.\r\n'},
                "links": {"homepage": ["", "http://www.bitcoin.org", None], "whitepaper": "https://x.invalid/b.pdf"},
                "country_origin": None,
                "genesis_date": "2009-01-03",
                "market_cap_rank": 1,
                "market_data": {
                    "market_cap": {"eur": 1.2e12, "usd": 1_373_296_629_498},
                    "ath": {"usd": 126_080},
                    "atl": {"usd": 67.81},
                    "circulating_supply": 19_675_962.0,
                    "total_supply": 21_000_000.0,
                    "max_supply": None,
                },
                "last_updated": "2026-05-18T12:49:21.599Z",
            }
        )

    def _chart(self, request: web.Request) -> web.Response:
        days = int(request.query["days"])
        midnight = self.now - self.now % DAY_MS
        points = [[midnight - back * DAY_MS, 70_000.5 + days - back] for back in range(days - 1, -1, -1)]
        points += [[self.now + 400, 99_000.25], [self.now - 100, 98_000.0]]
        return answer({"prices": points, "market_caps": [[at, None] for at, _ in points], "total_volumes": points})

    def _ohlc(self, request: web.Request) -> web.Response:
        days = int(request.query["days"])
        if days not in (1, 7, 14, 30, 90, 180, 365):
            return answer({"status": 500, "error": "Internal Server Error"}, 500)
        step = 1_800_000 if days == 1 else 14_400_000 if days <= 30 else 4 * DAY_MS
        last = -(-self.now // step) * step
        ends = range(last - days * DAY_MS + step, last + 1, step)
        return answer([[end, 10.0, 12.0, 9.0, 11.5] for end in ends])

    def _search(self, request: web.Request) -> web.Response:
        text = request.query["query"].lower()
        coins = [
            {"id": coin, "name": name, "api_symbol": coin, "symbol": symbol.upper(), "market_cap_rank": rank}
            for coin, symbol, name, rank in COINS
            if text in (symbol, coin) or text in name.lower()
        ]
        return answer({"coins": coins, "exchanges": [], "icos": [], "categories": [{"id": None}], "nfts": []})


def answer(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=json.dumps(value).encode(), status=status, content_type="application/json")


def refused(status: int, code: int, words: str) -> web.Response:
    return answer({"status": {"error_code": code, "error_message": words}}, status)
