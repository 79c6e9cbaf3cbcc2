"""CoinMarketCap's answers, in the forms of all versions: maps and lists, codes as numbers and as texts.

Times are ISO texts in UTC, changes percent, money in the currency that was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

import msgspec

from financehub_tui.providers.kit.decode import bad_answer, decode
from financehub_tui.providers.kit.numbers import Number, Positive

T = TypeVar("T")

PROVIDER = "coinmarketcap"
MAP = "v1/cryptocurrency/map"
QUOTES = "v3/cryptocurrency/quotes/latest"
INFO = "v2/cryptocurrency/info"
HISTORY = "v2/cryptocurrency/ohlcv/historical"

Maybe = Positive | Literal[""] | None
"""A figure that may be missing; inactive coins come with an empty text."""


class Status(msgspec.Struct, kw_only=True):
    """The head of every answer. `0`, `"0"` and null are no error."""

    error_code: int | None = None
    error_message: str | None = None


class Envelope(msgspec.Struct):
    """What is read of an answer before it is known to be good."""

    status: Status | None = None


class MapRow(msgspec.Struct, kw_only=True):
    """One coin of the table of all coins; one without a symbol cannot be asked for."""

    id: int
    symbol: str | None
    name: str | None = None
    rank: int | None
    is_active: int | bool | None = None


class MapAnswer(msgspec.Struct):
    """The table of all coins."""

    data: list[MapRow]


class Price(msgspec.Struct, kw_only=True):
    """A coin's figures in one currency."""

    symbol: str | None = None
    price: Maybe
    volume_24h: Maybe
    market_cap: Maybe
    market_cap_dominance: Maybe = None
    """Percent of the market value of all coins."""
    percent_change_24h: Number | Literal[""] | None = None
    last_updated: str | None = None


class Record(msgspec.Struct, kw_only=True):
    """One coin's latest figures, by currency or as a list."""

    id: int
    symbol: str | None = None
    name: str | None = None
    quote: dict[str, Price | None] | list[Price | None] | None

    def price(self, currency: str) -> Price | None:
        """The figures in a currency; None where there are none at all. Raises ProviderError where there are others."""
        pairs = self.quote.items() if isinstance(self.quote, dict) else (("", price) for price in self.quote or ())
        named = {price.symbol or name: price for name, price in pairs if price is not None}
        if not named:
            return None
        if currency not in named:
            raise bad_answer(PROVIDER, QUOTES, f"quote.{currency} is missing", f"data[...].quote.{currency}")
        return named[currency]


class QuotesAnswer(msgspec.Struct):
    """Records in a list (v3), or by id; by symbol there are several under one name."""

    data: list[Record] | dict[str, Record | list[Record]]

    def records(self) -> list[Record]:
        """All records."""
        if isinstance(self.data, list):
            return self.data
        return [one for held in self.data.values() for one in (held if isinstance(held, list) else [held])]


class Info(msgspec.Struct, kw_only=True):
    """A coin's description."""

    id: int
    name: str
    category: str | None = None
    description: str | None = None
    notice: str | None = None
    tag_names: list[str | None] | None = msgspec.field(name="tag-names", default=None)
    urls: dict[str, list[str | None] | None] | None = None
    date_added: str | None = None
    date_launched: str | None = None


class Candle(msgspec.Struct, kw_only=True):
    """Figures of one period in one currency. The volume is money, not coins."""

    open: Maybe
    high: Maybe
    low: Maybe
    close: Maybe


class Period(msgspec.Struct, kw_only=True):
    """One period of a history."""

    time_open: str
    quote: dict[str, Candle]


class History(msgspec.Struct, kw_only=True):
    """A coin's periods, oldest first."""

    id: int
    quotes: list[Period]


class _Keyed(msgspec.Struct):
    data: dict[str, msgspec.Raw] | list[msgspec.Raw]


def only(body: bytes, kind: type[T], endpoint: str) -> T:
    """The one coin of an answer: under its id, in a list under its symbol, or by itself. Raises ProviderError."""
    data = decode(body, _Keyed, provider=PROVIDER, endpoint=endpoint).data
    if isinstance(data, Mapping) and "id" in data:
        return decode(msgspec.json.encode(data), kind, provider=PROVIDER, endpoint=endpoint)
    held = list(data.values()) if isinstance(data, Mapping) else data
    if len(held) != 1:
        raise bad_answer(PROVIDER, endpoint, f"{len(held)} coins where one was asked for", "data")
    raw = bytes(held[0])
    if not raw.lstrip().startswith(b"["):
        return decode(raw, kind, provider=PROVIDER, endpoint=endpoint)
    several = decode(raw, list[msgspec.Raw], provider=PROVIDER, endpoint=endpoint)
    if len(several) != 1:
        raise bad_answer(PROVIDER, endpoint, f"{len(several)} coins where one was asked for", "data")
    return decode(bytes(several[0]), kind, provider=PROVIDER, endpoint=endpoint)
