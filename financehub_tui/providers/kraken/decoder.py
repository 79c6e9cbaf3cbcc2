"""Frames of Kraken's WebSocket v2 to the sink: pure, without sockets, the same for live, replay and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from financehub_tui.clock import to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Provenance, Reason, Tier
from financehub_tui.market.quote import Quote, Session, Side, Trade
from financehub_tui.providers.base import Sink
from financehub_tui.providers.kit.decode import bad_answer, decode, decoder, explain
from financehub_tui.providers.kit.numbering import TradeIds
from financehub_tui.providers.kit.precision import decimals_of
from financehub_tui.providers.kraken import wire
from financehub_tui.providers.kraken.booksync import CheckedBook
from financehub_tui.providers.kraken.refusals import PROVIDER, spoken

DEPTH = 100
"""Levels a side that books are subscribed with: 10, 25, 100, 500 or 1000."""
_PREFIX = b'{"channel":"'
_START = len(_PREFIX)
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}


class _Probe(msgspec.Struct):
    """What tells frames apart where they do not begin as usual."""

    channel: str | None = None
    method: str | None = None
    error: str | None = None


class _Subject(msgspec.Struct):
    symbol: str


class _Subjects(msgspec.Struct):
    data: list[_Subject]


class Listed:
    """One instrument the decoder knows, with what was last seen of it."""

    __slots__ = ("_decimals", "_shown", "_tick", "book", "key", "trades")

    def __init__(self, instrument: Instrument, book: CheckedBook, tick: Callable[[], int | None]) -> None:
        self.key = instrument.key
        self._decimals = instrument.decimals
        self._tick = tick
        self.book = book
        self.trades = TradeIds()
        self._shown = 0

    def precision(self, *prices: float) -> int:
        """The venue's decimals: the instrument's, the tick size's, the book's, or the most any price has shown."""
        if self._decimals is None:
            self._decimals = self._tick()
        if self._decimals is not None:
            return self._decimals
        if self.book.precision is not None:
            return self.book.precision[0]
        self._shown = max(self._shown, decimals_of(prices))
        return self._shown


class KrakenDecoder:
    """Decodes the ticker, trade, book and status channels and the answers to our messages.

    `renew(symbol)` is called when a book must be subscribed anew, `hole(symbol, first, last)` when trades were
    missed, `refused(control, error)` when the venue refuses a subscription. `decimals(symbol)` gives those of the tick
    size where they are known.

        decoder = KrakenDecoder(sink)
        decoder.add("BTC/USD", instrument)
        decoder.handle(frame, received_ns)
    """

    def __init__(
        self,
        sink: Sink,
        *,
        depth: int = DEPTH,
        renew: Callable[[str], None] | None = None,
        hole: Callable[[str, int, int], None] | None = None,
        refused: Callable[[wire.Control, ProviderError], None] | None = None,
        decimals: Callable[[str], int | None] | None = None,
        tier: Tier = Tier.LIVE,
    ) -> None:
        self.ignored = 0
        """Events of channels or symbols nobody asked for."""
        self.last_sequence: int | None = None
        """None: the venue numbers trades only."""
        self.system = ""
        """What the venue last said of itself: online, maintenance, cancel_only, post_only."""
        self._sink = sink
        self._depth = depth
        self._renew = renew or (lambda symbol: None)
        self._hole = hole or (lambda symbol, first, last: None)
        self._refused = refused or (lambda control, error: None)
        self._decimals = decimals or (lambda symbol: None)
        self._provenance = Provenance(provider=PROVIDER, endpoint="stream", tier=tier)
        self._listed: dict[str, Listed] = {}
        self._takers: dict[bytes, Callable[[bytes, int], int]] = {
            b"ticker": self._tickers,
            b"trade": self._trades,
            b"book": self._books,
            b"status": self._status,
            b"heartbeat": lambda data, received: 0,
        }

    def add(self, symbol: str, instrument: Instrument) -> None:
        """From now on rows of a symbol (BTC/USD) are taken for this instrument."""
        if symbol not in self._listed:
            book = CheckedBook(
                instrument.key, instrument.decimals, self._depth, self._sink, lambda: self._renew(symbol)
            )
            self._listed[symbol] = Listed(instrument, book, lambda: self._decimals(symbol))

    def remove(self, symbol: str) -> None:
        """Rows of a symbol are ignored from now on."""
        self._listed.pop(symbol, None)

    def forget_trades(self, symbol: str) -> None:
        """Trades of a symbol are no longer wanted: those that come until they are again are not missed."""
        if symbol in self._listed:
            self._listed[symbol].trades = TradeIds()

    def book(self, symbol: str) -> CheckedBook | None:
        """A symbol's book and how it stands."""
        listed = self._listed.get(symbol)
        return listed.book if listed else None

    @property
    def gaps(self) -> int:
        """Mismatching books and holes in the numbering of trades so far."""
        return sum(listed.book.mismatches + listed.trades.gaps for listed in self._listed.values())

    @property
    def duplicates(self) -> int:
        """Trades that had come before."""
        return sum(listed.trades.duplicates for listed in self._listed.values())

    def handle(self, frame: bytes | str, received: int) -> int:
        """Take one frame, received at `received` (ns since 1970 UTC). Returns the event's own time, 0 if it has none.

        Raises ProviderError: BAD_ANSWER naming channel and field, or the meaning of a refused subscription.
        The decoder stays usable.
        """
        data = frame.encode() if isinstance(frame, str) else frame
        if data.startswith(_PREFIX):
            return self._take(data[_START : data.find(b'"', _START)], data, received)
        probe = decode(data, _Probe, provider=PROVIDER, endpoint="stream")
        if probe.channel is not None:
            return self._take(probe.channel.encode(), data, received)
        if probe.method is not None or probe.error is not None:
            return self._control(data)
        raise bad_answer(PROVIDER, "stream", "a frame of no known kind")

    def lose_books(self, symbols: Iterable[str], why: str, reason: Reason = Reason.PENDING) -> None:
        """The connection that carried these symbols' books is gone, or the venue refuses them."""
        for symbol in symbols:
            book = self.book(symbol)
            if book is not None and (book.synced or reason is not Reason.PENDING):
                book.lose(why, reason)

    def late(self, symbol: str, trades: Iterable[Trade]) -> None:
        """Trades that were missed and have been fetched, oldest first."""
        listed = self._listed.get(symbol)
        for trade in trades:
            if listed is not None and listed.trades.admit(int(trade.id)):
                self._sink.trade(trade)

    def _take(self, channel: bytes, data: bytes, received: int) -> int:
        taker = self._takers.get(channel)
        if taker is None:
            self.ignored += 1
            return 0
        return taker(data, received)

    def _tickers(self, data: bytes, received: int) -> int:
        time = 0
        for row in _read(data, wire.TickerFrame, "ticker").data:
            listed = self._known(row.symbol)
            if listed is not None:
                stamp = _nanos(row.timestamp)
                self._sink.ticker(self._quote(listed, row, stamp or received))
                time = max(time, stamp)
        return time

    def _quote(self, listed: Listed, row: wire.StreamTicker, time: int) -> Quote:
        """Idle pairs carry zeros, which are no prices. The change is that of 24 hours."""
        decimals = listed.precision(row.last, row.bid, row.ask)
        before = None if row.change is UNSET or not row.last else round(row.last - row.change, decimals)
        return Quote(
            key=listed.key,
            time=time,
            last=row.last or None,
            bid=row.bid or None,
            ask=row.ask or None,
            bid_size=row.bid_qty,
            ask_size=row.ask_qty,
            high=row.high or None,
            low=row.low or None,
            previous_close=before or None,
            volume=row.volume,
            quote_volume=None if row.vwap is UNSET else row.volume * row.vwap,
            trade_count=None if row.trades is UNSET else row.trades,
            session=Session.CONTINUOUS,
            decimals=decimals,
            provenance=self._provenance,
        )

    def _trades(self, data: bytes, received: int) -> int:
        time = 0
        for row in sorted(_read(data, wire.TradeFrame, "trade").data, key=lambda row: row.trade_id):
            listed = self._known(row.symbol)
            if listed is not None:
                time = self._trade(listed, row) or time
        return time

    def _trade(self, listed: Listed, row: wire.StreamTrade) -> int:
        if not listed.trades.admit(row.trade_id):
            return 0
        if listed.trades.hole is not None:
            self._hole(row.symbol, *listed.trades.hole)
        time = to_nanos(row.timestamp)
        self._sink.trade(
            Trade(
                key=listed.key,
                time=time,
                price=row.price,
                size=row.qty,
                side=_SIDES.get(row.side, Side.UNKNOWN),
                id=str(row.trade_id),
                provider=PROVIDER,
            )
        )
        return time

    def _books(self, data: bytes, received: int) -> int:
        try:
            frame = _read(data, wire.BookFrame, "book")
        except ProviderError:
            self._spoiled(data)
            raise
        time = 0
        for row in frame.data:
            listed = self._known(row.symbol)
            if listed is not None:
                stamp = _nanos(row.timestamp)
                take = listed.book.snapshot if frame.type == "snapshot" else listed.book.update
                take(row, stamp or received)
                time = max(time, stamp)
        return time

    def _spoiled(self, data: bytes) -> None:
        """A frame of books cannot be read: where it still tells whose they are, they start anew."""
        try:
            rows = decoder(_Subjects).decode(data).data
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        for row in rows:
            if (book := self.book(row.symbol)) is not None:
                book.mismatch("a frame could not be read")

    def _status(self, data: bytes, received: int) -> int:
        for row in _read(data, wire.StatusFrame, "status").data:
            self.system = row.system
        return 0

    def _control(self, data: bytes) -> int:
        control = _read(data, wire.Control, "stream")
        if not control.error and control.success is not False:
            return 0
        error = spoken(control.error or "")
        if "already subscribed" in (control.error or "").lower():
            return 0
        self._refused(control, error)
        raise error

    def _known(self, symbol: str) -> Listed | None:
        listed = self._listed.get(symbol)
        if listed is None:
            self.ignored += 1
        return listed


def _nanos(stamp: datetime | UnsetType) -> int:
    """0 where there is none."""
    return 0 if stamp is UNSET else to_nanos(stamp)


def _read(data: bytes, kind: Any, channel: str) -> Any:
    try:
        return decoder(kind).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise explain(error, data, provider=PROVIDER, endpoint=channel) from None
