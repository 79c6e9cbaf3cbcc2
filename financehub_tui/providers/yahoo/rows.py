"""Rows of a chart answer on the times a bar series has: exchange dates, the live row joined, doubles gone."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.yahoo.chart_wire import ENDPOINT, Chart, Column, Meta, Prices
from financehub_tui.providers.yahoo.wire import PROVIDER

DAY = 86_400
GRANULARITY = {
    Interval.M1: ("1m",),
    Interval.M5: ("5m",),
    Interval.M15: ("15m",),
    Interval.M30: ("30m",),
    Interval.H1: ("1h", "60m"),
    Interval.D1: ("1d",),
    Interval.W1: ("1wk",),
    Interval.MO1: ("1mo",),
}
"""Intervals Yahoo has, the first word being the one to ask for."""

GRANULARITY_FIELD = "meta.dataGranularity"


class Row(NamedTuple):
    """One bar; time in epoch seconds."""

    time: int
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: float | None
    adjusted: float | None


def rows_of(chart: Chart, request: BarRequest) -> list[Row]:
    """The rows that carry a price, by time, none twice, times as a bar series has them (see `Bars`).

    Raises ProviderError BAD_ANSWER: other granularity than asked, columns of different length.
    """
    _check_granularity(chart.meta, request.interval)
    rows = sorted((row for row in _raw_rows(chart) if any(cell is not None for cell in row[1:5])), key=_time)
    if request.interval.intraday:
        return _join(rows, _slots(rows, request), request.interval)
    zone = exchange_zone(chart.meta)
    return _join(rows, [period_start(row.time, zone, request.interval) for row in rows], request.interval)


def _check_granularity(meta: Meta, interval: Interval) -> None:
    got = meta.data_granularity
    if got is not None and got not in GRANULARITY[interval]:
        wanted = GRANULARITY[interval][0]
        raise bad_answer(PROVIDER, ENDPOINT, f"{got} bars where {wanted} were asked", GRANULARITY_FIELD)


def _time(row: Row) -> int:
    return row.time


def _raw_rows(chart: Chart) -> list[Row]:
    times = chart.timestamp or []
    quotes = (chart.indicators.quote if chart.indicators else None) or []
    prices = (quotes[0] if quotes else None) or Prices()
    adjusted = (chart.indicators.adjclose if chart.indicators else None) or []
    columns = [
        _column(prices.open, len(times), "open"),
        _column(prices.high, len(times), "high"),
        _column(prices.low, len(times), "low"),
        _column(prices.close, len(times), "close"),
        _column(prices.volume, len(times), "volume"),
        _column(adjusted[0].adjclose if adjusted and adjusted[0] else None, len(times), "adjclose"),
    ]
    cells = zip(*columns, strict=True)
    return [Row(time, *row) for time, row in zip(times, cells, strict=True) if time is not None]


def _column(values: Column, length: int, name: str) -> list[float | None]:
    """Infinity stays in the adjusted close only, where it tells of a broken series."""
    if not values:
        return [None] * length
    if len(values) != length:
        what = f"{len(values)} values of {name} for {length} times"
        raise bad_answer(PROVIDER, ENDPOINT, what, f"chart.result.indicators.{name}")
    if name == "adjclose":
        return values
    return [value if value is not None and math.isfinite(value) else None for value in values]


def exchange_zone(meta: Meta) -> tzinfo:
    """The exchange's zone, or its present offset where the zone has no known name."""
    try:
        return ZoneInfo(meta.exchange_timezone_name or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return timezone(timedelta(seconds=meta.gmtoffset or 0))


def local_date(time: int, zone: tzinfo) -> date:
    """The exchange's calendar date at an epoch second (which may lie before 1970)."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time)).astimezone(zone).date()


def midnight(day: date) -> int:
    """Midnight UTC of a date in epoch seconds."""
    return (day - date(1970, 1, 1)).days * DAY


def period_start(time: int, zone: tzinfo, interval: Interval) -> int:
    """Midnight UTC of the exchange date on which the day, week (Monday) or month around `time` began."""
    day = local_date(time, zone)
    if interval is Interval.W1:
        day -= timedelta(days=day.weekday())
    elif interval is Interval.MO1:
        day = day.replace(day=1)
    return midnight(day)


def _slots(rows: list[Row], request: BarRequest) -> list[int]:
    """Bar starts inside the day. Only the last row can be a live price, stamped with its own time.

    With pre- and post-market asked for, a row on a full minute may be a shorter bar at a session's edge.
    """
    slots = [row.time for row in rows]
    if len(slots) < 2:
        return slots
    step, gap = request.interval.seconds, slots[-1] - slots[-2]
    live = slots[-1] % 60 != 0 or (not request.extended and 0 < gap < step)
    if live and gap < DAY:
        slots[-1] = slots[-2] + gap // step * step
    elif live:
        slots[-1] -= slots[-1] % step
    return slots


def _join(rows: list[Row], slots: list[int], interval: Interval) -> list[Row]:
    joined: list[Row] = []
    stamp: int | None = None
    for row, slot in zip(rows, slots, strict=True):
        if joined and joined[-1].time == slot:
            whole = interval is Interval.D1 or stamp == row.time
            joined[-1] = _newer(joined[-1], row) if whole else merged(joined[-1], row)
        else:
            joined.append(row._replace(time=slot))
        stamp = row.time
    return joined


def _newer(old: Row, new: Row) -> Row:
    """The same bar sent twice: the second one counts, the first one fills its gaps."""
    cells = [before if after is None else after for before, after in zip(old[1:], new[1:], strict=True)]
    return Row(old.time, *cells)


def merged(bar: Row, live: Row) -> Row:
    """A later row, such as a live price, on top of the bar it falls into."""
    highs = [cell for cell in (bar.high, live.high, live.close) if cell is not None]
    lows = [cell for cell in (bar.low, live.low, live.close) if cell is not None]
    volumes = [cell for cell in (bar.volume, live.volume) if cell is not None]
    return Row(
        bar.time,
        live.open if bar.open is None else bar.open,
        max(highs, default=None),
        min(lows, default=None),
        bar.close if live.close is None else live.close,
        sum(volumes) if volumes else None,
        bar.adjusted if live.adjusted is None else live.adjusted,
    )
