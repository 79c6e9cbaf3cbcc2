"""Quotes: sharing, batching, memory, store, fail-over."""

from __future__ import annotations

import asyncio

from vendors.sources import START, Source, stock

from financehub_tui.market.provenance import Missing, Reason, Tier
from financehub_tui.market.quote import Quote

AAPL, MSFT = stock("AAPL"), stock("MSFT")
SECOND = 1_000_000_000


async def test_equal_questions_at_once_are_one_call(make_desk):
    source = Source()
    source.pause = 0.02
    desk = make_desk(source)
    answers = await asyncio.gather(*(desk.quotes([AAPL], fresh=True) for _ in range(20)))
    assert len(source.calls) == 1
    assert all(answer[AAPL.key].last == 100.0 for answer in answers)


async def test_symbols_asked_by_several_callers_share_a_batch(make_desk):
    source = Source()
    desk = make_desk(source)
    await asyncio.gather(desk.quotes([AAPL]), desk.quotes([MSFT]))
    assert source.calls == [("quotes", ["AAPL", "MSFT"])]


async def test_batches_keep_to_the_size_the_provider_declares(make_desk):
    source = Source(batch=2)
    desk = make_desk(source)
    await desk.quotes([stock(f"S{i}") for i in range(5)])
    assert sorted(len(symbols) for _, symbols in source.calls) == [1, 2, 2]


async def test_a_fresh_answer_is_kept_for_its_time_and_says_it_comes_from_memory(make_desk, clock):
    source = Source()
    desk = make_desk(source)
    await desk.quotes([AAPL])
    clock.advance(4)
    again = (await desk.quotes([AAPL]))[AAPL.key]
    assert again.provenance.tier is Tier.MEMORY
    assert len(source.calls) == 1
    assert desk.status.providers()[0].cache_hits == 1


async def test_a_stale_answer_is_given_at_once_and_renewed_behind_it(make_desk, clock):
    source = Source()
    desk = make_desk(source)
    await desk.quotes([AAPL])
    source.price = 105.0
    clock.advance(30)
    assert (await desk.quotes([AAPL]))[AAPL.key].last == 100.0
    await asyncio.sleep(0.05)
    assert len(source.calls) == 2
    assert (await desk.quotes([AAPL]))[AAPL.key].last == 105.0


async def test_fresh_bypasses_memory(make_desk):
    source = Source()
    desk = make_desk(source)
    await desk.quotes([AAPL])
    await desk.quotes([AAPL], fresh=True)
    assert len(source.calls) == 2


async def test_a_provider_that_fails_is_followed_by_the_next_and_the_answer_says_so(make_desk):
    first, second = Source("alpha"), Source("beta", price=50.0)
    first.fails(Reason.PROVIDER_ERROR, "500 from the host")
    desk = make_desk(first, second)
    quote = (await desk.quotes([AAPL]))[AAPL.key]
    assert quote.last == 50.0
    assert "Alpha: 500 from the host" in quote.provenance.notes[-1]
    assert desk.explain(AAPL.key, "quote")[0] == quote.provenance


async def test_only_what_the_first_provider_lacks_goes_to_the_second(make_desk):
    first, second = Source("alpha"), Source("beta")
    first.answer = {
        AAPL.key: Quote(key=AAPL.key, time=START, last=1.0, provenance=first.origin()),
        MSFT.key: Missing(reason=Reason.UNKNOWN_SYMBOL, detail="no such symbol"),
    }
    desk = make_desk(first, second)
    await desk.quotes([AAPL, MSFT])
    assert second.calls == [("quotes", ["MSFT"])]


async def test_a_missing_quote_names_everybody_asked_and_when_to_try_again(make_desk, clock):
    first, second = Source("alpha"), Source("beta")
    first.fails(Reason.RATE_LIMITED, "429", retry_at=START + 60 * SECOND)
    second.fails(Reason.TIMEOUT, "no answer within 8 s")
    desk = make_desk(first, second)
    missing = (await desk.quotes([AAPL]))[AAPL.key]
    assert missing.reason is Reason.RATE_LIMITED
    assert missing.detail.startswith("Alpha: 429, next try ")
    assert missing.detail.endswith("; Beta: no answer within 8 s")
    assert missing.retry_at == START + 60 * SECOND


async def test_a_rate_limited_provider_is_left_alone_until_its_time(make_desk, clock):
    source = Source()
    source.fails(Reason.RATE_LIMITED, "429", retry_at=START + 60 * SECOND)
    desk = make_desk(source)
    await desk.quotes([AAPL], fresh=True)
    await desk.quotes([AAPL], fresh=True)
    assert len(source.calls) == 1
    clock.advance(61)
    source.error = None
    assert (await desk.quotes([AAPL], fresh=True))[AAPL.key].last == 100.0


async def test_a_refusal_is_remembered_for_a_while(make_desk, clock):
    source = Source()
    source.fails(Reason.UNKNOWN_SYMBOL, "no such symbol")
    desk = make_desk(source)
    for _ in range(3):
        assert (await desk.quotes([AAPL]))[AAPL.key].reason is Reason.UNKNOWN_SYMBOL
    assert len(source.calls) == 1
    clock.advance(601)
    await desk.quotes([AAPL])
    assert len(source.calls) == 2


async def test_without_network_the_stored_quote_comes_with_its_age(make_desk, clock):
    source = Source()
    desk = make_desk(source)
    await desk.quotes([AAPL])
    await desk.flush()
    clock.advance(7_200)
    source.fails(Reason.OFFLINE, "no network")
    quote = (await desk.quotes([AAPL], fresh=True))[AAPL.key]
    assert quote.last == 100.0
    assert quote.provenance.tier is Tier.STORE
    assert quote.provenance.notes[0] == "stored 2 h ago"
    assert "no network" in quote.provenance.notes[1]
    assert desk.status.offline()


async def test_a_screen_gets_the_stored_quote_first_and_the_fresh_one_into_the_book(make_desk, clock):
    source = Source()
    desk = make_desk(source, stale_first=True)
    await desk.quotes([AAPL])
    await desk.flush()
    source.price, source.pause = 120.0, 0.02
    clock.advance(3_600)
    desk.live.register(AAPL)
    first = (await desk.quotes([AAPL]))[AAPL.key]
    assert (first.last, first.provenance.tier) == (100.0, Tier.STORE)
    desk.live.drain("screen")
    await asyncio.sleep(0.08)
    assert AAPL.key in desk.live.drain("screen")
    assert desk.live.quote(AAPL.key).last == 120.0


async def test_no_provider_for_an_instrument_says_so(make_desk):
    desk = make_desk()
    missing = (await desk.quotes([AAPL]))[AAPL.key]
    assert missing.reason is Reason.NOT_OFFERED
    assert "no configured provider supplies quote for Equity" in missing.detail


async def test_a_clock_set_back_does_not_prolong_a_pause(make_desk, clock):
    source = Source()
    source.fails(Reason.RATE_LIMITED, "429", retry_at=START + 30 * SECOND)
    desk = make_desk(source)
    await desk.quotes([AAPL], fresh=True)
    clock.set(START - 7_200 * SECOND)
    clock.advance(31)
    source.error = None
    assert (await desk.quotes([AAPL], fresh=True))[AAPL.key].last == 100.0
