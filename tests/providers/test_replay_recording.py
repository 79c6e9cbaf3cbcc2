"""Replay of the bundled Binance recording: exact, deterministic, never ahead of the clock."""

from __future__ import annotations

import asyncio
import json

import pytest

from financehub_tui.clock import ManualClock
from financehub_tui.engine.bars import bar_frame
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.engine.source import Source
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Provenance, Tier
from financehub_tui.providers.bundled.data import BundledData
from financehub_tui.providers.replay.provider import ReplayProvider

SECOND = 1_000_000_000
BTC = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSDT", venue="BINANCE", currency="USDT", decimals=2)


@pytest.fixture(scope="module")
def data():
    return BundledData("crypto")


@pytest.fixture(scope="module")
def frames(data):
    """The first three minutes or so."""
    limit = data.catalogue.start + 120 * SECOND
    found = []
    for received, payload in data.recorded_frames("BTCUSDT"):
        if received > limit:
            break
        found.append((received, payload))
    return found


class Cut:
    """A short recording."""

    def __init__(self, frames):
        self.frames = frames

    def recorded_frames(self, symbol):
        return iter(self.frames)


def provider_over(frames, clock):
    return ReplayProvider(clock, Cut(frames), ["BTCUSDT"])


async def test_two_runs_at_different_speeds_end_with_the_same_book_and_trades(data, frames):
    ends = []
    for step in (120 * SECOND, 250_000_000):
        clock = ManualClock(data.catalogue.start)
        provider = provider_over(frames, clock)
        while clock.now() < data.catalogue.start + 120 * SECOND:
            clock.set(clock.now() + step)
            await provider.catch_up(BTC)
        book = await provider.book(BTC, 200)
        ends.append((book.bids, book.asks, book.sequence, await provider.trades(BTC, 500)))
    assert ends[0] == ends[1]
    assert len(ends[0][3]) == 500


async def test_the_book_equals_an_independent_rebuild_and_never_crosses(data, frames):
    clock = ManualClock(data.catalogue.start)
    provider = provider_over(frames, clock)
    tape = await provider.open(BTC)
    while tape.play(frames[-1][0], 500):
        if (held := tape.relay.books.get(BTC.key)) is not None:
            assert not held[1].crossed
    rebuilt = rebuild(frames)
    book = tape.relay.books[BTC.key][1].to_book(0, 1_000_000)
    for levels, side in ((book.bids, "b"), (book.asks, "a")):
        assert {level.price: level.size for level in levels} == rebuilt[side]


def rebuild(frames):
    """The documented procedure in a few lines of plain dictionaries."""
    sides, last, waiting = None, 0, []
    for _, payload in frames:
        message = json.loads(payload)
        message = message.get("data", message)
        if "lastUpdateId" in message:
            last = message["lastUpdateId"]
            sides = {
                name: {float(p): float(q) for p, q in message[key]} for name, key in (("b", "bids"), ("a", "asks"))
            }
            for event in waiting:
                last = change(sides, event, last)
        elif message.get("e") == "depthUpdate":
            if sides is None:
                waiting.append(message)
            else:
                last = change(sides, message, last)
    return sides


def change(sides, event, last):
    if event["u"] <= last:
        return last
    assert event["U"] <= last + 1
    for name in ("b", "a"):
        for price, size in event[name]:
            sides[name][float(price)] = float(size)
            if not float(size):
                del sides[name][float(price)]
    return event["u"]


async def test_nothing_is_played_ahead_of_the_clock(data, frames):
    clock = ManualClock(frames[0][0])
    provider = provider_over(frames, clock)
    tape = await provider.catch_up(BTC)
    assert tape.position <= clock.now() < tape.next_due()


async def test_quotes_trades_and_bars_are_marked_as_replayed(data, frames):
    clock = ManualClock(data.catalogue.start + 60 * SECOND)
    provider = provider_over(frames, clock)
    quote = (await provider.quotes([BTC]))[BTC.key]
    assert quote.provenance.tier is Tier.REPLAY
    assert quote.bid < quote.ask
    bars = await provider.bars(BTC, BarRequest(interval=Interval.M1, start=frames[0][0] - 60 * SECOND, end=clock.now()))
    assert bars.forming and bars.provenance.mark == "REPLAY"
    assert bars.frame["close"][-1] == (await provider.trades(BTC, 1))[0].price
    other = Instrument(asset_class=AssetClass.CRYPTO, symbol="SOLUSDT", venue="BINANCE", currency="USDT")
    assert provider.symbol(other) is None
    with pytest.raises(ProviderError, match="no reference data"):
        await provider.profile(BTC)


async def test_a_frame_that_cannot_be_read_is_counted_and_passed_over(data, frames):
    broken = [*frames[:100], (frames[100][0], b'{"stream":"btcusdt@trade","data":{"p":'), *frames[100:200]]
    clock = ManualClock(frames[199][0])
    tape = await provider_over(broken, clock).catch_up(BTC)
    assert (tape.errors, tape.played) == (1, 201)


async def test_the_feed_winds_forward_then_follows_the_clock_and_says_when_it_is_over(data, frames):
    clock = ScenarioClock(data.catalogue.start, data.catalogue.start + 60 * SECOND, base=ManualClock(0), paused=True)
    provider = provider_over(frames[: len(frames) // 2], clock)
    book = QuoteBook(clock)
    book.register(BTC)
    feed = provider.feed(book.sink(Source("replay", "stream", Tier.REPLAY, stream=True)))
    feed.want({"quote": [BTC], "trade": [BTC], "book": [BTC]})
    running = asyncio.create_task(feed.run())
    await asyncio.sleep(0.15)
    played = feed.health()[0].messages
    assert played > 500
    assert not book.book(BTC.key, 5).crossed
    clock.step(5)
    await asyncio.sleep(0.15)
    assert feed.health()[0].messages > played
    clock.step(100)
    await asyncio.sleep(0.3)
    assert "ended" in feed.health()[0].detail
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_feed_that_joins_late_is_told_what_was_played_before(data, frames):
    clock = ScenarioClock(data.catalogue.start, data.catalogue.end, base=ManualClock(0), paused=True)
    provider = provider_over(frames, clock)
    await provider.catch_up(BTC)
    book = QuoteBook(clock)
    book.register(BTC)
    feed = provider.feed(book.sink(Source("replay", "stream", Tier.REPLAY, stream=True)))
    feed.want({"quote": [BTC]})
    running = asyncio.create_task(feed.run())
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(book.trades(BTC.key)) > 10
    assert book.quote(BTC.key).bid is not None


class SlowHistory:
    """The day before the recording, which takes its time to come."""

    def symbol(self, instrument):
        return instrument.symbol

    async def bars(self, instrument, request):
        await asyncio.sleep(0.05)
        bar = (request.start, 55_044.0, 62_000.0, 54_000.0, 61_000.0, 1_000.0)
        origin = Provenance(provider="bundled", tier=Tier.STORE, as_of=request.end, fetched_at=request.end)
        return Bars(key=instrument.key, interval=request.interval, frame=bar_frame([bar]), provenance=origin)


async def test_who_asks_while_the_recording_is_opened_is_told_the_day_before_too(data, frames):
    clock = ManualClock(data.catalogue.start + 60 * SECOND)
    provider = ReplayProvider(clock, Cut(frames), ["BTCUSDT"], SlowHistory())
    first, second = await asyncio.gather(provider.quotes([BTC]), provider.quotes([BTC]))
    assert first[BTC.key].previous_close == second[BTC.key].previous_close == 55_044.0
    assert (await provider.quotes([BTC]))[BTC.key].previous_close == 55_044.0
