"""What a provider tells of its limits in the headers of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from financehub_tui.providers.kit.failure import number, seconds_to_reset

LEFT_HEADERS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining"), "requests")
)
"""Headers most providers use for what is left of a limit on calls."""


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """One limit as the provider counts it: what is used of it, or what is left."""

    name: str
    used: int | None = None
    left: int | None = None
    amount: int | None = None
    """What `left` is counted down from, where it is told: it tells apart limits of the same name."""
    resets_in: float | None = None
    """Seconds until the provider begins to count anew."""

    def used_of(self, amount: int) -> int:
        """What is used of a limit of that amount."""
        return self.used if self.used is not None else amount - (amount if self.left is None else self.left)


def reported(
    headers: Mapping[str, str], used: Mapping[str, str], left: Mapping[str, str], now: int
) -> Iterator[Reported]:
    """What an answer tells. `used` and `left` map headers (lower case) to names of limits; `now` in ns since 1970 UTC.

    The header of the whole amount, and that of the reset, are named like the one of what is left. Some providers write
    whole numbers as `999.0`; what is no number is not there.
    """
    for header, name in used.items():
        if (amount := _amount(headers.get(header, ""))) is not None:
            yield Reported(name=name, used=amount)
    for header, name in left.items():
        if (amount := _amount(headers.get(header, ""))) is not None:
            whole = _amount(headers.get(header.replace("remaining", "limit"), "").partition(",")[0])
            reset = seconds_to_reset(headers.get(header.replace("remaining", "reset"), ""), now)
            yield Reported(name=name, left=amount, amount=whole, resets_in=reset)


def _amount(text: str) -> int | None:
    value = number(text.strip())
    return int(value) if value is not None and value >= 0 else None
