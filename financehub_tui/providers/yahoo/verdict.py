"""What an HTTP answer of Yahoo's means: refusals typed, and a pause that grows while it says 429."""

from __future__ import annotations

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.kit.http import Response
from financehub_tui.providers.yahoo.wire import PROVIDER, refusal

FIRST_PAUSE = 60.0
LONGEST_PAUSE = 1_800.0
_TOO_MANY = b"too many requests"
_DOWN = b"will be right back"


class Verdict:
    """Judges the answers of one host. Yahoo gives no Retry-After: the pause doubles from one minute to thirty."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pause = FIRST_PAUSE

    def __call__(self, response: Response) -> ProviderError | None:
        """The error of an answer; None where it may be decoded."""
        start = response.body[:5_000].lower()
        if response.status == 429 or start.strip().startswith(_TOO_MANY):
            return self._rate_limited(response)
        if _DOWN in start and not start.lstrip().startswith((b"{", b"[")):
            return self._error(response, Reason.PROVIDER_ERROR, "service is down (will be right back)")
        if b"invalid crumb" in start or b"invalid cookie" in start:
            return self._error(response, Reason.PROVIDER_ERROR, "the crumb was refused")
        if response.status < 400:
            self._pause = FIRST_PAUSE
            return None
        said = refusal(response.body, response.status, response.endpoint)
        if said is not None:
            return said
        if response.status in (401, 403):
            return self._error(response, Reason.PROVIDER_ERROR, f"refused with HTTP {response.status}")
        return None

    def _rate_limited(self, response: Response) -> ProviderError:
        error = self._error(response, Reason.RATE_LIMITED, "too many requests")
        if "retry-after" not in response.headers:
            error.retry_at = self._clock.now() + int(self._pause * NANOS)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        return error

    def _error(self, response: Response, reason: Reason, what: str) -> ProviderError:
        return ProviderError(PROVIDER, reason, what, endpoint=response.endpoint, status=response.status)
