"""Limits as providers state them: a call goes only where it fits every one of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from financehub_tui.clock import Clock
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.providers.kit.reported import Reported
from financehub_tui.providers.kit.shared import SharedCounts
from financehub_tui.providers.kit.windows import CalendarWindow, in_words, is_budget, resets_in_words, window_of

CALLS = "calls"
"""Name of a limit on HTTP calls under way at once."""
CALL_LEASE = 180.0
"""Seconds after which other processes count a call as over, were it never ended: longer than any call may last."""
_AGAIN = 0.05


class Budget:
    """All limits of one owner (a host, or a key) together: a call goes only where it fits every one.

    A limit named `requests` counts calls; any other counts their cost. Limits on open connections and on symbols of a
    connection are not counted by calls: see `kit.slots` and `StreamOptions.max_topics`.
    """

    def __init__(self, owner: str, limits: Sequence[Limit], clock: Clock, ledger: Ledger | None = None) -> None:
        self.owner = owner
        self.ledger = ledger or Ledger(clock)
        self._clock = clock
        self._under_way: deque[str] = deque()
        """Holders of the calls under way, the oldest first."""
        self.grant(limits)

    def grant(self, limits: Sequence[Limit]) -> None:
        """These are the limits from now on. What has been counted and is under way stays so."""
        self.windows = [
            window_of(limit, self.owner, self.ledger.storage, self._clock)
            for limit in limits
            if limit.per not in (Per.ONCE, Per.CONNECTION)
        ]
        self.at_once = [limit for limit in limits if limit.per is Per.ONCE]
        self._calls_at_once = [limit for limit in self.at_once if limit.name == CALLS]
        self.ledger.enrol(self)

    def slot(self, limit: Limit) -> str:
        """The name under which what is open at once is held in `Ledger.slots`."""
        return f"{self.owner}/{limit.name}"

    async def _begin(self) -> float:
        """Begin a call where few enough are under way; else the seconds after which to ask again."""
        if not self._calls_at_once:
            return 0.0
        holder, begun = self.ledger.slots.holder(), False
        try:
            begun = all([await self._hold(limit, holder) for limit in self._calls_at_once])
        finally:
            if not begun:
                await self._let_go(holder)
        if begun:
            self._under_way.append(holder)
        return 0.0 if begun else _AGAIN

    async def _hold(self, limit: Limit, holder: str) -> bool:
        return await self.ledger.slots.hold(self.slot(limit), limit.amount, holder, CALL_LEASE)

    async def _let_go(self, holder: str) -> None:
        for limit in self._calls_at_once:
            await self.ledger.slots.let_go(self.slot(limit), holder)

    async def leave(self) -> None:
        """A call that began has ended. Which one does not matter: the oldest lease is given back."""
        if self._under_way:
            await self._let_go(self._under_way.popleft())

    async def take(self, cost: int, what: str = "", *, further: bool = False) -> float:
        """Take a call's cost out of every limit and return 0, or take nothing and return the seconds to wait.

        `what` names the endpoint, for who spends how much. Where calls at once are limited, `leave` ends the call.
        `further` is another request of a call that has begun, such as a redirect: it is no further call at once.
        """
        await self.ledger.ready()
        wait = self.wait(cost) or (0.0 if further else await self._begin())
        if wait > 0:
            return wait
        if (wait := self.wait(cost)) > 0:  # others were counted while it was asked whether the call may begin
            await self._undo(further=further)
            return wait
        for window in self.windows:
            window.count(window.cost(cost))
        if self.ledger.shared is not None:
            wait = await self._shared_wait(self.ledger.shared, cost, further=further)
        if wait <= 0:
            self.ledger.spent(self.owner, what, cost)
        return wait

    async def _shared_wait(self, shared: SharedCounts, cost: int, *, further: bool) -> float:
        """What the other processes leave room for; where they leave none, what was counted here is given back."""
        wait = float("inf")
        try:
            wait = await shared.take(self.windows, cost)
        finally:
            if wait > 0:
                self._uncount(cost)
                await self._undo(further=further)
        return wait

    async def _undo(self, *, further: bool) -> None:
        """The request is not made after all: where it was to begin a call, that has not begun."""
        if not further:
            await self.leave()

    async def give_back(self, cost: int) -> None:
        """The call that was taken is not made."""
        self._uncount(cost)
        await self.leave()
        if self.ledger.shared is not None:
            await self.ledger.shared.give_back(self.windows, cost)

    def _uncount(self, cost: int) -> None:
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

    def observe(self, told: Reported) -> None:
        """The provider says what is used or left of a limit, by others behind our address too: never count less.

        Of several limits of that name it means the one of the amount it tells, else the one that lasts longest.
        """
        named = [window for window in self.windows if window.limit.name == told.name]
        if told.used is None and len(named) > 1:
            named = [window for window in named if window.limit.amount == told.amount] or [
                max(named, key=lambda window: window.expiry)
            ]
        for window in named:
            if window.correct(told.used_of(window.limit.amount), told.resets_in):
                self.ledger.changed = True

    def state(self) -> list[tuple[str, float, float, int | None]]:
        """(window, used, allowed, time of the next relief in ns since 1970 UTC) for each limit."""
        return [
            (window.label, float(window.used()), float(window.limit.amount), window.relief_at())
            for window in self.windows
        ]
