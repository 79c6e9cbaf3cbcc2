"""Alpaca's stream messages into the sink: trades, best prices, days, books of the crypto venue."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Correction, Quote, Session, Side, Trade
from financehub_tui.providers.alpaca import messages
from financehub_tui.providers.alpaca.translate import size_of, time_of
from financehub_tui.providers.alpaca.wire import PROVIDER
from financehub_tui.providers.base import Sink
from financehub_tui.providers.kit.american import session_at

_SIDES = {"B": Side.BUY, "S": Side.SELL}


class AlpacaDecoder:
    """Knows the instruments by Alpaca's names, and keeps their books."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._instruments: Mapping[str, Instrument] = {}
        self._books: dict[str, L2Book] = {}

    def know(self, instruments: Mapping[str, Instrument]) -> None:
        """The instruments from now on; books of others are forgotten."""
        self._instruments = instruments
        self._books = {name: book for name, book in self._books.items() if name in instruments}

    def lose_books(self, names: Collection[str], why: str) -> None:
        """These books start anew."""
        for name in names:
            if self._books.pop(name, None) is not None and name in self._instruments:
                missing = Missing(reason=Reason.PENDING, detail=f"the book of {name} is being rebuilt: {why}")
                self._sink.book_lost(self._instruments[name].key, missing)

    def take(self, message: messages.Known, received: int) -> int:
        """One message of data; its own time, 0 where it is none of data. Raises ProviderError."""
        if isinstance(message, messages.Quote):
            return self._quote(message)
        if isinstance(message, messages.Trade):
            return self._trade(message)
        if isinstance(message, messages.Book):
            return self._book(message)
        if isinstance(message, messages.DayBar):
            return self._day(message, received)
        if isinstance(message, messages.Cancel | messages.Correction):
            return self._correction(message)
        return 0

    def _quote(self, quote: messages.Quote) -> int:
        time = time_of(quote.time, messages.ENDPOINT)
        instrument = self._instruments.get(quote.symbol)
        if instrument is not None:
            bid_size = size_of(quote.bid_size, quote.bid, time, instrument)
            ask_size = size_of(quote.ask_size, quote.ask, time, instrument)
            self._sink.top(instrument.key, time, quote.bid or None, bid_size, quote.ask or None, ask_size)
        return time

    def _trade(self, trade: messages.Trade) -> int:
        time = time_of(trade.time, messages.ENDPOINT)
        instrument = self._instruments.get(trade.symbol)
        if instrument is not None:
            self._sink.trade(
                Trade(
                    key=instrument.key,
                    time=time,
                    price=trade.price,
                    size=trade.size,
                    side=_SIDES.get(trade.taker or "", Side.UNKNOWN),
                    id="" if trade.id is None else str(trade.id),
                    condition=_condition(trade.conditions),
                    provider=PROVIDER,
                )
            )
        return time

    def _correction(self, told: messages.Cancel | messages.Correction) -> int:
        time = time_of(told.time, messages.ENDPOINT)
        instrument = self._instruments.get(told.symbol)
        if instrument is None:
            return time
        key, right = instrument.key, None
        first = (told.id, told.price, told.size)
        if isinstance(told, messages.Correction):
            first = (told.first_id, told.first_price, told.first_size)
            right = Trade(
                key=key,
                time=time,
                price=told.price,
                size=told.size,
                id=str(told.id),
                condition=_condition(told.conditions),
                provider=PROVIDER,
            )
        number, price, size = first
        self._sink.correct(Correction(key=key, time=time, id=str(number), price=price, size=size, instead=right))
        return time

    def _day(self, bar: messages.DayBar, received: int) -> int:
        """The day's figures as of now: their stamp is midnight, older than any price of the day."""
        instrument = self._instruments.get(bar.symbol)
        if instrument is not None:
            coin = instrument.asset_class is AssetClass.CRYPTO
            self._sink.ticker(
                Quote(
                    key=instrument.key,
                    time=received,
                    open=bar.open,
                    high=bar.high,
                    low=bar.low,
                    volume=bar.volume,
                    session=Session.CONTINUOUS if coin else session_at(received),
                )
            )
        return 0

    def _book(self, change: messages.Book) -> int:
        time = time_of(change.time, messages.ENDPOINT)
        instrument = self._instruments.get(change.symbol)
        if instrument is None:
            return time
        bids = [(level.price, level.size) for level in change.bids or ()]
        asks = [(level.price, level.size) for level in change.asks or ()]
        book = self._books.get(change.symbol)
        if change.reset:
            book = self._books.setdefault(change.symbol, L2Book(instrument.key, instrument.decimals))
            book.snapshot(bids, asks, 0)
        elif book is None:
            return time  # changes to a book that has not come yet
        else:
            book.apply(bids, asks, 0)
        self._sink.book(instrument.key, time, book)
        return time


def _condition(codes: Collection[str] | None) -> str:
    """Codes that say something; the venue sends blank ones too."""
    return ",".join(code for code in codes or () if code.strip())
