"""Time and sales without a screen: a ring of the newest trades, filtered, which can be held still."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from financehub_tui.market.quote import Side, Trade

_LARGE = 5.0
"""A trade is large from this many times the mean size of the trades kept."""
_ENOUGH = 20
"""Trades before which no mean is taken."""


class Recap(NamedTuple):
    """Trades taken together."""

    number: int
    volume: float
    vwap: float | None
    """Sum of price times size over the sum of sizes."""
    bought: float | None
    """Share of the volume, 0 to 1, of trades whose buyer took the initiative; None where no side is known."""


class TapeModel:
    """The newest trades, newest first. `large` is the size from which a trade is marked; None: by the mean."""

    def __init__(self, capacity: int = 1_000, *, min_size: float = 0.0, large: float | None = None) -> None:
        self._ring: deque[Trade] = deque(maxlen=capacity)
        self._sum = 0.0
        self.min_size = min_size
        self.large = large
        self.paused = False
        self.unseen = 0
        """Trades that came in while paused."""
        self.version = 0
        """Differs whenever `trades` does."""
        self._held: tuple[Trade, ...] = ()

    @property
    def kept(self) -> int:
        """Trades kept, small ones too."""
        return len(self._held if self.paused else self._ring)

    def add(self, trades: Iterable[Trade]) -> None:
        """Take trades in order of time, oldest first."""
        for trade in trades:
            if len(self._ring) == self._ring.maxlen:
                self._sum -= self._ring[-1].size
            self._ring.appendleft(trade)
            self._sum += trade.size
            if self.paused:
                self.unseen += 1
            elif trade.size >= self.min_size:
                self.version += 1

    def trades(self, count: int, skip: int = 0) -> list[Trade]:
        """Up to `count` trades, newest first, after `skip` of them; as they were when paused."""
        shown: list[Trade] = []
        source = self._held if self.paused else self._ring
        for trade in source:
            if trade.size < self.min_size:
                continue
            if skip:
                skip -= 1
                continue
            shown.append(trade)
            if len(shown) == count:
                break
        return shown

    def pause(self, on: bool) -> None:
        """Hold the picture still, or show what has come in since."""
        if on == self.paused:
            return
        self.paused, self.unseen = on, 0
        self._held = tuple(self._ring) if on else ()
        self.version += 1

    def filter(self, min_size: float) -> None:
        """Leave out trades smaller than this."""
        self.min_size = max(0.0, min_size)
        self.version += 1

    def clear(self) -> None:
        """Forget everything: another instrument."""
        self._ring.clear()
        self._sum, self._held, self.unseen, self.paused = 0.0, (), 0, False
        self.version += 1

    def recap(self) -> Recap:
        """The trades kept, those below the least size left out."""
        count = 0
        volume = worth = bought = sold = 0.0
        for trade in self._held if self.paused else self._ring:
            if trade.size < self.min_size:
                continue
            count, volume, worth = count + 1, volume + trade.size, worth + trade.size * trade.price
            if trade.side is Side.BUY:
                bought += trade.size
            elif trade.side is Side.SELL:
                sold += trade.size
        sided = bought + sold
        return Recap(count, volume, worth / volume if volume else None, bought / sided if sided else None)

    @property
    def mean_size(self) -> float | None:
        """Mean size of the trades kept; None while they are too few."""
        return self._sum / len(self._ring) if len(self._ring) >= _ENOUGH else None

    def is_large(self, trade: Trade) -> bool:
        """Whether the trade is to be marked."""
        mean = self.mean_size
        threshold = self.large if self.large is not None else None if mean is None else _LARGE * mean
        return threshold is not None and trade.size >= threshold
