"""Several sources' closes of one bar: the median, who differs from it, and whose is taken."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

import msgspec

BASIS = 10_000.0


class Vote(msgspec.Struct, frozen=True):
    """What the sources agree on. `chosen` is empty where nobody has a value."""

    chosen: str
    why: str
    spread: float | None
    """Highest less lowest, in basis points of the lowest; None with fewer than two values."""


def deviation(value: float | None, middle: float | None) -> float | None:
    """Basis points by which a value is above another; None where either is missing or the other is nought."""
    return None if value is None or not middle else BASIS * (value - middle) / abs(middle)


def vote(values: Mapping[str, float | None], within: float) -> Vote:
    """The first source, in the order given, whose value is within so many basis points of the median of all."""
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        return Vote("", "no source has a value", None)
    first = next(iter(known))
    if len(known) == 1:
        return Vote(first, "the only source with a value: nothing to compare", None)
    middle = median(known.values())
    agreeing = [name for name, value in known.items() if abs(deviation(value, middle) or 0.0) <= within]
    spread = deviation(max(known.values()), min(known.values()))
    if not agreeing:
        return Vote(first, f"first in order; none is within {within:g} bp of the median of {len(known)}", spread)
    why = f"first of {len(agreeing)} within {within:g} bp of the median of {len(known)}"
    return Vote(agreeing[0], why if agreeing[0] == first else f"{first} differs; {why}", spread)
