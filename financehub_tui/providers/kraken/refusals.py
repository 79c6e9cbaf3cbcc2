"""What Kraken's refusals mean. REST says them inside a 200: `{"error": ["EQuery:Unknown asset pair"]}`.

A text reads `<E|W><category>:<what>[:detail]`; W is a warning and no refusal. The socket says them in plain words.
"""

from __future__ import annotations

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.kit.decode import UNREADABLE
from financehub_tui.providers.kit.http import Response
from financehub_tui.providers.kraken.wire import Errors

PROVIDER = "kraken"
RATE_PAUSE = 10
"""Seconds: the venue does not say how long, 5 to 15 are known to do."""
LOCKOUT_PAUSE = 900
FIREWALL_PAUSE = 600
"""Cloudflare shuts an address out for about ten minutes."""
OUTAGE_PAUSE = 10

_MEANINGS: tuple[tuple[str, Reason, int | None], ...] = (
    ("EQuery:Unknown asset", Reason.UNKNOWN_SYMBOL, None),
    ("EGeneral:Too many requests", Reason.RATE_LIMITED, RATE_PAUSE),
    ("EAPI:Rate limit", Reason.RATE_LIMITED, RATE_PAUSE),
    ("EGeneral:Temporary lockout", Reason.RATE_LIMITED, LOCKOUT_PAUSE),
    ("EService:Deadline elapsed", Reason.TIMEOUT, None),
    ("EService:Timeout", Reason.TIMEOUT, None),
    ("EService:", Reason.PROVIDER_ERROR, OUTAGE_PAUSE),
    ("EGeneral:Internal error", Reason.PROVIDER_ERROR, OUTAGE_PAUSE),
    ("EGeneral:Permission denied", Reason.NO_KEY, None),
    ("EAPI:Invalid key", Reason.NO_KEY, None),
    ("EAPI:Invalid signature", Reason.NO_KEY, None),
    ("EAPI:Invalid nonce", Reason.NO_KEY, None),
    ("EAuth:", Reason.NO_KEY, None),
)
_SPOKEN = (
    ("pair not supported", Reason.UNKNOWN_SYMBOL),
    ("msg rate", Reason.RATE_LIMITED),
    ("rate limit", Reason.RATE_LIMITED),
    ("token", Reason.NO_KEY),
    ("permission denied", Reason.NO_KEY),
    ("authenticat", Reason.NO_KEY),
)
"""Parts of what the socket says."""


def refusal(response: Response) -> ProviderError | None:
    """The typed error in an answer of any status, None where there is none of Kraken's own."""
    said = _said(response)
    if said:
        return _meaning(response, said)
    if response.status == 403:
        return _error(response, Reason.RATE_LIMITED, "refused by the firewall", FIREWALL_PAUSE)
    if response.status == 429 and "retry-after" not in response.headers:
        return _error(response, Reason.RATE_LIMITED, "too many requests", RATE_PAUSE)
    return None


def spoken(text: str) -> ProviderError:
    """A refusal on the socket as the typed error."""
    words = text.lower()
    reason = next((reason for part, reason in _SPOKEN if part in words), Reason.PROVIDER_ERROR)
    return ProviderError(PROVIDER, reason, f"subscription refused: {text or 'no reason given'}", endpoint="stream")


def _said(response: Response) -> list[str]:
    try:
        errors = msgspec.json.decode(response.body, type=Errors).error
    except UNREADABLE:
        return []
    return [text for text in errors if not text.startswith("W")]


def _meaning(response: Response, said: list[str]) -> ProviderError:
    for text in said:
        for beginning, reason, pause in _MEANINGS:
            if text.startswith(beginning):
                return _error(response, reason, text, pause)
    return _error(response, Reason.PROVIDER_ERROR, "; ".join(said))


def _error(response: Response, reason: Reason, detail: str, pause: int | None = None) -> ProviderError:
    retry_at = None if pause is None else response.received_at + pause * NANOS
    return ProviderError(
        response.provider, reason, detail, endpoint=response.endpoint, status=response.status, retry_at=retry_at
    )
