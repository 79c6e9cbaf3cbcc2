"""Longer bars from shorter ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.market.bars import Interval

if TYPE_CHECKING:
    import polars as pl

_EVERY = {
    Interval.M1: "1m",
    Interval.M5: "5m",
    Interval.M15: "15m",
    Interval.M30: "30m",
    Interval.H1: "1h",
    Interval.H4: "4h",
    Interval.D1: "1d",
    Interval.W1: "1w",
    Interval.MO1: "1mo",
}


def resample(frame: pl.DataFrame, interval: Interval, timezone: str | None = None) -> pl.DataFrame:
    """Exact longer bars of `BAR_COLUMNS`: first open, highest high, lowest low, last close, summed volume.

    Intraday bars are cut at multiples of the interval from midnight UTC. For daily and longer bars from intraday
    ones, `timezone` is the exchange's zone, whose dates count; without it the frame's own (UTC) dates do. Weeks begin
    on Monday, months on the first.

    A column of which a window has nothing stays empty there: of bars that have a close alone, nobody knows how far the
    price went in between. Where only some bars lack their high or low, their open and close were traded still.
    """
    import polars as pl

    if timezone is not None and not interval.intraday:
        local = pl.col("time").dt.convert_time_zone(timezone).dt.date()
        frame = frame.with_columns(local.cast(pl.Datetime("us")).dt.replace_time_zone("UTC").alias("time"))
    high = pl.max_horizontal("open", "high", "close").max()
    low = pl.min_horizontal("open", "low", "close").min()
    return frame.group_by_dynamic("time", every=_EVERY[interval], start_by="window").agg(
        pl.col("open").drop_nulls().first(),
        pl.when(pl.col("high").count() > 0).then(high).alias("high"),
        pl.when(pl.col("low").count() > 0).then(low).alias("low"),
        pl.col("close").drop_nulls().last(),
        pl.when(pl.col("volume").count() > 0).then(pl.col("volume").sum()),
    )
