"""Budget, circuit and decoding by themselves, on a clock of the test's own."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit
from financehub_tui.providers.kit.budget import Budget
from financehub_tui.providers.kit.circuit import Circuit, CircuitState
from financehub_tui.providers.kit.counts import ClockStorage
from financehub_tui.providers.kit.decode import convert
from financehub_tui.providers.kit.failure import retry_after
from financehub_tui.providers.kit.reported import Reported
from financehub_tui.providers.kit.requests import Redactor


@given(st.lists(st.tuples(st.integers(1, 12), st.floats(0, 4)), max_size=60))
async def test_no_window_ever_holds_more_than_its_limit(calls):
    clock = ManualClock()
    budget = Budget(
        "acme", [Limit(name="weight", amount=20, seconds=5), Limit(name="requests", amount=4, seconds=2)], clock
    )
    spent = []
    for cost, pause in calls:
        clock.advance(pause)
        if await budget.take(cost) == 0:
            spent.append((clock.monotonic(), cost))
    for end, _ in spent:
        assert sum(cost for at, cost in spent if end - 5 < at <= end) <= 20
        assert sum(1 for at, _ in spent if end - 2 < at <= end) <= 4


async def test_the_wait_told_is_long_enough_and_no_longer():
    clock = ManualClock()
    budget = Budget("acme", [Limit(name="weight", amount=10, seconds=10)], clock)
    assert await budget.take(6) == 0
    clock.advance(4)
    assert await budget.take(4) == 0
    wait = await budget.take(5)
    assert wait == pytest.approx(6)
    clock.advance(wait - 0.01)
    assert await budget.take(5) > 0
    clock.advance(0.02)
    assert await budget.take(5) == 0


async def test_what_can_never_fit_waits_for_ever_and_takes_nothing():
    budget = Budget("acme", [Limit(name="weight", amount=10, seconds=10)], ManualClock())
    assert await budget.take(11) == float("inf")
    assert budget.state()[0][1] == 0


async def test_the_state_says_when_relief_comes():
    clock = ManualClock(1_000 * NANOS)
    budget = Budget("acme", [Limit(name="weight", amount=10, seconds=60)], clock)
    assert budget.state() == [("weight/60s", 0.0, 10.0, None)]
    await budget.take(3)
    clock.advance(20)
    assert budget.state() == [("weight/60s", 3.0, 10.0, 1_060 * NANOS)]


async def test_the_vendors_count_never_lowers_ours():
    budget = Budget("acme", [Limit(name="weight", amount=100, seconds=60)], ManualClock())
    await budget.take(50)
    budget.observe(Reported(name="weight", used=20))
    budget.observe(Reported(name="credits", used=99))
    assert budget.state()[0][1] == 50
    budget.observe(Reported(name="weight", used=70))
    assert budget.state()[0][1] == 70


async def test_a_clock_set_back_neither_blocks_nor_frees_a_budget():
    clock = ManualClock(10_000 * NANOS)
    budget = Budget("acme", [Limit(name="weight", amount=10, seconds=60)], clock)
    await budget.take(10)
    clock.set(5_000 * NANOS)
    assert 0 < await budget.take(1) <= 60
    clock.advance(61)
    assert await budget.take(1) == 0


async def test_the_storage_serves_the_librarys_whole_interface():
    clock = ManualClock()
    storage = ClockStorage(clock)
    assert await storage.check()
    assert await storage.incr("a", 10, 3) == await storage.get("a") == 3
    assert await storage.get_expiry("a") == 0.0
    await storage.incr("b", 10)
    await storage.clear("a")
    assert await storage.get("a") == 0
    assert await storage.reset() == 1


def test_a_half_open_circuit_lets_exactly_one_call_through():
    clock = ManualClock()
    circuit = Circuit(clock, failures=2, open_seconds=30)
    for _ in range(2):
        assert circuit.admit() is None
        circuit.failed()
    assert circuit.state is CircuitState.OPEN and circuit.admit() == pytest.approx(30)
    clock.advance(30)
    assert circuit.state is CircuitState.HALF_OPEN
    assert circuit.admit() is None
    assert circuit.admit() is not None
    circuit.abandoned()
    assert circuit.admit() is None
    circuit.succeeded()
    assert circuit.state is CircuitState.CLOSED


def test_each_failed_probe_doubles_the_pause_up_to_a_bound():
    clock = ManualClock()
    circuit = Circuit(clock, failures=1, open_seconds=10, longest=35)
    circuit.admit()
    circuit.failed()
    for pause in (20, 35, 35):
        clock.advance(1_000)
        assert circuit.admit() is None
        circuit.failed()
        assert circuit.admit() == pytest.approx(pause)


def test_failures_in_a_row_are_counted_only_in_a_row():
    circuit = Circuit(ManualClock(), failures=2)
    for _ in range(5):
        circuit.failed()
        circuit.succeeded()
    assert circuit.state is CircuitState.CLOSED


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Thu, 08 Aug 2024 23:54:25 GMT", 10.0),
        ("Thu, 08 Aug 2024 23:54:25 -0000", 10.0),
        ("Thu, 08 Aug 2024 23:54:05 GMT", 0.0),
        ("Fri, 09 Aug 2024 01:54:25 +0200", 10.0),
        ("12.5", 12.5),
        ("1e300", 30 * 86_400.0),
        ("tomorrow", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(text, seconds):
    assert retry_after({"retry-after": text}, 1_723_161_255 * NANOS) == seconds


class Point(msgspec.Struct):
    x: float


def test_values_already_parsed_are_converted_or_refused_the_same_way():
    assert convert({"x": "1.5"}, Point, provider="acme", endpoint="points").x == 1.5
    with pytest.raises(ProviderError) as caught:
        convert([{"x": 1}, {"x": None}], list[Point], provider="acme", endpoint="points")
    assert caught.value.reason is Reason.BAD_ANSWER and caught.value.field == "[1].x"


@given(st.text(min_size=1), st.text(), st.text())
def test_a_hidden_value_never_shows(secret, before, after):
    redactor = Redactor()
    redactor.hide(secret)
    if "*" not in secret:
        assert secret not in redactor.text(before + secret + after)


def test_words_of_earlier_sessions_do_not_pile_up_and_the_newest_stay_hidden():
    redactor = Redactor()
    for number in range(1_000):
        redactor.hide(f"crumb-{number:04}")
        redactor.hide(f"crumb-{max(number - 1, 0):04}")
    assert redactor.text("crumb-0999 crumb-0998") == "*** ***"
    assert len(redactor._values) <= 32
