"""The simulation: true to the real daily bar, the same for the same seed, cheap at any instant."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financehub_tui.clock import ManualClock, to_nanos
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.engine.source import Source
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Tier
from financehub_tui.market.quote import Session
from financehub_tui.providers.bundled.catalogue import Series
from financehub_tui.providers.bundled.data import BundledData, DayBar
from financehub_tui.providers.simulated import SimulatedProvider
from financehub_tui.providers.simulated.currencies import linked, simulate_together
from financehub_tui.providers.simulated.market import hours_of
from financehub_tui.providers.simulated.path import DailyBar, Grain, simulate

SECOND = 1_000_000_000
DAY = date(2018, 2, 5)
NEW_YORK = ZoneInfo("America/New_York")
AAPL = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS", exchange_code="US")
EURUSD = Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD")
VIX = Instrument(asset_class=AssetClass.INDEX, symbol="VIX")
RULES = {"AAPL": "us", "EURUSD": "new-york", "VIX": "us-index"}
BARS = {
    ("AAPL", date(2018, 2, 2)): DayBar(166.0, 166.8, 160.1, 160.5, 86_593_825.0),
    ("AAPL", DAY): DayBar(159.1, 163.88, 156.0, 156.49, 72_738_522.0),
    ("EURUSD", date(2018, 2, 2)): DayBar(1.25, 1.251, 1.244, 1.2456, None),
    ("EURUSD", DAY): DayBar(1.24344, 1.24749, 1.23625, 1.23665, None),
    ("VIX", date(2018, 2, 2)): DayBar(13.6, 17.9, 13.6, 17.31, None),
    ("VIX", DAY): DayBar(None, None, None, 37.32, None),
}


class Book:
    """Daily bars of three instruments, as the bundled data give them."""

    def series(self, instrument):
        if instrument.symbol not in RULES:
            return []
        decimals = 5 if instrument.symbol == "EURUSD" else 2
        return [
            Series(
                asset_class=instrument.asset_class,
                symbol=instrument.symbol,
                file="x",
                source="x",
                closes=RULES[instrument.symbol],
                decimals=decimals,
                rows=2,
                first="",
                last="",
            )
        ]

    def daily_bar_of(self, key, day):
        return BARS.get((key.split(":")[2], day))


DOLLAR_PAIRS = ("EURUSD", "GBPUSD", "AUDUSD", "USDCAD", "USDCHF", "USDJPY")
CROSSES = ("EURGBP", "EURCHF", "EURJPY", "GBPJPY", "AUDJPY")


def currency(symbol):
    return Instrument(asset_class=AssetClass.CURRENCY, symbol=symbol, currency=symbol[3:])


@pytest.fixture(scope="module")
def real():
    return BundledData("equities")


def new_york(hour, minute=0, day=DAY):
    return to_nanos(datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK))


def provider_at(instant, seed=1):
    return SimulatedProvider(ManualClock(instant), Book(), seed=seed)


prices = st.floats(1, 2_000).map(lambda price: round(price, 2))


@settings(max_examples=60, deadline=None)
@given(
    four=st.lists(prices, min_size=4, max_size=4),
    volume=st.integers(1_000, 200_000_000),
    seed=st.integers(0, 2**60),
)
def test_every_day_keeps_to_its_real_bar(four, volume, seed):
    low, first, last, high = sorted(four)[0], four[0], four[1], sorted(four)[-1]
    bar = DailyBar(first, high, low, last, float(volume))
    trades = simulate(seed, bar, hours_of("us", DAY), Grain(2, 100.0))
    assert (trades.prices[0], trades.prices[-1]) == (first, last)
    assert (trades.prices.min(), trades.prices.max()) == (low, high)
    assert trades.sizes.sum() == pytest.approx(volume)
    assert trades.sizes.min() >= 0
    assert (np.diff(trades.times) >= 0).all()
    assert new_york(9, 30) <= trades.times[0] and trades.times[-1] < new_york(16)


def test_trades_come_in_clusters_and_mostly_at_both_ends_of_the_day():
    bar = DailyBar(100.0, 102.0, 99.0, 101.0, 9_000_000.0)
    times = simulate(3, bar, hours_of("us", DAY), Grain(2, 100.0)).times
    gaps = np.diff(times) / SECOND
    assert gaps.std() > 1.2 * gaps.mean()
    hours = np.histogram(times, bins=13)[0]
    assert hours[0] > 1.5 * hours[6] and hours[-1] > 1.5 * hours[6]


async def test_the_same_seed_gives_the_same_values_at_any_instant_without_playing_up_to_it():
    instant = new_york(13, 17)
    first = (await provider_at(instant).quotes([AAPL]))[AAPL.key]
    walked = provider_at(new_york(9, 45))
    for minute in range(45, 60):
        walked.quote(AAPL, new_york(9, minute))
    assert walked.quote(AAPL, instant) == first
    assert (await provider_at(instant, seed=2).quotes([AAPL]))[AAPL.key].last != first.last


async def test_a_quote_is_marked_simulated_lies_in_the_bar_and_has_the_real_previous_close():
    quote = (await provider_at(new_york(11)).quotes([AAPL]))[AAPL.key]
    assert (quote.provenance.mark, quote.provenance.tier) == ("SIM", Tier.SIMULATED)
    assert 156.0 <= quote.low <= quote.last <= quote.high <= 163.88
    assert quote.previous_close == 160.5
    assert quote.bid < quote.ask and quote.last in (quote.bid, quote.ask)
    assert (quote.ask - quote.bid) / quote.last < 0.001
    assert quote.bid_size % 100 == 0
    assert quote.session is Session.REGULAR


async def test_before_the_opening_the_day_before_stands_and_after_the_close_nothing_moves():
    before = provider_at(new_york(8)).quote(AAPL, new_york(8))
    assert (before.last, before.previous_close, before.bid, before.session) == (160.5, None, None, Session.CLOSED)
    after = provider_at(new_york(18)).quote(AAPL, new_york(18))
    assert (after.last, after.volume, after.bid) == (156.49, 72_738_522.0, None)


async def test_an_index_has_no_bid_and_a_day_known_by_its_close_alone_runs_there():
    quote = provider_at(new_york(12)).quote(VIX, new_york(12))
    assert quote.bid is None and quote.volume is None
    assert quote.open == 17.31
    assert provider_at(new_york(17)).quote(VIX, new_york(17)).last == 37.32


async def test_currencies_trade_all_day_from_five_in_the_afternoon():
    quote = provider_at(new_york(3)).quote(EURUSD, new_york(3))
    assert quote.session is Session.CONTINUOUS
    assert 1.23625 <= quote.last <= 1.24749
    assert round(quote.bid, 5) == quote.bid


async def test_intraday_bars_hold_only_what_has_happened_and_are_exact_over_intervals():
    now = new_york(11, 2)
    provider = provider_at(now)
    window = {"start": new_york(9, 30), "end": new_york(16)}
    minutes = await provider.bars(AAPL, BarRequest(interval=Interval.M1, **window))
    fives = await provider.bars(AAPL, BarRequest(interval=Interval.M5, **window))
    assert minutes.frame["time"].max() <= datetime.fromtimestamp(now / SECOND, NEW_YORK)
    assert fives.forming and fives.provenance.mark == "SIM"
    assert minutes.frame["volume"].sum() == fives.frame["volume"].sum()
    assert minutes.frame["high"].max() == fives.frame["high"].max()
    quote = provider.quote(AAPL, now)
    assert minutes.frame["close"][-1] == quote.last
    assert minutes.frame["volume"].sum() == quote.volume


async def test_the_ladder_starts_at_the_quote_and_never_crosses():
    for minute in range(0, 60, 7):
        now = new_york(10, minute)
        provider = provider_at(now)
        book, quote = await provider.book(AAPL, 20), provider.quote(AAPL, now)
        assert (book.bids[0].price, book.asks[0].price) == (quote.bid, quote.ask)
        assert not book.crossed
        assert [level.price for level in book.bids] == sorted((level.price for level in book.bids), reverse=True)
        assert [level.price for level in book.asks] == sorted(level.price for level in book.asks)
        assert min(level.size for level in book.bids) > 0


async def test_trades_are_newest_first_and_have_sides():
    trades = await provider_at(new_york(10)).trades(AAPL, 50)
    assert len(trades) == 50
    assert [trade.time for trade in trades] == sorted((trade.time for trade in trades), reverse=True)
    assert {trade.side.value for trade in trades} == {"buy", "sell"}
    with pytest.raises(ProviderError, match="no trades"):
        await provider_at(new_york(10)).trades(EURUSD, 5)


async def test_what_has_no_daily_bars_is_not_carried():
    provider = provider_at(new_york(10))
    other = Instrument(asset_class=AssetClass.EQUITY, symbol="NONE")
    assert provider.symbol(other) is None
    assert isinstance(provider.quote(other, new_york(10)), Missing)


async def play(seconds, steps):
    clock = ScenarioClock(new_york(10), new_york(16), base=ManualClock(0), paused=True)
    provider = SimulatedProvider(clock, Book(), seed=1)
    book = QuoteBook(clock)
    for one in (AAPL, EURUSD, VIX):
        book.register(one)
    feed = provider.feed(book.sink(Source("simulated", "stream", Tier.SIMULATED, stream=True)))
    feed.want({"quote": [AAPL, EURUSD, VIX], "book": [AAPL]})
    await feed._begin()
    for _ in range(steps):
        clock.step(seconds / steps)
        feed.advance(clock.now())
    return provider, book, clock


async def test_the_stream_arrives_where_the_direct_computation_is_however_it_was_stepped():
    ends = []
    for steps in (1, 600):
        provider, book, clock = await play(600, steps)
        direct = provider.quote(AAPL, clock.now())
        streamed = book.quote(AAPL.key)
        assert (streamed.last, streamed.high, streamed.low, streamed.volume) == (
            direct.last,
            direct.high,
            direct.low,
            pytest.approx(direct.volume),
        )
        assert streamed.previous_close == 160.5
        ends.append((streamed.last, streamed.bid, streamed.ask, book.trades(AAPL.key, 3), book.quote(VIX.key).last))
    assert ends[0] == ends[1]


async def test_sparklines_do_not_begin_empty():
    _, book, _ = await play(1, 1)
    assert len(book.spark(AAPL.key)) >= 25


async def test_the_feed_runs_by_the_clock_and_stops_cleanly():
    clock = ScenarioClock(new_york(10), new_york(16), speed=100)
    book = QuoteBook(clock)
    book.register(AAPL)
    feed = SimulatedProvider(clock, Book(), seed=1).feed(book.sink(Source("simulated", stream=True)))
    feed.want({"quote": [AAPL]})
    running = asyncio.create_task(feed.run())
    await asyncio.sleep(0.5)
    assert len(book.trades(AAPL.key)) > 3
    assert feed.health()[0].state == "live"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert feed.health()[0].state == "closed"


async def test_a_whole_day_at_full_speed_leaves_memory_flat():
    from financehub_tui.engine.row import SPARK, TAPE

    provider, book, _ = await play(6 * 3_600, 300)
    assert len(book.trades(AAPL.key, 10_000)) <= TAPE
    assert len(book.spark(AAPL.key)) <= SPARK
    assert len(provider.market._days) <= 6
    assert book.quote(AAPL.key).last == 156.49


async def test_wishes_that_change_often_make_no_instrument_due_more_than_once():
    clock = ScenarioClock(new_york(18), new_york(20), base=ManualClock(0), paused=True)
    book = QuoteBook(clock)
    feed = SimulatedProvider(clock, Book(), seed=1).feed(book.sink(Source("simulated", stream=True)))
    for _ in range(20):
        feed.want({"quote": [AAPL, EURUSD], "book": [AAPL]})
        await feed._begin()
        clock.step(120)
        feed.advance(clock.now())
    assert sorted(key for _, key in feed._due) == sorted([AAPL.key, EURUSD.key])


def worth(quotes, code):
    """Of one unit in dollars, by the dollar pairs' last prices."""
    return quotes[f"{code}USD"].last if f"{code}USD" in quotes else 1 / quotes[f"USD{code}"].last


