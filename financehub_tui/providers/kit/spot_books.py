"""A book kept in step with a venue's: shown while it can be trusted, withdrawn and asked for anew where it cannot."""

from __future__ import annotations

from collections.abc import Callable

from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.base import Sink


class KeptBook:
    """One symbol's book; how changes are put into it, and what shows that one is missing, is the venue's.

    `renew` is called when it must be had anew; it must not block.
    """

    def __init__(self, key: str, sink: Sink, renew: Callable[[], None], *, title: str, decimals: int | None) -> None:
        """`title` is what the venue is called, `decimals` those of its prices where they are known."""
        self.key = key
        self.book = L2Book(key, decimals)
        self.synced = False
        self.faults = 0
        """How often it went wrong."""
        self.duplicates = 0
        """Changes that had come before, where changes are numbered."""
        self._sink = sink
        self._renew = renew
        self._title = title

    def lose(self, why: str, reason: Reason = Reason.PENDING) -> None:
        """The stream broke off or cannot be trusted: the book may not be shown until it is rebuilt."""
        self.synced = False
        self.book.clear()
        words = f"book is being rebuilt, {why}" if reason is Reason.PENDING else why
        self._sink.book_lost(self.key, Missing(reason=reason, detail=f"{self._title}: {words}"))

    def distrust(self, why: str) -> None:
        """The book is wrong or incomplete: it is withdrawn and asked for anew."""
        self.faults += 1
        self.lose(why)
        self._renew()

    def show(self, time: int) -> None:
        """It agrees with the venue's as of an instant, ns since 1970 UTC."""
        self._sink.book(self.key, time, self.book)
