"""Where an axis of bars names its times: at the first bar of a new minute, hour, day, month or year."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
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
    minutes: int = 0
    """Length of a unit of the clock; 0 for one of the calendar."""

    def named(self, moment: datetime, bar: timedelta, step: int) -> datetime:
        """What a label says of the first bar of a unit: the round time where no more than `step` bars are missing."""
        if not self.minutes:
            return moment
        late = timedelta(minutes=(moment.hour * 60 + moment.minute) % self.minutes, seconds=moment.second)
        return moment - late if late <= step * bar and not late % bar else moment

    @property
    def width(self) -> int:
        return 5 if self.label == "%H:%M" else 6 if self.label == "%d %b" else 4


def _clock(minutes: int) -> _Unit:
    def key(moment: datetime) -> Hashable:
        return moment.date(), (moment.hour * 60 + moment.minute) // minutes

    return _Unit(key, datetime.date, "%H:%M", "%d %b", minutes)


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


def time_ticks(times: Sequence[int], columns: list[int], width: int, where: tzinfo, *, step: int = 1) -> list[TimeTick]:
    """Labels for the slots at `columns` (rising) of an axis `width` columns wide, as fine as fits without touching.

    `times` are when the bars begin, microseconds since 1970 UTC; each slot draws `step` of them. A label says when the
    bar begins that the new hour, day or month starts with, in the zone `where`, under the slot that draws it.
    """
    if not len(times):
        return []
    begun = _Begun(times, step, where)
    apart = min((b - a for a, b in pairwise(times)), default=_DAY_MICROS)
    short = apart < _DAY_MICROS
    for unit in _UNITS if short else _UNITS[10:]:
        slots = begun.changes(unit.key)
        if 0 < len(slots) <= max(1, width // (unit.width + 2 * _GAP)):
            begins = begun.firsts(slots, unit.key)
            majors = set(begins).intersection(begun.firsts(begun.changes(unit.major), unit.major))
            # A bar is missing where nothing traded: the hour is still that of the place where it would stand.
            bar = timedelta(microseconds=apart)
            named = [(slot, unit.named(moment, bar, step)) for slot, moment in begins if (slot, moment) not in majors]
            return _placed([*named, *majors], majors, columns, width, unit)
    label = "%H:%M" if short else "%d %b %Y"
    return _placed([(0, begun.moments[0])], set(), columns, width, _Unit(datetime.date, datetime.date, label, label))


class _Begun:
    """When each slot's bars begin; of a slot of several bars the others are looked at only where a unit begins."""

    def __init__(self, times: Sequence[int], step: int, where: tzinfo) -> None:
        self.times, self.step, self.where = times, step, where
        self.moments = [local(micros, where) for micros in times[::step]]

    def changes(self, key: Key) -> list[int]:
        """The slots in which, or right after which, a unit begins."""
        keys = [key(moment) for moment in (*self.moments, local(self.times[-1], self.where))]
        return [place for place in range(len(keys) - 1) if keys[place + 1] != keys[place]]

    def firsts(self, slots: list[int], key: Key) -> list[tuple[int, datetime]]:
        """The first bar of the unit that begins in or right after each slot, as its own slot and its beginning."""
        return [self._first(slot, key(self.moments[slot]), key) for slot in slots]

    def _first(self, slot: int, old: Hashable, key: Key) -> tuple[int, datetime]:
        bars = range(slot * self.step, min(len(self.times), (slot + 1) * self.step + 1))
        bar = bars[bisect_left(bars, True, key=lambda bar: key(local(self.times[bar], self.where)) != old)]
        return bar // self.step, local(self.times[bar], self.where)


def _placed(
    begins: list[tuple[int, datetime]], majors: set[tuple[int, datetime]], columns: list[int], width: int, unit: _Unit
) -> list[TimeTick]:
    taken: list[tuple[int, int]] = []
    made = []
    for slot, moment in sorted(begins, key=lambda begin: (begin not in majors, begin)):
        major = (slot, moment) in majors
        label = moment.strftime(unit.major_label if major else unit.label)
        start = max(0, min(width - len(label), columns[slot] - len(label) // 2))
        end = start + len(label)
        if end > width or any(start < other_end + _GAP and other < end + _GAP for other, other_end in taken):
            continue
        taken.append((start, end))
        made.append(TimeTick(columns[slot], label, major))
    return sorted(made, key=lambda tick: tick.column)
