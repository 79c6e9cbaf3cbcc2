"""What was used of every window, in memory, on the injected clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from math import inf

from limits.aio.storage import MovingWindowSupport, Storage

from financehub_tui.clock import NANOS, Clock

MOST = 100
"""Entries of one window that are saved, more or less."""
_GRAINS = 2_000
"""Entries a window is kept in at most: one that is used often does not grow without end."""
_BRIEF = 5
"""Seconds: shorter windows are not saved."""


class ClockStorage(Storage, MovingWindowSupport):
    """Moving windows in memory on the injected clock, which the library's own memory storage cannot take."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._entries: dict[str, deque[tuple[float, int]]] = {}
        self._used: dict[str, int] = {}
        self._begun: dict[str, float] = {}
        """When the newest entry of a key was begun: what follows at once is put to it, at its own later time."""
        self._kept: dict[str, int] = {}
        """Seconds after which what is counted under a key counts no more."""

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

    def add(self, key: str, amount: int, expiry: int, *, age: float = 0.0) -> None:
        """Count an amount for some seconds, as of now or of `age` seconds ago."""
        if key not in self._kept:
            self._sweep()
            self._kept[key] = expiry
            self._begun[key] = -inf
        entries, now = self._entries.setdefault(key, deque()), self._clock.monotonic()
        if age > 0:
            _insert(entries, now - age, amount)
        elif entries and now - self._begun[key] <= expiry / _GRAINS:
            entries[-1] = (now, entries[-1][1] + amount)
        else:
            entries.append((now, amount))
            self._begun[key] = now
        self._used[key] = self._used.get(key, 0) + amount

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take `amount` out of the window, or nothing."""
        self._live(key, expiry)
        if self._used.get(key, 0) + amount > limit:
            return False
        self.add(key, amount, expiry)
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
        self.add(key, amount, expiry)
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
        self._kept.clear()
        return count

    async def clear(self, key: str) -> None:
        """Forget one window."""
        self._entries.pop(key, None)
        self._used.pop(key, None)
        self._kept.pop(key, None)

    def _sweep(self) -> None:
        """Forget windows that are over, such as those of earlier days."""
        for key in [key for key in self._kept if not self._counts(key)]:
            self._entries.pop(key, None)
            self._used.pop(key, None)
            self._kept.pop(key, None)
            self._begun.pop(key, None)

    def _counts(self, key: str) -> bool:
        """True where something counted under a key still counts."""
        entries = self._entries.get(key)
        return entries is not None and len(entries) > 0 and self._clock.monotonic() - entries[-1][0] < self._kept[key]

    def give_back(self, key: str, amount: int) -> None:
        """Undo the newest counts of this amount, as far as they have not aged away."""
        entries = self._entries.get(key, deque())
        while entries and amount > 0:
            time, counted = entries.pop()
            undone = min(counted, amount)
            amount -= undone
            self._used[key] -= undone
            if counted > undone:
                entries.append((time, counted - undone))

    def dump(self) -> dict[str, tuple[int, list[tuple[int, int]]]]:
        """What is counted, by key: seconds it is kept, and (ns since 1970 UTC, amount), a hundred entries or so.

        Entries counted close to each other are put together at the later one's time: none is forgotten too early.
        Windows that are over before a program has started again are left out.
        """
        now, elapsed = self._clock.now(), self._clock.monotonic()
        return {
            key: (
                expiry,
                [(now - int((elapsed - time) * NANOS), amount) for time, amount in _fewer(self._entries[key])],
            )
            for key, expiry in self._kept.items()
            if expiry >= _BRIEF and self._counts(key)
        }

    def restore(self, saved: Mapping[str, tuple[int, Sequence[tuple[int, int]]]]) -> None:
        """Count what an earlier run had counted. What bears a time ahead of the clock counts as of now."""
        now, elapsed = self._clock.now(), self._clock.monotonic()
        for key, (expiry, entries) in saved.items():
            self._kept.setdefault(key, expiry)
            self._begun.setdefault(key, -inf)
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


def _insert(entries: deque[tuple[float, int]], time: float, amount: int) -> None:
    """Put an older entry where it belongs: the oldest stand first."""
    place = next((place for place, entry in enumerate(entries) if entry[0] > time), len(entries))
    entries.insert(place, (time, amount))


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
