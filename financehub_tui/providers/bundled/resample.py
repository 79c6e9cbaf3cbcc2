"""Longer bars from shorter ones, exactly: first open, highest high, lowest low, last close, summed volume."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from financehub_tui.market.bars import Interval

if TYPE_CHECKING:
    import polars as pl

_WINDOWS = {
    Interval.M30: "30m",
    Interval.H1: "1h",
    Interval.H4: "4h",
    Interval.D1: "1d",
    Interval.W1: "1w",
    Interval.MO1: "1mo",
}


def resample(frame: pl.DataFrame, interval: Interval, *, closes_only: bool = False) -> pl.DataFrame:
    """Bars of `BAR_COLUMNS` grouped into windows of UTC time; weeks begin on Monday, months on the first.

    With `closes_only` the columns the source does not have stay empty. A single missing high or low does not hide
    that the close was traded.
    """
    import polars as pl

    high = pl.max_horizontal("high", "close").max()
    low = pl.min_horizontal("low", "close").min()
    empty = pl.lit(None, pl.Float64)
    volume = pl.when(pl.col("volume").count() > 0).then(pl.col("volume").sum().round(8))
    return frame.group_by_dynamic("time", every=_WINDOWS[interval]).agg(
        pl.col("open").drop_nulls().first().alias("open"),
        (empty if closes_only else high).first().alias("high"),
        (empty if closes_only else low).first().alias("low"),
        pl.col("close").drop_nulls().last().alias("close"),
        volume.alias("volume"),
    )


def last_day(interval: Interval, start: date, *, every_day: bool) -> date:
    """The last trading day of the week or month that begins at a date, holidays aside."""
    following = start + timedelta(days=7) if interval is Interval.W1 else (start + timedelta(days=32)).replace(day=1)
    day = following - timedelta(days=1)
    while not every_day and day.weekday() > 4:
        day -= timedelta(days=1)
    return day
