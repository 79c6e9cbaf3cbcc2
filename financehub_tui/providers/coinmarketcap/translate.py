"""CoinMarketCap's values as market types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from financehub_tui.market.instrument import Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote, Session
from financehub_tui.providers.coinmarketcap.wire import HISTORY, INFO, PROVIDER, QUOTES, Info, Period, Record
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.kit.moments import moment
from financehub_tui.providers.kit.numbers import figure
from financehub_tui.providers.kit.precision import shown_decimals

if TYPE_CHECKING:
    import polars as pl

_LEAST_DECIMALS = 2

Row = tuple[int, float | None, float | None, float | None, float | None]
"""(ns at the start, open, high, low, close)."""

provenance = Attribution(PROVIDER, delay=Delay.DELAYED, notes=("average over venues",))
"""Where a value came from. The source computes anew once a minute."""


def decimals(instrument: Instrument, prices: Sequence[float]) -> int:
    """The instrument's; else as many as the prices show and one can read: averages are written in full."""
    return shown_decimals(instrument, prices, _LEAST_DECIMALS)


def quote_of(instrument: Instrument, record: Record, received: int) -> Quote | Missing:
    """A record as a quote; Missing for a coin that has no price any more. Raises ProviderError."""
    found = record.price(instrument.currency)
    last = figure(found.price) if found is not None else None
    if found is None or last is None:
        return Missing(
            reason=Reason.NO_DATA, detail=f"CoinMarketCap has no price of {record.name or record.symbol or record.id}"
        )
    time, change = received, figure(found.percent_change_24h)
    if found.last_updated is not None:
        read = moment(found.last_updated, provider=PROVIDER, endpoint=QUOTES, field="last_updated")
        time = min(received, read)
    return Quote(
        key=instrument.key,
        time=time,
        last=last or None,
        previous_close=None if change is None or change <= -100 or not last else last / (1 + change / 100),
        quote_volume=figure(found.volume_24h),
        market_cap=figure(found.market_cap) or None,
        dominance=figure(found.market_cap_dominance) or None,
        session=Session.CONTINUOUS,
        decimals=decimals(instrument, [last]),
        provenance=provenance(QUOTES, time, received, instrument),
    )


def rows_of(periods: Sequence[Period], currency: str) -> list[Row]:
    """Periods by their start. Raises ProviderError."""
    rows: list[Row] = []
    for period in periods:
        candle = period.quote.get(currency)
        if candle is None:
            raise bad_answer(PROVIDER, HISTORY, f"quote.{currency} is missing", f"data.quotes[...].quote.{currency}")
        start = moment(period.time_open, provider=PROVIDER, endpoint=HISTORY, field="time_open")
        prices = (figure(candle.open), figure(candle.high), figure(candle.low), figure(candle.close))
        if any(price is not None for price in prices):
            rows.append((start, *prices))
    return rows


def frame(rows: Sequence[Row], start: int, end: int) -> pl.DataFrame:
    """Rows that begin in a window (ns since 1970 UTC, end exclusive) as a bar frame. Volumes are money: left out."""
    import polars as pl

    kept = {row[0] // 1_000: row for row in rows if start <= row[0] < end}
    times = sorted(kept)
    columns = {
        name: pl.Series([kept[time][place] for time in times], dtype=pl.Float64)
        for place, name in enumerate(("open", "high", "low", "close"), 1)
    }
    stamps = pl.Series(times, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame({"time": stamps, **columns}).with_columns(pl.lit(None, dtype=pl.Float64).alias("volume"))


def profile_of(instrument: Instrument, info: Info, received: int) -> Profile:
    """A coin's description."""
    urls = info.urls or {}
    pages = [page for page in urls.get("website") or () if page]
    papers = [page for page in urls.get("technical_doc") or () if page]
    facts = [
        ("Kind", info.category or ""),
        ("White paper", papers[0] if papers else ""),
        ("Notice", info.notice or ""),
        ("Added to CoinMarketCap", (info.date_added or "")[:10]),
    ]
    return Profile(
        key=instrument.key,
        name=info.name,
        provenance=provenance(INFO, received, received, instrument),
        description=(info.description or "").strip(),
        sector="Crypto",
        industry=", ".join([tag for tag in info.tag_names or () if tag][:5]),
        website=pages[0] if pages else "",
        founded=(info.date_launched or "")[:10],
        currency=instrument.currency,
        identifiers={PROVIDER: str(info.id)},
        extra=tuple((name, value) for name, value in facts if value),
    )
