"""The quoteSummary endpoint: profile modules and their reading."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Delay, Reason
from financehub_tui.providers.kit.decode import convert
from financehub_tui.providers.yahoo.units import currency_unit
from financehub_tui.providers.yahoo.wire import (
    PROVIDER,
    Envelope,
    Finance,
    Number,
    number,
    positive,
    provenance,
    read,
    results,
)

T = TypeVar("T")

ENDPOINT = "v10/finance/quoteSummary"
MODULES = ("assetProfile", "price", "summaryDetail", "defaultKeyStatistics", "quoteType", "fundProfile")


class AssetProfile(msgspec.Struct, rename="camel"):
    """Who and where."""

    city: str | None = None
    state: str | None = None
    country: str | None = None
    website: str | None = None
    sector: str | None = None
    industry: str | None = None
    long_business_summary: str | None = None
    description: str | None = None
    full_time_employees: Number = None
    start_date: str | None = None


class Price(msgspec.Struct, rename="camel"):
    """Names, currency and size."""

    symbol: str | None = None
    quote_type: str | None = None
    short_name: str | None = None
    long_name: str | None = None
    exchange_name: str | None = None
    currency: str | None = None
    market_cap: Number = None


class SummaryDetail(msgspec.Struct, rename="camel"):
    """Valuation; yields are fractions here."""

    currency: str | None = None
    market_cap: Number = None
    trailing_pe: Number = msgspec.field(name="trailingPE", default=None)
    forward_pe: Number = msgspec.field(name="forwardPE", default=None)
    dividend_rate: Number = None
    dividend_yield: Number = None
    trailing_annual_dividend_rate: Number = None
    trailing_annual_dividend_yield: Number = None
    beta: Number = None
    circulating_supply: Number = None
    open_interest: Number = None


class KeyStatistics(msgspec.Struct, rename="camel"):
    """Per-share figures."""

    shares_outstanding: Number = None
    trailing_eps: Number = None
    forward_pe: Number = msgspec.field(name="forwardPE", default=None)
    beta: Number = None
    category: str | None = None


class QuoteType(msgspec.Struct, rename="camel"):
    """What it is."""

    quote_type: str | None = None
    short_name: str | None = None
    long_name: str | None = None


class FundProfile(msgspec.Struct, rename="camel"):
    """Facts of a fund."""

    family: str | None = None
    category_name: str | None = None
    legal_type: str | None = None


class Summary(msgspec.Struct, rename="camel"):
    """The modules that came; one that fails is left out."""

    asset_profile: AssetProfile | None = None
    summary_profile: AssetProfile | None = None
    price: Price | None = None
    summary_detail: SummaryDetail | None = None
    default_key_statistics: KeyStatistics | None = None
    quote_type: QuoteType | None = None
    fund_profile: FundProfile | None = None


class SummaryAnswer(msgspec.Struct, rename="camel"):
    """The whole answer."""

    quote_summary: Envelope[Summary] | None = None
    finance: Finance | None = None


class ModulesAnswer(msgspec.Struct, rename="camel"):
    """The whole answer, its modules still to be read."""

    quote_summary: Envelope[dict[str, object]] | None = None
    finance: Finance | None = None


def read_summary(body: bytes) -> Summary:
    """Decode a summary. Raises ProviderError: UNKNOWN_SYMBOL, NO_DATA, BAD_ANSWER."""
    answer = read(body, SummaryAnswer, ENDPOINT)
    found = results(answer.quote_summary, answer.finance, ENDPOINT, "quoteSummary")
    if not found:
        raise ProviderError(PROVIDER, Reason.NO_DATA, "quoteSummary has no result", endpoint=ENDPOINT)
    return found[0]


def read_modules(body: bytes, kind: type[T]) -> T:
    """The modules of a summary in a wire type that has a field for each. Raises ProviderError as `read_summary`."""
    answer = read(body, ModulesAnswer, ENDPOINT)
    found = results(answer.quote_summary, answer.finance, ENDPOINT, "quoteSummary")
    if not found:
        raise ProviderError(PROVIDER, Reason.NO_DATA, "quoteSummary has no result", endpoint=ENDPOINT)
    return convert(found[0], kind, provider=PROVIDER, endpoint=ENDPOINT)


def profile_of(summary: Summary, instrument: Instrument, ticker: str, now: int) -> Profile:
    """Reference data; missing modules leave their fields empty. `now` in ns since 1970 UTC."""
    about = summary.asset_profile or summary.summary_profile or AssetProfile()
    price = summary.price or Price()
    detail = summary.summary_detail or SummaryDetail()
    statistics = summary.default_key_statistics or KeyStatistics()
    kind = summary.quote_type or QuoteType()
    employees = number(about.full_time_employees)
    currency = currency_unit(price.currency or detail.currency or instrument.currency)[0]
    return Profile(
        key=instrument.key,
        name=price.long_name or kind.long_name or price.short_name or kind.short_name or instrument.name or ticker,
        description=about.long_business_summary or about.description or "",
        sector=about.sector or instrument.sector,
        industry=about.industry or instrument.industry,
        country=about.country or instrument.country,
        website=about.website or "",
        headquarters=", ".join(part for part in (about.city, about.state, about.country) if part),
        employees=int(employees) if employees else None,
        founded=about.start_date or "",
        currency=currency,
        market_cap=positive(price.market_cap) or positive(detail.market_cap),
        shares_outstanding=positive(statistics.shares_outstanding),
        trailing_pe=number(detail.trailing_pe),
        forward_pe=_first(detail.forward_pe, statistics.forward_pe),
        eps=number(statistics.trailing_eps),
        dividend_rate=_first(detail.dividend_rate, detail.trailing_annual_dividend_rate),
        dividend_yield=_first(detail.dividend_yield, detail.trailing_annual_dividend_yield),
        beta=_first(detail.beta, statistics.beta),
        identifiers={"yahoo": ticker},
        extra=_extra(summary),
        provenance=provenance(ENDPOINT, now, now, currency=currency, delay=Delay.END_OF_DAY),
    )


def _first(*values: Number) -> float | None:
    return next((plain for plain in map(number, values) if plain is not None), None)


def _extra(summary: Summary) -> tuple[tuple[str, str], ...]:
    fund = summary.fund_profile or FundProfile()
    detail = summary.summary_detail or SummaryDetail()
    exchange = summary.price.exchange_name if summary.price else None
    texts = [
        ("Exchange", exchange),
        ("Fund family", fund.family),
        ("Category", fund.category_name),
        ("Legal type", fund.legal_type),
    ]
    figures = [("Circulating supply", detail.circulating_supply), ("Open interest", detail.open_interest)]
    numbers = [(name, positive(value)) for name, value in figures]
    return tuple(
        [(name, text) for name, text in texts if text] + [(name, f"{value:,.0f}") for name, value in numbers if value]
    )
