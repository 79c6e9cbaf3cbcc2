"""The quote book: last value wins, order, ages, bounded memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors.sources import START, stock

from financehub_tui.clock import ManualClock
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.row import SPARK, TAPE
from financehub_tui.engine.source import Roles, Source
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Delay, Missing, Provenance, Reason, Tier
from financehub_tui.market.quote import Quote, Trade

AAPL, MSFT = stock("AAPL"), stock("MSFT")
KEY = AAPL.key
SECOND = 1_000_000_000
STREAM = Source("alpha", "stream", Tier.LIVE, Delay.REALTIME, stream=True)


@pytest.fixture
def clock():
    return ManualClock(START)


@pytest.fixture
def book(clock):
    book = QuoteBook(clock)
    book.register(AAPL)
    return book


def polled(time, tier=Tier.LIVE, provider="alpha", **fields):
    origin = Provenance(provider=provider, endpoint="rest", as_of=time, tier=tier)
    return Quote(key=KEY, time=time, provenance=origin, **fields)


def test_nobody_subscribed_is_none_and_subscribed_is_pending(book):
    assert book.quote("nothing") is None
    assert book.quote(KEY).reason is Reason.PENDING


def test_the_newest_top_and_trade_make_the_quote(book):
    sink = book.sink(STREAM)
    sink.top(KEY, START, 99.0, 5.0, 101.0, 6.0)
    sink.trade(Trade(key=KEY, time=START + 1, price=100.5, size=2.0))
    quote = book.quote(KEY)
    assert (quote.bid, quote.ask, quote.last, quote.last_size, quote.time) == (99.0, 101.0, 100.5, 2.0, START + 1)
    assert (quote.provenance.provider, quote.provenance.tier) == ("alpha", Tier.LIVE)
    assert quote.provenance.currency == "USD"


def test_a_field_not_in_a_message_keeps_its_value(book):
    sink = book.sink(STREAM)
    sink.top(KEY, START, 99.0, 5.0, 101.0, 6.0)
    sink.top(KEY, START + 1, 98.0, None, None, None)
    assert (book.quote(KEY).bid, book.quote(KEY).ask, book.quote(KEY).ask_size) == (98.0, 101.0, 6.0)


def test_older_messages_do_not_overwrite_newer_values(book):
    sink = book.sink(STREAM)
    sink.top(KEY, START + SECOND, 99.0, 5.0, 101.0, 6.0)
    sink.top(KEY, START, 50.0, 1.0, 51.0, 1.0)
    sink.trade(Trade(key=KEY, time=START + SECOND, price=100.0, size=1.0, id="2"))
    sink.trade(Trade(key=KEY, time=START, price=50.0, size=1.0, id="1"))
    sink.ticker(Quote(key=KEY, time=START, last=40.0, volume=7.0))
    quote = book.quote(KEY)
    assert (quote.bid, quote.last, quote.volume) == (99.0, 100.0, 7.0)
    assert [trade.id for trade in book.trades(KEY)] == ["2", "1"]


def test_a_trade_sent_twice_is_on_the_tape_once(book):
    sink = book.sink(STREAM)
    for _ in range(2):
        for number in range(3):
            sink.trade(Trade(key=KEY, time=START, price=1.0, size=1.0, id=str(number)))
    assert len(book.trades(KEY)) == 3


def test_a_clock_set_back_does_not_freeze_the_quote(book, clock):
    sink = book.sink(STREAM)
    clock.set(START + 3_600 * SECOND)
    sink.top(KEY, START + 3_600 * SECOND, 99.0, 1.0, 101.0, 1.0)
    sink.trade(Trade(key=KEY, time=START + 3_600 * SECOND, price=100.0, size=1.0))
    clock.set(START)
    sink.top(KEY, START, 89.0, 1.0, 91.0, 1.0)
    sink.trade(Trade(key=KEY, time=START, price=90.0, size=1.0))
    quote = book.quote(KEY)
    assert (quote.bid, quote.last, quote.time) == (89.0, 90.0, START)


def test_each_consumer_drains_its_own_changes(book):
    book.register(MSFT)
    sink = book.sink(STREAM)
    sink.top(KEY, START, 1.0, 1.0, 2.0, 1.0)
    assert book.drain("screen") == {KEY}
    assert book.drain("screen") == set()
    sink.top(MSFT.key, START, 1.0, 1.0, 2.0, 1.0)
    assert book.drain("alerts") == {KEY, MSFT.key}
    assert book.drain("screen") == {MSFT.key}


def test_versions_count_changes_and_an_unchanged_quote_is_the_same_object(book):
    sink = book.sink(STREAM)
    sink.top(KEY, START, 1.0, 1.0, 2.0, 1.0)
    before = book.version(KEY)
    assert book.quote(KEY) is book.quote(KEY)
    sink.top(KEY, START + 1, 1.0, 1.0, 2.0, 1.0)
    assert book.version(KEY) == before + 1


def test_another_provider_starts_from_nothing(book):
    book.sink(STREAM).ticker(Quote(key=KEY, time=START, last=100.0, previous_close=99.0, volume=5.0))
    book.sink(Source("beta", stream=True)).trade(Trade(key=KEY, time=START + 1, price=101.0, size=1.0))
    quote = book.quote(KEY)
    assert (quote.last, quote.previous_close, quote.volume) == (101.0, None, None)
    assert quote.provenance.provider == "beta"


def test_figures_of_a_stored_quote_do_not_outlive_its_day(book, clock):
    book.apply(polled(START - 90_000 * SECOND, Tier.STORE, last=90.0, previous_close=89.0, volume=5.0))
    assert book.quote(KEY).provenance.tier is Tier.STORE
    book.sink(STREAM).top(KEY, START, 99.0, 1.0, 101.0, 1.0)
    quote = book.quote(KEY)
    assert (quote.last, quote.previous_close, quote.volume) == (90.0, None, None)


def test_a_poll_does_not_disturb_a_running_stream_and_a_stored_quote_never_replaces_a_live_one(book, clock):
    book.sink(STREAM).trade(Trade(key=KEY, time=START, price=100.0, size=1.0))
    book.apply(polled(START + 1, provider="beta", last=50.0))
    book.apply(polled(START + 1, Tier.STORE, last=40.0))
    assert book.quote(KEY).last == 100.0
    clock.advance(120)
    book.apply(polled(START + 100 * SECOND, provider="beta", last=51.0))
    assert book.quote(KEY).last == 51.0


def test_a_failure_keeps_the_last_good_value(book):
    why = Missing(reason=Reason.OFFLINE, detail="no network")
    book.fail(KEY, why)
    assert book.quote(KEY) == why
    book.sink(STREAM).trade(Trade(key=KEY, time=START, price=100.0, size=1.0))
    book.fail(KEY, why)
    assert book.quote(KEY).last == 100.0


def test_a_maintained_book_is_read_when_asked_and_withdrawn_when_lost(book):
    sink, levels = book.sink(STREAM), L2Book(KEY, 2)
    levels.snapshot([(99.0, 1.0), (98.0, 2.0)], [(101.0, 1.0)], 7)
    sink.book(KEY, START, levels)
    levels.apply([(99.5, 3.0)], [], 8)
    read = book.book(KEY, 1)
    assert (read.bids[0].price, read.sequence, len(read.bids), read.provenance.provider) == (99.5, 8, 1, "alpha")
    sink.book_lost(KEY, Missing(reason=Reason.PENDING, detail="gap"))
    assert isinstance(book.book(KEY), Missing)


def test_sparklines_hold_one_close_a_minute(book):
    sink = book.sink(STREAM)
    for second, price in ((0, 1.0), (30, 2.0), (60, 3.0), (119, 4.0), (121, 5.0)):
        sink.trade(Trade(key=KEY, time=START - START % (60 * SECOND) + second * SECOND, price=price, size=1.0))
    assert list(book.spark(KEY)) == [2.0, 4.0, 5.0]


def test_minutes_a_feed_tells_after_a_quote_of_now_are_before_it_in_the_sparkline(book):
    minute = START - START % (60 * SECOND)
    said = Provenance(provider="alpha", as_of=minute, fetched_at=minute)
    book.apply(Quote(key=KEY, time=minute, last=9.0, provenance=said))
    sink = book.sink(STREAM)
    for before in (3, 2, 1):
        sink.ticker(Quote(key=KEY, time=minute - before * 60 * SECOND, last=10.0 - before))
    sink.ticker(Quote(key=KEY, time=minute, last=9.5))
    assert list(book.spark(KEY)) == [7.0, 8.0, 9.0, 9.5]


def test_memory_stays_flat_whatever_comes(book):
    sink = book.sink(STREAM)
    book.drain("screen")
    for number in range(5 * TAPE):
        time = START + number * 30 * SECOND
        sink.trade(Trade(key=KEY, time=time, price=1.0, size=1.0, id=str(number)))
        sink.top(KEY, time, 1.0, 1.0, 2.0, 1.0)
    assert len(book.trades(KEY, 10 * TAPE)) == TAPE
    assert len(book.spark(KEY)) == SPARK
    assert len(book._fresh) == 1


def test_touching_tells_consumers_of_an_instrument_nobody_subscribed_to(book):
    book.drain("screen")
    book.touch(MSFT.key)
    assert book.drain("screen") == {MSFT.key}


def test_forgetting_drops_the_row_and_its_pending_change(book):
    book.drain("screen")
    book.sink(STREAM).top(KEY, START, 1.0, 1.0, 2.0, 1.0)
    book.forget(KEY)
    assert book.quote(KEY) is None
    assert book.drain("screen") == set()


def test_many_trades_of_one_instant_cost_no_more_than_others_and_take_no_more_room(book):
    sink = book.sink(STREAM)
    compared = 0

    class Counted(str):
        __slots__ = ()

        def __eq__(self, other):
            nonlocal compared
            compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    for number in range(3 * TAPE):
        sink.trade(Trade(key=KEY, time=START, price=1.0, size=1.0, id=Counted(number)))
    assert compared < TAPE
    sink.trade(Trade(key=KEY, time=START, price=1.0, size=1.0, id=str(3 * TAPE - 1)))
    row = book.row(KEY)
    assert len(row.trades) == len(row.newest_ids) == TAPE
    assert [trade.id for trade in book.trades(KEY, 2)] == [str(3 * TAPE - 1), str(3 * TAPE - 2)]


def test_two_trades_that_two_markets_number_alike_are_two_whether_of_the_newest_instant_or_late(book):
    sink = book.sink(STREAM)

    def say(time: int, price: float, size: float) -> None:
        sink.trade(Trade(key=KEY, time=time, price=price, size=size, id="7", provider="alpha"))

    for _ in range(2):
        for price, size in ((1.0, 1.0), (1.0, 2.0), (1.5, 1.0)):
            say(START, price, size)
    assert len(book.trades(KEY)) == 3
    say(START + 1, 1.0, 9.0)
    for _ in range(2):
        for price, size in ((1.0, 1.0), (1.25, 1.0)):
            say(START, price, size)
    assert [(trade.price, trade.size) for trade in book.trades(KEY)] == [
        (1.0, 9.0),
        (1.25, 1.0),
        (1.5, 1.0),
        (1.0, 2.0),
        (1.0, 1.0),
    ]


def test_trades_without_a_number_are_never_compared(book):
    sink = book.sink(STREAM)
    looked = 0

    class Unnamed(str):
        __slots__ = ()

        def __bool__(self):
            nonlocal looked
            looked += 1
            return False

    for _ in range(TAPE):
        sink.trade(Trade(key=KEY, time=START, price=1.0, size=1.0, id=Unnamed("")))
    assert len(book.trades(KEY, TAPE)) == TAPE and looked <= 2 * TAPE


NAMES = st.sampled_from(["alpha", "beta"])
EVENTS = st.one_of(
    st.tuples(st.just("trade"), NAMES, st.integers(0, 90)),
    st.tuples(st.just("top"), NAMES, st.integers(0, 90)),
    st.tuples(st.just("polled"), NAMES, st.integers(0, 90)),
    st.tuples(st.just("assign"), st.sampled_from(["", "alpha", "beta"]), st.sampled_from(["", "alpha", "beta"])),
    st.tuples(st.just("wait"), st.just(""), st.integers(1, 200)),
)


@given(st.lists(EVENTS, max_size=40))
def test_whatever_two_sources_send_a_tape_and_a_quote_are_of_one(events):
    clock = ManualClock(START)
    book = QuoteBook(clock)
    book.register(AAPL)
    sinks = {name: book.sink(Source(name, "stream", stream=True)) for name in ("alpha", "beta")}
    price = {"alpha": 100.0, "beta": 200.0}
    owner, tape = "", set()
    for number, (what, name, figure) in enumerate(events):
        if what == "wait":
            clock.advance(figure)
        elif what == "assign":
            owner = figure
            book.assign(KEY, Roles(quote=name, trade=figure), {})
        elif what == "top":
            sinks[name].top(KEY, clock.now() - figure, price[name], 1.0, price[name], 1.0)
        else:
            made = Trade(key=KEY, time=clock.now() - figure, price=price[name], size=1.0, id=str(number), provider=name)
            if what == "polled":
                book.apply_trades(KEY, [made])
            else:
                sinks[name].trade(made)
        before, tape = tape, {one.provider for one in book.trades(KEY)}
        assert len(tape) <= 1
        quote = book.quote(KEY)
        if isinstance(quote, Quote):
            assert {quote.last, quote.bid, quote.ask} <= {None, price[quote.provenance.provider]}
        if what == "trade" and before == {owner}:
            assert tape == {owner}, "the tape of the one it was given to is taken by nobody else"
