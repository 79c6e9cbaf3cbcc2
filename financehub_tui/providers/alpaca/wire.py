"""Alpaca's REST answers. Times are RFC 3339 texts to the nanosecond; a price of 0 stands for no price."""

from __future__ import annotations

import msgspec

from financehub_tui.providers.kit.numbers import Number, Positive

PROVIDER = "alpaca"
STOCK_BARS = "v2/stocks/bars"
STOCK_TRADES = "v2/stocks/trades"
STOCK_SNAPSHOTS = "v2/stocks/snapshots"
CRYPTO = "v1beta3/crypto/us"
CRYPTO_BARS = f"{CRYPTO}/bars"
CRYPTO_TRADES = f"{CRYPTO}/trades"
CRYPTO_SNAPSHOTS = f"{CRYPTO}/snapshots"
CRYPTO_BOOKS = f"{CRYPTO}/latest/orderbooks"
NEWS = "v1beta1/news"
ASSETS = "v2/assets"
MOVERS = "v1beta1/screener/stocks/movers"
ACTIVE = "v1beta1/screener/stocks/most-actives"


class Bar(msgspec.Struct, kw_only=True):
    """A bar, stamped by its start; days by midnight in New York."""

    time: str = msgspec.field(name="t")
    open: Positive = msgspec.field(name="o")
    high: Positive = msgspec.field(name="h")
    low: Positive = msgspec.field(name="l")
    close: Positive = msgspec.field(name="c")
    volume: Positive = msgspec.field(name="v")


class Trade(msgspec.Struct, kw_only=True):
    """A trade. `update` says that it was canceled, corrected or incorrect; `taker` is B or S at the crypto venue."""

    time: str = msgspec.field(name="t")
    price: Positive = msgspec.field(name="p")
    size: Positive = msgspec.field(name="s")
    id: int | None = msgspec.field(name="i", default=None)
    conditions: list[str] | None = msgspec.field(name="c", default=None)
    update: str | None = msgspec.field(name="u", default=None)
    taker: str | None = msgspec.field(name="tks", default=None)


class Quote(msgspec.Struct, kw_only=True):
    """Best prices."""

    time: str = msgspec.field(name="t")
    bid: Positive = msgspec.field(name="bp")
    bid_size: Positive = msgspec.field(name="bs")
    ask: Positive = msgspec.field(name="ap")
    ask_size: Positive = msgspec.field(name="as")


class Snapshot(msgspec.Struct, kw_only=True, rename="camel"):
    """The newest of everything; any part may be null or missing."""

    latest_trade: Trade | None = None
    latest_quote: Quote | None = None
    daily_bar: Bar | None = None
    prev_daily_bar: Bar | None = None


StockSnapshots = dict[str, Snapshot | None]
"""By symbol, without a wrapper."""


class CryptoSnapshots(msgspec.Struct, kw_only=True):
    """By pair."""

    snapshots: dict[str, Snapshot | None]


class BarsPage(msgspec.Struct, kw_only=True):
    """A page of bars by symbol."""

    bars: dict[str, list[Bar] | None] | None
    next_page_token: str | None = None


class TradesPage(msgspec.Struct, kw_only=True):
    """A page of trades by symbol."""

    trades: dict[str, list[Trade] | None] | None
    next_page_token: str | None = None


class BookLevel(msgspec.Struct, kw_only=True, gc=False):
    """One level."""

    price: Positive = msgspec.field(name="p")
    size: Positive = msgspec.field(name="s")


class OrderBook(msgspec.Struct, kw_only=True):
    """A book of the crypto venue; a side without levels may be null."""

    time: str = msgspec.field(name="t")
    bids: list[BookLevel] | None = msgspec.field(name="b")
    asks: list[BookLevel] | None = msgspec.field(name="a")


class Books(msgspec.Struct, kw_only=True):
    """By pair."""

    orderbooks: dict[str, OrderBook | None]


class Story(msgspec.Struct, kw_only=True):
    """One story of the news wire."""

    id: int
    headline: str
    created_at: str
    source: str | None = None
    author: str | None = None
    summary: str | None = None
    url: str | None = None
    symbols: list[str] | None = None


class NewsPage(msgspec.Struct, kw_only=True):
    """Stories, newest first."""

    news: list[Story] | None
    next_page_token: str | None = None


class Asset(msgspec.Struct, kw_only=True):
    """One row of the table of assets."""

    symbol: str
    asset_class: str = msgspec.field(name="class")
    exchange: str
    status: str
    name: str | None = None


class Mover(msgspec.Struct, kw_only=True):
    """A share of a screen; the most active come without a price."""

    symbol: str
    price: Positive | None = None
    change: Number | None = None


class MoversAnswer(msgspec.Struct, kw_only=True):
    """The largest gains and losses of the session."""

    gainers: list[Mover] | None
    losers: list[Mover] | None
    last_updated: str | None = None


class ActiveAnswer(msgspec.Struct, kw_only=True):
    """The shares of the largest volume."""

    most_actives: list[Mover] | None
    last_updated: str | None = None


class ErrorBody(msgspec.Struct):
    """A refusal; the trading host adds a code."""

    message: str = ""
    code: int | None = None
