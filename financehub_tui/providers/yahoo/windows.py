"""Which chart requests answer a request for bars: intervals, how far back each reaches, pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.provenance import Adjustment, Reason
from financehub_tui.providers.yahoo.chart_wire import ENDPOINT
from financehub_tui.providers.yahoo.rows import DAY, GRANULARITY
from financehub_tui.providers.yahoo.wire import PROVIDER

_REACH_DAYS = {Interval.M1: 30, Interval.M5: 60, Interval.M15: 60, Interval.M30: 60, Interval.H1: 730}
_PAGE_DAYS = {Interval.M1: 7}
_MARGIN = 300
EVENTS = "div,splits,capitalGains"


class ChartPlan(msgspec.Struct, frozen=True):
    """Parameters of each chart call, in order of time, and what the user should know."""

    pages: tuple[dict[str, str | int], ...]
    notes: tuple[str, ...] = ()


def plan(request: BarRequest, now: int) -> ChartPlan:
    """How to ask for the bars; `now` in ns since 1970 UTC.

    Raises ProviderError: NOT_OFFERED for an interval Yahoo has not, NO_DATA for a window beyond its reach.
    """
    if request.interval not in GRANULARITY:
        raise ProviderError(PROVIDER, Reason.NOT_OFFERED, f"no {request.interval.value} bars", endpoint=ENDPOINT)
    start, end = request.start // NANOS, -(-request.end // NANOS)
    if not request.interval.intraday:
        return ChartPlan((_page(request, _anchor(start, request.interval), _last(request, end, now)),))
    reach = _REACH_DAYS[request.interval]
    oldest = now // NANOS - reach * DAY + _MARGIN
    if end <= oldest:
        raise ProviderError(PROVIDER, Reason.NO_DATA, _reach_note(request.interval), endpoint=ENDPOINT)
    notes = (_reach_note(request.interval),) if start < oldest else ()
    start, end = max(start, oldest), min(end, now // NANOS + DAY)
    if end <= start:
        raise ProviderError(PROVIDER, Reason.NO_DATA, "the window lies in the future", endpoint=ENDPOINT)
    step = _PAGE_DAYS.get(request.interval, reach) * DAY
    return ChartPlan(tuple(_page(request, first, min(first + step, end)) for first in range(start, end, step)), notes)


def _reach_note(interval: Interval) -> str:
    return f"{interval.value} bars reach back {_REACH_DAYS[interval]} days"


def _page(request: BarRequest, start: int, end: int) -> dict[str, str | int]:
    return {
        "period1": start,
        "period2": end,
        "interval": GRANULARITY[request.interval][0],
        "includePrePost": "true" if request.extended and request.interval.intraday else "false",
        "events": EVENTS,
    }


def _anchor(start: int, interval: Interval) -> int:
    """Where to begin so that the first bar wanted is whole in any time zone.

    Weeks are counted from period1 on, so it falls on a Monday (noon UTC, which is Monday nearly everywhere), one
    week early; months begin one month early.
    """
    if interval is Interval.D1:
        return start - DAY
    day = datetime(1970, 1, 1, 12, tzinfo=UTC) + timedelta(days=start // DAY)
    first = day - timedelta(days=day.weekday() + 7)
    if interval is Interval.MO1:
        first = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    return int(first.timestamp())


def _last(request: BarRequest, end: int, now: int) -> int:
    """Raw prices need every split up to today."""
    return max(end, now // NANOS) + DAY if request.adjustment is Adjustment.NONE else end + DAY
