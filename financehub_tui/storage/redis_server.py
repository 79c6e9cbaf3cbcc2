"""A Redis server that may be away: asked with short patience, and left alone for a while after each failure."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from financehub_tui.clock import Clock
from financehub_tui.errors import ConfigError

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

_log = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
T = TypeVar("T")


class RedisServer:
    """One server, used by one part of the program. Nothing raises because it is away."""

    def __init__(self, url: str, clock: Clock, *, timeout: float, without: str) -> None:
        """`timeout` in seconds, for connecting and for an answer; `without` says in the log what its absence means.

        Raises ConfigError for a URL that is none. Nothing is connected before the first call.
        """
        from redis.asyncio import Redis

        self.pool = _pool(url, timeout)
        self.client = Redis(connection_pool=self.pool)
        self.problem = ""
        """Why it cannot be used now, in one line; empty while it can."""
        self._clock = clock
        self._without = without
        self._pause = _FIRST_PAUSE
        self._away_until = 0.0

    async def ask(self, call: Callable[[], Awaitable[T]], otherwise: T, failed: Callable[[], None] | None = None) -> T:
        """The answer of a call; `otherwise` where the server is away. `failed` is told of a call that did not succeed.

        After a failure the server is left alone, twice as long each time up to a minute.
        """
        from redis.exceptions import RedisError

        if self._clock.monotonic() < self._away_until:
            return otherwise
        try:
            answer = await call()
        except (RedisError, OSError) as error:
            if failed is not None:
                failed()
            self._went_away(error)
            return otherwise
        if self.problem:
            _log.info("Redis is back")
            self.problem, self._pause = "", _FIRST_PAUSE
        return answer

    async def close(self) -> None:
        """Close the connections. Idempotent."""
        await self.pool.aclose()

    def _went_away(self, error: Exception) -> None:
        line = (str(error).splitlines() or [type(error).__name__])[0]
        if not self.problem:
            _log.warning("Redis is away, %s: %s", self._without, line)
        self.problem = f"Redis is away: {line}"
        self._away_until = self._clock.monotonic() + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)


def _pool(url: str, timeout: float) -> ConnectionPool:
    from redis.asyncio import ConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    try:
        return ConnectionPool.from_url(
            url,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
            client_name="financehub",
        )
    except ValueError as error:
        raise ConfigError(f"[redis] url: {error}", "for example redis://localhost:6379/0") from error
