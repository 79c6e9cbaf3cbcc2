"""Coinbase over REST, against a local server in its shapes."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import polars as pl
import pytest
from vendors.coinbase import CoinbaseVendor
from vendors.instruments import spot
from vendors.server import HTML, body, cut_json, html, reset, status, truncated
from vendors.watching import asking, refused

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.market.bars import BAR_COLUMNS, BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.master import load_master
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote, Side
from financehub_tui.providers.base import DataKind
from financehub_tui.providers.coinbase import CoinbaseProvider
from financehub_tui.providers.coinbase.rest import INTERVALS

NOW_S = 1_723_161_255
NOW = NOW_S * NANOS
DAY = 86_400 * NANOS
VENDOR = partial(CoinbaseVendor, now=NOW_S)
made = partial(asking, CoinbaseProvider)
BOOK, CANDLES, STATS = "/products/BTC-USD/book", "/products/BTC-USD/candles", "/products/stats"
TIME_NS = 1_723_161_255_308_123_000
coin = partial(spot, venue="COINBASE")
BTC, ETH = coin("BTC-USD"), coin("ETH-USD")


# names


@pytest.mark.parametrize(
    ("instrument", "product"),
    [
        (BTC, "BTC-USD"),
        (coin("BTC/EUR", base="", currency="EUR"), "BTC-EUR"),
        (coin("ethbtc", base="", currency="BTC"), "ETH-BTC"),
        (coin("BTC-USD", venue=""), "BTC-USD"),
        (coin("XBT", aliases={"coinbase": "BTC-USDC"}), "BTC-USDC"),
        (coin("BTC-USD", venue="KRAKEN"), None),
        (coin("BTC-USD", venue="BINANCE", aliases={"coinbase": "BTC-USD"}), None),
        (coin("BTC", base="", currency="USD"), None),
        (coin("USD", base="", currency="USD"), None),
        (coin("BTC-USD", kind=Kind.FUTURE), None),
        (Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS"), None),
    ],
)
def test_names_are_the_venues_own(instrument, product):
    assert CoinbaseProvider(ManualClock()).symbol(instrument) == product


def test_the_security_masters_pairs_have_their_names():
    listed = [one for one in load_master().all() if one.venue == "COINBASE"]
    provider = CoinbaseProvider(ManualClock())
    assert len(listed) > 50 and all(provider.symbol(one) == one.aliases["coinbase"] for one in listed)


# quotes


async def test_a_quote_has_best_prices_the_last_24_hours_and_its_origin(provider, vendor):
    quote = (await provider.quotes([BTC]))[BTC.key]
    assert (quote.last, quote.bid, quote.ask, quote.last_size) == (61837.7, 61837.6, 61837.7, 0.02)
    assert (quote.high, quote.low, quote.volume) == (62700.0, 56800.0, 40123.45)
    assert (quote.open, quote.previous_close) == (57000.1, 57000.1)
    assert quote.time == 1_723_161_254_887_000_000 and quote.provenance.provider == "coinbase"
    assert vendor.count() == 2 and "User-Agent" in vendor.seen[0].headers


async def test_without_statistics_there_is_still_a_price(provider, vendor):
    vendor.misbehave("/products/BTC-USD/stats", status(500), times=2)
    quote = (await provider.quotes([BTC]))[BTC.key]
    assert (quote.last, quote.high, quote.previous_close) == (61837.7, None, None)


async def test_what_never_traded_has_no_price_rather_than_zero(provider, vendor):
    vendor.serve("/products/BTC-USD/ticker", {"bid": "0", "ask": "0", "volume": "0"})
    quote = (await provider.quotes([BTC]))[BTC.key]
    assert (quote.last, quote.bid, quote.ask, quote.time) == (None, None, None, NOW)


async def test_two_instruments_may_be_one_pair(provider):
    anywhere = coin("BTC-USD", venue="")
    quotes = await provider.quotes([BTC, anywhere])
    assert [quotes[one.key].key for one in (BTC, anywhere)] == [BTC.key, anywhere.key]
    assert quotes[BTC.key].last == quotes[anywhere.key].last and BTC.key != anywhere.key


async def test_an_unknown_product_does_not_spoil_its_neighbours(provider):
    nope = coin("NOPE-USD")
    quotes = await provider.quotes([BTC, nope, ETH])
    assert isinstance(quotes[BTC.key], Quote) and isinstance(quotes[ETH.key], Quote)
    assert isinstance(quotes[nope.key], Missing) and quotes[nope.key].reason is Reason.UNKNOWN_SYMBOL


async def test_many_products_are_one_call_for_all(provider, vendor):
    wanted = [coin(product) for product in vendor.products] + [coin("NOPE-USD"), coin("A-B", venue="KRAKEN")]
    quotes = await provider.quotes(wanted)
    assert vendor.count() == vendor.count(STATS) == 1 and len(quotes) == 8
    quote = quotes[BTC.key]
    assert (quote.last, quote.high, quote.previous_close, quote.bid) == (61837.7, 62700.0, 57000.1, None)
    assert {quotes[one.key].reason for one in wanted[-2:]} == {Reason.UNKNOWN_SYMBOL}


async def test_products_without_trades_have_empty_statistics(provider, vendor):
    day = {"open": None, "high": "", "low": "0", "volume": "0"}
    del day["high"]
    vendor.serve(STATS, {one: {"stats_24hour": day, "stats_30day": {}} for one in vendor.products})
    quote = (await provider.quotes([coin(one) for one in vendor.products]))[BTC.key]
    assert (quote.last, quote.open, quote.high, quote.low, quote.volume) == (None, None, None, None, 0.0)


async def test_where_there_is_no_call_for_all_each_is_asked(provider, vendor, clock):
    vendor.serve(STATS, {"message": "NotFound"}, status=404)
    quotes = await provider.quotes([coin(one) for one in vendor.products])
    assert all(isinstance(quote, Quote) and quote.bid for quote in quotes.values())
    assert vendor.count() == 1 + 12


async def test_a_failed_call_for_all_is_missing_with_its_reason(provider, vendor):
    vendor.serve(STATS, b"<html>", status=503)
    quotes = await provider.quotes([coin(one) for one in vendor.products])
    assert {quote.reason for quote in quotes.values()} == {Reason.PROVIDER_ERROR}


# bars


@pytest.mark.parametrize("interval", INTERVALS)
async def test_every_interval_has_columns_origin_and_the_forming_bar_marked(provider, vendor, interval):
    step = interval.seconds * NANOS
    bars = await provider.bars(BTC, BarRequest(interval=interval, start=NOW - 9 * step, end=NOW))
    assert tuple(bars.frame.columns) == BAR_COLUMNS and bars.frame.height == 9
    assert bars.frame.schema["time"] == pl.Datetime("us", "UTC") and bars.frame["time"].is_sorted()
    assert bars.forming and bars.interval is interval and bars.provenance.endpoint == "candles"
    assert bars.frame.row(0)[1:] == (100.0, 102.0, 99.5, 101.25, 12.5)
    assert vendor.seen[0].query["granularity"] == str(interval.seconds)


@pytest.mark.parametrize(("buckets", "calls"), [(1, 1), (299, 1), (300, 1), (301, 2), (600, 2), (1_440, 5)])
async def test_pages_hold_exactly_three_hundred_candles(provider, vendor, buckets, calls):
    start = NOW // DAY * DAY - 2 * DAY
    end = start + buckets * 60 * NANOS
    bars = await provider.bars(BTC, BarRequest(interval=Interval.M1, start=start, end=end))
    assert bars.frame.height == buckets and bars.frame["time"].n_unique() == buckets
    assert vendor.count(CANDLES) == calls and not bars.forming
    assert bars.frame["time"][0].timestamp() * NANOS == start


async def test_candles_without_trades_are_absent(provider, vendor):
    start = NOW_S // 86_400 * 86_400
    vendor.quiet = {start + 60, start + 120}
    bars = await provider.bars(BTC, BarRequest(interval=Interval.M1, start=start * NANOS, end=(start + 300) * NANOS))
    assert bars.frame.height == 3


async def test_nothing_is_asked_of_the_time_before_the_venue_nor_of_the_future(provider, vendor):
    bars = await provider.bars(BTC, BarRequest(interval=Interval.D1, start=0, end=NOW + 5 * 365 * DAY))
    assert vendor.count(CANDLES) == 12 and str(bars.frame["time"][0])[:10] == "2015-07-20"
    assert str(bars.frame["time"][-1])[:10] == "2024-08-08" and bars.forming


async def test_a_venue_that_sends_more_than_was_asked_is_cut(provider, vendor):
    start = NOW // DAY * DAY
    rows = [[start // NANOS + 60 * n, 1, 2, 1, 2, 3] for n in range(-5, 9)]
    vendor.serve(CANDLES, rows + rows)
    bars = await provider.bars(BTC, BarRequest(interval=Interval.M1, start=start, end=start + 120 * NANOS))
    assert bars.frame.height == 2


async def test_no_bars_is_a_typed_reason(provider, vendor):
    request = BarRequest(interval=Interval.D1, start=0, end=DAY)
    assert (await refused(provider.bars(BTC, request))).reason is Reason.NO_DATA
    assert vendor.count() == 0
    nope = provider.bars(coin("NOPE-USD"), BarRequest(interval=Interval.D1, start=NOW - DAY, end=NOW))
    vendor.serve("/products/NOPE-USD/candles", {"message": "NotFound"}, status=404)
    assert (await refused(nope)).reason is Reason.UNKNOWN_SYMBOL


# book, trades, products


async def test_a_book_has_levels_orders_sequence_and_time(provider, vendor):
    book = await provider.book(BTC, 3)
    assert [(level.price, level.orders) for level in book.bids] == [(61830.0, 3), (61829.0, 3), (61828.0, 3)]
    assert (book.sequence, book.time, book.crossed) == (12345, TIME_NS, False)
    assert vendor.seen[0].query == {"level": "2"}
    assert len((await provider.book(BTC, 1)).asks) == 1 and vendor.seen[1].query == {"level": "1"}


async def test_a_book_without_time_is_stamped_on_arrival(provider, vendor):
    vendor.serve(BOOK, {"bids": [["1.5", "2", 1, "new"]], "asks": [], "sequence": 3})
    assert (await provider.book(BTC, 5)).time == NOW


async def test_trades_name_the_aggressor_not_the_maker(provider):
    trades = await provider.trades(BTC, 3)
    assert [trade.id for trade in trades] == ["5000", "4999", "4998"]
    assert [trade.side for trade in trades] == [Side.SELL, Side.BUY, Side.SELL]
    assert trades[0].time == TIME_NS and trades[0].price == 65000.5


async def test_more_than_a_thousand_trades_are_paged_by_cursor(provider, vendor):
    trades = await provider.trades(BTC, 2_500)
    assert [int(trade.id) for trade in trades] == list(range(5_000, 2_500, -1))
    assert [seen.query.get("after") for seen in vendor.seen] == [None, "4001", "3001"]
    assert [seen.query["limit"] for seen in vendor.seen] == ["1000", "1000", "500"]


async def test_trades_end_where_the_venue_has_no_more(provider, vendor):
    vendor.trade_id = 1_200
    assert len(await provider.trades(BTC, 5_000)) == 1_200


async def test_search_knows_names_and_leaves_out_what_does_not_trade(provider, vendor):
    assert [one.symbol for one in await provider.search("btc", 9)] == ["BTC-USD", "BTC-EUR", "ETH-BTC"]
    assert [one.symbol for one in await provider.search("bitcoin", 1)] == ["BTC-USD"]
    assert [one.symbol for one in await provider.search("eth-btc", 1)] == ["ETH-BTC"]
    assert await provider.search("luna", 5) == [] and await provider.search(" - ", 5) == []
    assert vendor.count("/products") == vendor.count("/currencies") == 1


async def test_found_products_are_those_of_the_security_master(provider):
    [found] = await provider.search("btcusd", 1)
    [known] = load_master().exact("BTC-USD", venue="COINBASE")
    assert (found.key, found.name, found.decimals) == (known.key, known.name, known.decimals)


async def test_without_names_of_currencies_their_codes_do(provider, vendor):
    vendor.serve("/currencies", b"", status=500)
    [found] = await provider.search("btcusd", 1)
    assert found.name == "BTC / USD"


async def test_precision_comes_from_the_tick_size_once_it_is_known(provider):
    shib = coin("SHIB-USD")
    await provider.search("shib", 1)
    assert (await provider.quotes([shib]))[shib.key].decimals == 8


async def test_a_profile_tells_the_contracts_steps(provider):
    profile = await provider.profile(coin("BTC-USD", name=""))
    assert profile.name == "Bitcoin / USD" and dict(profile.extra) == {
        "Base asset": "BTC",
        "Quote asset": "USD",
        "Status": "online",
        "Tick size": "0.01",
        "Lot step": "0.00000001",
        "Minimum order value": "1 USD",
    }
    assert (await refused(provider.profile(coin("NOPE-USD")))).reason is Reason.UNKNOWN_SYMBOL


# what goes wrong


def said(code, text, **more):
    return status(code, {"message": text}, **more)


@pytest.mark.parametrize(
    ("fault", "reason", "wait"),
    [
        (said(404, "NotFound"), Reason.UNKNOWN_SYMBOL, None),
        (said(400, "Unsupported granularity"), Reason.NOT_OFFERED, None),
        (said(400, "Invalid product_id"), Reason.UNKNOWN_SYMBOL, None),
        (said(400, "User-Agent header is required."), Reason.PROVIDER_ERROR, None),
        (said(401, "invalid signature"), Reason.NO_KEY, None),
        (said(403, "Forbidden"), Reason.PROVIDER_ERROR, None),
        (status(403, HTML), Reason.RATE_LIMITED, 60),
        (said(429, "Public rate limit exceeded"), Reason.RATE_LIMITED, 1),
        (said(429, "Public rate limit exceeded", retry_after=40), Reason.RATE_LIMITED, 40),
        (status(429), Reason.RATE_LIMITED, 1),
        (said(500, "Internal Server Error"), Reason.PROVIDER_ERROR, None),
        (said(504, "timeout"), Reason.TIMEOUT, None),
        (status(502, HTML), Reason.PROVIDER_ERROR, None),
        (html(), Reason.BAD_ANSWER, None),
        (cut_json(), Reason.BAD_ANSWER, None),
        (truncated(), Reason.BAD_ANSWER, None),
        (reset(), Reason.PROVIDER_ERROR, None),
        (body(b""), Reason.BAD_ANSWER, None),
        (body(None), Reason.BAD_ANSWER, None),
        (body({"message": "odd"}), Reason.BAD_ANSWER, None),
        (body({"bids": [["1", None, 1]], "asks": [], "sequence": 1}), Reason.BAD_ANSWER, None),
        (body({"bids": [["-1", "1", 1]], "asks": [], "sequence": 1}), Reason.BAD_ANSWER, None),
        (body({"bids": [], "asks": None, "sequence": 1}), Reason.BAD_ANSWER, None),
    ],
)
async def test_whatever_goes_wrong_has_its_type(provider, vendor, clock, fault, reason, wait):
    vendor.misbehave(BOOK, fault, times=5)
    error = await refused(provider.book(BTC, 10))
    assert error.reason is reason, str(error)
    assert error.endpoint == "book" and str(error).startswith("coinbase: ") and "\n" not in str(error)
    assert (error.retry_at is None) == (wait is None)
    assert wait is None or error.retry_at == clock.now() + wait * NANOS


@pytest.mark.parametrize(
    ("path", "answer", "field"),
    [
        (BOOK, {"bids": [["1", "2", 3]], "asks": [["1", "?", 3]], "sequence": 1}, "asks[0][1]"),
        (BOOK, {"bids": [["1", "2", "f9987469-a0e9"]], "asks": [], "sequence": 1}, "bids[0][2]"),
        (CANDLES, [[1, 1, 1, 1, 1, 1], [1, 1, None, 1, 1, 1]], "[1][2]"),
        ("/products/BTC-USD/trades", [{"trade_id": 1, "price": "1", "size": "1", "side": "?"}], "[0].side"),
    ],
)
async def test_the_field_that_is_wrong_is_named(provider, vendor, path, answer, field):
    vendor.serve(path, answer)
    request = BarRequest(interval=Interval.D1, start=NOW - DAY, end=NOW)
    calls = {BOOK: lambda: provider.book(BTC, 5), CANDLES: lambda: provider.bars(BTC, request)}
    error = await refused(calls.get(path, lambda: provider.trades(BTC, 5))())
    assert (error.reason, error.field) == (Reason.BAD_ANSWER, field)


async def test_a_budget_spent_in_mid_page_is_a_typed_error(provider, vendor):
    vendor.misbehave(CANDLES, _pass, said(429, "slow", retry_after=55))
    error = await refused(provider.bars(BTC, BarRequest(interval=Interval.M1, start=NOW - DAY, end=NOW)))
    assert error.reason is Reason.RATE_LIMITED and error.retry_at == NOW + 55 * NANOS


async def _pass(request, handler):
    return handler(request)


async def test_a_short_throttling_is_waited_for(provider, vendor, clock):
    vendor.misbehave(BOOK, said(429, "Public rate limit exceeded"))
    assert (await provider.book(BTC, 5)).bids and clock.now() >= NOW + NANOS


async def test_calls_are_paced_to_ten_a_second(provider, vendor, clock):
    for _ in range(31):
        await provider.book(BTC, 5)
    assert clock.monotonic() >= 3


def test_what_is_declared():
    spec = CoinbaseProvider.spec
    offered = {capability.kind: capability for capability in spec.capabilities}
    assert {DataKind.SEARCH, DataKind.PROFILE, DataKind.BARS} < set(offered) and not spec.needs_key
    assert {kind for kind in offered if offered[kind].stream} == {DataKind.QUOTE, DataKind.BOOK, DataKind.TRADES}
    assert Interval.H4 not in offered[DataKind.BARS].intervals
    assert spec.rest_url == "https://api.exchange.coinbase.com"
    assert spec.stream_url == "wss://ws-feed.exchange.coinbase.com"


def test_importing_the_provider_imports_nothing_heavy():
    code = "import sys, financehub_tui.providers.coinbase as c; c.CoinbaseProvider; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "websockets", "polars", "limits", "tenacity"} & set(loaded)
