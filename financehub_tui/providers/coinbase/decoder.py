"""Frames of Coinbase's feed to the sink."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Tier
from financehub_tui.market.quote import Quote, Session
from financehub_tui.providers.base import Sink
from financehub_tui.providers.coinbase import wire
from financehub_tui.providers.coinbase.booksync import FollowedBook
from financehub_tui.providers.coinbase.refusals import PROVIDER, spoken
from financehub_tui.providers.kit.decode import UNREADABLE, bad_answer, decoder
from financehub_tui.providers.kit.spot_decoder import KindDecoder, Listed, Tick, given

T = TypeVar("T")
Product = Listed[FollowedBook]


class _Probe(msgspec.Struct):
    """What tells frames apart where they do not begin as usual."""

    type: str | None = None


class _Subject(msgspec.Struct):
    product_id: str


class CoinbaseDecoder(KindDecoder[Product]):
    """Decodes the channels ticker, ticker_batch, matches, level2(_batch), heartbeat, and answers to our messages.

    `renew(product)` is called when a book must be subscribed anew, `hole(product, first, last)` when trades were
    missed, `refused(said, error)` when the venue refuses a subscription. `decimals(product)` gives those of the tick
    size where they are known.

        decoder = CoinbaseDecoder(sink)
        decoder.add("BTC-USD", instrument)
        decoder.handle(frame, received_ns)
    """

    provider = PROVIDER
    endpoint = "feed"
    prefix = b'{"type":"'

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
        super().__init__(sink, hole=hole, decimals=decimals, tier=tier)
        self._renew = renew or (lambda product: None)
        self._refused = refused or (lambda said, error: None)
        self.takers = {
            b"ticker": self._ticker,
            b"match": self._match,
            b"last_match": self._match,
            b"snapshot": self._snapshot,
            b"l2update": self._update,
            b"heartbeat": self._heartbeat,
            b"subscriptions": self._subscriptions,
            b"error": self._error,
        }

    def enlist(self, symbol: str, instrument: Instrument, tick: Tick) -> Product:
        """With a book followed from its snapshot."""
        book = FollowedBook(instrument.key, tick, self.sink, lambda: self._renew(symbol))
        return Listed(instrument.key, book, tick)

    def kind_of(self, data: bytes) -> bytes:
        """The type, wherever it stands."""
        kind = self.read(data, _Probe, self.endpoint).type
        if kind is None:
            raise bad_answer(PROVIDER, self.endpoint, "a frame of no known kind", "type")
        return kind.encode()

    def lost(self, products: Iterable[str], channel: str, why: str) -> None:
        """The connection that carried a channel of these products is gone: what depends on continuity starts anew."""
        if channel == "ticker":
            self.count_anew(products)
        elif channel == "level2_batch":
            self.lose_books(products, why)

    def _ticker(self, data: bytes, received: int) -> int:
        row = self.read(data, wire.StreamTicker, "ticker")
        listed = self.known(row.product_id)
        if listed is None:
            return 0
        if row.sequence and row.sequence <= listed.sequence:
            self.doubled += 1
            return 0
        listed.sequence = row.sequence
        stamp = wire.nanos(row.time)
        self.sink.ticker(self._quote(listed, row, stamp or received))
        return stamp

    def _quote(self, listed: Product, row: wire.StreamTicker, time: int) -> Quote:
        """What never traded carries zeros, which are no prices. `open` is the price of 24 hours ago."""
        return Quote(
            key=listed.key,
            time=time,
            last=row.price or None,
            last_size=given(row.last_size) if row.price else None,
            bid=row.best_bid or None,
            ask=row.best_ask or None,
            bid_size=given(row.best_bid_size) if row.best_bid else None,
            ask_size=given(row.best_ask_size) if row.best_ask else None,
            open=row.open_24h or None,
            high=row.high_24h or None,
            low=row.low_24h or None,
            previous_close=row.open_24h or None,
            volume=row.volume_24h,
            session=Session.CONTINUOUS,
            decimals=listed.precision(row.price, row.best_bid, row.best_ask),
            provenance=self.provenance,
        )

    def _match(self, data: bytes, received: int) -> int:
        row = self.read(data, wire.Match, "match")
        listed = self.known(row.product_id)
        if listed is None:
            return 0
        side, time = wire.aggressor(row.side), wire.nanos(row.time) or received
        return self.tell_trade(
            listed, row.product_id, row.trade_id, time=time, price=row.price, size=row.size, side=side
        )

    def _snapshot(self, data: bytes, received: int) -> int:
        row = self._book_frame(data, wire.Snapshot, "snapshot")
        if (listed := self.known(row.product_id)) is not None:
            listed.book.snapshot(row, received)
        return 0

    def _update(self, data: bytes, received: int) -> int:
        row = self._book_frame(data, wire.Update, "l2update")
        stamp = wire.nanos(row.time)
        if (listed := self.known(row.product_id)) is not None:
            listed.book.update(row, stamp or received)
        return stamp

    def _book_frame(self, data: bytes, shape: type[T], kind: str) -> T:
        """A frame of a book. Where it cannot be read but still tells whose it is, that book starts anew."""
        try:
            return self.read(data, shape, kind)
        except ProviderError:
            if (book := self.book(_product(data))) is not None:
                book.distrust("a frame could not be read")
            raise

    def _heartbeat(self, data: bytes, received: int) -> int:
        return wire.nanos(self.read(data, wire.Heartbeat, "heartbeat").time)

    def _subscriptions(self, data: bytes, received: int) -> int:
        """Names of channels may differ from those asked for (ticker_batch is ticker_1000): nothing is compared."""
        self.read(data, wire.Subscriptions, "subscriptions")
        return 0

    def _error(self, data: bytes, received: int) -> int:
        said = self.read(data, wire.StreamError, "error")
        error = spoken(said)
        self._refused(said, error)
        raise error


def _product(data: bytes) -> str:
    """Whose a frame is that cannot be read as a whole; empty where it does not tell."""
    try:
        return decoder(_Subject).decode(data).product_id
    except UNREADABLE:
        return ""