def test_at_any_instant_every_cross_is_what_its_dollar_pairs_make_it(real):
    """Within a basis point; near the day's ends within eight, as far apart as the real opens and closes lie."""
    provider = SimulatedProvider(ManualClock(0), real, seed=20180205)
    for minute in range(0, 54 * 60, 11):
        now = new_york(10) + minute * 60 * SECOND
        quotes = {symbol: provider.quote(currency(symbol), now) for symbol in (*DOLLAR_PAIRS, *CROSSES)}
        turning = abs((10 * 60 + minute) % 1_440 - 17 * 60) <= 60
        for symbol in CROSSES:
            _, dated = provider.market.current(currency(symbol), now)
            made = worth(quotes, symbol[:3]) / worth(quotes, symbol[3:])
            assert quotes[symbol].last == pytest.approx(made, rel=8e-4 if turning else 1e-4), (symbol, minute)
            bar = real.daily_bar_of(currency(symbol).key, dated)
            assert bar.low <= quotes[symbol].low <= quotes[symbol].last <= quotes[symbol].high <= bar.high


@pytest.mark.parametrize("day", [date(2018, 2, 5), date(2018, 2, 6), date(2018, 2, 7)])
@pytest.mark.parametrize("seed", [1, 2, 20180205])
def test_pairs_that_move_together_keep_to_their_real_bars_and_do_not_leap(real, day, seed):
    market = SimulatedProvider(ManualClock(0), real, seed=seed).market
    for symbol in (*DOLLAR_PAIRS, *CROSSES):
        prices = market.day(currency(symbol), day).trades.prices
        bar = real.daily_bar_of(currency(symbol).key, day)
        assert (prices[0], prices[-1], prices.min(), prices.max()) == (bar.open, bar.close, bar.low, bar.high)
        assert np.abs(np.diff(np.log(prices))).max() < 15e-4
        assert len(np.unique(prices)) > 300


