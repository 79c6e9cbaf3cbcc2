"""How CoinMarketCap is asked: with a key, or without one under a path of its own, of which two are documented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.providers.base import Limit
from financehub_tui.providers.coinmarketcap.refusals import refusal
from financehub_tui.providers.coinmarketcap.wire import PROVIDER
from financehub_tui.providers.kit.entitlements import Entitlements
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Response
from financehub_tui.providers.kit.link import Sleep
from financehub_tui.providers.kit.requests import Parameters

if TYPE_CHECKING:
    from financehub_tui.providers.keys.key import Key
    from financehub_tui.providers.keys.pool import KeyPool

REST_URL = "https://pro-api.coinmarketcap.com"
KEYLESS_PATHS = ("/public-api", "/trial-pro-api")
KEYLESS = Limit(name="requests", amount=5, seconds=60)
"""By address; the figure is not published."""


class Access:
    """One client with keys and one without."""

    def __init__(self, clock: Clock, url: str, keys: KeyPool | None, options: HttpOptions | None, sleep: Sleep) -> None:
        self._keys = keys
        self._keyless = HttpClient(
            PROVIDER, url, clock=clock, limits=(KEYLESS,), options=options, inspect=refusal, sleep=sleep
        )
        self._keyed: HttpClient | None = None
        if keys is not None:
            self._keyed = HttpClient(
                PROVIDER,
                url,
                clock=clock,
                options=options,
                inspect=refusal,
                credentials=keys.signed(_sign),
                sleep=sleep,
            )
        self._paths = list(KEYLESS_PATHS)
        self._entitlements = Entitlements(clock)

    @property
    def clients(self) -> tuple[HttpClient, ...]:
        """For the health screen."""
        return (self._keyless,) if self._keyed is None else (self._keyless, self._keyed)

    async def get(self, params: Parameters, *, endpoint: str, cost: int = 1) -> Response:
        """One call; `cost` in credits. What the plan lacks is asked for once an hour. Raises ProviderError."""
        self._entitlements.check(endpoint)
        try:
            if self._keyed is not None and self._keys is not None and await self._keys.read():
                return await self._keyed.get(f"/{endpoint}", params, endpoint=endpoint, cost=cost)
            return await self._without_key(params, endpoint)
        except ProviderError as error:
            self._entitlements.learn(endpoint, error)
            raise

    async def close(self) -> None:
        """Close the connections."""
        for client in self.clients:
            await client.close()

    async def _without_key(self, params: Parameters, endpoint: str) -> Response:
        """Under the first path; where that is gone, under the second from then on."""
        try:
            return await self._keyless.get(f"{self._paths[0]}/{endpoint}", params, endpoint=endpoint)
        except ProviderError as error:
            if error.status != 404 or len(self._paths) == 1:
                raise
        response = await self._keyless.get(f"{self._paths[1]}/{endpoint}", params, endpoint=endpoint)
        self._paths = self._paths[1:]
        return response


def _sign(key: Key) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return {"X-CMC_PRO_API_KEY": key.parts[0]}, {}
