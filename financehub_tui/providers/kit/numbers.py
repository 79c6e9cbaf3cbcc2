"""Numbers of wire types: what JSON or a text calls a number, and no infinity nor NaN."""

from __future__ import annotations

from typing import Annotated

import msgspec

_LARGEST = 1.7e308

Number = Annotated[float, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]
"""Finite, of any sign: a text such as NaN, which would pass as a float, is refused."""
Positive = Annotated[float, msgspec.Meta(ge=0.0, le=_LARGEST)]
"""Finite and not below zero: prices of shares and coins, sizes, volumes."""


def figure(value: float | str | None) -> float | None:
    """A number, None where an empty text or nothing stands in its place."""
    return value if isinstance(value, float) else None
