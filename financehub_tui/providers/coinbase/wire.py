"""Coinbase Exchange's shapes on the wire. Numbers come as strings and are taken as floats; unknown fields are let pass.

Rows are lists that may grow. `UNSET` marks what some answers leave out; it is never null.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from financehub_tui.clock import NANOS, to_nanos
from financehub_tui.market.quote import Side
from financehub_tui.providers.kit.numbers import Positive as Amount

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Way = Literal["buy", "sell"]


def nanos(moment: datetime | UnsetType) -> int:
    """Nanoseconds since 1970 UTC; 0 where there is none or it is the venue's year 1."""
    return 0 if moment is UNSET or moment.year < 1970 else to_nanos(moment)


def aggressor(maker: Way) -> Side:
    """The taker's side, where the venue names the maker's: a resting sell order was hit by a buyer."""
    return Side.BUY if maker == "sell" else Side.SELL


class ErrorBody(msgspec.Struct, frozen=True):
    """Every refusal over REST."""

    message: str


class Ticker(msgspec.Struct, frozen=True):
    """products/ID/ticker. What never traded has neither price nor time."""

    bid: Amount
    ask: Amount
    volume: Amount
    price: Amount | UnsetType = UNSET
    size: Amount | UnsetType = UNSET
    time: Instant | UnsetType = UNSET


class Stats(msgspec.Struct, frozen=True):
    """products/ID/stats, and a product inside products/stats: the last 24 hours.

    Older answers lack the last price; what did not trade has no prices.
    """

    open: Amount | UnsetType | None = UNSET
    high: Amount | UnsetType | None = UNSET
    low: Amount | UnsetType | None = UNSET
    volume: Amount | UnsetType | None = UNSET
    last: Amount | UnsetType | None = UNSET


class ProductStats(msgspec.Struct, frozen=True):
    """A product of products/stats."""

    stats_24hour: Stats


class BookRow(msgspec.Struct, frozen=True, array_like=True):
    """A price level with the number of orders there, or its size alone on the socket."""

    price: Amount
    size: Amount
    orders: int = 0


class Book(msgspec.Struct, frozen=True):
    """products/ID/book at level 1 and 2; the time is on newer answers only."""

    bids: list[BookRow]
    asks: list[BookRow]
    sequence: int
    time: Instant | UnsetType = UNSET


class TradeRow(msgspec.Struct, frozen=True):
    """A row of products/ID/trades; `side` is the maker's."""

    trade_id: int
    price: Amount
    size: Amount
    side: Way
    time: Instant


class Candle(msgspec.Struct, frozen=True, array_like=True):
    """A row of products/ID/candles: the order is the venue's own. `time` in seconds."""

    time: int
    low: Amount
    high: Amount
    open: Amount
    close: Amount
    volume: Amount

    @property
    def start(self) -> int:
        """Nanoseconds since 1970 UTC."""
        return self.time * NANOS


class Product(msgspec.Struct, frozen=True):
    """A product."""

    id: str
    base_currency: str
    quote_currency: str
    quote_increment: Decimal | None = None
    base_increment: Decimal | None = None
    min_market_funds: Decimal | None = None
    display_name: str | None = None
    status: str = ""
    trading_disabled: bool = False


class Currency(msgspec.Struct, frozen=True):
    """A row of currencies."""

    id: str
    name: str | None = None


class StreamTicker(msgspec.Struct, frozen=True, gc=False):
    """ticker and ticker_batch. Sizes are new; the first frame of what never traded lacks side, id and time."""

    product_id: str
    price: Amount
    open_24h: Amount
    volume_24h: Amount
    low_24h: Amount
    high_24h: Amount
    best_bid: Amount
    best_ask: Amount
    sequence: int = 0
    best_bid_size: Amount | UnsetType = UNSET
    best_ask_size: Amount | UnsetType = UNSET
    last_size: Amount | UnsetType = UNSET
    time: Instant | UnsetType = UNSET


class Match(msgspec.Struct, frozen=True, gc=False):
    """match and last_match; `side` is the maker's."""

    product_id: str
    trade_id: int
    price: Amount
    size: Amount
    side: Way
    time: Instant


class Snapshot(msgspec.Struct, frozen=True):
    """snapshot of level2 and level2_batch."""

    product_id: str
    bids: list[BookRow]
    asks: list[BookRow]


class Change(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A changed level; size 0 deletes."""

    side: Way
    price: Amount
    size: Amount


class Update(msgspec.Struct, frozen=True):
    """l2update."""

    product_id: str
    changes: list[Change]
    time: Instant | UnsetType = UNSET


class Heartbeat(msgspec.Struct, frozen=True):
    """heartbeat, each second."""

    product_id: str
    time: Instant | UnsetType = UNSET


class StreamError(msgspec.Struct, frozen=True):
    """error: what was refused, and why."""

    message: str
    reason: str = ""


class Channel(msgspec.Struct, frozen=True):
    """One channel of an acknowledgement; its name may differ from the one asked for."""

    name: str


class Subscriptions(msgspec.Struct, frozen=True):
    """subscriptions: everything subscribed on the socket."""

    channels: list[Channel]
