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

    def words(self, venue: str = "") -> str:
        """`XNAS REGULAR`: the venue, or the market where none is named, and its session; `24H` once."""
        place = venue or self.market
        return self.session.value if place == self.session.value else f"{place} {self.session.value}"
