"""Finnhub's answers. Times are unix seconds over REST, milliseconds on the stream."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from financehub_tui.providers.kit.numbers import Number, Positive

PROVIDER = "finnhub"
QUOTE = "quote"
CANDLE = "stock/candle"
PROFILE = "stock/profile2"
METRIC = "stock/metric"
SEARCH = "search"
EARNINGS = "stock/earnings"
CALENDAR = "calendar/earnings"
RATINGS = "stock/recommendation"
COMPANY_NEWS = "company-news"
NEWS = "news"
STREAM = "stream"
_FARTHEST = 9_000_000_000
"""Epoch seconds of the year 2255: what lies beyond it is no time of a market."""

Figure = Number | Literal[""] | None
Amount = Positive | Literal[""] | None
"""Of figures that are not known some are missing, some null, some an empty text."""
Seconds = Annotated[int, msgspec.Meta(ge=-_FARTHEST, le=_FARTHEST)]
Millis = Annotated[int, msgspec.Meta(ge=-_FARTHEST * 1_000, le=_FARTHEST * 1_000)]


class Quote(msgspec.Struct, kw_only=True):
    """The day so far. An unknown symbol is all zeros."""

    last: Positive | None = msgspec.field(name="c")
    high: Positive | None = msgspec.field(name="h")
    low: Positive | None = msgspec.field(name="l")
    open: Positive | None = msgspec.field(name="o")
    previous_close: Positive | None = msgspec.field(name="pc")
    time: Seconds | None = msgspec.field(name="t")


class Candles(msgspec.Struct, kw_only=True):
    """Columns of equal length; `no_data` has none."""

    s: Literal["ok", "no_data"]
    time: list[Seconds] = msgspec.field(name="t", default_factory=list)
    open: list[Positive | None] = msgspec.field(name="o", default_factory=list)
    high: list[Positive | None] = msgspec.field(name="h", default_factory=list)
    low: list[Positive | None] = msgspec.field(name="l", default_factory=list)
    close: list[Positive | None] = msgspec.field(name="c", default_factory=list)
    volume: list[Positive | None] = msgspec.field(name="v", default_factory=list)


class Profile(msgspec.Struct, kw_only=True):
    """A company; an unknown one is an empty object. Market value and shares are in millions."""

    name: str | None = None
    ticker: str | None = None
    country: str | None = None
    currency: str | None = None
    exchange: str | None = None
    industry: str | None = msgspec.field(name="finnhubIndustry", default=None)
    ipo: str | None = None
    market_capitalization: Positive | None = msgspec.field(name="marketCapitalization", default=None)
    share_outstanding: Positive | None = msgspec.field(name="shareOutstanding", default=None)
    weburl: str | None = None


class Metrics(msgspec.Struct, kw_only=True):
    """Of some 130 figures of a share those a profile shows; any may be missing. Yields are percent."""

    pe: Figure = msgspec.field(name="peTTM", default=None)
    forward_pe: Figure = msgspec.field(name="forwardPE", default=None)
    eps: Figure = msgspec.field(name="epsTTM", default=None)
    beta: Figure = None
    dividend: Amount = msgspec.field(name="dividendIndicatedAnnual", default=None)
    dividend_yield: Amount = msgspec.field(name="dividendYieldIndicatedAnnual", default=None)


class MetricAnswer(msgspec.Struct, kw_only=True):
    """All figures of a share."""

    metric: Metrics | None


class Hit(msgspec.Struct, kw_only=True):
    """One hit of a search. A suffix after a dot is a foreign exchange, or a share class."""

    symbol: str
    description: str | None = None
    type: str | None = None


class SearchAnswer(msgspec.Struct, kw_only=True):
    """The hits; `count` may exceed them."""

    result: list[Hit] | None


class Earnings(msgspec.Struct, kw_only=True):
    """One quarter's earnings per share; the surprise in percent. Anything may be null."""

    period: str | None
    actual: Number | None
    estimate: Number | None
    surprise_percent: Number | None = msgspec.field(name="surprisePercent", default=None)
    year: int | None = None
    quarter: int | None = None


class Report(msgspec.Struct, kw_only=True):
    """A report that came or is to come; `hour` is bmo, amc, dmh or nothing, the quarter is a fiscal one."""

    date: str
    hour: str | None = None
    year: int | None = None
    quarter: int | None = None
    actual: Number | None = msgspec.field(name="epsActual", default=None)
    estimate: Number | None = msgspec.field(name="epsEstimate", default=None)


class CalendarAnswer(msgspec.Struct, kw_only=True):
    """Reports of a span of days."""

    reports: list[Report] | None = msgspec.field(name="earningsCalendar")


class Recommendation(msgspec.Struct, kw_only=True):
    """How many analysts say what in one month."""

    period: str
    buy: int
    hold: int
    sell: int
    strong_buy: int = msgspec.field(name="strongBuy")
    strong_sell: int = msgspec.field(name="strongSell")


class Story(msgspec.Struct, kw_only=True):
    """One story; `related` is a ticker, or empty."""

    id: int
    datetime: Seconds
    headline: str
    source: str | None = None
    summary: str | None = None
    url: str | None = None
    related: str | None = None


class StreamTrade(msgspec.Struct, kw_only=True):
    """A trade. Volume 0 is a new price without a trade; the conditions are null for coins and were once absent."""

    s: str
    p: Positive
    t: Millis
    v: Positive
    c: list[str | None] | None = None


class Frame(msgspec.Struct, kw_only=True):
    """A message of the stream: trade, ping, error, or a kind nothing of ours asks for."""

    type: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    msg: str | None = None


class ErrorBody(msgspec.Struct):
    """A refusal."""

    error: str = ""
