"""Providers that misbehave harm nobody else."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from vendors.sources import START, Source, stock

from financehub_tui.engine import router
from financehub_tui.engine.catalog import Entry
from financehub_tui.errors import DataMissingError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.provenance import Missing, Reason, Tier

AAPL = stock("AAPL")
DAY = 86_400 * 1_000_000_000
REQUEST = BarRequest(interval=Interval.D1, start=START - 30 * DAY, end=START)


def broken():
    raise ImportError("no module named gadget")


async def test_a_provider_that_cannot_be_imported_is_set_aside_and_shown(make_desk):
    desk = make_desk(Source(), entries=(Entry("gadget", "Gadget", broken),))
    assert (await desk.quotes([AAPL]))[AAPL.key].last == 100.0
    status = next(row for row in desk.status.providers() if row.provider == "gadget")
    assert status.state == "down"
    assert "cannot be loaded: ImportError: no module named gadget" in status.last_error


async def test_a_provider_without_a_proper_declaration_is_set_aside(make_desk):
    odd = Source("odd")
    odd.spec = "I am a provider"
    desk = make_desk(entries=(Entry("odd", "Odd", lambda: odd),))
    missing = (await desk.quotes([AAPL]))[AAPL.key]
    assert missing.reason is Reason.NOT_OFFERED
    assert "Odd: cannot be loaded" in missing.detail


@pytest.mark.parametrize("answer", [[1, 2], 7, "text", {AAPL.key: 3.0}, {"other": None}])
async def test_wrong_types_are_a_bad_answer_and_the_next_provider_is_asked(make_desk, answer):
    liar, honest = Source("alpha"), Source("beta", price=5.0)
    liar.answer = answer
    desk = make_desk(liar, honest)
    quote = (await desk.quotes([AAPL]))[AAPL.key]
    assert quote.last == 5.0
    assert quote.provenance.notes[-1].startswith("asked before: Alpha: ")


async def test_an_exception_that_is_no_provider_error_becomes_one(make_desk):
    source = Source()
    source.error = KeyError("chart")
    desk = make_desk(source)
    missing = (await desk.quotes([AAPL]))[AAPL.key]
    assert missing.reason is Reason.PROVIDER_ERROR
    assert "unexpected KeyError: 'chart'" in missing.detail


async def test_a_provider_that_hangs_is_given_up_and_the_next_one_answers(make_desk, monkeypatch):
    monkeypatch.setattr(router, "PATIENCE", 0.05)
    slow, quick = Source("alpha"), Source("beta")
    slow.hang = slow.ignores_cancel = True
    desk = make_desk(slow, quick)
    bars = await asyncio.wait_for(desk.bars(AAPL, REQUEST), 2)
    assert bars.provenance.provider == "beta"
    assert "Alpha: no answer within" in bars.provenance.notes[-1]


async def test_after_several_failures_a_provider_is_asked_last(make_desk, clock):
    bad, good = Source("alpha"), Source("beta")
    bad.fails(Reason.PROVIDER_ERROR, "500")
    desk = make_desk(bad, good)
    for _ in range(3):
        await desk.quotes([AAPL], fresh=True)
    assert len(bad.calls) == 3
    await desk.quotes([AAPL], fresh=True)
    assert len(bad.calls) == 3
    assert next(row for row in desk.status.providers() if row.provider == "alpha").state == "down"


async def test_a_failure_wrapped_into_every_answer_counts_against_the_provider(make_desk):
    source = Source()
    source.answer = {AAPL.key: Missing(reason=Reason.OFFLINE, detail="alpha: no network")}
    desk = make_desk(source)
    missing = (await desk.quotes([AAPL]))[AAPL.key]
    assert missing.detail == "Alpha: no network"
    assert desk.status.offline()


async def test_bars_of_the_wrong_shape_are_refused(make_desk):
    import polars as pl

    source = Source()

    async def bars(instrument, request):
        return Bars(
            key=instrument.key, interval=request.interval, frame=pl.DataFrame({"a": [1]}), provenance=source.origin()
        )

    source.bars = bars
    desk = make_desk(source)
    with pytest.raises(DataMissingError, match="bad answer"):
        await desk.bars(AAPL, REQUEST)


async def test_equal_questions_for_bars_share_a_call_and_are_kept(make_desk, clock):
    source = Source()
    source.pause = 0.01
    desk = make_desk(source)
    first, second = await asyncio.gather(desk.bars(AAPL, REQUEST), desk.bars(AAPL, REQUEST))
    assert first.frame.equals(second.frame)
    clock.advance(10)
    assert (await desk.bars(AAPL, REQUEST)).provenance.tier is Tier.MEMORY
    assert len(source.calls) == 1


async def test_intervals_nobody_offers_are_built_from_finer_ones(make_desk):
    source = Source(intervals=(Interval.M1, Interval.M5, Interval.D1))
    desk = make_desk(source)
    hour = BarRequest(interval=Interval.H1, start=START - START % (3_600 * 10**9), end=START)
    bars = await desk.bars(AAPL, hour)
    assert source.calls[0][1].interval is Interval.M5
    assert "built from 5m bars" in bars.provenance.notes
    weekly = await desk.bars(AAPL, BarRequest(interval=Interval.W1, start=REQUEST.start, end=REQUEST.end))
    assert weekly.interval is Interval.W1


async def test_without_network_stored_bars_come_with_their_age(make_desk, clock):
    source = Source()
    desk = make_desk(source)
    await desk.bars(AAPL, REQUEST)
    await desk.flush()
    clock.advance(3 * 86_400)
    source.fails(Reason.OFFLINE, "no network")
    bars = await desk.bars(AAPL, REQUEST)
    assert bars.provenance.tier is Tier.STORE
    assert bars.provenance.notes[-2:] == ("stored 3 d ago", "Alpha: no network")


async def test_single_answers_are_kept_refused_and_explained(make_desk, clock):
    source = Source()
    desk = make_desk(source)
    assert (await desk.profile(AAPL)).name == "AAPL"
    await desk.profile(AAPL)
    assert [name for name, _ in source.calls] == ["profile"]
    assert desk.explain(AAPL.key, "profile")[0].provider == "alpha"
    source.fails(Reason.NO_DATA, "no book today")
    for _ in range(2):
        with pytest.raises(DataMissingError, match="no book today"):
            await desk.book(AAPL)
    assert [name for name, _ in source.calls] == ["profile", "book"]


async def test_a_search_asks_providers_only_for_what_the_master_does_not_know(make_desk):
    source = Source()
    desk = make_desk(source)
    assert [one.symbol for one in await desk.search("zzz")] == ["ZZZ"]
    source.error = ValueError("down")
    assert [one.symbol for one in await desk.search("zzz")] == ["ZZZ"]
    assert await desk.search("yyy") == []


async def test_a_find_without_its_venue_is_not_listed_beside_the_same_with_one(make_desk):
    exact, vague = Source("exact"), Source("vague")
    desk = make_desk(exact, vague)

    async def without_venue(text, limit):
        return [msgspec.structs.replace(stock(text.upper()), venue="")]

    vague.search = without_venue
    assert [one.venue for one in await desk.search("zzz")] == ["XNAS"]


async def test_states_go_from_idle_over_ok_and_degraded_to_down(make_desk, clock):
    source = Source()
    desk = make_desk(source)

    def state():
        return desk.status.providers()[0].state

    assert state() == "idle"
    for _ in range(5):
        await desk.quotes([AAPL], fresh=True)
    assert state() == "ok"
    source.fails(Reason.PROVIDER_ERROR, "500")
    await desk.quotes([AAPL], fresh=True)
    assert state() == "degraded"
    for _ in range(2):
        await desk.quotes([AAPL], fresh=True)
    row = desk.status.providers()[0]
    assert (row.state, row.calls, row.errors, row.last_error) == ("down", 8, 3, "500")
    assert row.p50_ms is not None
