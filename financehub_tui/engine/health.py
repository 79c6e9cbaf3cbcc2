"""How well each provider answers: figures of the last fifteen minutes, and when it may be asked again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from financehub_tui.clock import NANOS, Clock
from financehub_tui.desk import ProviderStatus
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason

WINDOW = 900.0
KEPT = 500
DOWN_AFTER = 3
"""Failures in a row after which a provider is asked last."""
DOWN_FOR = 60.0
PAUSING = (Reason.RATE_LIMITED, Reason.BUDGET_SPENT, Reason.CIRCUIT_OPEN, Reason.NO_KEY, Reason.BAD_KEY)
BLAMELESS = (Reason.UNKNOWN_SYMBOL, Reason.NO_DATA, Reason.NOT_OFFERED)
"""Answers that say nothing against the provider."""

Limits = tuple[tuple[str, float, float, int | None], ...]


class CallRecord(NamedTuple):
    """One call, as PHLT's drill-down lists it."""

    at: int
    monotonic: float
    endpoint: str
    seconds: float
    error: str
    """Empty where it went well."""
    reason: Reason | None


class Pause(NamedTuple):
    """Before this, asking is pointless. It ends by the monotonic clock, so that a clock set back prolongs nothing."""

    retry_at: int
    reason: Reason
    ends: float


class ProviderHealth:
    """The calls of one provider."""

    def __init__(self, provider: str, title: str) -> None:
        self.provider = provider
        self.title = title
        self.calls: deque[CallRecord] = deque(maxlen=KEPT)
        self.total = 0
        self.errors = 0
        self.in_a_row = 0
        self.last_error = ""
        self.last_error_at: int | None = None
        self.last_reason: Reason | None = None
        self.cache_hits = 0
        self.streams = 0
        self.failed_to_load = ""
        self.paused: dict[str, Pause] = {}
        """By endpoint."""
        self.circuit: Callable[[], str] = lambda: "closed"
        self.limits: Callable[[], Limits] = tuple

    def state(self, now: float) -> str:
        """ok, degraded, down, idle at a monotonic instant."""
        if self.failed_to_load or self.down(now):
            return "down"
        recent = self.recent(now)
        if not recent:
            return "ok" if self.streams else "idle"
        bad = sum(1 for call in recent if call.error)
        if bad == len(recent):
            return "down"
        return "degraded" if bad * 10 > len(recent) else "ok"

    def down(self, now: float) -> bool:
        """True after several failures in a row, the last a short while ago."""
        return self.in_a_row >= DOWN_AFTER and bool(self.calls) and now - self.calls[-1].monotonic < DOWN_FOR

    def recent(self, now: float) -> list[CallRecord]:
        """Calls of the last fifteen minutes, oldest first."""
        return [call for call in self.calls if now - call.monotonic <= WINDOW]


class HealthBoard:
    """Health of all providers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.providers: dict[str, ProviderHealth] = {}

    def of(self, provider: str, title: str = "") -> ProviderHealth:
        """The record of a provider, made on first use."""
        if provider not in self.providers:
            self.providers[provider] = ProviderHealth(provider, title or provider)
        return self.providers[provider]

    def succeeded(self, provider: str, endpoint: str, seconds: float) -> None:
        """A call was answered."""
        health = self.of(provider)
        health.total += 1
        health.in_a_row = 0
        health.last_reason = None
        health.paused.pop(endpoint, None)
        health.calls.append(CallRecord(self._clock.now(), self._clock.monotonic(), endpoint, seconds, "", None))

    def failed(self, error: ProviderError, endpoint: str, seconds: float) -> None:
        """A call failed; a stated time of retry is kept to."""
        health = self.of(error.provider)
        now = self._clock.now()
        health.total += 1
        blameless = error.reason in BLAMELESS
        health.in_a_row = 0 if blameless else health.in_a_row + 1
        health.last_reason = error.reason
        words = "" if blameless else error.detail
        health.calls.append(CallRecord(now, self._clock.monotonic(), endpoint, seconds, words, error.reason))
        if blameless:
            return
        health.errors += 1
        health.last_error, health.last_error_at = error.detail, now
        if error.retry_at is not None and error.reason in PAUSING:
            ends = self._clock.monotonic() + (error.retry_at - now) / NANOS
            health.paused[endpoint] = Pause(error.retry_at, error.reason, ends)

    def pause(self, provider: str, endpoint: str) -> Pause | None:
        """Why a provider's endpoint must be left alone, and how long; None where it may be asked."""
        held = self.of(provider).paused.get(endpoint)
        return None if held is None or held.ends <= self._clock.monotonic() else held

    def down(self, provider: str) -> bool:
        """True where the provider failed lately and should be asked last."""
        return self.of(provider).down(self._clock.monotonic())

    def offline(self) -> bool:
        """True where somebody was asked, and the last answer of everybody asked lately was that there is no network."""
        now = self._clock.monotonic()
        asked = [health for health in self.providers.values() if health.recent(now)]
        return bool(asked) and all(health.last_reason is Reason.OFFLINE for health in asked)

    def status(self) -> list[ProviderStatus]:
        """One row per provider."""
        return [self._status(health) for health in self.providers.values()]

    def _status(self, health: ProviderHealth) -> ProviderStatus:
        now = self._clock.monotonic()
        seconds = sorted(call.seconds for call in health.recent(now) if not call.error)
        paused = any(pause.ends > now for pause in health.paused.values())
        return ProviderStatus(
            provider=health.provider,
            title=health.title,
            state="paused" if paused else health.state(now),
            calls=health.total,
            errors=health.errors,
            p50_ms=_percentile(seconds, 0.50),
            p95_ms=_percentile(seconds, 0.95),
            last_error=health.failed_to_load or health.last_error,
            last_error_at=health.last_error_at,
            limits=health.limits(),
            circuit=health.circuit(),
            cache_hits=health.cache_hits,
            streams=health.streams,
        )


def _percentile(ordered: list[float], share: float) -> float | None:
    if not ordered:
        return None
    return 1_000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]
