"""Bars as arrays: grouping, live bars, comparison, marks."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.clock import to_nanos
from financehub_tui.market.bars import Bars, CorporateAction, Interval
from financehub_tui.market.provenance import Provenance
from financehub_tui.report.blocks import Chart, Overlay
from financehub_tui.widgets.chart.series import Candles, LiveBar, series

START = datetime(2018, 1, 1, tzinfo=UTC)


def bars(
    closes: list[float | None], *, first: int = 0, key: str = "AAPL", actions: tuple[CorporateAction, ...] = ()
) -> Bars:
    times = [START + timedelta(days=first + place) for place in range(len(closes))]
    close = pl.Series(closes, dtype=pl.Float64)
    frame = pl.DataFrame(
        {
            "time": pl.Series(times, dtype=pl.Datetime("us", "UTC")),
            "open": close - 0.5,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "volume": pl.Series([10.0] * len(closes), dtype=pl.Float64),
        }
    )
    origin = Provenance(provider="test")
    return Bars(key=key, interval=Interval.D1, frame=frame, provenance=origin, decimals=2, actions=actions)


numbers = st.one_of(st.floats(1, 1e6), st.just(float("nan")))


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers, numbers), min_size=1, max_size=60), st.integers(1, 20))
def test_groups_equal_the_plain_definition(rows: list[tuple[float, ...]], step: int) -> None:
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    candles = Candles(np.arange(len(rows)), *columns)
    made = candles.grouped(step)
    for group, start in enumerate(range(0, len(rows), step)):
        part = rows[start : start + step]
        opened, high, low, close, volume = ([v for v in column if v == v] for column in zip(*part, strict=True))
        found = (made.open[group], made.high[group], made.low[group], made.close[group], made.volume[group])
        wanted = (
            opened[0] if opened else np.nan,
            max(high, default=np.nan),
            min(low, default=np.nan),
            close[-1] if close else np.nan,
            sum(volume) if volume else np.nan,
        )
        np.testing.assert_allclose(found, wanted)
        assert made.time[group] == start


def test_a_missing_open_high_or_low_comes_from_what_is_known() -> None:
    frame = bars([10.0, 11.0]).frame.with_columns(
        open=pl.Series([None, 9.0]), high=pl.Series([None, None], dtype=pl.Float64)
    )
    chart = Chart(title="c", bars=Bars(key="X", interval=Interval.D1, frame=frame, provenance=Provenance(provider="t")))
    candles = series(chart).candles
    assert candles.open.tolist() == [10.0, 9.0]
    assert candles.high.tolist() == [10.0, 11.0]


def test_a_live_bar_replaces_the_last_or_follows_it() -> None:
    data = series(
        Chart(title="c", bars=bars([10.0, 11.0]), overlays=(Overlay(title="S", lines={"S": pl.Series([1.0, 2.0])}),))
    )
    second = to_nanos(START + timedelta(days=1))
    same = data.with_last(LiveBar(time=second, open=10, high=15, low=9, close=14, volume=7))
    assert same.candles.close.tolist() == [10.0, 14.0]
    later = data.with_last(LiveBar(time=second + 86_400 * 10**9, open=14, high=15, low=13, close=14.5))
    assert later.candles.close.tolist() == [10.0, 11.0, 14.5]
    assert np.isnan(later.lines[0].values[-1])
    assert data.with_last(LiveBar(time=0, open=1, high=1, low=1, close=1)).candles.close.tolist() == [10.0, 11.0]


def test_a_comparison_is_rebased_to_100_at_the_first_common_bar() -> None:
    chart = Chart(title="c", bars=bars([50.0, 100.0, 150.0, 200.0]), compare=(bars([10.0, 20.0], first=1, key="MSFT"),))
    data = series(chart)
    assert data.candles.close.tolist() == [50.0, 100.0, 150.0, 200.0]
    np.testing.assert_array_equal(data.compared[0].values, [np.nan, 100.0, 200.0, np.nan])


def test_a_comparison_takes_the_last_known_price_on_days_without_one() -> None:
    other = bars([10.0, None, 30.0], key="MSFT")
    data = series(Chart(title="c", bars=bars([1.0, 2.0, 3.0]), compare=(other,), labels=("A", "B")))
    np.testing.assert_allclose(data.compared[0].values, [100.0, 100.0, 300.0])
    assert (data.label, data.compared[0].name) == ("A", "B")


def test_actions_are_marked_on_the_first_bar_from_their_date() -> None:
    actions = (
        CorporateAction(time=to_nanos(START + timedelta(days=1)), kind="split", value=7),
        CorporateAction(time=to_nanos(START + timedelta(days=2, hours=5)), kind="dividend", value=0.5, currency="USD"),
        CorporateAction(time=to_nanos(START - timedelta(days=400)), kind="dividend", value=1),
        CorporateAction(time=to_nanos(START + timedelta(days=400)), kind="dividend", value=1),
    )
    marks = series(Chart(title="c", bars=bars([1.0, 2.0, 3.0, 4.0], actions=actions))).marks
    assert [(mark.bar, mark.letter, mark.words) for mark in marks] == [
        (1, "S", "split 7:1"),
        (3, "D", "dividend 0.5 USD"),
    ]


@pytest.mark.parametrize("closes", [[], [None], [None, 5.0]])
def test_little_or_no_data_is_taken(closes: list[float | None]) -> None:
    assert len(series(Chart(title="c", bars=bars(closes))).candles) == len(closes)
