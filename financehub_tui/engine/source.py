"""Where values come from, and which providers may write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from financehub_tui.market.provenance import Delay, Tier


class Source(NamedTuple):
    """Where a row's values come from."""

    provider: str
    endpoint: str = ""
    tier: Tier = Tier.LIVE
    delay: Delay = Delay.REALTIME
    stream: bool = False


class Roles(NamedTuple):
    """The providers whose streams may write an instrument's quote, tape and book; empty where any may."""

    quote: str = ""
    trade: str = ""
    book: str = ""

    @classmethod
    def of(cls, streamed: Mapping[str, str]) -> Roles:
        """From the provider of each kind that is streamed. Trades move a quote, and quotes may come with trades."""
        quote, trade = streamed.get("quote", ""), streamed.get("trade", "")
        return cls(quote or trade, trade or quote, streamed.get("book", ""))

    def admit(self, provider: str) -> bool:
        """True where a provider's stream may write the quote or the tape."""
        return self.quote in ("", provider) or self.trade in ("", provider)


ANYBODY = Roles()
POLLED = ""
"""The name under which polled values have their mark."""
