"""Coinbase's products, loaded at most once a day with the names of their currencies, and searched locally."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Provenance
from financehub_tui.providers.coinbase.wire import Currency, Product
from financehub_tui.providers.kit.http import HttpClient
from financehub_tui.providers.kit.precision import tick_decimals

VENUE = "COINBASE"
KEPT = 24 * 3_600 * NANOS
_POPULAR_QUOTES = ("USD", "USDC", "EUR", "GBP", "USDT", "BTC", "ETH")
_SEPARATOR = re.compile(r"[/\-_ ]")


def product_of(instrument: Instrument) -> str | None:
    """BTC-USD for a spot pair of this venue (or of none in particular), else None."""
    if instrument.asset_class is not AssetClass.CRYPTO or instrument.kind is not Kind.SPOT:
        return None
    if instrument.venue not in ("", VENUE):
        return None
    if alias := instrument.aliases.get("coinbase"):
        return alias.upper()
    quote = instrument.currency.upper()
    if instrument.base:
        return f"{instrument.base.upper()}-{quote}"
    parts = _SEPARATOR.split(instrument.symbol.strip().upper())
    if len(parts) == 1 and parts[0].endswith(quote):
        parts = [parts[0].removesuffix(quote), quote]
    return "-".join(parts) if len(parts) == 2 and all(parts) else None


class Listing:
    """The table of products."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._products: dict[str, Product] = {}
        self._names: dict[str, str] = {}
        self._loaded_at: int | None = None

    async def products(self) -> Mapping[str, Product]:
        """All products by id, at most a day old. Raises ProviderError."""
        async with self._lock:
            if self._loaded_at is None or self._clock.now() - self._loaded_at >= KEPT:
                response = await self._http.get("/products", endpoint="products")
                self._products = {product.id: product for product in response.decode(list[Product])}
                self._names = await self._currency_names()
                self._loaded_at = response.received_at
        return self._products

    async def _currency_names(self) -> dict[str, str]:
        """Names by code; where they cannot be had the codes do."""
        try:
            response = await self._http.get("/currencies", endpoint="currencies")
            return {currency.id: currency.name for currency in response.decode(list[Currency]) if currency.name}
        except ProviderError:
            return self._names

    def decimals(self, product: str) -> int | None:
        """Decimals of a product's prices where the table happens to be loaded."""
        listed = self._products.get(product)
        return tick_decimals(listed.quote_increment) if listed else None

    def name(self, product: Product) -> str:
        """Bitcoin / USD."""
        return f"{self._names.get(product.base_currency, product.base_currency)} / {product.quote_currency}"

    async def search(self, text: str, limit: int) -> list[Instrument]:
        """Products that trade, by id, asset or the asset's name; popular quote currencies first."""
        wanted = "".join(character for character in text.upper() if character.isalnum())
        if not wanted:
            return []
        found = [
            product
            for product in (await self.products()).values()
            if product.status in ("", "online") and not product.trading_disabled and self._matches(product, wanted)
        ]
        found.sort(key=lambda product: _rank(product, wanted))
        return [self.instrument(product) for product in found[:limit]]

    def instrument(self, product: Product) -> Instrument:
        """A product as an instrument."""
        return Instrument(
            asset_class=AssetClass.CRYPTO,
            symbol=product.id,
            venue=VENUE,
            currency=product.quote_currency,
            kind=Kind.SPOT,
            name=self.name(product),
            base=product.base_currency,
            decimals=tick_decimals(product.quote_increment),
            aliases={"coinbase": product.id},
        )

    def _matches(self, product: Product, wanted: str) -> bool:
        if product.id.replace("-", "").startswith(wanted) or wanted in (product.base_currency, product.quote_currency):
            return True
        name = self._names.get(product.base_currency, "")
        return "".join(character for character in name.upper() if character.isalnum()).startswith(wanted)


def _rank(product: Product, wanted: str) -> tuple[bool, bool, int, str]:
    quote = product.quote_currency
    popularity = _POPULAR_QUOTES.index(quote) if quote in _POPULAR_QUOTES else len(_POPULAR_QUOTES)
    return product.id.replace("-", "") != wanted, product.base_currency != wanted, popularity, product.id


def profile_of(instrument: Instrument, product: Product, name: str, provenance: Provenance) -> Profile:
    """What the venue says of a product: assets, status and the contract's steps."""
    quote = product.quote_currency
    funds = product.min_market_funds
    facts = [
        ("Base asset", product.base_currency),
        ("Quote asset", quote),
        ("Status", product.status),
        ("Tick size", "" if product.quote_increment is None else f"{product.quote_increment.normalize():f}"),
        ("Lot step", "" if product.base_increment is None else f"{product.base_increment.normalize():f}"),
        ("Minimum order value", f"{funds} {quote}" if funds else ""),
    ]
    return Profile(
        key=instrument.key,
        name=instrument.name or name,
        provenance=provenance,
        currency=quote,
        identifiers={"coinbase": product.id},
        extra=tuple((label, value) for label, value in facts if value),
    )
