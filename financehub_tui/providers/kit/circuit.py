"""Circuit breaker: after repeated failures a host is left alone, then probed with one call.

Our own, because it must run on the injected clock and let exactly one call probe a half-open circuit.
"""

from __future__ import annotations

from enum import StrEnum

from financehub_tui.clock import Clock


class CircuitState(StrEnum):
    """Closed lets calls through, open refuses them, half-open lets one through to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Circuit:
    """Counts failures in a row. Durations in seconds of the clock's monotonic time."""

    def __init__(self, clock: Clock, *, failures: int = 5, open_seconds: float = 30.0, longest: float = 600.0) -> None:
        self._clock = clock
        self._allowed = failures
        self._first_wait = open_seconds
        self._longest = longest
        self._wait = open_seconds
        self._failures = 0
        self._reopens_at: float | None = None
        self._probing = False

    @property
    def state(self) -> CircuitState:
        """What the next call would meet."""
        if self._reopens_at is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self._clock.monotonic() < self._reopens_at else CircuitState.HALF_OPEN

    def admit(self) -> float | None:
        """None where a call may go; else the seconds until the next try. The admitted call MUST report its end."""
        state = self.state
        if state is CircuitState.CLOSED:
            return None
        if state is CircuitState.HALF_OPEN and not self._probing:
            self._probing = True
            return None
        return max(1.0, (self._reopens_at or 0.0) - self._clock.monotonic())

    def succeeded(self) -> None:
        """The host answered sensibly."""
        self._failures = 0
        self._probing = False
        self._reopens_at = None
        self._wait = self._first_wait

    def failed(self, *, probe: bool = True) -> None:
        """The host did not; each failed probe doubles the pause.

        `probe` is False for a call that was admitted before the circuit opened: it decides nothing about a probe.
        """
        probing = probe and self._probing
        self._failures += 1
        if probing:
            self._wait = min(self._longest, 2 * self._wait)
            self._probing = False
        if probing or (self._reopens_at is None and self._failures >= self._allowed):
            self._reopens_at = self._clock.monotonic() + self._wait

    def abandoned(self, *, probe: bool = True) -> None:
        """The call ended without telling anything of the host (cancelled, out of budget); `probe` as for `failed`."""
        self._probing = self._probing and not probe
