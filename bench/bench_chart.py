"""A candle chart of 150 bars on 160 x 40 cells with axes, volume and two studies, beside plotext's of the same."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from textual.app import ComposeResult
from textual.geometry import Region

from bench.figures import Figure
from financehub_tui.analytics.indicators import study
from financehub_tui.clock import to_nanos
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Provenance
from financehub_tui.report.blocks import Chart, ChartStyle
from financehub_tui.widgets.chart.raster import Look, draw
from financehub_tui.widgets.chart.series import LiveBar, series
from financehub_tui.widgets.chart.view import ChartView, picture_strip
from financehub_tui.widgets.live import LiveApp
from financehub_tui.widgets.palette import default_palette

BARS, WIDTH, HEIGHT = 150, 160, 40
ROUNDS = 15
PEER = "5.3.2"
"""plotext 6 is another program."""


def chart() -> Chart:
    """A random walk with SMA20 and EMA50 over it."""
    rng = np.random.default_rng(7)
    close = 150 + np.cumsum(rng.normal(0, 1, BARS))
    opened = np.concatenate(([150.0], close[:-1]))
    times = [datetime(2017, 9, 1, tzinfo=UTC) + timedelta(days=place) for place in range(BARS)]
    frame = pl.DataFrame(
        {
            "time": pl.Series(times, dtype=pl.Datetime("us", "UTC")),
            "open": opened,
            "high": np.maximum(opened, close) + np.abs(rng.normal(0, 0.5, BARS)),
            "low": np.minimum(opened, close) - np.abs(rng.normal(0, 0.5, BARS)),
            "close": close,
            "volume": rng.integers(1_000, 9_000, BARS) * 1.0,
        }
    )
    bars = Bars(key="AAPL", interval=Interval.D1, frame=frame, provenance=Provenance(provider="bench"), decimals=2)
    overlays = (study("SMA20", frame), study("EMA50", frame))
    return Chart(title="AAPL", bars=bars, style=ChartStyle.CANDLE, overlays=overlays)


def run() -> list[Figure]:
    """Milliseconds of a full redraw beside plotext, and what one live bar costs."""
    shown = chart()
    peer = _plotext(shown)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_milliseconds(lambda: _redraw(shown)))
        if peer:
            theirs.append(_milliseconds(peer))
    value = statistics.median(ours)
    peer_value = statistics.median(theirs) if theirs else None
    regions, cells, live = asyncio.run(_live_bar(shown))
    return [
        _own("chart: full redraw, 150 candles, 2 studies", value, "ms", 5, f"plotext {PEER}", peer_value),
        _own("chart: one live bar, regions refreshed", regions, "regions", 60),
        _own("chart: one live bar, cells of the picture refreshed", cells, "cells", None),
        _own("chart: one live bar, time", live, "ms", 5),
    ]


def _own(
    name: str, value: float, unit: str, goal: float | None, peer: str = "", peer_value: float | None = None
) -> Figure:
    return Figure(
        name=name, value=value, unit=unit, row=2, peer=peer, peer_value=peer_value, goal=goal, goal_on="value",
        ratio=value / peer_value if peer_value else None, lower_is_better=True,
    )  # fmt: skip


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1_000 * (time.perf_counter() - began)


def _redraw(shown: Chart) -> list[object]:
    """Arrays from the frame, picture, strips: nothing kept from the last time."""
    palette = default_palette()
    picture = draw(series(shown), Look(style=ChartStyle.CANDLE), WIDTH, HEIGHT)
    return [picture_strip(row, palette) for row in picture.canvas.rows()]


def _plotext(shown: Chart) -> Callable[[], object] | None:
    import plotext

    if getattr(plotext, "__version__", "") != PEER:
        return None
    frame: Any = shown.bars.frame
    dates = [moment.strftime("%d/%m/%Y") for moment in frame["time"]]
    data = {name.capitalize(): frame[name].to_list() for name in ("open", "close", "high", "low")}
    lines = [next(iter(overlay.lines.values())).drop_nulls().to_list() for overlay in shown.overlays]

    def draw_once() -> object:
        plotext.clear_figure()
        plotext.plotsize(WIDTH, HEIGHT)
        plotext.candlestick(dates, data)
        for line in lines:
            plotext.plot(dates[-len(line) :], line, marker="braille")
        return plotext.build()

    return draw_once


class _App(LiveApp[None]):
    CSS = "ChartView { width: 1fr; height: 1fr; }"

    def __init__(self, shown: Chart) -> None:
        super().__init__()
        self.shown = shown

    def compose(self) -> ComposeResult:
        yield ChartView(self.shown)


async def _live_bar(shown: Chart) -> tuple[float, float, float]:
    """Regions and cells of the picture marked by one changed bar, and the time to do it."""
    app = _App(shown)
    last = shown.bars.frame.row(-1, named=True)
    async with app.run_test(size=(WIDTH, HEIGHT + 2)):
        view = app.query_one(ChartView)
        for y in range(view.size.height):
            view.render_line(y)
        marked: list[list[Region]] = []
        view.refresh = lambda *regions, **_: marked.append(list(regions))
        times = []
        for place in range(ROUNDS):
            close = last["close"] + (0.3 if place % 2 else -0.3)
            bar = LiveBar(
                time=to_nanos(last["time"]),
                open=last["open"],
                high=max(last["high"], close),
                low=min(last["low"], close),
                close=close,
                volume=last["volume"],
            )
            times.append(_milliseconds(lambda bar=bar: view.update_last(bar)))
        picture = [sum(region.area for region in regions[2:]) for regions in marked]
        return max(map(len, marked)), statistics.median(picture), statistics.median(times)


if __name__ == "__main__":
    for row in run():
        print(row.line())
