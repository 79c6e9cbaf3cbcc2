"""One instrument's line in the quote book."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import takewhile
from math import nan
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.engine.source import ANYBODY, POLLED, Source
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Provenance, Tier
from financehub_tui.market.quote import Book, Correction, Quote, Session, Trade

if TYPE_CHECKING:
    from financehub_tui.engine.doubts import Doubt
    from financehub_tui.market.l2 import L2Book

TAPE = 1_000
"""Trades kept per instrument."""
SPARK = 120
"""One-minute closes kept per instrument."""
MINUTE = 60 * NANOS
DAY = 86_400 * NANOS

STATISTICS = ("open", "high", "low", "previous_close", "volume", "quote_volume", "trade_count", "market_cap")
"""Figures of a session; they must not outlive it or be mixed between sources."""
MERGED = (*STATISTICS, "decimals")
PRICES = ("last", "last_size", "bid", "bid_size", "ask", "ask_size")


BAND = 3.0


class Row:
    """Newest values of one instrument. Times in nanoseconds since 1970 UTC, 0 where nothing came yet."""

    __slots__ = (
        "ask",
        "ask_size",
        "bid",
        "bid_size",
        "book",
        "book_missing",
        "book_source",
        "book_time",
        "cached",
        "cached_version",
        "corrections",
        "currency",
        "decimals",
        "described",
        "dirty",
        "doubt",
        "high",
        "instrument",
        "key",
        "known",
        "known_time",
        "last",
        "last_size",
        "least",
        "low",
        "market_cap",
        "marks",
        "missing",
        "most",
        "newest_ids",
        "open",
        "previous_close",
        "quote_volume",
        "roles",
        "seen",
        "session",
        "source",
        "spark",
        "tape_source",
        "tick_time",
        "time",
        "top_time",
        "trade_count",
        "trade_time",
        "trades",
        "unit",
        "value",
        "version",
        "volume",
    )

    def __init__(self, key: str) -> None:
        self.key = key
        self.version = 0
        self.dirty = False
        self.source: Source | None = None
        self.roles = ANYBODY
        self.marks: Mapping[str, str] = {}
        """What values of a stream say of it, by provider: that it stands in for another; under POLLED, of no stream."""
        self.described: Provenance | None = None
        self.missing: Missing | None = None
        self.cached: Quote | None = None
        self.cached_version = 0
        self.time = self.top_time = self.trade_time = self.tick_time = self.seen = 0
        self.last: float | None = None
        self.last_size: float | None = None
        self.known: float | None = None
        """The price before a change of source, or one that was confirmed; counts while `known_time` is the newest."""
        self.known_time = 0
        self.least = self.most = nan
        """Prices between these are taken without further thought; see `engine.doubts`."""
        self.doubt: Doubt | None = None
        self.bid: float | None = None
        self.bid_size: float | None = None
        self.ask: float | None = None
        self.ask_size: float | None = None
        self.open: float | None = None
        self.high: float | None = None
        self.low: float | None = None
        self.previous_close: float | None = None
        self.volume: float | None = None
        self.quote_volume: float | None = None
        self.trade_count: int | None = None
        self.market_cap: float | None = None
        self.decimals: int | None = None
        self.value: Quote | None = None
        """Market value of the coin by a catalogue: of no venue, so it stays when the source changes."""
        self.session = Session.REGULAR
        self.instrument: Instrument | None = None
        self.currency = ""
        self.unit = ""
        self.trades: deque[Trade] = deque(maxlen=TAPE)
        self.tape_source: Source | None = None
        self.newest_ids: set[tuple[str, str, float, float]] = set()
        """The `identity` of the trades of the newest instant, once there are several: many may fall into one."""
        self.corrections = 0
        self.spark: dict[int, float] = {}
        """The newest close of each of the last minutes that had one; minutes since 1970 UTC, in any order."""
        self.book: L2Book | Book | None = None
        self.book_time = 0
        self.book_missing: Missing | None = None
        self.book_source: Source | None = None

    def introduce(self, instrument: Instrument, session: Session) -> None:
        """Tell it its instrument's currency, unit and decimals, and the session of its market."""
        self.instrument = instrument
        self.currency = instrument.currency
        self.unit = instrument.unit.value
        self.decimals = instrument.decimals if self.decimals is None else self.decimals
        self.session = Session.CONTINUOUS if instrument.asset_class is AssetClass.CRYPTO else session

    def claim(self, source: Source, now: int) -> None:
        """A new source takes the quote: what belongs to another provider, or to another day, goes."""
        held = self.source
        self.source = source
        if held is None:
            return
        if self.last is not None and self.trade_time > self.known_time:
            self.known, self.known_time = (None, 0) if self.foreign else (self.last, self.trade_time)
        self.top_time = self.trade_time = self.tick_time = 0
        self.described = None
        if held.provider != source.provider:
            self._clear(PRICES + STATISTICS)
            self.time = 0
            self.spark.clear()
        elif self.time // DAY != now // DAY:
            self._clear(STATISTICS)

    def claim_tape(self, source: Source | None, provider: str) -> bool:
        """A new source takes the tape; True where trades of another provider had to go: a tape is of one source.

        `provider` is what the trades themselves name: a replay names the venue it was recorded from.
        """
        tape, held = self.trades, self.tape_source
        self.tape_source = source
        foreign = bool(tape) and bool(provider) and bool(tape[-1].provider) and tape[-1].provider != provider
        if foreign or (bool(tape) and held is not None and source is not None and held.provider != source.provider):
            tape.clear()
            self.newest_ids.clear()
            return True
        return False

    def complete(self, quote: Quote) -> None:
        """Figures of the session that the running stream of the same provider does not carry."""
        for name in MERGED:
            if getattr(self, name) is None:
                setattr(self, name, getattr(quote, name))

    def _clear(self, names: tuple[str, ...]) -> None:
        for name in names:
            setattr(self, name, None)

    @property
    def foreign(self) -> bool:
        """True where its source gives prices in another currency or unit than the instrument's."""
        said = self.described
        return said is not None and (
            bool(said.currency and self.currency and said.currency != self.currency)
            or bool(said.unit and self.unit and said.unit != self.unit)
        )

    def centre(self, price: float) -> None:
        """Prices around this one need no further thought. Jumps within the band are of less than ten times."""
        self.least, self.most = price / BAND, price * BAND

    def put_last(self, time: int, price: float, size: float | None) -> None:
        """A newer last price."""
        self.trade_time = self.time = time
        self.last = price
        if size is not None:
            self.last_size = size
        if self.high is not None and price > self.high:
            self.high = price
        if self.low is not None and price < self.low:
            self.low = price
        minute = time // MINUTE
        if minute in self.spark or self._room_for(minute):
            self.spark[minute] = price

    def _room_for(self, minute: int) -> bool:
        """Drop the oldest minute where there are enough; False where the new one is older still.

        A feed may tell the minutes before after a quote of now.
        """
        if len(self.spark) < SPARK:
            return True
        oldest = min(self.spark)
        if minute > oldest:
            del self.spark[oldest]
        return minute > oldest

    def put_top(self, time: int, quote: Quote) -> None:
        """Bid and ask of a newer ticker."""
        if quote.bid is None and quote.ask is None:
            return
        self.top_time = time
        self.bid = self.bid if quote.bid is None else quote.bid
        self.ask = self.ask if quote.ask is None else quote.ask
        self.bid_size = self.bid_size if quote.bid_size is None else quote.bid_size
        self.ask_size = self.ask_size if quote.ask_size is None else quote.ask_size

    def put_trade(self, trade: Trade) -> bool:
        """Add to the tape in time order; False for one that is there already."""
        tape, time = self.trades, trade.time
        newest = tape[-1].time if tape else -1
        if time > newest:
            if self.newest_ids:
                self.newest_ids.clear()
            tape.append(trade)
            return True
        return self._put_late(trade) if time < newest else self._put_beside(trade)

    def _put_beside(self, trade: Trade) -> bool:
        """Add a further trade of the newest instant."""
        tape, seen = self.trades, self.newest_ids
        if trade.id:
            if not seen:
                beside = takewhile(lambda held: held.time == trade.time, reversed(tape))
                seen.update(identity(held) for held in beside if held.id)
            mine = identity(trade)
            if mine in seen:
                return False
            seen.add(mine)
        if seen and len(tape) == TAPE and tape[0].time == trade.time:
            seen.discard(identity(tape[0]))
        tape.append(trade)
        return True

    def _put_late(self, trade: Trade) -> bool:
        """Put a trade into its place before newer ones."""
        tape = self.trades
        if trade.id:
            for held in reversed(tape):
                if held.time < trade.time:
                    break
                if held.id == trade.id and identity(held) == identity(trade):
                    return False
        ordered = sorted([*tape, trade], key=lambda held: held.time)
        tape.clear()
        tape.extend(ordered)
        return True

    def correct(self, correction: Correction) -> bool:
        """Take a trade back; False where it is not on the tape.

        Where it was the last price or the day's high or low, that is now of the trade before, or unknown.
        """
        tape = list(self.trades)
        place = next((n for n in range(len(tape) - 1, -1, -1) if taken_back(tape[n], correction)), None)
        if place is None:
            return False
        wrong, instead = tape.pop(place), correction.instead
        if instead is not None:
            tape.insert(place, msgspec.structs.replace(instead, time=wrong.time))
        self.trades = deque(tape, maxlen=TAPE)
        self.newest_ids.clear()
        self.corrections += 1
        if self.source is self.tape_source:
            self._without(wrong)
        return True

    def _without(self, wrong: Trade) -> None:
        """The quote as if a trade had not been, as far as the tape tells."""
        newest = self.trades[-1] if self.trades else None
        if self.trade_time == wrong.time and self.last == wrong.price:
            self.last = newest.price if newest else None
            self.last_size = newest.size if newest else None
            self.trade_time = newest.time if newest else 0
        self.high = None if self.high == wrong.price else self.high
        self.low = None if self.low == wrong.price else self.low
        minute = wrong.time // MINUTE
        close = next((one.price for one in reversed(self.trades) if one.time // MINUTE == minute), None)
        if close is not None:
            self.spark[minute] = close
        else:
            self.spark.pop(minute, None)

    def to_quote(self) -> Quote:
        """The row as a value. Trades and best prices may be dated by different clocks: the newest counts."""
        time = max(self.top_time, self.trade_time, self.tick_time)
        value = self.value if self.market_cap is None else None
        return Quote(
            key=self.key,
            time=time,
            last=self.last,
            last_size=self.last_size,
            bid=self.bid,
            ask=self.ask,
            bid_size=self.bid_size,
            ask_size=self.ask_size,
            open=self.open,
            high=self.high,
            low=self.low,
            previous_close=self.previous_close,
            volume=self.volume,
            quote_volume=self.quote_volume,
            trade_count=self.trade_count,
            session=self.session,
            decimals=self.decimals,
            market_cap=self.market_cap if value is None else value.market_cap,
            dominance=None if value is None else value.dominance,
            market_cap_from=None if value is None else value.provenance,
            provenance=self.provenance(self.source, time),
        )

    def to_book(self, depth: int) -> Book | None:
        """The top of the order book as a value."""
        book = self.book
        if book is None or isinstance(book, Book):
            return book and msgspec.structs.replace(book, bids=book.bids[:depth], asks=book.asks[:depth])
        return book.to_book(self.book_time, depth, self.provenance(self.book_source, self.book_time))

    def provenance(self, source: Source | None, as_of: int) -> Provenance | None:
        """Origin of the row's values; what the source itself said of them is kept in the notes."""
        if source is None:
            return None
        said = self.described
        mark = None if source.tier is Tier.STORE else self.marks.get(source.provider if source.stream else POLLED)
        return Provenance(
            provider=source.provider,
            endpoint=source.endpoint or (said.endpoint if said else ""),
            as_of=as_of,
            fetched_at=self.seen,
            tier=source.tier,
            delay=said.delay if said else source.delay,
            currency=said.currency if said and said.currency else self.currency,
            unit=said.unit if said and said.unit else self.unit,
            notes=(*(said.notes if said else ()), *filter(None, (mark, self._doubted))),
        )

    @property
    def _doubted(self) -> str:
        """What is said of a newer price that is held back."""
        return self.doubt.words if self.doubt is not None and self.doubt.since == self.trade_time else ""


def identity(trade: Trade) -> tuple[str, str, float, float]:
    """What is the same in a trade told twice. Some venues number each market's trades by themselves."""
    return trade.provider, trade.id, trade.price, trade.size


def taken_back(trade: Trade, correction: Correction) -> bool:
    """True for the trade a correction speaks of, which names no provider."""
    return (trade.id, trade.price, trade.size) == (correction.id, correction.price, correction.size)
