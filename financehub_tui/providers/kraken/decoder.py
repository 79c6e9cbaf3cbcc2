"""Frames of Kraken's WebSocket v2 to the sink."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from financehub_tui.clock import to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Tier
from financehub_tui.market.quote import Quote, Session, Side
from financehub_tui.providers.base import Sink
from financehub_tui.providers.kit.decode import UNREADABLE, bad_answer, decoder
from financehub_tui.providers.kit.spot_decoder import KindDecoder, Listed, Tick, given
from financehub_tui.providers.kraken import wire
from financehub_tui.providers.kraken.booksync import CheckedBook
from financehub_tui.providers.kraken.refusals import PROVIDER, spoken

DEPTH = 100
"""Levels a side that books are subscribed with: 10, 25, 100, 500 or 1000."""
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_CONTROL = b""
"""The kind of answers to our messages."""
Pair = Listed[CheckedBook]


class _Probe(msgspec.Struct):
    """What tells frames apart where they do not begin as usual."""

    channel: str | None = None
    method: str | None = None
    error: str | None = None


class _Subject(msgspec.Struct):
    symbol: str


class _Subjects(msgspec.Struct):
    data: list[_Subject]


class KrakenDecoder(KindDecoder[Pair]):
    """Decodes the ticker, trade, book and status channels and the answers to our messages.

    `renew(symbol)` is called when a book must be subscribed anew, `hole(symbol, first, last)` when trades were
    missed, `refused(control, error)` when the venue refuses a subscription. `decimals(symbol)` gives those of the tick
    size where they are known.

        decoder = KrakenDecoder(sink)
        decoder.add("BTC/USD", instrument)
        decoder.handle(frame, received_ns)
    """

    provider = PROVIDER
    endpoint = "stream"
    prefix = b'{"channel":"'

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
        super().__init__(sink, hole=hole, decimals=decimals, tier=tier)
        self.system = ""
        """What the venue last said of itself: online, maintenance, cancel_only, post_only."""
        self._depth = depth
        self._renew = renew or (lambda symbol: None)
        self._refused = refused or (lambda control, error: None)
        self.takers = {
            b"ticker": self._tickers,
            b"trade": self._trades,
            b"book": self._books,
            b"status": self._status,
            b"heartbeat": lambda data, received: 0,
            _CONTROL: self._control,
        }

    def enlist(self, symbol: str, instrument: Instrument, tick: Tick) -> Pair:
        """With a book proven by its checksum."""
        book = CheckedBook(instrument.key, instrument.decimals, self._depth, self.sink, lambda: self._renew(symbol))
        return Listed(instrument.key, book, tick)

    def kind_of(self, data: bytes) -> bytes:
        """The channel, wherever it stands; answers to our messages have none."""
        probe = self.read(data, _Probe, self.endpoint)
        if probe.channel is not None:
            return probe.channel.encode()
        if probe.method is None and probe.error is None:
            raise bad_answer(PROVIDER, self.endpoint, "a frame of no known kind")
        return _CONTROL

    def _tickers(self, data: bytes, received: int) -> int:
        time = 0
        for row in self.read(data, wire.TickerFrame, "ticker").data:
            listed = self.known(row.symbol)
            if listed is not None:
                stamp = _nanos(row.timestamp)
                self.sink.ticker(self._quote(listed, row, stamp or received))
                time = max(time, stamp)
        return time

    def _quote(self, listed: Pair, row: wire.StreamTicker, time: int) -> Quote:
        """Idle pairs carry zeros, which are no prices. The change is that of 24 hours."""
        decimals = listed.precision(row.last, row.bid, row.ask)
        before = None if row.change is UNSET or not row.last else round(row.last - row.change, decimals)
        return Quote(
            key=listed.key,
            time=time,
            last=row.last or None,
            bid=row.bid or None,
            ask=row.ask or None,
            bid_size=row.bid_qty if row.bid else None,
            ask_size=row.ask_qty if row.ask else None,
            high=row.high or None,
            low=row.low or None,
            previous_close=before or None,
            volume=row.volume,
            quote_volume=None if row.vwap is UNSET else row.volume * row.vwap,
            trade_count=given(row.trades),
            session=Session.CONTINUOUS,
            decimals=decimals,
            provenance=self.provenance,
        )

    def _trades(self, data: bytes, received: int) -> int:
        time = 0
        for row in sorted(self.read(data, wire.TradeFrame, "trade").data, key=lambda row: row.trade_id):
            listed = self.known(row.symbol)
            if listed is not None:
                side, at = _SIDES.get(row.side, Side.UNKNOWN), to_nanos(row.timestamp)
                told = self.tell_trade(
                    listed, row.symbol, row.trade_id, time=at, price=row.price, size=row.qty, side=side
                )
                time = told or time
        return time

    def _books(self, data: bytes, received: int) -> int:
        try:
            frame = self.read(data, wire.BookFrame, "book")
        except ProviderError:
            self._spoiled(data)
            raise
        time = 0
        for row in frame.data:
            listed = self.known(row.symbol)
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
        except UNREADABLE:
            return
        for row in rows:
            if (book := self.book(row.symbol)) is not None:
                book.distrust("a frame could not be read")

    def _status(self, data: bytes, received: int) -> int:
        for row in self.read(data, wire.StatusFrame, "status").data:
            self.system = row.system
        return 0

    def _control(self, data: bytes, received: int) -> int:
        control = self.read(data, wire.Control, self.endpoint)
        said = control.error or ""
        if (not said and control.success is not False) or "already subscribed" in said.lower():
            return 0
        error = spoken(said)
        self._refused(control, error)
        raise error


def _nanos(stamp: datetime | UnsetType) -> int:
    """0 where there is none."""
    return 0 if stamp is UNSET else to_nanos(stamp)
