"""The chart endpoint's answer."""

from __future__ import annotations

import msgspec

from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.yahoo.wire import PROVIDER, Envelope, Finance, Seconds, read, results

ENDPOINT = "v8/finance/chart"


class Period(msgspec.Struct):
    """A trading period, epoch seconds."""

    start: Seconds | None = None
    end: Seconds | None = None


class Periods(msgspec.Struct):
    """The current trading periods."""

    pre: Period | None = None
    regular: Period | None = None
    post: Period | None = None


class Meta(msgspec.Struct, rename="camel"):
    """What the series is. Times in epoch seconds, `gmtoffset` in seconds."""

    symbol: str | None = None
    currency: str | None = None
    exchange_name: str | None = None
    instrument_type: str | None = None
    exchange_timezone_name: str | None = None
    gmtoffset: int | None = None
    data_granularity: str | None = None
    range: str | None = None
    price_hint: int | None = None
    regular_market_time: float | None = None
    regular_market_price: float | None = None
    regular_market_day_high: float | None = None
    regular_market_day_low: float | None = None
    regular_market_volume: float | None = None
    previous_close: float | None = None
    chart_previous_close: float | None = None
    long_name: str | None = None
    short_name: str | None = None
    current_trading_period: Periods | None = None


Column = list[float | None] | None


class Prices(msgspec.Struct):
    """One array per column; a missing one has no values."""

    open: Column = None
    high: Column = None
    low: Column = None
    close: Column = None
    volume: Column = None


class Adjusted(msgspec.Struct):
    """Close adjusted for splits and dividends."""

    adjclose: Column = None


class Indicators(msgspec.Struct):
    """The columns."""

    quote: list[Prices | None] | None = None
    adjclose: list[Adjusted | None] | None = None


class Payment(msgspec.Struct):
    """A dividend or capital gain."""

    date: Seconds
    amount: float | None = None
    currency: str | None = None


class Split(msgspec.Struct, rename="camel"):
    """A split: `numerator` new shares for `denominator` old ones."""

    date: Seconds
    numerator: float | None = None
    denominator: float | None = None
    split_ratio: str | None = None


class Events(msgspec.Struct, rename="camel"):
    """What happened, keyed by epoch second as text."""

    dividends: dict[str, Payment] | None = None
    capital_gains: dict[str, Payment] | None = None
    splits: dict[str, Split] | None = None


class Chart(msgspec.Struct):
    """One series."""

    meta: Meta
    timestamp: list[Seconds | None] | None = None
    indicators: Indicators | None = None
    events: Events | None = None


class ChartAnswer(msgspec.Struct):
    """The whole answer."""

    chart: Envelope[Chart] | None = None
    finance: Finance | None = None


def read_chart(body: bytes) -> Chart:
    """Decode a chart answer. Raises ProviderError: UNKNOWN_SYMBOL, NO_DATA, BAD_ANSWER."""
    answer = read(body, ChartAnswer, ENDPOINT)
    found = results(answer.chart, answer.finance, ENDPOINT, "chart")
    if not found:
        raise bad_answer(PROVIDER, ENDPOINT, "`chart.result` is empty", "chart.result")
    return found[0]
