"""CoinGecko's values as market types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from html import unescape
from typing import TYPE_CHECKING

from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Delay
from financehub_tui.market.quote import Quote, Session
from financehub_tui.providers.coingecko.wire import (
    COIN,
    MARKETS,
    PROVIDER,
    Candle,
    CoinAnswer,
    MarketRow,
    Point,
)
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.moments import moment
from financehub_tui.providers.kit.precision import shown_decimals

if TYPE_CHECKING:
    import polars as pl

MS = 1_000_000
DAY_MS = 86_400_000
NEAR_MS = 600_000
"""A daily point so near to midnight is that midnight's."""
_LEAST_DECIMALS = 2
_TAG = re.compile(r"<[^>]+>")

Row = tuple[int, float | None, float | None, float | None, float | None]
"""(ms at the start, open, high, low, close)."""

provenance = Attribution(PROVIDER, delay=Delay.DELAYED, notes=("data provided by CoinGecko", "average over venues"))
"""Where a value came from. The network in front of the source keeps copies for minutes."""


def decimals(instrument: Instrument, prices: Sequence[float]) -> int:
    """The instrument's; else as many as the prices show and one can read: averages are written in full."""
    return shown_decimals(instrument, prices, _LEAST_DECIMALS)


def quote_of(instrument: Instrument, row: MarketRow, received: int) -> Quote:
    """A market row as a quote. Zero stands for unknown in what counts coins. Raises ProviderError."""
    time = instant(row, received)
    last, change = row.current_price, row.price_change_24h
    shown = [price for price in (last, row.high_24h, row.low_24h) if price]
    return Quote(
        key=instrument.key,
        time=time,
        last=last or None,
        high=row.high_24h or None,
        low=row.low_24h or None,
        previous_close=None if not last or change is None or change >= last else last - change,
        quote_volume=row.total_volume,
        market_cap=row.market_cap or None,
        session=Session.CONTINUOUS,
        decimals=decimals(instrument, shown[:1]),
        provenance=provenance(MARKETS, time, received, instrument),
    )


def instant(row: MarketRow, received: int) -> int:
    """When a row was true; never later than it was received. Raises ProviderError."""
    if row.last_updated is None:
        return received
    return min(received, moment(row.last_updated, provider=PROVIDER, endpoint=MARKETS, field="last_updated"))


def daily_rows(points: Sequence[Point]) -> list[Row]:
    """Days from prices at midnight UTC: a day opens at one and closes at the next. Highs and lows are not known.

    The last point is `now` and closes the running day. A day without a neighbour is left out.
    """
    sorted_points = sorted((int(ms), price) for ms, price in points if price)
    midnights = {
        day * DAY_MS: price for ms, price in sorted_points if abs(ms - (day := round(ms / DAY_MS)) * DAY_MS) <= NEAR_MS
    }
    rows: list[Row] = [
        (start, price, None, None, midnights[start + DAY_MS])
        for start, price in midnights.items()
        if start + DAY_MS in midnights
    ]
    if sorted_points:
        ms, price = sorted_points[-1]
        today = ms - ms % DAY_MS
        if today in midnights and ms - today > NEAR_MS:
            rows.append((today, midnights[today], None, None, price))
    return rows


def candle_rows(candles: Sequence[Candle], interval: Interval) -> list[Row]:
    """Candles by their start; the source stamps their end."""
    step = interval.seconds * 1_000
    return [(int(candle[0]) - step, candle[1], candle[2], candle[3], candle[4]) for candle in candles]


def frame(rows: Sequence[Row], start: int, end: int) -> pl.DataFrame:
    """Rows that begin in a window (ns since 1970 UTC, end exclusive) as a bar frame."""
    import polars as pl

    kept = {row[0]: row for row in rows if start <= row[0] * MS < end}
    columns = list(zip(*(kept[ms] for ms in sorted(kept)), strict=True)) or [()] * 5
    prices = {name: pl.Series(column, dtype=pl.Float64) for name, column in zip(_PRICES, columns[1:], strict=True)}
    times = pl.Series(columns[0], dtype=pl.Int64).cast(pl.Datetime("ms", "UTC")).cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame({"time": times, **prices}).with_columns(pl.lit(None, dtype=pl.Float64).alias("volume"))


_PRICES = ("open", "high", "low", "close")


def profile_of(instrument: Instrument, coin: CoinAnswer, received: int) -> Profile:
    """A coin's description with its figures in the instrument's currency."""
    currency = instrument.currency.lower()
    data = coin.market_data
    pages = [page for page in (coin.links and coin.links.homepage) or () if page]
    words = _TAG.sub("", unescape((coin.description or {}).get("en") or "")).replace("\r\n", "\n").strip()
    time = received
    if coin.last_updated:
        time = min(received, moment(coin.last_updated, provider=PROVIDER, endpoint=COIN, field="last_updated"))
    return Profile(
        key=instrument.key,
        name=coin.name,
        provenance=provenance(COIN, time, received, instrument),
        description=words,
        sector="Crypto",
        industry=", ".join(category for category in coin.categories or () if category),
        country=coin.country_origin or "",
        website=pages[0] if pages else "",
        founded=coin.genesis_date or "",
        currency=instrument.currency,
        market_cap=((data and data.market_cap) or {}).get(currency) or None,
        shares_outstanding=(data and data.circulating_supply) or None,
        identifiers={PROVIDER: coin.id},
        extra=tuple((name, value) for name, value in _facts(coin, currency) if value),
    )


def _facts(coin: CoinAnswer, currency: str) -> list[tuple[str, str]]:
    data = coin.market_data
    contracts = [f"{platform}: {address}" for platform, address in (coin.platforms or {}).items() if address]
    facts = [
        ("Rank by market value", str(coin.market_cap_rank or "")),
        ("Algorithm", coin.hashing_algorithm or ""),
        ("Contracts", "; ".join(contracts[:3]) + (f" and {len(contracts) - 3} more" if len(contracts) > 3 else "")),
    ]
    if data is not None:
        facts += [
            ("Total supply", _plain(data.total_supply)),
            ("Maximum supply", _plain(data.max_supply)),
            ("All-time high", _plain((data.ath or {}).get(currency))),
            ("All-time low", _plain((data.atl or {}).get(currency))),
        ]
    return facts


def _plain(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1_000 else f"{Decimal(f'{value:.12g}'):f}"
