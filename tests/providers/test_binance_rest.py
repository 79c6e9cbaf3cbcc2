"""Binance over REST, against a local server in its shapes."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial

import polars as pl
import pytest
from msgspec import structs
from vendors.binance import INVALID_SYMBOL, BinanceVendor
from vendors.server import body, cut_json, html, passed, reset, status, truncated
from vendors.watching import asking, refused

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.market.bars import BAR_COLUMNS, BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote, Side
from financehub_tui.providers.binance import BinanceProvider

NOW_MS = 1_723_161_255_308
NOW = NOW_MS * 1_000_000
DAY = 86_400 * NANOS
VENDOR = BinanceVendor
made = partial(asking, BinanceProvider)
TICKER, TOPS = "/api/v3/ticker/24hr", "/api/v3/ticker/bookTicker"


def coin(symbol, currency="USDT", **more):
    return Instrument(
        asset_class=AssetClass.CRYPTO, symbol=symbol, venue="BINANCE", currency=currency, kind=Kind.SPOT, **more
    )


BTC = coin("BTCUSDT", decimals=2)


async def test_a_quote_has_statistics_fresh_best_prices_and_its_origin(provider):
    quote = (await provider.quotes([BTC]))[BTC.key]
    assert (quote.last, quote.previous_close, quote.open) == (61837.63, 57000.1, 57000.1)
    assert quote.change_percent == pytest.approx(8.487, abs=5e-4), "as the venue's priceChangePercent"
    assert (quote.bid, quote.ask, quote.bid_size) == (61837.63, 61837.64, 3.7)
    assert quote.time == NOW and quote.decimals == 2 and quote.trade_count == 1001
    assert (quote.provenance.provider, quote.provenance.endpoint) == ("binance", "ticker/24hr")
    assert (quote.provenance.currency, quote.provenance.fetched_at) == ("USDT", NOW)


async def test_where_best_prices_fail_those_of_the_statistics_do(provider, vendor):
    vendor.misbehave(TOPS, status(500), times=2)
    quote = (await provider.quotes([BTC]))[BTC.key]
    assert (quote.bid, quote.ask) == (61837.6, 61837.7)


async def test_an_idle_pair_has_no_price_rather_than_zero(provider, vendor):
    vendor.misbehave(TOPS, status(500), times=2)
    luna = coin("LUNAUSDT")
    quote = (await provider.quotes([luna]))[luna.key]
    assert (quote.last, quote.bid, quote.ask, quote.high, quote.trade_count) == (None, None, None, None, 0)
    assert {quote.last_size, quote.bid_size, quote.ask_size} == {None}


async def test_many_pairs_go_out_in_batches_of_twenty(provider, vendor):
    vendor.symbols += [f"COIN{number}USDT" for number in range(45)]
    wanted = [coin(f"COIN{number}USDT") for number in range(45)]
    quotes = await provider.quotes(wanted)
    assert all(isinstance(quotes[instrument.key], Quote) for instrument in wanted)
    assert vendor.count(TICKER) == 3 and vendor.count(TOPS) == 3
    assert provider.http.limit_state()[0][1] == 18


async def test_an_unknown_pair_does_not_spoil_its_neighbours(provider, vendor):
    wanted = [BTC, coin("NOPEUSDT"), coin("ETHUSDT")]
    quotes = await provider.quotes(wanted)
    assert isinstance(quotes[BTC.key], Quote) and isinstance(quotes[wanted[2].key], Quote)
    missing = quotes[wanted[1].key]
    assert isinstance(missing, Missing) and missing.reason is Reason.UNKNOWN_SYMBOL and "NOPEUSDT" in missing.detail
    assert vendor.count() == 5
    assert (await provider.quotes([coin("NOPEUSDT")]))[wanted[1].key].reason is Reason.UNKNOWN_SYMBOL


async def test_thousands_of_pairs_are_cheaper_in_one_call_for_all(provider, vendor):
    vendor.symbols += [f"COIN{number}USDT" for number in range(2_000)]
    wanted = [coin(f"COIN{number}USDT") for number in range(2_000)] + [coin("NOPEUSDT")]
    quotes = await provider.quotes(wanted)
    assert sum(isinstance(quote, Quote) for quote in quotes.values()) == 2_000
    assert vendor.count() == 2 and provider.http.limit_state()[0][1] == 84


async def test_two_instruments_may_be_one_pair(provider):
    anywhere = structs.replace(BTC, venue="")
    quotes = await provider.quotes([BTC, anywhere])
    assert [quotes[one.key].key for one in (BTC, anywhere)] == [BTC.key, anywhere.key]
    assert quotes[BTC.key].last == quotes[anywhere.key].last and BTC.key != anywhere.key


async def test_what_is_no_spot_pair_is_answered_without_asking(provider, vendor):
    share = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS")
    dollars = coin("BTCUSD", "USD")
    quotes = await provider.quotes([share, dollars])
    assert {missing.reason for missing in quotes.values()} == {Reason.UNKNOWN_SYMBOL}
    assert vendor.count() == 0
    assert (await refused(provider.book(share, 5))).reason is Reason.UNKNOWN_SYMBOL


@pytest.mark.parametrize(
    ("instrument", "symbol"),
    [
        (BTC, "BTCUSDT"),
        (coin("btc-usdt"), "BTCUSDT"),
        (coin("BTC", aliases={"binance": "BTCUSDC"}), "BTCUSDC"),
        (coin("BTCUSD", "USD"), None),
        (Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSDT", venue="KRAKEN", kind=Kind.SPOT), None),
        (Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD", kind=Kind.SPOT), None),
    ],
)
def test_symbols_are_the_venues_own(instrument, symbol):
    assert BinanceProvider(ManualClock()).symbol(instrument) == symbol


async def test_bars_come_with_columns_origin_and_the_forming_one_marked(provider):
    bars = await provider.bars(BTC, BarRequest(interval=Interval.D1, start=NOW - 9 * DAY, end=NOW))
    assert tuple(bars.frame.columns) == BAR_COLUMNS
    assert bars.frame.schema["time"] == pl.Datetime("us", "UTC") and bars.frame.schema["volume"] == pl.Float64
    assert bars.frame.height == 9 and bars.frame["time"].is_sorted()
    assert str(bars.frame["time"][-1]) == "2024-08-08 00:00:00+00:00"
    assert bars.forming and bars.decimals == 2 and bars.interval is Interval.D1
    assert bars.provenance.endpoint == "klines" and bars.provenance.as_of == NOW


async def test_closed_bars_are_not_marked_forming(provider):
    bars = await provider.bars(BTC, BarRequest(interval=Interval.H1, start=NOW - 9 * DAY, end=NOW - 8 * DAY))
    assert not bars.forming and bars.frame.height == 24


async def test_long_windows_are_paged_without_holes_or_doubles(provider, vendor):
    bars = await provider.bars(BTC, BarRequest(interval=Interval.M1, start=NOW - 2 * DAY, end=NOW))
    assert bars.frame.height == 2_880
    assert bars.frame["time"].diff().drop_nulls().n_unique() == 1
    assert vendor.count("/api/v3/klines") == 3


@pytest.mark.parametrize("interval", list(Interval))
async def test_every_interval_is_asked_for_by_the_venues_name(provider, vendor, interval):
    request = BarRequest(interval=interval, start=NOW - 3 * interval.seconds * NANOS, end=NOW)
    bars = await provider.bars(BTC, request)
    assert bars.frame.height in (2, 3)
    expected = {"D": "1d", "W": "1w", "M": "1M"}.get(interval.value, interval.value)
    assert vendor.seen[-1].query["interval"] == expected


async def test_the_end_of_a_window_is_exclusive(provider):
    start = NOW // DAY * DAY - 3 * DAY
    bars = await provider.bars(BTC, BarRequest(interval=Interval.D1, start=start, end=start + DAY))
    assert bars.frame.height == 1


async def test_no_bars_is_a_typed_reason(provider, vendor):
    request = BarRequest(interval=Interval.D1, start=0, end=DAY)
    assert (await refused(provider.bars(BTC, request))).reason is Reason.NO_DATA
    assert (await refused(provider.bars(BTC, BarRequest(start=5, end=5)))).reason is Reason.NO_DATA


async def test_a_server_that_repeats_a_page_for_ever_is_refused(provider, vendor):
    row = [NOW_MS - 10 * 86_400_000, "1", "1", "1", "1", "1", NOW_MS, "1", 1]
    vendor.serve("/api/v3/klines", [row] * 1_000)
    request = BarRequest(interval=Interval.M1, start=NOW - DAY, end=NOW)
    assert (await refused(provider.bars(BTC, request))).reason is Reason.BAD_ANSWER
    assert vendor.count() == 1


async def test_a_budget_spent_in_mid_page_is_a_typed_error(provider, vendor):
    request = BarRequest(interval=Interval.M1, start=NOW - 2 * DAY, end=NOW)
    vendor.misbehave("/api/v3/klines", passed(), status(429, {"code": -1003}, retry_after=55))
    error = await refused(provider.bars(BTC, request))
    assert error.reason is Reason.RATE_LIMITED and error.retry_at == NOW + 55 * NANOS


async def test_a_book_snapshot_has_levels_sequence_and_precision(provider, vendor):
    book = await provider.book(coin("ETHUSDT"), 3)
    assert [level.price for level in book.bids] == [100.0, 99.0, 98.0]
    assert [level.price for level in book.asks] == [101.0, 102.0, 103.0]
    assert (book.sequence, book.time, book.decimals, book.crossed) == (1_000, NOW, 0, False)


@pytest.mark.parametrize(("depth", "weight"), [(5, 5), (100, 5), (500, 25), (1_000, 50), (9_999, 250)])
async def test_deep_books_cost_what_the_venue_says(provider, depth, weight):
    await provider.book(BTC, depth)
    assert provider.http.log.records[-1].status == 200
    assert provider.http.limit_state()[0][1] == weight


async def test_trades_come_newest_first_with_the_aggressor(provider):
    trades = await provider.trades(BTC, 4)
    assert [trade.id for trade in trades] == ["1003", "1002", "1001", "1000"]
    assert [trade.side for trade in trades] == [Side.BUY, Side.SELL, Side.BUY, Side.SELL]
    assert trades[0].price == 61803.5 and trades[0].time == (NOW_MS - 997) * 1_000_000


async def test_search_finds_trading_pairs_the_usual_ones_first(provider):
    found = await provider.search("btc", 10)
    assert [instrument.symbol for instrument in found] == ["BTCUSDT", "BTCUSDC", "ETHBTC"]
    assert found[0].key == BTC.key and found[0].decimals == 2 and found[0].base == "BTC"
    assert [instrument.symbol for instrument in await provider.search("ethbtc", 1)] == ["ETHBTC"]
    assert await provider.search("luna", 5) == [] and await provider.search("  ", 5) == []


async def test_the_list_of_pairs_is_loaded_once_a_day(provider, vendor, clock):
    for _ in range(3):
        await provider.search("eth", 5)
    assert vendor.count("/api/v3/exchangeInfo") == 1
    clock.advance(86_401)
    await provider.search("eth", 5)
    assert vendor.count("/api/v3/exchangeInfo") == 2


async def test_precision_comes_from_the_tick_size_once_it_is_known(provider):
    pepe = coin("PEPEUSDT")
    await provider.search("pepe", 1)
    assert (await provider.quotes([pepe]))[pepe.key].decimals == 8


async def test_a_profile_tells_the_contracts_steps(provider):
    profile = await provider.profile(BTC)
    assert dict(profile.extra) == {
        "Base asset": "BTC",
        "Quote asset": "USDT",
        "Status": "TRADING",
        "Tick size": "0.01",
        "Lot step": "0.00001",
        "Minimum order value": "5 USDT",
    }
    assert (await refused(provider.profile(coin("NOPEUSDT")))).reason is Reason.UNKNOWN_SYMBOL


BANNED = {"code": -1003, "msg": f"Way too much request weight used; IP banned until {NOW_MS + 120_000}. Please use"}


@pytest.mark.parametrize(
    ("fault", "reason", "wait"),
    [
        (status(400, INVALID_SYMBOL), Reason.UNKNOWN_SYMBOL, None),
        (
            status(400, {"code": -1100, "msg": "Illegal characters found in parameter 'symbol'"}),
            Reason.UNKNOWN_SYMBOL,
            None,
        ),
        (status(400, {"code": -1120, "msg": "Invalid interval."}), Reason.PROVIDER_ERROR, None),
        (status(400, {"code": -1220, "msg": "does not match"}), Reason.NO_DATA, None),
        (status(400, {"code": -1007, "msg": "Timeout waiting"}), Reason.TIMEOUT, None),
        (status(401, {"code": -2014, "msg": "API-key format invalid."}), Reason.NO_KEY, None),
        (status(403, b"<html>Request blocked</html>"), Reason.RATE_LIMITED, 60),
        (status(418, BANNED), Reason.RATE_LIMITED, 120),
        (status(418, BANNED, retry_after=90), Reason.RATE_LIMITED, 120),
        (status(418, {"code": -1003, "msg": "banned"}, retry_after=90), Reason.RATE_LIMITED, 90),
        (status(429, {"code": -1003, "msg": "Too much request weight used"}, retry_after=30), Reason.RATE_LIMITED, 30),
        (
            status(451, {"code": 0, "msg": "Service unavailable from a restricted location"}),
            Reason.PROVIDER_ERROR,
            None,
        ),
        (status(503, b"<html><h1>503</h1></html>"), Reason.PROVIDER_ERROR, None),
        (body({"code": -1121, "msg": "Invalid symbol."}), Reason.UNKNOWN_SYMBOL, None),
        (body({"msg": "Invalid symbol.", "code": "-1121"}), Reason.UNKNOWN_SYMBOL, None),
        (html(), Reason.BAD_ANSWER, None),
        (cut_json(), Reason.BAD_ANSWER, None),
        (truncated(), Reason.BAD_ANSWER, None),
        (body(b""), Reason.BAD_ANSWER, None),
        (body(b"[" * 9_000), Reason.BAD_ANSWER, None),
        (body(b'{"code":' + b"[" * 9_000), Reason.BAD_ANSWER, None),
        (body(None), Reason.BAD_ANSWER, None),
        (body({"lastUpdateId": 1, "bids": [["1", None]], "asks": []}), Reason.BAD_ANSWER, None),
        (body({"lastUpdateId": "x", "bids": [], "asks": []}), Reason.BAD_ANSWER, None),
        (body({"bids": [], "asks": []}), Reason.BAD_ANSWER, None),
        (reset(), Reason.PROVIDER_ERROR, None),
    ],
)
async def test_whatever_goes_wrong_has_its_type(provider, vendor, fault, reason, wait):
    vendor.misbehave("/api/v3/depth", fault, times=5)
    error = await refused(provider.book(BTC, 10))
    assert error.reason is reason, str(error)
    assert error.endpoint == "depth" and str(error).startswith("binance: ") and "\n" not in str(error)
    assert error.retry_at == (None if wait is None else NOW + wait * NANOS)


async def test_the_field_that_is_wrong_is_named(provider, vendor):
    vendor.misbehave("/api/v3/depth", body({"lastUpdateId": 1, "bids": [["1.0", "2.0"], ["1", "?"]], "asks": []}))
    assert (await refused(provider.book(BTC, 10))).field == "bids[1][1]"


async def test_while_banned_nothing_is_sent(provider, vendor, clock):
    vendor.misbehave("/api/v3/depth", status(418, BANNED))
    await refused(provider.book(BTC, 10))
    assert (await refused(provider.trades(BTC, 10))).retry_at == NOW + 120 * NANOS
    assert vendor.count() == 1
    clock.advance(121)
    await provider.trades(BTC, 10)


async def test_a_country_block_tells_what_to_do(provider, vendor):
    vendor.misbehave("/api/v3/depth", status(451, {"code": 0, "msg": "restricted"}))
    assert "rest_url" in str(await refused(provider.book(BTC, 10)))


async def test_a_failed_batch_leaves_the_others(provider, vendor):
    vendor.symbols += [f"COIN{number}USDT" for number in range(40)]
    wanted = [coin(f"COIN{number}USDT") for number in range(40)]
    vendor.misbehave(TICKER, status(500), status(400, {"code": -1, "msg": "?"}))
    quotes = await provider.quotes(wanted)
    assert sum(isinstance(quote, Missing) for quote in quotes.values()) in (0, 20)
    assert len(quotes) == 40


async def test_the_weight_the_venue_reports_is_counted(provider, vendor):
    vendor.used_weight = 5_990
    await provider.book(BTC, 5)
    assert (await refused(provider.trades(BTC, 5))).reason is Reason.RATE_LIMITED


async def test_non_ascii_symbols_are_asked_for_in_utf8(provider, vendor):
    vendor.symbols.append("币安人生USDT")
    instrument = coin("币安人生USDT")
    assert isinstance((await provider.quotes([instrument]))[instrument.key], Quote)
    assert json.loads(vendor.seen[0].query["symbols"]) == ["币安人生USDT"]


def test_importing_the_provider_imports_nothing_heavy():
    code = "import sys, financehub_tui.providers.binance as b; b.BinanceProvider; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "websockets", "polars", "limits", "tenacity"} & set(loaded)
