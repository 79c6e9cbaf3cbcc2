"""Coinbase's other API, Advanced Trade: the same products from another host, asked where the Exchange's is away.

Its answers have other shapes: every number is a text, candles come in pages of 350 and name their columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urlencode

import msgspec
from msgspec import UNSET, UnsetType

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import Interval
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.coinbase.wire import Instant, Stats
from financehub_tui.providers.kit.http import HttpClient, Response
from financehub_tui.providers.kit.numbers import Number
from financehub_tui.providers.kit.numbers import Positive as Amount
from financehub_tui.providers.kit.requests import Parameters

URL = "https://api.coinbase.com"
NOTE = "Coinbase Exchange does not answer: from Advanced Trade"
AWAY = (Reason.OFFLINE, Reason.TIMEOUT, Reason.CIRCUIT_OPEN, Reason.PROVIDER_ERROR)
"""Why the Exchange's host may not answer."""
PAGE = 350
BATCH = 50
"""Products a call, so that its address does not become too long."""
_MARKET = "/api/v3/brokerage/market"
GRANULARITIES = {
    Interval.M1: "ONE_MINUTE",
    Interval.M5: "FIVE_MINUTE",
    Interval.M15: "FIFTEEN_MINUTE",
    Interval.H1: "ONE_HOUR",
    Interval.D1: "ONE_DAY",
}
_Price = Amount | Literal[""]
"""Empty where there is none."""


class Candle(msgspec.Struct, frozen=True):
    """A candle; `time` in seconds."""

    time: int = msgspec.field(name="start")
    low: Amount
    high: Amount
    open: Amount
    close: Amount
    volume: Amount

    @property
    def start(self) -> int:
        """Nanoseconds since 1970 UTC."""
        return self.time * NANOS


class Candles(msgspec.Struct, frozen=True):
    """products/ID/candles, newest first."""

    candles: list[Candle]


class BookLevel(msgspec.Struct, frozen=True):
    """A level; numbers of orders are not told."""

    price: Amount
    size: Amount


class PriceBook(msgspec.Struct, frozen=True):
    """Levels, best first."""

    bids: list[BookLevel]
    asks: list[BookLevel]
    time: Instant | UnsetType = UNSET


class ProductBook(msgspec.Struct, frozen=True):
    """product_book."""

    pricebook: PriceBook


class Product(msgspec.Struct, frozen=True):
    """A row of products: last price, and the last 24 hours."""

    product_id: str
    price: _Price = ""
    price_percentage_change_24h: Number | Literal[""] = ""
    volume_24h: _Price = ""

    @property
    def stats(self) -> Stats:
        """As the Exchange tells them; the price of 24 hours ago is reckoned from the change."""
        change = self.price_percentage_change_24h
        before = UNSET if self.price == "" or change == "" or change <= -100 else self.price / (1 + change / 100)
        return Stats(open=before, last=self.price or UNSET, volume=UNSET if self.volume_24h == "" else self.volume_24h)


class Products(msgspec.Struct, frozen=True):
    """products."""

    products: list[Product]


class AdvancedTrade:
    """The calls that stand in for the Exchange's. All raise ProviderError."""

    def __init__(self, http: HttpClient) -> None:
        self.http = http

    async def candles(self, product: str, interval: Interval, first: int, end: int) -> Sequence[Candle]:
        """Candles that begin from `first` on and before `end` (seconds since 1970 UTC), in order of time."""
        step = interval.seconds
        rows: list[Candle] = []
        for page in range(first, end, PAGE * step):
            last = min(page + (PAGE - 1) * step, (end - 1) // step * step)
            params: Parameters = {"start": page, "end": last, "granularity": GRANULARITIES[interval], "limit": PAGE}
            path = f"{_MARKET}/products/{product}/candles"
            found = (await self.http.get(path, params, endpoint="advanced candles")).decode(Candles).candles
            rows += [row for row in reversed(found) if first <= row.time < end]
        return rows

    async def book(self, product: str, depth: int) -> tuple[Response, PriceBook]:
        """The best levels, with the answer they came in."""
        params: Parameters = {"product_id": product, "limit": depth}
        response = await self.http.get(f"{_MARKET}/product_book", params, endpoint="advanced product_book")
        return response, response.decode(ProductBook).pricebook

    async def products(self, wanted: Sequence[str]) -> tuple[int, Mapping[str, Product]]:
        """When they came (ns since 1970 UTC), and the products by id that there are."""
        found: dict[str, Product] = {}
        received = 0
        for start in range(0, len(wanted), BATCH):
            query = urlencode([("product_ids", product) for product in wanted[start : start + BATCH]])
            response = await self.http.get(f"{_MARKET}/products?{query}", endpoint="advanced products")
            received = response.received_at
            found |= {product.product_id: product for product in response.decode(Products).products}
        return received, found


def is_away(error: ProviderError) -> bool:
    """True where the host did not answer at all, or with a fault of its own."""
    return error.reason in AWAY and (error.status is None or error.status >= 500)
