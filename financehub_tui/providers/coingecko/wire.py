"""CoinGecko's answers. What is documented as nullable may be null but must be there where a value of ours rests on it.

Times are ISO texts, or milliseconds in series. Money is in the currency that was asked for.
"""

from __future__ import annotations

import msgspec

from financehub_tui.providers.kit.numbers import Number, Positive

PROVIDER = "coingecko"
COIN_LIST = "coins/list"
MARKETS = "coins/markets"
COIN = "coins/{id}"
MARKET_CHART = "coins/{id}/market_chart"
OHLC = "coins/{id}/ohlc"
SEARCH = "search"
GLOBAL = "global"

Point = tuple[Number, Positive | None]
"""(milliseconds, value)."""
Candle = tuple[Number, Positive, Positive, Positive, Positive]
"""(milliseconds at the END of the candle, open, high, low, close)."""


class ListedCoin(msgspec.Struct):
    """One row of the table of all coins. Symbols are in lower case and not unique; a row may lack one."""

    id: str
    symbol: str | None
    name: str | None


class MarketRow(msgspec.Struct, kw_only=True):
    """One coin's market. An id without data is left out by the source."""

    id: str
    current_price: Positive | None
    market_cap: Positive | None
    market_cap_rank: int | None
    total_volume: Positive | None
    """Turnover of 24 hours."""
    high_24h: Positive | None = None
    low_24h: Positive | None = None
    price_change_24h: Number | None = None
    last_updated: str | None


class MarketChart(msgspec.Struct):
    """A series of prices; those of market values and turnovers beside it are not read."""

    prices: list[Point]


class Links(msgspec.Struct):
    """Addresses about a coin; empty texts stand among them."""

    homepage: list[str | None] | None = None


class MarketData(msgspec.Struct, kw_only=True):
    """Figures of a coin by currency code in lower case."""

    market_cap: dict[str, Positive | None] | None = None
    ath: dict[str, Positive | None] | None = None
    atl: dict[str, Positive | None] | None = None
    circulating_supply: Positive | None = None
    total_supply: Positive | None = None
    max_supply: Positive | None = None


class CoinAnswer(msgspec.Struct, kw_only=True):
    """A coin's description."""

    id: str
    symbol: str
    name: str
    platforms: dict[str, str | None] | None = None
    hashing_algorithm: str | None = None
    categories: list[str | None] | None = None
    description: dict[str, str | None] | None = None
    links: Links | None = None
    country_origin: str | None = None
    genesis_date: str | None = None
    market_cap_rank: int | None = None
    market_data: MarketData | None = None
    last_updated: str | None = None


class FoundCoin(msgspec.Struct):
    """One hit of a search; one without a symbol or name is of no use."""

    id: str
    symbol: str | None
    name: str | None
    market_cap_rank: int | None = None


class SearchAnswer(msgspec.Struct):
    """A search answer; what it finds besides coins is let pass."""

    coins: list[FoundCoin]


class Totals(msgspec.Struct):
    """Figures of all coins together, by currency code in lower case."""

    total_market_cap: dict[str, Positive | None]


class GlobalAnswer(msgspec.Struct):
    """The market as a whole."""

    data: Totals


class Status(msgspec.Struct):
    """A refusal's code and words."""

    error_code: int | None = None
    error_message: str | None = None


class ErrorBody(msgspec.Struct):
    """The three shapes of a refusal: `status`, `error.status`, `error` as words."""

    status: object = None
    error: object = None
