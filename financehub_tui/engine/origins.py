"""Which tier answered, written into what was answered."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from financehub_tui.market.provenance import Provenance, Tier

T = TypeVar("T")
PLAYED = (Tier.REPLAY, Tier.SIMULATED)


def in_tier(value: T, tier: Tier) -> T:
    """A value as answered by a tier. What is replayed or simulated stays marked so; what has no origin, as it is."""
    provenance = getattr(value, "provenance", None)
    if not isinstance(value, msgspec.Struct) or not isinstance(provenance, Provenance) or provenance.tier in PLAYED:
        return value
    return msgspec.structs.replace(value, provenance=msgspec.structs.replace(provenance, tier=tier))