rates = st.floats(0.5, 2.0).map(lambda rate: round(rate, 5))


@settings(max_examples=40, deadline=None)
@given(fours=st.lists(st.lists(rates, min_size=4, max_size=4), min_size=4, max_size=4), seed=st.integers(0, 2**60))
def test_even_bars_that_contradict_each_other_are_kept_to(fours, seed):
    pairs = [("EUR", "USD"), ("GBP", "USD"), ("USD", "CHF"), ("EUR", "GBP")]
    bars = {
        pair: (DailyBar(four[0], max(four), min(four), four[1], 0.0), Grain(5, 1.0))
        for pair, four in zip(pairs, fours, strict=True)
    }
    for pair, trades in simulate_together(seed, bars, hours_of("new-york", DAY)).items():
        bar = bars[pair][0]
        assert (trades.prices[0], trades.prices[-1]) == (bar.open, bar.close)
        assert (trades.prices.min(), trades.prices.max()) == (bar.low, bar.high)


def test_a_cross_moves_by_itself_where_a_dollar_pair_has_no_bar():
    bar = (DailyBar(1.0, 1.1, 0.9, 1.0, 0.0), Grain(5, 1.0))
    bars = {("EUR", "USD"): bar, ("USD", "JPY"): bar, ("EUR", "JPY"): bar, ("EUR", "GBP"): bar, ("AUD", "NZD"): bar}
    assert set(linked(bars)) == {("EUR", "USD"), ("USD", "JPY"), ("EUR", "JPY")}
    assert linked({("EUR", "GBP"): bar}) == {}


async def test_quotes_minute_bars_and_the_stream_of_a_cross_tell_the_same(real):
    clock = ScenarioClock(new_york(10), new_york(16), base=ManualClock(0), paused=True)
    provider = SimulatedProvider(clock, real, seed=1)
    book = QuoteBook(clock)
    cross = currency("EURJPY")
    book.register(cross)
    feed = provider.feed(book.sink(Source("simulated", "stream", Tier.SIMULATED, stream=True)))
    feed.want({"quote": [cross]})
    await feed._begin()
    for _ in range(60):
        clock.step(60)
        feed.advance(clock.now())
    direct = provider.quote(cross, clock.now())
    assert book.quote(cross.key).last == direct.last
    window = BarRequest(interval=Interval.M1, start=new_york(9), end=new_york(16))
    assert (await provider.bars(cross, window)).frame["close"][-1] == direct.last
    assert direct == SimulatedProvider(clock, real, seed=1).quote(cross, clock.now())
