"""A sink that ignores everything: the base of taps that want one kind of event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Correction, Quote, Trade

if TYPE_CHECKING:
    from financehub_tui.market.l2 import L2Book


class Tap:
    """Implements `providers.base.Sink` by doing nothing."""

    def top(
        self,
        key: str,
        time: int,
        bid: float | None,
        bid_size: float | None,
        ask: float | None,
        ask_size: float | None,
    ) -> None:
        """Best bid and ask."""

    def trade(self, trade: Trade) -> None:
        """A trade."""

    def correct(self, correction: Correction) -> None:
        """A trade taken back or corrected."""

    def ticker(self, quote: Quote) -> None:
        """Quote fields."""

    def book(self, key: str, time: int, book: L2Book) -> None:
        """A maintained book."""

    def book_lost(self, key: str, why: Missing) -> None:
        """A book out of step."""
