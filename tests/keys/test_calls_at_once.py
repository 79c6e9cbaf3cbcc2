"""Limits on calls and connections at once: of a host, of a key, and among processes through a real redis-server."""

from __future__ import annotations

import asyncio
import signal
import sys
from uuid import uuid4

import pytest
from vendors.server import VendorServer, redirect, status

from financehub_tui.clock import NANOS, ManualClock, SystemClock
from financehub_tui.errors import ProviderError
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.kit import budget as budgets
from financehub_tui.providers.kit.budget import CALLS, Budget
from financehub_tui.providers.kit.http import HttpClient, HttpOptions
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.providers.kit.shared import SharedCounts

START = 1_700_000_000 * NANOS
TWO = Limit(name=CALLS, amount=2, per=Per.ONCE)
A = "first0000000000000AAAA"


class Slow:
    """A vendor that counts how many calls it has at once."""

    def __init__(self, seconds: float = 0.03) -> None:
        self.now = self.most = 0
        self.seconds = seconds

    async def __call__(self, _):
        from aiohttp import web

        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.seconds)
        self.now -= 1
        return web.json_response({})


@pytest.fixture
async def vendor():
    async with VendorServer() as server:
        server.slow = Slow()
        server.serve("/slow", server.slow)
        server.serve("/x", {})
        yield server


@pytest.fixture
async def shares(redis_url):
    made, space = [], uuid4().hex

    def share(url=redis_url):
        made.append(SharedCounts(url, SystemClock(), namespace=space))
        return made[-1]

    yield share
    for one in made:
        await one.close()


def client_of(url, ledger=None, **settings):
    client = HttpClient("acme", url, clock=SystemClock(), options=HttpOptions(attempts=1), **settings)
    if ledger is not None:
        client.ledger = lambda: ledger
    return client


async def test_no_more_calls_are_under_way_than_a_host_allows(vendor):
    client = client_of(vendor.url, limits=[TWO])
    await asyncio.gather(*(client.get("/slow") for _ in range(8)))
    await client.close()
    assert vendor.slow.most == 2 and vendor.count() == 8


async def test_no_more_calls_are_under_way_than_a_key_allows_however_they_end(vendor, pool):
    limit = Limit(name=CALLS, amount=2, per=Per.ONCE, per_key=True)
    keys = pool(A, limits=(limit,))
    client = client_of(vendor.url, credentials=keys.signed(lambda key: ({"X-Token": key.parts[0]}, {})))
    vendor.misbehave("/x", status(500), status(404))
    for _ in range(2):
        with pytest.raises(ProviderError):
            await client.get("/x")
    given_up = asyncio.create_task(client.get("/slow"))
    await asyncio.sleep(0.01)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    await asyncio.gather(*(client.get("/slow") for _ in range(6)))
    await keys.leave(await keys.take())
    await client.close()
    assert vendor.slow.most <= 3  # the one given up may still be at work over there
    assert keys.budget(keys.keys[0]).ledger.slots.held(f"{keys.budget(keys.keys[0]).owner}/{CALLS}") == 0


async def test_a_call_given_up_while_it_waits_for_its_turn_holds_nothing(vendor, pool):
    limits = (Limit(name=CALLS, amount=1, per=Per.ONCE, per_key=True),)
    keys = pool(A, limits=limits)
    sign = keys.signed(lambda key: ({}, {}))
    client = client_of(vendor.url, credentials=sign, limits=[Limit(name="weight", amount=1, seconds=1)])
    await client.get("/x")
    waiting = asyncio.create_task(client.get("/x"))
    await asyncio.sleep(0.02)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert keys.budget(keys.keys[0]).ledger.slots.held(f"{keys.budget(keys.keys[0]).owner}/{CALLS}") == 0
    await client.close()


async def test_two_processes_share_the_calls_at_once(vendor, shares):
    clients = [client_of(vendor.url, Ledger(SystemClock(), shares()), limits=[TWO]) for _ in range(3)]
    await asyncio.gather(*(client.get("/slow") for client in clients for _ in range(4)))
    for client in clients:
        await client.close()
    assert vendor.slow.most == 2 and vendor.count() == 12


