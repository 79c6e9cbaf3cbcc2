"""Calls to Yahoo's REST hosts: the crumb where it is needed, renewal once, the other host when one is down."""

from __future__ import annotations

from collections.abc import Sequence
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import quote

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Response
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.yahoo.session import Hosts, Session
from financehub_tui.providers.yahoo.verdict import Verdict
from financehub_tui.providers.yahoo.wire import PROVIDER

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
"""Yahoo answers 429 at once to anything that does not look like a current Chrome."""
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Language": "en-US,en;q=0.9"}
_PATIENCE = HttpOptions(attempts=2)


class Addresses(msgspec.Struct, frozen=True):
    """Base addresses of the hosts."""

    rest: str
    alternative: str
    cookie: str
    guce: str
    consent: str
    news: str


class Rest:
    """The two interchangeable hosts behind one call."""

    def __init__(
        self,
        clock: Clock,
        addresses: Addresses,
        limits: Sequence[Limit],
        cache_dir: Path | None,
        options: HttpOptions | None,
    ) -> None:
        jar = CookieJar()

        def client(address: str) -> HttpClient:
            return HttpClient(
                PROVIDER,
                address,
                clock=clock,
                limits=limits,
                headers=_HEADERS,
                options=options or _PATIENCE,
                inspect=Verdict(clock),
                cookies=jar,
            )

        self.hosts = [client(addresses.rest), client(addresses.alternative)]
        self._news = client(addresses.news)
        login = Hosts(
            rest=client(addresses.rest),
            alternative=client(addresses.alternative),
            cookie=client(addresses.cookie),
            guce=client(addresses.guce),
            consent=client(addresses.consent),
        )
        self.session = Session(clock, login, jar, cache_dir)
        self.clients = (*self.hosts, *login.all(), self._news)
        """Every client: those of one host share its limits in one ledger."""

    async def get(self, path: str, params: Parameters, endpoint: str, *, crumb: bool = False) -> Response:
        """GET from a host that answers. Raises ProviderError."""
        if not crumb:
            return await self._send(path, params, endpoint)
        held = await self.session.crumb()
        try:
            return await self._send(path, {**params, "crumb": held}, endpoint)
        except ProviderError as error:
            if not _renewable(error):
                raise
        self.session.drop(held)
        return await self._send(path, {**params, "crumb": await self.session.crumb()}, endpoint)

    async def ask_news(self, path: str, params: Parameters, content: bytes, endpoint: str) -> Response:
        """A question to the host of the web pages, which answers a POST. Raises ProviderError."""
        headers = {"Content-Type": "application/json"}
        return await self._news.post(path, content, params, endpoint=endpoint, headers=headers, retry=True)

    async def _send(self, path: str, params: Parameters, endpoint: str) -> Response:
        first, second = self.hosts
        try:
            return await first.get(path, params, endpoint=endpoint)
        except ProviderError as error:
            if not _host_down(error):
                raise
        response = await second.get(path, params, endpoint=endpoint)
        self.hosts = [second, first]
        return response

    async def close(self) -> None:
        """Close every client."""
        for client in self.hosts:
            await client.close()
        await self._news.close()
        await self.session.close()


def in_path(ticker: str) -> str:
    """A ticker as a part of a path."""
    return quote(ticker, safe="")


def _renewable(error: ProviderError) -> bool:
    """Refused for the crumb's sake: not for the symbol's, not for too many calls, not because the host is down."""
    if "crumb" in error.detail:
        return True
    refused = error.status is not None and 400 <= error.status < 500 and error.status not in (408, 429)
    return refused and error.reason not in (Reason.UNKNOWN_SYMBOL, Reason.NO_DATA, Reason.RATE_LIMITED)


def _host_down(error: ProviderError) -> bool:
    if error.status is not None and error.status >= 500:
        return True
    lost = error.reason is Reason.PROVIDER_ERROR and (error.status is None or "is down" in error.detail)
    return lost or error.reason in (Reason.TIMEOUT, Reason.CIRCUIT_OPEN)
