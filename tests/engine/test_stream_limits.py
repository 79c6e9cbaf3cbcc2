"""What a source's stream has no room for: another one streams it, or it is polled within budget, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import pytest
from vendors.finnhub import KEY, FinnhubVendor
from vendors.keypool import key_pool
from vendors.naps import Naps
from vendors.places import share
from vendors.sources import Source, SourceFeed, stock

from financehub_tui.clock import NANOS
from financehub_tui.engine.catalog import Entry
from financehub_tui.engine.line import BROKEN_AFTER
from financehub_tui.figures import StreamChanged
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Tier
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.providers.finnhub import FinnhubProvider

FIVE = [stock(symbol) for symbol in ("AAA", "BBB", "CCC", "DDD", "EEE")]
BEYOND = {one.key for one in FIVE[3:]}
POLLED = "polled: Alpha does not stream it"
LENT = "stands in for Alpha, whose stream has no room for it"


class NarrowFeed(SourceFeed):
    """Streams the first three of what it is asked for."""

    room = 3

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        self.wanted = {kind: list(instruments) for kind, instruments in wanted.items()}

    def unstreamed(self) -> Mapping[str, Collection[str]]:
        return {kind: [one.key for one in instruments[self.room :]] for kind, instruments in self.wanted.items()}


class Narrow(Source):
    def feed(self, sink):
        self.feeds.append(NarrowFeed(sink, self.spec.id))
        return self.feeds[-1]


async def until(true) -> None:
    for _ in range(1_000):
        if true():
            return
        await asyncio.sleep(0.005)
    assert true()


async def turn(desk, clock, seconds: float = 1.0) -> None:
    clock.advance(seconds)
    await desk.polls.run()


async def subscribed(desk, instruments=FIVE, *kinds: str):
    subscription = desk.subscribe(list(instruments), kinds or ("quote",))
    await asyncio.sleep(0.03)
    return subscription


async def test_what_a_stream_has_no_room_for_is_polled_and_says_so(make_desk, clock):
    alpha = Narrow("alpha", stream=True, time=clock.now)
    desk = make_desk(alpha)
    await subscribed(desk)
    assert set(desk.polls.wanted()["quote"]) == BEYOND
    await turn(desk, clock)
    for one in FIVE[3:]:
        quote = desk.live.quote(one.key)
        assert isinstance(quote, Quote) and POLLED in quote.provenance.notes
        assert (quote.provenance.endpoint, quote.provenance.tier) == ("quote", Tier.LIVE)
        assert POLLED in desk.explain(one.key, "quote")[0].notes
    details = {row.name: (row.symbols, row.detail) for row in desk.status.feeds()}
    assert details["polling"][0] == 2 and details["alpha stream"][1] == "2 of its wishes are polled"


async def test_a_poll_of_what_is_not_streamed_is_newer_than_the_one_before(make_desk, clock):
    alpha = Narrow("alpha", stream=True, time=clock.now)
    desk = make_desk(alpha)
    await subscribed(desk)
    for price in (101.0, 102.0):
        alpha.price = price
        await turn(desk, clock, 6.0)
        assert {desk.live.quote(one.key).last for one in FIVE[3:]} == {price}


async def test_another_providers_stream_comes_before_polling(make_desk, clock):
    alpha, beta = Narrow("alpha", stream=True), Source("beta", stream=True)
    desk = make_desk(alpha, beta)
    told: list[StreamChanged] = []
    desk.add_event_listener(StreamChanged, told.append)
    await subscribed(desk)
    assert {one.key for one in beta.feeds[0].wanted["quote"]} == BEYOND and desk.polls.wanted() == {}
    beta.feeds[0].sink.trade(Trade(key=FIVE[3].key, time=clock.now(), price=70.0, size=1.0, provider="beta"))
    quote = desk.live.quote(FIVE[3].key)
    assert (quote.last, quote.provenance.provider) == (70.0, "beta") and LENT in quote.provenance.notes
    details = {row.provider: row.detail for row in desk.status.feeds()}
    assert details == {"alpha": "Beta stands in for 2 of its wishes", "beta": "stands in for Alpha"}
    for _ in range(30):
        await turn(desk, clock)
    assert told == []


async def test_where_the_other_stream_is_full_too_the_rest_is_polled(make_desk):
    alpha, beta = Narrow("alpha", stream=True), Narrow("beta", stream=True)
    desk = make_desk(alpha, beta)
    await subscribed(desk, [*FIVE, stock("FFF"), stock("GGG")])
    assert {one.symbol for one in beta.feeds[0].wanted["quote"]} == {"DDD", "EEE", "FFF", "GGG"}
    assert set(desk.polls.wanted()["quote"]) == {stock("GGG").key}


async def test_room_that_becomes_free_is_used(make_desk):
    alpha = Narrow("alpha", stream=True)
    desk = make_desk(alpha)
    subscription = await subscribed(desk)
    subscription.set(FIVE[2:])
    await asyncio.sleep(0.03)
    assert desk.polls.wanted() == {}
    alpha.feeds[0].sink.top(FIVE[4].key, 2_000_000_000 * NANOS, 1.0, 1.0, 2.0, 1.0)
    assert POLLED not in desk.live.quote(FIVE[4].key).provenance.notes


async def test_a_stream_that_turns_something_down_later_leaves_it_to_polling(make_desk, clock):
    alpha = Narrow("alpha", stream=True)
    desk = make_desk(alpha)
    await subscribed(desk)
    alpha.feeds[0].room = 1
    await turn(desk, clock)
    assert len(desk.polls.wanted()["quote"]) == 4


async def test_a_full_stream_that_breaks_down_is_polled_whole(make_desk, clock):
    alpha = Narrow("alpha", stream=True, time=clock.now)
    desk = make_desk(alpha)
    await subscribed(desk)
    alpha.feeds[0].state = "waiting"
    for _ in range(int(BROKEN_AFTER) + 10):
        await turn(desk, clock)
    assert set(desk.polls.wanted()["quote"]) == {one.key for one in FIVE}


async def test_a_feed_that_cannot_say_what_it_streams_streams_all_of_it(make_desk):
    class Broken(NarrowFeed):
        def unstreamed(self):
            raise RuntimeError("no idea")

    alpha = Narrow("alpha", stream=True)
    alpha.feed = lambda sink: Broken(sink, "alpha")
    desk = make_desk(alpha)
    await subscribed(desk)
    assert desk.polls.wanted() == {}


NAMES = [share(f"S{number}") for number in range(60)]
A_MINUTE = 60
"""Calls a free key of Finnhub may make."""


@pytest.fixture
async def finnhub(make_desk, clock):
    clock.set(1_779_119_400 * NANOS)
    async with FinnhubVendor(now=clock.now() // NANOS) as server:
        pool = key_pool("finnhub", clock, main=KEY)
        provider = FinnhubProvider(
            clock,
            keys=pool,
            rest_url=server.url,
            stream_url=server.ws_url,
            sleep=Naps(clock),
        )
        desk = make_desk(entries=(Entry("finnhub", "Finnhub", lambda: provider),))
        await subscribed(desk, NAMES)
        await until(lambda: all(isinstance(desk.live.quote(one.key), Quote) for one in NAMES))
        await until(lambda: len(server.subscribed[0]) == 50)
        desk.parts.router.health.of("finnhub").limits = lambda: tuple(pool.budget(pool.keys[0]).state())
        yield server, desk


async def test_shares_beyond_a_free_keys_fifty_are_polled_within_the_minutes_budget(finnhub, clock):
    server, desk = finnhub
    clock.advance(70.0)
    for _ in range(4):
        before = server.count("/quote")
        for _ in range(12):
            server.now = clock.now() // NANOS + 300
            await server.push("S0", {"p": 100.0, "t": clock.now() // 1_000_000, "v": 1, "c": []})
            await turn(desk, clock, 5.0)
        assert set(desk.polls.wanted()["quote"]) == {one.key for one in NAMES[50:]}
        assert 20 <= server.count("/quote") - before <= A_MINUTE * 0.7
        for one in NAMES[50:]:
            quote = desk.live.quote(one.key)
            assert quote.time > clock.now() - 60 * NANOS and quote.provenance.endpoint == "quote"
            assert "polled: Finnhub does not stream it" in quote.provenance.notes
