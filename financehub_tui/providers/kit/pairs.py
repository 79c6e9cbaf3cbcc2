"""A venue's spot pairs: a table loaded at most once a day, and searched here because the venues have no search."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Provenance, Reason
from financehub_tui.providers.kit.http import HttpClient
from financehub_tui.providers.kit.precision import tick_decimals

KEPT = 24 * 3_600 * NANOS


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A spot pair as a venue lists it."""

    name: str
    """The venue's own: BTCUSDT, BTC/USD, BTC-USD."""
    base: str
    quote: str
    trading: bool
    status: str = ""
    """In the venue's words."""
    tick: Decimal | None = None
    """Step of prices."""
    lot: Decimal | None = None
    """Step of sizes."""
    least_size: Decimal | None = None
    """Of an order, in the base asset."""
    least_value: Decimal | None = None
    """Of an order, in the quote asset."""
    base_title: str = ""
    """Bitcoin, where the venue tells."""
    spellings: tuple[str, ...] = ()
    """Further beginnings it is found by."""
    aliases: Mapping[str, str] = {}
    """Its names by dialect, as `Instrument.aliases` has them."""

    @property
    def decimals(self) -> int | None:
        """Decimals of its prices."""
        return tick_decimals(self.tick)

    @property
    def title(self) -> str:
        """Bitcoin / USD."""
        return f"{self.base_title or self.base} / {self.quote}"


class PairTable(ABC):
    """The pairs of one venue by name. A venue says how they are loaded."""

    venue: str
    """As in `Instrument.venue`."""
    endpoint: str
    """The table's, for origins and errors."""
    popular: tuple[str, ...]
    """Quote assets, the most usual first."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self.http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._pairs: Mapping[str, Pair] = {}
        self._spelled: Mapping[str, tuple[str, ...]] = {}
        """Plain beginnings by which each is found."""
        self._decimals: Mapping[str, int | None] = {}
        self._loaded_at: int | None = None

    @abstractmethod
    async def load(self) -> Iterable[Pair]:
        """All pairs, from the venue. Raises ProviderError."""

    def asset(self, word: str) -> str:
        """The venue's name of an asset that somebody may call otherwise."""
        return word

    async def pairs(self) -> Mapping[str, Pair]:
        """All pairs by name, at most a day old. Raises ProviderError."""
        async with self._lock:
            now = self._clock.now()
            if self._loaded_at is None or now - self._loaded_at >= KEPT:
                self._pairs = {pair.name: pair for pair in await self.load()}
                self._spelled = {
                    name: tuple(plain(text) for text in (name, *pair.spellings, pair.base_title) if text)
                    for name, pair in self._pairs.items()
                }
                self._decimals = {name: pair.decimals for name, pair in self._pairs.items()}
                self._loaded_at = now
        return self._pairs

    async def pair(self, name: str) -> Pair:
        """One pair. Raises ProviderError, UNKNOWN_SYMBOL where it is not listed."""
        found = (await self.pairs()).get(name)
        if found is None:
            words = f"{name} is not listed"
            raise ProviderError(self.http.provider, Reason.UNKNOWN_SYMBOL, words, endpoint=self.endpoint)
        return found

    def decimals(self, name: str) -> int | None:
        """Decimals of a pair's prices where the table happens to be loaded."""
        return self._decimals.get(name)

    async def search(self, text: str, limit: int) -> list[Instrument]:
        """Pairs that trade and begin with the text, or have it as an asset; usual quote assets first."""
        wanted = plain(text)
        if not wanted:
            return []
        found = [pair for pair in (await self.pairs()).values() if pair.trading and self._matches(pair, wanted)]
        found.sort(key=lambda pair: self._rank(pair, wanted))
        return [self.instrument(pair) for pair in found[:limit]]

    def instrument(self, pair: Pair) -> Instrument:
        """A listed pair as an instrument."""
        return Instrument(
            asset_class=AssetClass.CRYPTO,
            symbol=pair.name,
            venue=self.venue,
            currency=pair.quote,
            kind=Kind.SPOT,
            name=pair.title,
            base=pair.base,
            decimals=pair.decimals,
            aliases=dict(pair.aliases),
        )

    def _matches(self, pair: Pair, wanted: str) -> bool:
        if self.asset(wanted) in (pair.base.upper(), pair.quote.upper()):
            return True
        return any(spelling.startswith(wanted) for spelling in self._spelled[pair.name])

    def _rank(self, pair: Pair, wanted: str) -> tuple[bool, bool, int, str]:
        place = self.popular.index(pair.quote) if pair.quote in self.popular else len(self.popular)
        return self._spelled[pair.name][0] != wanted, pair.base.upper() != self.asset(wanted), place, pair.name


def plain(text: str) -> str:
    """Letters and digits alone, in capitals."""
    return "".join(character for character in text.upper() if character.isalnum())


def profile_of(instrument: Instrument, pair: Pair, provenance: Provenance) -> Profile:
    """What the venue says of a pair: assets, status and the contract's steps."""
    facts = [
        ("Base asset", pair.base),
        ("Quote asset", pair.quote),
        ("Status", pair.status),
        ("Tick size", _step(pair.tick)),
        ("Lot step", _step(pair.lot)),
        ("Minimum order size", _step(pair.least_size, pair.base)),
        ("Minimum order value", _step(pair.least_value, pair.quote)),
    ]
    return Profile(
        key=instrument.key,
        name=instrument.name or pair.title,
        provenance=provenance,
        currency=pair.quote,
        identifiers=dict(pair.aliases),
        extra=tuple((name, value) for name, value in facts if value),
    )


def _step(size: Decimal | None, asset: str = "") -> str:
    """A positive amount written out, of an asset; empty where there is none."""
    return "" if size is None or tick_decimals(size) is None else f"{size.normalize():f} {asset}".rstrip()
