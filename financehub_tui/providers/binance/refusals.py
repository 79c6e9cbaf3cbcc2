"""What Binance's refusals mean: `{"code": -1121, "msg": "Invalid symbol."}` with status 400, or inside a 200."""

from __future__ import annotations

import re

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.binance.wire import ErrorBody
from financehub_tui.providers.kit.decode import UNREADABLE, decoder
from financehub_tui.providers.kit.http import Response

FIREWALL_PAUSE = 60
"""Seconds to leave the venue alone after its firewall refused a call (403)."""

_BANNED_UNTIL = re.compile(r"until (\d{13})")
_REASONS = {
    -1003: Reason.RATE_LIMITED,
    -1006: Reason.TIMEOUT,
    -1007: Reason.TIMEOUT,
    -1121: Reason.UNKNOWN_SYMBOL,
    -1220: Reason.NO_DATA,
    -2014: Reason.NO_KEY,
    -2015: Reason.NO_KEY,
    -2043: Reason.NO_DATA,
}
_ILLEGAL_CHARACTERS = -1100
_LONGEST = 1_000
"""Bytes: a body with status 200 that is longer is no refusal."""


def refusal(response: Response) -> ProviderError | None:
    """The typed error in an answer, None where there is none of Binance's own."""
    status = response.status
    if status == 403:
        return _error(response, Reason.RATE_LIMITED, "refused by the firewall", response.received_at, FIREWALL_PAUSE)
    if status == 451:
        return _error(response, Reason.PROVIDER_ERROR, "not available from this country, set another rest_url")
    said = _said(response)
    if said is None:
        return None
    if status in (418, 429):
        return _limited(response, said)
    reason = _REASONS.get(said.code, Reason.PROVIDER_ERROR)
    if said.code == _ILLEGAL_CHARACTERS and "symbol" in said.msg:
        reason = Reason.UNKNOWN_SYMBOL
    return _error(response, reason, f"{said.msg} ({said.code})")


def _limited(response: Response, said: ErrorBody) -> ProviderError:
    found = _BANNED_UNTIL.search(said.msg)
    if found is None:
        return _error(response, Reason.RATE_LIMITED, said.msg)
    return _error(response, Reason.RATE_LIMITED, said.msg, int(found.group(1)) * (NANOS // 1_000))


def _said(response: Response) -> ErrorBody | None:
    body = response.body
    if response.status < 400 and not (len(body) < _LONGEST and b'"code"' in body):
        return None
    try:
        return decoder(ErrorBody).decode(body)
    except UNREADABLE:
        return None


def _error(
    response: Response, reason: Reason, detail: str, start: int | None = None, pause: float = 0
) -> ProviderError:
    retry_at = None if start is None else start + int(pause * NANOS)
    return ProviderError(
        response.provider, reason, detail, endpoint=response.endpoint, status=response.status, retry_at=retry_at
    )
