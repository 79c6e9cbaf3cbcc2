"""Where an answer came from: read from it, and written into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from financehub_tui.market.provenance import Provenance, Tier
from financehub_tui.market.quote import Trade

T = TypeVar("T")
PLAYED = (Tier.REPLAY, Tier.SIMULATED)


def origin(value: object) -> Provenance | None:
    """The provenance of a value or of the first of a list; trades name only their provider."""
    first = value[0] if isinstance(value, list) and value else value
    provenance = getattr(first, "provenance", None)
    if isinstance(provenance, Provenance):
        return provenance
    return Provenance(provider=first.provider, as_of=first.time) if isinstance(first, Trade) else None


def in_tier(value: T, tier: Tier) -> T:
    """A value as answered by a tier. What is replayed or simulated stays marked so; what has no origin, as it is."""
    provenance = getattr(value, "provenance", None)
    if not isinstance(value, msgspec.Struct) or not isinstance(provenance, Provenance) or provenance.tier in PLAYED:
        return value
    return msgspec.structs.replace(value, provenance=msgspec.structs.replace(provenance, tier=tier))


def noted(value: T, notes: Sequence[str]) -> T:
    """A value with notes added to its provenance; what has no origin, as it is."""
    provenance = getattr(value, "provenance", None)
    if not notes or not isinstance(value, msgspec.Struct) or not isinstance(provenance, Provenance):
        return value
    added = msgspec.structs.replace(provenance, notes=(*provenance.notes, *notes))
    return msgspec.structs.replace(value, provenance=added)
