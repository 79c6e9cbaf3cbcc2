"""A streamed price ten times off what was known is held back until another source or the market confirms it."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors.sources import START, Source, stock

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.engine.doubts import ASK_AGAIN, CONFIRMING, HELD, PATIENCE, REMEMBERED
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.secondopinion import AT_ONCE
from financehub_tui.engine.source import Source as Origin
from financehub_tui.figures import DataDisagreement
from financehub_tui.market.provenance import Delay, Missing, Provenance, Reason, Tier
from financehub_tui.market.quote import Quote, Trade

AAPL = stock("AAPL")
KEY = AAPL.key


def trade(number: int, price: float, provider: str = "alpha") -> Trade:
    return Trade(key=KEY, time=START + number * NANOS, price=price, size=1.0, id=str(number), provider=provider)


class Market:
    """A stream of alpha, which knows 100 from a call; beta may be asked what it says."""

    def __init__(self, make_desk, clock, *others: Source) -> None:
        self.alpha = Source("alpha", stream=True, time=lambda: START)
        self.desk, self.clock = make_desk(self.alpha, *others), clock
        self.live = self.desk.live
        self.told: list[DataDisagreement] = []
        self.desk.add_event_listener(DataDisagreement, self.told.append)

    async def open(self) -> None:
        self.desk.subscribe([AAPL], ("quote", "trade"))
        await asyncio.sleep(0.03)
        self.sink = self.alpha.feeds[0].sink
        self.sink.trade(trade(1, 100.0))

    async def settle(self) -> None:
        await asyncio.sleep(0.02)

    @property
    def last(self) -> float | None:
        quote = self.live.quote(KEY)
        return quote.last if isinstance(quote, Quote) else None

    @property
    def notes(self) -> tuple[str, ...]:
        return self.live.quote(KEY).provenance.notes

    @property
    def taped(self) -> list[float]:
        return [one.price for one in self.live.trades(KEY) if int(one.id) < 1_000 and one.time > START]


@pytest.fixture
async def alone(make_desk, clock):
    market = Market(make_desk, clock)
    await market.open()
    return market


async def beside(make_desk, clock, price: float, **kept) -> Market:
    beta = Source("beta", price=price, time=clock.now, **kept)
    market = Market(make_desk, clock, beta)
    market.beta = beta
    await market.open()
    return market


@pytest.mark.parametrize("price", [10_000.0, 1_000.0, 10.0, 1.0])
async def test_it_is_shown_nowhere_and_told_with_both_values(alone, price, caplog):
    heard: list[float] = []
    alone.live.taps = (*alone.live.taps, tap := Heard(heard))
    caplog.set_level(logging.WARNING)
    alone.sink.trade(trade(2, price))
    await alone.settle()
    assert alone.last == 100.0 and price not in alone.taped and heard == [] and tap
    [event] = alone.told
    assert (event.key, event.field, event.confidence) == (KEY, "last", 0.0)
    assert event.values == {"Alpha": price, "Alpha before": 100.0} and event.findings
    words = f"{price:,.10g} by Alpha is held back: 100 was the price before"
    assert any(words in note for note in alone.notes)
    origins = alone.desk.explain(KEY, "quote")
    assert any(isinstance(one, Missing) and words in one.detail and one.reason is Reason.BAD_ANSWER for one in origins)
    assert [record for record in caplog.records if KEY in record.getMessage() and words in record.getMessage()]
    [row] = alone.desk.status.feeds()
    assert row.detail == "1 implausible price held back"


class Heard:
    """A tap that notes the prices it is handed."""

    def __init__(self, heard: list[float]) -> None:
        self.heard = heard

    def trade(self, one: Trade) -> None:
        self.heard.append(one.price)

    def ticker(self, one: Quote) -> None:
        self.heard.append(one.last)

    def top(self, *values: object) -> None:
        self.heard.append(values[2])


async def test_what_moves_less_is_a_market_that_moves(alone):
    for number, price in enumerate((900.0, 95.0, 10.0, 99.0, 500.0, 4_900.0), start=2):
        alone.sink.trade(trade(number, price))
        assert alone.last == price
    assert alone.told == []


async def test_the_price_before_ends_the_doubt(alone):
    alone.sink.trade(trade(2, 10_000.0))
    alone.sink.trade(trade(3, 100.5))
    assert alone.last == 100.5 and not any("held back" in note for note in alone.notes)
    assert alone.taped == [100.5, 100.0]


async def test_where_nobody_else_can_be_asked_trades_that_stay_there_confirm_it(alone):
    alone.sink.trade(trade(2, 10_000.0))
    await alone.settle()
    for number in range(3, 3 + CONFIRMING):
        alone.sink.trade(trade(number, 10_001.0))
    assert alone.last == 100.0, "a burst within a moment confirms nothing"
    alone.clock.advance(PATIENCE)
    alone.sink.trade(trade(20, 10_002.0))
    assert alone.last == 10_002.0 and alone.taped == [10_002.0, *[10_001.0] * CONFIRMING, 10_000.0, 100.0]
    assert not any("held back" in note for note in alone.notes)
    alone.sink.trade(trade(21, 10_100.0))
    assert alone.last == 10_100.0 and len(alone.told) == 1


async def test_an_answer_that_comes_when_the_doubt_is_over_lets_nothing_through(make_desk, clock):
    market = await beside(make_desk, clock, 10_010.0)
    market.sink.trade(trade(2, 10_000.0))
    market.sink.trade(trade(3, 100.5))
    await market.settle()
    assert market.last == 100.5 and market.taped == [100.5, 100.0]


async def test_an_answer_holds_for_what_was_held_back_since_it_was_asked_for(make_desk, clock):
    market = await beside(make_desk, clock, 10_010.0)
    market.sink.trade(trade(2, 10_000.0))
    market.sink.trade(trade(3, 100.5))
    market.sink.trade(trade(4, 10_001.0))
    await market.settle()
    assert market.last == 10_001.0 and market.taped == [10_001.0, 100.5, 100.0]


async def test_an_answer_for_what_nobody_watches_any_more_is_dropped(make_desk, clock):
    market = await beside(make_desk, clock, 10_010.0)
    market.sink.trade(trade(2, 10_000.0))
    market.live.forget(KEY)
    await market.settle()
    assert market.live.quote(KEY) is None


async def test_a_source_gone_wrong_altogether_starts_no_flood_of_questions(make_desk, clock):
    many = [stock(f"S{number}") for number in range(3 * AT_ONCE)]
    beta = Source("beta", time=clock.now)
    market = Market(make_desk, clock, beta)
    market.desk.subscribe(many)
    await asyncio.sleep(0.05)
    beta.calls.clear()
    for one in many:
        market.alpha.feeds[0].sink.trade(Trade(key=one.key, time=START + NANOS, price=10_000.0, size=1.0))
    await market.settle()
    assert len(market.told) >= len(many) and len(beta.calls) == AT_ONCE
    assert {market.live.quote(one.key).last for one in many} == {100.0}
    market.clock.advance(PATIENCE)
    for number in range(2, 3 + CONFIRMING):
        last = many[-1].key
        market.alpha.feeds[0].sink.trade(Trade(key=last, time=START + number * NANOS, price=10_000.0, size=1.0))
    assert market.live.quote(last).last == 100.0


async def test_best_prices_that_stay_are_believed_too(alone):
    sink = alone.sink
    for number in range(2, 3 + CONFIRMING):
        sink.top(KEY, START + number * NANOS, 9_900.0, 1.0, 10_100.0, 1.0)
        await alone.settle()
    assert alone.live.quote(KEY).bid is None
    alone.clock.advance(PATIENCE)
    for number in (20, 21):
        sink.top(KEY, START + number * NANOS, 9_900.0, 1.0, 10_100.0, 1.0)
    assert (alone.live.quote(KEY).bid, alone.last) == (9_900.0, 100.0)
    sink.trade(trade(22, 10_000.0))
    assert alone.last == 10_000.0


async def test_what_jumps_about_confirms_nothing(alone):
    for number in range(2, 40):
        alone.clock.advance(PATIENCE)
        alone.sink.trade(trade(number, 10_000.0 if number % 2 else 1.0))
        await alone.settle()
    assert alone.last == 100.0


async def test_another_source_that_says_the_same_confirms_it_at_once(make_desk, clock):
    market = await beside(make_desk, clock, 10_010.0)
    market.sink.trade(trade(2, 10_000.0))
    market.sink.trade(trade(3, 10_001.0))
    await market.settle()
    assert market.last == 10_001.0 and market.taped == [10_001.0, 10_000.0, 100.0]
    assert [name for name, _ in market.beta.calls] == ["quotes"]


async def test_another_source_that_knows_the_price_before_denies_it_for_as_long_as_it_does(make_desk, clock):
    market = await beside(make_desk, clock, 100.2)
    for number in range(2, 60):
        market.clock.advance(1.0)
        market.sink.trade(trade(number, 10_000.0 + number))
        await market.settle()
    assert market.last == 100.0 and market.taped == [100.0]
    assert len(market.beta.calls) == 1, "it is asked once"
    assert market.told[-1].values["Beta"] == 100.2 and market.told[-1].findings["Alpha"] == "wrong scale"
    assert any("Beta says 100.2" in note for note in market.notes)
    market.beta.price = 10_000.0
    market.clock.advance(ASK_AGAIN)
    market.sink.trade(trade(70, 10_000.0))
    await market.settle()
    assert market.last == 10_000.0 and len(market.beta.calls) == 2


@pytest.mark.parametrize("fault", ["error", "delayed", "old", "elsewhere"])
async def test_a_source_that_cannot_know_leaves_it_to_the_trades(make_desk, clock, fault):
    market = await beside(make_desk, clock, 100.2, delay=Delay.DELAYED if fault == "delayed" else Delay.REALTIME)
    if fault == "error":
        market.beta.fails(Reason.TIMEOUT)
    if fault == "old":
        market.beta.time = lambda: START - 3_600 * NANOS
    if fault == "elsewhere":
        market.beta.price = 1.5
    market.sink.trade(trade(2, 10_000.0))
    await market.settle()
    market.clock.advance(PATIENCE)
    for number in range(3, 3 + CONFIRMING):
        market.sink.trade(trade(number, 10_001.0))
    assert market.last == 10_001.0


async def test_quote_fields_with_such_a_price_are_held_back_whole(alone):
    alone.sink.ticker(Quote(key=KEY, time=START + 2 * NANOS, last=10_000.0, high=10_100.0, volume=5.0))
    quote = alone.live.quote(KEY)
    assert (quote.last, quote.high, quote.volume) == (100.0, None, None) and len(alone.told) == 1


async def test_best_prices_beyond_the_last_one_are_held_back_and_stub_quotes_are_not(alone):
    def top(number: int, bid: float, ask: float) -> tuple[float | None, float | None]:
        alone.sink.top(KEY, START + number * NANOS, bid, 1.0, ask, 1.0)
        quote = alone.live.quote(KEY)
        return quote.bid, quote.ask

    assert top(2, 99.0, 101.0) == (99.0, 101.0)
    assert top(3, 9_900.0, 10_100.0) == (99.0, 101.0) and len(alone.told) == 1
    assert top(4, 0.99, 1.01) == (99.0, 101.0)
    assert top(5, 0.01, 199_999.99) == (0.01, 199_999.99)
    assert top(6, 200.0, 400.0) == (200.0, 400.0)


async def test_the_price_known_before_the_stream_came_from_another_source_counts(make_desk, clock):
    first = Source("aaa", price=100.0, time=clock.now)
    market = Market(make_desk, clock, first)
    market.desk.parts.router.health.of("alpha").standing.force()
    market.desk.subscribe([AAPL])
    await asyncio.sleep(0.03)
    market.live.apply(
        Quote(key=KEY, time=START, last=100.0, provenance=Provenance(provider="aaa", endpoint="quote", as_of=START))
    )
    first.fails(Reason.TIMEOUT)
    market.alpha.feeds[0].sink.trade(trade(2, 10_000.0))
    assert market.last != 10_000.0 and len(market.told) == 1


def book_with(clock: ManualClock, last: float | None, time: int = START, **kept: object):
    book = QuoteBook(clock)
    book.register(AAPL)
    if last is not None:
        origin = Provenance(provider="alpha", as_of=time, **kept)
        book.apply(Quote(key=KEY, time=time, last=last, decimals=2, provenance=origin))
    return book, book.sink(Origin("alpha", "stream", Tier.LIVE, stream=True))


@pytest.mark.parametrize(
    ("last", "time", "price", "kept"),
    [
        (None, START, 10_000.0, {}),
        (0.0, START, 10_000.0, {}),
        (-5.0, START, 4.0, {}),
        (100.0, START - REMEMBERED - NANOS, 10_000.0, {}),
        (0.01, START, 0.15, {}),
        (100.0, START, 10_000.0, {"currency": "GBP"}),
        (100.0, START, 10_000.0, {"unit": "yield"}),
    ],
)
def test_without_a_price_to_compare_with_a_new_one_is_taken(clock, last, time, price, kept):
    book, sink = book_with(clock, last, time, **kept)
    sink.trade(trade(2, price))
    assert book.quote(KEY).last == price


def test_what_is_polled_is_taken_for_that_is_what_a_stream_is_measured_by(clock):
    book, sink = book_with(clock, 100.0)
    origin = Provenance(provider="alpha", as_of=START)
    book.apply(Quote(key=KEY, time=START + NANOS, last=10_000.0, provenance=origin))
    sink.trade(trade(2, 10_000.0))
    assert book.quote(KEY).last == 10_000.0


def test_what_is_held_is_bounded(clock):
    book, sink = book_with(clock, 100.0)
    for number in range(10 * HELD):
        sink.trade(trade(2 + number, 10_000.0))
    doubt = book.row(KEY).doubt
    assert len(doubt.held) == HELD and doubt.count == 10 * HELD


@given(st.lists(st.floats(0.02, 1e6), min_size=1, max_size=60))
def test_no_price_ten_times_off_the_one_before_it_ever_gets_through_at_once(prices):
    book, sink = book_with(ManualClock(START), prices[0])
    before = prices[0]
    for number, price in enumerate(prices, start=2):
        sink.trade(trade(number, price))
        after = book.quote(KEY).last
        near = abs(price - before) < 0.2
        assert after == (price if near or before / 10 < price < before * 10 else before)
        before = after
