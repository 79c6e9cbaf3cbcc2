"""Binance's shapes on the wire. Numbers come as strings and are taken as floats; unknown fields are let pass.

Times are integers since 1970 UTC, milliseconds unless microseconds were asked for: see `nanos`.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec import field

from financehub_tui.market.quote import Side
from financehub_tui.providers.kit.numbers import Positive as Amount

Count = int
WireLevel = tuple[Amount, Amount]

_MICROSECONDS_FROM = 100_000_000_000_000


def nanos(time: int) -> int:
    """Milli- or microseconds since 1970 as nanoseconds; a millisecond figure this large would lie in the year 5138."""
    return time * 1_000 if time >= _MICROSECONDS_FROM else time * 1_000_000


def side(buyer_is_maker: bool) -> Side:
    """The aggressor: where the buyer's order was resting, the other side sold into it."""
    return Side.SELL if buyer_is_maker else Side.BUY


class ErrorBody(msgspec.Struct, frozen=True):
    """What is wrong, in REST answers and on streams."""

    code: int
    msg: str = ""


class Depth(msgspec.Struct, frozen=True):
    """Order book snapshot (REST) and partial book (stream): neither names its symbol."""

    last_update_id: int = field(name="lastUpdateId")
    bids: list[WireLevel]
    asks: list[WireLevel]


class Ticker(msgspec.Struct, frozen=True, rename="camel"):
    """ticker/24hr, ticker/tradingDay and ticker (rolling), FULL and MINI. Idle pairs: zeros, count 0, firstId -1."""

    symbol: str
    last_price: Amount
    open_price: Amount
    high_price: Amount
    low_price: Amount
    volume: Amount
    quote_volume: Amount
    open_time: int
    close_time: int
    count: int
    last_qty: Amount | None = None
    bid_price: Amount | None = None
    bid_qty: Amount | None = None
    ask_price: Amount | None = None
    ask_qty: Amount | None = None


class BookTop(msgspec.Struct, frozen=True, rename="camel"):
    """ticker/bookTicker."""

    symbol: str
    bid_price: Amount
    bid_qty: Amount
    ask_price: Amount
    ask_qty: Amount


class Kline(msgspec.Struct, frozen=True, array_like=True):
    """A row of klines or uiKlines."""

    open_time: int
    open: Amount
    high: Amount
    low: Amount
    close: Amount
    volume: Amount
    close_time: int
    quote_volume: Amount
    count: int

    @property
    def start(self) -> int:
        """Nanoseconds since 1970 UTC."""
        return nanos(self.open_time)


class TradeRow(msgspec.Struct, frozen=True, rename="camel"):
    """trades, historicalTrades, historicalBlockTrades."""

    id: int
    price: Amount
    qty: Amount
    time: int
    is_buyer_maker: bool


class AggTradeRow(msgspec.Struct, frozen=True):
    """aggTrades: fills of one taker order at one price taken together."""

    id: int = field(name="a")
    price: Amount = field(name="p")
    qty: Amount = field(name="q")
    first_id: int = field(name="f")
    last_id: int = field(name="l")
    time: int = field(name="T")
    is_buyer_maker: bool = field(name="m")


class SymbolFilter(msgspec.Struct, frozen=True, rename="camel"):
    """One rule of a symbol; which fields it has depends on its type."""

    filter_type: str
    tick_size: Decimal | None = None
    step_size: Decimal | None = None
    min_notional: Decimal | None = None


class Symbol(msgspec.Struct, frozen=True, rename="camel"):
    """A symbol of exchangeInfo. Status values not known to us count as not trading."""

    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    filters: list[SymbolFilter] = []

    def rule(self, *kinds: str) -> SymbolFilter | None:
        """The filter of a type, the first of these there is."""
        return next((rule for kind in kinds for rule in self.filters if rule.filter_type == kind), None)


class ExchangeInfo(msgspec.Struct, frozen=True, rename="camel"):
    """exchangeInfo."""

    symbols: list[Symbol]


class TradeEvent(msgspec.Struct, frozen=True, gc=False):
    """trade and blockTrade."""

    symbol: str = field(name="s")
    id: int = field(name="t")
    price: Amount = field(name="p")
    size: Amount = field(name="q")
    time: int = field(name="T")
    buyer_is_maker: bool = field(name="m")
    event_time: int = field(name="E")


class AggTradeEvent(msgspec.Struct, frozen=True, gc=False):
    """aggTrade."""

    symbol: str = field(name="s")
    id: int = field(name="a")
    price: Amount = field(name="p")
    size: Amount = field(name="q")
    time: int = field(name="T")
    buyer_is_maker: bool = field(name="m")
    event_time: int = field(name="E")


class BookTickerEvent(msgspec.Struct, frozen=True, gc=False):
    """bookTicker: carries no time."""

    symbol: str = field(name="s")
    update_id: int = field(name="u")
    bid: Amount = field(name="b")
    bid_size: Amount = field(name="B")
    ask: Amount = field(name="a")
    ask_size: Amount = field(name="A")


class TickerEvent(msgspec.Struct, frozen=True, gc=False):
    """24hrMiniTicker, 24hrTicker and the rolling-window tickers; fields the shorter ones lack are None."""

    symbol: str = field(name="s")
    event_time: int = field(name="E")
    open: Amount = field(name="o")
    high: Amount = field(name="h")
    low: Amount = field(name="l")
    close: Amount = field(name="c")
    volume: Amount = field(name="v")
    quote_volume: Amount = field(name="q")
    last_size: Amount | None = field(name="Q", default=None)
    bid: Amount | None = field(name="b", default=None)
    bid_size: Amount | None = field(name="B", default=None)
    ask: Amount | None = field(name="a", default=None)
    ask_size: Amount | None = field(name="A", default=None)
    count: int | None = field(name="n", default=None)


class KlineBody(msgspec.Struct, frozen=True):
    """The bar inside a kline event."""

    start: int = field(name="t")
    interval: str = field(name="i")
    open: Amount = field(name="o")
    high: Amount = field(name="h")
    low: Amount = field(name="l")
    close: Amount = field(name="c")
    volume: Amount = field(name="v")
    closed: bool = field(name="x")


class KlineEvent(msgspec.Struct, frozen=True):
    """kline."""

    symbol: str = field(name="s")
    event_time: int = field(name="E")
    bar: KlineBody = field(name="k")


class DepthEvent(msgspec.Struct, frozen=True):
    """depthUpdate: the changes between update ids `first` and `last`."""

    symbol: str = field(name="s")
    event_time: int = field(name="E")
    first: int = field(name="U")
    last: int = field(name="u")
    bids: list[WireLevel] = field(name="b")
    asks: list[WireLevel] = field(name="a")
