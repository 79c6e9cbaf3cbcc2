"""The store behind the desk: first paint, failures, figures."""

from __future__ import annotations

import asyncio

import pytest
from vendors.sources import START, Source, stock

from financehub_tui.clock import ManualClock
from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.line import LIVE_STATES
from financehub_tui.errors import DataMissingError, StoreError
from financehub_tui.market.bars import BarRequest
from financehub_tui.market.instrument import AssetClass
from financehub_tui.market.provenance import Missing, Reason, Tier
from financehub_tui.market.quote import Trade
from financehub_tui.storage.duckdb import open_store

AAPL = stock("AAPL")
DAY = 86_400 * 1_000_000_000
REQUEST = BarRequest(start=START - 60 * DAY, end=START)


async def failing_store():
    raise StoreError("the disk is full")


async def shown(desk, but):
    """Apple's quote once it shows another price than `but`."""
    for _ in range(2_000):
        quote = desk.live.quote(AAPL.key)
        if not isinstance(quote, Missing) and quote.last != but:
            break
        await asyncio.sleep(0.01)
    return quote


async def test_a_screen_gets_stored_bars_first_and_is_told_when_fresh_ones_are_there(make_desk, clock):
    source = Source()
    desk = make_desk(source, stale_first=True)
    await desk.bars(AAPL, REQUEST)
    await desk.flush()
    clock.advance(4_000)
    desk.live.drain("screen")
    source.pause = 0.02
    first = await desk.bars(AAPL, REQUEST)
    assert first.provenance.tier is Tier.STORE
    await asyncio.sleep(0.1)
    assert AAPL.key in desk.live.drain("screen")
    assert (await desk.bars(AAPL, REQUEST)).provenance.tier is Tier.MEMORY


async def test_stored_bars_that_do_not_cover_the_window_are_not_given_for_it(make_desk, clock):
    source = Source()
    desk = make_desk(source, stale_first=True)
    await desk.bars(AAPL, REQUEST)
    await desk.flush()
    longer = BarRequest(start=START - 900 * DAY, end=START)
    assert (await desk.bars(AAPL, longer)).provenance.tier is Tier.LIVE


async def test_stale_bars_are_given_and_renewed_and_a_refusal_is_remembered(make_desk, clock):
    source = Source()
    desk = make_desk(source)
    await desk.bars(AAPL, REQUEST)
    clock.advance(400)
    await desk.bars(AAPL, REQUEST)
    await asyncio.sleep(0.05)
    assert len(source.calls) == 2
    source.fails(Reason.NO_DATA, "nothing then")
    other = BarRequest(start=START - 5 * DAY, end=START)
    for _ in range(2):
        with pytest.raises(DataMissingError, match="nothing then"):
            await desk.bars(AAPL, other)
    assert len(source.calls) == 3


async def test_the_first_paint_of_a_subscription_is_the_stored_quote(make_desk, clock):
    source = Source()
    desk = make_desk(source, stale_first=True)
    await desk.quotes([AAPL])
    await desk.flush()
    clock.advance(7_200)
    source.pause, source.price = 0.5, 130.0
    desk.subscribe([AAPL])
    first = await shown(desk, but=None)
    assert first.provenance.mark == "CACHED"
    assert (await shown(desk, but=first.last)).last == 130.0


async def test_without_network_stored_trades_are_shown(make_desk):
    source = Source(stream=True)
    desk = make_desk(source)
    desk.parts.writer.trade(Trade(key=AAPL.key, time=START, price=9.0, size=1.0, id="1", provider="alpha"))
    await desk.flush()
    source.fails(Reason.OFFLINE, "no network")
    assert [trade.price for trade in await desk.trades(AAPL)] == [9.0]


async def test_a_store_that_cannot_be_opened_is_said_once_and_everything_else_works(make_desk):
    source = Source()
    desk = make_desk(source)
    desk.door._make = failing_store
    assert (await desk.quotes([AAPL]))[AAPL.key].last == 100.0
    for _ in range(2):
        with pytest.raises(StoreError, match="disk is full"):
            await desk.flush()
    assert desk.notices == ["Nothing is stored: the disk is full"]
    source.fails(Reason.OFFLINE, "no network")
    assert isinstance((await desk.quotes([AAPL], fresh=True))[AAPL.key], Missing)


async def test_a_closed_store_stays_closed():
    door = StoreDoor(lambda: open_store(None, clock=ManualClock(START)))
    await door.open()
    await door.close()
    with pytest.raises(StoreError, match="closed"):
        await door.open()


async def test_figures_of_store_and_memory_are_told(make_desk):
    desk = make_desk(Source(stream=True))
    await desk.quotes([AAPL])
    await desk.flush()
    await desk.status.snapshot()
    tiers = {(row.tier, row.kind): row for row in desk.status.caches()}
    assert tiers["STORE", "quotes"].entries == 1
    assert tiers["MEMORY", "quote"].entries == 1


async def test_a_feed_that_cannot_be_made_or_told_leaves_polling(make_desk):
    source = Source(stream=True)
    source.feed = lambda sink: (_ for _ in ()).throw(RuntimeError("no feed today"))
    desk = make_desk(source)
    desk.subscribe([AAPL])
    await asyncio.sleep(0.02)
    assert [row.state for row in desk.status.feeds()] == ["polling"]


async def test_a_feed_that_cannot_tell_its_health_counts_as_closed(make_desk):
    source = Source(stream=True)
    desk = make_desk(source)
    desk.subscribe([AAPL])
    await asyncio.sleep(0.02)
    source.feeds[0].health = lambda: 1 / 0
    row = desk.status.feeds()[0]
    assert row.state == "closed" and "division" in row.detail
    assert row.state not in LIVE_STATES


async def test_a_provider_whose_symbol_lookup_fails_does_not_carry_the_instrument(make_desk):
    source = Source()
    source.symbol = lambda instrument: 1 / 0
    desk = make_desk(source)
    assert (await desk.quotes([AAPL]))[AAPL.key].reason is Reason.UNKNOWN_SYMBOL


async def test_an_order_book_or_tape_that_fails_while_polled_is_told(make_desk, clock):
    source = Source()
    desk = make_desk(source)
    desk.subscribe([AAPL], ("book", "trade"))
    await asyncio.sleep(0.02)
    source.fails(Reason.OFFLINE, "no network")
    clock.advance(6)
    await desk.polls.run()
    assert "no network" in desk.live.book(AAPL.key).detail


async def test_other_asset_classes_are_not_asked_of_a_provider_that_lacks_them(make_desk):
    import msgspec

    source = Source()
    desk = make_desk(source)
    coin = msgspec.structs.replace(AAPL, asset_class=AssetClass.CRYPTO)
    assert (await desk.quotes([coin]))[coin.key].reason is Reason.NOT_OFFERED
    assert source.calls == []
