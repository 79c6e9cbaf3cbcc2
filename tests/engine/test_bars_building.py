"""Bars from trades, compared with Polars' own grouping."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financehub_tui.engine.bars import LIVE_INTERVALS, LiveBars, bar_frame, minute_frame
from financehub_tui.market.bars import Interval
from financehub_tui.market.quote import Trade
from financehub_tui.market.resample import resample

SECOND = 1_000_000_000
START = 1_700_006_400 * SECOND
EVERY = {"1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1h", "4h": "4h"}


def trades_of(offsets, prices, key="K"):
    return [
        Trade(key=key, time=START + offset * SECOND, price=price, size=float(1 + index % 7))
        for index, (offset, price) in enumerate(zip(sorted(offsets), prices, strict=False))
    ]


def grouped(trades, interval):
    frame = pl.DataFrame(
        {
            "time": [trade.time // 1_000 for trade in trades],
            "price": [trade.price for trade in trades],
            "size": [trade.size for trade in trades],
        }
    ).with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))
    return frame.group_by_dynamic("time", every=EVERY[interval.value]).agg(
        open=pl.col("price").first(),
        high=pl.col("price").max(),
        low=pl.col("price").min(),
        close=pl.col("price").last(),
        volume=pl.col("size").sum(),
    )


def same(ours, theirs):
    assert ours.drop("volume").equals(theirs.drop("volume"))
    assert ours["volume"].to_list() == pytest.approx(theirs["volume"].to_list())


many = st.lists(st.integers(0, 20_000), min_size=1, max_size=120)
prices = st.lists(st.floats(1, 1_000, width=32), min_size=120, max_size=120)


@settings(max_examples=40, deadline=None)
@given(offsets=many, prices=prices)
def test_live_bars_equal_polars_grouping_in_all_six_intervals(offsets, prices):
    trades = trades_of(offsets, prices)
    closed = {interval: [] for interval in LIVE_INTERVALS}
    bars = LiveBars(lambda key, interval, bar: closed[interval].append(bar))
    for trade in trades:
        bars.trade(trade)
    bars.advance(START + 100_000 * SECOND)
    for interval in LIVE_INTERVALS:
        same(bar_frame(closed[interval]), grouped(trades, interval))


@settings(max_examples=30, deadline=None)
@given(offsets=many, prices=prices)
def test_many_trades_at_once_give_the_same_bars_as_one_by_one(offsets, prices):
    trades = trades_of(offsets, prices)
    one, all_at_once = [], []
    single = LiveBars(lambda *bar: one.append(bar))
    batch = LiveBars(lambda *bar: all_at_once.append(bar))
    for trade in trades:
        single.trade(trade)
    half = len(trades) // 2
    for part in (trades[:half], trades[half:]):
        batch.extend(
            ["K"],
            np.zeros(len(part), np.int64),
            np.array([t.time for t in part], np.int64),
            np.array([t.price for t in part]),
            np.array([t.size for t in part]),
        )
    single.advance(START + 100_000 * SECOND)
    batch.advance(START + 100_000 * SECOND)
    assert [(key, interval, bar[:5]) for key, interval, bar in one] == [
        (key, interval, bar[:5]) for key, interval, bar in all_at_once
    ]
    assert [bar[5] for *_, bar in one] == pytest.approx([bar[5] for *_, bar in all_at_once])


def test_many_instruments_in_one_batch_stay_apart():
    closed = []
    bars = LiveBars(lambda key, interval, bar: closed.append((key, interval, bar)))
    times = np.array([START, START + 1, START + 61 * SECOND, START + 62 * SECOND])
    bars.extend(["A", "B"], np.array([0, 1, 0, 1]), times, np.array([1.0, 10.0, 2.0, 20.0]), np.ones(4))
    assert closed == [
        ("A", Interval.M1, (START, 1.0, 1.0, 1.0, 1.0, 1.0)),
        ("B", Interval.M1, (START, 10.0, 10.0, 10.0, 10.0, 1.0)),
    ]


def test_a_bar_is_given_out_on_the_first_trade_after_its_end_and_only_once():
    closed = []
    bars = LiveBars(lambda key, interval, bar: closed.append((interval, bar[0])))
    bars.trade(Trade(key="K", time=START, price=1.0, size=1.0))
    bars.trade(Trade(key="K", time=START + 59 * SECOND, price=2.0, size=1.0))
    assert closed == []
    bars.trade(Trade(key="K", time=START + 60 * SECOND, price=3.0, size=1.0))
    bars.advance(START + 61 * SECOND)
    assert closed == [(Interval.M1, START)]


def test_a_bar_without_a_further_trade_is_closed_by_the_clock():
    closed = []
    bars = LiveBars(lambda key, interval, bar: closed.append(interval))
    bars.trade(Trade(key="K", time=START, price=1.0, size=1.0))
    bars.advance(START + 60 * SECOND)
    assert closed == [Interval.M1]
    bars.advance(START + 300 * SECOND)
    assert closed == [Interval.M1, Interval.M5]


def test_a_late_trade_changes_no_closed_bar():
    bars = LiveBars()
    bars.trade(Trade(key="K", time=START, price=1.0, size=1.0))
    bars.trade(Trade(key="K", time=START + 60 * SECOND, price=2.0, size=1.0))
    bars.trade(Trade(key="K", time=START + 1, price=99.0, size=1.0))
    assert bars.late == 1
    assert bars.minutes("K")[0] == [(START, 1.0, 1.0, 1.0, 1.0, 1.0)]


@pytest.mark.parametrize("interval", LIVE_INTERVALS[1:])
def test_coarser_bars_are_exact(interval):
    rng = np.random.default_rng(7)
    offsets = np.sort(rng.integers(0, 86_400, 4_000))
    trades = trades_of(offsets.tolist(), rng.normal(100, 1, 4_000).tolist())
    minutes = minute_frame(
        np.array([t.time for t in trades]), np.array([t.price for t in trades]), np.array([t.size for t in trades])
    )
    same(resample(minutes, interval), grouped(trades, interval))
