"""Trading sessions as values. Where they come from is `engine/calendar.py`."""

from __future__ import annotations

import msgspec

from financehub_tui.market.quote import Session


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    """The session of a market at an instant."""

    session: Session
    market: str
    """MIC or market name: XNYS, FX, 24H."""
    timezone: str
    """IANA zone of the market."""
    next_change: int | None
    """When the session changes next, nanoseconds since 1970 UTC."""
    next_session: Session | None
