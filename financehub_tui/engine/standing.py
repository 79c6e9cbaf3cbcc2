"""Whether a provider may be asked at all: the user's hand on it, and being left out after repeated failures."""

from __future__ import annotations

from typing import NamedTuple

from financehub_tui.clock import NANOS, Clock
from financehub_tui.market.provenance import Reason

LEFT_OUT_AFTER = 8
"""Faults in a row after which a provider is not asked any more until a probe succeeds."""
FIRST_PROBE = 60.0
LONGEST_PROBE = 900.0
FAULTS = (Reason.TIMEOUT, Reason.PROVIDER_ERROR, Reason.BAD_ANSWER)
"""Failures that are the provider's own. A spent budget, a missing key or a dead network say when they end."""


class Bar(NamedTuple):
    """Why a provider is not asked, and when that may change (ns since 1970 UTC)."""

    words: str
    retry_at: int | None


class Standing:
    """The standing of one provider."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.paused = False
        self.forced = False
        self.faults = 0
        """In a row."""
        self._wait = 0.0
        self._probe_at = 0.0
        self._since = 0

    @property
    def left_out(self) -> bool:
        """True from repeated failures on until a call succeeds."""
        return self._wait > 0

    @property
    def probe_at(self) -> int | None:
        """When it is tried again, ns since 1970 UTC."""
        if not self.left_out:
            return None
        return self._clock.now() + int(max(0.0, self._probe_at - self._clock.monotonic()) * NANOS)

    @property
    def probe_due(self) -> bool:
        """True where it is time to try again."""
        return self.left_out and not self.paused and self._clock.monotonic() >= self._probe_at

    def bar(self) -> Bar | None:
        """Why it must not be asked; None where it may."""
        if self.paused:
            return Bar("paused by hand, PHLT RESUME lets it go on", None)
        if self.left_out and not self.forced:
            return Bar(f"left out after {self.faults} failures in a row", self.probe_at)
        return None

    def succeeded(self) -> None:
        """A call was answered."""
        self.faults = 0
        self._wait = 0.0

    def failed(self, reason: Reason) -> None:
        """A call failed; each failed probe doubles the time to the next."""
        if reason not in FAULTS:
            return
        self.faults += 1
        if self.faults >= LEFT_OUT_AFTER and self._clock.monotonic() >= self._probe_at:
            self._wait = min(LONGEST_PROBE, 2 * self._wait) if self._wait else FIRST_PROBE
            self._probe_at = self._clock.monotonic() + self._wait

    def pause(self) -> None:
        """Not asked until `resume`."""
        self.paused, self.forced = True, False

    def force(self) -> None:
        """Asked first until `resume`."""
        self.paused, self.forced = False, True

    def resume(self) -> None:
        """As if nothing had been said or happened."""
        self.paused = self.forced = False
        self.succeeded()
