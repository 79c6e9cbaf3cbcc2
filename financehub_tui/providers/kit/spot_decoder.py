"""What decoders of exchanges' frames have in common: who is listed, trades told once, books that start anew.

Pure, without sockets: the same for live, replay and tests.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import UNSET, UnsetType

from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Provenance, Reason, Tier
from financehub_tui.market.quote import Side, Trade
from financehub_tui.providers.base import Sink
from financehub_tui.providers.kit.decode import decode
from financehub_tui.providers.kit.numbering import TradeIds
from financehub_tui.providers.kit.precision import decimals_of
from financehub_tui.providers.kit.spot_books import KeptBook

T = TypeVar("T")
Book = TypeVar("Book", bound=KeptBook)
Taker = Callable[[bytes, int], int]
"""Takes a whole frame and its receive time; returns the event's time (ns since 1970 UTC), 0 where it has none."""
Tick = Callable[[], int | None]
"""Decimals of a pair's prices where they are known."""


class Listed(Generic[Book]):
    """One instrument a decoder knows, with what was last seen of it."""

    def __init__(self, key: str, book: Book, tick: Tick) -> None:
        self.key = key
        self.book = book
        self.trades = TradeIds()
        self.sequence = 0
        """The newest number of its tickers or best prices, where they are numbered."""
        self._tick = tick
        self._shown = 0

    def precision(self, *prices: float) -> int:
        """The venue's decimals: the instrument's or the tick size's, the book's, or the most any price has shown."""
        known = self._tick()
        if known is None:
            known = self.book.book.decimals
        if known is not None:
            return known
        self._shown = max(self._shown, decimals_of(prices))
        return self._shown

    @property
    def gaps(self) -> int:
        """Books that went wrong and holes in the numbering of trades."""
        return self.book.faults + self.trades.gaps

    @property
    def duplicates(self) -> int:
        """Changes and trades that had come before."""
        return self.book.duplicates + self.trades.duplicates


Entry = TypeVar("Entry", bound=Listed[Any])


