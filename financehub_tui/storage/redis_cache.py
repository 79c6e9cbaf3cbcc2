"""The second cache tier: Redis, shared by every terminal that names the same server.

It is a convenience, never a need: while Redis is away look-ups miss and values are not kept, nobody waits for it
more than once in a while, and `problem` says so in words.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ConfigError, StoreError
from financehub_tui.storage.cache import CacheFigures, Freshness, Lifetime
from financehub_tui.storage.codec import Value, decode, encode
from financehub_tui.storage.redis_server import RedisServer

log = logging.getLogger(__name__)
T = TypeVar("T")

_STAMP = struct.Struct(">q")


class _Counts:
    __slots__ = ("errors", "hits", "misses", "stale")

    def __init__(self) -> None:
        self.hits = self.misses = self.stale = self.errors = 0


class RedisCache:
    """Values by kind and key. Nothing here raises because of Redis; a URL that is none raises StoreError."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        lifetimes: Mapping[str, Lifetime],
        *,
        namespace: str = "financehub:1",
        timeout: float = 0.5,
    ) -> None:
        self._clock = clock
        self._lifetimes = dict(lifetimes)
        self._namespace = namespace
        self._counts = {kind: _Counts() for kind in lifetimes}
        try:
            self._server = RedisServer(url, clock, timeout=timeout, without="its answers are not shared")
        except ConfigError as error:
            raise StoreError(str(error), error.hint) from error
        self._redis = self._server.client

    @property
    def problem(self) -> str:
        """Why Redis cannot be used now, in one line; empty while it can."""
        return self._server.problem

    async def get(self, kind: str, key: str) -> tuple[Value, Freshness] | None:
        """The value and whether it is fresh; None where there is none or Redis is away."""
        return (await self.get_many(kind, [key])).get(key)

    async def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, tuple[Value, Freshness]]:
        """The values there are, by key, in one round trip."""
        counts = self._counts[kind]
        names = [self._name(kind, key) for key in keys]
        answers = await self._ask(counts, lambda: self._redis.mget(names)) if keys else []
        found: dict[str, tuple[Value, Freshness]] = {}
        for key, data in zip(keys, answers or [None] * len(keys), strict=True):
            value = self._read(counts, data) if isinstance(data, bytes) else None
            if value is None:
                counts.misses += 1
            else:
                found[key] = value
        return found

    async def put(self, kind: str, key: str, value: Value, *, ttl: float | None = None) -> None:
        """Keep a value as long as its kind says, or `ttl` seconds. Raises StoreError for a value without a codec."""
        await self.put_many(kind, {key: value}, ttl=ttl)

    async def put_many(self, kind: str, values: Mapping[str, Value], *, ttl: float | None = None) -> None:
        """Keep values in one round trip."""
        lifetime = self._lifetimes[kind]
        fresh = lifetime.ttl if ttl is None else ttl
        stamp = _STAMP.pack(self._clock.now() + int(fresh * NANOS))
        milliseconds = max(1, int((fresh + lifetime.stale) * 1_000))
        written = {self._name(kind, key): stamp + encode(value) for key, value in values.items()}

        async def write() -> None:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for name, data in written.items():
                    pipeline.set(name, data, px=milliseconds)
                await pipeline.execute()

        if written:
            await self._ask(self._counts[kind], write)

    async def discard(self, kind: str, key: str) -> None:
        """Forget a value; unknown keys are no error."""
        await self._ask(self._counts[kind], lambda: self._redis.delete(self._name(kind, key)))

    async def close(self) -> None:
        """Close the connections. Idempotent."""
        await self._server.close()

    def figures(self) -> list[CacheFigures]:
        """One per kind, as this process has seen it; Redis evicts by itself, so entries are not counted."""
        return [
            CacheFigures(
                kind=kind,
                entries=None,
                hits=counts.hits,
                misses=counts.misses,
                stale=counts.stale,
                evictions=0,
                ttl=self._lifetimes[kind].ttl,
                errors=counts.errors,
            )
            for kind, counts in self._counts.items()
        ]

    def _name(self, kind: str, key: str) -> str:
        return f"{self._namespace}:{kind}:{key}"

    def _read(self, counts: _Counts, data: bytes) -> tuple[Value, Freshness] | None:
        """A value that cannot be read (another version wrote it) is as good as none."""
        try:
            value = decode(data[_STAMP.size :])
            (fresh_until,) = _STAMP.unpack_from(data)
        except (StoreError, struct.error) as error:
            counts.errors += 1
            log.warning("a value in Redis could not be read: %s", error)
            return None
        if self._clock.now() < fresh_until:
            counts.hits += 1
            return value, Freshness.FRESH
        counts.stale += 1
        return value, Freshness.STALE

    async def _ask(self, counts: _Counts, call: Callable[[], Awaitable[T]]) -> T | None:
        """Call Redis; None where it is away."""

        def failed() -> None:
            counts.errors += 1

        return await self._server.ask(call, None, failed)
