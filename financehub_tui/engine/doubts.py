"""Streamed prices that cannot be right are held back until somebody confirms them.

Rule: a price is implausible where it is ten times the newest known one or more, or a tenth of it or less. That is the
trace of a wrong unit, a slipped decimal point, or a split. It is held back, told, and another source is asked once:

- one that is near the new price confirms it: what was held back is let through in its order;
- one that is near the price before, in real time, denies it: it is held back for as long as prices stay there, and the
  source is asked again after a minute;
- where nobody can tell, the market decides: several prices in a row that stay there for some seconds confirm it.

A price near the one before ends the doubt. Nothing is compared with a price that is older than a long weekend, not
above zero, in another currency or unit, or so small that ten times is a few ticks. Stub quotes are no prices: of best
prices only a bid far above the last trade or an ask far below it is implausible.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS
from financehub_tui.engine.row import DAY, Row, taken_back
from financehub_tui.engine.source import Source
from financehub_tui.market.quote import Correction, Quote, Trade

if TYPE_CHECKING:
    from financehub_tui.engine.quotebook import QuoteBook

log = logging.getLogger(__name__)
FACTOR = 10.0
TICKS = 20
"""Differences of fewer smallest steps are none: an option may go from one cent to twelve."""
CONFIRMING = 5
"""Prices in a row that stay at the new level and ..."""
PATIENCE = 10.0
"""... seconds they stay there, which confirm it where no other source can tell."""
ASK_AGAIN = 60.0
"""Seconds between two questions to another source about one instrument."""
HELD = 100
"""Events held back of one instrument; the oldest go."""
REMEMBERED = 4 * DAY


class Verdict(StrEnum):
    """What another source says of the price."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    UNKNOWN = "unknown"


class Doubt:
    """A price of one instrument that is not believed, and what was held back since."""

    def __init__(self, row: Row, source: Source, reference: float, price: float, now: int) -> None:
        self.source = source
        self.reference = reference
        self.price = price
        """The newest that was held back."""
        self.time = 0
        self.since = row.trade_time
        """When the newest price that was believed was made: a newer one ends the doubt."""
        self.began = now
        self.asked: int | None = None
        self.verdict = Verdict.UNKNOWN
        self.words = ""
        self.count = 0
        self.held: deque[Trade | Quote] = deque(maxlen=HELD)
        self.lost = 0
        """Held back and gone."""

    def add(self, time: int, price: float, event: Trade | Quote | None) -> None:
        """One more. A best price is not kept: a newer one will come."""
        self.price, self.time = price, max(self.time, time)
        self.count += 1
        if event is not None:
            self.lost += len(self.held) == HELD
            self.held.append(event)

    def drop(self, correction: Correction) -> None:
        """The venue takes back what may have been held back."""
        kept = [one for one in self.held if not (isinstance(one, Trade) and taken_back(one, correction))]
        self.held = deque(kept, maxlen=HELD)


class Doubts:
    """All doubts of a quote book, one an instrument."""

    def __init__(self, book: QuoteBook) -> None:
        self._book = book
        self.held: dict[str, int] = {}
        """How many prices of each provider were held back."""
        self.title: Callable[[str], str] = lambda provider: provider
        self.question: Callable[[Row, Doubt], None] = lambda row, doubt: self.answer(row, doubt, Verdict.UNKNOWN)
        """Finds out what another source says, and gives the `answer`."""

    def admit(self, row: Row, source: Source, time: int, price: float, event: Trade | Quote | None = None) -> bool:
        """True for a price that may be taken; False for one that is held back, or was let through with others just now.

        `event` is what brought it, None for a best price. Prices near those before need not come here: `Row.centre`.
        """
        known = _known(row, time) if source.stream else None
        if known is None or price <= 0 or _plausible(price, known, row.decimals):
            if event is not None:
                row.centre(price)
            return True
        if not row.roles.admit(source.provider):
            return True  # whoever may not write is turned away as ever
        now = self._book.stamp()
        doubt = self._doubt(row, source, known, price, now)
        doubt.add(time, price, event)
        self.held[source.provider] = self.held.get(source.provider, 0) + 1
        if doubt.asked is None or now - doubt.asked >= ASK_AGAIN * NANOS:
            self._ask(row, doubt, now)
        elif doubt.verdict is Verdict.UNKNOWN and doubt.count >= CONFIRMING and now - doubt.began >= PATIENCE * NANOS:
            self._believe(row, doubt)
        return False

    def _doubt(self, row: Row, source: Source, known: float, price: float, now: int) -> Doubt:
        """The one there is, while prices stay where they are; else a new one, which asks nobody too soon."""
        held = row.doubt
        near = held is not None and held.source == source and _plausible(price, held.price)
        if held is not None and near and held.since == row.trade_time:
            return held
        doubt = row.doubt = Doubt(row, source, known, price, now)
        if held is not None:
            doubt.asked = held.asked
            doubt.verdict = held.verdict if near else Verdict.ASKED
        doubt.words = self._words(doubt)
        self._book.mark(row)
        return doubt

    def _words(self, doubt: Doubt) -> str:
        title = self.title(doubt.source.provider)
        return f"{doubt.price:,.10g} by {title} is held back: {doubt.reference:,.10g} was the price before"

    def _ask(self, row: Row, doubt: Doubt, now: int) -> None:
        if doubt.asked is None or doubt.verdict is not Verdict.DENIED:
            doubt.verdict = Verdict.ASKED
        doubt.asked = now
        log.warning("%s: %s", row.key, doubt.words)
        self.question(row, doubt)

    def answer(self, row: Row, doubt: Doubt, verdict: Verdict, words: str = "") -> None:
        """What another source says; `words` are added to what is said of the price.

        It holds for a newer doubt of the same price too, and for none that is over.
        """
        held = row.doubt
        if held is None or held.since != row.trade_time:
            return
        if held.source != doubt.source or not _plausible(held.price, doubt.price):
            return
        if verdict is Verdict.CONFIRMED:
            self._believe(row, held)
            return
        if verdict is Verdict.UNKNOWN and held.verdict is Verdict.DENIED:
            held.began, held.count = self._book.stamp(), 0
        if verdict is Verdict.DENIED:
            held.lost += len(held.held)
            held.held.clear()
        held.verdict = verdict
        held.words = self._words(held) + words
        self._book.mark(row)

    def _believe(self, row: Row, doubt: Doubt) -> None:
        """The price is right: let through what was held back."""
        log.warning("%s: %s is believed now", row.key, f"{doubt.price:,.10g}")
        row.doubt = None
        row.known, row.known_time = doubt.price, max(doubt.time, row.trade_time + 1)
        sink = self._book.sink(doubt.source)
        for event in doubt.held:
            if isinstance(event, Trade):
                sink.trade(event)
            else:
                sink.ticker(event)
        if doubt.lost:
            self._book.tape_moved(row.key)
        self._book.mark(row)


def near(price: float, other: float) -> bool:
    """True where one is less than about three times the other."""
    return other > 0 and other * 10**-0.5 < price < other * 10**0.5


def _known(row: Row, time: int) -> float | None:
    """The newest known price, where one of that time may be compared with it."""
    price, at = (row.known, row.known_time) if row.known_time > row.trade_time else (row.last, row.trade_time)
    if price is None or price <= 0 or time - at > REMEMBERED or row.foreign:
        return None
    return price


def _plausible(price: float, known: float, decimals: int | None = None) -> bool:
    if known / FACTOR < price < known * FACTOR:
        return True
    return decimals is not None and abs(price - known) < TICKS * 10.0**-decimals
