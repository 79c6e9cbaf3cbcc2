"""Trading sessions: which session a market is in, when that changes, and which dates are sessions."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from financehub_tui.clock import to_datetime, to_nanos
from financehub_tui.engine.calendar_table import Hours, Table, bundled_tables, table_from_library
from financehub_tui.market.calendar import SessionState
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.quote import Session

FX = "FX"
ALWAYS = "24H"
NEW_YORK = ZoneInfo("America/New_York")

_CALENDARS = dict.fromkeys(("XNYS", "XNAS", "ARCX", "XASE", "BATS"), "XNYS")
_CALENDARS |= dict.fromkeys(("XCME", "XCBT", "XNYM", "XCEC"), "CMES")
_CALENDARS |= dict.fromkeys(("IFUS", "IFEU"), "IEPA") | {"XNSE": "XBOM"}
"""Venue to the calendar it keeps, where that has another name."""

_BY_CLASS = {
    AssetClass.CURRENCY: FX,
    AssetClass.CRYPTO: ALWAYS,
    AssetClass.COMMODITY: "CMES",
    AssetClass.GOVERNMENT: "XNYS",
    AssetClass.CORPORATE: "XNYS",
    AssetClass.OPTION: "XNYS",
}
"""Calendar of instruments without a venue that has one."""

_PRE = 330
_POST = 240
"""Minutes of extended trading of US shares before the opening and after the close: 04:00 and 20:00, 17:00 on half
days."""


class _Segment(NamedTuple):
    start: int
    end: int
    session: Session


class Calendars:
    """Sessions of every market. Looking up is synchronous; only dates far from now load exchange_calendars."""

    def __init__(self) -> None:
        self._packed = bundled_tables()
        self._tables: dict[str, Table] = {}
        self._asked: dict[str, tuple[date, date]] = {}
        self._states: dict[str, tuple[int, SessionState]] = {}

    def market(self, instrument: Instrument) -> str:
        """The calendar an instrument keeps: a calendar's MIC, `FX` or `24H`."""
        venue = instrument.venue or instrument.aliases.get("mic", "")
        name = _CALENDARS.get(venue, venue)
        if name in self._packed:
            return name
        return _BY_CLASS.get(instrument.asset_class, ALWAYS)

    def state(self, instrument: Instrument, now: int) -> SessionState:
        """The session at an instant (ns since 1970 UTC) and the next change.

        A market without a known calendar counts as always open, so that nothing of it is held back.
        """
        market = self.market(instrument)
        extended = market == "XNYS" and instrument.asset_class is AssetClass.EQUITY
        name = f"{market}+" if extended else market
        since, known = self._states.get(name, (0, None))
        if known is None or not since <= now < (known.next_change or now + 1):
            since, known = self._find(market, now, extended)
            self._states[name] = (since, known)
        return known

    def sessions(self, market: str, start: date, end: date) -> list[date]:
        """Session dates from start to end, both included; past what exchange_calendars knows, weekdays."""
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        if market == ALWAYS:
            return days
        if market == FX:
            return [day for day in days if day.weekday() < 5]
        table = self._table(market, start, end)
        known = set(table.between(start, end))
        return [day for day in days if (day in known if table.covers(day) else day.weekday() < 5)]

    def hours(self, market: str, day: date) -> tuple[int, int] | None:
        """Opening and close of a session, ns since 1970 UTC; None where the date is no session.

        The FX day ends at 17:00 New York and begins a day before that.
        """
        if market == ALWAYS:
            return _utc(day), _utc(day + timedelta(days=1))
        if market == FX:
            if day.weekday() > 4:
                return None
            return _new_york(day - timedelta(days=1)), _new_york(day)
        table = self._table(market, day, day)
        found = table.hours(day)
        return None if found is None else (table.instant(day, found.open), table.instant(day, found.close))

    def _table(self, market: str, start: date, end: date) -> Table:
        """The market's table, widened once by the library where it does not reach."""
        table = self._tables.get(market)
        if table is None:
            table = self._tables[market] = msgspec.msgpack.decode(self._packed[market], type=Table)
        low, high = self._asked.get(market) or _span(table)
        if start < low or end > high:
            self._asked[market] = low, high = min(start, low), max(end, high)
            table = self._tables[market] = table_from_library(market, low, high)
        return table

    def _find(self, market: str, now: int, extended: bool) -> tuple[int, SessionState]:
        if market == ALWAYS:
            return 0, SessionState(
                session=Session.CONTINUOUS, market=ALWAYS, timezone="UTC", next_change=None, next_session=None
            )
        if market == FX:
            segments, zone = _fx_week(now), NEW_YORK.key
        else:
            segments, zone = self._around(market, now, extended)
        at = bisect_right(segments, now, key=lambda one: one.start) - 1
        if not 0 <= at < len(segments) - 1:
            return self._find(ALWAYS, now, extended)
        current = segments[at]
        return current.start, SessionState(
            session=current.session,
            market=market,
            timezone=zone,
            next_change=current.end,
            next_session=segments[at + 1].session,
        )

    def _around(self, market: str, now: int, extended: bool) -> tuple[list[_Segment], str]:
        """Gapless segments from before now to after the next session."""
        day = to_datetime(now).date()
        table = self._table(market, day, day)
        before = table.between(day - timedelta(days=40), day - timedelta(days=1))[-2:]
        after = table.between(day, day + timedelta(days=40))[:3]
        found: list[_Segment] = []
        for session in before + after:
            hours = table.hours(session)
            if hours is not None:
                found += _day(table, session, hours, extended)
        return _gapless(found), table.timezone


def _day(table: Table, day: date, hours: Hours, extended: bool) -> list[_Segment]:
    def segment(start: int, end: int, session: Session = Session.REGULAR) -> _Segment:
        return _Segment(table.instant(day, start), table.instant(day, end), session)

    if hours.break_start is not None and hours.break_end is not None:
        return [segment(hours.open, hours.break_start), segment(hours.break_end, hours.close)]
    regular = [segment(hours.open, hours.close)]
    if not extended:
        return regular
    pre = segment(hours.open - _PRE, hours.open, Session.PRE)
    return [pre, *regular, segment(hours.close, hours.close + _POST, Session.POST)]


def _gapless(segments: list[_Segment]) -> list[_Segment]:
    """The same segments with the closed stretches between them."""
    filled = segments[:1]
    for one in segments[1:]:
        if one.start > filled[-1].end:
            filled.append(_Segment(filled[-1].end, one.start, Session.CLOSED))
        filled.append(one)
    return filled


def _fx_week(now: int) -> list[_Segment]:
    """Two FX weeks around an instant: Sunday 17:00 to Friday 17:00 New York."""
    local = to_datetime(now).astimezone(NEW_YORK).date()
    sunday = local - timedelta(days=(local.weekday() + 1) % 7 + 7)
    weeks = [sunday + timedelta(days=7 * n) for n in range(4)]
    return _gapless([_Segment(_new_york(day), _new_york(day + timedelta(days=5)), Session.CONTINUOUS) for day in weeks])


def _span(table: Table) -> tuple[date, date]:
    return date.fromisoformat(table.first), date.fromisoformat(table.last)


def _new_york(day: date) -> int:
    return to_nanos(datetime.combine(day, time(17), NEW_YORK))


def _utc(day: date) -> int:
    return to_nanos(datetime.combine(day, time(0), UTC))
