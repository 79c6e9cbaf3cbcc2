"""Limits as providers state them: a call goes only where it fits every one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from financehub_tui.clock import Clock
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.kit.counts import ClockStorage
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.providers.kit.shared import SharedCounts
from financehub_tui.providers.kit.windows import CalendarWindow, in_words, is_budget, resets_in_words, window_of

__all__ = ["Budget", "ClockStorage", "symbols_per_connection"]

CALLS = "calls"
"""Name of a limit on HTTP calls under way at once."""
_AGAIN = 0.05


class Budget:
    """All limits of one owner (a host, or a key) together: a call goes only where it fits every one.

    A limit named `requests` counts calls; any other counts their cost. Limits on what is open at once and on symbols
    of a connection are not counted by calls: see `Ledger.hold` and `symbols_per_connection`.
    """

    def __init__(self, owner: str, limits: Sequence[Limit], clock: Clock, ledger: Ledger | None = None) -> None:
        self.owner = owner
        self._ledger = ledger or Ledger(clock)
        self.windows = [
            window_of(limit, owner, self._ledger.storage, clock)
            for limit in limits
            if limit.per not in (Per.ONCE, Per.CONNECTION)
        ]
        self._at_once = [limit for limit in limits if limit.per is Per.ONCE and limit.name == CALLS]
        self._ledger.enrol(self)

    def enter(self) -> float:
        """Begin a call where few enough are under way; else the seconds after which to ask again."""
        for place, limit in enumerate(self._at_once):
            if not self._ledger.hold(self.owner, limit):
                for held in self._at_once[:place]:
                    self._ledger.let_go(self.owner, held)
                return _AGAIN
        return 0.0

    def leave(self) -> None:
        """A call that began has ended."""
        for limit in self._at_once:
            self._ledger.let_go(self.owner, limit)

    async def take(self, cost: int, what: str = "") -> float:
        """Take a call's cost out of every limit and return 0, or take nothing and return the seconds to wait.

        `what` names the endpoint, for who spends how much. Where calls at once are limited, `leave` ends the call.
        """
        await self._ledger.ready()
        wait = self.wait(cost) or self.enter()
        if wait > 0:
            return wait
        for window in self.windows:
            window.count(window.cost(cost))
        if self._ledger.shared is not None:
            wait = await self._shared_wait(self._ledger.shared, cost)
        if wait <= 0:
            self._ledger.spent(self.owner, what, cost)
        return wait

    async def _shared_wait(self, shared: SharedCounts, cost: int) -> float:
        """What the other processes leave room for; where they leave none, what was counted here is given back."""
        wait = float("inf")
        try:
            wait = await shared.take(self.windows, cost)
        finally:
            if wait > 0:
                self.give_back(cost)
        return wait

    def give_back(self, cost: int) -> None:
        """The call that was taken is not made."""
        self.leave()
        for window in self.windows:
            window.give_back(window.cost(cost))

    def wait(self, cost: int) -> float:
        """Seconds until a call fits by this process's own count."""
        return max((window.wait(cost) for window in self.windows), default=0.0)

    def refusal(self, cost: int) -> tuple[Reason, str]:
        """Why a call of this cost has to wait, of the limit it waits for longest."""
        found = max(self.windows, key=lambda window: window.wait(cost), default=None)
        if found is None or found.wait(cost) <= 0:
            return Reason.RATE_LIMITED, "left alone for a while"
        said = f"{in_words(found.limit)} spent, resets {resets_in_words(found.limit)}"
        return (Reason.BUDGET_SPENT if is_budget(found.limit) else Reason.RATE_LIMITED), said

    def resets_at(self) -> int | None:
        """When the next day or month begins, ns since 1970 UTC; None where no limit goes by them."""
        ends = [
            window.ends_at()
            for window in self.windows
            if isinstance(window, CalendarWindow) and window.limit.per is not Per.MINUTE
        ]
        return min(ends, default=None)

    def share_left(self) -> float:
        """What is left of the most used limit, 0 to 1."""
        return min((1.0 - window.used() / window.limit.amount for window in self.windows), default=1.0)

    async def observe(self, name: str, used: int) -> None:
        """The provider says how much of a limit is used, by others behind our address too: never count less."""
        for window in self.windows:
            if window.limit.name == name and used > (counted := window.used()):
                window.count(used - counted)
                self._ledger.changed = True

    def state(self) -> list[tuple[str, float, float, int | None]]:
        """(window, used, allowed, time of the next relief in ns since 1970 UTC) for each limit."""
        return [
            (window.label, float(window.used()), float(window.limit.amount), window.relief_at())
            for window in self.windows
        ]


def symbols_per_connection(limits: Iterable[Limit], default: int) -> int:
    """How many symbols a stream connection may carry, for `StreamOptions.max_topics`."""
    stated = [limit.amount for limit in limits if limit.per is Per.CONNECTION]
    return min(stated, default=default)
