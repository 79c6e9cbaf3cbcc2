"""Kraken's pairs: AssetPairs, loaded at most once a day, searched locally because the venue has no search."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from financehub_tui.clock import NANOS, Clock
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Provenance
from financehub_tui.providers.kit.http import HttpClient
from financehub_tui.providers.kit.precision import tick_decimals
from financehub_tui.providers.kraken import names
from financehub_tui.providers.kraken.wire import Pair, Pairs

KEPT = 24 * 3_600 * NANOS
_POPULAR_QUOTES = ("USD", "EUR", "USDT", "USDC", "GBP", "BTC", "ETH")


def symbol_of(pair: Pair) -> str | None:
    """The v2 symbol of a listed pair; None for the dark pools, which have no name on the socket."""
    return names.read_pair(pair.wsname) if pair.wsname else None


def decimals_of(pair: Pair) -> int:
    """Decimals of a pair's prices: those of its tick size."""
    own = tick_decimals(pair.tick_size)
    return pair.pair_decimals if own is None else own


def instrument_of(symbol: str, pair: Pair) -> Instrument:
    """A listed pair as an instrument."""
    base, _, quote = symbol.partition("/")
    return Instrument(
        asset_class=AssetClass.CRYPTO,
        symbol=symbol,
        venue=names.VENUE,
        currency=quote,
        kind=Kind.SPOT,
        name=f"{base} / {quote}",
        base=base,
        decimals=decimals_of(pair),
        aliases={"kraken": symbol, "kraken_rest": pair.altname},
    )


class Listing:
    """The table of pairs by v2 symbol."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._pairs: dict[str, Pair] = {}
        self._loaded_at: int | None = None

    async def pairs(self) -> Mapping[str, Pair]:
        """All pairs, at most a day old. Raises ProviderError."""
        async with self._lock:
            if self._loaded_at is None or self._clock.now() - self._loaded_at >= KEPT:
                response = await self._http.get("/0/public/AssetPairs", endpoint="AssetPairs")
                listed = response.decode(Pairs).result.values()
                self._pairs = {symbol: pair for pair in listed if (symbol := symbol_of(pair))}
                self._loaded_at = response.received_at
        return self._pairs

    def decimals(self, symbol: str) -> int | None:
        """Decimals of a pair's prices where the table happens to be loaded."""
        pair = self._pairs.get(symbol)
        return decimals_of(pair) if pair else None

    async def search(self, text: str, limit: int) -> list[Instrument]:
        """Pairs that trade and whose name begins with the text, or have it as an asset; popular quotes first."""
        wanted = "".join(character for character in text.upper() if character.isalnum())
        if not wanted:
            return []
        found = [
            (symbol, pair)
            for symbol, pair in (await self.pairs()).items()
            if pair.status == "online" and _matches(symbol, pair, wanted)
        ]
        found.sort(key=lambda entry: _rank(entry[0], wanted))
        return [instrument_of(symbol, pair) for symbol, pair in found[:limit]]


def _matches(symbol: str, pair: Pair, wanted: str) -> bool:
    spellings = (symbol.replace("/", "").upper(), pair.altname.upper())
    assets = {part.upper() for part in (*symbol.split("/"), pair.base, pair.quote)}
    return wanted in assets or any(spelling.startswith(wanted) for spelling in spellings)


def _rank(symbol: str, wanted: str) -> tuple[bool, bool, int, str]:
    base, _, quote = symbol.partition("/")
    popularity = _POPULAR_QUOTES.index(quote) if quote in _POPULAR_QUOTES else len(_POPULAR_QUOTES)
    return base + quote != wanted, base != names.asset(wanted), popularity, symbol


def profile_of(instrument: Instrument, symbol: str, pair: Pair, provenance: Provenance) -> Profile:
    """What the venue says of a pair: assets, status and the contract's steps."""
    base, _, quote = symbol.partition("/")
    tick = (
        f"{pair.tick_size:f}" if pair.tick_size is not None else f"{10.0**-pair.pair_decimals:.{pair.pair_decimals}f}"
    )
    facts = [
        ("Base asset", base),
        ("Quote asset", quote),
        ("Status", pair.status),
        ("Tick size", tick),
        ("Lot step", f"{10.0**-pair.lot_decimals:.{pair.lot_decimals}f}"),
        ("Minimum order size", f"{pair.ordermin} {base}" if pair.ordermin else ""),
        ("Minimum order value", f"{pair.costmin} {quote}" if pair.costmin else ""),
    ]
    return Profile(
        key=instrument.key,
        name=instrument.name or f"{base} / {quote}",
        provenance=provenance,
        currency=quote,
        identifiers={"kraken": symbol, "kraken_rest": pair.altname},
        extra=tuple((name, value) for name, value in facts if value),
    )
