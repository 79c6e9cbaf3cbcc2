"""How many decimals a venue quotes a price with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from financehub_tui.market.instrument import Instrument

MOST = 40
"""Decimals no venue has more of."""


def decimals_of(prices: Iterable[float]) -> int:
    """The most decimals any of the prices needs: the shortest text that gives the same float is what was sent."""
    most = 0
    for price in prices:
        mantissa, _, exponent = repr(price).partition("e")
        most = max(most, len(mantissa.partition(".")[2].rstrip("0")) - int(exponent or 0))
    return most


def shown_decimals(instrument: Instrument, prices: Sequence[float], least: int) -> int:
    """The instrument's; else as many as its prices show, but no more than give the largest six digits that count, or
    than `least` where that is more."""
    if instrument.decimals is not None:
        return instrument.decimals
    largest = max(map(abs, prices), default=0.0)
    readable = max(least, min(MOST, 5 - math.floor(math.log10(largest)))) if largest > 0 else least
    return min(readable, decimals_of(prices))


def tick_decimals(tick: Decimal | None) -> int | None:
    """Decimals of a tick size: 0.01 and 0.0500 have two, 1 and 10 none; None where there is no sensible tick size."""
    if tick is None or not tick.is_finite() or tick <= 0:
        return None
    exponent = tick.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) and abs(exponent) <= MOST else None
