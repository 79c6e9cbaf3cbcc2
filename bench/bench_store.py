"""The DuckDB store against the bare statements it stands on, in the same run, on databases of the same content."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from bench.figures import Figure, paired
from financehub_tui.clock import SystemClock
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Provenance
from financehub_tui.market.quote import Quote
from financehub_tui.market.resample import resample
from financehub_tui.storage.duckdb import DuckDBStore
from financehub_tui.storage.duckdb.migrations import MIGRATIONS
from financehub_tui.storage.duckdb.stream import ArrowStream

SYMBOLS, MINUTES = 500, 3_900  # ten sessions of one-minute bars
YEAR = 252 * 390
READS = 15
BIG = 400_000
T0 = 1_517_788_800_000_000

MERGE = """MERGE INTO bars b USING incoming i
    ON b.instrument = i.instrument AND b.interval = i.interval AND b.source = i.source AND b.time = i.time
    WHEN MATCHED THEN UPDATE SET open = i.open, high = i.high, low = i.low, close = i.close, volume = i.volume
    WHEN NOT MATCHED THEN INSERT VALUES
        (i.instrument, i.interval, i.source, i.time, i.open, i.high, i.low, i.close, i.volume)"""
DAY = "SELECT time, open, high, low, close, volume FROM bars WHERE instrument = ? AND interval = '1m' " \
    "AND source = 'bench' AND time >= ? AND time < ? ORDER BY time"  # fmt: skip
HOURS = "SELECT time_bucket(INTERVAL 1 HOUR, time) AS hour, arg_min(open, time), max(high), min(low), " \
    "arg_max(close, time), sum(volume) FROM bars WHERE instrument = ? AND interval = '1m' AND source = 'bench' " \
    "AND time >= ? AND time < ? GROUP BY hour ORDER BY hour"  # fmt: skip
LATEST = "SELECT * FROM quotes WHERE instrument IN (SELECT unnest(?))"
BARE = "bare DuckDB"
CREATE = "CREATE TABLE bars (instrument VARCHAR, interval VARCHAR, source VARCHAR, time TIMESTAMP, open DOUBLE, " \
    "high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE)"  # fmt: skip


def run() -> list[Figure]:
    """Upserts: fresh and again. Reads: a day and ten of one symbol, a year as hours, the latest of all."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder)))


async def _run(folder: Path) -> list[Figure]:
    store = DuckDBStore(folder / "ours.duckdb", clock=SystemClock())
    await store.open()
    with duckdb.connect(str(folder / "bare.duckdb"), config={"threads": 2}) as bare:
        bare.execute("SET enable_progress_bar = false")
        bare.execute(CREATE)
        rows = [
            *await _upserts(store, bare, BIG, "one series of 400,000 bars"),
            *await _fill(store, bare),
            *await _reads(store, bare),
            *await _year(store, bare),
            *await _latest(store, bare),
        ]
    await store.close()
    return rows


async def _upserts(store: DuckDBStore, bare: Any, size: int, what: str) -> list[Figure]:
    fresh, again = [], []
    for round_ in range(3):
        bars = _bars(f"{what}{round_}", size)
        for figures in (fresh, again):
            mine = await _timed(lambda bars=bars: store.write_bars(bars))
            theirs = await _timed(lambda bars=bars: _merge(bare, bars))
            figures.append((size / mine, size / theirs))
    return [
        paired(f"upsert fresh, {what}", "rows/s", BARE, fresh, row=12, goal=0.5),
        paired(f"upsert again, {what}", "rows/s", BARE, again, row=12, goal=0.5),
    ]


async def _fill(store: DuckDBStore, bare: Any) -> list[Figure]:
    figures = []
    for number in range(SYMBOLS):
        bars = _bars(f"S{number}", MINUTES)
        mine = await _timed(lambda bars=bars: store.write_bars(bars))
        theirs = await _timed(lambda bars=bars: _merge(bare, bars))
        figures.append((MINUTES / mine, MINUTES / theirs))
    return [paired("upsert fresh, 500 series of 3,900 bars", "rows/s", BARE, figures, row=12, goal=0.5)]


async def _reads(store: DuckDBStore, bare: Any) -> list[Figure]:
    day, whole = [], []
    for number in range(0, SYMBOLS, SYMBOLS // 20):
        for figures, minutes in ((day, 390), (whole, MINUTES)):
            start, end = T0, T0 + minutes * 60_000_000
            mine = await _timed(lambda n=number, e=end: store.read_bars(f"S{n}", Interval.M1, T0 * 1_000, e * 1_000))
            theirs = await _timed(lambda n=number, s=start, e=end: _select(bare, DAY, f"S{n}", s, e))
            figures.append((mine * 1e3, theirs * 1e3))
    return [
        paired("read one day of 1-minute bars, 1 of 500 symbols", "ms", BARE, day, row=14, goal=2, lower=True),
        paired("read ten days of 1-minute bars, 1 of 500 symbols", "ms", BARE, whole, row=14, goal=2, lower=True),
    ]


async def _year(store: DuckDBStore, bare: Any) -> list[Figure]:
    """A year of minutes as hours: the store reads and the engine makes the hours; the bare query does both."""
    bars = _bars("YEAR", YEAR)
    await store.write_bars(bars)
    await _merge(bare, bars)
    start, end = T0, T0 + YEAR * 60_000_000

    async def ours() -> None:
        read = await store.read_bars("YEAR", Interval.M1, start * 1_000, end * 1_000)
        assert read is not None
        await asyncio.to_thread(resample, read.frame, Interval.H1)

    figures = [
        (await _timed(ours) * 1e3, await _timed(lambda: _select(bare, HOURS, "YEAR", start, end)) * 1e3)
        for _ in range(READS)
    ]
    return [paired("read a year of 1-minute bars as hours", "ms", BARE, figures, row=14, goal=2, lower=True)]


async def _latest(store: DuckDBStore, bare: Any) -> list[Figure]:
    """The newest quote of each of 500 symbols, from tables of the same columns."""
    keys = [f"S{number}" for number in range(SYMBOLS)]
    origin = Provenance(provider="bench")
    await store.write_quotes([Quote(key=key, time=T0, last=1.0, bid=0.9, ask=1.1, provenance=origin) for key in keys])
    await store.flush()
    bare.execute(next(text for text in MIGRATIONS[0].statements if text.startswith("CREATE TABLE quotes")))
    added = (
        "INSERT INTO quotes (instrument, time, last, bid, ask, session, provider) VALUES (?, ?, 1, 0.9, 1.1, '', '')"
    )
    bare.executemany(added, [[key, T0] for key in keys])

    async def theirs() -> None:
        await asyncio.to_thread(lambda: bare.execute(LATEST, [keys]).fetchall())

    figures = [
        (await _timed(lambda: store.latest_quotes(keys)) * 1e3, await _timed(theirs) * 1e3) for _ in range(READS)
    ]
    return [paired("read the latest quotes of 500 symbols", "ms", BARE, figures, row=14, goal=2, lower=True)]


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


async def _select(bare: Any, query: str, key: str, start: int, end: int) -> None:
    def work() -> pl.DataFrame:
        bounds = [pl.Series([moment], dtype=pl.Datetime("us"))[0] for moment in (start, end)]
        return pl.DataFrame(ArrowStream(bare.sql(query, params=[key, *bounds])))

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


if __name__ == "__main__":
    for row in run():
        print(row.line())
