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


def resample(frame: pl.DataFrame, interval: Interval) -> pl.DataFrame:
    """Exact longer bars of `BAR_COLUMNS`: first open, highest high, lowest low, last close, summed volume.

    Intraday bars are cut at multiples of the interval from midnight UTC. Days are those of UTC, which are the days of
    coins; those of an exchange are asked of a source that has them. Weeks begin on Monday, months on the first.

    A column of which a window has nothing stays empty there: of bars that have a close alone, nobody knows how far the
    price went in between. Where only some bars lack their high or low, their open and close were traded still.
    """
    import polars as pl

    high = pl.max_horizontal("open", "high", "close").max()
    low = pl.min_horizontal("open", "low", "close").min()
    return frame.group_by_dynamic("time", every=_EVERY[interval], start_by="window").agg(
        pl.col("open").drop_nulls().first(),
        pl.when(pl.col("high").count() > 0).then(high).alias("high"),
        pl.when(pl.col("low").count() > 0).then(low).alias("low"),
        pl.col("close").drop_nulls().last(),
        pl.when(pl.col("volume").count() > 0).then(pl.col("volume").sum()),
    )
