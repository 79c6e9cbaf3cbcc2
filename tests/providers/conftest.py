"""What tests of a source start from, by what their module says.

`NOW` is when, in ns since 1970 UTC, and `VENDOR` of whom is asked; `made(vendor, clock)` makes a provider, and
`wired(vendor, clock)` one whose feed runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from vendors.server import VendorServer
from vendors.sinks import KeepingSink
from vendors.watching import Wire
from vendors.yahoo import YahooVendor
from vendors.yahoo import provider as at_vendor

from financehub_tui.clock import ManualClock
from financehub_tui.providers.yahoo.provider import YahooProvider


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> ManualClock:
    """A clock that stands at the module's `NOW`."""
    return ManualClock(request.module.NOW)


@pytest.fixture
async def vendor(request: pytest.FixtureRequest) -> AsyncIterator[VendorServer]:
    """The module's `VENDOR`, running."""
    async with request.module.VENDOR() as server:
        yield server


@pytest.fixture
async def provider(request: pytest.FixtureRequest, vendor: VendorServer, clock: ManualClock) -> AsyncIterator[Any]:
    """What the module's `made` makes of the vendor and the clock."""
    made = request.module.made(vendor, clock)
    yield made
    await made.close()


@pytest.fixture
async def yahoo(vendor: YahooVendor) -> AsyncIterator[YahooProvider]:
    """Yahoo's provider with every host at the vendor."""
    made = at_vendor(vendor.server)
    yield made
    await made.close()


@pytest.fixture
async def wire(request: pytest.FixtureRequest, vendor: VendorServer, clock: ManualClock) -> AsyncIterator[Wire]:
    """What the module's `wired` makes of the vendor and the clock."""
    wired: Wire = request.module.wired(vendor, clock)
    yield wired
    await wired.close()


@pytest.fixture
def sink(wire: Wire) -> KeepingSink:
    """Where the running feed writes."""
    return wire.sink


@pytest.fixture
def feed(wire: Wire) -> Any:
    """The running feed."""
    return wire.feed


@pytest.fixture
async def proxied(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """A function that makes what serves a connection the proxy of the environment, for a user where one is named."""
    servers = []

    async def through(serve: Callable[..., Awaitable[None]], user: str = "") -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        servers.append(server)
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://{user}127.0.0.1:{server.sockets[0].getsockname()[1]}")
        for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "http_proxy", "https_proxy"):
            monkeypatch.delenv(name, raising=False)

    yield through
    for server in servers:
        server.close()
