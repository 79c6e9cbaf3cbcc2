"""The first cache tier: values in memory with a time to live, a stale window and a bound, by kind of data.

Each kind has its own shelf, so a flood of quotes never pushes out a profile. A value is fresh for `ttl` seconds,
then stale for `stale` seconds: usable at once while the caller fetches a new one. Not for use from two threads.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from enum import Enum
from typing import Generic, TypeVar

import msgspec

from financehub_tui.clock import Clock

V = TypeVar("V")


class Freshness(Enum):
    """Whether a cached value may be used as it is, or only until a new one has come."""

    FRESH = "fresh"
    STALE = "stale"


class Lifetime(msgspec.Struct, frozen=True, kw_only=True):
    """How long values of a kind live, in seconds, and how many of them."""

    ttl: float
    stale: float = 0.0
    """Seconds after `ttl` in which the value is given back as stale."""
    entries: int = 10_000


class CacheFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a cache tier has done for one kind since it was made. Each look-up is a hit, stale, or a miss."""

    kind: str
    entries: int | None
    """None where the tier cannot count them."""
    hits: int
    misses: int
    stale: int
    evictions: int
    ttl: float
    errors: int = 0


class MemoryCache(Generic[V]):
    """Look-ups cost a fraction of a microsecond; the least recently used value goes when a shelf is full."""

    def __init__(self, clock: Clock, lifetimes: Mapping[str, Lifetime]) -> None:
        self._now = clock.monotonic
        self._shelves: dict[str, _Shelf[V]] = {kind: _Shelf(lifetime) for kind, lifetime in lifetimes.items()}

    def get(self, kind: str, key: Hashable) -> tuple[V, Freshness] | None:
        """The value and whether it is fresh; None where there is none. Raises KeyError for a kind never named."""
        shelf = self._shelves[kind]
        entry = shelf.entries.get(key)
        if entry is None:
            shelf.misses += 1
            return None
        now = self._now()
        if now < entry.fresh_until:
            shelf.hits += 1
            shelf.touch(key)
            return entry.fresh
        if now < entry.stale_until:
            shelf.stale += 1
            shelf.touch(key)
            return entry.fresh[0], Freshness.STALE
        del shelf.entries[key]
        shelf.misses += 1
        return None

    def put(self, kind: str, key: Hashable, value: V, *, ttl: float | None = None, stale: float | None = None) -> None:
        """Keep a value, as long as its kind says or as given here in seconds."""
        shelf = self._shelves[kind]
        lifetime = shelf.lifetime
        fresh_until = self._now() + (lifetime.ttl if ttl is None else ttl)
        stale_until = fresh_until + (lifetime.stale if stale is None else stale)
        entries = shelf.entries
        entries[key] = _Entry(value, fresh_until, stale_until)
        shelf.touch(key)
        if len(entries) > lifetime.entries:
            entries.popitem(last=False)
            shelf.evictions += 1

    def discard(self, kind: str, key: Hashable) -> None:
        """Forget a value; unknown keys are no error."""
        self._shelves[kind].entries.pop(key, None)

    def clear(self, kind: str | None = None) -> None:
        """Forget all values of a kind, or all."""
        for name, shelf in self._shelves.items():
            if kind in (None, name):
                shelf.entries.clear()

    def purge(self) -> int:
        """Drop what nobody can be given any more; entries dropped. For housekeeping: it looks at every entry."""
        now, dropped = self._now(), 0
        for shelf in self._shelves.values():
            gone = [key for key, entry in shelf.entries.items() if entry.stale_until <= now]
            for key in gone:
                del shelf.entries[key]
            dropped += len(gone)
        return dropped

    def figures(self) -> list[CacheFigures]:
        """One per kind."""
        return [shelf.figures(kind) for kind, shelf in self._shelves.items()]


class _Entry(Generic[V]):
    """The fresh answer is made once, so that a hit allocates nothing."""

    __slots__ = ("fresh", "fresh_until", "stale_until")

    def __init__(self, value: V, fresh_until: float, stale_until: float) -> None:
        self.fresh = (value, Freshness.FRESH)
        self.fresh_until = fresh_until
        self.stale_until = stale_until


class _Shelf(Generic[V]):
    __slots__ = ("entries", "evictions", "hits", "lifetime", "misses", "stale", "touch")

    def __init__(self, lifetime: Lifetime) -> None:
        self.lifetime = lifetime
        self.entries: OrderedDict[Hashable, _Entry[V]] = OrderedDict()
        self.touch = self.entries.move_to_end
        self.hits = self.misses = self.stale = self.evictions = 0

    def figures(self, kind: str) -> CacheFigures:
        return CacheFigures(
            kind=kind,
            entries=len(self.entries),
            hits=self.hits,
            misses=self.misses,
            stale=self.stale,
            evictions=self.evictions,
            ttl=self.lifetime.ttl,
        )
