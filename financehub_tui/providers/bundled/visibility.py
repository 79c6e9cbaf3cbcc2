"""When a daily or longer bar becomes known: never before its session has closed by the injected clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from financehub_tui.clock import to_datetime, to_nanos
from financehub_tui.market.bars import Interval

_RULES = {
    "us": (time(16), "America/New_York"),
    "us-index": (time(16, 15), "America/New_York"),
    "new-york": (time(17), "America/New_York"),
    "ecb": (time(16), "Europe/Berlin"),
}
"""US shares close at 16:00, or earlier on half days, when waiting until 16:00 leaks nothing; Cboe indices at 16:15;
the FX day ends at 17:00 New York; the ECB publishes about 16:00 Frankfurt."""


def closing_instant(rule: str, day: date) -> int:
    """When the bar of an exchange date is complete, nanoseconds since 1970 UTC. Rule `utc` is a whole UTC day."""
    if rule == "utc":
        return to_nanos(datetime.combine(day + timedelta(days=1), time(0), UTC))
    moment, zone = _RULES[rule]
    return to_nanos(datetime.combine(day, moment, ZoneInfo(zone)))


def last_visible_day(rule: str, now: int) -> date:
    """The newest exchange date whose bar is complete at an instant."""
    zone = UTC if rule == "utc" else ZoneInfo(_RULES[rule][1])
    day = to_datetime(now).astimezone(zone).date()
    return day if closing_instant(rule, day) <= now else day - timedelta(days=1)


def last_day(interval: Interval, start: date, *, every_day: bool) -> date:
    """The last trading day of the week or month that begins at a date, holidays aside."""
    following = start + timedelta(days=7) if interval is Interval.W1 else (start + timedelta(days=32)).replace(day=1)
    day = following - timedelta(days=1)
    while not every_day and day.weekday() > 4:
        day -= timedelta(days=1)
    return day
