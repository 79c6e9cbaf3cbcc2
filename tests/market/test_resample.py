"""Longer bars, compared with a count by hand: plain Python over the rows of each window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financehub_tui.market.bars import BAR_COLUMNS, Interval
from financehub_tui.market.resample import resample

START = datetime(2023, 11, 15, tzinfo=UTC)
"""A Wednesday."""


def window_of(time: datetime, interval: Interval) -> datetime:
    """When the bar begins that a time falls into."""
    midnight = time.replace(hour=0, minute=0)
    if interval is Interval.MO1:
        return midnight.replace(day=1)
    if interval is Interval.W1:
        return midnight - timedelta(days=midnight.weekday())
    return midnight + (time - midnight) // timedelta(seconds=interval.seconds) * timedelta(seconds=interval.seconds)


def by_hand(rows, interval):
    windows: dict[datetime, list[tuple]] = {}
    for row in rows:
        windows.setdefault(window_of(row[0], interval), []).append(row)
    made = []
    for start, held in windows.items():
        opens, highs, lows, closes, volumes = (
            [row[place] for row in held if row[place] is not None] for place in range(1, 6)
        )
        traded = [*opens, *closes]
        made.append(
            (
                start,
                opens[0] if opens else None,
                max([*highs, *traded]) if highs else None,
                min([*lows, *traded]) if lows else None,
                closes[-1] if closes else None,
                pytest.approx(sum(volumes)) if volumes else None,
            )
        )
    return made


def frame_of(rows) -> pl.DataFrame:
    schema = {"time": pl.Datetime("us", "UTC"), **dict.fromkeys(BAR_COLUMNS[1:], pl.Float64)}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


@st.composite
def bars(draw, step: timedelta):
    """Bars in order of time with holes; their high and low lie around open and close where all four are there."""
    rows = []
    for place in sorted(draw(st.sets(st.integers(0, 400), min_size=1, max_size=60))):
        first, last = draw(st.floats(1, 1_000)), draw(st.floats(1, 1_000))
        above, below = draw(st.floats(0, 10)), draw(st.floats(0, 0.9))
        cells = [first, max(first, last) + above, min(first, last) - below, last, draw(st.floats(0, 1e6))]
        rows.append((START + place * step, *(None if draw(st.integers(0, 3)) == 0 else cell for cell in cells)))
    return rows


@pytest.mark.parametrize("interval", [Interval.M15, Interval.H1, Interval.H4, Interval.D1])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_bars_of_minutes_equal_a_count_by_hand_whatever_cells_are_missing(interval, data):
    rows = data.draw(bars(timedelta(minutes=5)))
    assert resample(frame_of(rows), interval).rows() == by_hand(rows, interval)


@pytest.mark.parametrize("interval", [Interval.W1, Interval.MO1])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_bars_of_days_equal_a_count_by_hand_whatever_cells_are_missing(interval, data):
    rows = data.draw(bars(timedelta(days=1)))
    assert resample(frame_of(rows), interval).rows() == by_hand(rows, interval)


def test_of_closes_alone_nobody_knows_how_far_the_price_went():
    week = [(START + timedelta(days=day), None, None, None, 10.0 + day, None) for day in range(3)]
    assert resample(frame_of(week), Interval.W1).rows() == [(START - timedelta(days=2), None, None, None, 12.0, None)]


def test_a_bar_without_its_high_was_opened_and_closed_at_a_price_still():
    week = [
        (START, 10.0, 11.0, 9.0, 10.0, 1.0),
        (START + timedelta(days=1), 12.5, None, None, 8.5, 1.0),
    ]
    assert resample(frame_of(week), Interval.W1).rows() == [(START - timedelta(days=2), 10.0, 12.5, 8.5, 8.5, 2.0)]


def test_days_are_those_of_utc_weeks_begin_on_monday_and_empty_cells_stay_empty():
    hours = [
        (datetime(2023, 11, 15, tzinfo=UTC) + timedelta(hours=n), 1.0 + n, 2.0 + n, 0.5 + n, 1.5 + n, 10.0)
        for n in range(48)
    ]
    days = resample(frame_of(hours), Interval.D1)
    assert days["time"].dt.hour().to_list() == [0, 0]
    assert days["volume"].to_list() == [240.0, 240.0]
    weekly = resample(days, Interval.W1)
    assert weekly["time"].dt.weekday().to_list() == [1]
    empty = frame_of(hours).with_columns(
        pl.lit(None, pl.Float64).alias("volume"), pl.lit(None, pl.Float64).alias("open")
    )
    daily = resample(empty, Interval.D1)
    assert daily["volume"].null_count() == daily["open"].null_count() == daily.height
