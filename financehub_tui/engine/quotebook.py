"""The conflating quote book: feeds write last values, readers take what changed.

A write touches one slotted row and costs about a microsecond; a `Quote` is built only when somebody reads a row that
changed. Bars, recorders and alerts that must see every event are taps: sinks that are handed each one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, Clock
from financehub_tui.engine.doubts import Doubts
from financehub_tui.engine.row import MERGED, MINUTE, Roles, Row, Source
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason, Tier
from financehub_tui.market.quote import Book, Correction, Quote, Session, Trade
from financehub_tui.providers.base import Sink

if TYPE_CHECKING:
    from financehub_tui.market.l2 import L2Book

FUTURE = 60 * NANOS
"""A held time this far ahead of the clock is the trace of a clock that jumped; anything may replace it."""


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


class BookSink:
    """One source's way into the quote book. Implements `providers.base.Sink`."""

    __slots__ = ("_admit", "_book", "_now", "_rows", "_source", "_taps")

    def __init__(self, book: QuoteBook, source: Source, taps: bool) -> None:
        self._book = book
        self._source = source
        self._rows = book._rows
        self._now = book.stamp
        self._admit = book.doubts.admit
        self._taps = taps

    def top(
        self,
        key: str,
        time: int,
        bid: float | None,
        bid_size: float | None,
        ask: float | None,
        ask_size: float | None,
    ) -> None:
        """Best bid and ask."""
        row = self._rows.get(key) or self._book.row(key)
        now = self._now()
        if row.source is not self._source and not self._book.claim(row, self._source, now):
            return
        if time < row.top_time <= now + FUTURE:
            return
        if bid is not None and bid > row.most and not self._admit(row, self._source, time, bid):
            return
        if ask is not None and ask < row.least and not self._admit(row, self._source, time, ask):
            return
        row.top_time = row.time = time
        row.seen = now
        if bid is not None:
            row.bid = bid
        if bid_size is not None:
            row.bid_size = bid_size
        if ask is not None:
            row.ask = ask
        if ask_size is not None:
            row.ask_size = ask_size
        row.version += 1
        if not row.dirty:
            row.dirty = True
            self._book._fresh.append(row)
        if self._taps:
            for tap in self._book.taps:
                tap.top(key, time, bid, bid_size, ask, ask_size)

    def trade(self, trade: Trade) -> None:
        """The newest trade becomes the last price; an older one only joins the tape, in its place.

        Tape and quote may be of two sources: each takes its own.
        """
        row = self._rows.get(trade.key) or self._book.row(trade.key)
        price, time = trade.price, trade.time
        if not row.least < price < row.most and not self._admit(row, self._source, time, price, trade):
            return
        now = self._now()
        taped = row.tape_source is self._source or self._book.claim_tape(row, self._source, trade)
        leads = row.source is self._source or self._book.claim(row, self._source, now)
        if not row.put_trade(trade) if taped else not leads:
            return
        if leads and not time < row.trade_time <= now + FUTURE:
            row.put_last(time, price, trade.size)
            row.seen = now
        row.version += 1
        if not row.dirty:
            row.dirty = True
            self._book._fresh.append(row)
        if self._taps and taped:
            for tap in self._book.taps:
                tap.trade(trade)

    def correct(self, correction: Correction) -> None:
        """Take a trade back, or put the right one in its place."""
        row = self._rows.get(correction.key)
        if row is None or row.tape_source is not self._source:
            return
        if row.doubt is not None:
            row.doubt.drop(correction)
        if row.correct(correction):
            self._book.mark(row)
            if self._taps:
                for tap in self._book.taps:
                    tap.correct(correction)

    def ticker(self, quote: Quote) -> None:
        """Fields that are not None replace the old ones, unless newer ones are held."""
        row = self._book.row(quote.key)
        now = self._now()
        last, time = quote.last, quote.time
        doubtful = last if last is None or not row.least < last < row.most else None
        if doubtful is not None and not self._admit(row, self._source, time, doubtful, quote):
            return
        if row.source is not self._source and not self._book.claim(row, self._source, now):
            return
        if time < row.tick_time <= now + FUTURE:
            return
        row.tick_time = time
        row.seen = now
        if last is not None and not time < row.trade_time <= now + FUTURE:
            row.put_last(time, last, quote.last_size)
        if not time < row.top_time <= now + FUTURE:
            row.put_top(time, quote)
        for name in MERGED:
            value = getattr(quote, name)
            if value is not None:
                setattr(row, name, value)
        if not self._book.has_calendar:
            row.session = quote.session
        row.missing = None
        if quote.provenance is not None:
            row.described = quote.provenance
        row.time = max(row.time, time) if row.time <= now + FUTURE else time
        self._book.mark(row)
        if self._taps:
            for tap in self._book.taps:
                tap.ticker(quote)

    def book(self, key: str, time: int, book: L2Book) -> None:
        """A maintained book changed; it is read when somebody draws."""
        row = self._rows.get(key) or self._book.row(key)
        if row.book_source is not self._source and row.roles.book not in ("", self._source.provider):
            return
        row.book = book
        row.book_time = time
        row.book_missing = None
        row.book_source = self._source
        row.version += 1
        if not row.dirty:
            row.dirty = True
            self._book._fresh.append(row)
        if self._taps:
            for tap in self._book.taps:
                tap.book(key, time, book)

    def book_lost(self, key: str, why: Missing) -> None:
        """The book is being rebuilt: nothing of it is shown."""
        row = self._book.row(key)
        if row.roles.book not in ("", self._source.provider):
            return
        row.book = None
        row.book_missing = why
        self._book.mark(row)
        if self._taps:
            for tap in self._book.taps:
                tap.book_lost(key, why)
