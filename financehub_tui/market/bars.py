"""Bars: open, high, low, close and volume over intervals, as a Polars frame with its meaning beside it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.market.provenance import Adjustment, Provenance

if TYPE_CHECKING:
    import polars as pl


class Interval(StrEnum):
    """Length of a bar. The value is also the command-line word (minutes are lower case, month is `M`)."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H4 = "4h"
    D1 = "D"
    W1 = "W"
    MO1 = "M"

    @property
    def seconds(self) -> int:
        """Length in seconds (a month counts as 30 days)."""
        return _SECONDS[self]

    @property
    def intraday(self) -> bool:
        """True below one day."""
        return self.seconds < 86_400


_SECONDS = {
    Interval.M1: 60,
    Interval.M5: 300,
    Interval.M15: 900,
    Interval.M30: 1_800,
    Interval.H1: 3_600,
    Interval.H4: 14_400,
    Interval.D1: 86_400,
    Interval.W1: 604_800,
    Interval.MO1: 2_592_000,
}

BAR_COLUMNS = ("time", "open", "high", "low", "close", "volume")


class BarRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which bars are wanted. `start` and `end` are nanoseconds since 1970 UTC, end exclusive."""

    interval: Interval = Interval.D1
    start: int
    end: int
    adjustment: Adjustment = Adjustment.SPLIT
    extended: bool = False
    """Include pre- and post-market."""


class CorporateAction(msgspec.Struct, frozen=True, kw_only=True):
    """A dividend or split. Time is the ex-date at 00:00 UTC in nanoseconds."""

    time: int
    kind: str
    """dividend or split."""
    value: float
    """Cash amount per share, or new shares per old share."""
    currency: str = ""


class Bars(msgspec.Struct, frozen=True, kw_only=True):
    """A bar series of one instrument from one source.

    `frame` has the columns of `BAR_COLUMNS`: `time` is Datetime("us", "UTC") at the bar's START (daily and longer
    bars: midnight UTC of the exchange date), prices and volume Float64; sorted by time, no duplicates, rows
    without any price left out. Single cells may be null.
    """

    key: str
    interval: Interval
    frame: pl.DataFrame
    provenance: Provenance
    decimals: int | None = None
    actions: tuple[CorporateAction, ...] = ()
    forming: bool = False
    """True where the last bar is not closed yet."""
