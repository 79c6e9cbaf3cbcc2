"""Where a value came from, and why one is missing."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Tier(StrEnum):
    """Which layer answered."""

    LIVE = "LIVE"
    """Straight from a provider's stream or a call just made."""
    MEMORY = "MEMORY"
    REDIS = "REDIS"
    STORE = "STORE"
    REPLAY = "REPLAY"
    SIMULATED = "SIM"


class Delay(StrEnum):
    """How old a provider's values are by its own rules."""

    REALTIME = "REALTIME"
    DELAYED = "DELAYED"
    """Typically 15 minutes behind the exchange."""
    END_OF_DAY = "EOD"
    REFERENCE = "REFERENCE"
    """Fixed once a day, such as the ECB reference rates."""


class Adjustment(StrEnum):
    """What has been done to historical prices."""

    NONE = "raw"
    SPLIT = "split"
    SPLIT_DIVIDEND = "split+dividend"


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """The origin of a value or series. Times are integer nanoseconds since 1970 UTC."""

    provider: str
    """Provider identifier: binance, yahoo, ecb, bundled, simulated."""
    endpoint: str = ""
    as_of: int = 0
    """When the value was true in the market."""
    fetched_at: int = 0
    tier: Tier = Tier.LIVE
    delay: Delay = Delay.REALTIME
    currency: str = ""
    unit: str = ""
    adjustment: Adjustment = Adjustment.NONE
    notes: tuple[str, ...] = ()
    """What was done or tried on the way: fail-over, resampling, licence."""

    @property
    def mark(self) -> str:
        """The word shown in a pane's footer: LIVE, DELAYED, EOD, REPLAY, SIM or CACHED."""
        if self.tier is Tier.SIMULATED:
            return "SIM"
        if self.delay in (Delay.END_OF_DAY, Delay.REFERENCE):
            return "EOD"
        if self.tier is Tier.REPLAY:
            return "REPLAY"
        if self.tier in (Tier.REDIS, Tier.STORE):
            return "CACHED"
        return "DELAYED" if self.delay is Delay.DELAYED else "LIVE"


class Reason(StrEnum):
    """Why a value is missing; the machine-readable half of `Missing`."""

    UNKNOWN_SYMBOL = "unknown symbol"
    NOT_OFFERED = "not offered"
    """No configured provider supplies this kind of data for this asset class."""
    NO_DATA = "no data"
    """The provider answered and has nothing for that window."""
    NO_KEY = "no key"
    BAD_KEY = "bad key"
    RATE_LIMITED = "rate limited"
    BUDGET_SPENT = "budget spent"
    PROVIDER_ERROR = "provider error"
    BAD_ANSWER = "bad answer"
    TIMEOUT = "time-out"
    OFFLINE = "offline"
    CIRCUIT_OPEN = "circuit open"
    STORE_ERROR = "store error"
    PENDING = "pending"
    """Asked for, not answered yet."""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is not there, and why, in words a user can act on."""

    reason: Reason
    detail: str
    """One line: `Yahoo: 429, next try 14:32:10; Stooq: challenge page`."""
    retry_at: int | None = None
    """Nanoseconds since 1970 UTC of the next sensible try; None when waiting will not help."""

    def __str__(self) -> str:
        return f"{self.reason.value}: {self.detail}"
