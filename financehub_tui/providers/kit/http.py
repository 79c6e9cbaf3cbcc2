"""One HTTP client per host: budgets, retries, circuit breaker, time-outs, size limit and a log of requests.

    client = HttpClient("binance", "https://data-api.binance.vision", clock=clock, limits=SPEC.limits)
    response = await client.get("/api/v3/time", endpoint="time", cost=1)
    time = response.decode(wire.Time)

Everything that fails is raised as ProviderError with a typed reason, and nothing else is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from http.cookiejar import CookieJar
from importlib import import_module
from typing import TYPE_CHECKING

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit
from financehub_tui.providers.kit.admission import Admission, Turn
from financehub_tui.providers.kit.answer import Call, HttpOptions, Inspect, Response
from financehub_tui.providers.kit.circuit import CircuitState
from financehub_tui.providers.kit.decode import bad_answer, convert, decode
from financehub_tui.providers.kit.failure import AttemptError, may_retry, retry_after, transport_failure
from financehub_tui.providers.kit.origin import keep_keys_home
from financehub_tui.providers.kit.reading import ENCODINGS, fault, read_body
from financehub_tui.providers.kit.reported import LEFT_HEADERS, reported
from financehub_tui.providers.kit.requests import HttpStats, Parameters, Redactor, RequestLog, RequestRecord
from financehub_tui.redaction import redacted_bytes

if TYPE_CHECKING:
    import ssl

    import httpx
    from tenacity import RetryCallState

    from financehub_tui.providers.kit.credentials import Credentials
    from financehub_tui.providers.kit.ledger import Ledger

__all__ = ["HttpClient", "HttpOptions", "Inspect", "Response", "bad_answer", "convert", "decode"]

_CALL, _SENT = "financehub.call", "financehub.sent"
"""Extensions of a request: the call it belongs to with its turn, and that something of it has been sent."""
USER_AGENT = "financehub-tui"
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json, */*",
    "Accept-Encoding": ", ".join(ENCODINGS),
}


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
        left_headers: Mapping[str, str] = LEFT_HEADERS,
        cookies: CookieJar | None = None,
        credentials: Credentials | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`used_headers` maps a header that tells what is used of a limit to that limit's name, `left_headers` one that
        tells what is left.

        `cookies` is a jar that several hosts of one source may share. `credentials` sign every call and keep the
        limits that are `per_key`. `sleep` is injectable for tests.
        """
        self.provider = provider
        self.base_url = base_url.rstrip("/")
        self.options = options or HttpOptions()
        self.redactor = Redactor()
        self.log = RequestLog(clock)
        self._clock = clock
        self._home: httpx.URL | None = None
        self._headers = {**_HEADERS, **(headers or {})}
        self._inspect = inspect
        self._used_headers = {name.lower(): limit for name, limit in (used_headers or {}).items()}
        self._left_headers = {name.lower(): limit for name, limit in left_headers.items()}
        self._cookies = CookieJar() if cookies is None else cookies
        self._sleep = sleep
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._admission = Admission(
            provider,
            self.base_url.partition("://")[2],
            limits,
            clock=clock,
            options=self.options,
            credentials=credentials,
            sleep=self._rest,
            last_error=lambda: self.log.last_error,
        )

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
        return self._admission.circuit.state

    @property
    def cooling_until(self) -> int | None:
        """When calls are possible again after a 429, ns since 1970 UTC; None where they are now."""
        return self._admission.cooling_until

    @property
    def ledger(self) -> Callable[[], Ledger] | None:
        """Where calls are counted; set before the first one by whoever keeps the counts of all providers."""
        return self._admission.ledger

    @ledger.setter
    def ledger(self, ledger: Callable[[], Ledger] | None) -> None:
        self._admission.ledger = ledger

    def stats(self) -> HttpStats:
        """Calls, errors, latencies."""
        return self.log.stats()

    def limit_state(self) -> list[tuple[str, float, float, int | None]]:
        """(window, used, allowed, time of relief) per limit, as `ProviderStatus.limits`."""
        return self._admission.state()

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
            self._admission.refused_for_good(failure.error)
            raise failure.error from None
        raise AssertionError("tenacity ends with a result or an exception")

    def _pause(self, state: RetryCallState) -> float:
        """Full jitter, and never less than the provider asked for."""
        from tenacity import wait_random_exponential

        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, AttemptError) and error.after is not None else 0.0
        jitter = wait_random_exponential(multiplier=self.options.backoff, max=self.options.backoff_max)(state)
        return max(asked, jitter)

    async def _rest(self, seconds: float) -> None:
        """Every wait of this client goes through `_sleep`, whoever asks for it."""
        await self._sleep(seconds)

    async def _attempt(self, client: httpx.AsyncClient, call: Call, number: int) -> Response:
        turn = await self._admission.enter(call)
        started, time = self._clock.monotonic(), self._clock.now()
        response: Response | None = None
        error = "cancelled"
        try:
            response = await self._send(client, call, turn)
            self._judge(response, turn)
            error = ""
        except AttemptError as failure:
            error = str(failure.error)
            self._admission.failed(turn, failure)
            raise
        except BaseException:
            self._admission.abandoned(turn)
            raise
        finally:
            self.log.add(
                RequestRecord(
                    time=time,
                    method=call.method,
                    endpoint=call.endpoint,
                    url=self.redactor.url(self.base_url + call.path, call.params),
                    status=response.status if response else None,
                    latency_ms=1_000 * (self._clock.monotonic() - started),
                    bytes=len(response.body) if response else 0,
                    attempt=number,
                    error=error,
                    key=turn.grant.alias if turn.grant else "",
                )
            )
            await self._admission.leave(turn)
        self._admission.succeeded(turn)
        return response

    async def _send(self, client: httpx.AsyncClient, call: Call, turn: Turn) -> Response:
        grant, begun = turn.grant, False
        try:
            async with asyncio.timeout(self.options.total_timeout):
                request = client.build_request(
                    call.method,
                    self.base_url + call.path,
                    params={**(call.params or {}), **grant.params} if grant else call.params,
                    headers={**(call.headers or {}), **grant.headers} if grant else call.headers,
                    content=call.content,
                    extensions={_CALL: (call, turn)},
                )
                answer = await client.send(request, stream=True)
                begun = True
                try:
                    body = await read_body(self.provider, call, answer, self.options.max_bytes)
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
            body=body if grant is None else redacted_bytes(body),
            received_at=self._clock.now(),
        )

    def _judge(self, response: Response, turn: Turn) -> None:
        """Remember what an answer says of the limits; raise what is wrong with it."""
        now = self._clock.now()
        for told in reported(response.headers, self._used_headers, self._left_headers, now):
            self._admission.observe(turn, told)
        error = fault(response, self._inspect, signed=turn.grant is not None)
        if error is None:
            return
        throttled = error.reason is Reason.RATE_LIMITED
        after = retry_after(response.headers, now, throttled=throttled)
        if throttled:
            after = self._admission.cool(error, after)
        retry = may_retry(response.status) and (after is None or after <= self.options.max_wait)
        raise self._redacted(AttemptError(error, retry=retry, after=after, host_fault=response.status >= 500))

    def _redacted(self, failure: AttemptError) -> AttemptError:
        error = failure.error
        error.detail = self.redactor.text(error.detail)
        error.args = (self.redactor.text(str(error)),)
        return failure

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
        import_module("financehub_tui.providers.kit.budget")
        self._home = httpx.URL(self.base_url)
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
            event_hooks={"request": [self._before]},
        )

    async def _before(self, request: httpx.Request) -> None:
        """Before anything is sent: keys stay at home, and the host counts a redirect within it as a call."""
        if self._home is None:
            return
        keep_keys_home(self.provider, request, self._home)
        if request.extensions.get(_SENT) and request.url.host == self._home.host:
            await self._admission.follow(*request.extensions[_CALL])
        request.extensions[_SENT] = True


@cache
def _certificates() -> ssl.SSLContext:
    """The trusted authorities, read once for all hosts."""
    import httpx

    return httpx.create_ssl_context()
