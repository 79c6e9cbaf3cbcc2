"""Kraken's checksum of a book, by which a lost change is noticed.

CRC32 over the ten best asks from the lowest up, then the ten best bids from the highest down; of each its price and
quantity, written with the pair's fixed number of decimals, without the dot and without leading zeros.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from zlib import crc32

from financehub_tui.providers.kit.precision import tick_decimals

LEVELS = 10
MOST_DECIMALS = 16
"""More than any pair has."""

Precision = tuple[int, int]
"""Decimals of price and quantity."""
Written = str | Decimal
"""A number with the digits that were sent."""
Row = tuple[Written, Written]
"""Price and quantity."""


def digits(price: Written, quantity: Written, precision: Precision) -> str:
    """A level as the checksum wants it: 0.05000 and 0.00000500 with (5, 8) are 5000 and 500."""
    return _fixed(str(price), precision[0]) + _fixed(str(quantity), precision[1])


def checksum(asks: Sequence[str], bids: Sequence[str]) -> int:
    """The checksum of the best levels, each as its digits, best first."""
    return crc32("".join((*asks[:LEVELS], *bids[:LEVELS])).encode())


def proven_precision(asks: Sequence[Row], bids: Sequence[Row], wanted: int) -> Precision | None:
    """The decimals with which these levels, best first, give the wanted checksum; None where none do.

    JSON numbers drop trailing zeros, so that levels alone do not tell their precision, but the checksum proves it.
    """
    best = [*asks[:LEVELS], *bids[:LEVELS]]
    if not best:
        return None
    for prices in range(_shown(price for price, _ in best), MOST_DECIMALS + 1):
        for quantities in range(_shown(quantity for _, quantity in best), MOST_DECIMALS + 1):
            text = "".join(digits(price, quantity, (prices, quantities)) for price, quantity in best)
            if crc32(text.encode()) == wanted:
                return prices, quantities
    return None


def _fixed(number: str, decimals: int) -> str:
    if "e" in number or "E" in number:
        number = f"{Decimal(number):f}"
    whole, _, fraction = number.partition(".")
    return (whole + fraction[:decimals].ljust(decimals, "0")).lstrip("0")


def _shown(values: Iterable[Written]) -> int:
    return max((tick_decimals(Decimal(value)) or 0 for value in values), default=0)
