"""Scales, round prices and the names of times."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from financehub_tui.widgets.chart.scale import Scale, nice_step, step_decimals
from financehub_tui.widgets.chart.timeaxis import TimeTick, time_ticks, zone

prices = st.floats(-1e7, 1e7, allow_nan=False).filter(lambda price: price == 0 or abs(price) > 1e-9)


@given(prices, prices, st.integers(1, 80), st.booleans())
def test_a_scale_holds_its_range_upside_down(low: float, high: float, rows: int, log: bool) -> None:
    low, high = min(low, high), max(low, high)
    scale = Scale.around(low, high, rows, log=log)
    assert scale.holds(low, high)
    assert 0 <= scale.at(high) <= scale.at(low) < rows
    assert scale.log == (log and scale.low > 0)


@given(st.floats(0.01, 1e6), st.floats(1.01, 50), st.integers(5, 60), st.booleans(), st.floats(0, 1))
def test_rows_and_prices_are_inverse(low: float, factor: float, rows: int, log: bool, part: float) -> None:
    scale = Scale.around(low, low * factor, rows, log=log)
    row = part * rows
    assert float(scale.row(np.array([scale.price(row)]))[0]) == pytest.approx(row, abs=1e-6)


@given(prices, prices, st.integers(2, 12), st.booleans())
def test_ticks_are_round_rising_and_on_the_axis(low: float, high: float, most: int, log: bool) -> None:
    assume(abs(high - low) > 1e-6 * max(abs(low), abs(high), 1e-3))
    scale = Scale.around(min(low, high), max(low, high), 4 * most, log=log)
    ticks = scale.ticks(most)
    assert ticks == sorted(set(ticks))
    assert all(scale.low - 1e-6 * abs(scale.low) <= tick <= scale.high + 1e-6 * abs(scale.high) for tick in ticks)
    assert len(ticks) <= most + 1


@given(st.floats(1e-8, 1e12))
def test_a_nice_step_is_one_two_or_five_times_a_power_of_ten(least: float) -> None:
    step = nice_step(least)
    assert least * (1 - 1e-8) <= step <= least * 2.5 * (1 + 1e-8)
    digit = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(digit - round_one) for round_one in (1, 2, 2.5, 5, 10)) < 1e-6


def test_decimals_write_ticks_exactly() -> None:
    assert step_decimals([150.0, 155.0]) == 0
    assert step_decimals([0.25, 0.5]) == 2
    assert step_decimals([1.0875, 1.088]) == 4


def test_flat_and_negative_prices_have_an_axis() -> None:
    assert Scale.around(5, 5, 10).holds(4.96, 5.04)
    assert Scale.around(0, 0, 10).holds(-1, 1)
    negative = Scale.around(-40, 20, 20, log=True)
    assert not negative.log
    assert negative.ticks(6)[0] < 0
    assert Scale.around(math.nan, math.nan, 10).ticks(3)


def test_a_wide_log_axis_has_powers_and_a_narrow_one_even_prices() -> None:
    assert Scale.around(1, 1_000, 40, log=True).ticks(8) == [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]
    assert Scale.around(75, 180, 30, log=True).ticks(10)[:3] == [80.0, 100.0, 120.0]


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def minutes(start: datetime, count: int, step: int) -> list[int]:
    return [micros(start + timedelta(minutes=place * step)) for place in range(count)]


def test_days_are_named_by_month_and_the_year_where_it_begins() -> None:
    days = [datetime(2017, 11, 1, tzinfo=UTC) + timedelta(days=place) for place in range(120)]
    times = [micros(day) for day in days if day.weekday() < 5]
    ticks = time_ticks(times, list(range(len(times))), len(times), UTC)
    assert [tick.label for tick in ticks] == ["16 Nov", "01 Dec", "18 Dec", "2018", "16 Jan", "01 Feb", "16 Feb"]
    assert [tick.label for tick in ticks if tick.major] == ["2018"]


def test_hours_are_local_and_a_new_day_is_dated() -> None:
    start = datetime(2018, 2, 5, 14, 30, tzinfo=UTC)
    times = minutes(start, 13, 30) + minutes(start + timedelta(days=1), 13, 30)
    columns = [place * 4 for place in range(26)]
    ticks = time_ticks(times, columns, 104, zone("America/New_York"))
    assert TimeTick(52, "06 Feb", True) in ticks
    assert {"10:00", "12:00", "14:00"} <= {tick.label for tick in ticks}


def test_the_same_instants_are_named_otherwise_in_another_zone() -> None:
    times = minutes(datetime(2024, 8, 8, 0, 0, tzinfo=UTC), 120, 1)
    places = list(range(120))
    utc = [tick.label for tick in time_ticks(times, places, 120, UTC)]
    tokyo = [tick.label for tick in time_ticks(times, places, 120, ZoneInfo("Asia/Tokyo"))]
    assert utc[0].startswith("00:")
    assert tokyo[0].startswith("09:")
    assert zone("Nowhere/Atlantis") is UTC


def test_a_label_names_the_round_time_its_slot_holds_though_the_slot_begins_earlier() -> None:
    times = minutes(datetime(2018, 2, 4, 22, 5, tzinfo=UTC), 200, 5)
    ticks = time_ticks(times, list(range(100)), 100, UTC, step=2)
    assert len(ticks) > 3
    assert all(tick.major or tick.label.endswith(":00") for tick in ticks)
    assert TimeTick(11, "05 Feb", True) in ticks


def test_an_hour_is_named_where_its_first_bar_is_missing() -> None:
    times = minutes(datetime(2018, 2, 5, 6, 0, tzinfo=UTC), 96, 5)
    del times[36]
    labels = [tick.label for tick in time_ticks(times, list(range(95)), 95, UTC)]
    assert "09:00" in labels
    assert all(label.endswith(":00") for label in labels)


def test_bars_that_begin_at_half_past_are_named_as_they_begin() -> None:
    times = minutes(datetime(2018, 2, 5, 14, 30, tzinfo=UTC), 7, 60)
    labels = [tick.label for tick in time_ticks(times, [place * 12 for place in range(7)], 84, UTC)]
    assert labels and all(label.endswith(":30") for label in labels)


def test_pairs_of_days_are_named_by_the_first_of_the_month() -> None:
    times = [micros(datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=place)) for place in range(220)]
    labels = [tick.label for tick in time_ticks(times, list(range(110)), 110, UTC, step=2)]
    assert labels
    assert all(len(label) == 3 or label.startswith(("01", "16")) for label in labels)


@given(
    st.lists(st.integers(1, 40_000), min_size=1, max_size=150),
    st.integers(10, 200),
    st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]),
)
def test_labels_never_touch_and_stay_on_the_axis(gaps: list[int], width: int, name: str) -> None:
    start = datetime(2010, 1, 1, tzinfo=UTC)
    times = [micros(start + timedelta(minutes=sum(gaps[: place + 1]))) for place in range(len(gaps))]
    columns = [min(width - 1, place * width // len(times)) for place in range(len(times))]
    end = -2
    for tick in time_ticks(times, columns, width, zone(name)):
        begin = max(0, min(width - len(tick.label), tick.column - len(tick.label) // 2))
        assert begin >= end + 2
        end = begin + len(tick.label)
        assert end <= width
