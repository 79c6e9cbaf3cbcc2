"""What was used of every window, in memory, on the injected clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from limits.aio.storage import MovingWindowSupport, Storage

from financehub_tui.clock import NANOS, Clock
from financehub_tui.providers.kit.windows import KEPT

MOST = 200
"""Entries of one window that are saved."""


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

    def add(self, key: str, amount: int) -> None:
        """Count an amount now."""
        self._entries.setdefault(key, deque()).append((self._clock.monotonic(), amount))
        self._used[key] = self._used.get(key, 0) + amount

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take `amount` out of the window, or nothing."""
        self._live(key, expiry)
        if self._used.get(key, 0) + amount > limit:
            return False
        self.add(key, amount)
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
        self.add(key, amount)
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

    def give_back(self, key: str, amount: int) -> None:
        """Undo the newest count of this amount, where it has not aged away."""
        entries = self._entries.get(key, deque())
        for place in range(len(entries) - 1, -1, -1):
            if entries[place][1] == amount:
                del entries[place]
                self._used[key] -= amount
                return

    def dump(self) -> dict[str, list[tuple[int, int]]]:
        """What is counted, by key: (ns since 1970 UTC, amount), no more than a few hundred entries a key.

        Entries counted close to each other are put together at the later one's time: none is forgotten too early.
        """
        now, elapsed = self._clock.now(), self._clock.monotonic()
        return {
            key: [(now - int((elapsed - time) * NANOS), amount) for time, amount in _fewer(entries)]
            for key, entries in self._entries.items()
            if entries and elapsed - entries[-1][0] < KEPT
        }

    def restore(self, saved: Mapping[str, Sequence[tuple[int, int]]]) -> None:
        """Count what an earlier run had counted. What bears a time ahead of the clock counts as of now."""
        now, elapsed = self._clock.now(), self._clock.monotonic()
        for key, entries in saved.items():
            old = [(elapsed - max(0, now - time) / NANOS, amount) for time, amount in entries if amount > 0]
            self._entries[key] = deque(sorted(old, key=lambda entry: entry[0]) + list(self._entries.get(key, ())))
            self._used[key] = sum(amount for _, amount in self._entries[key])

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


def _fewer(entries: Iterable[tuple[float, int]]) -> list[tuple[float, int]]:
    """The same amounts in at most some `MOST` entries."""
    listed = list(entries)
    step = (listed[-1][0] - listed[0][0]) / MOST
    if len(listed) <= MOST:
        return listed
    kept: list[tuple[float, int]] = []
    first = listed[0][0]
    for time, amount in listed:
        if kept and time - first <= step:
            kept[-1] = (time, kept[-1][1] + amount)
        else:
            kept.append((time, amount))
            first = time
    return kept
