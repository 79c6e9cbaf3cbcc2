"""Figures over the calls of the last fifteen minutes: what PHLT shows of a provider and of each kind of data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from financehub_tui.engine.score import freshness_of, percentile, score
from financehub_tui.figures import EndpointStatus, ProviderStatus
from financehub_tui.market.provenance import Delay, Reason

if TYPE_CHECKING:
    from financehub_tui.engine.health import ProviderHealth

MINUTES = 15
MINUTE = 60.0


class CallRecord(NamedTuple):
    """One call."""

    at: int
    monotonic: float
    endpoint: str
    seconds: float
    error: str
    """Empty where it went well, or told honestly that there is nothing."""
    reason: Reason | None
    age: float | None
    """Seconds between the value's time and its arrival, where its market was open."""


def latencies(calls: Sequence[CallRecord]) -> list[float]:
    """Seconds of answered calls, ascending."""
    return sorted(call.seconds for call in calls if not call.error)


def scored(calls: Sequence[CallRecord], uptime: float, delay: Delay) -> float | None:
    """The score over some calls; None without any."""
    if not calls:
        return None
    good = sum(1 for call in calls if not call.error)
    return score(good / len(calls), percentile(latencies(calls), 0.5), uptime, freshness_of(age_of(calls), delay))


def age_of(calls: Sequence[CallRecord]) -> float | None:
    """Median age of the values."""
    from statistics import median

    ages = [call.age for call in calls if call.age is not None]
    return median(ages) if ages else None


def provider_row(health: ProviderHealth, calls: Sequence[CallRecord], now: float) -> ProviderStatus:
    """What PHLT shows of a provider; `calls` are those of the last fifteen minutes, `now` is monotonic."""
    from statistics import median

    answered = latencies(calls)
    bar = health.standing.bar()
    why = health.failed_to_load or (f"{bar.words}; {health.last_error}".rstrip("; ") if bar else health.last_error)
    return ProviderStatus(
        provider=health.provider,
        title=health.title,
        state=health.state(now),
        calls=health.total,
        errors=health.errors,
        p50_ms=_milliseconds(percentile(answered, 0.50)),
        p95_ms=_milliseconds(percentile(answered, 0.95)),
        last_error=why,
        last_error_at=health.last_error_at,
        limits=health.limits(),
        circuit=health.circuit(),
        cache_hits=health.cache_hits,
        streams=health.streams,
        score=health.score(now),
        uptime=health.uptime,
        forced=health.standing.forced,
        probe_at=health.standing.probe_at,
        waiting=health.waiting(),
        per_minute=tuple(float(len(minute)) for minute in _minutes(calls, now)),
        latency_ms=tuple(1_000 * median(seconds) for minute in _minutes(calls, now) if (seconds := latencies(minute))),
        scores=tuple(value for _, value in health.scores),
    )


def endpoint_rows(health: ProviderHealth, calls: Sequence[CallRecord], now: float) -> list[EndpointStatus]:
    """One row per kind of data, in the order of their names."""
    kinds = sorted({call.endpoint for call in calls} | set(health.paused))
    return [_endpoint(health, kind, [call for call in calls if call.endpoint == kind], now) for kind in kinds]


def _endpoint(health: ProviderHealth, kind: str, calls: Sequence[CallRecord], now: float) -> EndpointStatus:
    answered = latencies(calls)
    failed = [call for call in calls if call.error]
    pause = health.paused.get(kind)
    waits = pause is not None and pause.ends > now
    return EndpointStatus(
        provider=health.provider,
        endpoint=kind,
        state="paused" if waits else _state(len(calls), len(failed)),
        calls=len(calls),
        errors=len(failed),
        p50_ms=_milliseconds(percentile(answered, 0.50)),
        p95_ms=_milliseconds(percentile(answered, 0.95)),
        score=scored(calls, health.uptime, health.delay),
        age_seconds=age_of(calls),
        last_error=failed[-1].error if failed else "",
        retry_at=pause.retry_at if waits and pause is not None else None,
    )


def _state(calls: int, failed: int) -> str:
    if not calls:
        return "idle"
    if failed == calls:
        return "down"
    return "degraded" if failed * 10 > calls else "ok"


def _minutes(calls: Sequence[CallRecord], now: float) -> list[list[CallRecord]]:
    """The calls of each of the last fifteen minutes, oldest first."""
    found: list[list[CallRecord]] = [[] for _ in range(MINUTES)]
    for call in calls:
        ago = int((now - call.monotonic) // MINUTE)
        if ago < MINUTES:
            found[MINUTES - 1 - ago].append(call)
    return found


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1_000 * seconds
