"""Time is injected: the one door to the system's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

NANOS = 1_000_000_000
_START = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What time it is. Only an implementation of this may ask the system."""

    def now(self) -> int:
        """Nanoseconds since 1970 UTC; may stand still, jump or run fast."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for durations."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> int:
        """Nanoseconds since 1970 UTC."""
        return time.time_ns()

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until told: for tests and replay."""

    def __init__(self, now: int = 0) -> None:
        self._now = now
        self._elapsed = 0.0

    def now(self) -> int:
        """Nanoseconds since 1970 UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds advanced so far; setting the time backwards does not lower it."""
        return self._elapsed

    def set(self, now: int) -> None:
        """Move to an instant."""
        self._elapsed += max(0, now - self._now) / NANOS
        self._now = now

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self.set(self._now + int(seconds * NANOS))


def to_datetime(nanos: int) -> datetime:
    """Nanoseconds since 1970 as an aware UTC datetime (microsecond resolution)."""
    seconds, rest = divmod(nanos, NANOS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1_000)


def to_nanos(moment: datetime) -> int:
    """An aware datetime as nanoseconds since 1970 UTC. Streams ask this of every message: no float, no copy."""
    since = moment - _START
    return (since.days * 86_400 + since.seconds) * NANOS + since.microseconds * 1_000
