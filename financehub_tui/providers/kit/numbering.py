"""Trades that a venue numbers one by one: which are new, which came before, which never came."""

from __future__ import annotations

REMEMBERED = 256
"""Newest ids kept, at least, to tell a doubled trade from a late one; no venue sends more again on a new connection."""


class TradeIds:
    """The ids of one instrument's trades, which count up by one."""

    __slots__ = ("_seen", "duplicates", "gaps", "hole", "last")

    def __init__(self) -> None:
        self.last = 0
        self.gaps = 0
        self.duplicates = 0
        self.hole: tuple[int, int] | None = None
        """First and last id missing right before the id admitted last; None where it followed its predecessor."""
        self._seen: dict[int, None] = {}
        """In the order in which they came."""

    def admit(self, number: int) -> bool:
        """True the first time an id is met. A late one is new; so is one of a venue that began to count anew."""
        self.hole = None
        seen, last = self._seen, self.last
        if number in seen:
            self.duplicates += 1
            return False
        if number > last:
            if last and number != last + 1:
                self.gaps += 1
                self.hole = (last + 1, number - 1)
            self.last = number
        seen[number] = None
        if len(seen) == 2 * REMEMBERED:
            self._seen = dict.fromkeys(list(seen)[REMEMBERED:])
        return True
