"""The words of a pane's footer: source, age, mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from financehub_tui.clock import NANOS
from financehub_tui.formats import age
from financehub_tui.market.provenance import Missing, Provenance, Reason

RANK = ("SIM", "REPLAY", "CACHED", "EOD", "DELAYED", "LIVE")
"""Marks from the one a user must know of most."""


def mark_of(sources: Sequence[Provenance | Missing], *, offline: bool) -> str:
    """The one word that is true of everything shown: the least live of its marks, or OFFLINE."""
    marks = {source.mark for source in sources if isinstance(source, Provenance)}
    worst = next((mark for mark in RANK if mark in marks), "")
    if offline and worst not in ("SIM", "REPLAY"):
        return "OFFLINE"
    return worst


def newest(sources: Sequence[Provenance | Missing]) -> int | None:
    """When the newest of the values was true, nanoseconds since 1970 UTC."""
    return max((s.as_of for s in sources if isinstance(s, Provenance) and s.as_of), default=None)


def providers_of(sources: Sequence[Provenance | Missing]) -> str:
    """The names of the providers, each once."""
    return ", ".join(dict.fromkeys(source.provider for source in sources if isinstance(source, Provenance)))


def credits_of(sources: Sequence[Provenance | Missing], attributions: Mapping[str, str]) -> str:
    """What the terms of the sources demand to be shown, each once."""
    named = dict.fromkeys(source.provider for source in sources if isinstance(source, Provenance))
    return "; ".join(attributions[provider] for provider in named if provider in attributions)


def age_of(sources: Sequence[Provenance | Missing], now: int) -> str:
    """`12s old`, by the newest value."""
    at = newest(sources)
    return f"{age(max(0, now - at) / NANOS)} old" if at else ""


def reasons_of(sources: Sequence[Provenance | Missing]) -> str:
    """How many values are missing, and why the first is: the number first, as the end is cut where room is short."""
    reasons = [source for source in sources if isinstance(source, Missing) and source.reason is not Reason.PENDING]
    if not reasons:
        return ""
    count = f"{len(reasons):,} " if len(reasons) > 1 else ""
    return f"{count}missing: {reasons[0]}"
