"""Which of CoinGecko's hosts is asked, and how a key signs: without a key, with a Demo key, with a Pro key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from financehub_tui.clock import Clock
from financehub_tui.providers.base import Limit
from financehub_tui.providers.coingecko.refusals import keyless_refusal, refusal
from financehub_tui.providers.coingecko.wire import PROVIDER
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Response
from financehub_tui.providers.kit.link import Sleep
from financehub_tui.providers.kit.requests import Parameters

if TYPE_CHECKING:
    from financehub_tui.providers.keys.key import Key
    from financehub_tui.providers.keys.pool import KeyPool, Sign

PUBLIC_URL = "https://api.coingecko.com/api/v3"
PRO_URL = "https://pro-api.coingecko.com/api/v3"
PRO = "pro"
DEMO = "demo"
KEYLESS = Limit(name="requests", amount=5, seconds=60)
"""Shared by everybody behind an address, and never stated: users tell of 5 to 15."""


class Access:
    """One client for each way in; the best way there is a key for is taken at every call."""

    def __init__(
        self,
        clock: Clock,
        public_url: str,
        pro_url: str,
        keys: KeyPool | None,
        options: HttpOptions | None,
        sleep: Sleep,
    ) -> None:
        def client(url: str, plan: str = "") -> HttpClient:
            return HttpClient(
                PROVIDER,
                url,
                clock=clock,
                limits=() if plan else (KEYLESS,),
                options=options,
                inspect=refusal if plan else keyless_refusal,
                credentials=keys.signed(_sign(plan), plan) if keys is not None and plan else None,
                sleep=sleep,
            )

        self._keys = keys
        self.keyless = client(public_url)
        self._keyed = {PRO: client(pro_url, PRO), DEMO: client(public_url, DEMO)} if keys is not None else {}

    @property
    def clients(self) -> tuple[HttpClient, ...]:
        """For the health screen."""
        return (self.keyless, *self._keyed.values())

    async def plan(self) -> str:
        """pro, demo, or nothing where there is no key."""
        if self._keys is None:
            return ""
        plans = {self._keys.plan(key) for key in await self._keys.read()}
        return next((plan for plan in (PRO, DEMO) if plan in plans), "")

    async def get(self, path: str, params: Parameters, *, endpoint: str) -> Response:
        """One call. Raises ProviderError."""
        client = self._keyed.get(await self.plan(), self.keyless)
        return await client.get(path, params, endpoint=endpoint)

    async def close(self) -> None:
        """Close the connections."""
        for client in self.clients:
            await client.close()


def _sign(plan: str) -> Sign:
    header = f"x-cg-{plan}-api-key"

    def sign(key: Key) -> tuple[Mapping[str, str], Mapping[str, str]]:
        return {header: key.parts[0]}, {}

    return sign
