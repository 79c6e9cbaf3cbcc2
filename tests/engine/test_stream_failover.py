"""A stream that stays dead: another provider's stands in, marked, until the first has recovered."""

from __future__ import annotations

import asyncio

import pytest
from vendors.sources import START, Source, stock

from financehub_tui.engine.line import BROKEN_AFTER, SOUND_AFTER
from financehub_tui.figures import StreamChanged
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote, Trade

AAPL, MSFT = stock("AAPL"), stock("MSFT")
KINDS = ("quote", "trade", "book")
MARK = "stands in for Alpha, whose stream is down"


def trade(number: int, price: float, provider: str) -> Trade:
    return Trade(key=AAPL.key, time=START + number, price=price, size=1.0, id=str(number), provider=provider)


def levels(price: float) -> L2Book:
    book = L2Book(AAPL.key, 2)
    book.snapshot([(price, 1.0)], [(price + 1, 1.0)], 1)
    return book


class Pair:
    """Two providers of the same streams, the first of them wanted."""

    def __init__(self, make_desk, clock, **second) -> None:
        self.alpha, self.beta = Source("alpha", stream=True), Source("beta", **({"stream": True} | second))
        self.desk, self.clock = make_desk(self.alpha, self.beta), clock
        self.told: list[StreamChanged] = []
        self.desk.add_event_listener(StreamChanged, self.told.append)

    async def subscribe(self, *kinds: str, instruments=(AAPL,)):
        subscription = self.desk.subscribe(list(instruments), kinds or KINDS)
        await asyncio.sleep(0.03)
        return subscription

    @property
    def first(self):
        return self.alpha.feeds[-1]

    @property
    def second(self):
        return self.beta.feeds[-1]

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        for _ in range(int(seconds / step)):
            self.clock.advance(step)
            await self.desk.polls.run()
        await asyncio.sleep(0)

    async def break_down(self, state: str = "waiting") -> None:
        self.first.state = state
        await self.pass_time(BROKEN_AFTER + 2)


@pytest.fixture
def pair(make_desk, clock):
    return Pair(make_desk, clock)


async def test_another_providers_stream_takes_over_and_the_values_say_so(pair):
    await pair.subscribe()
    pair.first.sink.trade(trade(1, 100.0, "alpha"))
    await pair.break_down()
    assert {one.symbol for one in pair.second.wanted["quote"]} == {"AAPL"} and pair.second.running
    pair.second.sink.trade(trade(2, 200.0, "beta"))
    pair.second.sink.book(AAPL.key, START + 2, levels(200.0))
    quote = pair.desk.live.quote(AAPL.key)
    assert (quote.last, quote.provenance.provider, quote.provenance.notes) == (200.0, "beta", (MARK,))
    assert MARK in pair.desk.live.book(AAPL.key).provenance.notes
    assert MARK in pair.desk.explain(AAPL.key, "quote")[0].notes
    detail = {row.provider: row.detail for row in pair.desk.status.feeds()}
    assert detail == {"alpha": "Beta stands in for 3 of its wishes", "beta": "stands in for Alpha"}
    assert pair.desk.polls.wanted() == {}


async def test_no_trade_or_level_of_one_source_stands_among_those_of_the_other(pair):
    await pair.subscribe()
    pair.first.sink.trade(trade(1, 100.0, "alpha"))
    pair.first.sink.book(AAPL.key, START, levels(100.0))
    await pair.break_down()
    pair.second.sink.trade(trade(2, 200.0, "beta"))
    pair.second.sink.book(AAPL.key, START + 2, levels(200.0))
    pair.first.sink.trade(trade(3, 101.0, "alpha"))
    pair.first.sink.top(AAPL.key, START + 3, 99.0, 1.0, 101.0, 1.0)
    pair.first.sink.ticker(Quote(key=AAPL.key, time=START + 3, last=101.0))
    pair.first.sink.book(AAPL.key, START + 3, levels(101.0))
    pair.first.sink.book_lost(AAPL.key, Missing(reason=Reason.PENDING, detail="gap"))
    assert {one.provider for one in pair.desk.live.trades(AAPL.key)} == {"beta"}
    assert (pair.desk.live.quote(AAPL.key).last, pair.desk.live.quote(AAPL.key).bid) == (200.0, None)
    assert pair.desk.live.book(AAPL.key).bids[0].price == 200.0


async def test_bars_built_from_live_trades_begin_anew_with_another_source(pair):
    await pair.subscribe("trade")
    pair.first.sink.trade(trade(1, 100.0, "alpha"))
    await pair.break_down()
    pair.second.sink.trade(trade(2, 200.0, "beta"))
    _, forming = pair.desk.live_bars.minutes(AAPL.key)
    assert forming is not None and forming[1:5] == (200.0, 200.0, 200.0, 200.0)


