"""Several providers' values of one field, checked against each other.

Method:
- Each value has a weight: 1 for real time, 1/2 for delayed, 1/4 for values of the day, halved for every 10 minutes of
  age.
- The centre is the weighted median: a wrong source that has less than half of the weight does not move it out of the
  others' range, however wrong it is.
- A value agrees where it differs from the centre by no more than the field's tolerance plus a drift: prices move
  while they age, by about 8 basis points in a minute and with the square root of time (a volatility of 60 % a year).
  A delayed value counts as 15 minutes older than it says.
- Where only one value agrees and it has less than three quarters of the weight, it is one source's word against
  another's: then the plain median is the centre, and one value that agrees with it is none.
- The agreed value is the centre, and none where no value agrees with it: two sources that contradict each other agree
  on nothing.
- Confidence = (weight that agrees / all weight) x (1 - 1/4^(k-1)), k the number of values that agree: nothing with one
  source or where two contradict each other, 0.75 where two agree, 0.94 where three do.

Nothing is hidden: every finding names its source and all values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import copysign, inf, isfinite, sqrt
from statistics import median

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.market.provenance import Delay, Missing
from financehub_tui.market.quote import Quote

BASIS = 10_000.0
TOLERANCE = {"previous_close": 5.0, "market_cap": 100.0, "volume": 2_500.0, "quote_volume": 2_500.0}
"""Basis points. Volumes and market values differ by what each source counts: venues, coins in circulation."""
USUAL = 20.0
DRIFT = 8.0
"""Basis points in the first minute."""
LONGEST_DRIFT = 7 * 24 * 60.0
"""Minutes after which a value may differ no more: a price of years ago does not agree with whatever there is now."""
STEADY = ("previous_close",)
"""Fields that do not move with time."""
HALF_LIFE = 600.0
"""Seconds."""
OUTWEIGHS = 0.75
"""Share of the weight with which one source needs no other."""
LATE = 900.0
"""Seconds a delayed value is older than it says."""
_WEIGHT = {Delay.REALTIME: 1.0, Delay.DELAYED: 0.5, Delay.REFERENCE: 0.25, Delay.END_OF_DAY: 0.25}
SCALES = (100.0, 1_000.0, 1e6)
"""How many times one unit is another: pence, thousands, millions."""
_NEAR_SCALE = 0.05


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one provider says of the field."""

    provider: str
    value: float | None
    age: float = 0.0
    """Seconds since the value was true."""
    delay: Delay = Delay.REALTIME


class FindingKind(StrEnum):
    """What is wrong with a value."""

    DISAGREES = "disagrees"
    SCALE = "wrong scale"
    """About 100, 1,000 or 1,000,000 times another source's value, or that part of it: another unit."""
    ABSENT = "no value"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One value that stands out."""

    kind: FindingKind
    provider: str
    deviation: float | None
    """Basis points above the weighted median."""
    detail: str
    """One line with every source's value."""


class CrossCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for one field."""

    field: str
    agreed: float | None
    confidence: float
    """0 to 1."""
    agreeing: tuple[str, ...]
    findings: tuple[Finding, ...]
    readings: tuple[Reading, ...]


def crosscheck(
    field: str, readings: Sequence[Reading], *, tolerance: float | None = None, drift: float | None = None
) -> CrossCheck:
    """Check the values of a field against each other. `tolerance` in basis points, `drift` in those of one minute."""
    allowed = TOLERANCE.get(field, USUAL) if tolerance is None else tolerance
    moving = (0.0 if field in STEADY else DRIFT) if drift is None else drift
    known = [(reading, value) for reading in readings if (value := _finite(reading.value)) is not None]

    def agreeing_with(centre: float) -> list[Reading]:
        return [
            reading
            for reading, value in known
            if abs(_deviation(value, centre)) <= allowed + moving * sqrt(_minutes(reading))
        ]

    centre = _weighted_median([(value, _weight(reading)) for reading, value in known]) if known else None
    agreeing = agreeing_with(centre) if centre is not None else []
    if _contested(agreeing, known):
        centre = median(value for _, value in known)
        agreeing = agreeing_with(centre)
        agreeing = agreeing if len(agreeing) > 1 else []
    names = {reading.provider for reading in agreeing}
    return CrossCheck(
        field=field,
        agreed=centre if agreeing else None,
        confidence=_confidence(agreeing, [reading for reading, _ in known]),
        agreeing=tuple(reading.provider for reading in agreeing),
        findings=tuple(
            _finding(field, reading, centre, readings) for reading in readings if reading.provider not in names
        ),
        readings=tuple(readings),
    )


def _contested(agreeing: Sequence[Reading], known: Sequence[tuple[Reading, float]]) -> bool:
    """True where the weighted median is one source's word against others of some weight."""
    if len(known) < 2 or len(agreeing) > 1:
        return False
    return sum(map(_weight, agreeing)) < OUTWEIGHS * sum(_weight(reading) for reading, _ in known)


