"""The fundamentals-timeseries endpoint: statement lines over fiscal periods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time

import msgspec

from financehub_tui.clock import to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.company import Frequency, Line, StatementKind, Statements
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Delay, Provenance, Reason
from financehub_tui.providers.kit.decode import bad_answer, convert
from financehub_tui.providers.yahoo.ratios import NEEDED, RATIOS, ratio_of, stands_in_balance
from financehub_tui.providers.yahoo.statement_lines import LINES, in_no_currency
from financehub_tui.providers.yahoo.units import MINOR
from financehub_tui.providers.yahoo.wire import PROVIDER, Envelope, Finance, Number, number, provenance, read, results

ENDPOINT = "fundamentals-timeseries"
CHUNK = 60
"""Types of one call: more make the address too long."""
_PREFIX = {Frequency.ANNUAL: "annual", Frequency.QUARTERLY: "quarterly", Frequency.TRAILING: "trailing"}

Series = Mapping[str, Sequence["Reported"]]


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


def types_of(kind: StatementKind, frequency: Frequency) -> list[str]:
    """What to ask for. Raises ProviderError NOT_OFFERED for a balance sheet of twelve months."""
    if kind is StatementKind.BALANCE and frequency is Frequency.TRAILING:
        what = "a balance sheet is of one day and has no trailing twelve months"
        raise ProviderError(PROVIDER, Reason.NOT_OFFERED, what, endpoint=ENDPOINT)
    names = [*LINES[kind], *(NEEDED if kind is StatementKind.RATIOS else ())]
    return [_prefix(name, frequency) + name for name in names]


def _prefix(name: str, frequency: Frequency) -> str:
    """Twelve months to a day stand over the balance of that day, which is a quarter's."""
    trailing = frequency is Frequency.TRAILING
    return _PREFIX[Frequency.QUARTERLY if trailing and stands_in_balance(name) else frequency]


def chunks(types: Sequence[str]) -> Iterator[Sequence[str]]:
    """Types in groups that one call takes."""
    for start in range(0, len(types), CHUNK):
        yield types[start : start + CHUNK]


def statements_of(
    series: Series, instrument: Instrument, kind: StatementKind, frequency: Frequency, now: int
) -> Statements:
    """The statement of all lines that have a value, newest period first; `now` in ns since 1970 UTC.

    Raises ProviderError: NO_DATA where there is none, BAD_ANSWER for money in pence or cents.
    """
    own = {_name_of(name): values for name, values in series.items()}
    currency = _currency(own)
    rows = _rows(own, currency)
    lines = _ratios(rows) if kind is StatementKind.RATIOS else {}
    lines |= {name: (title, rows.get(name, {})) for name, title in LINES[kind].items()}
    days = sorted({day for _, values in lines.values() for day in values}, reverse=True)
    if not days:
        what = f"no {frequency.value} {kind.value} of {instrument.display}"
        raise ProviderError(PROVIDER, Reason.NO_DATA, what, endpoint=ENDPOINT)
    return Statements(
        key=instrument.key,
        frequency=frequency,
        kind=kind,
        currency=currency,
        periods=tuple(day.isoformat() for day in days),
        lines=tuple(
            Line(name=name, title=title, values=tuple(values.get(day) for day in days))
            for name, (title, values) in lines.items()
            if values
        ),
        provenance=_provenance(own, currency, kind, days[0], now),
    )


def _name_of(kind: str) -> str:
    """The line's name in a type: TotalRevenue of annualTotalRevenue."""
    return next((kind.removeprefix(prefix) for prefix in _PREFIX.values() if kind.startswith(prefix)), kind)


def _currency(series: Series) -> str:
    """The currency of most figures of money."""
    codes = Counter(
        one.currency for name, values in series.items() if not in_no_currency(name) for one in values if one.currency
    )
    common = codes.most_common(1)
    currency = common[0][0] if common else ""
    if currency in MINOR:
        raise bad_answer(PROVIDER, ENDPOINT, f"statements in {currency}", "currencyCode")
    return currency


def _rows(series: Series, currency: str) -> dict[str, dict[date, float]]:
    """Values by line and day; money in another currency is left out."""
    return {
        name: {one.day: one.value for one in values if in_no_currency(name) or one.currency in ("", currency)}
        for name, values in series.items()
    }


def _ratios(rows: Mapping[str, Mapping[date, float]]) -> dict[str, tuple[str, dict[date, float]]]:
    found: dict[str, tuple[str, dict[date, float]]] = {}
    # A period is where a flow is: of twelve months there is one, of balances there are several.
    days = {day for name in NEEDED if not stands_in_balance(name) for day in rows.get(name, {})}
    for ratio in RATIOS:
        by_day = {
            day: ratio_of(ratio, {name: rows[name][day] for name in ratio.needs if day in rows.get(name, {})})
            for day in days
        }
        found[ratio.name] = (ratio.title, {day: value for day, value in by_day.items() if value is not None})
    return found


def _provenance(series: Series, currency: str, kind: StatementKind, newest: date, now: int) -> Provenance:
    foreign = {
        one.currency
        for name, values in series.items()
        if not in_no_currency(name)
        for one in values
        if one.currency not in ("", currency)
    }
    notes = [f"figures in {', '.join(sorted(foreign))} left out"] if foreign else []
    if kind is StatementKind.RATIOS:
        notes.append("ratios but those of the price are computed from Yahoo's statements")
    return provenance(
        ENDPOINT,
        to_nanos(datetime.combine(newest, time(0), UTC)),
        now,
        currency=currency,
        delay=Delay.END_OF_DAY,
        notes=tuple(notes),
    )
