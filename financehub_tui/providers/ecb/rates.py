"""A table of reference rates, and crosses from it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date

EURO = "EUR"


class RateTable:
    """Units of each currency per one euro, by publication day. A currency without a rate that day is absent."""

    def __init__(self, rates: Mapping[str, Mapping[date, float]] | None = None) -> None:
        self._rates: dict[str, dict[date, float]] = {code: dict(days) for code, days in (rates or {}).items()}

    def add(self, code: str, day: date, rate: float) -> None:
        """Set one rate. Raises ValueError for a rate that is not a positive finite number."""
        if not (math.isfinite(rate) and rate > 0):
            raise ValueError(f"rate {rate} of {code} on {day}")
        self._rates.setdefault(code, {})[day] = rate

    def merged(self, newer: RateTable) -> RateTable:
        """Both tables; where both have a day, the newer one counts."""
        codes = self._rates.keys() | newer._rates.keys()
        return RateTable({code: self._rates.get(code, {}) | newer._rates.get(code, {}) for code in codes})

    @property
    def last_day(self) -> date | None:
        """The newest publication day; None in an empty table."""
        return max((max(days) for days in self._rates.values() if days), default=None)

    def has(self, day: date) -> bool:
        """True where any currency has a rate on the day."""
        return any(day in days for days in self._rates.values())

    def cross(self, base: str, quote: str) -> list[tuple[date, float]]:
        """Units of `quote` per one `base`, rate(quote) / rate(base), on every day that has both, in order."""
        if base == EURO:
            return sorted(self._rates.get(quote, {}).items())
        under = self._rates.get(base, {})
        if quote == EURO:
            return sorted((day, 1 / rate) for day, rate in under.items())
        over = self._rates.get(quote, {})
        return sorted((day, over[day] / rate) for day, rate in under.items() if day in over)


def decimals(base: str, rates: Iterable[float]) -> int:
    """Decimals a series is written with.

    Rates against one euro have as many as the ECB writes; computed ones five significant digits and at least two
    decimals.
    """
    recent = list(rates)[-60:]
    if base == EURO:
        return max((_written(rate) for rate in recent), default=4)
    largest = max(recent, default=1.0)
    return max(2, 4 - math.floor(math.log10(largest)))


def _written(rate: float) -> int:
    return len(f"{rate:.10f}".rstrip("0").partition(".")[2])