def _finding(field: str, reading: Reading, centre: float | None, readings: Sequence[Reading]) -> Finding:
    """What is wrong with a value that does not agree."""
    shown = ", ".join(f"{one.provider} {_text(one.value)}" for one in readings)
    value = _finite(reading.value)
    if value is None or centre is None:
        words = f"{field}: {reading.provider} has no value ({shown})"
        return Finding(kind=FindingKind.ABSENT, provider=reading.provider, deviation=None, detail=words)
    others = [other for one in readings if (other := _finite(one.value)) is not None]
    scaled = any(_other_unit(value, other) for other in others)
    off = _deviation(value, centre)
    return Finding(
        kind=FindingKind.SCALE if scaled else FindingKind.DISAGREES,
        provider=reading.provider,
        deviation=off,
        detail=f"{field}: {reading.provider} is {off:+,.1f} bp off {_text(centre)} ({shown})",
    )


def readings_of(answers: Mapping[str, Quote | Missing], field: str, now: int) -> list[Reading]:
    """A quote's field by provider, as readings at an instant (ns since 1970 UTC).

    Only what is in the first quote's currency: a price in another is another thing, not a disagreement.
    """
    quotes = {name: answer for name, answer in answers.items() if isinstance(answer, Quote)}
    currencies = {name: quote.provenance.currency if quote.provenance else "" for name, quote in quotes.items()}
    first = next(iter(currencies.values()), "")
    return [
        Reading(
            provider=name,
            value=getattr(quote, field),
            age=max(0.0, (now - quote.time) / NANOS),
            delay=quote.provenance.delay if quote.provenance else Delay.REALTIME,
        )
        for name, quote in quotes.items()
        if currencies[name] == first
    ]


def _confidence(agreeing: Sequence[Reading], known: Sequence[Reading]) -> float:
    if len(agreeing) < 2:
        return 0.0
    share = sum(map(_weight, agreeing)) / sum(map(_weight, known))
    return min(1.0, share) * (1.0 - 0.25 ** (len(agreeing) - 1))


def _weight(reading: Reading) -> float:
    """Never nothing, so that old values still count among themselves."""
    aged: float = 0.5 ** (max(0.0, reading.age) / HALF_LIFE)
    return max(1e-6, _WEIGHT[reading.delay] * aged)


def _minutes(reading: Reading) -> float:
    late = LATE if reading.delay is Delay.DELAYED else 0.0
    return min(LONGEST_DRIFT, (max(0.0, reading.age) + late) / 60.0)


def _weighted_median(values: Sequence[tuple[float, float]]) -> float:
    """The value below and above which half the weight lies; between two where the halves are equal."""
    ordered = sorted(values)
    half = sum(weight for _, weight in ordered) / 2
    passed = 0.0
    for place, (value, weight) in enumerate(ordered):
        passed += weight
        if abs(passed - half) <= 1e-9 * half and place + 1 < len(ordered):
            return value + (ordered[place + 1][0] - value) / 2
        if passed > half:
            return value
    return ordered[-1][0]


def _deviation(value: float, centre: float) -> float:
    """Basis points; infinite beside a nought."""
    if value == centre:
        return 0.0
    return BASIS * (value - centre) / abs(centre) if centre else copysign(inf, value)


def _other_unit(value: float, other: float) -> bool:
    if not value or not other or (value > 0) != (other > 0):
        return False
    ratio = max(value / other, other / value)
    return any(abs(ratio / scale - 1) <= _NEAR_SCALE for scale in SCALES)


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _text(value: float | None) -> str:
    return "none" if value is None else f"{value:,.10g}"
