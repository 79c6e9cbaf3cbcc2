"""Kraken over REST, against a local server in its shapes."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import polars as pl
import pytest
from vendors.instruments import spot
from vendors.kraken import UNKNOWN_PAIR, KrakenVendor, Market
from vendors.server import HTML, body, cut_json, html, reset, status, truncated
from vendors.watching import asking, refused

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.market.bars import BAR_COLUMNS, BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.master import load_master
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote, Side
from financehub_tui.providers.base import DataKind
from financehub_tui.providers.kraken import KrakenProvider, names
from financehub_tui.providers.kraken.rest import MINUTES

NOW_S = 1_723_161_255
NOW = NOW_S * NANOS
DAY = 86_400 * NANOS
VENDOR = partial(KrakenVendor, now=NOW_S)
made = partial(asking, KrakenProvider)
TICKER, OHLC, DEPTH = "/0/public/Ticker", "/0/public/OHLC", "/0/public/Depth"
coin = partial(spot, venue="KRAKEN")
BTC, ETH = coin("BTC/USD"), coin("ETH/USD")


# names


@pytest.mark.parametrize(
    ("instrument", "symbol", "altname"),
    [
        (BTC, "BTC/USD", "XBTUSD"),
        (coin("DOGE/USD"), "DOGE/USD", "XDGUSD"),
        (coin("ETH/BTC"), "ETH/BTC", "ETHXBT"),
        (coin("XBTUSD", base="", currency="USD"), "BTC/USD", "XBTUSD"),
        (coin("BTCUSD", base="", currency="USD"), "BTC/USD", "XBTUSD"),
        (coin("XXBTZEUR", base="", currency="EUR"), "BTC/EUR", "XBTEUR"),
        (coin("xbt-usdt", base="", currency="USDT"), "BTC/USDT", "XBTUSDT"),
        (coin("XTZUSD", base="", currency="USD"), "XTZ/USD", "XTZUSD"),
        (coin("AVAXUSD", base="", currency="USD"), "AVAX/USD", "AVAXUSD"),
        (coin("USDTZUSD", base="", currency="USD"), "USDT/USD", "USDTUSD"),
        (coin("AAPLX", aliases={"kraken": "AAPLx/USD"}), "AAPLx/USD", "AAPLxUSD"),
        (coin("XBT", aliases={"kraken": "XBT/USD"}), "BTC/USD", "XBTUSD"),
        (coin("BTC/USD", venue=""), "BTC/USD", "XBTUSD"),
    ],
)
def test_names_are_read_in_every_dialect(instrument, symbol, altname):
    assert KrakenProvider(ManualClock()).symbol(instrument) == symbol
    assert names.altname(symbol) == altname and altname in names.spellings(symbol)


@pytest.mark.parametrize(
    "instrument",
    [
        coin("BTC/USD", venue="COINBASE"),
        coin("BTC/USD", venue="BINANCE", aliases={"kraken": "BTC/USD"}),
        coin("BTC/USD", kind=Kind.FUTURE),
        coin("BTC", base="", currency="USD"),
        coin("A/B/C", base="", currency="C"),
        Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS"),
        Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD", kind=Kind.SPOT),
    ],
)
def test_what_is_no_spot_pair_of_this_venue_has_no_name(instrument):
    assert KrakenProvider(ManualClock()).symbol(instrument) is None


def test_the_security_masters_pairs_have_their_names_both_ways():
    listed = [one for one in load_master().all() if one.venue == "KRAKEN"]
    assert len(listed) > 40
    for one in listed:
        symbol = names.symbol_of(one)
        assert symbol == one.symbol == one.aliases["kraken"]
        assert names.altname(symbol) == one.aliases["kraken_rest"]
        assert names.read_pair(one.aliases["kraken_rest"], one.currency) == symbol


# quotes


async def test_a_quote_has_the_last_24_hours_and_its_origin(provider):
    quote = (await provider.quotes([BTC]))[BTC.key]
    assert (quote.last, quote.bid, quote.ask, quote.bid_size) == (61837.7, 61837.6, 61837.7, 3.788)
    assert (quote.high, quote.low, quote.volume, quote.trade_count) == (62700.0, 56800.0, 4012.5, 1001)
    assert (quote.open, quote.previous_close, quote.quote_volume) == (61000.0, 61000.0, 4012.5 * 60000.0)
    assert (quote.time, quote.decimals, quote.provenance.provider) == (NOW, 1, "kraken")
    assert quote.provenance.notes == ("change since 00:00 UTC",)


async def test_many_pairs_are_one_call_whatever_the_venue_calls_them(provider, vendor):
    wanted = [coin(symbol) for symbol in vendor.markets]
    quotes = await provider.quotes(wanted)
    assert all(isinstance(quotes[one.key], Quote) for one in wanted)
    assert vendor.count() == 1 and "XBTUSD" in vendor.seen[0].query["pair"].split(",")


async def test_answers_in_any_dialect_find_their_pairs(provider, vendor):
    row = {"a": ["2", "1", "1"], "b": ["1", "1", "1"], "c": ["2", "1"], "v": [1, 1], "p": [1, 1], "t": [1, 1]}
    row |= {"l": ["1", "1"], "h": ["2", "2"], "o": "1", "new": {"x": 1}}
    for key, other in (("XXBTZUSD", "XETHZUSD"), ("XBTUSD", "ETHUSD"), ("BTC/USD", "ETH/USD"), ("XBT/USD", "ETH/USD")):
        vendor.serve(TICKER, {"error": [], "result": {key: row, other: row}})
        quotes = await provider.quotes([BTC, ETH])
        assert quotes[BTC.key].last == quotes[ETH.key].last == 2.0


async def test_more_than_a_hundred_pairs_are_one_call_for_all(provider, vendor):
    for n in range(150):
        vendor.markets[f"C{n}/USD"] = Market(f"C{n}USD", f"C{n}USD", f"C{n}/USD", f"C{n}/USD", 2, 8)
    wanted = [coin(f"C{n}/USD") for n in range(150)] + [coin("NOPE/USD"), BTC]
    quotes = await provider.quotes(wanted)
    assert sum(isinstance(quote, Quote) for quote in quotes.values()) == 151
    assert vendor.count() == 1 and vendor.seen[0].query == {}
    assert quotes[wanted[150].key].reason is Reason.UNKNOWN_SYMBOL


async def test_an_idle_pair_has_no_price_rather_than_zero(provider):
    luna = coin("LUNA/USD")
    quote = (await provider.quotes([luna]))[luna.key]
    assert {quote.last, quote.bid, quote.ask, quote.high, quote.previous_close} == {None}
    assert quote.change_percent is None and quote.trade_count == 0
    assert {quote.last_size, quote.bid_size, quote.ask_size} == {None}


async def test_an_unknown_pair_does_not_spoil_its_neighbours(provider, vendor):
    nope = coin("NOPE/USD")
    quotes = await provider.quotes([BTC, nope, ETH])
    assert isinstance(quotes[BTC.key], Quote) and isinstance(quotes[ETH.key], Quote)
    missing = quotes[nope.key]
    assert isinstance(missing, Missing) and missing.reason is Reason.UNKNOWN_SYMBOL
    assert vendor.count() == 3
    assert (await provider.quotes([nope]))[nope.key].reason is Reason.UNKNOWN_SYMBOL


async def test_two_instruments_may_be_one_pair(provider):
    anywhere = coin("BTC/USD", venue="")
    quotes = await provider.quotes([BTC, anywhere])
    assert [quotes[one.key].key for one in (BTC, anywhere)] == [BTC.key, anywhere.key]
    assert quotes[BTC.key].last == quotes[anywhere.key].last and BTC.key != anywhere.key


async def test_what_is_no_pair_is_answered_without_asking(provider, vendor):
    other = coin("BTC/USD", venue="COINBASE")
    assert (await provider.quotes([other]))[other.key].reason is Reason.UNKNOWN_SYMBOL
    assert (await refused(provider.book(other, 5))).reason is Reason.UNKNOWN_SYMBOL
    assert await provider.quotes([]) == {} and vendor.count() == 0


# bars


@pytest.mark.parametrize("interval", list(MINUTES))
async def test_every_interval_has_columns_origin_and_the_forming_bar_marked(provider, vendor, interval):
    step = interval.seconds * NANOS
    bars = await provider.bars(BTC, BarRequest(interval=interval, start=NOW - 9 * step, end=NOW))
    assert tuple(bars.frame.columns) == BAR_COLUMNS and bars.frame.height == 9
    assert bars.frame.schema["time"] == pl.Datetime("us", "UTC") and bars.frame["time"].is_sorted()
    assert bars.forming and bars.interval is interval and bars.provenance.endpoint == "OHLC"
    assert bars.frame.row(0)[1:] == (100.0, 102.0, 99.0, 101.0, 12.5)
    assert vendor.seen[0].query["interval"] == str(MINUTES[interval]) and vendor.seen[0].query["pair"] == "XBTUSD"


async def test_the_window_holds_its_start_and_not_its_end(provider):
    start = NOW // DAY * DAY - 5 * DAY
    bars = await provider.bars(BTC, BarRequest(interval=Interval.D1, start=start, end=start + 2 * DAY))
    assert [str(time)[:10] for time in bars.frame["time"]] == ["2024-08-03", "2024-08-04"]
    assert not bars.forming and bars.provenance.notes == ()


async def test_a_window_longer_than_what_the_venue_keeps_is_cut_and_says_so(provider):
    bars = await provider.bars(BTC, BarRequest(interval=Interval.M1, start=NOW - DAY, end=NOW))
    assert bars.frame.height in (720, 721) and "720" in bars.provenance.notes[0]


async def test_before_what_the_venue_keeps_there_is_no_data_and_why(provider):
    error = await refused(provider.bars(BTC, BarRequest(interval=Interval.M1, start=NOW - 3 * DAY, end=NOW - 2 * DAY)))
    assert error.reason is Reason.NO_DATA and "last 720 only, from 2024-08-08" in str(error)


async def test_an_empty_series_is_no_data(provider, vendor):
    vendor.serve(OHLC, {"error": [], "result": {"XXBTZUSD": [], "last": 0}})
    request = BarRequest(interval=Interval.D1, start=NOW - DAY, end=NOW)
    assert (await refused(provider.bars(BTC, request))).reason is Reason.NO_DATA


# book, trades, pairs


async def test_a_book_has_levels_and_precision(provider, vendor):
    book = await provider.book(BTC, 3)
    assert [level.price for level in book.bids] == [61829.9, 61829.8, 61829.7]
    assert [level.price for level in book.asks] == [61830.0, 61830.1, 61830.2]
    assert (book.time, book.decimals, book.crossed) == (NOW, 1, False)
    assert vendor.seen[0].query == {"pair": "XBTUSD", "count": "3"}
    await provider.book(BTC, 9_999)
    assert vendor.seen[1].query["count"] == "500"


async def test_trades_come_newest_first_with_the_aggressor_and_the_streams_microseconds(provider, vendor):
    trades = await provider.trades(BTC, 4)
    assert [trade.id for trade in trades] == ["1000", "999", "998", "997"]
    assert [trade.side for trade in trades] == [Side.SELL, Side.BUY, Side.SELL, Side.BUY]
    rows = [["1.5", "2", 1762795433.9717445, "b", "l", ""], ["1.5", "2", "1762795433.9717456", "x", "m"]]
    vendor.serve("/0/public/Trades", {"error": [], "result": {"XBTUSD": rows, "last": "1762795433971744500"}})
    old = await provider.trades(BTC, 4)
    assert [(trade.time, trade.id, trade.side) for trade in old] == [
        (1_762_795_433_971_745_000, "", Side.UNKNOWN),
        (1_762_795_433_971_744_000, "", Side.BUY),
    ]


async def test_search_knows_every_dialect_and_leaves_out_what_does_not_trade(provider, vendor):
    assert [one.symbol for one in await provider.search("btc", 9)] == ["BTC/USD", "BTC/EUR", "ETH/BTC"]
    assert [one.symbol for one in await provider.search("XBTUSD", 1)] == ["BTC/USD"]
    assert [one.symbol for one in await provider.search("xdg", 1)] == ["DOGE/USD"]
    assert await provider.search("luna", 5) == [] and await provider.search(" / ", 5) == []
    assert vendor.count("/0/public/AssetPairs") == 1


async def test_found_pairs_are_those_of_the_security_master(provider):
    [found] = await provider.search("btcusd", 1)
    [known] = load_master().exact("BTC/USD", venue="KRAKEN")
    assert found.key == known.key and found.aliases == known.aliases and found.decimals == 1


async def test_the_list_of_pairs_is_loaded_once_a_day(provider, vendor, clock):
    await provider.search("eth", 5)
    clock.advance(86_401)
    await provider.search("eth", 5)
    assert vendor.count("/0/public/AssetPairs") == 2


async def test_precision_comes_from_the_tick_size_once_it_is_known(provider):
    pepe = coin("PEPE/USD")
    await provider.search("pepe", 1)
    assert (await provider.quotes([pepe]))[pepe.key].decimals == 9


async def test_a_profile_tells_the_contracts_steps(provider):
    profile = await provider.profile(BTC)
    assert dict(profile.extra) == {
        "Base asset": "BTC",
        "Quote asset": "USD",
        "Status": "online",
        "Tick size": "0.1",
        "Lot step": "0.00000001",
        "Minimum order size": "0.00005 BTC",
        "Minimum order value": "0.5 USD",
    }
    assert profile.identifiers == {"kraken": "BTC/USD", "kraken_rest": "XBTUSD"}
    assert (await refused(provider.profile(coin("NOPE/USD")))).reason is Reason.UNKNOWN_SYMBOL


# what goes wrong


def said(*texts):
    return body({"error": list(texts)})


@pytest.mark.parametrize(
    ("fault", "reason", "wait"),
    [
        (body(UNKNOWN_PAIR), Reason.UNKNOWN_SYMBOL, None),
        (said("EQuery:Unknown asset"), Reason.UNKNOWN_SYMBOL, None),
        (said("WGeneral:Danger", "EGeneral:Too many requests"), Reason.RATE_LIMITED, 10),
        (said("EAPI:Rate limit exceeded"), Reason.RATE_LIMITED, 10),
        (said("EGeneral:Temporary lockout"), Reason.RATE_LIMITED, 900),
        (said("EGeneral:Invalid arguments:count"), Reason.PROVIDER_ERROR, None),
        (said("EGeneral:Internal error"), Reason.PROVIDER_ERROR, 10),
        (said("EService:Unavailable"), Reason.PROVIDER_ERROR, 10),
        (said("EService:Market in cancel_only mode"), Reason.PROVIDER_ERROR, 10),
        (said("EService:Deadline elapsed"), Reason.TIMEOUT, None),
        (said("EAPI:Invalid key"), Reason.NO_KEY, None),
        (said("EGeneral:Permission denied"), Reason.NO_KEY, None),
        (said("ESomething:New"), Reason.PROVIDER_ERROR, None),
        (status(429, {"error": ["EGeneral:Too many requests"]}), Reason.RATE_LIMITED, 10),
        (status(429), Reason.RATE_LIMITED, 10),
        (status(429, retry_after=40), Reason.RATE_LIMITED, 40),
        (status(403, HTML), Reason.RATE_LIMITED, 600),
        (status(520, HTML), Reason.PROVIDER_ERROR, None),
        (status(503), Reason.PROVIDER_ERROR, None),
        (html(), Reason.BAD_ANSWER, None),
        (cut_json(), Reason.BAD_ANSWER, None),
        (truncated(), Reason.BAD_ANSWER, None),
        (reset(), Reason.PROVIDER_ERROR, None),
        (body(b""), Reason.BAD_ANSWER, None),
        (body(None), Reason.BAD_ANSWER, None),
        (body({"error": []}), Reason.BAD_ANSWER, None),
        (body({"error": [], "result": {}}), Reason.BAD_ANSWER, None),
        (
            body({"error": [], "result": {"A": {"asks": [], "bids": []}, "B": {"asks": [], "bids": []}}}),
            Reason.BAD_ANSWER,
            None,
        ),
        (body({"error": [], "result": {"A": {"asks": [], "bids": None}}}), Reason.BAD_ANSWER, None),
        (body({"error": [], "result": {"A": {"asks": [["NaN", "1", 1]], "bids": []}}}), Reason.BAD_ANSWER, None),
        (body({"error": [], "result": {"A": {"asks": [["-1", "1", 1]], "bids": []}}}), Reason.BAD_ANSWER, None),
    ],
)
async def test_whatever_goes_wrong_has_its_type(provider, vendor, fault, reason, wait):
    vendor.misbehave(DEPTH, fault, times=5)
    error = await refused(provider.book(BTC, 10))
    assert error.reason is reason, str(error)
    assert error.endpoint == "Depth" and str(error).startswith("kraken: ") and "\n" not in str(error)
    assert error.retry_at == (None if wait is None else NOW + wait * NANOS)


@pytest.mark.parametrize(
    ("path", "result", "field"),
    [
        (DEPTH, {"X": {"asks": [["1", "1", 1], ["1", "?", 1]], "bids": []}}, "result[...].asks[1][1]"),
        (OHLC, {"X": [[1, "1", "1", "1", None, "1", "1", 1]], "last": 1}, "result[...][0][4]"),
        (OHLC, {"X": "rows", "last": 1}, "result"),
        ("/0/public/Trades", {"X": [["1", "1", "soon", "b"]], "last": 1}, "result[...][0][2]"),
    ],
)
async def test_the_field_that_is_wrong_is_named(provider, vendor, path, result, field):
    vendor.serve(path, {"error": [], "result": result})
    calls = {DEPTH: provider.book, "/0/public/Trades": provider.trades}
    request = BarRequest(interval=Interval.D1, start=NOW - DAY, end=NOW)
    call = provider.bars(BTC, request) if path == OHLC else calls[path](BTC, 5)
    error = await refused(call)
    assert (error.reason, error.field) == (Reason.BAD_ANSWER, field)


async def test_a_warning_beside_a_result_is_no_error(provider, vendor):
    vendor.serve(DEPTH, {"error": ["WDatabase:Slow"], "result": {"XXBTZUSD": {"asks": [], "bids": []}}})
    assert (await provider.book(BTC, 5)).bids == ()


async def test_after_too_many_requests_nothing_is_sent_for_a_while(provider, vendor, clock):
    vendor.misbehave(DEPTH, said("EGeneral:Too many requests"))
    await refused(provider.book(BTC, 5))
    assert (await refused(provider.trades(BTC, 5))).reason is Reason.RATE_LIMITED
    assert vendor.count() == 1
    clock.advance(11)
    await provider.trades(BTC, 5)


async def test_calls_are_paced_to_what_the_venue_bears(provider, vendor, clock):
    for _ in range(12):
        await provider.book(BTC, 5)
    assert vendor.count() == 12 and clock.monotonic() >= 10


def test_what_is_declared():
    spec = KrakenProvider.spec
    offered = {capability.kind: capability for capability in spec.capabilities}
    assert {DataKind.SEARCH, DataKind.PROFILE, DataKind.BARS} < set(offered) and not spec.needs_key
    assert {kind for kind in offered if offered[kind].stream} == {DataKind.QUOTE, DataKind.BOOK, DataKind.TRADES}
    assert Interval.H4 in offered[DataKind.BARS].intervals and Interval.MO1 not in offered[DataKind.BARS].intervals
    assert (spec.rest_url, spec.stream_url) == ("https://api.kraken.com", "wss://ws.kraken.com/v2")


def test_importing_the_provider_imports_nothing_heavy():
    code = "import sys, financehub_tui.providers.kraken as k; k.KrakenProvider; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "websockets", "polars", "limits", "tenacity"} & set(loaded)
