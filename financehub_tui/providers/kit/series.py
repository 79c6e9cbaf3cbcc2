"""A frame of bars with what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Provenance

if TYPE_CHECKING:
    import polars as pl

_SHOWN = 50
"""The newest closes, from which the precision is read."""


def bars_of(
    instrument: Instrument,
    interval: Interval,
    frame: pl.DataFrame,
    until: int,
    origin: Callable[[int], Provenance],
    decimals: Callable[[Instrument, Sequence[float]], int],
) -> Bars:
    """A frame that holds something as a series of which the source knows what was `until` then (ns since 1970 UTC).

    A newest bar that ends later is forming. `origin` gets the instant the series is of, `decimals` the newest closes.
    """
    ends = int(frame["time"].dt.epoch("us")[-1]) * 1_000 + interval.seconds * NANOS
    return Bars(
        key=instrument.key,
        interval=interval,
        frame=frame,
        provenance=origin(min(ends, until)),
        decimals=decimals(instrument, [close for close in frame["close"].tail(_SHOWN) if close]),
        forming=ends > until,
    )
