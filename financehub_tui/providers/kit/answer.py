"""What goes into an HTTP client and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.kit.decode import decode
from financehub_tui.providers.kit.failure import names_time
from financehub_tui.providers.kit.requests import Parameters

T = TypeVar("T")


class HttpOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a client is. Times in seconds."""

    connect_timeout: float = 5.0
    read_timeout: float = 10.0
    """Between two pieces of an answer."""
    total_timeout: float = 30.0
    """For one attempt."""
    max_bytes: int = 64 * 1024 * 1024
    """After decompression."""
    max_redirects: int = 3
    connections: int = 8
    attempts: int = 3
    backoff: float = 0.5
    backoff_max: float = 15.0
    max_wait: float = 8.0
    """Longest wait for budget or a Retry-After; a longer one is answered with RATE_LIMITED and the time."""
    cooling: float = 30.0
    """Pause after a 429 that does not say how long."""
    circuit_failures: int = 5
    circuit_seconds: float = 30.0
    http2: bool = True
    proxies_from_environment: bool = True


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. Header names are lower case; `received_at` in ns since 1970 UTC."""

    provider: str
    endpoint: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: int

    def decode(self, kind: type[T]) -> T:
        """The body as a wire type. Raises ProviderError (BAD_ANSWER)."""
        return decode(self.body, kind, provider=self.provider, endpoint=self.endpoint)

    def refused(self, reason: Reason, words: str, pause: int = 0) -> ProviderError:
        """What the source refuses with this answer. A limit whose end no header names ends after `pause` seconds."""
        error = ProviderError(self.provider, reason, words, endpoint=self.endpoint, status=self.status)
        if pause and reason is Reason.RATE_LIMITED and not names_time(self.headers):
            error.retry_at = self.received_at + pause * NANOS
        return error


Inspect = Callable[[Response], ProviderError | None]
"""A source's own reading of an answer (any status): an error inside a 200, the meaning of a 400. None = no opinion."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the client carries it through its attempts."""

    method: str
    path: str
    endpoint: str
    params: Parameters | None = None
    headers: Mapping[str, str] | None = None
    content: bytes | None = None
    cost: int = 1
    retry: bool = True
