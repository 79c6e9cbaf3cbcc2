"""Binance's symbols: exchangeInfo, loaded at most once a day, searched locally because the venue has no search."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal

from financehub_tui.clock import NANOS, Clock
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Provenance
from financehub_tui.providers.binance.wire import ExchangeInfo, Symbol
from financehub_tui.providers.kit.http import HttpClient

VENUE = "BINANCE"
KEPT = 24 * 3_600 * NANOS
WEIGHT = 20
_POPULAR_QUOTES = ("USDT", "USDC", "FDUSD", "BTC", "EUR", "ETH", "BNB")


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


def instrument_of(symbol: Symbol) -> Instrument:
    """A listed pair as an instrument."""
    return Instrument(
        asset_class=AssetClass.CRYPTO,
        symbol=symbol.symbol,
        venue=VENUE,
        currency=symbol.quote_asset,
        kind=Kind.SPOT,
        name=f"{symbol.base_asset} / {symbol.quote_asset}",
        base=symbol.base_asset,
        decimals=symbol.decimals,
        aliases={"binance": symbol.symbol},
    )


class Listing:
    """The table of symbols."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._symbols: dict[str, Symbol] = {}
        self._loaded_at: int | None = None

    async def symbols(self) -> Mapping[str, Symbol]:
        """All pairs by name, at most a day old. Raises ProviderError."""
        async with self._lock:
            if self._loaded_at is None or self._clock.now() - self._loaded_at >= KEPT:
                response = await self._http.get("/api/v3/exchangeInfo", endpoint="exchangeInfo", cost=WEIGHT)
                self._symbols = {symbol.symbol: symbol for symbol in response.decode(ExchangeInfo).symbols}
                self._loaded_at = response.received_at
        return self._symbols

    def decimals(self, name: str) -> int | None:
        """Decimals of a pair's prices where the table happens to be loaded."""
        symbol = self._symbols.get(name)
        return symbol.decimals if symbol else None

    async def search(self, text: str, limit: int) -> list[Instrument]:
        """Trading pairs whose name begins with the text, or has it as an asset; popular quote assets first."""
        wanted = "".join(character for character in text.upper() if character.isalnum())
        if not wanted:
            return []
        found = [
            symbol
            for symbol in (await self.symbols()).values()
            if symbol.status == "TRADING"
            and (symbol.symbol.startswith(wanted) or wanted in (symbol.base_asset, symbol.quote_asset))
        ]
        found.sort(key=lambda symbol: _rank(symbol, wanted))
        return [instrument_of(symbol) for symbol in found[:limit]]


def _rank(symbol: Symbol, wanted: str) -> tuple[bool, bool, int, str]:
    quote = symbol.quote_asset
    popularity = _POPULAR_QUOTES.index(quote) if quote in _POPULAR_QUOTES else len(_POPULAR_QUOTES)
    return symbol.symbol != wanted, symbol.base_asset != wanted, popularity, symbol.symbol


def profile_of(instrument: Instrument, symbol: Symbol, provenance: Provenance) -> Profile:
    """What the venue says of a pair: assets, status and the contract's steps."""
    price, lot = symbol.rule("PRICE_FILTER"), symbol.rule("LOT_SIZE")
    notional = symbol.rule("NOTIONAL") or symbol.rule("MIN_NOTIONAL")
    least = _plain(notional.min_notional if notional else None)
    facts = [
        ("Base asset", symbol.base_asset),
        ("Quote asset", symbol.quote_asset),
        ("Status", symbol.status),
        ("Tick size", _plain(price.tick_size if price else None)),
        ("Lot step", _plain(lot.step_size if lot else None)),
        ("Minimum order value", f"{least} {symbol.quote_asset}" if least else ""),
    ]
    return Profile(
        key=instrument.key,
        name=instrument.name or f"{symbol.base_asset} / {symbol.quote_asset}",
        provenance=provenance,
        currency=symbol.quote_asset,
        identifiers={"binance": symbol.symbol},
        extra=tuple((name, value) for name, value in facts if value),
    )


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"
