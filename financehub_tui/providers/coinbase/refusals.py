"""What Coinbase's refusals mean: `{"message": "NotFound"}` over REST, `{"type": "error", …}` on the feed."""

from __future__ import annotations

import re

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.coinbase.wire import ErrorBody, StreamError
from financehub_tui.providers.kit.decode import UNREADABLE
from financehub_tui.providers.kit.http import Response

PROVIDER = "coinbase"
RATE_PAUSE = 1
"""Seconds: the venue's bucket fills ten a second."""
FIREWALL_PAUSE = 60

_INVALID_PRODUCT = re.compile(r"(\S+) is not a valid product")
_BY_STATUS = {401: Reason.NO_KEY, 404: Reason.UNKNOWN_SYMBOL, 429: Reason.RATE_LIMITED}
_BY_STATUS |= {408: Reason.TIMEOUT, 504: Reason.TIMEOUT}


def refusal(response: Response) -> ProviderError | None:
    """The typed error in an answer, None where there is none of Coinbase's own."""
    status = response.status
    if status < 400:
        return None
    said = _said(response)
    if status == 429:
        pause = None if "retry-after" in response.headers else RATE_PAUSE
        return _error(response, Reason.RATE_LIMITED, said or "too many requests", pause)
    if status == 403 and not said:
        return _error(response, Reason.RATE_LIMITED, "refused by the firewall", FIREWALL_PAUSE)
    if not said and status != 404:
        return None
    reason = _BY_STATUS.get(status, Reason.PROVIDER_ERROR)
    if status == 400:
        reason = _bad_request(said)
    return _error(response, reason, f"{said or 'not found'} ({status})")


def spoken(error: StreamError) -> ProviderError:
    """A refusal on the feed as the typed error."""
    words = f"{error.message}: {error.reason}" if error.reason else error.message
    lower = words.lower()
    reason = Reason.PROVIDER_ERROR
    if "authentication" in lower or "authenticated" in lower:
        reason = Reason.NO_KEY
    elif invalid_product(error) is not None:
        reason = Reason.UNKNOWN_SYMBOL
    elif "rate limit" in lower or "too many" in lower:
        reason = Reason.RATE_LIMITED
    return ProviderError(PROVIDER, reason, words, endpoint="feed")


def invalid_product(error: StreamError) -> str | None:
    """The product a subscription was refused for."""
    found = _INVALID_PRODUCT.search(f"{error.message} {error.reason}")
    return found.group(1) if found else None


def _bad_request(said: str) -> Reason:
    if "granularity" in said.lower():
        return Reason.NOT_OFFERED
    return Reason.UNKNOWN_SYMBOL if "product" in said.lower() else Reason.PROVIDER_ERROR


def _said(response: Response) -> str:
    try:
        return msgspec.json.decode(response.body, type=ErrorBody).message
    except UNREADABLE:
        return ""


def _error(response: Response, reason: Reason, detail: str, pause: int | None = None) -> ProviderError:
    retry_at = None if pause is None else response.received_at + pause * NANOS
    return ProviderError(
        response.provider, reason, detail, endpoint=response.endpoint, status=response.status, retry_at=retry_at
    )
