"""Questions about one instrument at a time: order book, trades, reference data; and the search for instruments."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

from financehub_tui.engine.answers import NEGATIVE_DEFAULT
from financehub_tui.engine.health import BLAMELESS
from financehub_tui.engine.origins import in_tier, noted, origin
from financehub_tui.engine.parts import Parts
from financehub_tui.engine.router import Candidate
from financehub_tui.errors import DataMissingError, ProviderError, StoreError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing, Reason, Tier
from financehub_tui.market.quote import Book, Trade
from financehub_tui.providers.base import DataKind

T = TypeVar("T")
Ask = Callable[[Candidate], Coroutine[Any, Any, T]]
log = logging.getLogger(__name__)
SEARCH_PATIENCE = 3.0
"""Seconds a provider's search is waited for: the security master has answered already."""


class Lookup:
    """Plans questions that are answered one by one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def book(self, instrument: Instrument, depth: int, *, live: bool = True) -> Book:
        """An order book: the live one unless told otherwise, else a provider's snapshot. Raises DataMissingError."""
        held = self._parts.book.book(instrument.key, depth) if live else None
        if isinstance(held, Book) and held.bids and held.asks:
            return held

        async def ask(candidate: Candidate) -> Book:
            return checked(Book, await candidate.provider.book(instrument, depth), candidate)

        return await self.single(DataKind.BOOK, instrument, depth, Book, ask)

    async def trades(self, instrument: Instrument, limit: int, *, live: bool = True) -> list[Trade]:
        """Recent trades, newest first: the live tape, filled up by a provider. Raises DataMissingError."""
        tape = list(self._parts.book.trades(instrument.key, limit)) if live else []
        if len(tape) >= limit:
            return tape

        async def ask(candidate: Candidate) -> list[Trade]:
            answer = await candidate.provider.trades(instrument, limit)
            return [checked(Trade, trade, candidate) for trade in answer]

        try:
            fetched = await self.single(DataKind.TRADES, instrument, limit, list, ask)
        except DataMissingError:
            stored = tape or await self._stored_trades(instrument.key, limit)
            if stored:
                return stored
            raise
        if tape and any(trade.provider != tape[0].provider for trade in fetched):
            # The tape of one venue is not filled up with the trades of another.
            return tape
        known = {(trade.id, trade.time, trade.price, trade.size) for trade in tape}
        older = [trade for trade in fetched if (trade.id, trade.time, trade.price, trade.size) not in known]
        return sorted([*tape, *older], key=lambda trade: trade.time, reverse=True)[:limit]

    async def _stored_trades(self, key: str, limit: int) -> list[Trade]:
        door = self._parts.store
        if door is None or door.empty:
            return []
        try:
            return await (await door.open()).read_trades(key, limit)
        except StoreError as error:
            log.warning("stored trades: %s", error)
            return []

    async def profile(self, instrument: Instrument) -> Profile:
        """Reference data. Raises DataMissingError."""

        async def ask(candidate: Candidate) -> Profile:
            return checked(Profile, await candidate.provider.profile(instrument), candidate)

        return await self.single(DataKind.PROFILE, instrument, 0, Profile, ask)

    async def search(self, text: str, limit: int) -> list[Instrument]:
        """What providers find for a text; a provider that fails finds nothing."""
        held = self._parts.answers.get(DataKind.SEARCH, (text, limit), list)
        if held is None or isinstance(held[0], Missing):
            return await self._found(text, limit)
        if not held[1]:
            self._parts.tasks.spawn(self._found(text, limit), "refresh of what was found")
        return held[0]

    async def _found(self, text: str, limit: int) -> list[Instrument]:
        return await self._parts.flights.run((DataKind.SEARCH, text, limit), lambda: self._search(text, limit))

    async def _search(self, text: str, limit: int) -> list[Instrument]:
        """Ask all of them at once; what comes of it is kept, for a moment only where one of them failed."""
        router = self._parts.router
        await router.catalog.ready()
        answers = await asyncio.gather(*(self._listed(candidate, text, limit) for candidate in router.searchers()))
        found: dict[str, Instrument] = {}
        for instrument in (one for answer in answers for one in answer or ()):
            found.setdefault(instrument.key, instrument)
        kept = list(found.values())[:limit]
        whole = None not in answers
        if kept or whole:
            self._parts.answers.put(DataKind.SEARCH, (text, limit), kept, None if whole else NEGATIVE_DEFAULT)
        return kept

    async def _listed(self, candidate: Candidate, text: str, limit: int) -> list[Instrument] | None:
        """What one provider finds; None where it failed."""

        async def ask() -> list[Instrument]:
            return [checked(Instrument, one, candidate) for one in await candidate.provider.search(text, limit)]

        try:
            return await self._parts.router.call(candidate, DataKind.SEARCH, ask(), SEARCH_PATIENCE)
        except ProviderError as error:
            log.info("search: %s", error)
            return [] if error.reason in BLAMELESS else None

    async def single(
        self, kind: DataKind, instrument: Instrument, detail: Hashable, expected: type[T], ask: Ask[T]
    ) -> T:
        """Memory, else the providers in turn; equal questions (same kind, instrument, detail) share one call.

        Raises DataMissingError.
        """
        key = (instrument.key, detail)
        held = self._parts.answers.get(kind, key, expected)
        if held is not None:
            value, fresh = held
            if isinstance(value, Missing):
                raise DataMissingError(value)
            self._parts.hit(origin(value))
            if not fresh:
                self._parts.tasks.spawn(self._fetched(kind, instrument, key, ask), f"refresh of {kind}")
            return in_tier(value, Tier.MEMORY)
        shared = await self._parts.shared_answer(kind, key, expected)
        if shared is not None:
            self._parts.answers.put(kind, key, shared)
            return shared
        return await self._fetched(kind, instrument, key, ask)

    async def _fetched(self, kind: DataKind, instrument: Instrument, key: tuple[str, Hashable], ask: Ask[T]) -> T:
        return await self._parts.flights.run((kind, key), lambda: self._fetch(kind, instrument, key, ask))

    async def _fetch(self, kind: DataKind, instrument: Instrument, key: tuple[str, Hashable], ask: Ask[T]) -> T:
        parts = self._parts
        try:
            value, tried = await parts.router.first(kind, instrument, ask)
        except DataMissingError as error:
            parts.answers.put(kind, key, error.missing)
            parts.journal.add(instrument.key, kind, error.missing)
            raise
        value = noted(value, parts.router.notes(tried))
        parts.answers.put(kind, key, value)
        parts.share(kind, {key: value})
        parts.journal.add(instrument.key, kind, origin(value))
        return value


def checked(expected: type[T], value: object, candidate: Candidate) -> T:
    """The value, where it is what the contract says. Raises ProviderError."""
    if isinstance(value, expected):
        return value
    words = f"sent {type(value).__name__} for {expected.__name__}"
    raise ProviderError(candidate.entry.id, Reason.BAD_ANSWER, words)
