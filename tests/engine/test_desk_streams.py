"""Subscriptions, feeds, polling, and a clean close."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from vendors.sources import START, Source, stock

from financehub_tui.market.provenance import Delay, Missing, Reason, Tier
from financehub_tui.market.quote import Quote, Trade

AAPL, MSFT = stock("AAPL"), stock("MSFT")


async def settle(seconds=0.03):
    """Let go on what was begun, on a busy machine too."""
    for _ in range(10):
        await asyncio.sleep(seconds / 10 + 0.005)


async def test_a_subscription_shows_pending_then_the_first_quote(make_desk):
    desk = make_desk(Source())
    subscription = desk.subscribe([AAPL])
    assert desk.live.quote(AAPL.key).reason is Reason.PENDING
    await settle()
    assert desk.live.quote(AAPL.key).last == 100.0
    subscription.close()


async def test_feeds_get_what_all_owners_want_together_and_stop_with_the_last(make_desk):
    source = Source(stream=True)
    desk = make_desk(source)
    first = desk.subscribe([AAPL], ("quote", "trade"))
    second = desk.subscribe([AAPL, MSFT])
    await settle()
    feed = source.feeds[0]
    assert {one.symbol for one in feed.wanted["quote"]} == {"AAPL", "MSFT"}
    assert {one.symbol for one in feed.wanted["trade"]} == {"AAPL"}
    second.close()
    await settle()
    assert {one.symbol for one in feed.wanted["quote"]} == {"AAPL"}
    assert desk.live.quote(MSFT.key) is None
    first.close()
    await settle()
    assert feed.running == 0


async def test_a_subscription_can_change_and_be_closed_twice(make_desk):
    source = Source(stream=True)
    desk = make_desk(source)
    subscription = desk.subscribe([AAPL])
    subscription.set([MSFT])
    await settle()
    assert {one.symbol for one in source.feeds[0].wanted["quote"]} == {"MSFT"}
    subscription.close()
    subscription.close()


async def test_streamed_values_answer_questions_without_a_call(make_desk):
    source = Source(stream=True)
    desk = make_desk(source)
    desk.subscribe([AAPL])
    await settle()
    source.feeds[0].sink.trade(Trade(key=AAPL.key, time=START + 1, price=123.0, size=1.0))
    calls = len(source.calls)
    quote = (await desk.quotes([AAPL]))[AAPL.key]
    assert (quote.last, quote.provenance.tier, quote.provenance.endpoint) == (123.0, Tier.LIVE, "stream")
    assert len(source.calls) == calls


async def test_a_feed_that_fails_is_started_again_and_says_why_meanwhile(make_desk):
    source = Source(stream=True)
    desk = make_desk(source)
    desk.streams._pause = 0.01
    desk.subscribe([AAPL])
    await asyncio.sleep(0)
    source.feeds or await asyncio.sleep(0)
    source.feeds[0].crash = RuntimeError("socket fell over")
    await asyncio.sleep(0.005)
    assert "socket fell over" in desk.status.feeds()[0].detail
    await settle(0.1)
    assert source.feeds[0].runs == 2
    assert desk.status.feeds()[0].state == "live"
    assert desk.status.feeds()[0].reconnects == 1


async def test_what_no_stream_brings_is_polled_and_feeds_say_so(make_desk, clock):
    source = Source(stream=False)
    desk = make_desk(source)
    desk.subscribe([AAPL], ("quote", "book", "trade"))
    await settle()
    await desk.polls.run()
    assert desk.live.book(AAPL.key).bids[0].price == 99.0
    assert len(desk.live.trades(AAPL.key)) == 3
    source.price = 111.0
    assert await desk.polls.run() == "0 polled"
    clock.advance(6)
    await desk.polls.run()
    assert desk.live.quote(AAPL.key).last == 111.0
    assert [(row.state, row.symbols) for row in desk.status.feeds()] == [("polling", 1)]


async def test_a_stream_that_does_not_come_is_polled_meanwhile(make_desk, clock):
    source = Source(stream=True)
    desk = make_desk(source)
    desk.subscribe([AAPL])
    await settle()
    source.feeds[0].state = "waiting"
    assert await desk.polls.run() == "0 polled"
    clock.advance(21)
    assert await desk.polls.run() == "1 polled"
    source.feeds[0].state = "live"
    clock.advance(21)
    assert await desk.polls.run() == "0 polled"


async def test_live_trades_carry_a_fetched_series_on(make_desk, clock):
    from financehub_tui.market.bars import BarRequest, Interval

    minute = 60_000_000_000
    source = Source(stream=True)
    desk = make_desk(source)
    desk.subscribe([AAPL], ("quote", "trade"))
    await settle()
    begin = START + -START % minute
    source.feeds[0].sink.trade(Trade(key=AAPL.key, time=begin, price=50.0, size=2.0))
    source.feeds[0].sink.trade(Trade(key=AAPL.key, time=begin + 1, price=51.0, size=3.0))
    request = BarRequest(interval=Interval.M1, start=begin - 5 * minute, end=begin + minute)
    bars = await desk.bars(AAPL, request)
    assert bars.frame.rows()[-1][1:] == (50.0, 51.0, 50.0, 51.0, 5.0)
    assert bars.frame.height == 6
    assert "live trades" in bars.provenance.notes[-1]


@pytest.mark.parametrize("ignores_cancel", [False, True])
async def test_close_leaves_no_task_even_with_calls_under_way(make_desk, ignores_cancel):
    source = Source(stream=True)
    desk = make_desk(source)
    source.hang, source.ignores_cancel = True, ignores_cancel
    desk.subscribe([AAPL])
    question = asyncio.create_task(desk.quotes([MSFT]))
    await settle()
    await desk.close()
    await desk.close()
    assert source.closed == 1
    await asyncio.wait_for(asyncio.gather(question, return_exceptions=True), 2)


async def test_a_failed_quote_of_a_subscription_is_told_in_its_place(make_desk):
    source = Source()
    source.fails(Reason.OFFLINE, "no network")
    desk = make_desk(source)
    desk.subscribe([AAPL])
    await settle()
    assert isinstance(desk.live.quote(AAPL.key), Missing)
    assert "no network" in desk.live.quote(AAPL.key).detail


async def test_streamed_trades_and_quotes_reach_the_store(make_desk):
    source = Source(stream=True)
    desk = make_desk(source)
    desk.live.taps = (desk.parts.writer,)
    desk.subscribe([AAPL], ("quote", "trade"))
    await settle()
    source.feeds[0].sink.trade(Trade(key=AAPL.key, time=START + 1, price=77.0, size=1.0, id="9", provider="alpha"))
    await desk.flush()
    store = await desk.door.open()
    assert [trade.price for trade in await store.read_trades(AAPL.key, 5)] == [77.0]
    stored = (await store.latest_quotes([AAPL.key]))[AAPL.key]
    assert isinstance(stored, Quote) and stored.last == 77.0


async def test_what_changes_once_a_day_is_polled_seldom(make_desk, clock):
    source = Source(delay=Delay.END_OF_DAY)
    fixing = source.origin

    def origin():
        return msgspec.structs.replace(fixing(), delay=Delay.END_OF_DAY)

    source.origin = origin
    desk = make_desk(source)
    desk.subscribe([AAPL])
    await settle()
    await desk.polls.run()
    clock.advance(60)
    assert await desk.polls.run() == "0 polled"
    clock.advance(300)
    assert await desk.polls.run() == "1 polled"
