"""In which order providers are asked, and why: health, the user's wish, freshness, cost, in that order."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from typing import TYPE_CHECKING, NamedTuple

from financehub_tui.config import Settings
from financehub_tui.engine.health import HealthBoard
from financehub_tui.engine.lanes import Lanes
from financehub_tui.figures import CandidateStatus
from financehub_tui.market.bars import Interval
from financehub_tui.market.provenance import Delay
from financehub_tui.providers.base import Capability, Limit, Per

if TYPE_CHECKING:
    from financehub_tui.clock import Clock
    from financehub_tui.engine.router import Candidate

FRESHNESS = {Delay.REALTIME: 0, Delay.DELAYED: 1, Delay.REFERENCE: 2, Delay.END_OF_DAY: 3}
POOR, FAIR = 40.0, 70.0
"""Scores below which a provider is asked after healthier ones. Classes, so that a small change swaps nobody."""
SCARCE = 0.25
"""Share of a budget below which it is kept for what only it can do."""
HOUR = 3_600.0
_LENGTHS = {Per.MINUTE: 60.0, Per.DAY: 86_400.0, Per.MONTH: 30 * 86_400.0}


class Rank(NamedTuple):
    """Why a provider stands where it stands; the lower comes first. The first figure that differs decides."""

    not_forced: bool
    barred: bool
    failing: bool
    wish: int
    health: int
    resampled: bool
    freshness: int
    scarce: bool
    expense: int
    order: int


WHY = {
    "not_forced": "forced by hand",
    "barred": "the other is not asked now",
    "failing": "the other failed lately",
    "wish": "your priority",
    "health": "health",
    "resampled": "has these bars itself",
    "freshness": "freshness",
    "scarce": "the other has little budget left",
    "expense": "cost",
    "order": "usual order",
}
"""What decides between two neighbours, in words."""


class Ranking:
    """Ranks candidates by what is known of their providers now."""

    def __init__(self, health: HealthBoard, lanes: Lanes, settings: Settings, clock: Clock) -> None:
        self._health = health
        self._lanes = lanes
        self._settings = settings
        self._clock = clock
        self._expenses: dict[tuple[str, int], int] = {}

    def rank(self, candidate: Candidate, interval: Interval | None) -> Rank:
        """The place of a candidate among others."""
        provider = candidate.entry.id
        own = self._settings.providers.get(provider)
        health = self._health.of(provider)
        score = self._health.score(provider)
        return Rank(
            not_forced=not health.standing.forced,
            barred=health.keyless or health.standing.bar() is not None,
            failing=self._health.down(provider),
            wish=-(own.priority if own else 0),
            health=2 if score < POOR else 1 if score < FAIR else 0,
            resampled=candidate.interval is not interval,
            freshness=FRESHNESS[candidate.offered.delay],
            scarce=self._lanes.left(provider) < SCARCE,
            expense=self._expense(candidate),
            order=-candidate.entry.priority,
        )

    def _expense(self, candidate: Candidate) -> int:
        """Order of magnitude of the share of an hour's allowance one call costs."""
        key = (candidate.entry.id, candidate.offered.cost)
        if key not in self._expenses:
            self._expenses[key] = expense(candidate.offered, candidate.provider.spec.limits)
        return self._expenses[key]

    def explain(self, able: Sequence[Candidate], interval: Interval | None) -> list[CandidateStatus]:
        """The candidates in their order, each with what put it there."""
        ranks = [self.rank(candidate, interval) for candidate in able]
        return [self._row(place, able, ranks) for place in range(len(able))]

    def _row(self, place: int, able: Sequence[Candidate], ranks: Sequence[Rank]) -> CandidateStatus:
        candidate = able[place]
        provider = candidate.entry.id
        health = self._health.of(provider)
        return CandidateStatus(
            provider=provider,
            title=candidate.provider.spec.title,
            place=place + 1,
            score=health.score(self._clock.monotonic()),
            state=health.state(self._clock.monotonic()),
            delay=candidate.offered.delay.value,
            cost=cost_in_words(candidate.offered, candidate.provider.spec.limits),
            left=self._lanes.left(provider),
            why=_why(place, ranks, able),
        )


def _why(place: int, ranks: Sequence[Rank], able: Sequence[Candidate]) -> str:
    if len(ranks) == 1:
        return "the only one that has it"
    if place == 0:
        return f"first: {_decided(ranks[0], ranks[1])}"
    return f"after {able[place - 1].provider.spec.title}: {_decided(ranks[place - 1], ranks[place])}"


def _decided(better: Rank, worse: Rank) -> str:
    """The first thing in which two differ, in words."""
    return next((WHY[name] for name in Rank._fields if getattr(better, name) != getattr(worse, name)), "all is equal")


def expense(offered: Capability, limits: Sequence[Limit]) -> int:
    """Order of magnitude of the share of an hour's allowance one call costs; -9 where nothing is limited."""
    shares = [_cost(offered, limit) * _length(limit) / (limit.amount * HOUR) for limit in limits if _length(limit)]
    return floor(log10(max(shares))) if shares and max(shares) > 0 else -9


def cost_in_words(offered: Capability, limits: Sequence[Limit]) -> str:
    """`2 of 6,000 weight a minute`: a call's cost of the limit it weighs on most."""
    counted = [limit for limit in limits if _length(limit)]
    if not counted:
        return "unlimited"
    tightest = max(counted, key=lambda limit: _cost(offered, limit) * _length(limit) / limit.amount)
    return f"{_cost(offered, tightest)} of {tightest.amount:,} {tightest.name} per {_span(_length(tightest))}"


def _span(seconds: float) -> str:
    named = {1.0: "s", 60.0: "min", HOUR: "h", 86_400.0: "day", 30 * 86_400.0: "month"}
    return named.get(seconds, f"{seconds:g} s")


def _cost(offered: Capability, limit: Limit) -> int:
    return 1 if limit.name == "requests" else offered.cost


def _length(limit: Limit) -> float:
    """Seconds of a limit's window; 0 where it counts no calls over time."""
    return limit.seconds if limit.per is Per.SECONDS else _LENGTHS.get(limit.per, 0.0)
