"""Dividends and splits: the chart's events, and what the summary says of yield and the next ex-date."""

from __future__ import annotations

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.company import Dividends
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Adjustment, Delay, Reason
from financehub_tui.providers.yahoo.chart import actions_of
from financehub_tui.providers.yahoo.chart_wire import ENDPOINT, Chart
from financehub_tui.providers.yahoo.earnings import WireEvents
from financehub_tui.providers.yahoo.rows import DAY
from financehub_tui.providers.yahoo.summary import ENDPOINT as SUMMARY
from financehub_tui.providers.yahoo.units import currency_unit
from financehub_tui.providers.yahoo.wire import PROVIDER, Number, instant, number, provenance

MODULES = ("summaryDetail", "calendarEvents")


class WireYield(msgspec.Struct, rename="camel"):
    """Of the summary's detail what concerns dividends; yields are fractions here."""

    trailing_annual_dividend_yield: Number = None


class DividendModules(msgspec.Struct, rename="camel"):
    """The modules asked for; one that fails is left out."""

    summary_detail: WireYield | None = None
    calendar_events: WireEvents | None = None


def dividends_of(chart: Chart, modules: DividendModules | ProviderError, instrument: Instrument, now: int) -> Dividends:
    """Actions, newest first; `now` in ns since 1970 UTC. Where the summary failed, its error is noted.

    Raises ProviderError NO_DATA where Yahoo knows of none.
    """
    actions = tuple(sorted(actions_of(chart), key=lambda action: -action.time))
    if not actions:
        what = f"no dividends or splits of {instrument.display}"
        raise ProviderError(PROVIDER, Reason.NO_DATA, what, endpoint=ENDPOINT)
    currency = currency_unit(chart.meta.currency or instrument.currency)[0]
    notes: tuple[str, ...] = ()
    told = DividendModules()
    if isinstance(modules, ProviderError):
        notes = (f"yield and next date not to be had: {modules.detail}",)
    else:
        told = modules
    return Dividends(
        key=instrument.key,
        currency=currency,
        actions=actions,
        next_ex_date=_coming(told.calendar_events, now),
        yield_fraction=number((told.summary_detail or WireYield()).trailing_annual_dividend_yield),
        provenance=provenance(
            ENDPOINT, now, now, currency=currency, delay=Delay.END_OF_DAY, adjustment=Adjustment.SPLIT, notes=notes
        ),
    )


def _coming(events: WireEvents | None, now: int) -> int | None:
    """The ex-date at 00:00 UTC, where it is not over."""
    at = instant((events or WireEvents()).ex_dividend_date, SUMMARY, "calendarEvents.exDividendDate")
    if at is None:
        return None
    day = at // (DAY * NANOS) * DAY * NANOS
    return day if day >= now // (DAY * NANOS) * DAY * NANOS else None
