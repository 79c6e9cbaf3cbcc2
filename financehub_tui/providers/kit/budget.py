"""Limits as providers state them, kept as moving windows with a cost per call."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MovingWindowSupport, Storage
from limits.aio.strategies import MovingWindowRateLimiter

from financehub_tui.clock import NANOS, Clock
from financehub_tui.providers.base import Limit


class ClockStorage(Storage, MovingWindowSupport):
    """Moving windows in memory on the injected clock, which the library's own memory storage cannot take."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._entries: dict[str, deque[tuple[float, int]]] = {}
        self._used: dict[str, int] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing of ours fails."""
        return ValueError

    def _live(self, key: str, expiry: int) -> deque[tuple[float, int]]:
        entries = self._entries.setdefault(key, deque())
        oldest = self._clock.monotonic() - expiry
        while entries and entries[0][0] <= oldest:
            self._used[key] -= entries.popleft()[1]
        return entries

    def _add(self, key: str, amount: int) -> None:
        self._entries.setdefault(key, deque()).append((self._clock.monotonic(), amount))
        self._used[key] = self._used.get(key, 0) + amount

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take `amount` out of the window, or nothing."""
        self._live(key, expiry)
        if self._used.get(key, 0) + amount > limit:
            return False
        self._add(key, amount)
        return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """(time of the oldest entry in monotonic seconds, amount used)."""
        return self.window(key, expiry)

    def window(self, key: str, expiry: int) -> tuple[float, int]:
        """As `get_moving_window`, at once."""
        entries = self._live(key, expiry)
        start = entries[0][0] if entries else self._clock.monotonic()
        return start, self._used.get(key, 0)

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count without asking: what the vendor says was used beyond our own count."""
        self._live(key, expiry)
        self._add(key, amount)
        return self._used[key]

    async def get(self, key: str) -> int:
        """Amount held for a key, expired entries included until the next look."""
        return self._used.get(key, 0)

    async def get_expiry(self, key: str) -> float:
        """Monotonic time of the oldest entry."""
        entries = self._entries.get(key)
        return entries[0][0] if entries else self._clock.monotonic()

    async def check(self) -> bool:
        """Memory is always there."""
        return True

    async def reset(self) -> int | None:
        """Forget everything."""
        count = len(self._entries)
        self._entries.clear()
        self._used.clear()
        return count

    async def clear(self, key: str) -> None:
        """Forget one window."""
        self._entries.pop(key, None)
        self._used.pop(key, None)

    def seconds_until(self, key: str, limit: int, expiry: int, amount: int) -> float:
        """How long until `amount` fits, in seconds; infinite where it never does."""
        entries = self._live(key, expiry)
        excess = self._used.get(key, 0) + amount - limit
        if excess <= 0:
            return 0.0
        for time, cost in entries:
            excess -= cost
            if excess <= 0:
                return max(0.001, time + expiry - self._clock.monotonic())
        return float("inf")


class Budget:
    """All limits of one provider together: a call goes only where it fits every one.

    A limit named `requests` counts calls; any other counts their cost.
    """

    def __init__(self, provider: str, limits: Sequence[Limit], clock: Clock) -> None:
        self._provider = provider
        self._clock = clock
        self._storage = ClockStorage(clock)
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._items = [(limit, RateLimitItemPerSecond(limit.amount, max(1, round(limit.seconds)))) for limit in limits]

    async def take(self, cost: int) -> float:
        """Take a call's cost out of every limit and return 0, or take nothing and return the seconds to wait."""
        wait = max((self._wait(limit, item, cost) for limit, item in self._items), default=0.0)
        if wait <= 0:
            for limit, item in self._items:
                await self._limiter.hit(item, self._provider, limit.name, cost=_cost(limit, cost))
        return wait

    async def observe(self, name: str, used: int) -> None:
        """The provider says how much of a limit is used, by others behind our address too: never count less."""
        for limit, item in self._items:
            if limit.name != name:
                continue
            key = item.key_for(self._provider, limit.name)
            _, counted = await self._storage.get_moving_window(key, item.amount, item.get_expiry())
            if used > counted:
                await self._storage.incr(key, item.get_expiry(), used - counted)

    def state(self) -> list[tuple[str, float, float, int | None]]:
        """(window, used, allowed, time of the next relief in ns since 1970 UTC) for each limit."""
        rows: list[tuple[str, float, float, int | None]] = []
        for limit, item in self._items:
            start, used = self._storage.window(item.key_for(self._provider, limit.name), item.get_expiry())
            ahead = start + item.get_expiry() - self._clock.monotonic()
            at = self._clock.now() + int(ahead * NANOS) if used else None
            rows.append((f"{limit.name}/{limit.seconds:g}s", float(used), float(item.amount), at))
        return rows

    def _wait(self, limit: Limit, item: RateLimitItem, cost: int) -> float:
        key = item.key_for(self._provider, limit.name)
        return self._storage.seconds_until(key, item.amount, item.get_expiry(), _cost(limit, cost))


def _cost(limit: Limit, cost: int) -> int:
    return 1 if limit.name == "requests" else cost
