"""Several providers' bars of one instrument, checked against each other.

Method:
- Series in another currency or unit are another thing: they are named and not compared.
- Each bar of at least two series is a vote of its closes by `crosscheck`, with equal weights: a close does not become
  truer by being fetched sooner. Only a bar that is still forming moves with the age of its values.
- A series whose closes are a constant multiple of another's stands in another unit (100, 1,000, 1,000,000 times), or
  is adjusted otherwise; one that is so up to some day and equal from then on is adjusted otherwise for a split of that
  day. One that says it is adjusted otherwise than most, and differs from them, is named too.
- Taken is the first in the order of asking of those without a finding that agree on about as many bars as the best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean, median
from typing import NamedTuple

import msgspec

from financehub_tui.clock import NANOS, to_datetime
from financehub_tui.engine.crosscheck import BASIS, SCALES, USUAL, CrossCheck, Reading, crosscheck
from financehub_tui.figures import BarDispute, SeriesCheck, SourceSeries
from financehub_tui.market.bars import Bars

FIELD = "close"
SPLITS = (1.25, 4 / 3, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50)
NEAR = 0.02
"""Share by which a ratio may differ from a factor, or from itself, and still be it."""
FEWEST = 3
"""Bars two series must have in common for a ratio to mean anything."""
ABOUT_AS_MANY = 0.02

Row = tuple[int, tuple[float | None, ...]]
"""(start of the bar, ns since 1970 UTC; the closes in the order of the series)."""


class Checked(NamedTuple):
    """What is told of the series, and the newest vote."""

    figures: SeriesCheck
    newest: CrossCheck | None


def check_series(series: Mapping[str, Bars], now: int) -> Checked:
    """Compare series, given in the order of asking. May take a while: call it in a thread."""
    foreign = _foreign(series)
    names = [name for name in series if name not in foreign]
    rows = _rows([series[name] for name in names])
    ratios = _ratio_findings(names, rows)
    readings = {name: _Reader(bars, now) for name, bars in series.items()}
    votes = [(time, _vote(names, time, closes, readings)) for time, closes in rows if _compared(closes)]
    disputes = [_dispute(time, found, names) for time, found in votes if found.findings]
    findings = {**foreign, **ratios}
    usual = _usual([series[name].provenance.adjustment.value for name in names])
    sources = tuple(
        _adjusted_otherwise(_source(name, bars, votes, findings.get(name, "")), usual) for name, bars in series.items()
    )
    chosen, why = _chosen([one for one in sources if one.source in names], len(votes))
    figures = SeriesCheck(
        chosen=chosen,
        why=why,
        confidence=fmean(found.confidence for _, found in votes) if votes else 0.0,
        compared=len(votes),
        sources=sources,
        disputes=tuple(sorted(disputes, key=lambda one: -one.time)),
    )
    return Checked(figures, votes[-1][1] if votes else None)


def _foreign(series: Mapping[str, Bars]) -> dict[str, str]:
    """Series in another currency or unit than most, in words; what one does not state is taken to be as the others'."""
    stated = {name: (one.provenance.currency, one.provenance.unit) for name, one in series.items()}
    usual = tuple(_usual([label for label in labels if label]) for labels in zip(*stated.values(), strict=True))
    return {
        name: f"in {' '.join(filter(None, own))}, the others in {' '.join(filter(None, usual))}: not compared"
        for name, own in stated.items()
        if any(label and label != other for label, other in zip(own, usual, strict=True))
    }


def _usual(labels: Sequence[str]) -> str:
    """What most say; of equally many the first."""
    return max(labels, key=labels.count, default="")


def _adjusted_otherwise(source: SourceSeries, usual: str) -> SourceSeries:
    """The source with that as its finding, where nothing worse is found and it shows in its closes."""
    if source.finding or not source.disputed or source.adjustment == usual:
        return source
    return msgspec.structs.replace(source, finding=f"adjusted: {source.adjustment}, the others: {usual}")


def _rows(series: Sequence[Bars]) -> list[Row]:
    """The closes side by side, oldest bar first."""
    import polars as pl

    joined = pl.DataFrame(schema={"time": pl.Datetime("us", "UTC")})
    for place, bars in enumerate(series):
        closes = bars.frame.select("time", pl.col("close").alias(f"s{place}"))
        joined = joined.join(closes, on="time", how="full", coalesce=True)
    stamped = joined.sort("time").with_columns(pl.col("time").dt.epoch("us"))
    return [(row[0] * 1_000, row[1:]) for row in stamped.iter_rows()]


class _Reader:
    """A series' closes as readings."""

    def __init__(self, bars: Bars, now: int) -> None:
        self._delay = bars.provenance.delay
        self._age = max(0.0, (now - bars.provenance.as_of) / NANOS)
        times = bars.frame["time"].dt.epoch("us")
        self.forming = int(times[-1]) * 1_000 if bars.forming and len(times) else -1

    def read(self, name: str, value: float | None, moves: bool) -> Reading:
        if not moves:
            return Reading(provider=name, value=value)
        return Reading(provider=name, value=value, age=self._age, delay=self._delay)


def _compared(closes: Sequence[float | None]) -> bool:
    return sum(close is not None for close in closes) > 1


