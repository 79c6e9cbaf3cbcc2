"""What was used of a budget is known after a restart, and after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.errors import StoreError
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.kit.budget import Budget
from financehub_tui.providers.kit.counts import MOST, ClockStorage
from financehub_tui.providers.kit.ledger import Ledger

START = 1_700_000_000 * NANOS
LIMITS = (
    Limit(name="requests", amount=25, per=Per.DAY, timezone="America/New_York"),
    Limit(name="requests", amount=20, seconds=43_200),
)


def opener(store):
    async def opened():
        return store

    return opened


async def test_a_days_and_a_rolling_budget_survive_a_restart(state):
    clock = ManualClock(START)
    before = Ledger(clock, store=opener(state))
    budget = Budget("acme", LIMITS, clock, before)
    for _ in range(15):
        assert await budget.take(1, "quote") == 0
        clock.advance(60)
    assert await before.save()
    assert not await before.save()

    later = ManualClock(clock.now() + 3_600 * NANOS)
    after = Ledger(later, store=opener(state))
    budget = Budget("acme", LIMITS, later, after)
    assert [await budget.take(1) for _ in range(5)] == [0] * 5
    assert await budget.take(1) == pytest.approx(43_200 - 15 * 60 - 3_600, abs=1)
    assert after.spending("acme").since(0)["quote"] == 15
    assert [row[1] for row in budget.state()] == [20.0, 20.0]


async def test_counts_from_ahead_of_the_clock_are_not_forgotten(state):
    clock = ManualClock(START)
    before = Ledger(clock, store=opener(state))
    await Budget("acme", LIMITS[1:], clock, before).take(1)
    await before.save()
    earlier = ManualClock(START - 86_400 * NANOS)
    budget = Budget("acme", LIMITS[1:], earlier, Ledger(earlier, store=opener(state)))
    await budget.take(1)
    assert budget.state()[0][1] == 2


@pytest.mark.parametrize("document", ["", "{", "[]", '{"windows":{"a":[["x",1]]}}', '{"windows":7}'])
async def test_a_damaged_record_is_no_reason_to_stop(state, document):
    state.values["budgets"] = document
    clock = ManualClock(START)
    assert await Budget("acme", LIMITS, clock, Ledger(clock, store=opener(state))).take(1) == 0


async def test_without_a_store_limits_hold_all_the_same():
    async def broken():
        raise StoreError("another program has it")

    clock = ManualClock(START)
    ledger = Ledger(clock, store=broken)
    budget = Budget("acme", LIMITS, clock, ledger)
    for _ in range(20):
        assert await budget.take(1) == 0
    assert await budget.take(1) > 0
    assert not await ledger.save()


@given(st.lists(st.tuples(st.floats(0.001, 30), st.integers(1, 5)), min_size=1, max_size=600))
def test_a_saved_window_never_gives_back_sooner_than_it_would_have(calls):
    clock = ManualClock(START)
    storage = ClockStorage(clock)
    for pause, amount in calls:
        clock.advance(pause)
        storage.add("k", amount, 3_600)
    storage.window("k", 3_600)
    saved = storage.dump()
    assert len(saved["k"][1]) <= 2 * MOST
    copy = ClockStorage(clock)
    copy.restore(saved)
    for _ in range(8):
        exact, kept = storage.window("k", 3_600)[1], copy.window("k", 3_600)[1]
        assert kept >= exact
        clock.advance(600)


PROGRAM = """
import asyncio, sys
from pathlib import Path
from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.kit.budget import Budget
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.storage.duckdb import open_store

async def main():
    clock = ManualClock(1_700_000_000 * NANOS)
    store, _ = await open_store(Path(sys.argv[1]), clock=clock)
    async def opened():
        return store
    ledger = Ledger(clock, store=opened)
    budget = Budget("acme", [Limit(name="credits", amount=100, per=Per.MONTH)], clock, ledger)
    for _ in range(7):
        await budget.take(10)
    await ledger.save()
    await budget.take(1)
    print("saved", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The database of a program that was killed after it had saved 70 of 71 units."""
    path = tmp_path / "store.duckdb"
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "saved"
        os.kill(process.pid, signal.SIGKILL)
    return path


async def test_a_killed_program_forgets_nothing_beyond_the_last_save(killed: Path):
    from financehub_tui.storage.duckdb import open_store

    clock = ManualClock(START)
    store, _ = await open_store(killed, clock=clock)
    limits = [Limit(name="credits", amount=100, per=Per.MONTH)]
    budget = Budget("acme", limits, clock, Ledger(clock, store=opener(store)))
    assert await budget.take(30) == 0
    assert await budget.take(1) > 0
    await store.close()