class SpotDecoder(ABC, Generic[Entry]):
    """Holds the instruments asked for, by the venue's symbols."""

    provider: ClassVar[str]
    endpoint: ClassVar[str]
    """What the venue's stream is called in origins and errors."""

    def __init__(
        self,
        sink: Sink,
        *,
        hole: Callable[[str, int, int], None] | None = None,
        decimals: Callable[[str], int | None] | None = None,
        tier: Tier = Tier.LIVE,
    ) -> None:
        """`hole(symbol, first, last)` is called when trades were missed; `decimals(symbol)` tells those of ticks."""
        self.listed: dict[str, Entry] = {}
        self.ignored = 0
        """Events of kinds or symbols nobody asked for."""
        self.doubled = 0
        """Tickers and best prices that had come before."""
        self.sink = sink
        self.provenance = Provenance(provider=self.provider, endpoint=self.endpoint, tier=tier)
        self._hole = hole or (lambda symbol, first, last: None)
        self._decimals = decimals or (lambda symbol: None)

    @abstractmethod
    def handle(self, frame: bytes | str, received: int) -> int:
        """Take one frame, received at `received` (ns since 1970 UTC). Returns the event's own time, 0 if it has none.

        Raises ProviderError: BAD_ANSWER naming kind and field, or the meaning of a refused request. The decoder stays
        usable.
        """

    @abstractmethod
    def enlist(self, symbol: str, instrument: Instrument, tick: Tick) -> Entry:
        """An instrument that was not known, with a book of its own."""

    def spelled(self, symbol: str) -> str:
        """A symbol as frames spell it."""
        return symbol

    def add(self, symbol: str, instrument: Instrument) -> None:
        """From now on frames of a symbol are taken for this instrument."""
        symbol = self.spelled(symbol)
        if symbol in self.listed:
            return

        def tick() -> int | None:
            return self._decimals(symbol) if instrument.decimals is None else instrument.decimals

        self.listed[symbol] = self.enlist(symbol, instrument, tick)

    def remove(self, symbol: str) -> None:
        """Frames of a symbol are ignored from now on."""
        self.listed.pop(self.spelled(symbol), None)

    def forget_trades(self, symbol: str) -> None:
        """Trades of a symbol are no longer wanted: those that come until they are again are not missed."""
        if (listed := self.listed.get(self.spelled(symbol))) is not None:
            listed.trades = TradeIds()

    def book(self, symbol: str) -> KeptBook | None:
        """A symbol's book and how it stands."""
        listed = self.listed.get(self.spelled(symbol))
        return listed.book if listed else None

    def lose_books(self, symbols: Iterable[str], why: str, reason: Reason = Reason.PENDING) -> None:
        """The connection that carried these symbols' books is gone, or the venue refuses them."""
        for symbol in symbols:
            book = self.book(symbol)
            if book is not None and (book.synced or reason is not Reason.PENDING):
                book.lose(why, reason)

    def count_anew(self, symbols: Iterable[str]) -> None:
        """On another connection tickers of these symbols may be numbered from another start, or come again."""
        for symbol in symbols:
            if symbol in self.listed:
                self.listed[symbol].sequence = 0

    def late(self, symbol: str, trades: Iterable[Trade]) -> None:
        """Trades that were missed and have been fetched, oldest first."""
        listed = self.listed.get(symbol)
        for trade in trades:
            if listed is not None and listed.trades.admit(int(trade.id)):
                self.sink.trade(trade)

    @property
    def gaps(self) -> int:
        """Books that went wrong and holes in the numbering of trades so far."""
        return sum(listed.gaps for listed in self.listed.values())

    @property
    def duplicates(self) -> int:
        """Messages that had come before."""
        return self.doubled + sum(listed.duplicates for listed in self.listed.values())

    @property
    def last_sequence(self) -> int | None:
        """The newest number of any symbol, None where there is none."""
        return max((listed.sequence for listed in self.listed.values()), default=0) or None

    def known(self, symbol: str) -> Entry | None:
        """What is known of a frame's symbol; None, and counted, where nobody asked for it."""
        listed = self.listed.get(symbol)
        if listed is None:
            self.ignored += 1
        return listed

    def tell_trade(
        self, listed: Entry, symbol: str, number: int, *, time: int, price: float, size: float, side: Side
    ) -> int:
        """A trade to the sink unless it had come before; its time, 0 where it had."""
        ids = listed.trades
        if not ids.admit(number):
            return 0
        if ids.hole is not None:
            self._hole(symbol, *ids.hole)
        self.sink.trade(
            Trade(key=listed.key, time=time, price=price, size=size, side=side, id=str(number), provider=self.provider)
        )
        return time


class KindDecoder(SpotDecoder[Entry]):
    """Frames that begin with their kind, as `{"channel":"book", …}` does."""

    prefix: ClassVar[bytes]
    takers: Mapping[bytes, Taker]
    """By kind."""

    @abstractmethod
    def kind_of(self, data: bytes) -> bytes:
        """The kind of a frame that begins otherwise. Raises ProviderError where it has none."""

    def handle(self, frame: bytes | str, received: int) -> int:
        """One frame, by its kind."""
        data = frame.encode() if isinstance(frame, str) else frame
        if data.startswith(self.prefix):
            start = len(self.prefix)
            kind = data[start : data.find(b'"', start)]
        else:
            kind = self.kind_of(data)
        taker = self.takers.get(kind)
        if taker is None:
            self.ignored += 1
            return 0
        return taker(data, received)

    def read(self, data: bytes, shape: type[T], kind: str) -> T:
        """A frame as its wire type. Raises ProviderError naming kind and field."""
        return decode(data, shape, provider=self.provider, endpoint=kind)


def given(value: T | UnsetType | None) -> T | None:
    """What was sent, None where it was left out."""
    return None if value is UNSET else value
