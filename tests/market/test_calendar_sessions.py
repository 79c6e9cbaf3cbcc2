"""Sessions of every market against exchange_calendars, and the states of a day."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.clock import to_datetime, to_nanos
from financehub_tui.engine.calendar import ALWAYS, FX, Calendars
from financehub_tui.engine.calendar_table import table_from_library
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.quote import Session

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
NEW_YORK = ZoneInfo("America/New_York")
TOKYO = ZoneInfo("Asia/Tokyo")
YEARS = (date(2014, 1, 1), date(2026, 12, 31))
CALENDARS = Calendars()


def share(venue: str) -> Instrument:
    return Instrument(asset_class=AssetClass.EQUITY, symbol="X", venue=venue)


EURUSD = Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD")
BITCOIN = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSDT", venue="BINANCE")


def state(instrument: Instrument, when: datetime) -> tuple[Session, Session | None, datetime | None]:
    found = CALENDARS.state(instrument, to_nanos(when))
    return (
        found.session,
        found.next_session,
        None if found.next_change is None else to_datetime(found.next_change).astimezone(when.tzinfo),
    )


@pytest.mark.parametrize("mic", ["XNYS", "XLON", "XETR", "XTKS", "XHKG"])
def test_sessions_and_hours_equal_exchange_calendars(mic: str) -> None:
    import exchange_calendars

    schedule = exchange_calendars.get_calendar(mic, start=str(YEARS[0]), end=str(YEARS[1])).schedule
    assert CALENDARS.sessions(mic, *YEARS) == [moment.date() for moment in schedule.index]
    for row in schedule.itertuples():
        expected = (row.open.value, row.close.value)
        assert CALENDARS.hours(mic, row.Index.date()) == expected


@pytest.mark.parametrize("mic", ["XNYS", "XLON", "XETR", "XTKS", "XHKG"])
def test_state_equals_exchange_calendars_at_every_hour_of_two_years(mic: str) -> None:
    import exchange_calendars

    calendar = exchange_calendars.get_calendar(mic, start="2022-12-01", end="2025-01-31")
    venue = share(mic)
    moment = datetime(2023, 1, 1, 0, 45, tzinfo=UTC)
    while moment.year < 2025:
        regular = CALENDARS.state(venue, to_nanos(moment)).session is Session.REGULAR
        assert regular == bool(calendar.is_open_on_minute(moment, ignore_breaks=False)), moment
        moment += timedelta(hours=1)


@pytest.mark.parametrize("mic", ["XPAR", "XTSE", "XASX", "BVMF", "XSWX", "XKRX"])
def test_the_bundled_table_is_what_the_library_says(mic: str) -> None:
    start, end = date(2019, 1, 1), date(2024, 12, 31)
    library = table_from_library(mic, start, end)
    days = library.between(start, end)
    assert CALENDARS.sessions(mic, start, end) == days
    for day in days:
        hours = library.hours(day)
        assert hours is not None
        assert CALENDARS.hours(mic, day) == (library.instant(day, hours.open), library.instant(day, hours.close))


def test_a_new_york_day_goes_through_its_sessions() -> None:
    apple, day = share("XNAS"), datetime(2018, 2, 5, tzinfo=NEW_YORK)
    opening, closing = day.replace(hour=9, minute=30), day.replace(hour=16)
    pre, post = day.replace(hour=4), day.replace(hour=20)
    assert state(apple, day.replace(hour=3)) == (Session.CLOSED, Session.PRE, pre)
    assert state(apple, pre) == (Session.PRE, Session.REGULAR, opening)
    assert state(apple, opening) == (Session.REGULAR, Session.POST, closing)
    assert state(apple, closing) == (Session.POST, Session.CLOSED, post)
    assert state(apple, post) == (Session.CLOSED, Session.PRE, pre + timedelta(days=1))


def test_a_half_day_closes_at_one_and_trades_on_until_five() -> None:
    apple, friday = share("XNAS"), datetime(2023, 11, 24, 12, tzinfo=NEW_YORK)
    assert state(apple, friday) == (Session.REGULAR, Session.POST, friday.replace(hour=13))
    assert state(apple, friday.replace(hour=13)) == (Session.POST, Session.CLOSED, friday.replace(hour=17))
    monday = datetime(2023, 11, 27, 4, tzinfo=NEW_YORK)
    assert state(apple, friday.replace(hour=17)) == (Session.CLOSED, Session.PRE, monday)


def test_tokyo_has_a_lunch_break_and_an_hour_more_since_2024() -> None:
    toyota, day = share("XTKS"), datetime(2024, 11, 5, tzinfo=TOKYO)
    assert state(toyota, day.replace(hour=11, minute=30)) == (
        Session.CLOSED,
        Session.REGULAR,
        day.replace(hour=12, minute=30),
    )
    assert state(toyota, day.replace(hour=15))[2] == day.replace(hour=15, minute=30)
    assert state(toyota, datetime(2024, 11, 1, 14, tzinfo=TOKYO))[2] == datetime(2024, 11, 1, 15, tzinfo=TOKYO)


@pytest.mark.parametrize(("month", "utc_hour"), [(2, 22), (7, 21)])
def test_fx_trades_from_sunday_to_friday_five_in_new_york(month: int, utc_hour: int) -> None:
    friday = datetime(2018, month, 9 if month == 2 else 13, 16, 59, tzinfo=NEW_YORK)
    closing = friday.replace(hour=17, minute=0)
    assert closing.astimezone(UTC).hour == utc_hour
    assert state(EURUSD, friday) == (Session.CONTINUOUS, Session.CLOSED, closing)
    assert state(EURUSD, closing) == (Session.CLOSED, Session.CONTINUOUS, closing + timedelta(days=2))
    assert state(EURUSD, closing + timedelta(days=2))[0] is Session.CONTINUOUS


def test_crypto_and_markets_without_a_known_calendar_never_close() -> None:
    for instrument in (BITCOIN, share("XXXX")):
        assert state(instrument, datetime(2024, 12, 25, tzinfo=UTC)) == (Session.CONTINUOUS, None, None)
    assert CALENDARS.state(BITCOIN, 0).market == ALWAYS


def test_markets_of_instruments_without_a_venue() -> None:
    index = Instrument(asset_class=AssetClass.INDEX, symbol="NKY", aliases={"mic": "XTKS"})
    future = Instrument(asset_class=AssetClass.COMMODITY, symbol="CL1", venue="XNYM")
    assert [CALENDARS.market(one) for one in (index, future, EURUSD, BITCOIN)] == ["XTKS", "CMES", FX, ALWAYS]


def test_globex_pauses_for_an_hour_every_day() -> None:
    crude = Instrument(asset_class=AssetClass.COMMODITY, symbol="CL1", venue="XNYM")
    pause = datetime(2024, 6, 4, 17, tzinfo=NEW_YORK)
    assert state(crude, pause - timedelta(minutes=1)) == (Session.REGULAR, Session.CLOSED, pause)
    assert state(crude, pause) == (Session.CLOSED, Session.REGULAR, pause.replace(hour=18))


@given(st.integers(min_value=1_400_000_000, max_value=1_780_000_000), st.sampled_from(["XNYS", "XLON", "XHKG", "FX"]))
def test_the_next_change_is_ahead_and_brings_the_next_session(seconds: int, market: str) -> None:
    instrument = EURUSD if market == FX else share(market)
    now = seconds * 1_000_000_000
    found = CALENDARS.state(instrument, now)
    assert found.next_change is not None
    assert found.next_change > now
    assert CALENDARS.state(instrument, found.next_change).session is found.next_session
    assert CALENDARS.state(instrument, found.next_change - 1) == found
    assert CALENDARS.state(instrument, now) == found, "asking out of order gives the same"


def test_neither_weekends_nor_holidays_are_sessions() -> None:
    thanksgiving = date(2023, 11, 23)
    week = (date(2023, 11, 22), date(2023, 11, 27))
    assert CALENDARS.sessions("XNYS", *week) == [date(2023, 11, day) for day in (22, 24, 27)]
    assert CALENDARS.sessions(FX, *week) == [date(2023, 11, day) for day in (22, 23, 24, 27)]
    assert len(CALENDARS.sessions(ALWAYS, *week)) == 6
    assert CALENDARS.hours("XNYS", thanksgiving) is None
    assert CALENDARS.hours(FX, date(2023, 11, 25)) is None


def test_dates_before_the_table_come_from_the_library() -> None:
    september = Calendars().sessions("XNYS", date(2001, 9, 7), date(2001, 9, 18))
    assert september == [date(2001, 9, day) for day in (7, 10, 17, 18)]


def test_past_what_the_library_knows_weekdays_count_and_the_state_is_open() -> None:
    calendars = Calendars()
    days = calendars.sessions("XSHG", date(2040, 1, 2), date(2040, 1, 8))
    assert days == [date(2040, 1, day) for day in (2, 3, 4, 5, 6)]
    assert calendars.state(share("XSHG"), to_nanos(datetime(2040, 1, 2, tzinfo=UTC))).session is Session.CONTINUOUS


def test_the_library_is_not_loaded_for_the_present() -> None:
    code = (
        "import sys; from financehub_tui.engine.calendar import Calendars;"
        "from financehub_tui.market.instrument import AssetClass, Instrument;"
        "one = Instrument(asset_class=AssetClass.EQUITY, symbol='X', venue='XSHG');"
        "Calendars().state(one, 1_795_000_000_000_000_000);"
        "print([m for m in ('pandas', 'numpy', 'exchange_calendars', 'polars') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
