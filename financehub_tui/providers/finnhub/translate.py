"""Finnhub's values as market types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from operator import itemgetter
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import Interval
from financehub_tui.market.company import Earnings, EarningsHistory, RatingCounts, Ratings
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.news import NewsItem
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.finnhub import wire
from financehub_tui.providers.kit.american import NEW_YORK, session_at
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.kit.numbers import figure
from financehub_tui.providers.kit.precision import shown_decimals

if TYPE_CHECKING:
    import polars as pl

MILLION = 1_000_000.0
_LEAST_DECIMALS = 4
_HOURS = {"bmo": time(9, 30, tzinfo=NEW_YORK), "dmh": time(12, tzinfo=NEW_YORK), "amc": time(16, tzinfo=NEW_YORK)}
_WORDS = {"bmo": "before the opening", "dmh": "during the session", "amc": "after the close"}

provenance = Attribution(wire.PROVIDER)
"""Where a value came from. Prices are of partner venues, not of all exchanges together."""


def decimals(instrument: Instrument, prices: Sequence[float]) -> int:
    """The instrument's, or as many as the prices show and one can read."""
    return shown_decimals(instrument, prices, _LEAST_DECIMALS)


def quote_of(instrument: Instrument, quote: wire.Quote, received: int) -> Quote | Missing:
    """A quote; Missing for the zeros that stand for an unknown symbol."""
    if not quote.time:
        words = f"Finnhub knows no {instrument.symbol}"
        return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=words)
    time = quote.time * NANOS
    prices = [price for price in (quote.last, quote.high, quote.low, quote.open) if price]
    return Quote(
        key=instrument.key,
        time=time,
        last=quote.last or None,
        open=quote.open or None,
        high=quote.high or None,
        low=quote.low or None,
        previous_close=quote.previous_close or None,
        session=session_at(received),
        decimals=decimals(instrument, prices),
        provenance=provenance(wire.QUOTE, time, received, instrument),
    )


def frame(pages: Sequence[wire.Candles], interval: Interval, start: int, end: int) -> pl.DataFrame:
    """Candles that begin in a window (ns since 1970 UTC, end exclusive) as a bar frame. Raises ProviderError.

    Days are stamped midnight in New York, which is the same date in UTC: they become that date's midnight.
    """
    import polars as pl

    rows: dict[int, tuple[float | None, ...]] = {}
    for page in pages:
        columns = (page.open, page.high, page.low, page.close, page.volume)
        if any(len(column) != len(page.time) for column in columns):
            raise bad_answer(wire.PROVIDER, wire.CANDLE, "columns of unequal length", "t")
        for second, *values in zip(page.time, *columns, strict=True):
            at = second if interval.intraday else second - second % 86_400
            if start <= at * NANOS < end and any(value is not None for value in values[:4]):
                rows[at] = tuple(values)
    times = sorted(rows)
    stamps = (pl.Series(times, dtype=pl.Int64) * 1_000_000).cast(pl.Datetime("us", "UTC"))
    columns_of = {
        name: pl.Series([rows[time][place] for time in times], dtype=pl.Float64)
        for place, name in enumerate(("open", "high", "low", "close", "volume"))
    }
    return pl.DataFrame({"time": stamps, **columns_of})


def profile_of(
    instrument: Instrument,
    found: wire.Profile,
    received: int,
    figures: wire.Metrics | None = None,
    notes: Sequence[str] = (),
) -> Profile:
    """A company and its figures. An American share of a foreign company may come under its home ticker."""
    figures = figures or wire.Metrics()
    value, shares = found.market_capitalization, found.share_outstanding
    yield_percent = figure(figures.dividend_yield)
    facts = [("Exchange", found.exchange or ""), ("Listed since", found.ipo or "")]
    if found.ticker and found.ticker.upper() != instrument.symbol.upper().replace("/", "."):
        facts.append(("Home ticker", found.ticker))
    return Profile(
        key=instrument.key,
        name=found.name or instrument.name,
        provenance=provenance(wire.PROFILE, received, received, instrument, delay=Delay.END_OF_DAY, notes=notes),
        industry=found.industry or "",
        country=found.country or "",
        website=found.weburl or "",
        currency=found.currency or "",
        market_cap=value * MILLION if value else None,
        shares_outstanding=shares * MILLION if shares else None,
        trailing_pe=figure(figures.pe),
        forward_pe=figure(figures.forward_pe),
        eps=figure(figures.eps),
        beta=figure(figures.beta),
        dividend_rate=figure(figures.dividend),
        dividend_yield=None if yield_percent is None else yield_percent / 100,
        identifiers={wire.PROVIDER: found.ticker} if found.ticker else {},
        extra=tuple((name, text) for name, text in facts if text),
    )


