"""One HTTP client per host: budgets, retries, circuit breaker, time-outs, size limit and a log of requests.

    client = HttpClient("binance", "https://data-api.binance.vision", clock=clock, limits=SPEC.limits)
    response = await client.get("/api/v3/time", endpoint="time", cost=1)
    time = response.decode(wire.Time)

Everything that fails is raised as ProviderError with a typed reason, and nothing else is.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from http.cookiejar import CookieJar
from importlib import import_module
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit
from financehub_tui.providers.kit.answer import Call, HttpOptions, Inspect, Response
from financehub_tui.providers.kit.circuit import Circuit, CircuitState
from financehub_tui.providers.kit.decode import bad_answer, convert, decode
from financehub_tui.providers.kit.failure import AttemptError, may_retry, retry_after, status_error, transport_failure
from financehub_tui.providers.kit.requests import HttpStats, Parameters, Redactor, RequestLog, RequestRecord
from financehub_tui.redaction import redacted_bytes

if TYPE_CHECKING:
    import ssl

    import httpx
    from tenacity import RetryCallState

    from financehub_tui.providers.kit.budget import Budget
    from financehub_tui.providers.kit.credentials import Credentials, Grant
    from financehub_tui.providers.kit.ledger import Ledger

__all__ = ["HttpClient", "HttpOptions", "Inspect", "Response", "bad_answer", "convert", "decode"]

_log = logging.getLogger(__name__)
_KEY_HEADER = re.compile(r"key|token|auth|secret|sign|passphrase", re.IGNORECASE)
USER_AGENT = "financehub-tui"
KEY_FAULTS = (Reason.RATE_LIMITED, Reason.BUDGET_SPENT, Reason.BAD_KEY, Reason.NO_KEY)


class HttpClient:
    """A pooled client of one host. Create on any thread, use on one loop, close when done."""

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        clock: Clock,
        limits: Sequence[Limit] = (),
        headers: Mapping[str, str] | None = None,
        options: HttpOptions | None = None,
        inspect: Inspect | None = None,
        used_headers: Mapping[str, str] | None = None,
        cookies: CookieJar | None = None,
        credentials: Credentials | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`used_headers` maps a header that tells what is used of a limit to that limit's name.

        `cookies` is a jar that several hosts of one source may share. `credentials` sign every call and keep the
        limits that are `per_key`. `sleep` is injectable for tests.
        """
        self.provider = provider
        self.base_url = base_url.rstrip("/")
        self.options = options or HttpOptions()
        self.redactor = Redactor()
        self.log = RequestLog(clock)
        self._clock = clock
        self._host = ""
        self._credentials = credentials
        self._limits = tuple(limit for limit in limits if credentials is None or not limit.per_key)
        self.ledger: Callable[[], Ledger] | None = None
        """Where calls are counted; set before the first one by whoever keeps the counts of all providers."""
        self._headers = {"User-Agent": USER_AGENT, "Accept": "application/json, */*", **(headers or {})}
        self._inspect = inspect
        self._used_headers = {name.lower(): limit for name, limit in (used_headers or {}).items()}
        self._cookies = CookieJar() if cookies is None else cookies
        self._sleep = sleep
        self._circuit = Circuit(
            clock, failures=self.options.circuit_failures, open_seconds=self.options.circuit_seconds
        )
        self._budget: Budget | None = None
        self._client: httpx.AsyncClient | None = None
        self._cool_until = 0.0
        self._opening = asyncio.Lock()

    async def get(
        self,
        path: str,
        params: Parameters | None = None,
        *,
        endpoint: str = "",
        cost: int = 1,
        headers: Mapping[str, str] | None = None,
        retry: bool = True,
    ) -> Response:
        """GET `base_url + path`. `endpoint` names the call in logs and errors; `cost` is taken from the limits."""
        return await self._call(
            Call(
                method="GET",
                path=path,
                endpoint=endpoint or path,
                params=params,
                headers=headers,
                cost=cost,
                retry=retry,
            )
        )

    async def post(
        self,
        path: str,
        content: bytes,
        params: Parameters | None = None,
        *,
        endpoint: str = "",
        cost: int = 1,
        headers: Mapping[str, str] | None = None,
        retry: bool = False,
    ) -> Response:
        """POST; not retried unless the caller says it is idempotent."""
        return await self._call(
            Call(
                method="POST",
                path=path,
                endpoint=endpoint or path,
                params=params,
                headers=headers,
                content=content,
                cost=cost,
                retry=retry,
            )
        )

    @property
    def cookies(self) -> CookieJar:
        """The jar."""
        return self._cookies

    @property
    def circuit(self) -> CircuitState:
        """The circuit breaker's state."""
        return self._circuit.state

    @property
    def cooling_until(self) -> int | None:
        """When calls are possible again after a 429, ns since 1970 UTC; None where they are now."""
        left = self._cool_until - self._clock.monotonic()
        return self._clock.now() + int(left * NANOS) if left > 0 else None

    def stats(self) -> HttpStats:
        """Calls, errors, latencies."""
        return self.log.stats()

    def limit_state(self) -> list[tuple[str, float, float, int | None]]:
        """(window, used, allowed, time of relief) per limit, as `ProviderStatus.limits`."""
        if self._budget is None:
            return [
                (
                    f"{limit.name}/{limit.seconds:g}s" if limit.seconds else f"{limit.name}/{limit.per}",
                    0.0,
                    amount,
                    None,
                )
                for limit, amount in ((limit, float(limit.amount)) for limit in self._limits)
            ]
        return self._budget.state()

    async def close(self) -> None:
        """Close the pool. Idempotent; a later call opens it anew."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _call(self, call: Call) -> Response:
        client = await self._ready(call)
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        attempts = AsyncRetrying(
            stop=stop_after_attempt(self.options.attempts if call.retry else 1),
            wait=self._pause,
            retry=retry_if_exception(lambda error: isinstance(error, AttemptError) and error.retry),
            sleep=self._sleep,
            reraise=True,
        )
        number = 0
        try:
            async for attempt in attempts:
                with attempt:
                    number += 1
                    return await self._attempt(client, call, number)
        except AttemptError as failure:
            self._cool_until = max(self._cool_until, self._until(failure.error))
            raise failure.error from None
        raise AssertionError("tenacity ends with a result or an exception")

    def _until(self, error: ProviderError) -> float:
        """The monotonic time before which nothing more is sent after a call was refused for good."""
        keyed = self._credentials is not None
        if keyed or error.reason is not Reason.RATE_LIMITED or error.retry_at is None or error.status is None:
            return 0.0
        return self._clock.monotonic() + (error.retry_at - self._clock.now()) / NANOS

    def _pause(self, state: RetryCallState) -> float:
        """Full jitter, and never less than the provider asked for."""
        from tenacity import wait_random_exponential

        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, AttemptError) and error.after is not None else 0.0
        jitter = wait_random_exponential(multiplier=self.options.backoff, max=self.options.backoff_max)(state)
        return max(asked, jitter)

    async def _attempt(self, client: httpx.AsyncClient, call: Call, number: int) -> Response:
        grant = await self._admit(call)
        started, time = self._clock.monotonic(), self._clock.now()
        status: int | None = None
        size, error = 0, "cancelled"
        try:
            response = await self._send(client, call, grant)
            status, size = response.status, len(response.body)
            await self._judge(call, response, grant)
            error = ""
        except AttemptError as failure:
            error = str(failure.error)
            self._key_failed(grant, failure)
            if failure.host_fault:
                self._circuit.failed()
            else:
                self._circuit.succeeded()
            raise
        except BaseException:
            self._circuit.abandoned()
            raise
        finally:
            self.log.add(
                RequestRecord(
                    time=time,
                    method=call.method,
                    endpoint=call.endpoint,
                    url=self.redactor.url(self.base_url + call.path, call.params),
                    status=status,
                    latency_ms=1_000 * (self._clock.monotonic() - started),
                    bytes=size,
                    attempt=number,
                    error=error,
                    key=grant.alias if grant else "",
                )
            )
            self._budgets().leave()
        self._circuit.succeeded()
        if self._credentials is not None and grant is not None:
            self._credentials.report(grant, None)
        return response

    def _key_failed(self, grant: Grant | None, failure: AttemptError) -> None:
        """Tell the key's pool; what was wrong with this key alone is tried at once with another."""
        if self._credentials is None or grant is None:
            return
        self._credentials.report(grant, failure.error)
        if failure.error.reason in KEY_FAULTS and self._credentials.spare():
            failure.retry, failure.after = True, None

    async def _admit(self, call: Call) -> Grant | None:
        """Wait for the budget where the wait is short; refuse where it is long or the circuit is open."""
        while True:
            closed_for = self._circuit.admit()
            if closed_for is not None:
                last = self.log.last_error.removeprefix(f"{self.provider}: ")
                why = f"left alone after repeated failures, last: {last}"
                raise AttemptError(self._refusal(call, Reason.CIRCUIT_OPEN, why, closed_for), retry=False)
            wait = self._cool_until - self._clock.monotonic()
            refusal: ProviderError | None = None
            if wait <= 0:
                grant, refusal = await self._granted(call)
                if refusal is None:
                    wait = await self._budgets().take(call.cost, call.endpoint)
                    if wait <= 0:
                        return grant
                    self._return(grant, call.cost)
                else:
                    wait = self._wait_of(refusal)
            self._circuit.abandoned()
            if wait > self.options.max_wait:
                reason, why = self._budgets().refusal(call.cost)
                refused = refusal or self._refusal(call, reason, f"{why} for {call.endpoint}", wait)
                raise AttemptError(refused, retry=False, host_fault=False)
            await self._sleep(max(wait, 0.001))

    async def _granted(self, call: Call) -> tuple[Grant | None, ProviderError | None]:
        """The key that signs this call, or why there is none."""
        if self._credentials is None:
            return None, None
        try:
            return await self._credentials.take(call.cost, call.endpoint), None
        except ProviderError as error:
            error.endpoint = call.endpoint
            return None, error

    def _return(self, grant: Grant | None, cost: int) -> None:
        if self._credentials is not None and grant is not None:
            self._credentials.give_back(grant, cost)

    def _wait_of(self, refusal: ProviderError) -> float:
        """Seconds until a refusal is over; infinite where waiting will not help."""
        if refusal.retry_at is None:
            return float("inf")
        return max(0.0, (refusal.retry_at - self._clock.now()) / NANOS)

    def _refusal(self, call: Call, reason: Reason, why: str, wait: float) -> ProviderError:
        retry_at = None if wait == float("inf") else self._clock.now() + int(wait * NANOS)
        return ProviderError(self.provider, reason, why, endpoint=call.endpoint, retry_at=retry_at)

    async def _send(self, client: httpx.AsyncClient, call: Call, grant: Grant | None) -> Response:
        begun = False
        try:
            async with asyncio.timeout(self.options.total_timeout):
                request = client.build_request(
                    call.method,
                    self.base_url + call.path,
                    params={**(call.params or {}), **grant.params} if grant else call.params,
                    headers={**(call.headers or {}), **grant.headers} if grant else call.headers,
                    content=call.content,
                )
                answer = await client.send(request, stream=True)
                begun = True
                try:
                    body = await self._read(call, answer)
                finally:
                    await answer.aclose()
        except AttemptError:
            raise
        except Exception as error:
            raise self._redacted(transport_failure(self.provider, call.endpoint, error, begun=begun)) from None
        return Response(
            provider=self.provider,
            endpoint=call.endpoint,
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=body,
            received_at=self._clock.now(),
        )

    async def _read(self, call: Call, answer: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > self.options.max_bytes:
                error = bad_answer(self.provider, call.endpoint, f"larger than {self.options.max_bytes} bytes")
                raise AttemptError(error, retry=False)
        return bytes(body) if self._credentials is None else redacted_bytes(bytes(body))

    async def _judge(self, call: Call, response: Response, grant: Grant | None) -> None:
        """Raise what is wrong with an answer; remember what it says of the limits."""
        await self._observe(response, grant)
        error = self._inspected(response)
        if error is None:
            error = status_error(self.provider, call.endpoint, response.status, response.body)
        if error is None:
            return
        error.status = error.status or response.status
        after = retry_after(response.headers, self._clock.now())
        if error.reason is Reason.RATE_LIMITED:
            after = self._cool(error, after)
        retry = may_retry(response.status) and (after is None or after <= self.options.max_wait)
        raise self._redacted(AttemptError(error, retry=retry, after=after, host_fault=response.status >= 500))

    def _inspected(self, response: Response) -> ProviderError | None:
        """What the source's own reading says; a reading that fails is a bad answer, not a crash."""
        if self._inspect is None:
            return None
        try:
            return self._inspect(response)
        except ProviderError as error:
            return error
        except Exception as error:
            _log.exception("The answer of %s %s could not be inspected", self.provider, response.endpoint)
            return bad_answer(self.provider, response.endpoint, f"cannot be read ({type(error).__name__})")

    def _cool(self, error: ProviderError, after: float | None) -> float | None:
        """Nothing is sent before the time the provider named; where it named none, retries go on backing off."""
        if error.retry_at is not None:
            after = max(after or 0.0, (error.retry_at - self._clock.now()) / NANOS)
        pause = self.options.cooling if after is None else after
        error.retry_at = self._clock.now() + int(pause * NANOS)
        if after is not None and self._credentials is None:
            self._cool_until = self._clock.monotonic() + after
        return after

    async def _observe(self, response: Response, grant: Grant | None) -> None:
        for header, limit in self._used_headers.items():
            if (value := response.headers.get(header, "")).isdigit():
                await self._budgets().observe(limit, int(value))
                if self._credentials is not None and grant is not None:
                    await self._credentials.observe(grant, limit, int(value))

    def _redacted(self, failure: AttemptError) -> AttemptError:
        error = failure.error
        error.detail = self.redactor.text(error.detail)
        error.args = (self.redactor.text(str(error)),)
        return failure

    def _budgets(self) -> Budget:
        if self._budget is None:
            from financehub_tui.providers.kit.budget import Budget

            owner = f"{self.provider}@{self.base_url.partition('://')[2]}"
            self._budget = Budget(owner, self._limits, self._clock, self.ledger() if self.ledger else None)
        return self._budget

    async def _ready(self, call: Call) -> httpx.AsyncClient:
        """The open pool. The first use loads libraries and certificates, in a thread because that takes a while."""
        async with self._opening:
            if self._client is None:
                try:
                    self._client = await asyncio.to_thread(self._open)
                except Exception as error:
                    text = f"cannot set up the connection, see address and proxy settings: {error}"
                    refused = ProviderError(self.provider, Reason.OFFLINE, text, endpoint=call.endpoint)
                    raise self._redacted(AttemptError(refused, retry=False)).error from None
            return self._client

    def _open(self) -> httpx.AsyncClient:
        import httpx

        import_module("tenacity")
        self._budgets()
        self._host = httpx.URL(self.base_url).host
        options = self.options
        return httpx.AsyncClient(
            verify=_certificates(),
            http2=options.http2,
            headers=self._headers,
            cookies=self._cookies,
            timeout=httpx.Timeout(options.read_timeout, connect=options.connect_timeout),
            limits=httpx.Limits(max_connections=options.connections),
            follow_redirects=True,
            max_redirects=options.max_redirects,
            trust_env=options.proxies_from_environment,
            event_hooks={"request": [self._keep_keys_home]},
        )

    async def _keep_keys_home(self, request: httpx.Request) -> None:
        """A redirect to another host must not carry our keys there; the library takes out Authorization only."""
        if request.url.host != self._host:
            for name in [name for name in request.headers if _KEY_HEADER.search(name)]:
                del request.headers[name]


@cache
def _certificates() -> ssl.SSLContext:
    """The trusted authorities, read once for all hosts."""
    import httpx

    return httpx.create_ssl_context()
