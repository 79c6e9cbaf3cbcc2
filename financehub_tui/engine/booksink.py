"""A source's way into the quote book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS
from financehub_tui.engine.row import MERGED
from financehub_tui.engine.source import Source
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Correction, Quote, Trade

if TYPE_CHECKING:
    from financehub_tui.engine.quotebook import QuoteBook
    from financehub_tui.market.l2 import L2Book

FUTURE = 60 * NANOS
"""A held time this far ahead of the clock is the trace of a clock that jumped; anything may replace it."""


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
