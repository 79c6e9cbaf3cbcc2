"""Counts kept in Redis, where several workstations share an address or a key.

A convenience, never a need: while Redis is away each process goes by its own count, and `problem` says so in words.
The server's windows run on the machine's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from financehub_tui.clock import NANOS, Clock
from financehub_tui.providers.kit.windows import CalendarWindow, Window
from financehub_tui.storage.redis_server import RedisServer

if TYPE_CHECKING:
    from limits.aio.storage.redis import RedisStorage
    from redis.asyncio import ConnectionPool

_LEAST_WAIT = 0.05
_HOLD = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
    return 0
end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
redis.call('PEXPIRE', KEYS[1], math.ceil(2000 * tonumber(ARGV[3])))
return 1
"""
"""Slots with a lease: (amount, holder, seconds)."""


class SharedCounts:
    """Windows in Redis. Nothing here raises because of Redis; a URL that is none raises ConfigError."""

    def __init__(self, url: str, clock: Clock, *, namespace: str = "financehub:limits", timeout: float = 0.5) -> None:
        self._clock = clock
        self._server = RedisServer(url, clock, timeout=timeout, without="limits are counted by this process alone")
        self._namespace = namespace
        self._storage = _storage(url, self._server.pool, namespace)
        self._holding = self._server.client.register_script(_HOLD)

    @property
    def problem(self) -> str:
        """Why Redis cannot be used now, in one line; empty while it can."""
        return self._server.problem

    async def take(self, windows: Sequence[Window], cost: int) -> float:
        """Take a call's cost out of every window and return 0, or return the seconds to wait.

        Every window is looked at before anything is taken; where another process is quicker in between, what was
        taken until then is given back.
        """
        return await self._server.ask(lambda: self._take(windows, cost), 0.0)

    async def hold(self, name: str, amount: int, holder: str, seconds: float) -> bool:
        """Take one of `amount` slots, or keep it, for some seconds; True where Redis is away."""
        keys = [f"{self._namespace}:slots:{name}"]
        return bool(await self._server.ask(lambda: self._holding(keys=keys, args=[amount, holder, seconds]), 1))

    async def let_go(self, name: str, holder: str) -> None:
        """Give a slot back."""
        await self._server.ask(lambda: self._server.client.zrem(f"{self._namespace}:slots:{name}", holder), 0)

    async def give_back(self, windows: Sequence[Window], cost: int) -> None:
        """The call that was taken is not made. Nothing is given back that was taken while Redis was away."""
        if not self.problem:
            await self._server.ask(lambda: self._give_back(windows, cost), None)

    async def _take(self, windows: Sequence[Window], cost: int) -> float:
        wait = max([await self._wait(window, cost) for window in windows], default=0.0)
        if wait > 0:
            return wait
        for place, window in enumerate(windows):
            wait = await self._hit(window, cost)
            if wait > 0:
                await self._give_back(windows[:place], cost)
                return wait
        return 0.0

    async def _give_back(self, windows: Sequence[Window], cost: int) -> None:
        """Of a rolling window the newest entries, be they another's: they are worth the same."""
        for window in windows:
            if isinstance(window, CalendarWindow):
                await self._storage.incr(window.key(), window.expiry, -window.cost(cost))
            else:
                await self._server.client.lpop(self._storage.bridge.prefixed_key(window.key()), window.cost(cost))

    async def close(self) -> None:
        """Close the connections. Idempotent."""
        await self._server.close()

    async def _wait(self, window: Window, cost: int) -> float:
        amount, limit = window.cost(cost), window.limit.amount
        if isinstance(window, CalendarWindow):
            used = await self._storage.get(window.key())
            return 0.0 if used + amount <= limit else self._until(window.ends_at())
        start, used = await self._storage.get_moving_window(window.key(), limit, window.expiry)
        return 0.0 if used + amount <= limit else self._until(int((start + window.expiry) * NANOS))

    async def _hit(self, window: Window, cost: int) -> float:
        """Take; 0 where it was still free."""
        amount, limit = window.cost(cost), window.limit.amount
        if not isinstance(window, CalendarWindow):
            taken = await self._storage.acquire_entry(window.key(), limit, window.expiry, amount)
            return 0.0 if taken else _LEAST_WAIT
        used = await self._storage.incr(window.key(), window.expiry, amount)
        if used <= limit:
            return 0.0
        await self._storage.incr(window.key(), window.expiry, -amount)
        return self._until(window.ends_at())

    def _until(self, time: int) -> float:
        return max(_LEAST_WAIT, (time - self._clock.now()) / NANOS)


def _storage(url: str, pool: ConnectionPool, namespace: str) -> RedisStorage:
    from limits.aio.storage.redis import RedisStorage

    options: dict[str, Any] = {"connection_pool": pool}
    return RedisStorage(f"async+{url}", implementation="redispy", key_prefix=namespace, **options)
