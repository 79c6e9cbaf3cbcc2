"""Binance's symbols: exchangeInfo as the table of pairs."""

from __future__ import annotations

from collections.abc import Iterable

from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.providers.binance.wire import ExchangeInfo, Symbol
from financehub_tui.providers.kit.pairs import Pair, PairTable

VENUE = "BINANCE"
WEIGHT = 20


def symbol_of(instrument: Instrument) -> str | None:
    """Binance's name of an instrument: its alias, or its symbol where it is a spot pair of this or of any venue.

    A pair in US dollars has none: Binance quotes USDT, which is not USD.
    """
    if alias := instrument.aliases.get("binance"):
        return alias
    if instrument.asset_class is not AssetClass.CRYPTO or instrument.kind is not Kind.SPOT:
        return None
    if instrument.venue not in ("", VENUE) or instrument.currency == "USD":
        return None
    return instrument.symbol.replace("-", "").replace("/", "").upper()


class BinancePairs(PairTable):
    """Loaded with one call of several megabytes."""

    venue = VENUE
    endpoint = "exchangeInfo"
    popular = ("USDT", "USDC", "FDUSD", "BTC", "EUR", "ETH", "BNB")

    async def load(self) -> Iterable[Pair]:
        """All symbols."""
        response = await self.http.get("/api/v3/exchangeInfo", endpoint=self.endpoint, cost=WEIGHT)
        return [pair_of(symbol) for symbol in response.decode(ExchangeInfo).symbols]


def pair_of(symbol: Symbol) -> Pair:
    """A symbol as a pair; its rules give the steps. Only TRADING is trading, whatever else there may be."""
    price, lot, value = symbol.rule("PRICE_FILTER"), symbol.rule("LOT_SIZE"), symbol.rule("NOTIONAL", "MIN_NOTIONAL")
    return Pair(
        name=symbol.symbol,
        base=symbol.base_asset,
        quote=symbol.quote_asset,
        trading=symbol.status == "TRADING",
        status=symbol.status,
        tick=price.tick_size if price else None,
        lot=lot.step_size if lot else None,
        least_value=value.min_notional if value else None,
        aliases={"binance": symbol.symbol},
    )
