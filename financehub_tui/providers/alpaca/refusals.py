"""What Alpaca's refusals mean: `{"message": words}`, by status and words."""

from __future__ import annotations

import re

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.alpaca.wire import ErrorBody
from financehub_tui.providers.kit.decode import UNREADABLE
from financehub_tui.providers.kit.http import Response

PAUSE = 60
"""Seconds to stay away after a refusal that names no time: limits are counted by the minute."""
INVALID_SYMBOL = re.compile(r"invalid symbol:?\s*([^\s,\"']+)", re.IGNORECASE)
_BY_STATUS = {401: Reason.BAD_KEY, 403: Reason.BAD_KEY, 429: Reason.RATE_LIMITED}


def refusal(response: Response) -> ProviderError | None:
    """The typed error in an answer of the data host, None where there is none of Alpaca's own."""
    status = response.status
    if status < 400:
        return None
    if status == 403 and response.body.lstrip().startswith(b"<"):
        return response.refused(Reason.RATE_LIMITED, "blocked by the network in front of it", PAUSE)
    words = _said(response)
    reason = _BY_STATUS.get(status)
    if "subscription does not permit" in words.lower():
        reason = Reason.NOT_OFFERED
    elif status in (400, 422) and INVALID_SYMBOL.search(words):
        reason = Reason.UNKNOWN_SYMBOL
    elif reason is None and words:
        reason = Reason.PROVIDER_ERROR
    return response.refused(reason, words or f"HTTP {status}", PAUSE) if reason else None


def trading_refusal(response: Response) -> ProviderError | None:
    """The same of the trading host, where a good key of the other environment is refused: it is not a bad one."""
    if response.status in (401, 403):
        words = "the trading host refuses this key: set trading_url to the one of its environment (paper or live)"
        return response.refused(Reason.NOT_OFFERED, words)
    return refusal(response)


def _said(response: Response) -> str:
    try:
        return msgspec.json.decode(response.body, type=ErrorBody).message
    except UNREADABLE:
        return ""
