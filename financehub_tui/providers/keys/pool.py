"""The keys of one provider: the one with most left signs the next call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, Clock, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.keys.form import KeyForm
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.keys.usage import KeyState, Usage
from financehub_tui.providers.kit.credentials import Grant
from financehub_tui.redaction import redacted

if TYPE_CHECKING:
    from financehub_tui.providers.kit.budget import Budget
    from financehub_tui.providers.kit.ledger import Ledger
    from financehub_tui.providers.kit.reported import Reported

Sign = Callable[[Key], tuple[Mapping[str, str], Mapping[str, str]]]
"""A key's (headers, parameters) for a request."""


class KeyPool:
    """Rotates among keys. Two aliases of one and the same key are one key: it has one budget."""

    def __init__(
        self,
        form: KeyForm,
        clock: Clock,
        ledger: Callable[[], Ledger],
        ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`ready` reads the keys before the first one is taken."""
        self.form = form
        self.provider = form.provider
        self.disabled = 0
        """Keys the user has disabled."""
        self.changed = False
        """Something is to be saved."""
        self._clock = clock
        self._ledger = ledger
        self._ready = ready
        self._keys: list[Key] = []
        self._usage: dict[str, Usage] = {}
        self._budgets: dict[str, Budget] = {}
        self._granted: dict[str, Sequence[Limit]] = {}
        """The limits of each budget: those of its key's plan, which may be another when the keys are read anew."""

    @property
    def keys(self) -> Sequence[Key]:
        """Those that are not disabled."""
        return self._keys

    def fill(self, keys: Sequence[Key], usage: Mapping[str, Usage], disabled: int = 0) -> None:
        """These are the keys from now on. What is known of a key that stays is kept; `usage` is that of earlier runs,
        by fingerprint."""
        from financehub_tui.providers.kit.budget import Budget

        self._keys = list(dict.fromkeys(keys))
        self.disabled = disabled
        for key in self._keys:
            mark = key.fingerprint
            self._usage.setdefault(mark, usage.get(mark) or Usage())
            limits = self.limits(key)
            if mark not in self._budgets:
                self._budgets[mark] = Budget(f"{self.provider}/{mark}", limits, self._clock, self._ledger())
            elif self._granted[mark] != limits:
                self._budgets[mark].grant(limits)
            self._granted[mark] = limits

    def limits(self, key: Key) -> Sequence[Limit]:
        """What a key's plan grants."""
        return self.form.plan(key.plan or key.alias).limits

    def usage(self, key: Key) -> Usage:
        """A key's record."""
        return self._usage.setdefault(key.fingerprint, Usage())

    def records(self) -> dict[str, Usage]:
        """The records of all keys there are, by fingerprint."""
        return {key.fingerprint: self.usage(key) for key in self._keys}

    def budget(self, key: Key) -> Budget:
        """A key's budget."""
        return self._budgets[key.fingerprint]

    def state(self, key: Key) -> KeyState:
        """Whether a key can sign a call now."""
        now = self._clock.now()
        state = self.usage(key).state(now)
        budget = self._budgets[key.fingerprint]
        if state is KeyState.READY and budget.wait(1) > 0:
            return KeyState.SPENT if budget.refusal(1)[0] is Reason.BUDGET_SPENT else KeyState.COOLING
        return state

    async def read(self) -> Sequence[Key]:
        """The keys that are not disabled, read first where that has not been done yet."""
        if self._ready is not None:
            await self._ready()
        return self._keys

    def plan(self, key: Key) -> str:
        """The name of a key's plan."""
        return self.form.plan(key.plan or key.alias).name

    async def take(self, cost: int = 1, what: str = "", plan: str = "") -> Key:
        """The usable key with most left, a call's cost taken out of its budget. `what` names the endpoint.

        With `plan`, keys of that plan alone. Raises ProviderError: NO_KEY, BAD_KEY with the reason, RATE_LIMITED or
        BUDGET_SPENT with the time of relief.
        """
        await self.read()
        waits: dict[Key, float] = {}
        for key in self._ordered(plan):
            wait = await self._budgets[key.fingerprint].take(cost, what)
            if wait <= 0:
                self.usage(key).used(self._clock.now())
                self.changed = True
                return key
            waits[key] = wait
        raise self._refusal(cost, waits, plan)

    def report(self, key: Key, error: ProviderError | None = None) -> None:
        """How a call signed with this key ended. A refusal of what the plan lacks (many send 403) is no BAD_KEY: a
        source tells it as NOT_OFFERED."""
        if error is not None:
            error.detail = redacted(error.detail)
            if error.reason is Reason.BUDGET_SPENT and error.retry_at is None:
                error.retry_at = self._budgets[key.fingerprint].resets_at()
        self.usage(key).ended(error, self._clock.now())
        self.changed = True

    async def take_again(self, key: Key, cost: int = 1, what: str = "") -> float:
        """Count a further request of a call; 0, or the seconds to wait."""
        return await self._budgets[key.fingerprint].take(cost, what, further=True)

    async def leave(self, key: Key) -> None:
        """A call that was taken has ended: where a key may make so many at once, the next one may begin."""
        await self._budgets[key.fingerprint].leave()

    async def give_back(self, key: Key, cost: int = 1) -> None:
        """The call was not made after all."""
        self.usage(key).calls -= 1
        await self._budgets[key.fingerprint].give_back(cost)

    def observe(self, key: Key, told: Reported) -> None:
        """The provider says how much of a limit of this key is used or left."""
        self._budgets[key.fingerprint].observe(told)

    def spare(self, plan: str = "") -> bool:
        """True where a call could be signed now."""
        return any(self.state(key) is KeyState.READY for key in self._fitting(plan))

    async def connect(self, holder: str, plan: str = "", line: str = "") -> Key:
        """A key on which a stream connection may be opened: the same again for the same holder, which `keep`s it every
        half minute while it is connected, and then `disconnect`s. `line`, such as `/v2/iex`, tells apart endpoints
        whose connections are limited each by itself.

        Raises ProviderError: RATE_LIMITED where each key's connections are open, else as `take`.
        """
        await self.read()
        ready = self._ordered(plan)
        for key in sorted(ready, key=lambda key: not self._holds(key, holder, line)):
            if await self.keep(key, holder, line):
                return key
        if ready:
            why = "every key has as many stream connections as it may, perhaps in another program"
            raise ProviderError(self.provider, Reason.RATE_LIMITED, why)
        raise self._refusal(1, {}, plan)

    async def keep(self, key: Key, holder: str, line: str = "") -> bool:
        """The connection is still open; False where another program has taken the key's place meanwhile."""
        limit = self._connections(key)
        if limit is None:
            return True
        return await self._ledger().slots.hold(self._place(key, limit, line), limit.amount, holder)

    async def disconnect(self, key: Key, holder: str, line: str = "") -> None:
        """The connection is closed."""
        if (limit := self._connections(key)) is not None:
            await self._ledger().slots.let_go(self._place(key, limit, line), holder)

    def _place(self, key: Key, limit: Limit, line: str) -> str:
        return self.budget(key).slot(limit) + line

    def _holds(self, key: Key, holder: str, line: str) -> bool:
        limit = self._connections(key)
        return limit is not None and self._ledger().slots.holds(self._place(key, limit, line), holder)

    def _connections(self, key: Key) -> Limit | None:
        return next((one for one in self.limits(key) if one.per is Per.ONCE and one.name == "connections"), None)

    def signed(self, sign: Sign, plan: str = "") -> SignedPool:
        """These keys, or those of one plan, as an HTTP client's credentials."""
        return SignedPool(self, sign, plan)

    def _fitting(self, plan: str) -> list[Key]:
        return [key for key in self._keys if plan in ("", self.plan(key))]

    def _ordered(self, plan: str) -> list[Key]:
        """Keys that are not left alone, the one with most left first, then the one unused for longest."""
        now = self._clock.now()
        ready = [key for key in self._fitting(plan) if self.usage(key).state(now) is KeyState.READY]
        return sorted(
            ready, key=lambda key: (-self._budgets[key.fingerprint].share_left(), self.usage(key).last_used or 0)
        )

    def _refusal(self, cost: int, waits: Mapping[Key, float], plan: str) -> ProviderError:
        fitting = self._fitting(plan)
        if not fitting:
            return self._none()
        now = self._clock.now()
        over = [(now + int(wait * NANOS), key) for key, wait in waits.items() if wait != float("inf")]
        if over:
            at, key = min(over, key=lambda pair: pair[0])
            reason, why = self._budgets[key.fingerprint].refusal(cost)
            return ProviderError(self.provider, reason, f"key {key.alias}: {why}", retry_at=at)
        resting = [key for key in fitting if self.usage(key).state(now) in (KeyState.COOLING, KeyState.SPENT)]
        if resting:
            return self._resting(min(resting, key=lambda key: self.usage(key).until))
        if waits:
            why = f"a call that costs {cost} is more than any key may spend at once"
            return ProviderError(self.provider, Reason.BUDGET_SPENT, why)
        said = "; ".join(f"key {key.alias}: {self.usage(key).reason}" for key in fitting)
        return ProviderError(self.provider, Reason.BAD_KEY, said)

    def _resting(self, key: Key) -> ProviderError:
        usage = self.usage(key)
        reason = Reason.BUDGET_SPENT if usage.spent else Reason.RATE_LIMITED
        until = to_datetime(usage.until)
        form = "%H:%M:%S UTC" if until.date() == to_datetime(self._clock.now()).date() else "%Y-%m-%d %H:%M UTC"
        why = f"key {key.alias} rests until {until:{form}} ({usage.reason})"
        return ProviderError(self.provider, reason, why, retry_at=usage.until)

    def _none(self) -> ProviderError:
        why = f"its {self.disabled} keys are disabled" if self.disabled else f"no key; get one at {self.form.where}"
        error = ProviderError(self.provider, Reason.NO_KEY, why)
        error.hint = f"financehub keys add {self.provider}"
        return error


class KeyGrant(Grant):
    """A grant that knows its key."""

    __slots__ = ("key",)

    def __init__(self, key: Key, headers: Mapping[str, str], params: Mapping[str, str]) -> None:
        super().__init__(key.alias, headers, params)
        self.key = key


class SignedPool:
    """A pool as `kit.credentials.Credentials`."""

    def __init__(self, pool: KeyPool, sign: Sign, plan: str = "") -> None:
        self._pool = pool
        self._sign = sign
        self._plan = plan

    async def take(self, cost: int, what: str) -> KeyGrant:
        """A key, and what it adds to the request."""
        key = await self._pool.take(cost, what, self._plan)
        return KeyGrant(key, *self._sign(key))

    async def take_again(self, grant: Grant, cost: int, what: str) -> float:
        """Count a further request of the call."""
        return await self._pool.take_again(_key(grant), cost, what)

    def report(self, grant: Grant, error: ProviderError | None) -> None:
        """How the call ended."""
        self._pool.report(_key(grant), error)

    async def leave(self, grant: Grant) -> None:
        """The call has ended."""
        await self._pool.leave(_key(grant))

    async def give_back(self, grant: Grant, cost: int) -> None:
        """The call was not made."""
        await self._pool.give_back(_key(grant), cost)

    def observe(self, grant: Grant, told: Reported) -> None:
        """The provider says what is used or left."""
        self._pool.observe(_key(grant), told)

    def spare(self) -> bool:
        """True where another call could be signed now."""
        return self._pool.spare(self._plan)


def _key(grant: Grant) -> Key:
    """The key of a grant that `SignedPool.take` made."""
    assert isinstance(grant, KeyGrant)
    return grant.key
