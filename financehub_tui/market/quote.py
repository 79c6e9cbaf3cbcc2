"""Live values: quotes, trades, book levels."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from financehub_tui.market.provenance import Provenance


class Session(StrEnum):
    """The trading session a price belongs to."""

    PRE = "PRE"
    REGULAR = "REGULAR"
    POST = "POST"
    CLOSED = "CLOSED"
    CONTINUOUS = "24H"


class Side(StrEnum):
    """The aggressor of a trade."""

    BUY = "buy"
    SELL = "sell"
    UNKNOWN = "unknown"


def difference(price: float, other: float) -> float:
    """`price` less `other`, to twelve digits of the larger: 61837.89 less 61837.88 is 0.01, not 0.010000000002."""
    return round(price - other, exact_decimals(max(abs(price), abs(other))))


def exact_decimals(price: float) -> int:
    """Decimals to which a difference of prices of this size is no rounding error."""
    return 12 - len(f"{price:.0f}")


class Quote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of one instrument at one instant. A field is None where the source does not give it.

    Prices are in the instrument's unit; sizes and volumes in shares, contracts or base units;
    times in nanoseconds since 1970 UTC.
    """

    key: str
    """`Instrument.key`."""
    time: int
    last: float | None = None
    last_size: float | None = None
    bid: float | None = None
    ask: float | None = None
    bid_size: float | None = None
    ask_size: float | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    previous_close: float | None = None
    volume: float | None = None
    quote_volume: float | None = None
    """Turnover in the quote currency."""
    trade_count: int | None = None
    session: Session = Session.REGULAR
    decimals: int | None = None
    """Decimals the venue quotes this price with."""
    market_cap: float | None = None
    dominance: float | None = None
    """Share of the market value of all coins, in percent."""
    market_cap_from: Provenance | None = None
    """Where market value and dominance come from, where that is another source than the quote's. In its currency."""
    provenance: Provenance | None = None

    @property
    def mid(self) -> float | None:
        """Midpoint of bid and ask."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2

    @property
    def change(self) -> float | None:
        """Last less previous close."""
        return None if self.last is None or self.previous_close is None else difference(self.last, self.previous_close)

    @property
    def change_percent(self) -> float | None:
        """Change over previous close, in percent; None where the previous close is zero."""
        change = self.change
        return None if change is None or not self.previous_close else 100 * change / self.previous_close


class Trade(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One execution. Time in nanoseconds since 1970 UTC."""

    key: str
    time: int
    price: float
    size: float
    side: Side = Side.UNKNOWN
    """Aggressor."""
    id: str = ""
    condition: str = ""
    provider: str = ""


IMBALANCE_LEVELS = 10
"""Levels a side an imbalance is of, however many are shown."""


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """A trade that its venue takes back, and what stands in its place. Time in nanoseconds since 1970 UTC."""

    key: str
    time: int
    """When it was told."""
    id: str
    price: float
    size: float
    """Id, price and size as they were told first."""
    instead: Trade | None = None
    """The right one, None where there was no trade at all. It keeps the time and place of the first."""


class Level(msgspec.Struct, frozen=True, array_like=True):
    """One price level of a book."""

    price: float
    size: float
    orders: int = 0
    """Number of orders, 0 where the venue does not say."""


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot of an order book: bids from the highest price down, asks from the lowest up."""

    key: str
    time: int
    sequence: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    decimals: int | None = None
    provenance: Provenance | None = None

    @property
    def crossed(self) -> bool:
        """True where the best bid is at or above the best ask, which no healthy book shows."""
        return bool(self.bids and self.asks and self.bids[0].price >= self.asks[0].price)

    def best(self, depth: int) -> Book:
        """The same book with the top `depth` levels a side only."""
        return msgspec.structs.replace(self, bids=self.bids[:depth], asks=self.asks[:depth])

    def imbalance(self, depth: int = IMBALANCE_LEVELS) -> float | None:
        """(bid size - ask size) / (bid size + ask size) over the top `depth` levels, -1 to 1."""
        bid = sum(level.size for level in self.bids[:depth])
        ask = sum(level.size for level in self.asks[:depth])
        return None if bid + ask == 0 else (bid - ask) / (bid + ask)
