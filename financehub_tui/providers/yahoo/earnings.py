"""Earnings per share out of quoteSummary: reported quarters, estimates of the coming ones, the next date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import msgspec

from financehub_tui.clock import NANOS, to_datetime, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.company import Earnings, EarningsHistory
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Delay, Reason
from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.yahoo.summary import ENDPOINT
from financehub_tui.providers.yahoo.wire import PROVIDER, Number, instant, number, provenance

MODULES = ("earningsHistory", "earningsTrend", "calendarEvents")
_QUARTERS = ("0q", "+1q")
"""Of the estimates, the running quarter and the next one; whole years stand apart."""
_LATEST_REPORT = 120 * 86_400 * NANOS
"""A report comes within four months of the end of its quarter."""


class WireQuarter(msgspec.Struct, rename="camel"):
    """One reported quarter; `surprise_percent` is a fraction in spite of its name, `quarter` epoch seconds."""

    eps_actual: Number = None
    eps_estimate: Number = None
    surprise_percent: Number = None
    quarter: Number = None
    currency: str | None = None


class WireHistory(msgspec.Struct, rename="camel"):
    """The last four quarters."""

    history: list[WireQuarter | None] | None = None


class WireEstimate(msgspec.Struct, rename="camel"):
    """What analysts expect."""

    avg: Number = None
    number_of_analysts: Number = None
    earnings_currency: str | None = None


class WirePeriod(msgspec.Struct, rename="camel"):
    """One period to come; `end_date` as ISO date."""

    period: str | None = None
    end_date: str | None = None
    earnings_estimate: WireEstimate | None = None


class WireTrend(msgspec.Struct, rename="camel"):
    """Periods to come."""

    trend: list[WirePeriod | None] | None = None


class WireDates(msgspec.Struct, rename="camel"):
    """When earnings come or came; two dates are a window."""

    earnings_date: list[Number] | None = None
    earnings_call_date: list[Number] | None = None
    is_earnings_date_estimate: bool | None = None
    earnings_average: Number = None


class WireEvents(msgspec.Struct, rename="camel"):
    """Dates of a company."""

    earnings: WireDates | None = None
    ex_dividend_date: Number = None


class EarningsModules(msgspec.Struct, rename="camel"):
    """The modules asked for; one that fails is left out."""

    earnings_history: WireHistory | None = None
    earnings_trend: WireTrend | None = None
    calendar_events: WireEvents | None = None


def earnings_of(modules: EarningsModules, instrument: Instrument, now: int) -> EarningsHistory:
    """Quarters, newest first; `now` in ns since 1970 UTC. Raises ProviderError NO_DATA where there is nothing."""
    wires = [one for one in (modules.earnings_history or WireHistory()).history or () if one is not None]
    dates = (modules.calendar_events or WireEvents()).earnings or WireDates()
    estimates = _estimates(modules.earnings_trend)
    next_date = min((day for day in _instants(dates.earnings_date) if day >= now), default=None)
    reported = sorted((_reported(wire) for wire in wires if _told(wire)), key=_end, reverse=True)
    known = {one.period_end for one in reported}
    coming = sorted((one for one, _ in estimates if one.period_end not in known), key=_end, reverse=True)
    if not reported and not coming and next_date is None:
        raise ProviderError(PROVIDER, Reason.NO_DATA, f"no earnings of {instrument.display}", endpoint=ENDPOINT)
    currencies = [*(wire.currency for wire in wires), *(code for _, code in estimates)]
    guess = next_date is not None and bool(dates.is_earnings_date_estimate)
    return EarningsHistory(
        key=instrument.key,
        currency=next((code for code in currencies if code), instrument.currency),
        history=(*coming, *_dated(reported, dates, now)),
        next_date=next_date,
        next_estimate=number(dates.earnings_average) if next_date is not None else None,
        provenance=provenance(
            ENDPOINT, now, now, delay=Delay.END_OF_DAY, notes=("the next date is Yahoo's guess",) if guess else ()
        ),
    )


def _told(wire: WireQuarter) -> bool:
    return number(wire.eps_actual) is not None or number(wire.eps_estimate) is not None


def _end(one: Earnings) -> str:
    return one.period_end


def _reported(wire: WireQuarter) -> Earnings:
    ended, actual, estimate = (
        instant(wire.quarter, ENDPOINT, "quarter"),
        number(wire.eps_actual),
        number(wire.eps_estimate),
    )
    surprise = number(wire.surprise_percent)
    if surprise is None and actual is not None and estimate:
        surprise = (actual - estimate) / abs(estimate)
    return Earnings(
        period_end=to_datetime(ended).date().isoformat() if ended is not None else "",
        estimate=estimate,
        actual=actual,
        surprise_percent=None if surprise is None else float(f"{100 * surprise:.6g}"),
    )


def _estimates(trend: WireTrend | None) -> list[tuple[Earnings, str]]:
    """Quarters to come with the currency of their estimate; where no analyst has one, Yahoo writes zero."""
    found = []
    for wire in (trend or WireTrend()).trend or ():
        estimate = wire.earnings_estimate if wire is not None else None
        if wire is None or estimate is None or wire.period not in _QUARTERS or not wire.end_date:
            continue
        analysts, average = number(estimate.number_of_analysts), number(estimate.avg)
        if analysts and average is not None:
            quarter = Earnings(period_end=_iso(wire.end_date), estimate=average, analysts=int(analysts))
            found.append((quarter, estimate.earnings_currency or ""))
    return found


def _iso(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise bad_answer(PROVIDER, ENDPOINT, f"{text[:20]!r} is no date", "earningsTrend.trend.endDate") from None


def _dated(reported: Sequence[Earnings], dates: WireDates, now: int) -> tuple[Earnings, ...]:
    """The newest quarter with the time of its report, where a date that has passed is one: of the release or call."""
    if not reported or not reported[0].period_end:
        return tuple(reported)
    end = to_nanos(datetime.combine(date.fromisoformat(reported[0].period_end), time(0), UTC))
    for instants in (_instants(dates.earnings_date), _instants(dates.earnings_call_date)):
        passed = [instant for instant in instants if end < instant < min(now, end + _LATEST_REPORT)]
        if passed:
            return (msgspec.structs.replace(reported[0], reported_at=max(passed)), *reported[1:])
    return tuple(reported)


def _instants(values: Sequence[Number] | None) -> list[int]:
    found = (instant(value, ENDPOINT, "calendarEvents.earnings") for value in values or ())
    return [at for at in found if at is not None]
