"""Market values of coins: venues do not know them, so a catalogue of coins is asked, and another one checks it.

A coin is asked for once, whatever pairs it is traded in, and in US dollars, so that coins can be compared.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import msgspec

from financehub_tui.asking import Urgency, asking
from financehub_tui.engine.batching import WINDOW, QuoteBatcher, QuoteSearch, mapping
from financehub_tui.engine.disagreements import Disagreements
from financehub_tui.engine.origins import in_tier, noted
from financehub_tui.engine.parts import Parts
from financehub_tui.engine.ranking import SCARCE
from financehub_tui.engine.router import Candidate
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Tier
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import DataKind
from financehub_tui.providers.kit.coins import coin_against, is_coin

if TYPE_CHECKING:
    from financehub_tui.providers.base import MarketValues as Catalogue

log = logging.getLogger(__name__)
KIND = DataKind.MARKET_VALUE
CURRENCY = "USD"
FIELD = "market_cap"
PATIENCE = 8.0
"""Seconds the second catalogue may take."""
EVERY = 30.0
"""Seconds between two looks at what is on screen; a catalogue is asked only where what is held is old."""


def coin_of(instrument: Instrument) -> Instrument:
    """The coin of a pair, on no venue, against the US dollar."""
    return coin_against(CURRENCY, instrument.base, aliases=instrument.aliases)


class MarketValues:
    """Plans questions for market values: the cheapest healthy catalogue answers, the next one confirms."""

    def __init__(self, parts: Parts, disagreements: Disagreements) -> None:
        self._parts = parts
        self._disagreements = disagreements
        search = QuoteSearch(parts.router, parts.clock.monotonic, KIND, _values_of)
        self._batcher = QuoteBatcher(search.run, parts.tasks, WINDOW)
        self._wanted: Sequence[Instrument] = ()
        self._looked: float | None = None

    async def values(self, instruments: Sequence[Instrument]) -> dict[str, Quote | Missing]:
        """Market values by instrument key, as quotes that hold nothing else; what is no pair of a coin is left out."""
        pairs = {one.key: coin_of(one) for one in instruments if is_coin(one)}
        coins = {coin.key: coin for coin in pairs.values()}
        found: dict[str, Quote | Missing] = {}
        behind = self._held(coins, found)
        if behind:
            self._parts.tasks.spawn(self._fetch(behind), "refresh of market values")
        if need := [coin for key, coin in coins.items() if key not in found]:
            found |= await self._fetch(need)
        answers = {key: _of_pair(key, found[coin.key]) for key, coin in pairs.items()}
        for key, answer in answers.items():
            self._parts.journal.add(key, KIND, answer.provenance if isinstance(answer, Quote) else answer)
        return answers

    def _held(self, coins: Mapping[str, Instrument], found: dict[str, Quote | Missing]) -> list[Instrument]:
        """Take what memory has; returns those whose value is old."""
        old = []
        for key, coin in coins.items():
            held = self._parts.answers.get(KIND, key, Quote)
            if held is not None:
                value, fresh = held
                found[key] = in_tier(value, Tier.MEMORY)
                if not fresh:
                    old.append(coin)
        return old

    async def _fetch(self, coins: Sequence[Instrument]) -> dict[str, Quote | Missing]:
        answers = await self._batcher.ask(coins)
        for key, answer in answers.items():
            self._parts.answers.put(KIND, key, answer)
        there = [(coin, answer) for coin in coins if isinstance(answer := answers[coin.key], Quote)]
        if self._parts.stale_first:
            self._parts.tasks.spawn(self._check(there), "check of market values")
            return answers
        return answers | await self._check(there)

    async def _check(self, values: Sequence[tuple[Instrument, Quote]]) -> dict[str, Quote]:
        """Ask the next catalogue for the same coins; the values with what it says of them, kept so."""
        groups: dict[str, tuple[Candidate, list[tuple[Instrument, Quote]]]] = {}
        for coin, value in values:
            second = self._second(coin, value)
            if second is not None:
                groups.setdefault(second.entry.id, (second, []))[1].append((coin, value))
        checked: dict[str, Quote] = {}
        for candidate, group in groups.values():
            size = max(1, candidate.offered.batch)
            for start in range(0, len(group), size):
                checked |= await self._confirm(candidate, group[start : start + size])
        return checked

    def _second(self, coin: Instrument, value: Quote) -> Candidate | None:
        """Who confirms a value: the best of the others, unless its budget is kept for what only it can do."""
        able, _ = self._parts.router.candidates(KIND, coin)
        first = value.provenance.provider if value.provenance else ""
        others = [one for one in able if one.entry.id != first]
        return next((one for one in others if self._parts.router.lanes.left(one.entry.id) >= SCARCE), None)

    async def _confirm(self, candidate: Candidate, group: Sequence[tuple[Instrument, Quote]]) -> dict[str, Quote]:
        work = _values_of(candidate, [coin for coin, _ in group])
        try:
            with asking(Urgency.BACKFILL, "check of market values"):
                said = await self._parts.router.call(candidate, KIND, work, PATIENCE, instrument=group[0][0])
        except ProviderError as error:
            log.info("market values are not confirmed: %s", error)
            return {}
        checked = {coin.key: self._compared(coin, value, candidate, said.get(coin.key)) for coin, value in group}
        for key, value in checked.items():
            self._parts.answers.put(KIND, key, value)
        return checked

    def _compared(self, coin: Instrument, value: Quote, candidate: Candidate, other: object) -> Quote:
        """The value with a note on what another catalogue says."""
        from financehub_tui.engine.crosscheck import crosscheck, readings_of

        title = candidate.provider.spec.title
        if not isinstance(other, Quote):
            return noted(value, [f"{title} has no value to compare"])
        first = self._parts.router.health.of(value.provenance.provider).title if value.provenance else ""
        found = crosscheck(FIELD, readings_of({first: value, title: other}, FIELD, self._parts.clock.now()))
        self._disagreements.look(coin.key, found)
        if value.dominance is None and other.dominance is not None:
            value = noted(msgspec.structs.replace(value, dominance=other.dominance), [f"dominance by {title}"])
        if found.confidence:
            return noted(value, [f"{title} agrees, confidence {found.confidence:.0%}"])
        return noted(value, [f"in dispute, confidence {found.confidence:.0%}: {found.findings[0].detail}"])

    def want(self, instruments: Sequence[Instrument]) -> None:
        """Keep the live quotes of these filled from now on: see `look`."""
        self._wanted, self._looked = instruments, None

    def look(self) -> None:
        """Put the newest values into the live quotes of what is wanted. Called often; it looks every half minute."""
        now = self._parts.clock.monotonic()
        if self._wanted and (self._looked is None or now - self._looked >= EVERY):
            self._looked = now
            self._parts.tasks.spawn(self._show(), "market values of what is on screen")

    async def _show(self) -> None:
        for key, value in (await self.values(self._wanted)).items():
            if isinstance(value, Quote):
                self._parts.book.put_value(key, value)


def filled(quote: Quote | Missing, value: Quote | Missing | None) -> Quote | Missing:
    """A quote with a catalogue's market value, and where that comes from, unless its own source knows it."""
    if not isinstance(quote, Quote) or not isinstance(value, Quote) or quote.market_cap is not None:
        return quote
    return msgspec.structs.replace(
        quote, market_cap=value.market_cap, dominance=value.dominance, market_cap_from=value.provenance
    )


def _of_pair(key: str, value: Quote | Missing) -> Quote | Missing:
    return value if isinstance(value, Missing) else msgspec.structs.replace(value, key=key)


async def _values_of(candidate: Candidate, coins: list[Instrument]) -> dict[str, Any]:
    return mapping(candidate, await cast("Catalogue", candidate.provider).market_values(coins))
