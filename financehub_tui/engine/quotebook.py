"""The conflating quote book: feeds write last values, readers take what changed.

A write touches one slotted row and costs about a microsecond; a `Quote` is built only when somebody reads a row that
changed. Bars, recorders and alerts that must see every event are taps: sinks that are handed each one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from financehub_tui.clock import NANOS, Clock
from financehub_tui.engine.booksink import BookSink
from financehub_tui.engine.doubts import Doubts
from financehub_tui.engine.row import MINUTE, Row
from financehub_tui.engine.source import Roles, Source
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason, Tier
from financehub_tui.market.quote import Book, Quote, Session, Trade
from financehub_tui.providers.base import Sink


class QuoteBook:
    """Newest values of every instrument wanted. Implements `desk.Live`; `sink` gives feeds their way in."""

    def __init__(self, clock: Clock, session: Callable[[Instrument], Session] | None = None) -> None:
        self._clock = clock
        self.stamp = clock.now
        """Now, by the book's clock: bound once, for it is asked at every event."""
        self._session = session
        self.has_calendar = session is not None
        """Sessions come from the calendar (`enter`), not from what sources say."""
        self._rows: dict[str, Row] = {}
        self._fresh: list[Row] = []
        self._pending: dict[str, set[str]] = {}
        self._sinks: dict[Source, BookSink] = {}
        self.doubts = Doubts(self)
        """Streamed prices that are not believed."""
        self.taps: tuple[Sink, ...] = ()
        """Sinks that see every event after the book has taken it."""
        self.tape_moved: Callable[[str], None] = lambda _: None
        """Called where the trades of an instrument come from another provider than those before."""

    def register(self, instrument: Instrument) -> None:
        """Make a row, so that a reader is told PENDING rather than nothing; a feed may have been quicker."""
        row = self.row(instrument.key)
        if not row.unit:
            row.introduce(instrument, self._session(instrument) if self._session else row.session)
            if row.version:
                self.mark(row)

    def forget(self, key: str) -> None:
        """Drop an instrument nobody wants."""
        row = self._rows.pop(key, None)
        if row is not None and row.dirty:
            self._fresh = [fresh for fresh in self._fresh if fresh is not row]
        if row is not None:
            row.doubt = None
        for pending in self._pending.values():
            pending.discard(key)

    def sink(self, source: Source, *, merge_taps: bool = True) -> BookSink:
        """The way in for one provider's feed."""
        if source not in self._sinks:
            self._sinks[source] = BookSink(self, source, merge_taps)
        return self._sinks[source]

    def row(self, key: str) -> Row:
        """The row of a key; an unregistered one is made, for feeds that are ahead of their subscription."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = Row(key)
        return row

    def quote(self, key: str) -> Quote | Missing | None:
        """The newest quote; Missing while nothing has come; None where nobody subscribed."""
        row = self._rows.get(key)
        if row is None:
            return None
        if row.source is None or not row.time:
            return row.missing or Missing(reason=Reason.PENDING, detail="asked for, not answered yet")
        if row.cached is None or row.cached_version != row.version:
            row.cached = row.to_quote()
            row.cached_version = row.version
        return row.cached

    def book(self, key: str, depth: int = 20) -> Book | Missing | None:
        """The newest order book, top `depth` levels a side; Missing while it is out of step."""
        row = self._rows.get(key)
        if row is None:
            return None
        if row.book is None:
            return row.book_missing
        return row.to_book(depth)

    def trades(self, key: str, limit: int = 200) -> Sequence[Trade]:
        """The newest trades, newest first."""
        row = self._rows.get(key)
        return [] if row is None else list(islice(reversed(row.trades), limit))

    def corrections(self, key: str) -> int:
        """Counts trades taken back or corrected."""
        row = self._rows.get(key)
        return 0 if row is None else row.corrections

    def spark(self, key: str) -> Sequence[float]:
        """Recent one-minute closes, oldest first."""
        row = self._rows.get(key)
        return [] if row is None else [row.spark[minute] for minute in sorted(row.spark)]

    def version(self, key: str) -> int:
        """Counts changes; 0 where there is no row."""
        row = self._rows.get(key)
        return 0 if row is None else row.version

    def drain(self, consumer: str) -> set[str]:
        """Keys changed since this consumer's last drain; its first drain gives every key that has a value."""
        if consumer not in self._pending:
            self._pending[consumer] = {row.key for row in self._rows.values() if row.version}
        if self._fresh:
            keys = {row.key for row in self._fresh}
            for row in self._fresh:
                row.dirty = False
            self._fresh.clear()
            for pending in self._pending.values():
                pending.update(keys)
        changed = self._pending[consumer]
        self._pending[consumer] = set()
        return changed

    def touch(self, key: str) -> None:
        """Mark an instrument changed: fresh bars or reference data came for it, subscribed or not."""
        row = self._rows.get(key)
        if row is not None:
            self.mark(row)
            return
        for pending in self._pending.values():
            pending.add(key)

    def assign(self, key: str, roles: Roles, marks: Mapping[str, str]) -> None:
        """Whose streams may write an instrument from now on, and what their values say of it, by provider."""
        row = self.row(key)
        row.roles = roles
        if row.marks != marks:
            row.marks = marks
            self.mark(row)

    def claim(self, row: Row, source: Source, now: int) -> bool:
        """Give the quote to a source, which starts from nothing; False where it is another one's."""
        if source.stream and row.roles.quote not in ("", source.provider):
            return False
        row.claim(source, now)
        return True

    def claim_tape(self, row: Row, source: Source, trade: Trade) -> bool:
        """Give the tape to a source; False where it is another one's."""
        if row.roles.trade not in ("", source.provider):
            return False
        if row.claim_tape(source, trade.provider):
            self.tape_moved(row.key)
        return True

    def tape_source(self, key: str) -> Source | None:
        """Where an instrument's trades are streamed from; None where none came."""
        row = self._rows.get(key)
        return None if row is None else row.tape_source

    def streamed(self, key: str, seconds: float) -> Quote | None:
        """The quote, where a running stream gave it no longer than `seconds` ago."""
        row = self._rows.get(key)
        if row is None or row.source is None or not row.source.stream or row.last is None:
            return None
        if self._clock.now() - row.seen > seconds * NANOS:
            return None
        quote = self.quote(key)
        return quote if isinstance(quote, Quote) else None

    def mark(self, row: Row) -> None:
        """Count a change of a row and put it on the list of changed rows."""
        row.version += 1
        if not row.dirty:
            row.dirty = True
            self._fresh.append(row)

    def enter(self, key: str, session: Session) -> bool:
        """The instrument's market entered a session; True where it was in another."""
        row = self._rows.get(key)
        if row is None or row.session is session:
            return False
        row.session = session
        self.mark(row)
        return True

    def fail(self, key: str, missing: Missing) -> None:
        """Say why a quote is missing; a value that is there stays, with its age."""
        row = self._rows.get(key)
        if row is not None and row.missing != missing:
            row.missing = missing
            self.mark(row)

    def fail_book(self, key: str, missing: Missing) -> None:
        """Say why there is no order book."""
        row = self._rows.get(key)
        if row is not None and row.book_missing != missing:
            row.book, row.book_missing = None, missing
            self.mark(row)

    def apply(self, quote: Quote) -> None:
        """Take a polled or stored quote: never over a stream of another source that is running."""
        provenance = quote.provenance
        row = self._rows.get(quote.key)
        if provenance is None or row is None:
            return
        source = Source(provenance.provider, provenance.endpoint, provenance.tier, provenance.delay)
        held = row.source
        streaming = held is not None and held.stream and row.seen > self._clock.now() - MINUTE
        if held is not None and held != source and (source.tier is Tier.STORE or streaming):
            if held.provider == source.provider and source.tier is not Tier.STORE:
                row.complete(quote)
                self.mark(row)
            return
        self.sink(source, merge_taps=False).ticker(quote)

    def put_value(self, key: str, value: Quote) -> None:
        """Fill in a coin's market value from a catalogue of coins, marked as that."""
        row = self._rows.get(key)
        if row is not None and row.value != value:
            row.value = value
            self.mark(row)

    def apply_trades(self, key: str, trades: Sequence[Trade]) -> None:
        """Take polled trades; those already held are left out."""
        row = self._rows.get(key)
        if row is None:
            return
        if trades and row.trades and trades[0].provider != row.trades[-1].provider:
            if row.tape_source is not None and row.trades[-1].time > self._clock.now() - MINUTE:
                return  # the tape of a running stream is not filled up with another source's trades
            row.claim_tape(None, trades[0].provider)
        known = {(trade.id, trade.time, trade.price, trade.size) for trade in row.trades}
        new = [trade for trade in trades if (trade.id, trade.time, trade.price, trade.size) not in known]
        for trade in sorted(new, key=lambda trade: trade.time):
            row.put_trade(trade)
        if new:
            self.mark(row)

    def apply_book(self, book: Book) -> None:
        """Take a polled snapshot of an order book."""
        row = self._rows.get(book.key)
        if row is None:
            return
        row.book, row.book_time, row.book_missing, row.book_source = book, book.time, None, None
        self.mark(row)
