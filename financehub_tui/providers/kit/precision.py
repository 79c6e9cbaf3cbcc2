"""How many decimals a venue quotes a price with."""

from __future__ import annotations

import math
from collections.abc import Iterable
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


def shown_decimals(instrument: Instrument, prices: Iterable[float], most: int) -> int:
    """The instrument's, or as many as its prices show, but no more than a source means."""
    return min(most, decimals_of(prices)) if instrument.decimals is None else instrument.decimals


def readable_decimals(prices: Iterable[float], least: int) -> int:
    """Decimals with which the largest price has six digits that count, but at least so many."""
    largest = max(map(abs, prices), default=0.0)
    return max(least, min(MOST, 5 - math.floor(math.log10(largest)))) if largest > 0 else least


def tick_decimals(tick: Decimal | None) -> int | None:
    """Decimals of a tick size: 0.01 and 0.0500 have two, 1 and 10 none; None where there is no sensible tick size."""
    if tick is None or not tick.is_finite() or tick <= 0:
        return None
    exponent = tick.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) and abs(exponent) <= MOST else None
