"""Providers that fail are left out and tried again; the user's hand on them; events, scores and their history."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors.sources import START, Source, stock

from financehub_tui.engine.score import score, uptime_after
from financehub_tui.engine.scores import ScoreHistory
from financehub_tui.engine.standing import FIRST_PROBE, LEFT_OUT_AFTER, LONGEST_PROBE
from financehub_tui.errors import CommandError
from financehub_tui.figures import STATES, HealthChanged
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote

AAPL = stock("AAPL")
DAY = 86_400 * 1_000_000_000


async def ask(desk) -> Quote | Missing:
    return (await desk.quotes([AAPL], fresh=True))[AAPL.key]


def row(desk, provider="alpha"):
    return next(row for row in desk.status.providers() if row.provider == provider)


async def left_out(desk, source):
    await ask(desk)
    source.fails(Reason.PROVIDER_ERROR, "500")
    for _ in range(LEFT_OUT_AFTER):
        await ask(desk)


async def test_after_repeated_failures_a_provider_is_left_out_until_a_probe_succeeds(make_desk, clock):
    source = Source()
    desk = make_desk(source)
    await left_out(desk, source)
    calls = len(source.calls)
    missing = await ask(desk)
    assert len(source.calls) == calls
    assert missing.reason is Reason.CIRCUIT_OPEN and "left out after 8 failures in a row" in missing.detail
    assert row(desk).state == "down" and row(desk).probe_at is not None
    source.error = None
    assert await desk.probes.run() == "nobody to probe"
    clock.advance(FIRST_PROBE + 1)
    assert "answered" in await desk.probes.run()
    assert isinstance(await ask(desk), Quote)
    assert row(desk).probe_at is None


async def test_each_failed_probe_doubles_the_time_to_the_next_up_to_a_quarter_of_an_hour(make_desk, clock):
    source = Source()
    desk = make_desk(source)
    await left_out(desk, source)
    before, waits = len(source.calls), []
    for _ in range(7):
        waits.append((row(desk).probe_at - clock.now()) / 1e9)
        clock.advance(waits[-1])
        await desk.probes.run()
    assert waits == [60, 120, 240, 480, LONGEST_PROBE, LONGEST_PROBE, LONGEST_PROBE]
    assert len(source.calls) == before + 7


@pytest.mark.parametrize("reason", [Reason.RATE_LIMITED, Reason.OFFLINE, Reason.NO_KEY, Reason.UNKNOWN_SYMBOL])
async def test_what_is_not_the_providers_fault_never_leaves_it_out(make_desk, reason):
    source = Source()
    source.fails(reason)
    desk = make_desk(source)
    for _ in range(3 * LEFT_OUT_AFTER):
        await ask(desk)
    assert not desk.parts.router.health.of("alpha").standing.left_out


async def test_a_missing_key_is_told_and_counts_as_no_error(make_desk):
    keyed, free = Source("alpha"), Source("beta")
    keyed.fails(Reason.NO_KEY, "no key; get one at example.org")
    desk = make_desk(keyed, free)
    assert (await ask(desk)).provenance.provider == "beta"
    await ask(desk)
    assert (row(desk).errors, row(desk).state) == (0, "idle")
    assert row(desk).last_error.startswith("no key")
    assert len(keyed.calls) == 1
    assert desk.providers.candidates(AAPL, "quote")[0].provider == "beta"


async def test_pause_force_and_resume_by_hand(make_desk):
    one, two = Source("alpha"), Source("beta")
    desk = make_desk(one, two)
    assert (await ask(desk)).provenance.provider == "alpha"
    desk.providers.pause("ALPHA")
    assert (await ask(desk)).provenance.provider == "beta"
    assert row(desk).state == "paused"
    desk.providers.resume("alpha")
    assert (await ask(desk)).provenance.provider == "alpha"
    desk.providers.force("beta")
    assert (await ask(desk)).provenance.provider == "beta"
    assert row(desk, "beta").forced
    assert desk.providers.candidates(AAPL, "quote")[0].why == "first: forced by hand"
    with pytest.raises(CommandError, match="No provider called"):
        desk.providers.pause("gamma")


async def test_a_pause_moves_the_streams_to_another_provider(make_desk):
    one, two = Source("alpha", stream=True), Source("beta", stream=True)
    desk = make_desk(one, two)
    subscription = desk.subscribe([AAPL])
    await asyncio.sleep(0.01)
    assert one.feeds[0].running == 1 and not two.feeds
    desk.providers.pause("alpha")
    await asyncio.sleep(0.01)
    assert one.feeds[0].running == 0 and two.feeds[0].running == 1
    subscription.close()


async def test_a_stream_that_is_live_stays_where_it_is_when_the_order_changes(make_desk):
    one, two = Source("alpha", stream=True), Source("beta", stream=True)
    desk = make_desk(one, two)
    first = desk.subscribe([AAPL])
    await asyncio.sleep(0.01)
    one.fails(Reason.PROVIDER_ERROR, "500")
    for _ in range(3):
        await ask(desk)
    assert desk.providers.candidates(AAPL, "quote")[0].provider == "beta"
    second = desk.subscribe([AAPL], ("quote", "trade"))
    await asyncio.sleep(0.01)
    assert one.feeds[0].running == 1
    assert AAPL in one.feeds[0].wanted["quote"]
    desk.providers.force("beta")
    await asyncio.sleep(0.01)
    assert one.feeds[0].running == 0 and AAPL in two.feeds[0].wanted["quote"]
    first.close()
    second.close()


async def test_a_probe_by_hand_calls_once_whatever_the_state(make_desk):
    source = Source()
    desk = make_desk(source)
    await ask(desk)
    desk.providers.pause("alpha")
    result = await desk.providers.probe("alpha")
    assert result.ok and len(source.calls) == 2
    source.fails(Reason.TIMEOUT, "no answer within 8 s")
    result = await desk.providers.probe("alpha")
    assert not result.ok and result.words == "no answer within 8 s"


async def test_listeners_are_told_when_a_provider_becomes_worse_and_better(make_desk, clock):
    source = Source()
    desk = make_desk(source)
    events: list[HealthChanged] = []
    end = desk.add_event_listener(HealthChanged, events.append)
    desk.add_event_listener(HealthChanged, lambda event: 1 / 0)
    await ask(desk)
    await desk.status.snapshot()
    source.fails(Reason.PROVIDER_ERROR, "500")
    for _ in range(3):
        await ask(desk)
    await desk.status.snapshot()
    assert [(event.before, event.after, event.degraded) for event in events] == [
        ("idle", "ok", False),
        ("ok", "down", True),
    ]
    assert events[-1].why == "500" and events[-1].at == clock.now()
    end()
    source.error = None
    await ask(desk)
    await desk.status.snapshot()
    assert len(events) == 2


async def test_endpoints_are_told_apart(make_desk):
    source = Source()
    desk = make_desk(source)
    await ask(desk)
    source.fails(Reason.PROVIDER_ERROR, "500")
    with pytest.raises(Exception, match="500"):
        await desk.bars(AAPL, BarRequest(interval=Interval.D1, start=START - 9 * DAY, end=START))
    rows = {row.endpoint: row for row in desk.providers.endpoints("alpha")}
    assert (rows["quote"].state, rows["bars"].state) == ("ok", "down")
    assert rows["bars"].last_error == "500" and rows["quote"].age_seconds == 0.0


async def test_scores_survive_a_restart(make_desk, clock):
    desk = make_desk(Source())
    await ask(desk)
    await desk.scores.run()
    clock.advance(300)
    await ask(desk)
    await desk.scores.run()
    assert len(row(desk).scores) == 2
    other = make_desk(Source())
    history = ScoreHistory(other.parts.router.health, desk.door, clock)
    await history.load()
    assert len(row(other).scores) == 2
    clock.advance(2 * 86_400)
    late = make_desk(Source())
    await ScoreHistory(late.parts.router.health, desk.door, clock).load()
    assert row(late).scores == ()


async def test_all_sources_answer_side_by_side(make_desk):
    one, two, bad = Source("alpha", price=100.0), Source("beta", price=101.0), Source("gamma")
    bad.fails(Reason.TIMEOUT, "no answer")
    desk = make_desk(one, two, bad)
    quotes = await desk.providers.quotes(AAPL)
    assert [getattr(quotes[name], "last", None) for name in ("Alpha", "Beta")] == [100.0, 101.0]
    assert quotes["Gamma"].reason is Reason.TIMEOUT
    request = BarRequest(interval=Interval.D1, start=START - 9 * DAY, end=START)
    bars = await desk.providers.bars(AAPL, request)
    assert isinstance(bars["Alpha"], Bars) and isinstance(bars["Gamma"], Missing)


shares = st.floats(0, 1)


@given(shares, st.none() | st.floats(0, 100), shares, shares)
def test_a_score_is_between_nought_and_a_hundred_and_grows_with_each_part(success, p50, uptime, freshness):
    value = score(success, p50, uptime, freshness)
    assert 0 <= value <= 100.000001
    assert score(1, p50, uptime, freshness) >= value - 1e-9
    assert score(success, 0.0, uptime, freshness) >= value - 1e-9


@given(shares, st.floats(0, 1e6), st.booleans())
def test_uptime_moves_towards_what_is_now(before, seconds, up):
    after = uptime_after(before, seconds, up)
    assert min(before, float(up)) - 1e-9 <= after <= max(before, float(up)) + 1e-9


def test_states_are_ordered_from_the_best_to_the_worst():
    assert STATES[0] == "ok" and STATES[-1] == "down"
