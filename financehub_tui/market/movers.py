"""What moves a market: the screens that sources keep of it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Provenance
from financehub_tui.market.quote import Quote


class Screen(StrEnum):
    """A ranking a source makes over a whole market, of the running session."""

    ACTIVE = "active"
    """By volume."""
    GAINERS = "gainers"
    """By percent gained."""
    LOSERS = "losers"
    """By percent lost."""


class Movers(msgspec.Struct, frozen=True, kw_only=True):
    """The first of a screen, in the source's order."""

    screen: Screen
    instruments: tuple[Instrument, ...]
    total: int | None = None
    """How many the screen has; None where the source does not say."""
    quotes: tuple[Quote, ...] = ()
    """Those that came with the screen; not of every instrument, or of none."""
    provenance: Provenance
