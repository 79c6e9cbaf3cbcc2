"""The newest bar of an intraday chart, kept by the trades that came after the bars were fetched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS
from financehub_tui.widgets.chart.series import LiveBar

if TYPE_CHECKING:
    from financehub_tui.market.bars import Bars
    from financehub_tui.market.quote import Trade


class FormingBar:
    """Starts from the last bar of a series and takes trades, each once, in order of time."""

    def __init__(self, bars: Bars) -> None:
        self.key = bars.key
        self._length = bars.interval.seconds * NANOS
        self._seen = bars.provenance.as_of
        self._bar: LiveBar | None = None
        if bars.frame.height:
            last = bars.frame.row(-1, named=True)
            start = int(last["time"].timestamp()) * NANOS
            if last["close"] is not None:
                self._bar = LiveBar(
                    time=start,
                    open=last["open"],
                    high=last["high"],
                    low=last["low"],
                    close=last["close"],
                    volume=last["volume"] or 0.0,
                )

    def take(self, newest_first: Sequence[Trade]) -> LiveBar | None:
        """The bar after the trades not yet seen; None where there are none."""
        fresh = [trade for trade in newest_first if trade.time > self._seen]
        if not fresh:
            return None
        for trade in reversed(fresh):
            self._bar = self._with(trade)
        self._seen = fresh[0].time
        return self._bar

    def _with(self, trade: Trade) -> LiveBar:
        start = trade.time - trade.time % self._length
        bar = self._bar
        if bar is None or start > bar.time:
            price = trade.price
            return LiveBar(time=start, open=price, high=price, low=price, close=price, volume=trade.size)
        return LiveBar(
            time=bar.time,
            open=bar.open,
            high=max(bar.high, trade.price),
            low=min(bar.low, trade.price),
            close=trade.price,
            volume=bar.volume + trade.size,
        )
