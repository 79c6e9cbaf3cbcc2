"""The DuckDB store against the bare statements it stands on, in the same run, on databases of the same content."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from financehub_tui.clock import SystemClock
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Provenance
from financehub_tui.storage.duckdb import DuckDBStore
from financehub_tui.storage.duckdb.stream import ArrowStream

SYMBOLS, MINUTES = 100, 3_900  # ten sessions of one-minute bars
BIG = 400_000
T0 = 1_517_788_800_000_000

MERGE = """MERGE INTO bars b USING incoming i
    ON b.instrument = i.instrument AND b.interval = i.interval AND b.source = i.source AND b.time = i.time
    WHEN MATCHED THEN UPDATE SET open = i.open, high = i.high, low = i.low, close = i.close, volume = i.volume
    WHEN NOT MATCHED THEN INSERT VALUES
        (i.instrument, i.interval, i.source, i.time, i.open, i.high, i.low, i.close, i.volume)"""
DAY = "SELECT time, open, high, low, close, volume FROM bars WHERE instrument = ? AND interval = '1m' " \
    "AND source = 'bench' AND time >= ? AND time < ? ORDER BY time"  # fmt: skip
CREATE = "CREATE TABLE bars (instrument VARCHAR, interval VARCHAR, source VARCHAR, time TIMESTAMP, open DOUBLE, " \
    "high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE)"  # fmt: skip


def run() -> list[dict[str, object]]:
    """Upserts: fresh and again. Reads: one day of one symbol; a whole long series."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder)))


async def _run(folder: Path) -> list[dict[str, object]]:
    store = DuckDBStore(folder / "ours.duckdb", clock=SystemClock())
    await store.open()
    with duckdb.connect(str(folder / "bare.duckdb"), config={"threads": 2}) as bare:
        bare.execute("SET enable_progress_bar = false")
        bare.execute(CREATE)
        rows = [
            *await _upserts(store, bare, BIG, "one series of 400,000 bars"),
            *await _fill(store, bare),
            *await _reads(store, bare),
        ]
    await store.close()
    return rows


async def _upserts(store: DuckDBStore, bare: Any, size: int, what: str) -> list[dict[str, object]]:
    fresh, again = [], []
    for round_ in range(3):
        bars = _bars(f"{what}{round_}", size)
        for figures in (fresh, again):
            mine = await _timed(lambda bars=bars: store.write_bars(bars))
            theirs = await _timed(lambda bars=bars: _merge(bare, bars))
            figures.append((size / mine, size / theirs))
    return [
        _row(f"upsert fresh, {what}", "rows/s", fresh, 0.5, lower=False),
        _row(f"upsert again, {what}", "rows/s", again, 0.5, lower=False),
    ]


async def _fill(store: DuckDBStore, bare: Any) -> list[dict[str, object]]:
    figures = []
    for number in range(SYMBOLS):
        bars = _bars(f"S{number}", MINUTES)
        mine = await _timed(lambda bars=bars: store.write_bars(bars))
        theirs = await _timed(lambda bars=bars: _merge(bare, bars))
        figures.append((MINUTES / mine, MINUTES / theirs))
    return [_row("upsert fresh, 100 series of 3,900 bars", "rows/s", figures, 0.5, lower=False)]


async def _reads(store: DuckDBStore, bare: Any) -> list[dict[str, object]]:
    day, whole = [], []
    for number in range(0, SYMBOLS, SYMBOLS // 20):
        for figures, minutes in ((day, 390), (whole, MINUTES)):
            start, end = T0, T0 + minutes * 60_000_000
            mine = await _timed(lambda n=number, e=end: store.read_bars(f"S{n}", Interval.M1, T0 * 1_000, e * 1_000))
            theirs = await _timed(lambda n=number, s=start, e=end: _select(bare, f"S{n}", s, e))
            figures.append((mine * 1e3, theirs * 1e3))
    return [
        _row("read one day of 1-minute bars", "ms", day, 2.0, lower=True),
        _row("read ten days of 1-minute bars", "ms", whole, 2.0, lower=True),
    ]


async def _merge(bare: Any, bars: Bars) -> None:
    incoming = bars.frame.with_columns(
        pl.col("time").dt.replace_time_zone(None),
        instrument=pl.lit(bars.key),
        interval=pl.lit("1m"),
        source=pl.lit("bench"),
    )

    def work() -> None:
        bare.register("incoming", ArrowStream(incoming))
        bare.execute(MERGE).fetchall()
        bare.unregister("incoming")

    await asyncio.to_thread(work)


async def _select(bare: Any, key: str, start: int, end: int) -> None:
    def work() -> pl.DataFrame:
        bounds = [pl.Series([moment], dtype=pl.Datetime("us"))[0] for moment in (start, end)]
        return pl.DataFrame(ArrowStream(bare.sql(DAY, params=[key, *bounds])))

    await asyncio.to_thread(work)


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def _bars(key: str, size: int) -> Bars:
    index = pl.int_range(size, eager=True)
    price = 100 + (index * 7919 % 1_000) / 100
    frame = pl.DataFrame(
        {
            "time": (T0 + index * 60_000_000).cast(pl.Datetime("us", "UTC")),
            "open": price,
            "high": price + 1,
            "low": price - 1,
            "close": price + 0.5,
            "volume": index.cast(pl.Float64),
        }
    )
    return Bars(key=key, interval=Interval.M1, frame=frame, provenance=Provenance(provider="bench"))


def _row(name: str, unit: str, figures: list[tuple[float, float]], goal: float, *, lower: bool) -> dict[str, object]:
    mine, theirs = (statistics.median(pair[side] for pair in figures) for side in (0, 1))
    return {
        "name": name,
        "value": mine,
        "unit": unit,
        "peer": "bare DuckDB",
        "peer_value": theirs,
        "ratio": mine / theirs,
        "goal": goal,
        "lower_is_better": lower,
    }


if __name__ == "__main__":
    for row in run():
        print(row)
