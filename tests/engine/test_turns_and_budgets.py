"""Calls take turns at a provider; what nobody waits for is not asked; scarce budgets are kept for what is urgent."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors.sources import START, Source, stock

from financehub_tui.asking import Asker, Urgency, asking
from financehub_tui.engine.lanes import KEPT_BACK, WIDTH, Lane
from financehub_tui.errors import DataMissingError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote

AAPL, MSFT = stock("AAPL"), stock("MSFT")
DAY = 86_400 * 1_000_000_000
REQUEST = BarRequest(interval=Interval.D1, start=START - 30 * DAY, end=START)


async def turns(*askers: tuple[str, Urgency]) -> list[str]:
    """The order in which waiting askers get a turn at a lane of one."""
    lane, order = Lane(width=1), []
    assert await lane.enter(Asker("first", Urgency.SCREEN), 1)

    async def one(owner: str, urgency: Urgency) -> None:
        assert await lane.enter(Asker(owner, urgency), 5)
        order.append(owner)
        lane.leave()

    waiting = [asyncio.create_task(one(*asker)) for asker in askers]
    await asyncio.sleep(0)
    lane.leave()
    await asyncio.gather(*waiting)
    assert (lane.running, lane.waiting) == (0, 0)
    return order


async def test_what_is_on_screen_goes_before_alerts_lists_and_back_fill():
    order = await turns(
        ("fill", Urgency.BACKFILL), ("list", Urgency.LIST), ("alert", Urgency.ALERT), ("pane", Urgency.SCREEN)
    )
    assert order == ["pane", "alert", "list", "fill"]


async def test_owners_take_turns_and_none_waits_for_the_long_list_of_another():
    many = [("big", Urgency.SCREEN)] * 6
    order = await turns(*many, ("small", Urgency.SCREEN), ("other", Urgency.SCREEN))
    assert set(order[:3]) == {"big", "small", "other"}


async def test_a_turn_that_does_not_come_in_time_is_given_up_and_leaves_nothing_behind():
    lane = Lane(width=1)
    assert await lane.enter(Asker("a", Urgency.SCREEN), 1)
    assert not await lane.enter(Asker("b", Urgency.SCREEN), 0.01)
    waiting = asyncio.create_task(lane.enter(Asker("c", Urgency.SCREEN), 5))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    lane.leave()
    assert (lane.running, lane.waiting) == (0, 0)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(list(Urgency))), max_size=25))
def test_every_asker_gets_exactly_one_turn_in_order_of_urgency(askers):
    order = asyncio.run(turns(*[(f"{owner}{int(urgency)}", urgency) for owner, urgency in askers]))
    assert sorted(order) == sorted(f"{owner}{int(urgency)}" for owner, urgency in askers)
    assert [name[1] for name in order] == sorted(name[1] for name in order)


async def test_no_more_calls_than_the_lane_is_wide_are_under_way(make_desk):
    source = Source(batch=1)
    source.pause = 0.01
    desk = make_desk(source)
    running = most = 0
    plain = source._call

    async def counted(name, detail):
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            await plain(name, detail)
        finally:
            running -= 1

    source._call = counted
    stocks = [stock(f"S{n}") for n in range(40)]
    answers = await desk.quotes(stocks)
    assert all(isinstance(answer, Quote) for answer in answers.values())
    assert most == WIDTH


async def asked_in_order(desk, source, *questions: tuple[str, Urgency, int]) -> list[str]:
    """Who was answered in which order; questions are (owner, urgency, how many), all asked at once."""
    source.pause = 0.005
    order: list[str] = []

    async def one(owner: str, urgency: Urgency, number: int) -> None:
        with asking(urgency, owner):
            await desk.profile(stock(f"{owner}{number}"))
        order.append(owner)

    await asyncio.gather(*(one(owner, urgency, n) for owner, urgency, count in questions for n in range(count)))
    return order


async def test_a_pane_with_few_questions_does_not_wait_for_one_with_many(make_desk):
    source = Source()
    order = await asked_in_order(make_desk(source), source, ("big", Urgency.SCREEN, 60), ("small", Urgency.SCREEN, 3))
    assert max(place for place, owner in enumerate(order) if owner == "small") < 3 * WIDTH


async def test_what_is_looked_at_overtakes_what_fills_in_behind(make_desk):
    source = Source()
    questions = ("fill", Urgency.BACKFILL, 60), ("polls", Urgency.LIST, 20), ("pane", Urgency.SCREEN, 6)
    order = await asked_in_order(make_desk(source), source, *questions)
    first = {owner: [place for place, name in enumerate(order) if name == owner] for owner in ("fill", "polls", "pane")}
    assert max(first["pane"]) < 3 * WIDTH
    assert max(first["polls"]) < max(first["fill"]) and sorted(first["fill"])[WIDTH] > max(first["pane"])


@pytest.mark.parametrize("kind", ["quotes", "bars", "profile"])
async def test_a_call_nobody_waits_for_any_more_is_cancelled(make_desk, kind):
    source = Source()
    source.hang = True
    desk = make_desk(source)
    ask = {
        "quotes": lambda: desk.quotes([AAPL]),
        "bars": lambda: desk.bars(AAPL, REQUEST),
        "profile": lambda: desk.profile(AAPL),
    }[kind]
    first, second = asyncio.create_task(ask()), asyncio.create_task(ask())
    await asyncio.sleep(0.02)
    assert len(source.calls) == 1
    first.cancel()
    await asyncio.sleep(0.01)
    assert len(desk.parts.tasks) > 0
    second.cancel()
    await asyncio.sleep(0.02)
    assert len(desk.parts.tasks) == 0
    source.hang = False
    answer = await ask()
    assert len(source.calls) == 2 and answer


async def test_a_pane_that_closes_before_the_batch_is_sent_costs_no_call(make_desk):
    source = Source()
    desk = make_desk(source)
    pane = asyncio.create_task(desk.quotes([AAPL]))
    await asyncio.sleep(0)
    pane.cancel()
    await asyncio.sleep(0.02)
    assert source.calls == []


async def test_the_last_of_a_budget_is_kept_for_what_is_more_urgent(make_desk):
    source = Source()
    desk = make_desk(source)
    health = desk.parts.router.health.of("alpha")
    for used, urgent in ((50, Urgency.BACKFILL), (80, Urgency.LIST), (94, Urgency.ALERT)):
        health.limits = lambda used=used: (("credits/day", float(used), 100.0, START + DAY),)
        desk.parts.router.lanes._limits.clear()
        with asking(urgent, "job"):
            answer = (await desk.quotes([AAPL], fresh=True))[AAPL.key]
        assert isinstance(answer, Quote) == (1 - used / 100 >= KEPT_BACK[urgent])
    with asking(Urgency.BACKFILL, "job"):
        answer = (await desk.quotes([MSFT], fresh=True))[MSFT.key]
    assert isinstance(answer, Missing) and answer.reason is Reason.BUDGET_SPENT and answer.retry_at == START + DAY
    assert "kept for what is more urgent" in answer.detail
    assert isinstance((await desk.quotes([MSFT], fresh=True))[MSFT.key], Quote)


async def test_a_provider_with_little_budget_left_is_asked_after_one_with_plenty(make_desk):
    scarce, plenty = Source("alpha"), Source("beta")
    desk = make_desk(scarce, plenty)
    health = desk.parts.router.health.of("alpha")
    assert (await desk.bars(AAPL, REQUEST)).provenance.provider == "alpha"
    health.limits = lambda: (("credits/day", 80.0, 100.0, START + DAY),)
    desk.parts.router.lanes._limits.clear()
    assert (await desk.bars(MSFT, REQUEST)).provenance.provider == "beta"
    rows = desk.providers.candidates(MSFT, "bars")
    assert [row.provider for row in rows] == ["beta", "alpha"]
    assert rows[0].why == "first: the other has little budget left" and round(rows[1].left, 2) == 0.2


async def test_a_budget_by_the_second_is_never_scarce(make_desk):
    desk = make_desk(Source("alpha"), Source("beta"))
    desk.parts.router.health.of("alpha").limits = lambda: (("requests/1s", 2.0, 2.0, START + 1),)
    assert (await desk.bars(AAPL, REQUEST)).provenance.provider == "alpha"


async def test_a_symbol_a_provider_does_not_know_is_not_asked_there_again_for_a_while(make_desk, clock):
    ignorant, knowing = Source("alpha"), Source("beta")
    ignorant.fails(Reason.UNKNOWN_SYMBOL, "no such symbol")
    desk = make_desk(ignorant, knowing)
    for _ in range(3):
        assert (await desk.quotes([AAPL], fresh=True))[AAPL.key].provenance.provider == "beta"
    assert len(ignorant.calls) == 1
    await desk.quotes([MSFT], fresh=True)
    assert len(ignorant.calls) == 2
    clock.advance(700)
    await desk.quotes([AAPL], fresh=True)
    assert len(ignorant.calls) == 3


async def test_a_joined_call_becomes_as_urgent_as_the_most_urgent_who_waits(make_desk):
    source = Source()
    source.pause = 0.02
    desk = make_desk(source)

    async def ask(urgency: Urgency) -> object:
        with asking(urgency, urgency.name):
            return await desk.bars(AAPL, REQUEST)

    first = asyncio.create_task(ask(Urgency.BACKFILL))
    await asyncio.sleep(0.005)
    (flight,) = desk.parts.flights._flights.values()
    assert flight.asker.urgency is Urgency.BACKFILL
    second = asyncio.create_task(ask(Urgency.SCREEN))
    await asyncio.sleep(0)
    assert flight.asker.urgency is Urgency.SCREEN
    await asyncio.gather(first, second)
    assert len(source.calls) == 1


async def test_five_thousand_symbols_are_answered_in_batches(make_desk):
    source = Source(batch=100)
    desk = make_desk(source)
    stocks = [stock(f"S{n}") for n in range(5_000)]
    answers = await desk.quotes(stocks)
    assert len(answers) == 5_000 and all(isinstance(answer, Quote) for answer in answers.values())
    assert len(source.calls) == 50


async def test_a_tape_is_not_filled_up_with_the_trades_of_another_source(make_desk):
    from financehub_tui.market.quote import Trade

    desk = make_desk(Source("beta"))
    desk.live.register(AAPL)
    desk.live.apply_trades(AAPL.key, [Trade(key=AAPL.key, time=START, price=1.0, size=1.0, id="9", provider="alpha")])
    assert {trade.provider for trade in await desk.trades(AAPL, 50)} == {"alpha"}


async def test_with_nobody_to_ask_the_reason_names_everybody(make_desk):
    source = Source()
    desk = make_desk(source)
    desk.providers.pause("alpha")
    with pytest.raises(DataMissingError) as caught:
        await desk.bars(AAPL, REQUEST)
    assert caught.value.missing.reason is Reason.CIRCUIT_OPEN
    assert "Alpha: paused by hand" in caught.value.missing.detail
    assert source.calls == []
