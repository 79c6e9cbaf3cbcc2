"""Polling of what no stream brings, as often as its market moves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from math import inf

from financehub_tui.asking import Urgency, asking
from financehub_tui.clock import Clock
from financehub_tui.engine.lookup import Lookup
from financehub_tui.engine.marketvalues import MarketValues
from financehub_tui.engine.planner import QuotePlanner
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.streams import Streams
from financehub_tui.errors import DataMissingError
from financehub_tui.figures import FeedStatus
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote, Session

log = logging.getLogger(__name__)
EVERY = {
    Session.REGULAR: 5.0,
    Session.CONTINUOUS: 5.0,
    Session.PRE: 15.0,
    Session.POST: 15.0,
    Session.CLOSED: 300.0,
}
"""Seconds between two polls of an instrument, by the session of its market."""
SOONEST = min(EVERY.values())
SELDOM = 300.0
"""Seconds between two polls of what changes once a day, or of what nobody carries."""
STALLED = 20.0
"""Seconds after which a stream that does not come is polled."""
AT_ONCE = 8
"""Books, and tapes, asked for in one turn: each takes a call of its own."""
TAPE = 100
HARDLY = 0.05
"""Share of a source's budget with which it is asked as seldom as can be."""


class Polls:
    """Decides what is due and asks for it. A job calls `run` every second."""

    def __init__(
        self,
        streams: Streams,
        quotes: QuotePlanner,
        values: MarketValues,
        lookup: Lookup,
        book: QuoteBook,
        clock: Clock,
        session: Callable[[Instrument], Session],
        left: Callable[[str], float],
    ) -> None:
        """`left` is the share of a provider's tightest limit that is left."""
        self._streams = streams
        self._quotes = quotes
        self._values = values
        self._lookup = lookup
        self._book = book
        self._clock = clock
        self._session = session
        self._left = left
        self._asked: dict[tuple[str, str], float] = {}
        self.polls = 0
        self.last: int | None = None

    def wanted(self) -> dict[str, dict[str, Instrument]]:
        """What must be polled now, by kind."""
        wanted = {kind: dict(instruments) for kind, instruments in self._streams.polled.items()}
        for kind, instruments in self._streams.stalled(STALLED).items():
            wanted.setdefault(kind, {}).update(instruments)
        return wanted

    def due(self) -> dict[str, list[Instrument]]:
        """Instruments whose turn has come, by kind, those that waited longest first; asking marks them asked."""
        now = self._clock.monotonic()
        wanted = self.wanted()
        alive = {(kind, key) for kind, instruments in wanted.items() for key in instruments}
        self._asked = {place: asked for place, asked in self._asked.items() if place in alive}
        due: dict[str, list[Instrument]] = {}
        for kind, instruments in wanted.items():
            waited = {key: now - self._asked.get((kind, key), -inf) for key in instruments}
            asked_long_ago = [one for key, one in instruments.items() if waited[key] >= SOONEST]
            ready = [one for one in asked_long_ago if waited[one.key] >= self._every(one)]
            if kind == "quote":
                ready.sort(key=self._fetched)  # should the budget not do for all, it is another's turn each time
            else:
                ready = sorted(ready, key=lambda one: -waited[one.key])[:AT_ONCE]
            if ready:
                due[kind] = ready
                self._asked |= {(kind, one.key): now for one in ready}
        return due

    def _fetched(self, instrument: Instrument) -> int:
        held = self._book.quote(instrument.key)
        return held.provenance.fetched_at if isinstance(held, Quote) and held.provenance else 0

    def _every(self, instrument: Instrument) -> float:
        """Seconds between two polls: half of a budget left makes them four times as seldom, for others need it too."""
        held = self._book.quote(instrument.key)
        if isinstance(held, Missing) and held.reason in (Reason.UNKNOWN_SYMBOL, Reason.NOT_OFFERED):
            return SELDOM
        origin = held.provenance if isinstance(held, Quote) else None
        if origin is not None and origin.delay in (Delay.END_OF_DAY, Delay.REFERENCE):
            return SELDOM
        every = EVERY[self._session(instrument)]
        left = self._left(origin.provider) if origin is not None else 1.0
        return SELDOM if left <= HARDLY else min(SELDOM, every / left**2)

    async def run(self) -> str:
        """Poll what is due; says how much."""
        with asking(Urgency.LIST, "polls"):
            self._values.look()
            self._streams.tend()
            return await self._run(self.due())

    async def _run(self, due: dict[str, list[Instrument]]) -> str:
        if quotes := due.get("quote", []):
            await self._quotes.refresh(quotes)
        for instrument in due.get("book", []):
            await self._poll_book(instrument)
        for instrument in due.get("trade", []):
            await self._poll_trades(instrument)
        count = sum(len(instruments) for instruments in due.values())
        if count:
            self.polls += count
            self.last = self._clock.now()
        return f"{count} polled"

    async def _poll_book(self, instrument: Instrument) -> None:
        try:
            self._book.apply_book(await self._lookup.book(instrument, 100, live=False))
        except DataMissingError as error:
            self._book.fail_book(instrument.key, error.missing)

    async def _poll_trades(self, instrument: Instrument) -> None:
        try:
            self._book.apply_trades(instrument.key, await self._lookup.trades(instrument, TAPE, live=False))
        except DataMissingError as error:
            log.info("trades of %s: %s", instrument.key, error)

    def status(self) -> list[FeedStatus]:
        """One row, where anything is polled."""
        symbols = {key for instruments in self.wanted().values() for key in instruments}
        if not symbols:
            return []
        return [
            FeedStatus(
                name="polling",
                provider="several",
                state="polling",
                symbols=len(symbols),
                messages=self.polls,
                rate=0.0,
                lag_ms=None,
                gaps=0,
                reconnects=0,
                last_sequence=None,
                last_message_at=self.last,
                detail="no stream for these: asked every 5 s while the market is open, seldom where a budget is short",
            )
        ]
