"""Bars for a call: period, interval and adjustment as typed, with room for studies to warm up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import NANOS, to_datetime
from financehub_tui.functions.periods import resolve
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.provenance import Adjustment

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk
    from financehub_tui.market.instrument import Instrument
    from financehub_tui.report.blocks import Overlay

WARM_UP = 260
"""Bars loaded before the period so that a study is defined from its first day."""


async def load_bars(
    desk: Desk,
    instrument: Instrument,
    call: Call,
    *,
    default_period: str,
    default_interval: Interval,
    warm_up: int = 0,
) -> Bars:
    """Bars of one instrument for a call's tails. Raises DataMissingError, CommandError."""
    start, end = resolve(call.period, desk.clock.now(), default_period)
    interval = call.interval or default_interval
    # Weekends and holidays: 260 daily bars take about 377 calendar days.
    lead = int(warm_up * interval.seconds * (1.5 if interval is Interval.D1 else 4 if interval.intraday else 1))
    words = {word.upper() for word in call.words}
    adjustment = Adjustment.NONE if "RAW" in words else Adjustment.SPLIT_DIVIDEND if "TR" in words else Adjustment.SPLIT
    request = BarRequest(
        interval=interval,
        start=max(start - lead * NANOS, -(2**62)),
        end=end,
        adjustment=adjustment,
        extended="PRE" in words,
    )
    return await desk.bars(instrument, request)


def with_studies(bars: Bars, names: tuple[str, ...], start: int) -> tuple[Bars, tuple[Overlay, ...]]:
    """Studies computed on all bars, then bars and studies cut to what starts at `start`. Raises CommandError."""
    import polars as pl

    from financehub_tui.analytics.indicators import study

    overlays = [study(name, bars.frame) for name in names]
    keep = bars.frame["time"] >= to_datetime(start)
    cut = tuple(
        msgspec.structs.replace(overlay, lines={name: line.filter(keep) for name, line in overlay.lines.items()})
        for overlay in overlays
    )
    frame: pl.DataFrame = bars.frame.filter(keep)
    return msgspec.structs.replace(bars, frame=frame), cut
