"""Whether and when a call may go to a host: circuit, rests the host asked for, keys, limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit
from financehub_tui.providers.kit.answer import Call, HttpOptions
from financehub_tui.providers.kit.circuit import Circuit, CircuitState
from financehub_tui.providers.kit.failure import AttemptError
from financehub_tui.providers.kit.reported import Reported

if TYPE_CHECKING:
    from financehub_tui.providers.kit.budget import Budget
    from financehub_tui.providers.kit.credentials import Credentials, Grant
    from financehub_tui.providers.kit.ledger import Ledger

KEY_FAULTS = (Reason.RATE_LIMITED, Reason.BUDGET_SPENT, Reason.BAD_KEY, Reason.NO_KEY)


class Turn:
    """A call that may go now. It MUST be ended: by `succeeded`, `failed` or `abandoned`, and then by `leave`."""

    __slots__ = ("grant", "probe")

    def __init__(self, grant: Grant | None, *, probe: bool) -> None:
        self.grant = grant
        self.probe = probe
        """It shows whether a host whose circuit was open answers again."""


class Admission:
    """Lets calls to one host through in their turn."""

    def __init__(
        self,
        provider: str,
        host: str,
        limits: Sequence[Limit],
        *,
        clock: Clock,
        options: HttpOptions,
        credentials: Credentials | None,
        sleep: Callable[[float], Awaitable[None]],
        last_error: Callable[[], str],
    ) -> None:
        """`host` is the address calls are counted by; `last_error` says why the circuit opened."""
        self.ledger: Callable[[], Ledger] | None = None
        self.circuit = Circuit(clock, failures=options.circuit_failures, open_seconds=options.circuit_seconds)
        self._provider = provider
        self._owner = f"{provider}@{host}"
        self._limits = tuple(limit for limit in limits if credentials is None or not limit.per_key)
        self._clock = clock
        self._options = options
        self._credentials = credentials
        self._sleep = sleep
        self._last_error = last_error
        self._budget: Budget | None = None
        self._rests_until = 0.0
        self._remembered = False

    @property
    def budget(self) -> Budget:
        """The limits of the host. The first use loads libraries."""
        if self._budget is None:
            from financehub_tui.providers.kit.budget import Budget

            self._budget = Budget(self._owner, self._limits, self._clock, self.ledger() if self.ledger else None)
        return self._budget

    @property
    def cooling_until(self) -> int | None:
        """When calls are possible again after a 429, ns since 1970 UTC; None where they are now."""
        left = self._rests_until - self._clock.monotonic()
        return self._clock.now() + int(left * NANOS) if left > 0 else None

    def state(self) -> list[tuple[str, float, float, int | None]]:
        """(window, used, allowed, time of relief) per limit, as `ProviderStatus.limits`."""
        if self._budget is not None:
            return self._budget.state()
        return [(_label(limit), 0.0, float(limit.amount), None) for limit in self._limits]

    async def enter(self, call: Call) -> Turn:
        """Wait for the turn where the wait is short. Raises AttemptError where it is long or the circuit is open."""
        await self._remember()
        while True:
            probe = self._pass_circuit(call)
            try:
                grant, wait, refusal = await self._try(call)
            except BaseException:
                self.circuit.abandoned(probe=probe)
                raise
            if wait <= 0:
                return Turn(grant, probe=probe)
            self.circuit.abandoned(probe=probe)
            await self._wait(call, wait, refusal)

    async def follow(self, call: Call, turn: Turn) -> None:
        """A further request of a call that was let in, such as a redirect: it waits for rests and limits, and goes with
        the same key. Raises AttemptError where the wait is long."""
        await self._until(call, lambda: self.budget.take(call.cost, call.endpoint, further=True))
        credentials, grant = self._credentials, turn.grant
        if credentials is not None and grant is not None:
            await self._until(call, lambda: credentials.take_again(grant, call.cost, call.endpoint))

    async def _until(self, call: Call, taking: Callable[[], Awaitable[float]]) -> None:
        while True:
            rest = self._rests_until - self._clock.monotonic()
            wait = rest if rest > 0 else await taking()
            if wait <= 0:
                return
            await self._wait(call, wait, None)

    async def leave(self, turn: Turn) -> None:
        """The call is over, in whatever way."""
        await self.budget.leave()
        if self._credentials is not None and turn.grant is not None:
            await self._credentials.leave(turn.grant)

    def succeeded(self, turn: Turn) -> None:
        """The host answered as it should."""
        self.circuit.succeeded()
        if self._credentials is not None and turn.grant is not None:
            self._credentials.report(turn.grant, None)

    def failed(self, turn: Turn, failure: AttemptError) -> None:
        """The call failed: what was wrong with its key alone is tried at once with another."""
        if self._credentials is not None and turn.grant is not None:
            self._credentials.report(turn.grant, failure.error)
            if failure.error.reason in KEY_FAULTS and self._credentials.spare():
                failure.retry, failure.after = True, None
        if failure.host_fault:
            self.circuit.failed(probe=turn.probe)
        else:
            self.circuit.succeeded()

    def abandoned(self, turn: Turn) -> None:
        """The call was given up; nothing was learnt of the host."""
        self.circuit.abandoned(probe=turn.probe)

    def observe(self, turn: Turn, told: Reported) -> None:
        """The host says what is used or left of a limit, be it counted by address or by key."""
        self.budget.observe(told)
        if self._credentials is not None and turn.grant is not None:
            self._credentials.observe(turn.grant, told)

    def cool(self, error: ProviderError, after: float | None) -> float | None:
        """Nothing is sent before the time the host named; where it named none, retries go on backing off.

        `after` is what its headers say, in seconds; returned is what holds. With keys it is the key that rests.
        """
        if error.retry_at is not None:
            after = max(after or 0.0, (error.retry_at - self._clock.now()) / NANOS)
        pause = self._options.cooling if after is None else after
        error.retry_at = self._clock.now() + int(pause * NANOS)
        if after is not None:
            self._rest(after)
        return after

    def refused_for_good(self, error: ProviderError) -> None:
        """All attempts at a call have failed: where the host throttles, later calls wait as long as it said."""
        if error.reason is Reason.RATE_LIMITED and error.retry_at is not None and error.status is not None:
            self._rest((error.retry_at - self._clock.now()) / NANOS)

    def _rest(self, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        if self._credentials is None and until > self._rests_until:
            self._rests_until = until
            self.budget.ledger.rest(self._owner, self._clock.now() + int(seconds * NANOS))

    async def _remember(self) -> None:
        """What an earlier run was told to wait for holds for this one."""
        if not self._remembered:
            ledger = self.budget.ledger
            await ledger.ready()
            self._remembered = True
            left = (ledger.rests.get(self._owner, 0) - self._clock.now()) / NANOS
            self._rests_until = max(self._rests_until, self._clock.monotonic() + left)

    def _pass_circuit(self, call: Call) -> bool:
        """Whether the call probes the host. Raises AttemptError where the circuit is open."""
        half_open = self.circuit.state is CircuitState.HALF_OPEN
        closed_for = self.circuit.admit()
        if closed_for is None:
            return half_open
        last = self._last_error().removeprefix(f"{self._provider}: ")
        why = f"left alone after repeated failures, last: {last}"
        raise AttemptError(self._refusal(call, Reason.CIRCUIT_OPEN, why, closed_for), retry=False, host_fault=False)

    async def _try(self, call: Call) -> tuple[Grant | None, float, ProviderError | None]:
        """(key, 0, None) where the call may go; else the seconds to wait, and why where it is for the keys."""
        wait = self._rests_until - self._clock.monotonic()
        if wait > 0:
            return None, wait, None
        grant: Grant | None = None
        if self._credentials is not None:
            try:
                grant = await self._credentials.take(call.cost, call.endpoint)
            except ProviderError as error:
                error.endpoint = call.endpoint
                return None, self._wait_of(error), error
        wait = float("inf")
        try:
            wait = await self.budget.take(call.cost, call.endpoint)
        finally:
            if wait > 0 and self._credentials is not None and grant is not None:
                await self._credentials.give_back(grant, call.cost)
        return grant, wait, None

    async def _wait(self, call: Call, seconds: float, refusal: ProviderError | None) -> None:
        """Wait where it is not for long. Raises AttemptError."""
        if seconds > self._options.max_wait:
            raise AttemptError(refusal or self._too_long(call, seconds), retry=False, host_fault=False)
        await self._sleep(max(seconds, 0.001))

    def _wait_of(self, refusal: ProviderError) -> float:
        """Seconds until a refusal is over; infinite where waiting will not help."""
        if refusal.retry_at is None:
            return float("inf")
        return max(0.001, (refusal.retry_at - self._clock.now()) / NANOS)

    def _too_long(self, call: Call, wait: float) -> ProviderError:
        reason, why = self.budget.refusal(call.cost)
        return self._refusal(call, reason, f"{why} for {call.endpoint}", wait)

    def _refusal(self, call: Call, reason: Reason, why: str, wait: float) -> ProviderError:
        retry_at = None if wait == float("inf") else self._clock.now() + int(wait * NANOS)
        return ProviderError(self._provider, reason, why, endpoint=call.endpoint, retry_at=retry_at)


def _label(limit: Limit) -> str:
    return f"{limit.name}/{limit.seconds:g}s" if limit.seconds else f"{limit.name}/{limit.per}"
