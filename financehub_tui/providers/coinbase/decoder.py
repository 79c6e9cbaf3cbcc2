"""Frames of Coinbase's feed to the sink: pure, without sockets, the same for live, replay and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import UNSET

from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Provenance, Tier
from financehub_tui.market.quote import Quote, Session, Trade
from financehub_tui.providers.base import Sink
from financehub_tui.providers.coinbase import wire
from financehub_tui.providers.coinbase.booksync import FollowedBook
from financehub_tui.providers.coinbase.refusals import PROVIDER, spoken
from financehub_tui.providers.kit.decode import bad_answer, decode, decoder, explain
from financehub_tui.providers.kit.numbering import TradeIds
from financehub_tui.providers.kit.precision import decimals_of

_PREFIX = b'{"type":"'
_START = len(_PREFIX)


class _Probe(msgspec.Struct):
    """What tells frames apart where they do not begin as usual."""

    type: str | None = None


class _Subject(msgspec.Struct):
    product_id: str


class Listed:
    """One instrument the decoder knows, with what was last seen of it."""

    __slots__ = ("_shown", "_tick", "book", "key", "ticker_sequence", "trades")

    def __init__(self, instrument: Instrument, book: FollowedBook, tick: Callable[[], int | None]) -> None:
        self.key = instrument.key
        self._tick = tick
        self.book = book
        self.trades = TradeIds()
        self.ticker_sequence = 0
        self._shown = 0

    def precision(self, *prices: float) -> int:
        """The venue's decimals: the instrument's, the tick size's, the book's, or the most any price has shown."""
        known = self._tick()
        if known is not None:
            return known
        if self.book.synced and self.book.book.decimals is not None:
            return self.book.book.decimals
        self._shown = max(self._shown, decimals_of(prices))
        return self._shown


class CoinbaseDecoder:
    """Decodes the channels ticker, ticker_batch, matches, level2(_batch), heartbeat, and answers to our messages.

    `renew(product)` is called when a book must be subscribed anew, `hole(product, first, last)` when trades were
    missed, `refused(said, error)` when the venue refuses a subscription. `decimals(product)` gives those of the tick
    size where they are known.

        decoder = CoinbaseDecoder(sink)
        decoder.add("BTC-USD", instrument)
        decoder.handle(frame, received_ns)
    """

    def __init__(
        self,
        sink: Sink,
        *,
        renew: Callable[[str], None] | None = None,
        hole: Callable[[str, int, int], None] | None = None,
        refused: Callable[[wire.StreamError, ProviderError], None] | None = None,
        decimals: Callable[[str], int | None] | None = None,
        tier: Tier = Tier.LIVE,
    ) -> None:
        self.ignored = 0
        """Events of channels or products nobody asked for."""
        self.doubled_tickers = 0
        self._sink = sink
        self._renew = renew or (lambda product: None)
        self._hole = hole or (lambda product, first, last: None)
        self._refused = refused or (lambda said, error: None)
        self._decimals = decimals or (lambda product: None)
        self._provenance = Provenance(provider=PROVIDER, endpoint="feed", tier=tier)
        self._listed: dict[str, Listed] = {}
        self._takers: dict[bytes, Callable[[bytes, int], int]] = {
            b"ticker": self._ticker,
            b"match": self._match,
            b"last_match": self._match,
            b"snapshot": self._snapshot,
            b"l2update": self._update,
            b"heartbeat": self._heartbeat,
            b"subscriptions": self._subscriptions,
            b"error": self._error,
        }

    def add(self, product: str, instrument: Instrument) -> None:
        """From now on frames of a product (BTC-USD) are taken for this instrument."""
        if product in self._listed:
            return

        def tick() -> int | None:
            return self._decimals(product) if instrument.decimals is None else instrument.decimals

        book = FollowedBook(instrument.key, tick, self._sink, lambda: self._renew(product))
        self._listed[product] = Listed(instrument, book, tick)

    def remove(self, product: str) -> None:
        """Frames of a product are ignored from now on."""
        self._listed.pop(product, None)

    def forget_trades(self, product: str) -> None:
        """Trades of a product are no longer wanted: those that come until they are again are not missed."""
        if product in self._listed:
            self._listed[product].trades = TradeIds()

    def book(self, product: str) -> FollowedBook | None:
        """A product's book and how it stands."""
        listed = self._listed.get(product)
        return listed.book if listed else None

    @property
    def gaps(self) -> int:
        """Books that went wrong and holes in the numbering of trades so far."""
        return sum(listed.book.losses + listed.trades.gaps for listed in self._listed.values())

    @property
    def duplicates(self) -> int:
        """Messages that had come before."""
        return self.doubled_tickers + sum(listed.trades.duplicates for listed in self._listed.values())

    @property
    def last_sequence(self) -> int | None:
        """The newest sequence number of any product, None where there is none."""
        return max((listed.ticker_sequence for listed in self._listed.values()), default=0) or None

    def handle(self, frame: bytes | str, received: int) -> int:
        """Take one frame, received at `received` (ns since 1970 UTC). Returns the event's own time, 0 if it has none.

        Raises ProviderError: BAD_ANSWER naming type and field, or the meaning of a refused subscription.
        The decoder stays usable.
        """
        data = frame.encode() if isinstance(frame, str) else frame
        if data.startswith(_PREFIX):
            kind = data[_START : data.find(b'"', _START)]
        else:
            probe = decode(data, _Probe, provider=PROVIDER, endpoint="feed")
            if probe.type is None:
                raise bad_answer(PROVIDER, "feed", "a frame of no known kind", "type")
            kind = probe.type.encode()
        taker = self._takers.get(kind)
        if taker is None:
            self.ignored += 1
            return 0
        return taker(data, received)

    def lost(self, products: Iterable[str], channel: str, why: str) -> None:
        """The connection that carried a channel of these products is gone: what depends on continuity starts anew."""
        for listed in [self._listed[product] for product in products if product in self._listed]:
            if channel == "ticker":
                listed.ticker_sequence = 0
            elif channel == "level2_batch" and listed.book.synced:
                listed.book.lose(why)

    def refuse_book(self, product: str, error: ProviderError) -> None:
        """The venue will not stream a product's book."""
        if (book := self.book(product)) is not None:
            book.lose(error.detail, error.reason)

    def late(self, product: str, trades: Iterable[Trade]) -> None:
        """Trades that were missed and have been fetched, oldest first."""
        listed = self._listed.get(product)
        for trade in trades:
            if listed is not None and listed.trades.admit(int(trade.id)):
                self._sink.trade(trade)

    def _ticker(self, data: bytes, received: int) -> int:
        row = _read(data, wire.StreamTicker, "ticker")
        listed = self._known(row.product_id)
        if listed is None:
            return 0
        if row.sequence and row.sequence <= listed.ticker_sequence:
            self.doubled_tickers += 1
            return 0
        listed.ticker_sequence = row.sequence
        stamp = wire.nanos(row.time)
        self._sink.ticker(self._quote(listed, row, stamp or received))
        return stamp

    def _quote(self, listed: Listed, row: wire.StreamTicker, time: int) -> Quote:
        """What never traded carries zeros, which are no prices. `open` is the price of 24 hours ago."""
        return Quote(
            key=listed.key,
            time=time,
            last=row.price or None,
            last_size=None if row.last_size is UNSET else row.last_size,
            bid=row.best_bid or None,
            ask=row.best_ask or None,
            bid_size=None if row.best_bid_size is UNSET else row.best_bid_size,
            ask_size=None if row.best_ask_size is UNSET else row.best_ask_size,
            open=row.open_24h or None,
            high=row.high_24h or None,
            low=row.low_24h or None,
            previous_close=row.open_24h or None,
            volume=row.volume_24h,
            session=Session.CONTINUOUS,
            decimals=listed.precision(row.price, row.best_bid, row.best_ask),
            provenance=self._provenance,
        )

    def _match(self, data: bytes, received: int) -> int:
        row = _read(data, wire.Match, "match")
        listed = self._known(row.product_id)
        if listed is None or not listed.trades.admit(row.trade_id):
            return 0
        if listed.trades.hole is not None:
            self._hole(row.product_id, *listed.trades.hole)
        time = wire.nanos(row.time)
        self._sink.trade(
            Trade(
                key=listed.key,
                time=time,
                price=row.price,
                size=row.size,
                side=wire.aggressor(row.side),
                id=str(row.trade_id),
                provider=PROVIDER,
            )
        )
        return time

    def _snapshot(self, data: bytes, received: int) -> int:
        row = self._book_frame(data, wire.Snapshot, "snapshot")
        if (listed := self._known(row.product_id)) is not None:
            listed.book.snapshot(row, received)
        return 0

    def _update(self, data: bytes, received: int) -> int:
        row = self._book_frame(data, wire.Update, "l2update")
        stamp = wire.nanos(row.time)
        if (listed := self._known(row.product_id)) is not None:
            listed.book.update(row, stamp or received)
        return stamp

    def _book_frame(self, data: bytes, kind: Any, name: str) -> Any:
        """A frame of a book. Where it cannot be read but still tells whose it is, that book starts anew."""
        try:
            return _read(data, kind, name)
        except ProviderError:
            product = _product(data)
            if (book := self.book(product)) is not None:
                book.distrust("a frame could not be read")
            raise

    def _heartbeat(self, data: bytes, received: int) -> int:
        return wire.nanos(_read(data, wire.Heartbeat, "heartbeat").time)

    def _subscriptions(self, data: bytes, received: int) -> int:
        """Names of channels may differ from those asked for (ticker_batch is ticker_1000): nothing is compared."""
        _read(data, wire.Subscriptions, "subscriptions")
        return 0

    def _error(self, data: bytes, received: int) -> int:
        said = _read(data, wire.StreamError, "error")
        error = spoken(said)
        self._refused(said, error)
        raise error

    def _known(self, product: str) -> Listed | None:
        listed = self._listed.get(product)
        if listed is None:
            self.ignored += 1
        return listed


def _product(data: bytes) -> str:
    """Whose a frame is that cannot be read as a whole; empty where it does not tell."""
    try:
        return decoder(_Subject).decode(data).product_id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _read(data: bytes, kind: Any, name: str) -> Any:
    try:
        return decoder(kind).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise explain(error, data, provider=PROVIDER, endpoint=name) from None
