"""Reference data of an instrument, as DES shows it."""

from __future__ import annotations

import msgspec

from financehub_tui.market.provenance import Provenance


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Description of an instrument. Fields are None or empty where the source does not give them.

    Money is in `currency`, major units; yields and margins are fractions (0.01 = 1 %).
    """

    key: str
    name: str
    provenance: Provenance
    description: str = ""
    sector: str = ""
    industry: str = ""
    country: str = ""
    website: str = ""
    headquarters: str = ""
    employees: int | None = None
    founded: str = ""
    currency: str = ""
    market_cap: float | None = None
    shares_outstanding: float | None = None
    trailing_pe: float | None = None
    forward_pe: float | None = None
    eps: float | None = None
    dividend_rate: float | None = None
    dividend_yield: float | None = None
    beta: float | None = None
    identifiers: dict[str, str] = {}
    """Scheme -> value: isin, figi, cik, yahoo."""
    extra: tuple[tuple[str, str], ...] = ()
    """Further facts of the asset class: tick size, lot size, contract months."""
