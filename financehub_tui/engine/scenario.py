"""The demo scenarios and their clock."""

from __future__ import annotations

import asyncio

from financehub_tui.clock import NANOS, Clock, SystemClock
from financehub_tui.desk import Scenario
from financehub_tui.errors import ConfigError

LIVE = Scenario(name="live", title="")
MIN_SPEED, MAX_SPEED = 1.0, 100.0
LONGEST_NAP = 3_600.0


class ScenarioClock:
    """A clock that plays a span of the past: at x1 to x100, paused, stepped, moved forward; never backwards.

    It ends at the scenario's end and stands still there. Implements `clock.Clock` and `desk.Replay`.
    """

    def __init__(
        self, start: int, end: int, *, base: Clock | None = None, speed: float = 1.0, paused: bool = False
    ) -> None:
        self._base = base or SystemClock()
        self._at = start
        self._end = max(start, end)
        self._speed = min(MAX_SPEED, max(MIN_SPEED, speed))
        self._paused = paused
        self._since = self._base.monotonic()
        self._changed = asyncio.Event()

    def now(self) -> int:
        """Nanoseconds since 1970 UTC in the scenario."""
        if self._paused:
            return self._at
        elapsed = self._base.monotonic() - self._since
        return min(self._end, self._at + int(elapsed * self._speed * NANOS))

    def monotonic(self) -> float:
        """Seconds of the real world, for durations."""
        return self._base.monotonic()

    @property
    def speed(self) -> float:
        """Seconds of the scenario in one second."""
        return self._speed

    @property
    def paused(self) -> bool:
        """True while it stands still by request."""
        return self._paused

    @property
    def ended(self) -> bool:
        """True at the end of the scenario."""
        return self.now() >= self._end

    def set_speed(self, speed: float) -> None:
        """1 to 100. Raises ConfigError."""
        if not MIN_SPEED <= speed <= MAX_SPEED:
            raise ConfigError(f"No speed of {speed:g}", "Speeds go from 1 to 100.")
        self._settle()
        self._speed = speed
        self._wake()

    def pause(self) -> None:
        """Stand still."""
        self._settle()
        self._paused = True
        self._wake()

    def resume(self) -> None:
        """Go on."""
        self._settle()
        self._paused = False
        self._wake()

    def step(self, seconds: float = 1.0) -> None:
        """Move forward."""
        self.seek(self.now() + int(max(0.0, seconds) * NANOS))

    def seek(self, instant: int) -> None:
        """Move forward to an instant; one that has passed is ignored."""
        self._settle()
        self._at = min(self._end, max(self._at, instant))
        self._wake()

    def _settle(self) -> None:
        self._at = self.now()
        self._since = self._base.monotonic()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_until(self, instant: int) -> bool:
        """Wait until the scenario reaches an instant. False where it ends before; it then never will."""
        while (now := self.now()) < instant:
            changed = self._changed
            if now >= self._end:
                return False
            nap = LONGEST_NAP if self._paused else min(LONGEST_NAP, (instant - now) / NANOS / self._speed)
            try:
                async with asyncio.timeout(max(0.0005, nap)):
                    await changed.wait()
            except TimeoutError:
                continue
        return True
