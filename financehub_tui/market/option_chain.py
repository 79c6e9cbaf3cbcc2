"""Option chains."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from financehub_tui.market.provenance import Provenance


class Right(StrEnum):
    """Call or put."""

    CALL = "C"
    PUT = "P"


class OptionQuote(msgspec.Struct, frozen=True, kw_only=True):
    """One contract of a chain. Prices per unit of the underlying in the chain's currency."""

    occ: str
    """OCC symbol without blanks: AAPL260116C00200000."""
    right: Right
    strike: float
    expiry: str
    """ISO date."""
    last: float | None = None
    bid: float | None = None
    ask: float | None = None
    volume: float | None = None
    open_interest: float | None = None
    implied_volatility: float | None = None
    """Annualised, as a fraction; None where the source does not know it."""
    in_the_money: bool | None = None
    last_trade_at: int | None = None


class OptionChain(msgspec.Struct, frozen=True, kw_only=True):
    """The contracts of one expiry of one underlying."""

    key: str
    """`Instrument.key` of the underlying."""
    expiry: str
    expiries: tuple[str, ...]
    """Every expiry there is, ISO dates, nearest first."""
    spot: float | None
    currency: str
    contracts: tuple[OptionQuote, ...]
    provenance: Provenance
