"""Windows by the calendar, in the provider's own time zone, and limits on what is open at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.clock import NANOS, ManualClock, to_datetime, to_nanos
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.kit.budget import CALLS, Budget
from financehub_tui.providers.kit.counts import ClockStorage
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.providers.kit.reported import Reported


def at(*when: int, zone: str = "UTC") -> ManualClock:
    return ManualClock(to_nanos(datetime(*when, tzinfo=ZoneInfo(zone))))


def limit(amount: int, per: Per, zone: str = "UTC", name: str = "requests") -> Limit:
    return Limit(name=name, amount=amount, per=per, timezone=zone)


async def test_a_day_ends_at_midnight_of_the_providers_zone():
    clock = at(2024, 3, 5, 23, 59, zone="America/New_York")
    budget = Budget("acme", [limit(25, Per.DAY, "America/New_York")], clock)
    for _ in range(25):
        assert await budget.take(1) == 0
    assert await budget.take(1) == pytest.approx(60)
    assert budget.refusal(1) == (Reason.BUDGET_SPENT, "25 requests a day spent, resets 00:00 New York")
    clock.advance(60)
    assert await budget.take(1) == 0


async def test_a_day_in_which_the_clocks_change_is_an_hour_shorter():
    clock = at(2024, 3, 10, 0, 30, zone="America/New_York")
    budget = Budget("acme", [limit(1, Per.DAY, "America/New_York")], clock)
    await budget.take(1)
    assert await budget.take(1) == pytest.approx(22.5 * 3_600)


async def test_a_month_ends_with_the_month():
    clock = at(2024, 2, 29, 12)
    budget = Budget("acme", [limit(100, Per.MONTH, name="credits")], clock)
    assert await budget.take(100) == 0
    assert await budget.take(1) == pytest.approx(12 * 3_600)
    assert budget.state() == [("credits/month", 100.0, 100.0, to_nanos(datetime(2024, 3, 1, tzinfo=UTC)))]
    clock.advance(12 * 3_600)
    assert budget.state()[0][1] == 0


async def test_a_clock_minute_begins_with_the_minute():
    clock = at(2024, 2, 1, 12, 0, 50)
    budget = Budget("acme", [limit(8, Per.MINUTE, name="credits")], clock)
    assert await budget.take(8) == 0
    assert await budget.take(1) == pytest.approx(10)
    clock.advance(10)
    assert await budget.take(8) == 0


@pytest.mark.parametrize("offset", [-4, -5])
async def test_a_clock_minute_is_a_minute_also_in_the_hour_that_comes_twice(offset):
    clock = ManualClock(to_nanos(datetime(2026, 11, 1, 1, 59, 30, tzinfo=timezone(timedelta(hours=offset)))))
    budget = Budget("acme", [limit(1, Per.MINUTE, "America/New_York")], clock)
    assert await budget.take(1) == 0
    assert await budget.take(1) == pytest.approx(30)
    clock.advance(30)
    assert await budget.take(1) == 0


async def test_what_the_vendor_counts_raises_a_days_count():
    budget = Budget("acme", [limit(25, Per.DAY)], at(2024, 2, 1))
    budget.observe(Reported(name="requests", used=24))
    assert await budget.take(1) == 0
    assert await budget.take(1) > 0


@given(st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 4)), max_size=40))
async def test_no_calendar_day_ever_holds_more_than_its_limit(calls):
    clock = at(2024, 10, 25, zone="Europe/Berlin")
    budget = Budget("acme", [limit(10, Per.DAY, "Europe/Berlin", "credits")], clock)
    spent: dict[str, int] = {}
    for pause, cost in calls:
        clock.advance(pause)
        day = f"{to_datetime(clock.now()).astimezone(ZoneInfo('Europe/Berlin')):%F}"
        if (wait := await budget.take(cost)) == 0:
            spent[day] = spent.get(day, 0) + cost
        else:
            after = to_datetime(clock.now() + int((wait + 0.01) * NANOS)).astimezone(ZoneInfo("Europe/Berlin"))
            assert f"{after:%F}" > day
    assert all(amount <= 10 for amount in spent.values())


async def test_calls_at_once_are_limited_until_one_ends():
    budget = Budget("acme", [limit(2, Per.ONCE, name=CALLS)], at(2024, 2, 1))
    assert [await budget.take(1), await budget.take(1)] == [0, 0]
    assert 0 < await budget.take(1) < 1
    await budget.leave()
    assert await budget.take(1) == 0


async def test_what_is_under_way_at_once_is_held_and_let_go_by_owner():
    ledger, allowed = Ledger(at(2024, 2, 1)), [limit(1, Per.ONCE, name=CALLS)]
    first, again, other = (Budget(owner, allowed, at(2024, 2, 1), ledger) for owner in ("a/k1", "a/k1", "a/k2"))
    assert await first.take(1) == 0
    assert await again.take(1) > 0
    assert await other.take(1) == 0
    await first.leave()
    await first.leave()
    assert await again.take(1) == 0
    assert await first.take(1) > 0


def test_a_client_without_limits_hides_none_of_the_same_host():
    ledger, clock = Ledger(at(2024, 2, 1)), at(2024, 2, 1)
    limited = Budget("acme@api.acme.example", [limit(60, Per.MINUTE)], clock, ledger)
    Budget("acme@api.acme.example", [], clock, ledger)
    assert ledger.budgets == {"acme@api.acme.example": limited}


def test_a_window_of_seconds_needs_a_length():
    with pytest.raises(ValueError, match="has a length"):
        Limit(name="requests", amount=1)


async def test_the_rate_tells_when_a_day_is_used_up():
    clock = at(2024, 2, 1, 6)
    ledger = Ledger(clock)
    budget = Budget("acme", [limit(100, Per.DAY)], clock, ledger)
    for _ in range(10):
        await budget.take(1, "quote")
        clock.advance(360)
    rate = ledger.spending("acme", calls=True).rate(clock.now())
    assert rate == pytest.approx(10, rel=0.1)
    spent_at = budget.windows[0].forecast(rate)
    assert spent_at is not None
    assert to_datetime(spent_at).hour == 16
    assert budget.windows[0].forecast(1.0) is None
    assert ledger.spending("acme").since(0) == {"quote": 10}


async def test_minutes_that_are_over_are_forgotten():
    clock = at(2024, 2, 1)
    ledger = Ledger(clock)
    budget = Budget("acme", [limit(8, Per.MINUTE), limit(100_000, Per.MONTH)], clock, ledger)
    for _ in range(200):
        await budget.take(1)
        clock.advance(60)
    assert len(ledger.storage.dump()) <= 4
    assert len(ledger.storage._entries) <= 5
    assert budget.state()[1][1] == 200


@given(st.lists(st.tuples(st.floats(0, 0.2), st.integers(1, 3), st.booleans()), max_size=300))
def test_a_window_used_often_stays_small_and_exact(calls):
    clock = ManualClock()
    storage = ClockStorage(clock)
    counted = 0
    for pause, amount, undone in calls:
        clock.advance(pause)
        storage.add("k", amount, 3_600)
        if undone:
            storage.give_back("k", amount)
        counted += 0 if undone else amount
    assert storage.window("k", 3_600)[1] == counted
    assert len(storage._entries.get("k", ())) <= 2 + clock.monotonic() / 1.8
