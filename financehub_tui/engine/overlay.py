"""A fetched series carried on by the live bars of the same source, so that a chart does not wait for the next call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.engine.bars import MINUTE, LiveBars, bar_frame
from financehub_tui.market.bars import BAR_COLUMNS, Bars
from financehub_tui.market.resample import resample

if TYPE_CHECKING:
    import polars as pl

NOTE = "newest bars built from the same source's live trades"


def carried_on(bars: Bars, live: LiveBars, end: int) -> Bars:
    """The series with its newest bars from live trades.

    A bar that began after the first live trade is taken over whole. The one in which the trades began keeps its
    fetched open and volume; its high, low and close follow the trades.
    """
    begun = live.begun(bars.key)
    closed, forming = live.minutes(bars.key)
    minutes = [bar for bar in [*closed, *([forming] if forming else [])] if bar[0] < end]
    if begun is None or not minutes or not bars.frame.height or not bars.interval.intraday:
        return bars
    built = resample(bar_frame(minutes), bars.interval)
    first_whole = begun + -begun % (bars.interval.seconds * NANOS)
    frame = _merged(bars.frame, built, first_whole)
    provenance = msgspec.structs.replace(bars.provenance, notes=(*bars.provenance.notes, NOTE))
    last = minutes[-1][0] + MINUTE
    ends = int(frame["time"].dt.timestamp("us")[-1]) * 1_000 + bars.interval.seconds * NANOS
    return msgspec.structs.replace(bars, frame=frame, provenance=provenance, forming=bool(forming) or last < ends)


def _merged(fetched: pl.DataFrame, built: pl.DataFrame, first_whole: int) -> pl.DataFrame:
    import polars as pl

    micros = pl.col("time").dt.timestamp("us")
    fetched, whole = fetched.select(BAR_COLUMNS), built.filter(micros >= first_whole // 1_000)
    older = fetched.filter(micros < first_whole // 1_000)
    partial = built.filter(micros < first_whole // 1_000).tail(1)
    if partial.height and older.height and partial["time"][0] == older["time"][-1]:
        last = older.tail(1)
        seen = partial.row(0, named=True)
        bar = last.with_columns(
            pl.max_horizontal("high", pl.lit(seen["high"])).alias("high"),
            pl.min_horizontal("low", pl.lit(seen["low"])).alias("low"),
            pl.lit(seen["close"]).alias("close"),
        )
        older = pl.concat([older.head(-1), bar])
    # A fetched bar stays where no trade came live: a feed that was away for a while leaves no hole.
    kept = fetched.filter(micros >= first_whole // 1_000).join(whole, on="time", how="anti")
    return pl.concat([older, kept, whole.cast(fetched.schema)]).sort("time")
