"""What CoinGecko's refusals mean. A 429 or a block by the network in front of it may be text or HTML."""

from __future__ import annotations

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.coingecko.wire import ErrorBody, Status
from financehub_tui.providers.kit.decode import UNREADABLE
from financehub_tui.providers.kit.http import Response

PAUSE = 60
"""Seconds to stay away after a refusal that names no time."""
_REASONS = {
    429: Reason.RATE_LIMITED,
    10002: Reason.NO_KEY,
    10005: Reason.NOT_OFFERED,
    10010: Reason.BAD_KEY,
    10011: Reason.BAD_KEY,
    10012: Reason.NOT_OFFERED,
}
_NO_COIN = ("coin not found", "could not find coin")
_BLOCKED = (b"1020", b"cloudflare", b"attention required", b"just a moment")


def refusal(response: Response) -> ProviderError | None:
    """The typed error in an answer, None where there is none of CoinGecko's own."""
    if response.status == 403 and _blocked(response.body):
        return response.refused(Reason.RATE_LIMITED, "blocked by the network in front of it", PAUSE)
    said = _said(response)
    if response.status == 429 or (said is not None and said.error_code == 429):
        words = (said and said.error_message) or "too many requests"
        return response.refused(Reason.RATE_LIMITED, words, PAUSE)
    if said is None:
        return None
    words = (said.error_message or f"HTTP {response.status}").strip()
    reason = _REASONS.get(said.error_code or 0)
    if reason is None:
        reason = _by_status(response.status, words)
    code = f" ({said.error_code})" if said.error_code else ""
    return response.refused(reason, words + code)


def keyless_refusal(response: Response) -> ProviderError | None:
    """The same for a call without a key, where no key can have been a bad one."""
    error = refusal(response)
    if error is not None and error.reason is Reason.BAD_KEY:
        error.reason = Reason.NO_KEY
    return error


def _by_status(status: int, words: str) -> Reason:
    if status == 404 and any(said in words.lower() for said in _NO_COIN):
        return Reason.UNKNOWN_SYMBOL
    return {401: Reason.BAD_KEY, 402: Reason.NOT_OFFERED, 403: Reason.BAD_KEY, 408: Reason.TIMEOUT}.get(
        status, Reason.PROVIDER_ERROR
    )


def _blocked(body: bytes) -> bool:
    start = body[:4_000].lower()
    return start.lstrip().startswith(b"<") or any(word in start for word in _BLOCKED)


def _said(response: Response) -> Status | None:
    """What an error body says, in any of its three shapes; None where the body is none."""
    body = response.body
    if response.status < 400 and not body.lstrip().startswith((b'{"status"', b'{"error"')):
        return None
    try:
        read = msgspec.json.decode(body, type=ErrorBody)
        if isinstance(read.error, str):
            return Status(error_message=read.error)
        inner = read.error if isinstance(read.error, dict) else read.status
        if isinstance(inner, dict):
            inner = inner.get("status", inner)
        return msgspec.convert(inner, Status, strict=False) if isinstance(inner, dict) else None
    except UNREADABLE:
        return None
