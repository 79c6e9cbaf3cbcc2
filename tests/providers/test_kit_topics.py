"""Topics that are renewed, trades that are numbered, holes that are filled, decimals of prices."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors.naps import Naps

from financehub_tui.clock import ManualClock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Reason
from financehub_tui.market.quote import Trade
from financehub_tui.providers.kit.numbering import REMEMBERED, TradeIds
from financehub_tui.providers.kit.precision import decimals_of, tick_decimals
from financehub_tui.providers.kit.refills import Refills
from financehub_tui.providers.kit.topics import Topics, by_channel, subject_of, symbol_count

BOOK, TAPE = ("book", "BTC/USD"), ("trade", "BTC/USD")
COIN = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTC/USD", venue="KRAKEN")


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def told():
    return []


@pytest.fixture
def topics(clock, told):
    return Topics(told.append, clock=clock, sleep=Naps(clock))


async def test_a_renewed_topic_is_another_and_the_rest_stay(topics, told):
    topics.want([BOOK, TAPE])
    topics.renew(BOOK)
    before, after = told
    assert len(before & after) == 1 and {subject_of(topic) for topic in after} == {BOOK, TAPE}


async def test_what_is_wanted_again_is_asked_for_again(topics, told):
    topics.want([BOOK])
    topics.want([])
    topics.want([BOOK])
    assert told[0] != told[2] and told[1] == set()


async def test_renewals_wait_longer_each_time_and_one_at_a_time(topics, told, clock):
    topics.want([BOOK])
    for _ in range(5):
        topics.renew(BOOK)
        topics.renew(BOOK)
        await asyncio.sleep(0.01)
    assert len(told) in (6, 7)
    assert clock.monotonic() >= 4 + 8 + 16 + 32
    clock.advance(500)
    before = clock.monotonic()
    topics.renew(BOOK)
    assert clock.monotonic() == before


async def test_what_is_refused_is_left_out_until_it_was_unwanted_once(topics, told):
    topics.want([BOOK, TAPE])
    topics.refuse(BOOK)
    topics.renew(BOOK)
    topics.want([BOOK, TAPE])
    assert {subject_of(topic) for topic in told[-1]} == topics.subjects == {TAPE}
    topics.want([TAPE])
    topics.want([BOOK, TAPE])
    assert topics.subjects == {BOOK, TAPE}


async def test_everything_can_be_renewed_after_a_pause(topics, told, clock):
    topics.want([BOOK, TAPE])
    topics.renew_all()
    await asyncio.sleep(0.01)
    assert not told[0] & told[-1] and clock.monotonic() >= 2


async def test_a_renewal_that_is_due_ends_with_the_topics(clock, told):
    topics = Topics(told.append, clock=clock)
    topics.want([BOOK])
    topics.renew(BOOK, at_once=False)
    await topics.close()
    assert len(told) == 1


def test_topics_are_grouped_by_channel():
    topics = ["book A/B 1", "book C/D 2", "trade A/B 3"]
    assert by_channel(topics) == {"book": ["A/B", "C/D"], "trade": ["A/B"]} and symbol_count(topics) == 2


def test_ids_tell_new_doubled_late_and_missing():
    ids = TradeIds()
    assert [ids.admit(number) for number in (5, 6, 6, 9, 8, 8)] == [True, True, False, True, True, False]
    assert (ids.gaps, ids.duplicates, ids.last, ids.hole) == (1, 2, 9, None)
    assert ids.admit(12) and ids.hole == (10, 11)


def test_a_venue_that_counts_anew_is_followed_and_memory_stays_small():
    ids = TradeIds()
    assert all(ids.admit(number) for number in range(1_000, 1_000 + 3 * REMEMBERED))
    assert ids.admit(1) and not ids.admit(1) and ids.gaps == 0


def test_late_ones_from_before_the_first_are_new_once_and_leave_nothing_missing_behind_them():
    ids = TradeIds()
    assert [ids.admit(number) for number in (10, 8, 8, 9, 9, 11)] == [True, True, False, True, False, True]
    assert (ids.gaps, ids.last, ids.missing) == (0, 11, set())


@given(st.lists(st.integers(1, 60), max_size=120))
def test_every_id_is_admitted_exactly_once_in_whatever_order_they_come(numbers):
    ids = TradeIds()
    admitted = [number for number in numbers if ids.admit(number)]
    assert sorted(admitted) == sorted(set(numbers)) and ids.duplicates == len(numbers) - len(admitted)


def trade(number):
    return Trade(key=COIN.key, time=number, price=1.0, size=1.0, id=str(number))


async def test_a_hole_is_filled_in_order_with_one_fetch_at_a_time():
    calls, late = [], []
    gate = asyncio.Event()

    async def fetch(instrument, limit):
        calls.append(limit)
        await gate.wait()
        return [trade(number) for number in range(9, 0, -1)]

    refills = Refills(fetch, lambda symbol, trades: late.extend((symbol, one.id) for one in trades))
    refills.ask("BTC/USD", COIN, 3, 5)
    refills.ask("BTC/USD", COIN, 3, 5)
    gate.set()
    await asyncio.sleep(0.01)
    assert late == [("BTC/USD", "3"), ("BTC/USD", "4"), ("BTC/USD", "5")] and len(calls) == 1
    await refills.close()


async def test_a_hole_stays_where_trades_cannot_be_had():
    async def fetch(instrument, limit):
        raise ProviderError("x", Reason.OFFLINE, "no")

    late = []
    refills = Refills(fetch, lambda symbol, trades: late.extend(trades))
    refills.ask("BTC/USD", COIN, 3, 5)
    await asyncio.sleep(0.01)
    await refills.close()
    assert late == []


@pytest.mark.parametrize(
    ("tick", "decimals"),
    [
        ("0.01", 2),
        ("0.0500", 2),
        ("1", 0),
        ("10", 0),
        ("1E-8", 8),
        ("1e+3", 0),
        ("0", None),
        ("-1", None),
        ("NaN", None),
        ("1E-999999", None),
        ("1E+999999", None),
    ],
)
def test_decimals_of_a_tick_size(tick, decimals):
    assert tick_decimals(Decimal(tick)) == decimals and tick_decimals(None) is None


def test_decimals_of_prices():
    assert decimals_of([61_837.63, 100.0, 1e-08]) == 8 and decimals_of([]) == 0 and decimals_of([1.5e20]) == 0