async def test_the_first_goes_on_trying_and_gets_its_instruments_back_when_it_is_sound(pair):
    await pair.subscribe()
    await pair.break_down()
    pair.second.sink.trade(trade(2, 200.0, "beta"))
    assert {one.symbol for one in pair.first.wanted["quote"]} == {"AAPL"} and pair.first.running == 1
    pair.first.state = "live"
    await pair.pass_time(SOUND_AFTER - 2)
    assert pair.second.running == 1
    await pair.pass_time(4)
    assert pair.second.running == 0
    pair.first.sink.trade(trade(3, 101.0, "alpha"))
    quote = pair.desk.live.quote(AAPL.key)
    assert (quote.last, quote.provenance.provider, quote.provenance.notes) == (101.0, "alpha", ())
    assert [one.provider for one in pair.desk.live.trades(AAPL.key)] == ["alpha"]
    assert [row.detail for row in pair.desk.status.feeds()] == [""]


async def test_break_down_and_recovery_are_told_once_each(pair):
    await pair.subscribe(instruments=(AAPL, MSFT))
    await pair.break_down()
    await pair.pass_time(20)
    pair.first.state = "live"
    await pair.pass_time(SOUND_AFTER + 20)
    told = [(event.provider, event.degraded, event.instruments, event.instead) for event in pair.told]
    assert told == [("alpha", True, 2, ("Beta",)), ("alpha", False, 2, ())]


async def test_a_short_interruption_moves_nothing(pair):
    await pair.subscribe()
    pair.first.state = "waiting"
    await pair.pass_time(BROKEN_AFTER - 3)
    pair.first.state = "live"
    await pair.pass_time(30)
    assert pair.beta.feeds == [] and pair.told == []


async def test_a_stream_that_comes_and_goes_is_broken(pair):
    await pair.subscribe()
    for _ in range(8):
        pair.first.state = "live"
        await pair.pass_time(2)
        pair.first.state = "connecting"
        await pair.pass_time(2)
    assert pair.beta.feeds and pair.second.running == 1
    assert [event.degraded for event in pair.told] == [True]


async def test_silence_alone_is_polled_and_moves_nothing(pair):
    await pair.subscribe("quote")
    await pair.break_down("silent")
    assert pair.beta.feeds == []
    await pair.pass_time(10)
    assert set(pair.desk.polls.wanted()) == {"quote"}


async def test_where_nobody_can_stand_in_it_is_polled(make_desk, clock):
    pair = Pair(make_desk, clock, stream=False)
    await pair.subscribe("quote")
    await pair.break_down()
    await pair.pass_time(10)
    assert set(pair.desk.polls.wanted()["quote"]) == {AAPL.key}
    assert [event.instead for event in pair.told] == [("polling",)]


async def test_a_stand_in_that_breaks_down_too_leaves_it_to_polling(pair):
    await pair.subscribe("quote")
    await pair.break_down()
    pair.second.state = "waiting"
    await pair.pass_time(2 * BROKEN_AFTER)
    assert set(pair.desk.polls.wanted()["quote"]) == {AAPL.key}
    assert [(event.provider, event.degraded) for event in pair.told] == [("alpha", True), ("beta", True)]
    pair.desk.streams.rearrange()
    assert (len(pair.beta.feeds), pair.second.running) == (1, 1)
    pair.second.state = "live"
    await pair.pass_time(SOUND_AFTER + 3)
    assert pair.desk.polls.wanted() == {} and pair.told[-1].provider == "beta" and not pair.told[-1].degraded


async def test_polled_trades_of_another_source_never_join_a_streamed_tape(pair):
    await pair.subscribe("trade")
    pair.first.sink.trade(trade(1, 100.0, "alpha"))
    pair.desk.live.apply_trades(AAPL.key, [trade(2, 200.0, "beta")])
    assert "beta" not in {one.provider for one in pair.desk.live.trades(AAPL.key)}
    pair.clock.advance(600)
    pair.desk.live.apply_trades(AAPL.key, [trade(2, 200.0, "beta")])
    assert {one.provider for one in pair.desk.live.trades(AAPL.key)} == {"beta"}


async def test_quotes_and_trades_of_two_providers_do_not_clear_each_other(make_desk, clock):
    quotes, trades = Source("alpha", stream=True), Source("beta", stream=True)
    quotes.unknown = set()
    desk = make_desk(quotes, trades)
    desk.providers.force("beta")
    plain = desk.parts.router.candidates
    desk.parts.router.candidates = lambda kind, one, interval=None: (
        [c for c in plain(kind, one, interval)[0] if (c.entry.id == "alpha") == (kind == "quote")],
        [],
    )
    desk.subscribe([AAPL], ("quote", "trade"))
    await asyncio.sleep(0.03)
    quotes.feeds[0].sink.top(AAPL.key, START + 1, 99.0, 1.0, 101.0, 1.0)
    trades.feeds[0].sink.trade(trade(2, 100.0, "beta"))
    quotes.feeds[0].sink.ticker(Quote(key=AAPL.key, time=START + 3, volume=5.0))
    quote = desk.live.quote(AAPL.key)
    assert (quote.bid, quote.volume, quote.provenance.provider) == (99.0, 5.0, "alpha")
    quotes.feeds[0].sink.trade(trade(4, 100.5, "alpha"))
    assert desk.live.quote(AAPL.key).last == 100.5
    assert {one.provider for one in desk.live.trades(AAPL.key)} == {"beta"}
