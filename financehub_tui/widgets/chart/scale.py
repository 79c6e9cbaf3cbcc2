"""From prices to rows, and round prices for an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

HEADROOM = 0.05
"""Part of the range left free at the top and at the bottom, so that a live price seldom moves the scale."""

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LOG_DIGITS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0))
_LOG_FROM = 10.0
"""A log axis that spans less than this factor has evenly spaced prices: powers would give few labels or none."""

_LEAST_LOG = 1e-100
"""No price is so small; logarithms of smaller numbers run out of precision."""

_LEAST_GAP = 2
"""Rows between labels."""


@dataclass(frozen=True)
class Scale:
    """A vertical axis from `low` at the bottom to `high` at the top, over `rows` rows."""

    low: float
    high: float
    rows: int
    log: bool = False

    @classmethod
    def around(cls, low: float, high: float, rows: int, *, log: bool = False, headroom: float = HEADROOM) -> Scale:
        """An axis that shows `low` to `high`. A log axis needs prices above zero and is linear otherwise."""
        if not (math.isfinite(low) and math.isfinite(high)):
            low, high = 0.0, 1.0
        if low == high:
            spread = abs(low) * 0.01 or 1.0
            low, high = low - spread, high + spread
        if log and low > _LEAST_LOG:
            factor = math.exp((math.log(high) - math.log(low)) * headroom)
            return cls(low / factor, high * factor, max(1, rows), log=True)
        room = (high - low) * headroom
        return cls(low - room, high + room, max(1, rows))

    def row(self, prices: Floats) -> Floats:
        """Distance from the top in rows, 0 to `rows` for prices on the axis; NaN stays NaN."""
        import numpy as np

        if not self.log:
            return np.asarray((self.high - prices) * (self.rows / (self.high - self.low)), dtype=np.float64)
        safe = np.where(prices > 0, prices, np.nan)
        return np.asarray((math.log(self.high) - np.log(safe)) * (self.rows / self._span), dtype=np.float64)

    @property
    def _span(self) -> float:
        # A difference of logarithms, since the quotient may overflow.
        return math.log(self.high) - math.log(self.low)

    def at(self, price: float) -> int:
        """The row of one price, held inside the axis."""
        if not math.isfinite(price) or (self.log and price <= 0):
            return self.rows - 1
        if self.log:
            part = (math.log(self.high) - math.log(price)) / self._span
        else:
            part = (self.high - price) / (self.high - self.low)
        return max(0, min(self.rows - 1, math.floor(part * self.rows)))

    def price(self, row: float) -> float:
        """The price at a distance of `row` rows from the top."""
        part = row / self.rows
        if self.log:
            return self.high * math.exp(-part * self._span)
        return self.high - part * (self.high - self.low)

    def holds(self, low: float, high: float) -> bool:
        """True where both prices are on the axis."""
        return self.low <= low and high <= self.high

    def ticks(self, most: int) -> list[float]:
        """Round prices on the axis, rising, about `most` of them at the most and two where there is room."""
        if self.log and self.high / self.low > _LOG_FROM:
            return self._powers(most)
        step = nice_step((self.high - self.low) / max(1, most))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return self._apart([round(number * step, 12) + 0.0 for number in range(first, last + 1)])

    def _apart(self, ticks: list[float]) -> list[float]:
        """Without those that a log axis would crowd at its upper end."""
        if not self.log:
            return ticks
        kept: list[float] = []
        for tick in ticks:
            if not kept or self.at(kept[-1]) - self.at(tick) >= _LEAST_GAP:
                kept.append(tick)
        return kept

    def _powers(self, most: int) -> list[float]:
        lowest, highest = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        best: list[float] = []
        for digits in (*_LOG_DIGITS, (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)):
            made = [digit * 10.0**power for power in range(lowest, highest + 1) for digit in digits]
            made = [price for price in made if self.low <= price <= self.high]
            if len(made) > most and best:
                break
            best = made
        return best[:: max(1, -(-len(best) // max(1, most)))]


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `least`."""
    if not math.isfinite(least) or least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return power * next((step for step in _STEPS if step * power >= least * (1 - 1e-9)), 10.0)


def step_decimals(ticks: list[float]) -> int:
    """Decimals that tell neighbouring ticks apart and write each exactly, 8 at the most."""
    for decimals in range(9):
        if all(math.isclose(round(tick, decimals), tick, rel_tol=1e-9, abs_tol=1e-12) for tick in ticks):
            return decimals
    return 8
