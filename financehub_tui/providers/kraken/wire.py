"""Kraken's shapes on the wire: REST, then WebSocket v2. Unknown fields are let pass, numbers may be strings.

REST rows are lists that may grow. Levels of books on the socket are left as they were written because the checksum
needs their digits: `booksync` reads them.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

from financehub_tui.clock import NANOS
from financehub_tui.providers.kit.numbers import Number
from financehub_tui.providers.kit.numbers import Positive as Amount

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Errors(msgspec.Struct, frozen=True):
    """The head of every REST answer, looked at before the result."""

    error: list[str] = []


class Spans(msgspec.Struct, frozen=True, array_like=True):
    """A figure since 00:00 UTC, and over the last 24 hours."""

    today: Amount
    day: Amount


class Counts(msgspec.Struct, frozen=True, array_like=True):
    """A count since 00:00 UTC, and over the last 24 hours."""

    today: Count
    day: Count


class Best(msgspec.Struct, frozen=True, array_like=True):
    """Best price with the size there: whole lots, then exact. Answers of the first years have the exact one alone."""

    price: Amount
    lots: Amount
    exact: Amount | UnsetType = UNSET

    @property
    def size(self) -> float:
        """Of what is offered or asked for at the price."""
        return self.lots if self.exact is UNSET else self.exact


class LastTrade(msgspec.Struct, frozen=True, array_like=True):
    """Price and size of the last trade."""

    price: Amount
    size: Amount


class Ticker(msgspec.Struct, frozen=True):
    """A pair of Ticker. Idle pairs have zeros. There is no time, and no price of 24 hours ago."""

    ask: Best = field(name="a")
    bid: Best = field(name="b")
    last: LastTrade = field(name="c")
    volume: Spans = field(name="v")
    vwap: Spans = field(name="p")
    trades: Counts = field(name="t")
    low: Spans = field(name="l")
    high: Spans = field(name="h")
    open: Amount = field(name="o")


class Candle(msgspec.Struct, frozen=True, array_like=True):
    """A row of OHLC; `time` in seconds. Minutes without trades repeat the last price with volume and count 0."""

    time: int
    open: Amount
    high: Amount
    low: Amount
    close: Amount
    vwap: Amount
    volume: Amount
    count: Count = 0

    @property
    def start(self) -> int:
        """Nanoseconds since 1970 UTC."""
        return self.time * NANOS


class Level(msgspec.Struct, frozen=True, array_like=True):
    """A row of Depth."""

    price: Amount
    size: Amount


class Depth(msgspec.Struct, frozen=True):
    """The book of a pair."""

    asks: list[Level]
    bids: list[Level]


class TradeRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of Trades; `time` in seconds with a fraction. Older answers end before the id."""

    price: Amount
    size: Amount
    time: Decimal
    side: str
    type: str = ""
    misc: str = ""
    id: int | None = None


class Pair(msgspec.Struct, frozen=True):
    """A pair of AssetPairs; older answers have no tick size and no status."""

    altname: str
    base: str
    quote: str
    pair_decimals: Count
    lot_decimals: Count
    wsname: str = ""
    tick_size: Decimal | None = None
    status: str = "online"
    ordermin: Decimal | None = None
    costmin: Decimal | None = None


class Candles(msgspec.Struct, frozen=True):
    """OHLC. `result` holds the rows under the pair's key, and `last`."""

    result: dict[str, list[Candle] | int | str]


class Tickers(msgspec.Struct, frozen=True):
    """Ticker."""

    result: dict[str, Ticker]


class Depths(msgspec.Struct, frozen=True):
    """Depth."""

    result: dict[str, Depth]


class Trades(msgspec.Struct, frozen=True):
    """Trades. `result` holds the rows under the pair's key, and `last`."""

    result: dict[str, list[TradeRow] | int | str]


class Pairs(msgspec.Struct, frozen=True):
    """AssetPairs."""

    result: dict[str, Pair]


class StreamTicker(msgspec.Struct, frozen=True, gc=False):
    """ticker. Time and count of trades are new and not sent for every pair; change is that of 24 hours."""

    symbol: str
    bid: Amount
    bid_qty: Amount
    ask: Amount
    ask_qty: Amount
    last: Amount
    volume: Amount
    low: Amount
    high: Amount
    vwap: Amount | UnsetType = UNSET
    change: Number | UnsetType = UNSET
    trades: Count | UnsetType = UNSET
    timestamp: Instant | UnsetType = UNSET


class StreamTrade(msgspec.Struct, frozen=True, gc=False):
    """trade: `side` is the taker's."""

    symbol: str
    side: str
    price: Amount
    qty: Amount
    trade_id: int
    timestamp: Instant
    ord_type: str = ""


class StreamLevel(msgspec.Struct, frozen=True, gc=False):
    """A level of a book, its numbers as they were sent; quantity 0 deletes."""

    price: msgspec.Raw
    qty: msgspec.Raw


class StreamBook(msgspec.Struct, frozen=True):
    """book: a whole one or changes. The checksum is that of the book after them."""

    symbol: str
    checksum: int
    bids: list[StreamLevel] = []
    asks: list[StreamLevel] = []
    timestamp: Instant | UnsetType = UNSET


class TickerFrame(msgspec.Struct, frozen=True):
    """A frame of the ticker channel."""

    data: list[StreamTicker]


class TradeFrame(msgspec.Struct, frozen=True):
    """A frame of the trade channel."""

    data: list[StreamTrade]


class BookFrame(msgspec.Struct, frozen=True):
    """A frame of the book channel."""

    type: Literal["snapshot", "update"]
    data: list[StreamBook]


class SystemStatus(msgspec.Struct, frozen=True):
    """status: online, cancel_only, maintenance, post_only."""

    system: str = ""


class StatusFrame(msgspec.Struct, frozen=True):
    """A frame of the status channel."""

    data: list[SystemStatus]


class Subscription(msgspec.Struct, frozen=True):
    """What an acknowledgement is about."""

    channel: str = ""
    symbol: str = ""


class Control(msgspec.Struct, frozen=True):
    """Answers to our messages: acknowledgements, refusals, pong. Refusals may name symbol and request."""

    method: str | None = None
    success: bool | None = None
    error: str | None = None
    symbol: str | None = None
    req_id: int | None = None
    result: Subscription | None = None
