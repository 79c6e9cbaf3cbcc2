"""Events of Binance's streams to market types, into the sink. Every method returns the event's time in ns, or 0."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from financehub_tui.market.instrument import Instrument
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Tier
from financehub_tui.market.quote import Quote, Session, Trade
from financehub_tui.providers.base import Sink
from financehub_tui.providers.binance import wire
from financehub_tui.providers.binance.booksync import SyncedBook
from financehub_tui.providers.binance.wire import nanos
from financehub_tui.providers.kit.numbering import TradeIds
from financehub_tui.providers.kit.spot_decoder import Listed, SpotDecoder, Tick

PROVIDER = "binance"


class Symbol(Listed[SyncedBook]):
    """One instrument the decoder knows. Kinds of trades are numbered apart; the best prices' number is an update id."""

    def __init__(self, instrument: Instrument, book: SyncedBook, tick: Tick) -> None:
        super().__init__(instrument.key, book, tick)
        self.partial = L2Book(instrument.key, instrument.decimals)
        self.agg_trades = TradeIds()
        self.blocks = TradeIds()

    @property
    def gaps(self) -> int:
        """Of aggregated trades too."""
        return super().gaps + self.agg_trades.gaps

    @property
    def duplicates(self) -> int:
        """Of all kinds of trades."""
        return super().duplicates + self.agg_trades.duplicates + self.blocks.duplicates


