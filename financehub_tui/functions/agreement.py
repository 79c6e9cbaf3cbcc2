"""Several sources' values of one thing: the median, who differs from it, and whose value is taken."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

import msgspec

from financehub_tui.market.provenance import Delay, Missing
from financehub_tui.market.quote import Quote

BASIS = 10_000.0
TOLERANCE = {"previous_close": 5.0, "open": 20.0, "high": 20.0, "low": 20.0}
"""Basis points by which a field may differ from the median and still agree."""
USUAL = 20.0
"""Of prices that move while they are fetched."""


class Vote(msgspec.Struct, frozen=True):
    """What the sources agree on. `chosen` is empty where nobody has a value."""

    median: float | None
    chosen: str
    why: str
    confidence: float
    """Share of the sources that have a value and agree with the chosen one; 0 with none, and with one alone."""
    spread: float | None
    """Highest less lowest, in basis points of the median."""


def comparable(answers: Mapping[str, Quote | Missing]) -> dict[str, Quote]:
    """Quotes that speak of the same moment and money: in the first one's currency, and none of the day before beside
    live ones."""
    quotes = {name: answer for name, answer in answers.items() if isinstance(answer, Quote)}
    live = {name: quote for name, quote in quotes.items() if _delay(quote) in (Delay.REALTIME, Delay.DELAYED)}
    chosen = live or quotes
    currency = next((currency_of(quote) for quote in chosen.values()), "")
    return {name: quote for name, quote in chosen.items() if currency_of(quote) == currency}


def currency_of(quote: Quote) -> str:
    """ISO code or unit; empty where the source does not say."""
    return quote.provenance.currency if quote.provenance else ""


def _delay(quote: Quote) -> Delay:
    return quote.provenance.delay if quote.provenance else Delay.REALTIME


def tolerance(field: str) -> float:
    """Basis points."""
    return TOLERANCE.get(field, USUAL)


def deviation(value: float | None, middle: float | None) -> float | None:
    """Basis points by which a value is above the median; None where either is missing or the median is nought."""
    return None if value is None or not middle else BASIS * (value - middle) / abs(middle)


def vote(values: Mapping[str, float | None], within: float) -> Vote:
    """The first source, in the order given, whose value agrees with the median of all."""
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        return Vote(None, "", "no source has a value", 0.0, None)
    middle = median(known.values())
    first = next(iter(known))
    if len(known) == 1:
        return Vote(middle, first, "the only source with a value: nothing to compare", 0.0, None)
    agreeing = [name for name, value in known.items() if abs(deviation(value, middle) or 0.0) <= within]
    chosen = agreeing[0] if agreeing else first
    spread = deviation(max(known.values()), min(known.values()))
    why = f"first of {len(agreeing)} within {within:g} bp of the median of {len(known)}"
    if not agreeing:
        why = f"first in order; none is within {within:g} bp of the median of {len(known)}"
    elif chosen != first:
        why = f"{first} differs; {why}"
    return Vote(middle, chosen, why, len(agreeing) / len(known), spread)
