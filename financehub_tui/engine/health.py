"""How well each provider answers: its calls of the last fifteen minutes, and when it may be asked again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from financehub_tui.clock import NANOS, Clock
from financehub_tui.engine.calls import CallRecord, endpoint_rows, latencies, provider_row, scored
from financehub_tui.engine.events import Events
from financehub_tui.engine.score import uptime_after
from financehub_tui.engine.standing import Bar, Standing
from financehub_tui.errors import ProviderError
from financehub_tui.figures import EndpointStatus, HealthChanged, ProviderStatus
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Delay, Reason

WINDOW = 900.0
KEPT = 500
DOWN_AFTER = 3
"""Failures in a row after which a provider is asked last."""
DOWN_FOR = 60.0
SCORED_FOR = 1.0
"""Seconds a score is good for."""
UNKNOWN_SCORE = 100.0
"""Of a provider that was not asked lately: it gets its chance."""
SCORES = 288
"""Scores kept: a day, every five minutes."""
PAUSING = (Reason.RATE_LIMITED, Reason.BUDGET_SPENT, Reason.CIRCUIT_OPEN, Reason.NO_KEY, Reason.BAD_KEY)
UNASKED = (Reason.UNKNOWN_SYMBOL, Reason.NOT_OFFERED, Reason.CIRCUIT_OPEN, Reason.BUDGET_SPENT, Reason.NO_KEY)
"""Answers that may be given without asking the network."""
BLAMELESS = (Reason.UNKNOWN_SYMBOL, Reason.NO_DATA, Reason.NOT_OFFERED)
"""Answers that say nothing against the provider."""

Limits = tuple[tuple[str, float, float, int | None], ...]


class Pause(NamedTuple):
    """Before this, asking is pointless. It ends by the monotonic clock, so that a clock set back prolongs nothing."""

    retry_at: int
    reason: Reason
    ends: float


class ProviderHealth:
    """The calls of one provider."""

    def __init__(self, provider: str, title: str, clock: Clock) -> None:
        self.provider = provider
        self.title = title
        self.attribution = ""
        """What its terms demand to be shown with its values."""
        self.standing = Standing(clock)
        self.delay = Delay.REALTIME
        """The best of what it declares."""
        self.calls: deque[CallRecord] = deque(maxlen=KEPT)
        self.total = 0
        self.errors = 0
        self.in_a_row = 0
        self.last_error = ""
        self.last_error_at: int | None = None
        self.last_reason: Reason | None = None
        self.last_instrument: Instrument | None = None
        """What it answered for last: a probe asks for that."""
        self.cache_hits = 0
        self.streams = 0
        self.failed_to_load = ""
        self.uptime = 1.0
        self.scores: deque[tuple[int, float]] = deque(maxlen=SCORES)
        """(ns since 1970 UTC, score)."""
        self.paused: dict[str, Pause] = {}
        """By endpoint."""
        self.circuit: Callable[[], str] = lambda: "closed"
        self.limits: Callable[[], Limits] = tuple
        self.waiting: Callable[[], int] = int
        self._score: tuple[float, int, float | None] = (-1.0, 0, None)

    @property
    def keyless(self) -> bool:
        """True where it wants a key and there was none when it was last to be asked."""
        return self.last_reason is Reason.NO_KEY

    def state(self, now: float) -> str:
        """ok, degraded, down, paused, idle at a monotonic instant."""
        if self.standing.paused:
            return "paused"
        if self.failed_to_load or self.standing.left_out or self.down(now):
            return "down"
        if any(pause.ends > now for pause in self.paused.values()):
            return "paused"
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

    def score(self, now: float) -> float | None:
        """See `engine.score`; None where nothing was asked lately. Computed at most once a second."""
        held_at, held_total, held = self._score
        if (held_total != self.total and now - held_at >= SCORED_FOR) or held_at < 0 or now - held_at > WINDOW:
            held = scored(self.recent(now), self.uptime, self.delay)
            self._score = (now, self.total, held)
        return held


class HealthBoard:
    """Health of all providers."""

    def __init__(self, clock: Clock, events: Events | None = None) -> None:
        self._clock = clock
        self.events = events or Events()
        self.providers: dict[str, ProviderHealth] = {}
        self._seen: dict[str, str] = {}
        self._looked = clock.monotonic()

    def of(self, provider: str, title: str = "") -> ProviderHealth:
        """The record of a provider, made on first use."""
        if provider not in self.providers:
            self.providers[provider] = ProviderHealth(provider, title or provider, self._clock)
        return self.providers[provider]

    def succeeded(
        self,
        provider: str,
        endpoint: str,
        seconds: float,
        *,
        age: float | None = None,
        instrument: Instrument | None = None,
    ) -> None:
        """A call was answered; `age` is that of its value in seconds, where its market was open."""
        health = self.of(provider)
        health.total += 1
        health.in_a_row = 0
        if health.keyless:
            health.last_error = ""
        health.last_reason = None
        health.standing.succeeded()
        health.paused.pop(endpoint, None)
        if instrument is not None:
            health.last_instrument = instrument
        health.calls.append(CallRecord(self._clock.now(), self._clock.monotonic(), endpoint, seconds, "", None, age))

    def failed(self, error: ProviderError, endpoint: str, seconds: float) -> None:
        """A call failed; a stated time of retry is kept to."""
        health = self.of(error.provider)
        now = self._clock.now()
        if error.reason is Reason.NO_KEY:
            # Nothing was asked: that is no fault of the provider.
            health.last_reason, health.last_error = error.reason, error.detail
            return
        health.total += 1
        blameless = error.reason in BLAMELESS
        health.in_a_row = 0 if blameless else health.in_a_row + 1
        health.last_reason = error.reason
        words = "" if blameless else error.detail
        health.calls.append(CallRecord(now, self._clock.monotonic(), endpoint, seconds, words, error.reason, None))
        if blameless:
            health.standing.succeeded()
            return
        health.standing.failed(error.reason)
        health.errors += 1
        health.last_error, health.last_error_at = error.detail, now
        if error.retry_at is not None and error.reason in PAUSING:
            ends = self._clock.monotonic() + (error.retry_at - now) / NANOS
            health.paused[endpoint] = Pause(error.retry_at, error.reason, ends)

    def pause(self, provider: str, endpoint: str) -> Pause | None:
        """Why a provider's endpoint must be left alone, and how long; None where it may be asked."""
        held = self.of(provider).paused.get(endpoint)
        return None if held is None or held.ends <= self._clock.monotonic() else held

    def bar(self, provider: str) -> Bar | None:
        """Why a provider must not be asked at all; None where it may."""
        return self.of(provider).standing.bar()

    def down(self, provider: str) -> bool:
        """True where the provider failed lately and should be asked last."""
        return self.of(provider).down(self._clock.monotonic())

    def score(self, provider: str) -> float:
        """0 to 100."""
        score = self.of(provider).score(self._clock.monotonic())
        return UNKNOWN_SCORE if score is None else score

    def attributions(self) -> dict[str, str]:
        """What sources demand to be shown with their values, by provider."""
        return {name: health.attribution for name, health in self.providers.items() if health.attribution}

    def offline(self) -> bool:
        """True where somebody was asked, and the last that all who were asked lately heard of the network was none.

        What is answered without the network (a circuit left open, a symbol the source is known not to carry) says
        nothing about it.
        """
        now = self._clock.monotonic()
        heard = [_heard(health.recent(now)) for health in self.providers.values()]
        asked = [reason for spoke, reason in heard if spoke]
        return bool(asked) and all(reason is Reason.OFFLINE for reason in asked)

    def look(self) -> None:
        """Count uptime since the last look, and tell listeners of each provider whose state is another than before."""
        now = self._clock.monotonic()
        passed, self._looked = now - self._looked, now
        for health in self.providers.values():
            state = health.state(now)
            health.uptime = uptime_after(health.uptime, passed, state != "down")
            before = self._seen.get(health.provider, "idle")
            self._seen[health.provider] = state
            if state != before:
                self.events.tell(self._change(health, before, state, now))

    def _change(self, health: ProviderHealth, before: str, after: str, now: float) -> HealthChanged:
        bar = health.standing.bar()
        why = health.failed_to_load or (bar.words if bar else "") or (health.last_error if after != "ok" else "")
        return HealthChanged(
            provider=health.provider,
            title=health.title,
            before=before,
            after=after,
            why=why,
            score=health.score(now),
            at=self._clock.now(),
        )

    def note_scores(self) -> None:
        """Keep the scores of now, of those that were asked lately."""
        now = self._clock.monotonic()
        for health in self.providers.values():
            score = health.score(now)
            if score is not None:
                health.scores.append((self._clock.now(), score))

    def status(self) -> list[ProviderStatus]:
        """One row per provider."""
        now = self._clock.monotonic()
        return [provider_row(health, health.recent(now), now) for health in self.providers.values()]

    def endpoints(self, provider: str) -> list[EndpointStatus]:
        """One row per kind of data it was asked for lately."""
        now = self._clock.monotonic()
        health = self.of(provider)
        return endpoint_rows(health, health.recent(now), now)

    def latencies(self, provider: str) -> Sequence[float]:
        """Seconds of the answers of the last fifteen minutes, ascending."""
        return latencies(self.of(provider).recent(self._clock.monotonic()))


def _heard(calls: list[CallRecord]) -> tuple[bool, Reason | None]:
    """(whether the network was asked, how its last answer failed; None where it did not)."""
    newest = next((call for call in reversed(calls) if call.reason not in UNASKED), None)
    return newest is not None, newest.reason if newest else None
