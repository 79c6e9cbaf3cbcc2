"""Answers kept in memory: for their time, a while longer as stale, and refusals too."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple, TypeVar

from financehub_tui.clock import Clock
from financehub_tui.desk import CacheStatus
from financehub_tui.market.bars import Interval
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.base import DataKind

T = TypeVar("T")

ENTRIES = {
    DataKind.QUOTE: 5_000,
    DataKind.BARS: 256,
    DataKind.BOOK: 64,
    DataKind.TRADES: 64,
    DataKind.PROFILE: 1_000,
    DataKind.SEARCH: 500,
}
TTL = {
    DataKind.QUOTE: 5.0,
    DataKind.BARS: 60.0,
    DataKind.BOOK: 1.0,
    DataKind.TRADES: 2.0,
    DataKind.PROFILE: 86_400.0,
    DataKind.SEARCH: 3_600.0,
}
"""Seconds an answer is fresh."""
STALE = {
    DataKind.QUOTE: 900.0,
    DataKind.BARS: 3_600.0,
    DataKind.BOOK: 0.0,
    DataKind.TRADES: 0.0,
    DataKind.PROFILE: 604_800.0,
    DataKind.SEARCH: 86_400.0,
}
"""Seconds after that in which it is still given, while a new one is fetched."""
DAILY_BARS_TTL = 300.0
NEGATIVE = {Reason.UNKNOWN_SYMBOL: 600.0, Reason.NOT_OFFERED: 600.0, Reason.NO_DATA: 60.0, Reason.NO_KEY: 30.0}
NEGATIVE_DEFAULT = 5.0
"""Seconds a refusal is remembered where it does not say itself when to ask again."""


def bars_ttl(interval: Interval) -> float:
    """Seconds a series is fresh: a fraction of its bar."""
    return DAILY_BARS_TTL if not interval.intraday else min(TTL[DataKind.BARS], interval.seconds / 4)


class Answer(NamedTuple):
    """A kept answer. Instants by the monotonic clock, so that a clock set back ages nothing."""

    value: object
    fresh_until: float
    stale_until: float


class _Figures:
    def __init__(self) -> None:
        self.hits = self.misses = self.stale = self.evictions = 0


class Answers:
    """The memory tier. `enabled` is off where providers are local and their clock is not ours (the demos)."""

    def __init__(self, clock: Clock, *, enabled: bool = True) -> None:
        self._clock = clock
        self.enabled = enabled
        self._kept: dict[DataKind, OrderedDict[Hashable, Answer]] = {kind: OrderedDict() for kind in DataKind}
        self._figures = {kind: _Figures() for kind in DataKind}

    def get(self, kind: DataKind, key: Hashable, expected: type[T]) -> tuple[T | Missing, bool] | None:
        """(value or refusal, whether it is fresh); None where nothing useful is held."""
        held = self._kept[kind].get(key)
        figures = self._figures[kind]
        now = self._clock.monotonic()
        value = None if held is None else held.value
        if held is None or now >= held.stale_until or not isinstance(value, (expected, Missing)):
            figures.misses += 1
            return None
        self._kept[kind].move_to_end(key)
        fresh = now < held.fresh_until
        if fresh:
            figures.hits += 1
        else:
            figures.stale += 1
        return value, fresh

    def put(self, kind: DataKind, key: Hashable, value: object, ttl: float | None = None) -> None:
        """Keep an answer or a refusal."""
        now = self._clock.monotonic()
        if isinstance(value, Missing):
            until = now + self._negative(value)
            answer = Answer(value, until, until)
        elif not self.enabled and kind is not DataKind.PROFILE:
            return
        else:
            fresh = now + (TTL[kind] if ttl is None else ttl)
            answer = Answer(value, fresh, fresh + STALE[kind])
        kept = self._kept[kind]
        kept[key] = answer
        kept.move_to_end(key)
        while len(kept) > ENTRIES[kind]:
            kept.popitem(last=False)
            self._figures[kind].evictions += 1

    def _negative(self, missing: Missing) -> float:
        if not self.enabled:
            return 0.0
        if missing.retry_at is not None:
            return max(1.0, (missing.retry_at - self._clock.now()) / 1e9)
        return NEGATIVE.get(missing.reason, NEGATIVE_DEFAULT)

    def sweep(self) -> int:
        """Drop what is no use any more; how many."""
        now = self._clock.monotonic()
        dropped = 0
        for kept in self._kept.values():
            for key in [key for key, answer in kept.items() if now >= answer.stale_until]:
                del kept[key]
                dropped += 1
        return dropped

    def clear(self) -> None:
        """Forget everything."""
        for kept in self._kept.values():
            kept.clear()

    def status(self) -> list[CacheStatus]:
        """One row per kind."""
        return [
            CacheStatus(
                tier="MEMORY",
                kind=kind.value,
                entries=len(self._kept[kind]),
                hits=figures.hits,
                misses=figures.misses,
                stale=figures.stale,
                evictions=figures.evictions,
                bytes=None,
                ttl=TTL[kind],
            )
            for kind, figures in self._figures.items()
        ]