def _vote(
    names: Sequence[str], time: int, closes: Sequence[float | None], readers: Mapping[str, _Reader]
) -> CrossCheck:
    """The vote on one bar, of those that have it."""
    there = {name: close for name, close in zip(names, closes, strict=True) if close is not None}
    moves = any(readers[name].forming == time for name in there)
    readings = [readers[name].read(name, close, moves) for name, close in there.items()]
    return crosscheck(FIELD, readings, tolerance=USUAL, drift=None if moves else 0.0)


def _dispute(time: int, found: CrossCheck, names: Sequence[str]) -> BarDispute:
    values: dict[str, float | None] = dict.fromkeys(names)
    values |= {reading.provider: reading.value for reading in found.readings}
    return BarDispute(
        time=time,
        values=values,
        agreed=found.agreed,
        confidence=found.confidence,
        chosen=next((name for name in names if name in found.agreeing), ""),
        findings={one.provider: (one.kind.value, one.deviation) for one in found.findings},
    )


def _source(name: str, bars: Bars, votes: Sequence[tuple[int, CrossCheck]], finding: str) -> SourceSeries:
    """How far one series is off what is agreed, or off the middle where nothing is."""
    off: list[float] = []
    disputed = voted = 0
    for _, found in votes:
        value = next((one.value for one in found.readings if one.provider == name), None)
        if value is None:
            continue
        voted += 1
        disputed += name not in found.agreeing
        centre = found.agreed if found.agreed is not None else _middle(found)
        if centre:
            off.append(BASIS * abs(value - centre) / abs(centre))
    times = bars.frame["time"].dt.epoch("us")
    return SourceSeries(
        source=name,
        bars=bars.frame.height,
        first=int(times[0]) * 1_000 if len(times) else None,
        compared=voted,
        disputed=disputed,
        usual=fmean(off) if off else None,
        worst=max(off, default=None),
        adjustment=bars.provenance.adjustment.value,
        finding=finding,
    )


def _middle(found: CrossCheck) -> float:
    return median(one.value for one in found.readings if one.value is not None)


def _chosen(sources: Sequence[SourceSeries], votes: int) -> tuple[str, str]:
    """(whose series is taken, why)."""
    if not sources:
        return "", "no source has bars"
    if not votes:
        return sources[0].source, "first in the order of asking; no bar is another's too: nothing to compare"
    sane = [one for one in sources if not one.finding] or list(sources)
    best = max(_share(one) for one in sane)
    taken = next(one for one in sane if _share(one) >= best - ABOUT_AS_MANY)
    agrees = f"agrees on {taken.compared - taken.disputed:,} of {taken.compared:,} bars"
    before = sources[: sources.index(taken)]
    passed = "; ".join(f"{one.source}: {one.finding or f'in dispute on {one.disputed:,} of them'}" for one in before)
    return taken.source, f"first in the order of asking, {agrees}" if not passed else f"{agrees}; passed over {passed}"


def _share(source: SourceSeries) -> float:
    """Of its compared bars those that agree; a series nobody else overlaps proves nothing."""
    return 1 - source.disputed / source.compared if source.compared else 0.0


def _ratio_findings(names: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    """By series: what makes it a multiple of another one, in words.

    Of two that differ so, the one that differs from more of the others is named; where that is even, both are.
    """
    pairs: dict[tuple[str, str], str] = {}
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            if i != j:
                common = [(time, a, b) for time, row in rows if (a := row[i]) and (b := row[j])]
                words = _ratio_words([(time, a / b) for time, a, b in common], other)
                if words:
                    pairs[one, other] = words
    against = {name: sum(1 for one, _ in pairs if one == name) for name in names}
    return {one: words for (one, other), words in pairs.items() if against[one] >= against[other]}


def _ratio_words(ratios: Sequence[tuple[int, float]], other: str) -> str:
    """Why closes are a multiple of another series', by their ratios, oldest first; empty where they are not."""
    if len(ratios) < FEWEST:
        return ""
    usual = median(ratio for _, ratio in ratios)
    steady = all(abs(ratio / usual - 1) <= NEAR for _, ratio in ratios)
    if steady and (unit := _factor(usual, SCALES)):
        return f"another unit: {unit} {other}'s closes"
    if steady and (factor := _factor(usual, SPLITS)):
        return f"another adjustment: {factor} {other}'s closes"
    return _split_words(ratios, other)


def _split_words(ratios: Sequence[tuple[int, float]], other: str) -> str:
    """A ratio that is a split's up to some bar and 1 from then on."""
    even = [abs(ratio - 1) <= NEAR for _, ratio in ratios]
    turns = [place for place, (before, after) in enumerate(pairwise(even), 1) if before != after]
    if len(turns) != 1 or even[0]:
        return ""
    early = [ratio for _, ratio in ratios[: turns[0]]]
    usual = median(early)
    factor = _factor(usual, SPLITS)
    if not factor or any(abs(ratio / usual - 1) > NEAR for ratio in early):
        return ""
    day = to_datetime(ratios[turns[0]][0]).date().isoformat()
    return f"another split adjustment: {factor} {other}'s closes before {day}"


def _factor(ratio: float, factors: Sequence[float]) -> str:
    """`4 times`, `1/4 of`, where a ratio is one of these or its inverse."""
    for factor in factors:
        if abs(ratio / factor - 1) <= NEAR:
            return f"{factor:,.4g} times"
        if abs(ratio * factor - 1) <= NEAR:
            return f"1/{factor:,.4g} of"
    return ""
