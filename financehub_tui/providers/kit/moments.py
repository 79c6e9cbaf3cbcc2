"""Instants as sources write them, to the nanosecond."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from financehub_tui.clock import to_datetime, to_nanos
from financehub_tui.providers.kit.decode import bad_answer

_FRACTION = re.compile(r"[.,](\d+)")


def iso_nanos(text: str) -> int:
    """ISO 8601 or RFC 3339 text with any number of decimals as ns since 1970 UTC; without a zone it is UTC.

    Raises ValueError.
    """
    found = _FRACTION.search(text)
    if found is None:
        return _whole(text)
    return _whole(text[: found.start()] + text[found.end() :]) + int(found.group(1)[:9].ljust(9, "0"))


def moment(text: str, *, provider: str, endpoint: str, field: str) -> int:
    """As `iso_nanos`, for a field of an answer. Raises ProviderError BAD_ANSWER."""
    try:
        return iso_nanos(text)
    except (ValueError, OverflowError):
        raise bad_answer(provider, endpoint, f"{field}: {text[:40]!r} is no instant", field) from None


def iso_second(nanos: int) -> str:
    """The second of an instant, in UTC, as questions name it: 2026-05-18T15:50:19Z."""
    return to_datetime(nanos).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=1_024)
def _whole(text: str) -> int:
    """Streams name the same second many times over."""
    read = datetime.fromisoformat(text)
    return to_nanos(read if read.tzinfo else read.replace(tzinfo=UTC))
