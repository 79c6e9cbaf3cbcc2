"""Turns at each provider: the most urgent call first, then in turn between owners, each owner's own in order.

A scarce budget is kept for those who need it: the less urgent a call, the more of the budget must be left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from financehub_tui.asking import Asker, Urgency
from financehub_tui.clock import Clock
from financehub_tui.engine.health import HealthBoard, Limits
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason

WIDTH = 6
"""Calls under way at once at one provider: enough to keep its connections busy, few enough to keep an order."""
LONGEST_QUEUE = 2_000
LOOKED = 0.25
"""Seconds for which figures of a budget are good."""
SOON = 10.0
"""Limits over fewer seconds are waited for by the transport: nothing is scarce about them."""
KEPT_BACK = {Urgency.SCREEN: 0.0, Urgency.ALERT: 0.05, Urgency.LIST: 0.15, Urgency.BACKFILL: 0.40}
"""Share of each limit that must be left for a call of that urgency."""


class _Turn:
    __slots__ = ("asker", "come")

    def __init__(self, asker: Asker, come: asyncio.Future[None]) -> None:
        self.asker = asker
        self.come = come


class Lane:
    """The calls of one provider."""

    def __init__(self, width: int = WIDTH) -> None:
        self._width = width
        self.running = 0
        self._waiting: deque[_Turn] = deque()
        self._served: dict[str, int] = {}
        """Turns each owner has had since the lane was last empty."""

    @property
    def waiting(self) -> int:
        """Calls whose turn has not come."""
        return len(self._waiting)

    def free(self) -> bool:
        """True where a call need not wait."""
        return self.running < self._width and not self._waiting

    async def enter(self, asker: Asker, patience: float) -> bool:
        """Wait for a turn; False where none came in time. Whoever got one MUST `leave`."""
        if self.free():
            self._take(asker)
            return True
        if len(self._waiting) >= LONGEST_QUEUE:
            return False
        turn = _Turn(asker, asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(patience):
                await turn.come
        except TimeoutError:
            return self._gave_up(turn)
        except asyncio.CancelledError:
            if self._gave_up(turn):
                self.leave()
            raise
        return True

    def _gave_up(self, turn: _Turn) -> bool:
        """True where the turn came just as its waiter gave up."""
        with suppress(ValueError):
            self._waiting.remove(turn)
        return turn.come.done() and not turn.come.cancelled()

    def leave(self) -> None:
        """A call ended: the next one's turn."""
        self.running -= 1
        while self._waiting and self.running < self._width:
            turn = min(self._waiting, key=self._order)
            self._waiting.remove(turn)
            if not turn.come.done():
                self._take(turn.asker)
                turn.come.set_result(None)
        if not self.running:
            self._served.clear()

    def _order(self, turn: _Turn) -> tuple[int, int]:
        return turn.asker.urgency, self._served.get(turn.asker.owner, 0)

    def _take(self, asker: Asker) -> None:
        self.running += 1
        self._served[asker.owner] = self._served.get(asker.owner, 0) + 1


class Lanes:
    """One lane a provider, and what is left of each provider's budget."""

    def __init__(self, health: HealthBoard, clock: Clock) -> None:
        self._health = health
        self._clock = clock
        self._lanes: dict[str, Lane] = {}
        self._limits: dict[str, tuple[float, Limits]] = {}

    def of(self, provider: str) -> Lane:
        """The lane of a provider, made on first use."""
        lane = self._lanes.get(provider)
        if lane is None:
            lane = self._lanes[provider] = Lane()
            self._health.of(provider).waiting = _count(lane)
        return lane

    def limits(self, provider: str) -> Limits:
        """(window, used, allowed, relief) per limit, at most a quarter of a second old."""
        now = self._clock.monotonic()
        held = self._limits.get(provider)
        if held is None or now - held[0] >= LOOKED:
            held = self._limits[provider] = (now, self._health.of(provider).limits())
        return held[1]

    def left(self, provider: str) -> float:
        """Share of the tightest limit that is left, 0 to 1; 1 where nothing is counted but by the second."""
        return min((left for _, left, _ in self.slow(provider)), default=1.0)

    def kept_back(self, provider: str, urgency: Urgency) -> ProviderError | None:
        """Why a call so little urgent is not made now; None where it may be."""
        least = KEPT_BACK[urgency]
        for window, left, relief in self.slow(provider) if least else ():
            if left < least:
                words = f"the last {least:.0%} of {window} are kept for what is more urgent"
                return ProviderError(provider, Reason.BUDGET_SPENT, words, retry_at=relief)
        return None

    def slow(self, provider: str) -> list[tuple[str, float, int | None]]:
        """(window, share left, relief) of the limits that are not by the second."""
        return [
            (window, 1.0 - used / allowed, relief)
            for window, used, allowed, relief in self.limits(provider)
            if allowed and not _by_the_second(window)
        ]


def _by_the_second(window: str) -> bool:
    """`requests/2s`: what is waited for by the transport."""
    seconds = window.rpartition("/")[2].removesuffix("s")
    return seconds.replace(".", "", 1).isdigit() and float(seconds) <= SOON


def _count(lane: Lane) -> Callable[[], int]:
    return lambda: lane.waiting
