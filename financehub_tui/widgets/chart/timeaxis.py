"""Where an axis of bars names its times: at the first bar of a new minute, hour, day, month or year."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

Key = Callable[[datetime], Hashable]
_GAP = 2


@dataclass(frozen=True)
class TimeTick:
    """A label under a column. Major where a longer unit (day, year) begins too."""

    column: int
    label: str
    major: bool


@dataclass(frozen=True)
class _Unit:
    key: Key
    major: Key
    label: str
    major_label: str

    @property
    def width(self) -> int:
        return 5 if self.label == "%H:%M" else 6 if self.label == "%d %b" else 4


def _clock(minutes: int) -> _Unit:
    def key(moment: datetime) -> Hashable:
        return moment.date(), (moment.hour * 60 + moment.minute) // minutes

    return _Unit(key, datetime.date, "%H:%M", "%d %b")


def _years(count: int) -> Key:
    return lambda moment: moment.year // count


_year = _years(1)


def _calendar(key: Key, label: str) -> _Unit:
    return _Unit(key, _year, label, "%Y")


_UNITS = (
    *(_clock(minutes) for minutes in (1, 5, 10, 15, 30, 60, 120, 240, 360, 720)),
    _calendar(datetime.date, "%d %b"),
    _calendar(lambda moment: moment.date() - timedelta(days=moment.weekday()), "%d %b"),
    _calendar(lambda moment: (moment.year, moment.month, min(moment.day // 16, 1)), "%d %b"),
    _calendar(lambda moment: (moment.year, moment.month), "%b"),
    _calendar(lambda moment: (moment.year, (moment.month - 1) // 3), "%b"),
    _calendar(lambda moment: (moment.year, (moment.month - 1) // 6), "%b"),
    *(_calendar(_years(count), "%Y") for count in (1, 2, 5, 10, 20, 50, 100)),
)

_DAY_MICROS = 86_400_000_000


def zone(name: str) -> tzinfo:
    """A time zone by its IANA name, UTC for one that is unknown."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC


def local(micros: int, where: tzinfo) -> datetime:
    """An instant in microseconds since 1970 UTC in a zone."""
    return (_EPOCH + timedelta(microseconds=micros)).astimezone(where)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_ticks(times: list[int], columns: list[int], width: int, where: tzinfo) -> list[TimeTick]:
    """Labels for bars at `columns` (rising) of an axis `width` columns wide, as fine as fits without touching.

    `times` are microseconds since 1970 UTC. Labels say when the bar under them begins, in the zone `where`.
    """
    moments = [local(micros, where) for micros in times]
    if not moments:
        return []
    short = len(times) > 1 and min(b - a for a, b in pairwise(times)) < _DAY_MICROS
    for unit in _UNITS if short else _UNITS[10:]:
        begins = _changes(moments, unit.key)
        if 0 < len(begins) <= max(1, width // (unit.width + 2 * _GAP)):
            return _placed(begins, moments, columns, width, unit)
    label = "%H:%M" if short else "%d %b %Y"
    return _placed([0], moments, columns, width, _Unit(datetime.date, datetime.date, label, label))


def _changes(moments: list[datetime], key: Key) -> list[int]:
    keys = [key(moment) for moment in moments]
    return [place for place in range(1, len(keys)) if keys[place] != keys[place - 1]]


def _placed(begins: list[int], moments: list[datetime], columns: list[int], width: int, unit: _Unit) -> list[TimeTick]:
    majors = set(_changes(moments, unit.major))
    taken: list[tuple[int, int]] = []
    made = []
    for place in sorted(begins, key=lambda place: (place not in majors, place)):
        major = place in majors
        label = moments[place].strftime(unit.major_label if major else unit.label)
        start = max(0, min(width - len(label), columns[place] - len(label) // 2))
        end = start + len(label)
        if end > width or any(start < other_end + _GAP and other < end + _GAP for other, other_end in taken):
            continue
        taken.append((start, end))
        made.append(TimeTick(columns[place], label, major))
    return sorted(made, key=lambda tick: tick.column)
