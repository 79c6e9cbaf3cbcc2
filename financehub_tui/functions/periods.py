"""Periods as typed, resolved to instants against the desk's clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from financehub_tui.clock import to_datetime, to_nanos
from financehub_tui.commands.spec import Period
from financehub_tui.errors import CommandError

EARLIEST = to_nanos(datetime(1900, 1, 1, tzinfo=UTC))
_SPAN = re.compile(r"(\d{1,4})([DWMY])")


def resolve(period: Period | None, now: int, default: str = "1Y") -> tuple[int, int]:
    """(start, end) in nanoseconds since 1970 UTC, end exclusive.

    Spans count back from the end of today (UTC) by the calendar: `1M` begins after the same day of last month, so that
    its change is against that day's close. Sessions of `nD` are counted on bars: see `sessions_of`.
    Raises CommandError for a period that is not one.
    """
    text = (period.text if period else default).upper()
    today = to_datetime(now).date()
    if ".." in text:
        first, _, last = text.partition("..")
        start = _midnight(_date(first)) if first else EARLIEST
        end = _midnight(_date(last) + timedelta(days=1)) if last else _midnight(today + timedelta(days=1))
        if start >= end and not last:
            raise CommandError(f"{text} has not begun", "Write an earlier date: 2020-01-01.. goes on to today.")
        if start >= end:
            raise CommandError(f"{text} ends before it begins", "Write the earlier date first: 2020-01-01..2020-06-30.")
        return start, end
    end = _midnight(today + timedelta(days=1))
    if text == "MAX":
        return EARLIEST, end
    if text == "YTD":
        return _midnight(date(today.year, 1, 1)), end
    return _midnight(_back(text, today)), end


def sessions_of(period: Period | None, default: str) -> int | None:
    """n of a period `nD`, which is n sessions of the market that have bars; None of any other period."""
    match = _SPAN.fullmatch((period.text if period else default).upper())
    return int(match[1]) if match and match[2] == "D" else None


def _back(text: str, today: date) -> date:
    match = _SPAN.fullmatch(text)
    if not match or not int(match[1]):
        raise CommandError(f"{text!r} is no period", "Periods are 5D 3M 1Y YTD MAX, or dates: 2020-01-01..2020-06-30.")
    count, unit = int(match[1]), match[2]
    try:
        if unit == "D":
            return today - timedelta(days=count - 1)
        if unit == "W":
            return today - timedelta(weeks=count, days=-1)
        return months_back(today, count * (12 if unit == "Y" else 1)) + timedelta(days=1)
    except (OverflowError, ValueError):
        return date(1900, 1, 1)


def months_back(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for candidate in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, candidate)
        except ValueError:
            if year < 1:
                raise
    raise ValueError(f"no day {day.day} in {year}-{month + 1}")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is no date", "Dates are written 2020-01-31.") from error


def _midnight(day: date) -> int:
    return to_nanos(datetime(day.year, day.month, day.day, tzinfo=UTC))
