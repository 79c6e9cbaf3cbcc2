"""How far one source's value is from another's."""

from __future__ import annotations

BASIS = 10_000.0


def deviation(value: float | None, middle: float | None) -> float | None:
    """Basis points by which a value is above another; None where either is missing or the other is nought."""
    return None if value is None or not middle else BASIS * (value - middle) / abs(middle)
