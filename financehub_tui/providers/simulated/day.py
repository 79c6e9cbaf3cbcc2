"""One instrument's day at any instant: last price, best bid and ask, ladder, bars; nothing is played from the start."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from financehub_tui.clock import NANOS
from financehub_tui.providers.simulated.path import DailyBar, Grain, Hours, Trades

if TYPE_CHECKING:
    import polars as pl

REFRESH = 2 * NANOS
"""How often sizes at the best prices change without a trade."""
LEVEL_LIFE = 8 * NANOS
"""How long a price level keeps its size."""
_MASK = (1 << 64) - 1


def chance(*parts: int) -> float:
    """A number in [0, 1) that is always the same for the same parts (SplitMix64, Steele et al. 2014)."""
    state = 0x9E3779B97F4A7C15
    for part in parts:
        state = (state + part) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return (state >> 11) / (1 << 53)


class Top(NamedTuple):
    """Best bid and ask."""

    bid: float
    bid_size: float
    ask: float
    ask_size: float


class Day:
    """The trades of one instrument on one day, and what follows from them."""

    __slots__ = ("_size_scale", "bar", "grain", "hours", "seed", "spread", "trades")

    def __init__(self, seed: int, bar: DailyBar, hours: Hours, grain: Grain, trades: Trades) -> None:
        self.seed = seed
        self.bar = bar
        self.hours = hours
        self.grain = grain
        self.trades = trades
        tick = 10.0**-grain.decimals
        points = 0.6 + 2_500 / bar.volume**0.5 if grain.lot > 1 and bar.volume else 1.0
        self.spread = max(1, round(bar.close * points / 10_000 / tick))
        """Usual distance of bid and ask, in steps of the price."""
        self._size_scale = max(grain.lot, 1.0) if grain.lot else max(bar.volume / len(self.trades.times), 1e-4)

    def index(self, instant: int) -> int:
        """Position of the last trade at an instant; -1 before the first."""
        return int(self.trades.times.searchsorted(instant, side="right")) - 1

    def next_change(self, at: int, instant: int) -> int | None:
        """When a quote may differ next, after trade `at`; None once the day is over."""
        if instant >= self.hours.end:
            return None
        slot = (instant // REFRESH + 1) * REFRESH + self.seed % REFRESH
        following = int(self.trades.times[at + 1]) if at + 1 < len(self.trades.times) else self.hours.end
        return min(following, slot)

    def top(self, at: int, instant: int) -> Top:
        """Best bid and ask after trade `at`: the trade was at the ask where the buyer came to the seller."""
        tick = 10.0**-self.grain.decimals
        price = float(self.trades.prices[at])
        wide = self.spread + int(self.spread * chance(self.seed, at))
        slot = (instant - self.seed % REFRESH) // REFRESH
        if chance(self.seed, slot, 1) < 0.2:
            wide += max(1, self.spread // 3)
        buy = bool(self.trades.buys[at])
        bid = round(price - wide * tick if buy else price, self.grain.decimals)
        ask = round(price if buy else price + wide * tick, self.grain.decimals)
        return Top(bid, self.size(at, slot, 2), ask, self.size(at, slot, 3))

    def size(self, *parts: int) -> float:
        """A log-normal size in whole lots."""
        spread = chance(self.seed, *parts) + chance(self.seed, *parts, 7) + chance(self.seed, *parts, 8) - 1.5
        size = self._size_scale * math.exp(1.4 + 1.8 * spread)
        return float(max(1, round(size / self._size_scale)) * self._size_scale) if self.grain.lot else round(size, 4)

    def ladder(self, at: int, instant: int, depth: int) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """(bids from the highest down, asks from the lowest up) as (price, size): sizes grow with the distance."""
        top = self.top(at, instant)
        tick = 10.0**-self.grain.decimals
        step = max(1, self.spread // 4)
        bids, asks = [(top.bid, top.bid_size)], [(top.ask, top.ask_size)]
        for level in range(1, depth):
            bids.append(self._level(round(top.bid / tick) - level * step, level, instant, tick))
            asks.append(self._level(round(top.ask / tick) + level * step, level, instant, tick))
        return [bid for bid in bids if bid[0] > 0], asks

    def _level(self, steps: int, level: int, instant: int, tick: float) -> tuple[float, float]:
        """Each price keeps its size for a while, and changes at its own time."""
        phase = int(chance(self.seed, steps) * LEVEL_LIFE)
        size = self.size(steps, (instant + phase) // LEVEL_LIFE) * min(4.0, 1.0 + 0.25 * level)
        if self.grain.lot:
            size = round(size / self._size_scale) * self._size_scale
        return round(steps * tick, self.grain.decimals), round(size, 4)

    def minutes(self, until: int) -> pl.DataFrame:
        """One-minute bars of what was traded before an instant, as a bar frame."""
        from financehub_tui.engine.bars import minute_frame

        end = self.index(until) + 1
        return minute_frame(self.trades.times[:end], self.trades.prices[:end], self.trades.sizes[:end])

    def closes(self, until: int, count: int) -> list[tuple[int, float]]:
        """(minute start, last price in it) of the newest minutes before an instant, oldest first."""
        import numpy as np

        end = self.index(until) + 1
        if end <= 0:
            return []
        minutes = self.trades.times[:end] // (60 * NANOS)
        last = np.flatnonzero(np.r_[minutes[1:] != minutes[:-1], True])[-count:]
        pairs = zip(minutes[last].tolist(), self.trades.prices[:end][last].tolist(), strict=True)
        return [(minute * 60 * NANOS, price) for minute, price in pairs]