class Translator(SpotDecoder[Symbol]):
    """What each kind of event means, by methods that take its wire type. Symbols are upper case."""

    provider = PROVIDER
    endpoint = "stream"

    def __init__(
        self,
        sink: Sink,
        *,
        resync: Callable[[str], None] | None = None,
        shutdown: Callable[[], None] | None = None,
        hole: Callable[[str, int, int], None] | None = None,
        tier: Tier = Tier.LIVE,
    ) -> None:
        super().__init__(sink, hole=hole, tier=tier)
        self._resync = resync or (lambda symbol: None)
        self._shutdown = shutdown or (lambda: None)

    def spelled(self, symbol: str) -> str:
        """In capitals, though streams are named in lower case."""
        return symbol.upper()

    def enlist(self, symbol: str, instrument: Instrument, tick: Tick) -> Symbol:
        """With a book kept by numbered differences."""
        book = SyncedBook(instrument.key, instrument.decimals, self.sink, lambda: self._resync(symbol))
        return Symbol(instrument, book, tick)

    def count_anew(self, symbols: Iterable[str]) -> None:
        """Of partial books too."""
        symbols = list(symbols)
        super().count_anew(symbols)
        for symbol in symbols:
            if symbol in self.listed:
                self.listed[symbol].partial.sequence = 0

    @property
    def last_sequence(self) -> int | None:
        """The newest update id of any book, None where there is none."""
        return max((listed.book.book.sequence for listed in self.listed.values()), default=0) or None

    def trade(self, event: wire.TradeEvent, received: int) -> int:
        """trade."""
        listed = self.listed.get(event.symbol)
        if listed is None:
            return self.ignore(event, received)
        time = self._trade(listed, listed.trades, event, "")
        if listed.trades.hole is not None:
            self._hole(event.symbol, *listed.trades.hole)
        return time

    def agg_trade(self, event: wire.AggTradeEvent, received: int) -> int:
        """aggTrade."""
        listed = self.listed.get(event.symbol)
        if listed is None:
            return self.ignore(event, received)
        return self._trade(listed, listed.agg_trades, event, "aggregate")

    def block_trade(self, event: wire.TradeEvent, received: int) -> int:
        """blockTrade: negotiated off the book, numbered apart."""
        listed = self.listed.get(event.symbol)
        if listed is None:
            return self.ignore(event, received)
        return self._trade(listed, listed.blocks, event, "block")

    def book_ticker(self, event: wire.BookTickerEvent, received: int) -> int:
        """bookTicker: has no time of its own, so the arrival counts."""
        listed = self.listed.get(event.symbol)
        if listed is None:
            return self.ignore(event, received)
        if event.update_id <= listed.sequence:
            self.doubled += 1
            return 0
        listed.sequence = event.update_id
        bid, bid_size = (event.bid, event.bid_size) if event.bid else (None, None)
        ask, ask_size = (event.ask, event.ask_size) if event.ask else (None, None)
        self.sink.top(listed.key, received, bid, bid_size, ask, ask_size)
        return 0

    def ticker(self, event: wire.TickerEvent, received: int) -> int:
        """24hrTicker and 24hrMiniTicker. Idle pairs carry zeros, which are no prices.

        `previous_close` is the price of 24 hours ago, from which the venue counts its change too. Best prices are left
        to bookTicker where that streams: it is quicker, and stamped by another clock.
        """
        listed = self.listed.get(event.symbol)
        if listed is None:
            return self.ignore(event, received)
        time = nanos(event.event_time)
        alone = not listed.sequence
        quote = Quote(
            key=listed.key,
            time=time,
            last=event.close or None,
            last_size=event.last_size if event.close else None,
            bid=(event.bid or None) if alone else None,
            ask=(event.ask or None) if alone else None,
            bid_size=event.bid_size if alone and event.bid else None,
            ask_size=event.ask_size if alone and event.ask else None,
            open=event.open or None,
            high=event.high or None,
            low=event.low or None,
            previous_close=event.open or None,
            volume=event.volume,
            quote_volume=event.quote_volume,
            trade_count=event.count,
            session=Session.CONTINUOUS,
            decimals=listed.precision(event.close, event.high, event.low),
            provenance=self.provenance,
        )
        self.sink.ticker(quote)
        return time

    def window_ticker(self, event: wire.TickerEvent, received: int) -> int:
        """ticker_1h, ticker_4h, ticker_1d: of another window than the day, so only the last price counts."""
        return self._last(event.symbol, event.event_time, event.close)

    def kline(self, event: wire.KlineEvent, received: int) -> int:
        """kline: its close is the last price; its open, high and low are the bar's, not the day's."""
        return self._last(event.symbol, event.event_time, event.bar.close)

    def depth(self, event: wire.DepthEvent, received: int) -> int:
        """depthUpdate."""
        listed = self.listed.get(event.symbol)
        if listed is None:
            return self.ignore(event, received)
        listed.book.event(event)
        return nanos(event.event_time)

    def partial(self, symbol: str, depth: wire.Depth, received: int) -> int:
        """depth5/10/20: the whole top of the book each time; a synchronised book knows more and wins."""
        listed = self.listed.get(symbol)
        if listed is None:
            return self.ignore(depth, received)
        if depth.last_update_id <= listed.partial.sequence:
            self.doubled += 1
        elif not listed.book.synced:
            listed.partial.snapshot(depth.bids, depth.asks, depth.last_update_id)
            self.sink.book(listed.key, received, listed.partial)
        return 0

    def shutdown(self, event: object, received: int) -> int:
        """serverShutdown: open a new connection now."""
        self._shutdown()
        return 0

    def ignore(self, event: object, received: int) -> int:
        """Nobody asked for it."""
        self.ignored += 1
        return 0

    def _last(self, symbol: str, event_time: int, price: float) -> int:
        listed = self.listed.get(symbol)
        if listed is None:
            self.ignored += 1
            return 0
        time = nanos(event_time)
        self.sink.ticker(
            Quote(
                key=listed.key,
                time=time,
                last=price or None,
                session=Session.CONTINUOUS,
                decimals=listed.precision(price),
                provenance=self.provenance,
            )
        )
        return time

    def _trade(self, listed: Symbol, ids: TradeIds, event: wire.TradeEvent | wire.AggTradeEvent, condition: str) -> int:
        if not ids.admit(event.id):
            return 0
        trade = Trade(
            key=listed.key,
            time=nanos(event.time),
            price=event.price,
            size=event.size,
            side=wire.side(event.buyer_is_maker),
            id=str(event.id),
            condition=condition,
            provider=PROVIDER,
        )
        self.sink.trade(trade)
        return nanos(event.event_time)
