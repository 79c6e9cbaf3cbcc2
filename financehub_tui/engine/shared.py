"""The second tier of answers: Redis, shared by every terminal that names the same server. Never a need."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from financehub_tui.clock import Clock
from financehub_tui.engine.answers import LIFETIMES
from financehub_tui.errors import StoreError
from financehub_tui.figures import CacheStatus
from financehub_tui.providers.base import DataKind
from financehub_tui.storage.cache import Freshness

if TYPE_CHECKING:
    from financehub_tui.storage.codec import Value
    from financehub_tui.storage.redis_cache import RedisCache

T = TypeVar("T")
log = logging.getLogger(__name__)
KINDS = (DataKind.QUOTE, DataKind.BARS, DataKind.PROFILE)
"""What is worth a round trip: books and tapes are too short-lived, company data has no form in bytes."""


class SharedAnswers:
    """Fresh answers of other terminals, and ours for them. Without a URL, or with a wrong one, it holds nothing."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._made: RedisCache | None = None
        self._problem = ""

    def _cache(self) -> RedisCache | None:
        """The connection, made on first use: it loads a library."""
        if self._made is None and self._url:
            from financehub_tui.storage.redis_cache import RedisCache

            try:
                lifetimes = {kind.value: LIFETIMES[kind] for kind in KINDS}
                self._made = RedisCache(self._url, self._clock, lifetimes)
            except StoreError as error:
                self._url, self._problem = "", str(error)
                log.warning("%s", error)
        return self._made

    async def get(self, kind: DataKind, key: Hashable, expected: type[T]) -> T | None:
        """A fresh answer; None where there is none."""
        return (await self.get_many(kind, [key], expected)).get(key)

    async def get_many(self, kind: DataKind, keys: Iterable[Hashable], expected: type[T]) -> dict[Hashable, T]:
        """Fresh answers by key, in one round trip."""
        cache = self._cache() if kind in KINDS else None
        if cache is None:
            return {}
        names = {_text(key): key for key in keys}
        found = await cache.get_many(kind.value, list(names))
        return {
            names[name]: value
            for name, (value, freshness) in found.items()
            if freshness is Freshness.FRESH and isinstance(value, expected)
        }

    async def put(self, kind: DataKind, answers: Mapping[Hashable, object], ttl: float | None = None) -> None:
        """Keep answers, for as long as their kind says or `ttl` seconds."""
        cache = self._cache() if kind in KINDS and answers else None
        if cache is None:
            return
        try:
            values = {_text(key): cast("Value", value) for key, value in answers.items()}
            await cache.put_many(kind.value, values, ttl=ttl)
        except StoreError as error:
            log.info("not shared: %s", error)

    def status(self) -> list[CacheStatus]:
        """One row per kind; one that says why, where the tier cannot be had; none where none is configured."""
        if self._problem:
            return [_row("-", problem=self._problem)]
        if not self._url:
            return []
        if self._made is None:
            return [_row(kind.value, ttl=LIFETIMES[kind].ttl) for kind in KINDS]
        problem = self._made.problem
        return [
            _row(held.kind, held.hits, held.misses, held.stale, ttl=held.ttl, problem=problem)
            for held in self._made.figures()
        ]

    async def close(self) -> None:
        """Close the connections."""
        made, self._made, self._url = self._made, None, ""
        if made is not None:
            await made.close()


def _row(
    kind: str, hits: int = 0, misses: int = 0, stale: int = 0, *, ttl: float | None = None, problem: str = ""
) -> CacheStatus:
    return CacheStatus(
        tier="REDIS",
        kind=kind,
        entries=None,
        hits=hits,
        misses=misses,
        stale=stale,
        evictions=0,
        bytes=None,
        ttl=ttl,
        problem=problem,
    )


def _text(key: Hashable) -> str:
    """Equal keys have equal texts, in every process: they are made of strings, numbers and frozen structs."""
    return key if isinstance(key, str) else repr(key)
