"""Events of Binance's streams to market types, into the sink. Every method returns the event's time in ns, or 0."""

from __future__ import annotations

from collections.abc import Callable

from financehub_tui.market.instrument import Instrument
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Provenance, Tier
from financehub_tui.market.quote import Quote, Session, Trade
from financehub_tui.providers.base import Sink
from financehub_tui.providers.binance import wire
from financehub_tui.providers.binance.booksync import SyncedBook
from financehub_tui.providers.binance.wire import nanos
from financehub_tui.providers.kit.numbering import TradeIds
from financehub_tui.providers.kit.precision import decimals_of

PROVIDER = "binance"


class Listed:
    """One instrument the decoder knows, with what was last seen of it."""

    __slots__ = ("_shown", "agg_trades", "blocks", "book", "decimals", "key", "partial", "top_id", "trades")

    def __init__(self, instrument: Instrument, book: SyncedBook) -> None:
        self.key = instrument.key
        self.decimals = instrument.decimals
        self.book = book
        self.partial = L2Book(instrument.key, instrument.decimals)
        self.trades = TradeIds()
        self.agg_trades = TradeIds()
        self.blocks = TradeIds()
        self.top_id = 0
        self._shown = 0

    @property
    def gaps(self) -> int:
        """Holes in the numbering of its book and trades."""
        return self.book.gaps + self.trades.gaps + self.agg_trades.gaps

    @property
    def duplicates(self) -> int:
        """Changes and trades that had come before."""
        ids = (self.trades, self.agg_trades, self.blocks)
        return self.book.duplicates + sum(one.duplicates for one in ids)

    def precision(self, *prices: float) -> int:
        """The venue's decimals: the instrument's, the book's, or the most that any price has shown so far."""
        if self.decimals is not None:
            return self.decimals
        if self.book.synced and self.book.book.decimals is not None:
            return self.book.book.decimals
        self._shown = max(self._shown, decimals_of(prices))
        return self._shown


class Translator:
    """Holds the instruments asked for. Symbols are upper case."""

    def __init__(
        self, sink: Sink, shutdown: Callable[[], None], hole: Callable[[str, int, int], None], tier: Tier
    ) -> None:
        self.listed: dict[str, Listed] = {}
        self.ignored = 0
        """Events of kinds or symbols nobody asked for."""
        self.doubled = 0
        """Best prices and partial books that had come before."""
        self._sink = sink
        self._shutdown = shutdown
        self._hole = hole
        self._provenance = Provenance(provider=PROVIDER, endpoint="stream", tier=tier)

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
        if event.update_id <= listed.top_id:
            self.doubled += 1
            return 0
        listed.top_id = event.update_id
        self._sink.top(listed.key, received, event.bid or None, event.bid_size, event.ask or None, event.ask_size)
        return 0

    def ticker(self, event: wire.TickerEvent, received: int) -> int:
        """24hrTicker and 24hrMiniTicker. Idle pairs carry zeros, which are no prices.

        Best prices are left to bookTicker where that streams: it is quicker, and stamped by another clock.
        """
        listed = self.listed.get(event.symbol)
        if listed is None:
            return self.ignore(event, received)
        time = nanos(event.event_time)
        alone = not listed.top_id
        quote = Quote(
            key=listed.key,
            time=time,
            last=event.close or None,
            last_size=event.last_size,
            bid=(event.bid or None) if alone else None,
            ask=(event.ask or None) if alone else None,
            bid_size=event.bid_size if alone else None,
            ask_size=event.ask_size if alone else None,
            open=event.open or None,
            high=event.high or None,
            low=event.low or None,
            previous_close=event.previous_close or None,
            volume=event.volume,
            quote_volume=event.quote_volume,
            trade_count=event.count,
            session=Session.CONTINUOUS,
            decimals=listed.precision(event.close, event.high, event.low),
            provenance=self._provenance,
        )
        self._sink.ticker(quote)
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
            self._sink.book(listed.key, received, listed.partial)
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
        self._sink.ticker(
            Quote(
                key=listed.key,
                time=time,
                last=price or None,
                session=Session.CONTINUOUS,
                decimals=listed.precision(price),
                provenance=self._provenance,
            )
        )
        return time

    def _trade(self, listed: Listed, ids: TradeIds, event: wire.TradeEvent | wire.AggTradeEvent, condition: str) -> int:
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
        self._sink.trade(trade)
        return nanos(event.event_time)
