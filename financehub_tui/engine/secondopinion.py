"""What another source says of a streamed price that is not believed."""

from __future__ import annotations

import logging

from financehub_tui.asking import Urgency, asking
from financehub_tui.clock import NANOS
from financehub_tui.engine.batching import quotes_of
from financehub_tui.engine.disagreements import Disagreements
from financehub_tui.engine.doubts import Doubt, Verdict, near
from financehub_tui.engine.parts import Parts
from financehub_tui.engine.ranking import SCARCE
from financehub_tui.engine.router import Candidate
from financehub_tui.engine.row import Row
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import DataKind

log = logging.getLogger(__name__)
SECONDS = 8.0
FIELD = "last"
AT_ONCE = 20
"""Questions under way: a source may go wrong in everything."""


class SecondOpinion:
    """Tells of doubts, and asks the best of the other sources whose budget is not scarce."""

    def __init__(self, parts: Parts, disagreements: Disagreements) -> None:
        self._parts = parts
        self._disagreements = disagreements
        self._under_way = 0

    def question(self, row: Row, doubt: Doubt) -> None:
        """Tell of a doubt, and find out without making anybody wait; `Doubts.answer` is told the outcome."""
        title = self.title(doubt.source.provider)
        self._tell(row.key, {title: doubt.price, f"{title} before": doubt.reference})
        self._parts.journal.add(row.key, DataKind.QUOTE, Missing(reason=Reason.BAD_ANSWER, detail=doubt.words))
        if self._under_way < AT_ONCE:  # others stay held back until they are asked about again
            self._under_way += 1
            task = self._parts.tasks.spawn(self._ask(row, doubt), "second opinion on a price")
            task.add_done_callback(self._ended)

    def _ended(self, _: object) -> None:
        self._under_way -= 1

    async def _ask(self, row: Row, doubt: Doubt) -> None:
        candidate = self._other(row.instrument, doubt.source.provider) if row.instrument is not None else None
        verdict, words = Verdict.UNKNOWN, ""
        if candidate is not None and row.instrument is not None:
            quote = await self._quote(candidate, row.instrument)
            if quote is not None and quote.last is not None:
                other = candidate.provider.spec.title
                self._tell(row.key, {self.title(doubt.source.provider): doubt.price, other: quote.last})
                late = {candidate.offered.delay, _delay(quote)} != {Delay.REALTIME}
                verdict, words = _verdict(doubt, quote, quote.last, late), f"; {other} says {quote.last:,.10g}"
        self._parts.book.doubts.answer(row, doubt, verdict, words)

    def _other(self, instrument: Instrument, but: str) -> Candidate | None:
        able, _ = self._parts.router.candidates(DataKind.QUOTE, instrument)
        lanes = self._parts.router.lanes
        return next((one for one in able if one.entry.id != but and lanes.left(one.entry.id) >= SCARCE), None)

    async def _quote(self, candidate: Candidate, instrument: Instrument) -> Quote | None:
        """What another source says now, in the instrument's currency."""
        work = quotes_of(candidate, [instrument])
        try:
            with asking(Urgency.LIST, "second opinion"):
                said = await self._parts.router.call(candidate, DataKind.QUOTE, work, SECONDS, instrument=instrument)
        except ProviderError as error:
            log.info("no second opinion on %s: %s", instrument.key, error)
            return None
        quote = said.get(instrument.key)
        return quote if isinstance(quote, Quote) and _of_currency(quote, instrument) else None

    def _tell(self, key: str, values: dict[str, float]) -> None:
        from financehub_tui.engine.crosscheck import Reading, crosscheck

        readings = [Reading(provider=name, value=value) for name, value in values.items()]
        self._disagreements.look(key, crosscheck(FIELD, readings))

    def title(self, provider: str) -> str:
        """A provider's name as users know it."""
        return self._parts.router.health.of(provider).title or provider


def _verdict(doubt: Doubt, quote: Quote, last: float, late: bool) -> Verdict:
    """A source that is late, or has had no trade for long, may confirm a new price but not deny it."""
    from financehub_tui.engine.crosscheck import LATE

    if near(last, doubt.price):
        return Verdict.CONFIRMED
    knows = not late and quote.time >= doubt.began - LATE * NANOS
    return Verdict.DENIED if knows and near(last, doubt.reference) else Verdict.UNKNOWN


def _delay(quote: Quote) -> Delay:
    return quote.provenance.delay if quote.provenance else Delay.REALTIME


def _of_currency(quote: Quote, instrument: Instrument) -> bool:
    said = quote.provenance.currency if quote.provenance else ""
    return not said or not instrument.currency or said == instrument.currency
