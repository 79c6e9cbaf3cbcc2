"""Answers kept in memory: for their time, a while longer as stale, and refusals too."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

from financehub_tui.clock import NANOS, Clock
from financehub_tui.figures import CacheStatus
from financehub_tui.market.bars import Interval
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.base import DataKind
from financehub_tui.storage.cache import Freshness, Lifetime, MemoryCache

T = TypeVar("T")

LIFETIMES = {
    DataKind.QUOTE: Lifetime(ttl=5.0, stale=900.0, entries=5_000),
    DataKind.BARS: Lifetime(ttl=60.0, stale=3_600.0, entries=256),
    DataKind.BOOK: Lifetime(ttl=1.0, entries=64),
    DataKind.TRADES: Lifetime(ttl=2.0, entries=64),
    DataKind.PROFILE: Lifetime(ttl=86_400.0, stale=604_800.0, entries=1_000),
    DataKind.SEARCH: Lifetime(ttl=3_600.0, stale=86_400.0, entries=500),
    DataKind.OPTIONS: Lifetime(ttl=60.0, stale=900.0, entries=64),
    DataKind.STATEMENTS: Lifetime(ttl=86_400.0, stale=604_800.0, entries=500),
    DataKind.EARNINGS: Lifetime(ttl=21_600.0, stale=604_800.0, entries=500),
    DataKind.RATINGS: Lifetime(ttl=21_600.0, stale=604_800.0, entries=500),
    DataKind.DIVIDENDS: Lifetime(ttl=21_600.0, stale=604_800.0, entries=500),
    DataKind.NEWS: Lifetime(ttl=300.0, stale=3_600.0, entries=200),
    DataKind.MARKET_VALUE: Lifetime(ttl=600.0, stale=3_600.0, entries=2_000),
    DataKind.MOVERS: Lifetime(ttl=60.0, stale=900.0, entries=12),
}
DAILY_BARS_TTL = 300.0
NEGATIVE = {Reason.UNKNOWN_SYMBOL: 600.0, Reason.NOT_OFFERED: 600.0, Reason.NO_DATA: 60.0, Reason.NO_KEY: 30.0}
NEGATIVE_DEFAULT = 5.0
"""Seconds a refusal is remembered where it does not say itself when to ask again."""
NEGATIVE_LONGEST = 60.0
"""Seconds, whatever it says: that one provider has spent its month must not silence another that failed for a moment,
nor a key that is added meanwhile."""


def bars_ttl(interval: Interval) -> float:
    """Seconds a series is fresh: a fraction of its bar."""
    return DAILY_BARS_TTL if not interval.intraday else min(LIFETIMES[DataKind.BARS].ttl, interval.seconds / 4)


class Answers:
    """The memory tier. `enabled` is off where providers are local and their clock is not ours (the demos)."""

    def __init__(self, clock: Clock, *, enabled: bool = True) -> None:
        self._clock = clock
        self._enabled = enabled
        self._cache: MemoryCache[object] = MemoryCache(clock, {kind.value: life for kind, life in LIFETIMES.items()})

    def get(self, kind: DataKind, key: Hashable, expected: type[T]) -> tuple[T | Missing, bool] | None:
        """(value or refusal, whether it is fresh); None where nothing useful is held."""
        held = self._cache.get(kind.value, key)
        if held is None or not isinstance(held[0], (expected, Missing)):
            return None
        return held[0], held[1] is Freshness.FRESH

    def put(self, kind: DataKind, key: Hashable, value: object, ttl: float | None = None) -> None:
        """Keep an answer or a refusal."""
        if not self._enabled and (kind is not DataKind.PROFILE or isinstance(value, Missing)):
            return
        if isinstance(value, Missing):
            self._cache.put(kind.value, key, value, ttl=self._until(value), stale=0.0)
        else:
            self._cache.put(kind.value, key, value, ttl=ttl)

    def _until(self, missing: Missing) -> float:
        """Seconds a refusal stands."""
        if missing.retry_at is not None:
            return min(NEGATIVE_LONGEST, max(1.0, (missing.retry_at - self._clock.now()) / NANOS))
        return NEGATIVE.get(missing.reason, NEGATIVE_DEFAULT)

    def sweep(self) -> int:
        """Drop what is no use any more; how many."""
        return self._cache.purge()

    def status(self) -> list[CacheStatus]:
        """One row per kind."""
        return [
            CacheStatus(
                tier="MEMORY",
                kind=figures.kind,
                entries=figures.entries or 0,
                hits=figures.hits,
                misses=figures.misses,
                stale=figures.stale,
                evictions=figures.evictions,
                bytes=None,
                ttl=figures.ttl,
            )
            for figures in self._cache.figures()
        ]