def report_at(report: wire.Report) -> int:
    """When a report comes: at the opening, noon or close in New York by its hour, else midnight UTC of its day; ns
    since 1970 UTC. Raises ProviderError."""
    try:
        day = date.fromisoformat(report.date)
    except ValueError:
        raise bad_answer(wire.PROVIDER, wire.CALENDAR, f"{report.date[:20]!r} is no date", "date") from None
    return to_nanos(datetime.combine(day, _HOURS.get(report.hour or "", time(tzinfo=UTC))))


def earnings_of(
    instrument: Instrument,
    rows: Sequence[wire.Earnings],
    received: int,
    reports: Sequence[wire.Report] = (),
    notes: Sequence[str] = (),
) -> EarningsHistory:
    """Quarters, newest first, with what the calendar of reports knows of the last and the next one.

    Raises ProviderError, NO_DATA where neither says anything.
    """
    times = {(report.year, report.quarter): report_at(report) for report in reports if report.actual is not None}
    today = received // (86_400 * NANOS) * 86_400 * NANOS
    coming = [(at, report) for report in reports if report.actual is None and (at := report_at(report)) >= today]
    next_at, next_report = min(coming, key=itemgetter(0), default=(None, None))
    if not rows and next_report is None:
        raise ProviderError(wire.PROVIDER, Reason.NO_DATA, f"nothing about {instrument.symbol}", endpoint=wire.EARNINGS)
    history = [
        Earnings(
            period_end=row.period or "",
            reported_at=times.get((row.year, row.quarter)),
            estimate=row.estimate,
            actual=row.actual,
            surprise_percent=row.surprise_percent,
        )
        for row in rows
    ]
    history.sort(key=lambda row: row.period_end, reverse=True)
    hour = _WORDS.get((next_report.hour if next_report is not None else None) or "")
    told = (*notes, f"the next report comes {hour}") if hour else tuple(notes)
    return EarningsHistory(
        key=instrument.key,
        currency=instrument.currency,
        history=tuple(history),
        provenance=provenance(wire.EARNINGS, received, received, instrument, delay=Delay.END_OF_DAY, notes=told),
        next_date=next_at,
        next_estimate=next_report.estimate if next_report is not None else None,
    )


def ratings_of(instrument: Instrument, rows: Sequence[wire.Recommendation], received: int) -> Ratings:
    """Monthly counts, newest first. Changes and targets are not offered."""
    counts = [
        RatingCounts(
            period=row.period,
            strong_buy=row.strong_buy,
            buy=row.buy,
            hold=row.hold,
            sell=row.sell,
            strong_sell=row.strong_sell,
        )
        for row in rows
    ]
    counts.sort(key=lambda row: row.period, reverse=True)
    origin = provenance(wire.RATINGS, received, received, instrument, delay=Delay.END_OF_DAY)
    return Ratings(key=instrument.key, counts=tuple(counts), changes=(), provenance=origin)


def news_of(rows: Sequence[wire.Story], endpoint: str, received: int, limit: int) -> list[NewsItem]:
    """Stories, newest first, each once."""
    stories = {
        row.id: NewsItem(
            id=f"{wire.PROVIDER}:{row.id}",
            time=row.datetime * NANOS,
            title=row.headline,
            publisher=row.source or "",
            url=row.url or "",
            summary=row.summary or "",
            symbols=tuple(name for name in (row.related or "").split(",") if name),
            provenance=provenance(endpoint, row.datetime * NANOS, received),
        )
        for row in rows
    }
    return sorted(stories.values(), key=lambda story: story.time, reverse=True)[:limit]
