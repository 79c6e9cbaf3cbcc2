"""The fundamentals-timeseries endpoint: statement lines over fiscal periods."""

from __future__ import annotations

from datetime import date

import msgspec

from financehub_tui.providers.kit.decode import bad_answer, convert
from financehub_tui.providers.yahoo.wire import PROVIDER, Envelope, Finance, Number, number, read, results

ENDPOINT = "fundamentals-timeseries"


class WireMeta(msgspec.Struct):
    """What a series is of."""

    symbol: list[str] | None = None
    type: list[str] | None = None


class WireReport(msgspec.Struct, rename="camel"):
    """One period's value."""

    as_of_date: str
    period_type: str | None = None
    currency_code: str | None = None
    reported_value: Number = None


class TimeseriesAnswer(msgspec.Struct):
    """The whole answer; a series lies under a key named like its type."""

    timeseries: Envelope[dict[str, object]] | None = None
    finance: Finance | None = None


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one line. `day` ends the period; `period` is 12M, 3M or TTM."""

    day: date
    period: str
    currency: str
    value: float


def read_timeseries(body: bytes) -> dict[str, tuple[Reported, ...]]:
    """Values by type (`annualTotalRevenue`), oldest first; empty where nothing was reported. Raises ProviderError."""
    answer = read(body, TimeseriesAnswer, ENDPOINT)
    found = results(answer.timeseries, answer.finance, ENDPOINT, "timeseries")
    lines: dict[str, tuple[Reported, ...]] = {}
    for series in found:
        meta = convert(series.get("meta") or {}, WireMeta, provider=PROVIDER, endpoint=ENDPOINT)
        for name in meta.type or ():
            lines[name] = _values(series.get(name), name)
    return lines


def _values(series: object, name: str) -> tuple[Reported, ...]:
    wires = convert([] if series is None else series, list[WireReport | None], provider=PROVIDER, endpoint=ENDPOINT)
    values = [_reported(wire, name) for wire in wires if wire is not None]
    return tuple(sorted((value for value in values if value is not None), key=lambda value: value.day))


def _reported(wire: WireReport, name: str) -> Reported | None:
    value = number(wire.reported_value)
    if value is None:
        return None
    try:
        day = date.fromisoformat(wire.as_of_date)
    except ValueError:
        raise bad_answer(PROVIDER, ENDPOINT, f"{wire.as_of_date[:20]!r} is no date", f"{name}.asOfDate") from None
    return Reported(day=day, period=wire.period_type or "", currency=wire.currency_code or "", value=value)
