"""A vendor's own count of what it is asked, against the limits it grants, on the injected clock."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping

from financehub_tui.clock import Clock, to_datetime
from financehub_tui.providers.base import Limit, Per

Cost = Callable[[str, Mapping[str, str]], int]
"""What a call of a path with a query takes out of limits that are not on calls."""


def one(path: str, query: Mapping[str, str]) -> int:
    """Every call costs the same."""
    return 1


class Meter:
    """Any stretch of a limit's seconds counts; days and months are those of the calendar. `over` says what was too
    much."""

    def __init__(
        self, clock: Clock, limits: Iterable[Limit], *, cost: Cost = one, key: str = "", keyless: Iterable[Limit] = ()
    ) -> None:
        """`key` is the header that holds the key: each has limits of its own, and who has none has `keyless`."""
        self.calls = 0
        self.over: list[str] = []
        self._clock = clock
        self._limits = {True: _counted(limits), False: _counted(keyless)}
        self._cost = cost
        self._key = key
        self._held: defaultdict[tuple[str, Limit, str], deque[tuple[float, int]]] = defaultdict(deque)
        self._most: dict[tuple[str, Limit], int] = {}

    def came(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> None:
        """Count a call."""
        self.calls += 1
        key = headers.get(self._key, "") if self._key else ""
        for limit in self._limits[bool(key) or not self._key]:
            cost = 1 if limit.name == "requests" else self._cost(path, query)
            used = self._used(key, limit, cost)
            self._most[key, limit] = max(used, self._most.get((key, limit), 0))
            if used > limit.amount:
                self.over.append(f"{used} of {limit.amount} {limit.name} in {limit.seconds or limit.per} at {path}")

    def full(self) -> bool:
        """Some limit was used to the last."""
        return any(used >= limit.amount for (_, limit), used in self._most.items())

    def _used(self, key: str, limit: Limit, cost: int) -> int:
        now = self._clock.monotonic()
        calls = self._held[key, limit, self._period(limit)]
        calls.append((now, cost))
        while limit.per is Per.SECONDS and calls[0][0] <= now - limit.seconds:
            calls.popleft()
        return sum(cost for _, cost in calls)

    def _period(self, limit: Limit) -> str:
        form = {Per.MINUTE: "%Y-%m-%dT%H:%M", Per.DAY: "%Y-%m-%d", Per.MONTH: "%Y-%m"}.get(limit.per, "")
        return to_datetime(self._clock.now()).strftime(form)


def _counted(limits: Iterable[Limit]) -> list[Limit]:
    """Those on calls; connections and their symbols are counted where they are."""
    return [limit for limit in limits if limit.per not in (Per.ONCE, Per.CONNECTION)]
