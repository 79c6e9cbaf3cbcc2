"""What was asked of a host: a ring of the last requests without their secrets, and latency figures over them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.redaction import redacted

WINDOW_SECONDS = 15 * 60
HIDDEN_WORDS = 16
"""Words of sessions kept to know them by: those in use, and a few that calls under way may still carry."""
SECRET_PARAMETERS = frozenset(
    {
        "apikey",
        "api_key",
        "api-key",
        "key",
        "token",
        "access_token",
        "access_key",
        "apitoken",
        "auth",
        "authorization",
        "crumb",
        "password",
        "secret",
        "signature",
        "client_secret",
        "app_key",
        "appid",
        "app_id",
    }
)
Parameters = Mapping[str, str | int | float]


class RequestRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at one request. Time in ns since 1970 UTC; `status` is None where no answer came."""

    time: int
    method: str
    endpoint: str
    url: str
    """Without secrets."""
    status: int | None
    latency_ms: float
    bytes: int
    attempt: int
    error: str = ""
    key: str = ""
    """Alias of the key that signed it."""


class HttpStats(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one host: totals since start, latencies of answers over the last 15 minutes."""

    calls: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    last_error: str
    last_error_at: int | None
    bytes: int


class Redactor:
    """Takes secrets out of texts: values of telling parameters, and values it was told of.

    These are words of a session, such as a crumb, which is renewed for as long as the program runs: the newest are
    kept. API keys are hidden for good, by `redaction.hide`.
    """

    def __init__(self) -> None:
        self._values: deque[str] = deque(maxlen=HIDDEN_WORDS)

    def hide(self, value: str) -> None:
        """Let this value appear no more."""
        if value and value not in self._values:
            self._values.append(value)

    def text(self, text: str) -> str:
        """The text with known secret values replaced."""
        for value in self._values:
            text = text.replace(value, "***")
        return redacted(text)

    def url(self, url: str, params: Parameters | None) -> str:
        """A URL with its query, telling parameters masked."""
        if params:
            masked = {name: "***" if name.lower() in SECRET_PARAMETERS else value for name, value in params.items()}
            url = f"{url}?{urlencode(masked, safe='*')}"
        return self.text(url)


class RequestLog:
    """The last requests of one client, oldest first."""

    def __init__(self, clock: Clock, size: int = 1_000) -> None:
        self._clock = clock
        self.records: deque[RequestRecord] = deque(maxlen=size)
        self._calls = 0
        self._errors = 0
        self._bytes = 0
        self.last_error = ""
        self.last_error_at: int | None = None

    def add(self, record: RequestRecord) -> None:
        """Keep one attempt."""
        self.records.append(record)
        self._calls += 1
        self._bytes += record.bytes
        if record.error:
            self._errors += 1
            self.last_error, self.last_error_at = record.error, record.time

    def stats(self) -> HttpStats:
        """The figures now."""
        since = self._clock.now() - WINDOW_SECONDS * NANOS
        latencies = sorted(
            record.latency_ms for record in self.records if record.status is not None and record.time >= since
        )
        return HttpStats(
            calls=self._calls,
            errors=self._errors,
            p50_ms=_quantile(latencies, 0.50),
            p95_ms=_quantile(latencies, 0.95),
            last_error=self.last_error,
            last_error_at=self.last_error_at,
            bytes=self._bytes,
        )


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest rank."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
