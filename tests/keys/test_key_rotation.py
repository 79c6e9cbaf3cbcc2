"""Which of several keys signs the next call, and what becomes of one the provider refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors.server import VendorServer, status

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.keys.usage import KeyState
from financehub_tui.providers.kit.http import HttpClient, HttpOptions

A, B = "first0000000000000AAAA", "second000000000000BBBB"


def refused(reason: Reason, retry_at: int | None = None, detail: str = "said no") -> ProviderError:
    return ProviderError("acme", reason, detail, retry_at=retry_at)


async def test_the_key_with_most_left_goes_first(pool):
    keys = pool(A, B)
    taken = [(await keys.take()).alias for _ in range(6)]
    assert sorted(taken) == ["k1", "k1", "k1", "k2", "k2", "k2"]
    assert taken[0] != taken[1]
    with pytest.raises(ProviderError, match="3 requests a minute spent, resets as calls age") as caught:
        await keys.take()
    assert caught.value.reason is Reason.RATE_LIMITED


async def test_a_spent_day_says_when_it_resets(pool, daily, clock):
    keys = pool(A, limits=daily)
    for _ in range(25):
        await keys.take()
    with pytest.raises(ProviderError) as caught:
        await keys.take()
    assert caught.value.reason is Reason.BUDGET_SPENT
    assert str(caught.value) == "acme: key k1: 25 requests a day spent, resets 00:00 New York"
    assert keys.state(keys.keys[0]) is KeyState.SPENT
    clock.set(caught.value.retry_at)
    assert await keys.take()


async def test_one_key_under_two_aliases_has_one_budget(pool):
    assert len(pool(A, A).keys) == 1


async def test_a_key_cools_after_429_until_the_time_told(pool, clock):
    keys = pool(A)
    key = await keys.take()
    keys.report(key, refused(Reason.RATE_LIMITED, clock.now() + 90 * NANOS, "429, slow down"))
    assert keys.state(key) is KeyState.COOLING
    with pytest.raises(ProviderError, match=r"rests until 22:14:50 UTC \(429, slow down\)") as caught:
        await keys.take()
    assert caught.value.reason is Reason.RATE_LIMITED
    keys.report(key)
    assert keys.state(key) is KeyState.COOLING, "an answer to an earlier call does not end the rest"
    clock.advance(90)
    assert await keys.take() == key


async def test_a_budget_the_vendor_calls_spent_rests_until_its_day_ends(pool, daily, clock):
    keys = pool(A, limits=daily)
    keys.report(await keys.take(), refused(Reason.BUDGET_SPENT))
    with pytest.raises(ProviderError) as caught:
        await keys.take()
    assert caught.value.reason is Reason.BUDGET_SPENT
    assert "rests until 2023-11-15 05:00 UTC" in str(caught.value), "midnight in New York"


async def test_a_bad_key_is_left_alone_with_its_reason_and_tried_again_after_a_day(pool, clock):
    keys = pool(A, B)
    first = await keys.take()
    keys.report(first, refused(Reason.BAD_KEY, detail="HTTP 401 Invalid API key"))
    assert keys.state(first) is KeyState.BAD
    for _ in range(3):
        assert await keys.take() != first
    clock.advance(3_600)
    keys.report(await keys.take(), refused(Reason.BAD_KEY, detail="HTTP 403 disabled"))
    with pytest.raises(ProviderError, match="Invalid API key") as caught:
        await keys.take()
    assert "HTTP 403 disabled" in str(caught.value)
    assert caught.value.reason is Reason.BAD_KEY
    clock.advance(23 * 3_600)
    assert await keys.take() == first
    keys.report(first)
    assert keys.state(first) is KeyState.READY


async def test_other_failures_say_nothing_of_a_key(pool):
    keys = pool(A)
    for reason in (Reason.TIMEOUT, Reason.OFFLINE, Reason.UNKNOWN_SYMBOL, Reason.NOT_OFFERED):
        keys.report(keys.keys[0], refused(reason))
    assert keys.state(keys.keys[0]) is KeyState.READY
    assert keys.usage(keys.keys[0]).refused == 0


async def test_without_a_key_the_way_to_one_is_told(pool):
    keys = pool()
    with pytest.raises(ProviderError, match="no key; get one at https://acme") as caught:
        await keys.take()
    assert caught.value.reason is Reason.NO_KEY
    assert caught.value.hint == "financehub keys add acme"
    keys.fill([], {}, disabled=2)
    with pytest.raises(ProviderError, match="its 2 keys are disabled"):
        await keys.take()


async def test_what_no_key_can_pay_is_refused(pool):
    keys = pool(A, limits=(Limit(name="credits", amount=5, per=Per.DAY, per_key=True),))
    with pytest.raises(ProviderError, match="more than any key may spend"):
        await keys.take(6)


@given(
    st.lists(st.tuples(st.floats(0, 40), st.integers(1, 3), st.sampled_from(["ok", "429", "5xx"])), max_size=50),
    st.integers(1, 4),
)
async def test_no_key_ever_makes_more_calls_than_it_may(calls, count):
    from financehub_tui.providers.keys.form import KeyForm, Part, Plan
    from financehub_tui.providers.keys.pool import KeyPool
    from financehub_tui.providers.kit.ledger import Ledger

    clock = ManualClock(1_700_000_000 * NANOS)
    ledger = Ledger(clock)
    limits = (Limit(name="credits", amount=6, seconds=60), Limit(name="credits", amount=15, per=Per.DAY))
    form = KeyForm(
        provider="acme",
        title="Acme",
        parts=(Part("key", ".+", "anything"),),
        plans=(Plan(name="free", title="Free", limits=limits),),
        where="https://acme.example",
        unlocks="",
        free="",
    )
    keys = KeyPool(form, clock, lambda: ledger)
    keys.fill([Key("acme", f"k{n}", (f"key-number-{n:03}",)) for n in range(count)], {})
    spent: dict[Key, list[tuple[float, int]]] = {}
    for pause, cost, outcome in calls:
        clock.advance(pause)
        try:
            key = await keys.take(cost)
        except ProviderError as error:
            assert error.retry_at is None or error.retry_at > clock.now()
            continue
        assert keys.usage(key).state(clock.now()) is KeyState.READY
        spent.setdefault(key, []).append((clock.monotonic(), cost))
        keys.report(key, refused(Reason.RATE_LIMITED) if outcome == "429" else None)
    for used in spent.values():
        assert sum(cost for _, cost in used) <= 30
        for end, _ in used:
            assert sum(cost for at, cost in used if end - 60 < at <= end) <= 6


@pytest.fixture
async def vendor():
    async with VendorServer() as server:
        server.serve("/quote", {"c": 1.5})
        yield server


@pytest.fixture
async def connect(vendor, clock, naps):
    made = []

    def client(keys, **settings):
        options = HttpOptions(read_timeout=0.5, total_timeout=1.0, circuit_failures=50)
        signed = keys.signed(lambda key: ({"X-Token": key.parts[0]}, {"token": key.parts[0]}))
        made.append(
            HttpClient("acme", vendor.url, clock=clock, credentials=signed, options=options, sleep=naps, **settings)
        )
        return made[-1]

    yield client
    for one in made:
        await one.close()


async def test_every_call_is_signed_and_logged_by_alias(vendor, connect, pool):
    client = connect(pool(A, B))
    await client.get("/quote", {"symbol": "AAPL"}, endpoint="quote")
    await client.get("/quote", {"symbol": "AAPL"}, endpoint="quote")
    assert {seen.headers["X-Token"] for seen in vendor.seen} == {A, B}
    assert all(seen.query["token"] == seen.headers["X-Token"] for seen in vendor.seen)
    assert sorted(record.key for record in client.log.records) == ["k1", "k2"]


async def test_a_throttled_key_hands_over_to_the_next_at_once(vendor, connect, pool, naps):
    keys = pool(A, B)
    client = connect(keys)
    vendor.misbehave("/quote", status(429, retry_after=300))
    await client.get("/quote", endpoint="quote")
    assert len({seen.headers["X-Token"] for seen in vendor.seen}) == 2
    assert sorted(keys.state(key).value for key in keys.keys) == ["cooling", "ready"]
    assert sum(naps.taken) < 2


async def test_a_refused_key_hands_over_too_and_is_not_asked_again(vendor, connect, pool):
    keys = pool(A, B)
    client = connect(keys)
    vendor.misbehave("/quote", status(401, {"error": "Invalid API key"}))
    for _ in range(3):
        await client.get("/quote", endpoint="quote")
    assert vendor.count() == 4
    bad = next(key for key in keys.keys if keys.state(key) is KeyState.BAD)
    assert "Invalid API key" in keys.usage(bad).reason
    assert [seen.headers["X-Token"] for seen in vendor.seen].count(bad.parts[0]) == 1


async def test_the_last_throttled_key_waits_as_long_as_it_is_told(vendor, connect, pool, naps):
    client = connect(pool(A))
    vendor.misbehave("/quote", status(429, retry_after=3))
    await client.get("/quote", endpoint="quote")
    assert sum(naps.taken) >= 3
    vendor.misbehave("/quote", status(429, retry_after=300))
    with pytest.raises(ProviderError) as caught:
        await client.get("/quote", endpoint="quote")
    assert caught.value.reason is Reason.RATE_LIMITED
    before = vendor.count()
    with pytest.raises(ProviderError, match="rests until"):
        await client.get("/quote", endpoint="quote")
    assert vendor.count() == before


async def test_by_the_vendors_own_count_no_call_is_over_the_budget(vendor, connect, pool, daily, clock):
    client = connect(pool(A, B, limits=daily))
    refusals = []
    for _ in range(60):
        try:
            await client.get("/quote", endpoint="quote")
        except ProviderError as error:
            refusals.append(error)
        clock.advance(10)
    assert vendor.count() == 50
    assert len(refusals) == 10
    assert {error.reason for error in refusals} == {Reason.BUDGET_SPENT}
    assert refusals[0].endpoint == "quote"


async def test_without_a_key_nothing_is_sent(vendor, connect, pool):
    with pytest.raises(ProviderError) as caught:
        await connect(pool()).get("/quote")
    assert caught.value.reason is Reason.NO_KEY
    assert vendor.count() == 0


async def test_limits_of_the_address_and_of_the_key_both_hold(vendor, connect, pool):
    client = connect(pool(A, B), limits=(Limit(name="requests", amount=2, seconds=600),))
    await client.get("/quote")
    await client.get("/quote")
    with pytest.raises(ProviderError, match="2 requests in 600 s spent"):
        await client.get("/quote")
    assert vendor.count() == 2


async def test_keys_of_one_plan_alone_where_plans_live_on_different_hosts(clock, ledger):
    from financehub_tui.providers.keys.catalogue import FORMS
    from financehub_tui.providers.keys.pool import KeyPool

    keys = KeyPool(FORMS["coingecko"], clock, lambda: ledger)
    keys.fill(
        [Key("coingecko", "main", ("CG-demo-key-000000",)), Key("coingecko", "pro-1", ("CG-pro-key-0000000",))], {}
    )
    assert (await keys.take(plan="pro")).alias == "pro-1"
    assert keys.spare("demo")
    keys.fill([Key("coingecko", "main", ("CG-demo-key-000000",))], {})
    assert not keys.spare("pro")
    with pytest.raises(ProviderError) as caught:
        await keys.take(plan="pro")
    assert caught.value.reason is Reason.NO_KEY


async def test_each_key_carries_as_many_streams_as_it_may(pool):
    limits = (
        Limit(name="connections", amount=1, per=Per.ONCE, per_key=True),
        Limit(name="requests", amount=9, seconds=9),
    )
    keys = pool(A, B, limits=limits)
    first, second = await keys.connect("stream-1"), await keys.connect("stream-2")
    assert first != second
    for _ in range(3):
        await keys.take()
        assert await keys.connect("stream-1") == first
    with pytest.raises(ProviderError, match="as many stream connections as it may"):
        await keys.connect("stream-3")
    await keys.disconnect(second, "stream-2")
    assert await keys.connect("stream-3") == second
    with pytest.raises(ProviderError, match="no key"):
        await pool(limits=limits).connect("stream-1")
