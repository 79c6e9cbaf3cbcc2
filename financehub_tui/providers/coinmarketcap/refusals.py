"""What CoinMarketCap's refusals mean: every answer has a status with a code, whatever HTTP says."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from financehub_tui.clock import NANOS, to_datetime, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.coinmarketcap.wire import Envelope, Status
from financehub_tui.providers.kit.decode import UNREADABLE
from financehub_tui.providers.kit.failure import names_time
from financehub_tui.providers.kit.http import Response

MINUTE, DAY, MONTH, ADDRESS = 1008, 1009, 1010, 1011
_REASONS = {
    1001: Reason.BAD_KEY,
    1002: Reason.NO_KEY,
    1003: Reason.BAD_KEY,
    1004: Reason.BAD_KEY,
    1005: Reason.NO_KEY,
    1006: Reason.NOT_OFFERED,
    1007: Reason.BAD_KEY,
    MINUTE: Reason.RATE_LIMITED,
    DAY: Reason.BUDGET_SPENT,
    MONTH: Reason.BUDGET_SPENT,
    ADDRESS: Reason.RATE_LIMITED,
    429: Reason.RATE_LIMITED,
}
_BY_STATUS = {401: Reason.BAD_KEY, 402: Reason.BAD_KEY, 403: Reason.NOT_OFFERED, 429: Reason.RATE_LIMITED}
_UNKNOWN = ('invalid value for "id"', 'invalid value for "symbol"', 'invalid value for "slug"', "invalid values for")
_decoder = msgspec.json.Decoder(Envelope, strict=False)


def refusal(response: Response) -> ProviderError | None:
    """The typed error in an answer, None where there is none of CoinMarketCap's own."""
    said = _said(response)
    if said is None or not said.error_code:
        return _bare(response) if response.status in (402, 429) else None
    words = said.error_message or f"HTTP {response.status}"
    reason = _REASONS.get(said.error_code) or _BY_STATUS.get(response.status, Reason.PROVIDER_ERROR)
    if said.error_code in (400, 4001) and any(start in words.lower() for start in _UNKNOWN):
        reason = Reason.UNKNOWN_SYMBOL
    return _timed(response, response.refused(reason, f"{words} ({said.error_code})"), said.error_code)


def _bare(response: Response) -> ProviderError:
    words = "too many requests" if response.status == 429 else "payment required"
    return _timed(response, response.refused(_BY_STATUS[response.status], words), MINUTE)


def _timed(response: Response, error: ProviderError, code: int) -> ProviderError:
    """When to come back: as the headers say, else when the window that is spent begins anew."""
    if error.reason is Reason.BUDGET_SPENT:
        error.retry_at = to_nanos(_next(to_datetime(response.received_at), code))
    elif error.reason is Reason.RATE_LIMITED and not names_time(response.headers):
        minute = 60 * NANOS
        error.retry_at = response.received_at - response.received_at % minute + minute
    return error


def _next(now: datetime, code: int) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if code == DAY:
        return midnight + timedelta(days=1)
    return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)


def _said(response: Response) -> Status | None:
    try:
        return _decoder.decode(response.body).status
    except UNREADABLE:
        return None
