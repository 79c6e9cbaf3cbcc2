"""One limit's window: how much of it is used, when there is room again. Rolling, or by the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from limits import RateLimitItemPerSecond

from financehub_tui.clock import NANOS, Clock, to_datetime, to_nanos
from financehub_tui.providers.base import Limit, Per

if TYPE_CHECKING:
    from financehub_tui.providers.kit.counts import ClockStorage

_KEPT = {Per.MINUTE: 120, Per.DAY: 2 * 86_400, Per.MONTH: 40 * 86_400}
"""Seconds a calendar window's count is kept: longer than the longest of its kind."""
LONG = 3_600.0
"""Seconds from which on a window is a budget that is spent rather than a rate that is too high."""
_UNITS = {1.0: "second", 60.0: "minute", 3_600.0: "hour", 86_400.0: "24 hours"}


class Window:
    """A rolling window of one limit, counted for one owner: a host, or a key."""

    def __init__(self, limit: Limit, owner: str, storage: ClockStorage, clock: Clock) -> None:
        self.limit = limit
        self._owner = owner
        self._storage = storage
        self._clock = clock
        self._item = RateLimitItemPerSecond(limit.amount, max(1, round(limit.seconds)))

    @property
    def label(self) -> str:
        """As PHLT names it."""
        return f"{self.limit.name}/{self.limit.seconds:g}s"

    @property
    def expiry(self) -> int:
        """Seconds after which what is counted now counts no more, at the latest."""
        return self._item.get_expiry()

    def key(self) -> str:
        """Under which it is counted now."""
        return self._item.key_for(self._owner, self.limit.name)

    def cost(self, cost: int) -> int:
        """What a call of this cost takes out of it."""
        return 1 if self.limit.name == "requests" else cost

    def used(self) -> int:
        """Units used now."""
        return self._storage.window(self.key(), self.expiry)[1]

    def wait(self, cost: int) -> float:
        """Seconds until a call of this cost fits; infinite where it never does."""
        return self._storage.seconds_until(self.key(), self.limit.amount, self.expiry, self.cost(cost))

    def count(self, amount: int) -> None:
        """Count units as used."""
        self._storage.add(self.key(), amount, self.expiry)

    def correct(self, used: int, resets_in: float | None = None) -> bool:
        """The provider has counted more than we have: believe it, until its own reset where it tells one."""
        excess = min(used, self.limit.amount) - self.used()
        if excess > 0:
            age = 0.0 if resets_in is None else max(0.0, self.expiry - resets_in)
            self._storage.add(self.key(), excess, self.expiry, age=age)
        return excess > 0

    def give_back(self, amount: int) -> None:
        """Undo the last count of this amount."""
        self._storage.give_back(self.key(), amount)

    def forecast(self, rate: float) -> int | None:
        """When it is used up at a rate (units an hour), ns since 1970 UTC; None where it never is.

        A rolling window gives back as it is used: at a steady rate it is full only where more than all of it is spent
        within its length.
        """
        now, left = self._clock.now(), self.limit.amount - self.used()
        if left <= 0:
            return now
        at = now + int(left / rate * 3_600 * NANOS) if rate > 0 else None
        return at if at is not None and at < self._fresh_at() else None

    def _fresh_at(self) -> int:
        """When what is used now counts no more, ns since 1970 UTC."""
        return self._clock.now() + self.expiry * NANOS

    def relief_at(self) -> int | None:
        """When some of it is free again, ns since 1970 UTC; None where nothing is used."""
        start, used = self._storage.window(self.key(), self.expiry)
        ahead = start + self.expiry - self._clock.monotonic()
        return self._clock.now() + int(ahead * NANOS) if used else None


class CalendarWindow(Window):
    """A minute, day or month of the calendar. A time zone's change of hour makes a day shorter or longer, as it is."""

    @property
    def label(self) -> str:
        """As PHLT names it."""
        return f"{self.limit.name}/{self.limit.per.value}"

    @property
    def expiry(self) -> int:
        """Seconds a count is kept."""
        return _KEPT[self.limit.per]

    def key(self) -> str:
        """A key of its own for each minute, day or month."""
        form = {Per.MINUTE: "%Y-%m-%dT%H:%M", Per.DAY: "%Y-%m-%d", Per.MONTH: "%Y-%m"}[self.limit.per]
        return f"{self._owner}/{self.limit.name}/{self.limit.per.value}/{self._local():{form}}"

    def wait(self, cost: int) -> float:
        """Seconds until a call of this cost fits: none, or until the period ends."""
        if self.cost(cost) > self.limit.amount:
            return float("inf")
        if self.used() + self.cost(cost) <= self.limit.amount:
            return 0.0
        return max(0.001, (self.ends_at() - self._clock.now()) / NANOS)

    def relief_at(self) -> int | None:
        """When the period ends, ns since 1970 UTC; None where nothing is used."""
        return self.ends_at() if self.used() else None

    def _fresh_at(self) -> int:
        return self.ends_at()

    def ends_at(self) -> int:
        """The end of the running period, ns since 1970 UTC."""
        local = self._local()
        if self.limit.per is Per.MINUTE:
            # Not by the clock on the wall: in the hour that comes twice, a minute later may be an hour off.
            return to_nanos(local.replace(second=0, microsecond=0)) + 60 * NANOS
        midnight = datetime(local.year, local.month, local.day, tzinfo=local.tzinfo)
        if self.limit.per is Per.DAY:
            return to_nanos(midnight + timedelta(days=1))
        return to_nanos((midnight.replace(day=1) + timedelta(days=32)).replace(day=1))

    def _local(self) -> datetime:
        return to_datetime(self._clock.now()).astimezone(_zone(self.limit.timezone))


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def window_of(limit: Limit, owner: str, storage: ClockStorage, clock: Clock) -> Window:
    """The window that counts a limit."""
    made = CalendarWindow if limit.per in (Per.MINUTE, Per.DAY, Per.MONTH) else Window
    return made(limit, owner, storage, clock)


def is_budget(limit: Limit) -> bool:
    """True where running out means hours of waiting: BUDGET_SPENT rather than RATE_LIMITED."""
    return limit.per in (Per.DAY, Per.MONTH) or (limit.per is Per.SECONDS and limit.seconds >= LONG)


def in_words(limit: Limit) -> str:
    """25 requests a day; 100 requests in 24 hours; 1 connection at once."""
    amount = f"{limit.amount:,} {limit.name if limit.amount != 1 else limit.name.removesuffix('s')}"
    if limit.per is Per.SECONDS:
        unit = _UNITS.get(limit.seconds)
        return f"{amount} a {unit}" if unit and " " not in unit else f"{amount} in {unit or f'{limit.seconds:g} s'}"
    if limit.per is Per.ONCE:
        return f"{amount} at once"
    return f"{amount} a {limit.per.value}"


def resets_in_words(limit: Limit) -> str:
    """When it starts anew: `00:00 UTC`, `the 1st, 00:00 New York`, `as calls age`."""
    place = limit.timezone.rpartition("/")[2].replace("_", " ")
    if limit.per is Per.DAY:
        return f"00:00 {place}"
    if limit.per is Per.MONTH:
        return f"the 1st, 00:00 {place}"
    return "every minute" if limit.per is Per.MINUTE else "as calls age"