async def test_a_killed_process_holds_its_call_no_longer_than_its_lease(redis_url, shares, monkeypatch):
    monkeypatch.setattr(budgets, "CALL_LEASE", 0.4)
    program = f"""
import asyncio
from financehub_tui.clock import SystemClock
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.kit import budget
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.providers.kit.shared import SharedCounts
budget.CALL_LEASE = 1.0
async def main():
    clock = SystemClock()
    kept = Ledger(clock, SharedCounts("{redis_url}", clock, namespace="killed", timeout=5))
    made = budget.Budget("acme", [Limit(name="calls", amount=1, per=Per.ONCE)], clock, kept)
    print(await made.take(1), flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=-1)
    assert float(await process.stdout.readline()) == 0
    shared = SharedCounts(redis_url, SystemClock(), namespace="killed", timeout=5)
    mine = Budget("acme", [Limit(name=CALLS, amount=1, per=Per.ONCE)], SystemClock(), Ledger(SystemClock(), shared))
    assert await mine.take(1) > 0
    process.send_signal(signal.SIGKILL)
    await process.wait()
    for _ in range(100):
        if (wait := await mine.take(1)) == 0:
            break
        await asyncio.sleep(wait)
    assert wait == 0
    await mine.leave()
    await shared.close()


async def test_without_redis_calls_at_once_are_limited_here(vendor, shares):
    client = client_of(vendor.url, Ledger(SystemClock(), shares("redis://127.0.0.1:1/0")), limits=[TWO])
    await asyncio.gather(*(client.get("/slow") for _ in range(6)))
    await client.close()
    assert vendor.slow.most == 2


LIMITS = (
    Limit(name="credits", amount=10, per=Per.DAY),
    Limit(name="requests", amount=10, seconds=600),
)


async def test_a_call_that_is_not_made_is_given_back_to_all_processes(shares):
    clock = ManualClock(START)
    one, other = (Budget("acme", LIMITS, clock, Ledger(clock, shares())) for _ in range(2))
    for _ in range(50):
        assert await one.take(3) == 0
        await one.give_back(3)
    assert [await other.take(3) == 0 for _ in range(4)] == [True, True, True, False]
    assert await one.take(1) == 0
    assert await one.take(1) > 0


async def test_what_one_limit_refuses_is_taken_from_none(shares):
    clock = ManualClock(START)
    limits = (Limit(name="requests", amount=100, per=Per.DAY), Limit(name="weight", amount=5, seconds=600))
    one, other = (Budget("acme", limits, clock, Ledger(clock, shares())) for _ in range(2))
    assert await one.take(5) == 0
    for _ in range(30):
        assert await other.take(1) > 0
    assert await other.ledger.shared._storage.get(other.windows[0].key()) == 1


async def test_waiting_for_the_host_does_not_use_up_the_key_in_other_processes(vendor, shares, pool, clock):
    shared = shares()
    kept = Ledger(clock, shared)
    limits = (Limit(name="requests", amount=100, per=Per.DAY, per_key=True),)
    keys = pool(A, limits=limits, kept=kept)
    client = HttpClient(
        "acme",
        vendor.url,
        clock=clock,
        credentials=keys.signed(lambda key: ({}, {})),
        limits=[Limit(name="requests", amount=1, seconds=600)],
    )
    client.ledger = lambda: kept
    await client.get("/x")
    for _ in range(20):
        with pytest.raises(ProviderError):
            await client.get("/x")
    window = keys.budget(keys.keys[0]).windows[0]
    assert await shared._storage.get(window.key()) == window.used() == 1
    await client.close()


@pytest.mark.parametrize("per_key", [False, True])
async def test_a_redirect_is_counted_and_needs_no_second_place_among_the_calls_at_once(vendor, pool, clock, per_key):
    limits = (
        Limit(name=CALLS, amount=1, per=Per.ONCE, per_key=per_key),
        Limit(name="requests", amount=4, seconds=600, per_key=per_key),
    )
    keys = pool(A, "second000000000000BBBB", limits=limits) if per_key else None
    sign = keys.signed(lambda key: ({"X-Token": key.parts[0]}, {})) if keys else None
    options = HttpOptions(attempts=1, total_timeout=2)
    client = HttpClient("acme", vendor.url, clock=clock, limits=limits, credentials=sign, options=options)
    vendor.misbehave("/x", redirect("/y"), times=2)
    vendor.serve("/y", {})
    for _ in range(2):
        await client.get("/x")
    tokens = [seen.headers.get("X-Token") for seen in vendor.seen]
    assert len(tokens) == 4 and tokens[0::2] == tokens[1::2]
    assert len(set(tokens)) == (2 if keys else 1)
    if keys:
        assert [keys.budget(key).windows[0].used() for key in keys.keys] == [2, 2]
    else:
        with pytest.raises(ProviderError):
            await client.get("/x")
    await client.close()
