"""The cookie and the crumb, without which Yahoo refuses quotes and profiles.

Flow A takes a cookie from the cookie host, flow B consents on the page shown in Europe; both then ask for the
crumb, which is bound to the cookie. What was got is kept on disk (0600) for the next start.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.kit.http import HttpClient
from financehub_tui.providers.yahoo.jar import SavedSession, load, restore, save, saved_cookies
from financehub_tui.providers.yahoo.wire import PROVIDER

ENDPOINT = "v1/test/getcrumb"
LIFE_SECONDS = 180 * 86_400
REST_AFTER_FAILURE = 60.0
_NO_NETWORK = (Reason.OFFLINE, Reason.TIMEOUT)
_CRUMB = re.compile(r"[^\s<>{}\"]{1,64}")
_HIDDEN = r'<input[^>]*\bname="{0}"[^>]*\bvalue="([^"]*)"|<input[^>]*\bvalue="([^"]*)"[^>]*\bname="{0}"'


class Hosts(msgspec.Struct, frozen=True):
    """Clients of the hosts that take part; they share one cookie jar."""

    rest: HttpClient
    alternative: HttpClient
    cookie: HttpClient
    guce: HttpClient
    consent: HttpClient

    def all(self) -> tuple[HttpClient, ...]:
        """Every client, to be closed."""
        return (self.rest, self.alternative, self.cookie, self.guce, self.consent)


class Session:
    """Holds the crumb; gets, keeps and renews it. One flow at a time however many ask."""

    def __init__(self, clock: Clock, hosts: Hosts, jar: CookieJar, cache_dir: Path | None) -> None:
        self._clock = clock
        self._hosts = hosts
        self._jar = jar
        self._file = cache_dir / "yahoo-session.json" if cache_dir else None
        self._crumb = ""
        self._looked = False
        self._fresh = False
        self._lock = asyncio.Lock()
        self._flows: list[Callable[[], Awaitable[str]]] = [self._flow_a, self._flow_b]
        self._failure: ProviderError | None = None
        self._rest_until = 0.0

    async def crumb(self) -> str:
        """The crumb, from memory, disk or Yahoo. Raises ProviderError where both flows fail."""
        async with self._lock:
            if not self._looked:
                self._load()
            if not self._crumb:
                self._crumb, self._fresh = await self._fetch(), True
                self._save()
            return self._crumb

    def drop(self, refused: str) -> None:
        """Forget cookie and crumb; nothing to do if they were renewed meanwhile.

        Where the refused crumb was got in this run, the other flow is taken next.
        """
        if refused != self._crumb:
            return
        self._crumb = ""
        self._jar.clear()
        if self._fresh:
            self._flows.reverse()
        if self._file:
            self._file.unlink(missing_ok=True)

    async def close(self) -> None:
        """Close the clients."""
        for client in self._hosts.all():
            await client.close()

    def _load(self) -> None:
        self._looked = True
        saved = load(self._file) if self._file else None
        if saved and saved.crumb and self._clock.now() - saved.saved_at < LIFE_SECONDS * NANOS:
            restore(self._jar, saved)
            self._crumb = saved.crumb

    def _save(self) -> None:
        if self._file:
            now = self._clock.now()
            save(self._file, SavedSession(crumb=self._crumb, saved_at=now, cookies=saved_cookies(self._jar)))

    async def _fetch(self) -> str:
        """Try both flows; after both failed leave Yahoo alone for a minute."""
        if self._failure is not None and self._clock.monotonic() < self._rest_until:
            raise self._still(self._failure)
        errors: list[ProviderError] = []
        for flow in tuple(self._flows):
            try:
                return await flow()
            except ProviderError as error:
                errors.append(error)
                self._flows.reverse()
        # The cookie host is on lists of blocked names: that it is not found does not mean that there is no network.
        told = next((error for error in errors if error.reason not in _NO_NETWORK), None)
        if told is not None:
            self._failure = told
            self._rest_until = self._clock.monotonic() + REST_AFTER_FAILURE
        raise told or errors[0]

    def _still(self, failure: ProviderError) -> ProviderError:
        at = self._clock.now() + int((self._rest_until - self._clock.monotonic()) * NANOS)
        return ProviderError(
            PROVIDER, failure.reason, failure.detail, endpoint=ENDPOINT, retry_at=at, status=failure.status
        )

    async def _flow_a(self) -> str:
        """The cookie host answers 404 and sets the cookie all the same."""
        try:
            await self._hosts.cookie.get("/", endpoint="cookie")
        except ProviderError as error:
            if error.status != 404:
                raise
        return await self._ask(self._hosts.rest)

    async def _flow_b(self) -> str:
        page = (await self._hosts.guce.get("/consent", endpoint="consent")).body.decode("utf-8", "replace")
        token, session = _hidden(page, "csrfToken"), _hidden(page, "sessionId")
        form = [
            ("agree", "agree"),
            ("agree", "agree"),
            ("consentUUID", "default"),
            ("sessionId", session),
            ("csrfToken", token),
            ("originalDoneUrl", "https://finance.yahoo.com/"),
            ("namespace", "yahoo"),
        ]
        await self._hosts.consent.post(
            "/v2/collectConsent",
            urlencode(form).encode(),
            {"sessionId": session},
            endpoint="collectConsent",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        await self._hosts.guce.get("/copyConsent", {"sessionId": session}, endpoint="copyConsent")
        return await self._ask(self._hosts.alternative)

    async def _ask(self, host: HttpClient) -> str:
        response = await host.get("/v1/test/getcrumb", endpoint=ENDPOINT)
        text = response.body.decode("utf-8", "replace").strip()
        if not _CRUMB.fullmatch(text):
            raise bad_answer(PROVIDER, ENDPOINT, "no crumb in it", "crumb")
        host.redactor.hide(text)
        return text


def _hidden(page: str, name: str) -> str:
    found = re.search(_HIDDEN.format(name), page)
    if not found:
        raise bad_answer(PROVIDER, "consent", f"the page has no {name}", name)
    return html.unescape(found.group(1) or found.group(2) or "")
