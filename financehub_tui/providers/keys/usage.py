"""What became of a key's calls, and whether it may be used now. Kept between runs, without the key."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason

COOLING = 60.0
"""Seconds a key rests after a 429 that names no time."""
TRIED_AGAIN = 24 * 3_600.0
"""Seconds after which a bad key is tried once more: accounts are put in order too."""


class KeyState(StrEnum):
    """Whether a key can sign a call."""

    READY = "ready"
    COOLING = "cooling"
    """Told to slow down; until a time."""
    SPENT = "spent"
    """A day's or month's budget is used up; until it resets."""
    BAD = "bad"
    """The provider refused it."""
    DISABLED = "disabled"
    """By the user."""


class Usage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One key's record. Times in ns since 1970 UTC."""

    calls: int = 0
    refused: int = 0
    last_used: int | None = None
    until: int = 0
    """Before this it is left alone."""
    reason: str = ""
    """Why, in words."""
    spent: bool = False
    bad_since: int | None = None

    @property
    def bad_until(self) -> int:
        """When a bad key is tried once more; 0 where it is not bad."""
        return 0 if self.bad_since is None else self.bad_since + int(TRIED_AGAIN * NANOS)

    def state(self, now: int) -> KeyState:
        """The state at an instant."""
        if now < self.bad_until:
            return KeyState.BAD
        if now < self.until:
            return KeyState.SPENT if self.spent else KeyState.COOLING
        return KeyState.READY

    def used(self, now: int) -> None:
        """A call is being signed."""
        self.calls += 1
        self.last_used = now

    def ended(self, error: ProviderError | None, now: int) -> None:
        """A call ended. What the provider said of the key is kept; other failures say nothing of it."""
        if error is None:
            # A key told to rest stays so: an answer to a call made before says nothing against it.
            self.bad_since = None
            return
        if error.reason in (Reason.BAD_KEY, Reason.NO_KEY):
            self.refused += 1
            self.bad_since, self.reason = now, error.detail
        elif error.reason in (Reason.RATE_LIMITED, Reason.BUDGET_SPENT):
            self.refused += 1
            self.spent = error.reason is Reason.BUDGET_SPENT
            self.until = error.retry_at or now + int(COOLING * NANOS)
            self.reason = error.detail
