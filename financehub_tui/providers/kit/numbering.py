"""Trades that a venue numbers one by one: which are new, which came before, which never came."""

from __future__ import annotations

from collections import deque

REMEMBERED = 256
"""Newest ids kept to tell a doubled trade from a late one; more than any venue sends again on a new connection."""


class TradeIds:
    """The ids of one instrument's trades, which count up by one."""

    __slots__ = ("_order", "_seen", "duplicates", "gaps", "hole", "last")

    def __init__(self) -> None:
        self.last = 0
        self.gaps = 0
        self.duplicates = 0
        self.hole: tuple[int, int] | None = None
        """First and last id missing right before the id admitted last; None where it followed its predecessor."""
        self._seen: set[int] = set()
        self._order: deque[int] = deque()

    def admit(self, number: int) -> bool:
        """True the first time an id is met. A late one is new; so is one of a venue that began to count anew."""
        self.hole = None
        if number in self._seen:
            self.duplicates += 1
            return False
        if self.last and number > self.last + 1:
            self.gaps += 1
            self.hole = (self.last + 1, number - 1)
        self.last = max(self.last, number)
        self._remember(number)
        return True

    def _remember(self, number: int) -> None:
        self._seen.add(number)
        self._order.append(number)
        if len(self._order) > REMEMBERED:
            self._seen.discard(self._order.popleft())
