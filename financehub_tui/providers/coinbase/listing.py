"""Coinbase's products as the table of pairs, with the names of their currencies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.providers.coinbase.wire import Currency, Product
from financehub_tui.providers.kit.http import HttpClient
from financehub_tui.providers.kit.pairs import Pair, PairTable

VENUE = "COINBASE"
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


class CoinbasePairs(PairTable):
    """Loaded with two calls: products, and what their currencies are called."""

    venue = VENUE
    endpoint = "products"
    popular = ("USD", "USDC", "EUR", "GBP", "USDT", "BTC", "ETH")

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        super().__init__(http, clock)
        self._names: Mapping[str, str] = {}

    async def load(self) -> Iterable[Pair]:
        """All products."""
        response = await self.http.get("/products", endpoint=self.endpoint)
        products = response.decode(list[Product])
        self._names = await self._currency_names()
        return [pair_of(product, self._names.get(product.base_currency, "")) for product in products]

    async def _currency_names(self) -> Mapping[str, str]:
        """Names by code; where they cannot be had the codes do."""
        try:
            response = await self.http.get("/currencies", endpoint="currencies")
            return {currency.id: currency.name for currency in response.decode(list[Currency]) if currency.name}
        except ProviderError:
            return self._names


def pair_of(product: Product, base_title: str) -> Pair:
    """A product as a pair. Older answers have no status."""
    return Pair(
        name=product.id,
        base=product.base_currency,
        quote=product.quote_currency,
        trading=product.status in ("", "online") and not product.trading_disabled,
        status=product.status,
        tick=product.quote_increment,
        lot=product.base_increment,
        least_value=product.min_market_funds,
        base_title=base_title,
        aliases={"coinbase": product.id},
    )
