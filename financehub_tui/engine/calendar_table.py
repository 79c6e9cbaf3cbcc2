"""Exchange sessions in a compact form, taken from exchange_calendars.

The library needs pandas and more than a second to load, so its answers for the years around now are bundled
(`data/calendars.msgpack`, built by `tools/build_calendars.py`); it is loaded only for dates outside.
"""

from __future__ import annotations

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from financehub_tui.clock import to_nanos

TABLE_FILE = Path(__file__).parent.parent / "data" / "calendars.msgpack"

CME_HOURS = (-360, 1020)
"""Globex trades from 18:00 New York of the day before to 17:00; the library has it as 24 hours."""


class Hours(NamedTuple):
    """Wall-clock minutes after midnight of the session's date, in the exchange's zone; below 0 the day before."""

    open: int
    close: int
    break_start: int | None
    break_end: int | None


class Table(msgspec.Struct, frozen=True, dict=True):
    """The sessions of one exchange from `first` to `last` (ISO dates, both covered)."""

    timezone: str
    first: str
    last: str
    gaps: bytes
    """Days from one session to the next, one byte each, beginning at `first`."""
    runs: list[tuple[int, Hours]]
    """(index of the first session, hours): in force until the next run."""

    @cached_property
    def sessions(self) -> list[int]:
        """Session dates as proleptic ordinals."""
        return list(accumulate(self.gaps, initial=date.fromisoformat(self.first).toordinal()))[1:]

    @cached_property
    def zone(self) -> ZoneInfo:
        """The exchange's time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def _run_starts(self) -> list[int]:
        return [index for index, _ in self.runs]

    def covers(self, day: date) -> bool:
        """True where the table knows whether a date is a session."""
        return self.first <= day.isoformat() <= self.last

    def between(self, start: date, end: date) -> list[date]:
        """Session dates from start to end, both included."""
        low, high = bisect_left(self.sessions, start.toordinal()), bisect_right(self.sessions, end.toordinal())
        return [date.fromordinal(ordinal) for ordinal in self.sessions[low:high]]

    def hours(self, day: date) -> Hours | None:
        """Hours of a session; None where the date is none."""
        index = bisect_left(self.sessions, day.toordinal())
        if index == len(self.sessions) or self.sessions[index] != day.toordinal():
            return None
        return self.runs[bisect_right(self._run_starts, index) - 1][1]

    def instant(self, day: date, minutes: int) -> int:
        """A wall-clock minute of a session as nanoseconds since 1970 UTC."""
        wall = datetime.combine(day, time(0)) + timedelta(minutes=minutes)
        return to_nanos(wall.replace(tzinfo=self.zone))


def bundled_tables() -> dict[str, msgspec.Raw]:
    """Calendar name to its packed table."""
    return msgspec.msgpack.decode(TABLE_FILE.read_bytes(), type=dict[str, msgspec.Raw])


def table_from_library(name: str, start: date, end: date) -> Table:
    """Ask exchange_calendars, which loads pandas; the range is cut to what the library knows."""
    import exchange_calendars

    factory = exchange_calendars.calendar_utils.global_calendar_dispatcher._calendar_factories[name]
    lower, upper = factory.bound_min(), factory.bound_max()
    start = start if lower is None else max(start, lower.date())
    end = end if upper is None else min(end, upper.date())
    with warnings.catch_warnings():
        # What the library thinks of its pandas must not be written over the screen.
        warnings.simplefilter("ignore")
        calendar = exchange_calendars.get_calendar(name, start=start.isoformat(), end=end.isoformat())
    zone = "America/New_York" if name == "CMES" else str(calendar.tz)
    return _packed(zone, start, end, [_row(row, ZoneInfo(zone), name) for row in calendar.schedule.itertuples()])


def _row(row: Any, zone: ZoneInfo, name: str) -> tuple[date, Hours]:
    day = row.Index.date()
    if name == "CMES":
        return day, Hours(*CME_HOURS, None, None)
    moments = (row.open, row.close, row.break_start, row.break_end)
    # A missing moment is pandas' NaT, whose year is not a number.
    minutes = [_minutes(moment.to_pydatetime(), day, zone) if moment.year > 0 else None for moment in moments]
    return day, Hours(minutes[0] or 0, minutes[1] or 0, minutes[2], minutes[3])


def _minutes(moment: datetime, day: date, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone).replace(tzinfo=None)
    return int((local - datetime.combine(day, time(0))).total_seconds()) // 60


def _packed(timezone: str, start: date, end: date, rows: Iterable[tuple[date, Hours]]) -> Table:
    gaps = bytearray()
    runs: list[tuple[int, Hours]] = []
    before = start
    for index, (day, hours) in enumerate(rows):
        gaps.append((day - before).days)
        before = day
        if not runs or runs[-1][1] != hours:
            runs.append((index, hours))
    return Table(timezone, start.isoformat(), end.isoformat(), bytes(gaps), runs)
