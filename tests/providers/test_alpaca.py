"""Alpaca over REST, against a local server in its shapes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from vendors.alpaca import KEY, OTHER_KEY, RECENT_SIP, SECRET, AlpacaVendor
from vendors.alpaca import NOW as TODAY
from vendors.instruments import coin, share
from vendors.keypool import key_pool
from vendors.naps import Naps
from vendors.server import body, cut_json, html, passed, replaced, reset, status, truncated
from vendors.watching import refused

from financehub_tui.clock import NANOS, to_nanos
from financehub_tui.errors import ConfigError
from financehub_tui.market.bars import BAR_COLUMNS, BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.movers import Screen
from financehub_tui.market.provenance import Adjustment, Delay, Missing, Reason
from financehub_tui.market.quote import Quote, Session, Side
from financehub_tui.providers.alpaca import AlpacaProvider
from financehub_tui.providers.alpaca.symbols import name_of
from financehub_tui.providers.kit.http import HttpOptions

NOW = to_nanos(TODAY)
VENDOR = AlpacaVendor
DAY, HOUR = 86_400 * NANOS, 3_600 * NANOS
OPTIONS = HttpOptions(read_timeout=0.5, attempts=2, circuit_failures=50, max_wait=10)
SNAPSHOTS = "/v2/stocks/snapshots"
AAPL, BRK, BTC = share("AAPL", decimals=2), share("BRK/B", "XNYS"), coin("BTC")


def made(vendor, clock, *, feed="iex", options=OPTIONS, keys=None):
    pool = key_pool("alpaca", clock, **(keys or {"main": KEY}))
    return AlpacaProvider(
        clock, keys=pool, rest_url=vendor.url, trading_url=vendor.url, feed=feed, http=options, sleep=Naps(clock)
    )


async def test_a_snapshot_is_a_quote_with_nanoseconds_and_empty_sides(provider, vendor):
    quote = (await provider.quotes([AAPL]))[AAPL.key]
    assert (quote.last, quote.last_size, quote.open, quote.high, quote.low) == (133.42, 145, 132.42, 134.42, 131.42)
    assert (quote.bid, quote.bid_size, quote.ask, quote.ask_size) == (None, None, 133.43, 7)
    assert quote.previous_close == 131.42 and quote.volume == 25_846_800
    assert quote.time == to_nanos(datetime(2026, 5, 18, 15, 50, 7, tzinfo=UTC)) + 257_820_915
    assert "IEX alone" in quote.provenance.notes[0] and vendor.seen[0].query["feed"] == "iex"
    assert vendor.seen[0].headers["APCA-API-SECRET-KEY"] == SECRET


async def test_quote_sizes_before_november_2025_are_round_lots(provider, vendor):
    vendor.misbehave(SNAPSHOTS, replaced(b"2026-05-18T15:50:07", b"2025-10-31T15:50:07"))
    assert (await provider.quotes([AAPL]))[AAPL.key].ask_size == 700


async def test_before_a_days_first_bar_the_last_session_is_the_day_before(provider, vendor):
    vendor.misbehave(SNAPSHOTS, replaced(b"2026-05-18T15:5", b"2026-05-19T08:3"))
    quote = (await provider.quotes([AAPL]))[AAPL.key]
    assert (quote.last, quote.previous_close) == (133.42, 133.42)
    assert (quote.open, quote.high, quote.low, quote.volume) == (None, None, None, None)


async def test_shares_and_coins_are_asked_for_apart_and_unknown_ones_spoil_nobody(provider, vendor):
    empty, nope = share("EMPTY"), share("NOPE")
    found = await provider.quotes([AAPL, BRK, empty, nope, BTC, coin("XYZ"), share("VOD", "XLON")])
    assert found[BRK.key].last == 480.5 and found[BRK.key].previous_close is None
    assert found[BTC.key].session is Session.CONTINUOUS and found[BTC.key].ask_size == 7
    missing = [one for one in found.values() if isinstance(one, Missing)]
    assert len(missing) == 4 and {one.reason for one in missing} == {Reason.UNKNOWN_SYMBOL} and vendor.count() == 2


async def test_a_name_the_source_calls_invalid_is_left_out(provider, vendor):
    bad = share("BAD$")
    found = await provider.quotes([AAPL, bad])
    assert isinstance(found[AAPL.key], Quote) and found[bad.key].reason is Reason.UNKNOWN_SYMBOL
    assert [seen.query["symbols"] for seen in vendor.seen] == ["AAPL,BAD$", "AAPL"]


async def test_thousands_of_shares_go_out_by_the_hundred_within_the_budget(vendor, clock):
    hurried = made(vendor, clock, options=HttpOptions(attempts=1, max_wait=2))
    found = await hurried.quotes([share(f"S{number}") for number in range(21_000)])
    reasons = [one.reason for one in found.values()]
    assert vendor.count() == 200 and reasons.count(Reason.RATE_LIMITED) == 1_000
    await hurried.close()


@pytest.mark.parametrize(("feed", "delay"), [("sip", Delay.REALTIME), ("delayed_sip", Delay.DELAYED)])
async def test_other_feeds_are_asked_for_and_declared(vendor, clock, feed, delay):
    other = made(vendor, clock, feed=feed)
    quote = (await other.quotes([AAPL]))[AAPL.key]
    assert quote.provenance.delay is delay and quote.provenance.notes == ()
    assert vendor.seen[0].query["feed"] == feed
    assert other.spec.capabilities[0].delay is delay
    await other.close()


def test_a_feed_there_is_not_is_refused(clock):
    with pytest.raises(ConfigError, match="no feed called siip"):
        AlpacaProvider(clock, keys=key_pool("alpaca", clock), feed="siip")


async def test_bars_come_in_pages_and_end_before_what_is_paid_for(provider, vendor):
    vendor.page = 2
    start = NOW - NOW % DAY - 4 * DAY
    bars = await provider.bars(AAPL, BarRequest(start=start, end=NOW, adjustment=Adjustment.SPLIT_DIVIDEND))
    assert tuple(bars.frame.columns) == BAR_COLUMNS and bars.frame.row(0)[1:] == (10, 12.5, 9, 11, 1000)
    assert bars.frame["time"].to_list() == [datetime(2026, 5, day, tzinfo=UTC) for day in (14, 15, 16, 17, 18)]
    query = vendor.seen[-1].query
    assert (query["adjustment"], query["feed"], query["end"]) == ("all", "sip", "2026-05-18T15:34:20Z")
    assert vendor.count() == 3 and query["page_token"] == "4"
    assert bars.provenance.delay is Delay.DELAYED and "16 minutes" in bars.provenance.notes[0]


async def test_with_the_paid_feed_bars_reach_up_to_now(vendor, clock):
    vendor.sip = True
    paid = made(vendor, clock, feed="sip")
    bars = await paid.bars(AAPL, BarRequest(interval=Interval.M1, start=NOW - HOUR, end=NOW))
    assert bars.frame["time"][-1] == datetime(2026, 5, 18, 15, 50, tzinfo=UTC) and bars.provenance.notes == ()
    await paid.close()


async def test_only_the_session_is_shown_unless_all_is_asked_for(provider):
    window = {"interval": Interval.M30, "start": NOW - NOW % DAY - 3 * DAY, "end": NOW - NOW % DAY - 2 * DAY}
    session = await provider.bars(AAPL, BarRequest(**window))
    assert len(session.frame) == 13 and session.frame["time"][0].hour == 13 and session.frame["time"][0].minute == 30
    assert len((await provider.bars(AAPL, BarRequest(**window, extended=True))).frame) == 48
    assert len((await provider.bars(BTC, BarRequest(**window))).frame) == 48


async def test_pages_that_go_in_circles_are_refused(provider, vendor):
    page = {"bars": {}, "next_page_token": "again"}
    vendor.misbehave("/v2/stocks/bars", body(page), times=5)
    error = await refused(provider.bars(AAPL, BarRequest(start=NOW - 5 * DAY, end=NOW)))
    assert error.reason is Reason.BAD_ANSWER and error.field == "next_page_token" and vendor.count() == 2


async def test_a_limit_in_mid_page_is_told_and_nothing_half_is_given(provider, vendor):
    vendor.page = 2
    late = status(429, {"message": "too many requests."}, x_ratelimit_reset=str(NOW // NANOS + 44))
    vendor.misbehave("/v2/stocks/bars", passed(), late)
    error = await refused(provider.bars(AAPL, BarRequest(start=NOW - 9 * DAY, end=NOW)))
    assert error.reason is Reason.RATE_LIMITED and error.retry_at == NOW + 44 * NANOS


async def test_bars_that_cannot_be_had_are_refused(provider):
    unknown = await refused(provider.bars(share("VOD", "XLON"), BarRequest(start=0, end=NOW)))
    assert unknown.reason is Reason.UNKNOWN_SYMBOL
    assert (await refused(provider.bars(AAPL, BarRequest(start=NOW - HOUR // 4, end=NOW)))).reason is Reason.NO_DATA
    hours = BarRequest(interval=Interval.H1, start=0, end=NOW)
    assert (await refused(provider.bars(AAPL, hours))).reason is Reason.NOT_OFFERED


async def test_trades_come_newest_first_without_those_undone(provider, vendor):
    trades = await provider.trades(AAPL, 10)
    assert [trade.price for trade in trades] == [133.5, 133.4] and trades[0].condition == "@,I"
    assert trades[0].id == "5298362569912600" and trades[1].time % NANOS == 123_456_789
    assert vendor.seen[-1].query["sort"] == "desc" and vendor.seen[-1].query["feed"] == "iex"
    assert (await provider.trades(BTC, 10))[1].side is Side.SELL and vendor.seen[-1].query["symbols"] == "BTC/USD"


async def test_a_book_of_the_crypto_venue_is_sorted(provider):
    book = await provider.book(BTC, 2)
    assert [level.price for level in book.bids] == [99.5, 99] and [level.price for level in book.asks] == [100.5, 101]
    assert (await refused(provider.book(AAPL, 5))).reason is Reason.NOT_OFFERED
    assert (await refused(provider.book(coin("XYZ"), 5))).reason is Reason.UNKNOWN_SYMBOL


async def test_news_come_newest_first_and_unescaped(provider, vendor):
    stories = await provider.news(AAPL, 10)
    assert [story.title for story in stories] == ["New & good", "Old"] and stories[1].summary == "Waymo's"
    await provider.news(BTC, 10)
    assert vendor.seen[-1].query["symbols"] == "BTCUSD"


async def test_screens_of_the_market_keep_their_order(provider, vendor):
    gained = await provider.movers(Screen.GAINERS, 9_999)
    assert [one.symbol for one in gained.instruments] == ["UPUP", "BRK.B"] and gained.total is None
    assert [name_of(one) for one in gained.instruments] == ["UPUP", "BRK.B"]
    assert [(quote.last, quote.previous_close) for quote in gained.quotes] == [(109.5, 100.0), (105.0, 100.0)]
    assert gained.provenance.as_of == to_nanos(datetime(2026, 5, 18, 15, 45, 0, 500_000, tzinfo=UTC))
    assert [one.symbol for one in (await provider.movers(Screen.LOSERS, 5)).instruments] == ["DOWN"]
    active = await provider.movers(Screen.ACTIVE, 500)
    assert [one.symbol for one in active.instruments] == ["AAPL"] and active.quotes == ()
    vendor.misbehave("/v1beta1/screener/stocks/movers", body({"gainers": None, "losers": []}))
    assert (await refused(provider.movers(Screen.GAINERS, 5))).reason is Reason.NO_DATA
    vendor.misbehave("/v1beta1/screener/stocks/movers", body({"gainers": [{"symbol": None}], "losers": []}))
    assert (await refused(provider.movers(Screen.GAINERS, 5))).field == "gainers[0].symbol"


async def test_a_search_reads_the_table_of_assets_once(provider, vendor):
    apple = await provider.search("apple", 9)
    assert [(one.symbol, one.venue) for one in apple] == [("AAPL", "XNAS")]
    [fund, *_] = await provider.search("spy", 9)
    assert fund.kind is Kind.ETF and [one.symbol for one in await provider.search("aple", 9)] == ["APLE"]
    [bitcoin] = await provider.search("bitcoin", 9)
    assert (bitcoin.venue, bitcoin.base, provider.symbol(bitcoin)) == ("ALPACA", "BTC", "BTC/USD")
    assert vendor.count() == 2 and await provider.search("odd", 9) == []


async def test_the_trading_host_of_another_environment_spoils_no_key(provider, vendor):
    vendor.trading_keys = {}
    error = await refused(provider.search("apple", 9))
    assert error.reason is Reason.NOT_OFFERED and "trading_url" in str(error)
    assert isinstance((await provider.quotes([AAPL]))[AAPL.key], Quote)


@pytest.mark.parametrize(
    ("instrument", "name"),
    [
        (BRK, "BRK.B"),
        (share("SPY", "ARCX"), "SPY"),
        (share("VOD", "XLON"), None),
        (BTC, "BTC/USD"),
        (coin("BTC", "USDT", "ALPACA"), "BTC/USDT"),
        (coin("BTC", "USDT", "BINANCE"), None),
        (coin("BTC", "EUR"), None),
        (Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD"), None),
    ],
)
def test_symbols_go_to_the_source(instrument, name):
    assert name_of(instrument) == name


async def test_a_bad_key_gives_way_to_a_good_one_and_is_never_told(vendor, clock, caplog):
    caplog.set_level(logging.DEBUG)
    both = made(vendor, clock, keys={"main": OTHER_KEY, "second": KEY})
    for _ in range(2):
        assert isinstance((await both.quotes([AAPL]))[AAPL.key], Quote)
    vendor.keys = {}
    missing = (await both.quotes([AAPL]))[AAPL.key]
    told = caplog.text + missing.detail + "".join(str(record) for record in both.http.log.records)
    assert missing.reason is Reason.BAD_KEY
    assert all(part not in told for key in (KEY, OTHER_KEY) for part in key.split(":"))
    await both.close()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (status(400, {"message": "invalid timeframe"}), Reason.PROVIDER_ERROR),
        (status(400, {"message": "invalid symbol: AAPL"}), Reason.UNKNOWN_SYMBOL),
        (status(401, b""), Reason.BAD_KEY),
        (status(401, b"<html>401</html>"), Reason.BAD_KEY),
        (status(403, RECENT_SIP), Reason.NOT_OFFERED),
        (status(403, {"message": "forbidden."}), Reason.BAD_KEY),
        (status(403, b"<!DOCTYPE html><html>blocked</html>"), Reason.RATE_LIMITED),
        (status(404, {"code": 40410000, "message": "resource not found"}), Reason.PROVIDER_ERROR),
        (status(422, {"message": "subscription does not permit querying data from the past 15 minutes"}), None),
        (status(429, b"", retry_after=30), Reason.RATE_LIMITED),
        (status(429, {"message": "too many requests."}), Reason.RATE_LIMITED),
        (status(500, {"message": "internal server error occurred"}), Reason.PROVIDER_ERROR),
        (html(), Reason.BAD_ANSWER),
        (cut_json(), Reason.BAD_ANSWER),
        (body(b""), Reason.BAD_ANSWER),
        (body([]), Reason.BAD_ANSWER),
        (truncated(), Reason.BAD_ANSWER),
        (reset(), Reason.PROVIDER_ERROR),
    ],
)
async def test_every_misbehaviour_is_a_typed_error(provider, vendor, broken, reason):
    vendor.misbehave("/v2/stocks/trades", broken, times=2)
    error = await refused(provider.trades(AAPL, 5))
    assert error.reason is (reason or Reason.NOT_OFFERED)
    assert (error.provider, error.endpoint) == ("alpaca", "v2/stocks/trades")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'"latestTrade": {"t"', b'"latestTrade": {"time"', "t"),
        (b"145", b'"many"', "latestTrade.s"),
        (b"25846800", b'"NaN"', "v"),
        (b"2026-05-18T15:50:06.563Z", b"just now", "t"),
        (b"132.42", b"-132.42", "o"),
    ],
)
async def test_a_wrong_field_is_named(provider, vendor, old, new, field):
    vendor.misbehave(SNAPSHOTS, replaced(old, new))
    missing = (await provider.quotes([AAPL]))[AAPL.key]
    assert missing.reason is Reason.BAD_ANSWER and field in missing.detail and "v2/stocks/snapshots" in missing.detail


@pytest.mark.parametrize("new", [b'"145"', b'145, "brand_new": []'])
async def test_documented_variety_is_accepted(provider, vendor, new):
    vendor.misbehave(SNAPSHOTS, replaced(b"145", new))
    assert (await provider.quotes([AAPL]))[AAPL.key].last_size == 145


async def test_what_is_not_offered_is_refused_without_asking(provider, vendor):
    for call in (provider.profile(AAPL), provider.earnings(AAPL), provider.ratings(AAPL), provider.dividends(AAPL)):
        assert (await refused(call)).reason is Reason.NOT_OFFERED
    assert vendor.count() == 0 and provider.spec.needs_key
