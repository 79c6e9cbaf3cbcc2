"""Quotes, as well as they can be had now: the live book, memory, the store, providers; and each says which it was."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from financehub_tui.engine.batching import WINDOW, QuoteBatcher, QuoteSearch
from financehub_tui.engine.origins import in_tier, noted
from financehub_tui.engine.parts import Parts
from financehub_tui.engine.words import age
from financehub_tui.errors import StoreError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason, Tier
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import DataKind

log = logging.getLogger(__name__)
STREAM_FRESH = 60.0
"""Seconds a streamed quote answers a question without a call."""
UNANSWERABLE = (Reason.UNKNOWN_SYMBOL, Reason.NOT_OFFERED)


class QuotePlanner:
    """Plans questions for quotes."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        search = QuoteSearch(parts.router, parts.clock.monotonic)
        self.batcher = QuoteBatcher(search.run, parts.tasks, WINDOW)

    async def quotes(self, instruments: Sequence[Instrument], fresh: bool = False) -> dict[str, Quote | Missing]:
        """Quotes by key. With `fresh`, only providers answer; what they cannot, the store does, with its age."""
        wanted = {instrument.key: instrument for instrument in instruments}
        found: dict[str, Quote | Missing] = {}
        behind: list[Instrument] = []
        if not fresh:
            behind += self._held(wanted, found)
            if self._parts.stale_first and len(found) < len(wanted):
                stored = await self._stored({key: "" for key in wanted if key not in found})
                found |= stored
                behind += [wanted[key] for key in stored]
        if behind:
            self._parts.tasks.spawn(self.refresh(behind), "refresh of quotes")
        need = [instrument for key, instrument in wanted.items() if key not in found]
        if need and not fresh:
            found |= await self._shared(need)
            need = [instrument for instrument in need if instrument.key not in found]
        if need:
            found |= await self._ask(need)
        return {key: found[key] for key in wanted}

    def _held(self, wanted: dict[str, Instrument], found: dict[str, Quote | Missing]) -> list[Instrument]:
        """Take what memory has; returns those whose answer is stale."""
        stale: list[Instrument] = []
        for key, instrument in wanted.items():
            streamed = self._parts.book.streamed(key, STREAM_FRESH)
            if streamed is not None:
                found[key] = streamed
                continue
            held = self._parts.answers.get(DataKind.QUOTE, key, Quote)
            if held is None:
                continue
            value, fresh = held
            if isinstance(value, Quote):
                self._parts.hit(value.provenance)
                value = in_tier(value, Tier.MEMORY)
            found[key] = value
            if not fresh:
                stale.append(instrument)
        return stale

    async def _shared(self, instruments: Sequence[Instrument]) -> dict[str, Quote]:
        """What another terminal fetched a moment ago."""
        shared = self._parts.shared
        if shared is None:
            return {}
        found = await shared.get_many(DataKind.QUOTE, [instrument.key for instrument in instruments], Quote)
        for quote in found.values():
            self._parts.hit(quote.provenance)
            self._parts.answers.put(DataKind.QUOTE, quote.key, quote)
        return {quote.key: in_tier(quote, Tier.REDIS) for quote in found.values()}

    async def refresh(self, instruments: Sequence[Instrument]) -> None:
        """Fetch quotes and put them into the live book; whoever draws an instrument sees it change."""
        for key, answer in (await self._ask(instruments)).items():
            if isinstance(answer, Quote):
                self._parts.book.apply(answer)
                self._parts.book.touch(key)
            else:
                self._parts.book.fail(key, answer)

    async def show_stored(self, instruments: Sequence[Instrument]) -> None:
        """Put stored quotes into the live book: the first paint."""
        for answer in (await self._stored({instrument.key: "" for instrument in instruments})).values():
            self._parts.book.apply(answer)

    async def _ask(self, instruments: Sequence[Instrument]) -> dict[str, Quote | Missing]:
        answers = await self.batcher.ask(instruments)
        for key, answer in answers.items():
            self._parts.answers.put(DataKind.QUOTE, key, answer)
            self._parts.journal.add(key, DataKind.QUOTE, answer if isinstance(answer, Missing) else answer.provenance)
            if isinstance(answer, Quote) and self._parts.writer is not None:
                self._parts.writer.keep_quote(answer)
        self._parts.share(DataKind.QUOTE, {key: answer for key, answer in answers.items() if isinstance(answer, Quote)})
        missed = {
            key: answer.detail
            for key, answer in answers.items()
            if isinstance(answer, Missing) and answer.reason not in UNANSWERABLE
        }
        return answers | await self._stored(missed)

    async def _stored(self, wanted: Mapping[str, str]) -> dict[str, Quote]:
        """Stored quotes, marked as such with their age, and with why they are not newer, which is given by key."""
        door = self._parts.store
        if door is None or door.empty or not wanted:
            return {}
        try:
            quotes = await (await door.open()).latest_quotes(list(wanted))
        except StoreError as error:
            log.warning("stored quotes: %s", error)
            return {}
        return {key: self._as_stored(quote, wanted[key]) for key, quote in quotes.items()}

    def _as_stored(self, quote: Quote, why: str) -> Quote:
        notes = [f"stored {age(self._parts.clock.now() - quote.time)} ago", *([why] if why else [])]
        return noted(in_tier(quote, Tier.STORE), notes)
