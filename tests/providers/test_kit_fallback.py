"""Polls that stand in for a stream go on, whatever happens to one of them."""

from __future__ import annotations

import asyncio

import pytest

from financehub_tui.clock import ManualClock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.kit.fallback import PollingFallback, PollingOptions


@pytest.mark.parametrize("error", [ProviderError("echo", Reason.TIMEOUT, "no answer"), RuntimeError("a sink broke")])
async def test_a_poll_that_fails_is_followed_by_the_next(error: Exception) -> None:
    clock, polls = ManualClock(0), 0

    async def poll() -> bool:
        nonlocal polls
        polls += 1
        if polls == 1:
            raise error
        return True

    options = PollingOptions(after=0, every=10, tick=0.001)
    fallback = PollingFallback(lambda: False, poll, clock=clock, options=options)
    task = asyncio.create_task(fallback.run())
    await asyncio.sleep(0.02)
    assert not fallback.polling
    clock.advance(11)
    await asyncio.sleep(0.02)
    assert (polls, fallback.polling) == (2, True)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
