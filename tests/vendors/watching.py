"""What tests of providers need: waiting, refusals, a feed that runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from financehub_tui.clock import ManualClock
from financehub_tui.errors import ProviderError
from financehub_tui.providers.base import Feed
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.kit.stream import StreamOptions
from vendors.naps import Naps
from vendors.server import VendorServer
from vendors.sinks import KeepingSink

POLLING = PollingOptions(after=15.0, every=10.0, tick=0.01)


async def refused(call: Awaitable[object]) -> ProviderError:
    """The error a call must end with."""
    with pytest.raises(ProviderError) as caught:
        await call
    return caught.value


async def until(true: Callable[[], object], seconds: float = 3.0) -> None:
    """Wait for something to become true."""
    for _ in range(int(seconds / 0.005)):
        if true():
            return
        await asyncio.sleep(0.005)
    assert true()


class Wire:
    """A provider's feed, running, and what is around it. It polls after 15 seconds without a stream."""

    def __init__(
        self,
        maker: Callable[..., Any],
        vendor: VendorServer,
        clock: ManualClock,
        *,
        stream: StreamOptions,
        polling: PollingOptions = POLLING,
        **own: Any,
    ) -> None:
        """`own` is what this provider is called with beside what all are."""
        self.clock = clock
        self.sink = KeepingSink()
        self.naps = Naps(clock)
        self.provider = maker(
            clock,
            rest_url=vendor.url,
            stream_url=vendor.ws_url,
            http=HttpOptions(attempts=1, circuit_failures=50),
            stream=stream,
            polling=polling,
            sleep=self.naps,
            **own,
        )
        self.feed: Feed = self.provider.feed(self.sink)
        self._task = asyncio.create_task(self.feed.run())

    async def close(self) -> None:
        """End the stream, and let go of the provider."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.provider.close()


def asking(maker: Callable[..., Any], vendor: VendorServer, clock: ManualClock) -> Any:
    """A provider of an exchange that is asked over REST."""
    options = HttpOptions(read_timeout=0.5, attempts=2, circuit_failures=50)
    return maker(clock, rest_url=vendor.url, stream_url=vendor.ws_url, http=options, sleep=Naps(clock))
