"""Trades that a venue numbers one by one: which are new, which came before, which never came."""

from __future__ import annotations

REMEMBERED = 10_000
"""How far below the newest id one may be and still be a doubled or a late one: further down the venue counts anew."""
MOST_MISSING = 1_000
"""Missing ids kept, to know a late trade by; what is late by more is lost."""


class TradeIds:
    """The ids of one instrument's trades, which count up by one."""

    __slots__ = ("_first", "duplicates", "gaps", "hole", "last", "missing")

    def __init__(self) -> None:
        self.last = 0
        self.gaps = 0
        self.duplicates = 0
        self.hole: tuple[int, int] | None = None
        """First and last id missing right before the id admitted last; None where it followed its predecessor."""
        self.missing: set[int] = set()
        """Ids between the first and the last that have not come."""
        self._first = 0

    def admit(self, number: int) -> bool:
        """True the first time an id is met. A late one is new; so is one of a venue that began to count anew."""
        self.hole = None
        last = self.last
        if number == last + 1 and last:
            self.last = number
            return True
        if number > last:
            self._leap(number)
            return True
        return self._is_late(number)

    def _leap(self, number: int) -> None:
        """The very first, or one that leaves out others."""
        if self.last:
            self.gaps += 1
            self.hole = (self.last + 1, number - 1)
            self._remember(self.last + 1, number)
        else:
            self._first = number
        self.last = number

    def _is_late(self, number: int) -> bool:
        if number in self.missing:
            self.missing.remove(number)
        elif number < self.last - REMEMBERED:
            self.missing.clear()
            self._first = self.last = number
        elif number < self._first:
            self._remember(number + 1, self._first)
            self._first = number
        else:
            self.duplicates += 1
            return False
        return True

    def _remember(self, start: int, stop: int) -> None:
        if len(self.missing) + stop - start > MOST_MISSING:
            self.missing.clear()
        self.missing.update(range(max(start, stop - MOST_MISSING), stop))
