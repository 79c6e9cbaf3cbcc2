"""Errors as exit statuses, and as lines on standard error."""

from __future__ import annotations

import sys

from financehub_tui.errors import (
    CommandError,
    ConfigError,
    DataMissingError,
    FinanceHubError,
    ProviderError,
    StoreError,
)
from financehub_tui.market.provenance import Reason
from financehub_tui.redaction import redacted

NOT_UNDERSTOOD, NO_DATA, FAILED = 2, 3, 4

_FAILURES = (Reason.STORE_ERROR, Reason.PROVIDER_ERROR, Reason.BAD_ANSWER, Reason.TIMEOUT, Reason.CIRCUIT_OPEN)
_ELSEWHERE = (Reason.UNKNOWN_SYMBOL, Reason.NOT_OFFERED)
_DEMOS = {
    "equities": "This demo has the S&P 500, currencies and more of February 2018; "
    "--demo=crypto has BTCUSDT and ETHUSDT, and without --demo the data are live.",
    "crypto": "This demo has BTCUSDT and ETHUSDT streams and the history of BTC-USD and ETH-USD; "
    "--demo has stocks and currencies, and without --demo the data are live.",
}


def status_of(error: FinanceHubError) -> int:
    """The exit status of a typed error."""
    if isinstance(error, CommandError | ConfigError):
        return NOT_UNDERSTOOD
    if isinstance(error, DataMissingError):
        return status_of_reason(error.missing.reason)
    if isinstance(error, ProviderError):
        return status_of_reason(error.reason)
    return FAILED if isinstance(error, StoreError) else 1


def status_of_reason(reason: Reason) -> int:
    """The exit status of a missing value: a source or the store failed, or there is nothing to be had."""
    return FAILED if reason in _FAILURES else NO_DATA


def complain(error: FinanceHubError, scenario: str = "") -> None:
    """One line for the error, one for what to do, on standard error."""
    remark(str(error))
    hint = error.hint
    if not hint and isinstance(error, DataMissingError) and error.missing.reason in _ELSEWHERE:
        hint = _DEMOS.get(scenario, "")
    if hint:
        print(f"  {hint}", file=sys.stderr)
    for line in getattr(error, "suggestions", ()):
        print(f"  did you mean: {line}", file=sys.stderr)


def remark(text: str) -> None:
    """One line on standard error, without secrets."""
    print(f"financehub: {redacted(text)}", file=sys.stderr)
