"""Everything counted against limits in one process; saved through the store, shared through Redis."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import StoreError
from financehub_tui.providers.kit.counts import ClockStorage
from financehub_tui.providers.kit.slots import Slots

if TYPE_CHECKING:
    from financehub_tui.providers.kit.budget import Budget
    from financehub_tui.providers.kit.shared import SharedCounts

STATE = "budgets"
"""The key under which it is saved."""
_SLICE = 600 * NANOS
_SLICES = 144
_log = logging.getLogger(__name__)


class StateStore(Protocol):
    """The part of the store a ledger and the key pools need."""

    async def read_state(self, key: str) -> str | None: ...
    async def write_state(self, key: str, value: str | None) -> None: ...


class _Saved(msgspec.Struct):
    windows: dict[str, tuple[int, list[tuple[int, int]]]] = {}
    spending: dict[str, list[tuple[int, dict[str, int]]]] = {}
    rests: dict[str, int] = {}


class Spending:
    """Who spent how much during the last day, in slices of ten minutes."""

    def __init__(self) -> None:
        self.slices: deque[tuple[int, Counter[str]]] = deque(maxlen=_SLICES)

    def add(self, now: int, what: str, cost: int) -> None:
        """Count what was spent now (ns since 1970 UTC)."""
        start = now - now % _SLICE
        if not self.slices or self.slices[-1][0] != start:
            self.slices.append((start, Counter()))
        self.slices[-1][1][what] += cost

    def since(self, time: int) -> Counter[str]:
        """Spent by what, in the slices that end after an instant."""
        total: Counter[str] = Counter()
        for start, spent in self.slices:
            if start + _SLICE > time:
                total.update(spent)
        return total

    def rate(self, now: int) -> float:
        """Units an hour: over the last hour, or since the first use where that is later, ten minutes at the least."""
        hour = 3_600 * NANOS
        recent = [(start, spent) for start, spent in self.slices if start + _SLICE > now - hour]
        if not recent:
            return 0.0
        length = max(_SLICE, min(hour, now - recent[0][0]))
        return sum(spent.total() for _, spent in recent) * hour / length


class Ledger:
    """The counts of all budgets. Whoever has a store saves them every few seconds and at the end."""

    def __init__(
        self,
        clock: Clock,
        shared: SharedCounts | None = None,
        store: Callable[[], Awaitable[StateStore]] | None = None,
    ) -> None:
        """`store` opens the store when the first call is to be counted; it may raise StoreError."""
        self.storage = ClockStorage(clock)
        self.shared = shared
        self.slots = Slots(shared)
        """Stream connections that are open, calls that are under way."""
        self._store = store
        self._loaded = store is None
        self._loading = asyncio.Lock()
        self.changed = False
        """Something was counted since the last save."""
        self.budgets: dict[str, Budget] = {}
        """By owner: those that have been used or looked at."""
        self._clock = clock
        self._spending: dict[str, Spending] = {}
        self.rests: dict[str, int] = {}
        """Before these instants, ns since 1970 UTC, an owner is to be left alone."""

    def enrol(self, budget: Budget) -> None:
        """Show a budget in QUOTA. Of several of one host, as with and without keys, the one that has limits."""
        if budget.windows or budget.at_once or budget.owner not in self.budgets:
            self.budgets[budget.owner] = budget

    def spent(self, owner: str, what: str, cost: int) -> None:
        """Note who spent."""
        self.changed = True
        self.spending(owner).add(self._clock.now(), what, cost)
        self.spending(owner, calls=True).add(self._clock.now(), what, 1)

    def spending(self, owner: str, *, calls: bool = False) -> Spending:
        """What an owner's units, or calls, were for."""
        return self._spending.setdefault(f"{owner}#calls" if calls else owner, Spending())

    def rest(self, owner: str, until: int) -> None:
        """An owner was told to make no calls before an instant (ns since 1970 UTC). It is kept over a restart."""
        self.rests[owner] = until
        self.changed = True

    def document(self) -> str:
        """All counts as JSON, with times in ns since 1970 UTC. No secrets: owners are hosts and fingerprints."""
        spending = {
            owner: [(start, dict(spent)) for start, spent in kept.slices] for owner, kept in self._spending.items()
        }
        rests = {owner: until for owner, until in self.rests.items() if until > self._clock.now()}
        return msgspec.json.encode(_Saved(self.storage.dump(), spending, rests)).decode()

    def restore(self, document: str) -> None:
        """Count what an earlier run had counted. Raises ValueError for what is no such document."""
        saved = msgspec.json.decode(document, type=_Saved)
        self.storage.restore(saved.windows)
        self.rests = saved.rests | self.rests
        for owner, slices in saved.spending.items():
            kept = self._spending.setdefault(owner, Spending())
            kept.slices.extendleft((start, Counter(spent)) for start, spent in reversed(slices))

    async def ready(self) -> None:
        """Before the first call is counted: take up the counts of the last run."""
        async with self._loading:
            if not self._loaded and self._store is not None:
                await self._load(self._store)
                self._loaded = True

    async def _load(self, opening: Callable[[], Awaitable[StateStore]]) -> None:
        """Without the old counts a call more may be made than the provider grants; the work goes on."""
        try:
            if document := await (await opening()).read_state(STATE):
                self.restore(document)
        except (StoreError, ValueError) as error:
            _log.warning("what was used of the limits before is not known: %s", error)

    async def save(self) -> bool:
        """Keep the counts where something changed. Returns whether they were written."""
        if not self.changed or self._store is None:
            return False
        self.changed = False
        try:
            await (await self._store()).write_state(STATE, self.document())
        except StoreError as error:
            self.changed = True
            _log.debug("what was used of the limits is not kept: %s", error)
            return False
        return True
