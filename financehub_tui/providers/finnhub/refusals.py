"""What Finnhub's refusals mean: `{"error": words}`, by status and words."""

from __future__ import annotations

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.finnhub.wire import ErrorBody
from financehub_tui.providers.kit.decode import UNREADABLE
from financehub_tui.providers.kit.http import Response

PAUSE = 60
"""Seconds to stay away after a refusal that names no time: limits are counted by the minute."""
_BY_WORDS = (
    ("please use an api key", Reason.NO_KEY),
    ("invalid api key", Reason.BAD_KEY),
    ("limit reached", Reason.RATE_LIMITED),
    ("have access to this resource", Reason.NOT_OFFERED),
)
_BY_STATUS = {401: Reason.BAD_KEY, 402: Reason.NOT_OFFERED, 403: Reason.NOT_OFFERED, 429: Reason.RATE_LIMITED}


def refusal(response: Response) -> ProviderError | None:
    """The typed error in an answer, None where there is none of Finnhub's own."""
    status = response.status
    if status in (403, 429) and response.body.lstrip().startswith(b"<"):
        return response.refused(Reason.RATE_LIMITED, "blocked by the network in front of it", PAUSE)
    said = _said(response)
    if not said:
        return response.refused(Reason.RATE_LIMITED, "too many requests", PAUSE) if status == 429 else None
    return response.refused(reason_of(said, status), said, PAUSE)


def reason_of(said: str, status: int | None = None) -> Reason:
    """The type of a refusal."""
    words = said.lower()
    for part, reason in _BY_WORDS:
        if part in words:
            return reason
    return _BY_STATUS.get(status or 0, Reason.PROVIDER_ERROR)


def _said(response: Response) -> str:
    if response.status < 400 and not response.body.lstrip().startswith(b'{"error"'):
        return ""
    try:
        return msgspec.json.decode(response.body, type=ErrorBody).error
    except UNREADABLE:
        return ""
