"""How far one source's value is from another's, and what sources do not have."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from financehub_tui.market.provenance import Missing

BASIS = 10_000.0


def deviation(value: float | None, middle: float | None) -> float | None:
    """Basis points by which a value is above another; None where either is missing or the other is nought."""
    return None if value is None or not middle else BASIS * (value - middle) / abs(middle)


def missing_of(answers: Mapping[str, object]) -> list[Missing]:
    """Why sources (by title) have nothing, with their names; the same reason once."""
    told: dict[Missing, list[str]] = {}
    for name, answer in answers.items():
        if isinstance(answer, Missing):
            told.setdefault(answer, []).append(name)
    return [replace(one, detail=f"{', '.join(names)}: {one.detail}") for one, names in told.items()]
