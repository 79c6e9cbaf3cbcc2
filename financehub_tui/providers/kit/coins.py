"""Coins that share a ticker: which one is meant, and when nobody can tell."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

DOMINANCE = 4
"""The best rank wins where the next coin of that ticker is at least this many times further down, or has no rank."""


class Coin(msgspec.Struct, frozen=True, kw_only=True):
    """A coin as a catalogue of coins lists it."""

    id: str
    symbol: str
    name: str = ""
    rank: int | None = None
    """Place by market value, 1 the largest; None where it has none."""


def meant(coins: Iterable[Coin]) -> Coin | None:
    """The coin a ticker stands for: the only one, or the one that dwarfs all others; None where it is ambiguous.

    Market value falls steeply with rank, so a coin four times further down is worth a small part of the first.
    """
    ordered = sorted(coins, key=lambda coin: (coin.rank is None, coin.rank or 0))
    if len(ordered) <= 1:
        return ordered[0] if ordered else None
    first, second = ordered[0].rank, ordered[1].rank
    if first is None or (second is not None and second < DOMINANCE * first):
        return None
    return ordered[0]
