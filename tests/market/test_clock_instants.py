"""Instants as integers: exact both ways, in every zone, before 1970 too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.clock import NANOS, to_datetime, to_nanos

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
START = datetime(1970, 1, 1, tzinfo=UTC)


@given(st.integers(-(10**16), 10**17), ZONES)
def test_an_instant_is_its_microseconds_since_1970_in_whichever_zone(micros, zone):
    moment = (START + timedelta(microseconds=micros)).astimezone(zone)
    assert to_nanos(moment) == micros * 1_000 and to_datetime(micros * 1_000) == moment


def test_the_fraction_of_a_second_is_kept():
    assert to_nanos(datetime(2024, 8, 8, 23, 54, 15, 343_123, tzinfo=UTC)) == 1_723_161_255 * NANOS + 343_123_000
    assert to_nanos(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1_000
