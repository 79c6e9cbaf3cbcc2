"""News items."""

from __future__ import annotations

import msgspec

from financehub_tui.market.provenance import Provenance


class NewsItem(msgspec.Struct, frozen=True, kw_only=True):
    """One story as its source tells it. Text is data, never markup."""

    id: str
    time: int
    """Published, nanoseconds since 1970 UTC."""
    title: str
    publisher: str
    url: str
    summary: str = ""
    symbols: tuple[str, ...] = ()
    """Tickers the source relates it to, in the source's own form."""
    provenance: Provenance | None = None
