"""Limits shared between processes through a real redis-server."""

from __future__ import annotations

import asyncio
import sys
from uuid import uuid4

import pytest

from financehub_tui.clock import NANOS, ManualClock, SystemClock
from financehub_tui.errors import ConfigError
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.kit.budget import Budget
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.providers.kit.shared import SharedCounts
from financehub_tui.providers.kit.slots import Slots

START = 1_700_000_000 * NANOS
LIMITS = (Limit(name="weight", amount=40, seconds=60), Limit(name="requests", amount=15, per=Per.DAY))


@pytest.fixture
async def desks(redis_url):
    """Budgets of one owner, each as a process of its own has it."""
    shares, space = [], uuid4().hex

    def make(limits=LIMITS, url=redis_url):
        # Calendar windows go by the injected clock, rolling ones in Redis by the machine's.
        clock = SystemClock() if limits == LIMITS[:1] else ManualClock(START)
        shares.append(SharedCounts(url, clock, namespace=space))
        return Budget("acme", limits, clock, Ledger(clock, shares[-1])), shares[-1]

    yield make
    for shared in shares:
        await shared.close()


async def test_two_workstations_share_one_budget(desks):
    (one, _), (other, _) = desks(), desks()
    assert [await one.take(2) for _ in range(8)] == [0] * 8
    assert [await other.take(2) for _ in range(7)] == [0] * 7
    assert await other.take(2) > 60  # 15 requests a day are gone
    assert await one.take(2) > 60
    assert one.state()[0][1] == 16, "what the others used up was not counted here"


async def test_a_rolling_window_is_shared_too(desks):
    (one, _), (other, _) = desks(LIMITS[:1]), desks(LIMITS[:1])
    assert await one.take(30) == 0
    assert 0 < await other.take(11) <= 60
    assert await other.take(10) == 0


async def test_many_at_once_never_take_more_than_there_is(desks):
    budgets = [desks((Limit(name="requests", amount=20, seconds=60),))[0] for _ in range(4)]
    waits = await asyncio.gather(*(budget.take(1) for budget in budgets for _ in range(10)))
    assert waits.count(0) == 20
    counted = [desks((Limit(name="credits", amount=25, per=Per.MONTH),))[0] for _ in range(4)]
    waits = await asyncio.gather(*(budget.take(3) for budget in counted for _ in range(5)))
    assert waits.count(0) <= 8


async def test_real_processes_share_a_budget(redis_url):
    program = f"""
import asyncio
from financehub_tui.clock import ManualClock
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.kit.budget import Budget
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.providers.kit.shared import SharedCounts
async def main():
    clock = ManualClock({START})
    shared = SharedCounts("{redis_url}", clock, namespace="processes", timeout=5)
    budget = Budget("acme", [Limit(name="requests", amount=30, per=Per.MONTH)], clock, Ledger(clock, shared))
    print(sum([await budget.take(1) == 0 for _ in range(25)]))
    await shared.close()
asyncio.run(main())
"""
    run = [asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=-1) for _ in range(2)]
    outputs = await asyncio.gather(*[process.communicate() for process in await asyncio.gather(*run)])
    assert sum(int(out) for out, _ in outputs) == 30


async def test_without_redis_each_goes_by_its_own_count(desks):
    budget, shared = desks(LIMITS[1:], "redis://127.0.0.1:1/0")
    assert [await budget.take(1) for _ in range(15)] == [0] * 15
    assert await budget.take(1) > 0
    assert "Redis is away" in shared.problem


async def test_an_address_that_is_none_is_refused():
    with pytest.raises(ConfigError, match="redis"):
        SharedCounts("http://x", SystemClock())


async def test_a_connection_held_elsewhere_is_taken_until_it_is_let_go_or_its_holder_dies(desks):
    (_, one), (_, other) = desks(), desks()
    mine, theirs = Slots(one), Slots(other)
    assert await mine.hold("acme/k1", 1, "a")
    assert await mine.hold("acme/k1", 1, "a")
    assert not await theirs.hold("acme/k1", 1, "b")
    assert not theirs.holds("acme/k1", "b")
    await mine.let_go("acme/k1", "a")
    assert await theirs.hold("acme/k1", 1, "b")
    assert await one.hold("acme/k2", 1, "c", 0.05)
    assert not await theirs.hold("acme/k2", 1, "d")
    await asyncio.sleep(0.1)
    assert await theirs.hold("acme/k2", 1, "d")


async def test_without_redis_connections_are_counted_here(desks):
    slots = Slots(desks(url="redis://127.0.0.1:1/0")[1])
    assert await slots.hold("acme/k1", 1, "a")
    assert not await slots.hold("acme/k1", 1, "b")
    await slots.let_go("acme/k1", "a")
    assert await slots.hold("acme/k1", 1, "b")
