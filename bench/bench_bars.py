"""Live bars of 500 symbols in six intervals beside nautilus_trader's of one; coarser bars beside Polars' grouping."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import polars as pl

from bench import peers
from bench.figures import Figure, beside
from financehub_tui.engine.bars import LIVE_INTERVALS, LiveBars, bar_frame
from financehub_tui.market.bars import Interval
from financehub_tui.market.quote import Trade
from financehub_tui.market.resample import resample

SYMBOLS = 500
TRADES = 400_000
SINGLE = 100_000
NAUTILUS_TRADES = 200_000
BATCH = 20_000
SECOND = 1_000_000_000
RUNS = 3


def run() -> list[Figure]:
    """Figures as rows."""
    rng = np.random.default_rng(1)
    index = rng.integers(0, SYMBOLS, TRADES)
    times = np.sort(rng.integers(0, 1_800, TRADES)) * SECOND + 1_700_006_400 * SECOND
    prices, sizes = rng.normal(100, 1, TRADES), rng.integers(1, 100, TRADES).astype(np.float64)
    keys = [f"S{n}" for n in range(SYMBOLS)]
    batch = TRADES / _best(lambda: _batches(keys, index, times, prices, sizes))
    single = SINGLE / _best(lambda: _singles(keys, index, times, prices, sizes))
    polars = TRADES / _best(lambda: _polars(index, times, prices, sizes))
    year = bar_frame([(n * 60 * SECOND, 1.0, 2.0, 0.5, 1.5, 10.0) for n in range(400_000)])
    ours, bare = _best(lambda: _timed(lambda: resample(year, Interval.H1))), _best(lambda: _timed(lambda: _bare(year)))
    found, note = peers.ask("nautilus_bars", str(NAUTILUS_TRADES), str(SYMBOLS), str(RUNS))
    peer, rate = "nautilus_trader, one interval", found.get("trades")
    return [
        beside("live bars, batches, 500 symbols, 6 intervals", batch, "trades/s", peer, rate, row=8, goal=2, note=note),
        beside("live bars, trade by trade, 6 intervals", single, "trades/s", peer, rate, row=8, note=note),
        beside("live bars, batches, 6 intervals", batch, "trades/s", "Polars group_by_dynamic", polars, row=8),
        beside(
            "resample a year of minutes to hours", ours * 1e3, "ms", "bare group_by_dynamic", bare * 1e3,
            row=8, goal=2, lower=True,
        ),
    ]  # fmt: skip


def _best(work: Callable[[], float]) -> float:
    return min(work() for _ in range(RUNS))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _batches(keys, index, times, prices, sizes) -> float:
    closed = []
    bars = LiveBars(lambda *bar: closed.append(bar))
    started = time.perf_counter()
    for start in range(0, TRADES, BATCH):
        part = slice(start, start + BATCH)
        bars.extend(keys, index[part], times[part], prices[part], sizes[part])
    return time.perf_counter() - started


def _singles(keys, index, times, prices, sizes) -> float:
    columns = zip(index.tolist(), times.tolist(), prices.tolist(), sizes.tolist(), strict=True)
    made = [Trade(key=keys[n], time=t, price=p, size=s) for n, t, p, s in list(columns)[:SINGLE]]
    bars = LiveBars(lambda *bar: None)
    started = time.perf_counter()
    for trade in made:
        bars.trade(trade)
    return time.perf_counter() - started


def _polars(index, times, prices, sizes) -> float:
    frame = pl.DataFrame({"key": index, "time": times // 1_000, "price": prices, "size": sizes})
    frame = frame.with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))
    started = time.perf_counter()
    for interval in LIVE_INTERVALS:
        every = interval.value
        frame.group_by_dynamic("time", every=every, group_by="key").agg(
            pl.col("price").first().alias("open"), pl.col("price").max().alias("high"),
            pl.col("price").min().alias("low"), pl.col("price").last().alias("close"), pl.col("size").sum(),
        )  # fmt: skip
    return time.perf_counter() - started


def _bare(year: pl.DataFrame) -> pl.DataFrame:
    return year.group_by_dynamic("time", every="1h").agg(
        pl.col("open").first(), pl.col("high").max(), pl.col("low").min(), pl.col("close").last(),
        pl.col("volume").sum(),
    )  # fmt: skip
