"""Keys that are read anew, and counts whose saving fails."""

from __future__ import annotations

import asyncio

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.errors import StoreError
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.keys.form import KeyForm, Part, Plan
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.keys.pool import KeyPool
from financehub_tui.providers.keys.ring import KeyRing
from financehub_tui.providers.kit.budget import CALLS, Budget
from financehub_tui.providers.kit.ledger import Ledger

START = 1_700_000_000 * NANOS
SECRET = "first0000000000000AAAA"


def limits(day: int) -> tuple[Limit, ...]:
    return (
        Limit(name="requests", amount=day, per=Per.DAY, per_key=True),
        Limit(name=CALLS, amount=1, per=Per.ONCE, per_key=True),
    )


FORM = KeyForm(
    provider="acme",
    title="Acme",
    parts=(Part("key", r"[A-Za-z0-9]{22}", "22 characters"),),
    plans=(
        Plan(name="free", title="Free", limits=limits(2)),
        Plan(name="paid", title="Paid", limits=limits(5)),
    ),
    where="https://acme.example",
    unlocks="prices",
    free="2 a day",
)


async def test_a_key_whose_plan_is_another_has_the_limits_of_that_plan_at_once() -> None:
    ledger = Ledger(ManualClock(START))
    pool = KeyPool(FORM, ManualClock(START), lambda: ledger)
    pool.fill([Key("acme", "k1", (SECRET,), plan="free")], {})
    key = await pool.take()
    pool.fill([Key("acme", "k1", (SECRET,), plan="paid")], {})
    await pool.leave(key)
    for _ in range(4):
        await pool.leave(await pool.take())
    assert pool.budget(key).share_left() == 0
    assert ledger.budgets[pool.budget(key).owner] is pool.budget(key)


class Full:
    """A store whose disk is full until told otherwise."""

    def __init__(self) -> None:
        self.full = True
        self.states: dict[str, str | None] = {}

    async def read_state(self, key: str) -> str | None:
        return self.states.get(key)

    async def write_state(self, key: str, value: str | None) -> None:
        await asyncio.sleep(0)
        if self.full:
            raise StoreError("the disk is full")
        self.states[key] = value


async def test_counts_that_could_not_be_saved_are_saved_the_next_time() -> None:
    clock, store = ManualClock(START), Full()

    async def opened() -> Full:
        return store

    ledger = Ledger(clock, store=opened)
    await Budget("acme", limits(5), clock, ledger).take(1, "quote")
    assert not await ledger.save()
    store.full = False
    assert await ledger.save() and "acme" in (store.states["budgets"] or "")


async def test_the_record_of_keys_that_could_not_be_saved_is_saved_the_next_time() -> None:
    clock, store = ManualClock(START), Full()

    async def opened() -> Full:
        return store

    ring = KeyRing(
        clock,
        lambda: ledger,
        environment={"FINANCEHUB_KEY_ACME": SECRET},
        forms={"acme": FORM},
        store=opened,
    )
    ledger = Ledger(clock)
    await ring.ready()
    await ring.pool("acme").take()
    assert not await ring.save()
    store.full = False
    assert await ring.save() and store.states
