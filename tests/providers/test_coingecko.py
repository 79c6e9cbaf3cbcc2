"""CoinGecko against a local server in its shapes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from vendors.coingecko import DAY_MS, DEMO_KEY, NOW_MS, PRO_KEY, CoinGeckoVendor
from vendors.instruments import coin
from vendors.keypool import key_pool
from vendors.naps import Naps
from vendors.server import body, cut_json, html, replaced, reset, status, truncated
from vendors.watching import refused

from financehub_tui.clock import NANOS
from financehub_tui.market.bars import BAR_COLUMNS, BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.coingecko import CoinGeckoProvider
from financehub_tui.providers.kit.coins import Coin, meant
from financehub_tui.providers.kit.http import HttpOptions

NOW = NOW_MS * 1_000_000
VENDOR = CoinGeckoVendor
DAY = 86_400 * NANOS
MARKETS = "/coins/markets"


BTC, ETH, SOL = coin("BTC"), coin("ETH"), coin("SOL")


OPTIONS = HttpOptions(read_timeout=0.5, attempts=2, circuit_failures=50, max_wait=120)


def made(vendor, clock, keys=None, options=OPTIONS):
    return CoinGeckoProvider(
        clock, rest_url=vendor.url, pro_url=f"{vendor.url}/pro", keys=keys, http=options, sleep=Naps(clock)
    )


async def test_a_quote_has_price_turnover_and_market_value(provider):
    quote = (await provider.quotes([BTC]))[BTC.key]
    assert (quote.last, quote.high, quote.low, quote.market_cap) == (77671, 78419, 76696, 1_555_886_872_303)
    assert (quote.previous_close, quote.volume, quote.quote_volume) == (78418.25, None, 33_235_034_316)
    assert quote.time == NOW - 38_401 * 1_000_000 and quote.provenance.delay is Delay.DELAYED
    assert (quote.provenance.provider, quote.provenance.endpoint) == ("coingecko", "coins/markets")


async def test_coins_without_figures_have_none_rather_than_zero(provider):
    tiny = coin("TINY")
    quote = (await provider.quotes([tiny]))[tiny.key]
    assert (quote.last, quote.market_cap, quote.previous_close, quote.high) == (2100.25, None, None, None)


async def test_a_shared_ticker_means_the_coin_that_dwarfs_the_others(provider, vendor):
    await provider.quotes([BTC])
    assert vendor.seen[-1].query["ids"] == "bitcoin" and provider.symbol(BTC) == "bitcoin"


async def test_where_no_coin_of_a_ticker_stands_out_none_is_taken(provider, vendor):
    twin, ghost = coin("TWIN"), coin("GHOST")
    found = await provider.quotes([twin, ghost, SOL])
    assert isinstance(found[SOL.key], Quote)
    assert {found[one.key].reason for one in (twin, ghost)} == {Reason.UNKNOWN_SYMBOL}
    assert "Twin One (rank 900), Twin Two (rank 1100)" in found[twin.key].detail
    assert vendor.seen[-1].query["ids"] == "solana"


async def test_an_id_given_with_the_instrument_is_taken_as_it_is(provider, vendor):
    named = coin("TWIN", aliases={"coingecko": "twin-two"})
    quote = (await provider.quotes([named]))[named.key]
    assert isinstance(quote, Quote) and vendor.count() == 1


async def test_tickers_are_resolved_once_a_day(provider, vendor, clock):
    await provider.quotes([BTC])
    await provider.quotes([BTC])
    assert vendor.count("/coins/list") == 1 and vendor.count(MARKETS) == 3
    clock.advance(25 * 3_600)
    await provider.quotes([BTC])
    assert vendor.count("/coins/list") == 2


async def test_yesterdays_table_serves_where_todays_cannot_be_had(provider, vendor, clock):
    await provider.quotes([BTC])
    clock.advance(25 * 3_600)
    vendor.misbehave("/coins/list", status(500), times=2)
    assert isinstance((await provider.quotes([BTC]))[BTC.key], Quote)


async def test_prices_of_a_venue_or_in_tether_are_not_carried(provider, vendor):
    others = [coin("BTC", "USDT"), coin("BTC", venue="KRAKEN"), Instrument(asset_class=AssetClass.EQUITY, symbol="A")]
    found = await provider.quotes(others)
    assert {missing.reason for missing in found.values()} == {Reason.UNKNOWN_SYMBOL} and vendor.count() == 0
    assert [provider.symbol(one) for one in others] == [None, None, None]


async def test_market_values_serve_pairs_of_every_venue(provider, vendor):
    pairs = [coin("BTC", "USDT", "BINANCE"), coin("BTC", "EUR", "KRAKEN"), coin("TINY", "USDT", "BINANCE")]
    found = await provider.market_values(pairs)
    tether, euro, tiny = (found[pair.key] for pair in pairs)
    assert (tether.market_cap, tether.last, tether.provenance.currency) == (1_555_886_872_303, None, "USD")
    assert euro.provenance.currency == "EUR" and isinstance(tiny, Missing) and tiny.reason is Reason.NO_DATA
    assert {seen.query.get("vs_currency") for seen in vendor.seen} == {"usd", "eur", None}
    assert (tether.dominance, euro.dominance) == (pytest.approx(59.842, abs=1e-3), None)
    await provider.market_values(pairs)
    assert vendor.count("/global") == 1


async def test_without_the_value_of_all_coins_there_is_no_dominance(provider, vendor):
    vendor.misbehave("/global", status(404))
    assert (await provider.market_values([BTC]))[BTC.key].dominance is None
    assert (await provider.market_values([BTC]))[BTC.key].dominance is not None


async def test_hundreds_of_coins_go_out_in_calls_of_250(provider, vendor):
    many = [coin(f"C{number}", aliases={"coingecko": f"coin-{number}"}) for number in range(600)]
    found = await provider.quotes(many)
    assert len(found) == 600 and vendor.count(MARKETS) == 3
    assert {missing.reason for missing in found.values()} == {Reason.NO_DATA}


async def test_calls_beyond_the_budget_are_refused_and_the_rest_kept(vendor, clock):
    hurried = made(vendor, clock, options=HttpOptions(attempts=1, max_wait=1))
    many = [coin(f"C{number}", aliases={"coingecko": f"coin-{number}"}) for number in range(6 * 250)]
    many[0] = coin("BTC", aliases={"coingecko": "bitcoin"})
    found = await hurried.quotes(many)
    reasons = [found[one.key].reason for one in many[1:]]
    assert isinstance(found[BTC.key], Quote) and vendor.count() == 5
    assert reasons.count(Reason.RATE_LIMITED) == 250 and found[many[-1].key].retry_at > NOW
    await hurried.close()


async def test_days_open_at_midnight_and_close_at_the_next(provider, vendor):
    bars = await provider.bars(BTC, BarRequest(start=NOW - 3 * DAY, end=NOW))
    assert tuple(bars.frame.columns) == BAR_COLUMNS and vendor.seen[-1].query["interval"] == "daily"
    assert bars.frame["time"].to_list() == [datetime(2026, 5, day, tzinfo=UTC) for day in (16, 17, 18)]
    closes, opens = bars.frame["close"].to_list(), bars.frame["open"].to_list()
    assert closes[:-1] == opens[1:] and closes[-1] == 99000.25 and bars.forming
    assert bars.frame["high"].null_count() == 3 and bars.frame["volume"].null_count() == 3
    assert "highs, lows and volumes are not given" in bars.provenance.notes


async def test_candles_are_stamped_by_their_start(provider, vendor):
    bars = await provider.bars(BTC, BarRequest(interval=Interval.H4, start=NOW - 2 * DAY, end=NOW))
    assert vendor.seen[-1].query["days"] == "7" and bars.forming
    assert bars.frame["time"][-1] == datetime(2026, 5, 18, 12, tzinfo=UTC)
    assert bars.frame.row(-1)[1:5] == (10.0, 12.0, 9.0, 11.5)
    half = await provider.bars(BTC, BarRequest(interval=Interval.M30, start=NOW - DAY // 4, end=NOW))
    assert vendor.seen[-1].query["days"] == "1" and half.frame["time"][-1].minute == 30


async def test_free_access_reaches_back_a_year_and_says_so(provider, vendor, clock):
    bars = await provider.bars(BTC, BarRequest(start=0, end=NOW))
    assert vendor.seen[-1].query["days"] == "365" and "free access reaches back 365 days" in bars.provenance.notes
    paid = made(vendor, clock, key_pool("coingecko", clock, pro=PRO_KEY))
    await paid.bars(BTC, BarRequest(start=NOW - 800 * DAY, end=NOW))
    assert vendor.seen[-1].query["days"] == "801" and vendor.seen[-1].path.startswith("/pro/")
    await paid.close()


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (BarRequest(interval=Interval.M1, start=0, end=NOW), Reason.NOT_OFFERED),
        (BarRequest(start=NOW - 900 * DAY, end=NOW - 800 * DAY), Reason.NO_DATA),
    ],
)
async def test_bars_that_cannot_be_had_are_refused(provider, request_, reason):
    assert (await refused(provider.bars(BTC, request_))).reason is reason


async def test_a_profile_tells_the_coin_without_markup(provider):
    profile = await provider.profile(BTC)
    assert profile.description == "Money of the internet & more." and profile.website == "http://www.bitcoin.org"
    assert (profile.market_cap, profile.shares_outstanding) == (1_373_296_629_498, 19_675_962.0)
    assert profile.identifiers == {"coingecko": "bitcoin"} and dict(profile.extra)["Rank by market value"] == "1"


async def test_a_search_never_offers_a_coin_under_the_ticker_of_another(provider):
    found = await provider.search("b", 10)
    assert [(one.symbol, one.aliases["coingecko"]) for one in found] == [("BTCUSD", "bitcoin")]
    assert await provider.search("batcat", 10) == [] and await provider.search("twin", 10) == []
    assert await provider.search("  ", 10) == []


async def test_each_kind_of_key_goes_to_its_host_in_a_header(vendor, clock, caplog):
    caplog.set_level(logging.DEBUG)
    demo = made(vendor, clock, key_pool("coingecko", clock, main=DEMO_KEY))
    assert isinstance((await demo.quotes([BTC]))[BTC.key], Quote)
    both = made(vendor, clock, key_pool("coingecko", clock, main=DEMO_KEY, pro=PRO_KEY))
    assert isinstance((await both.quotes([BTC]))[BTC.key], Quote)
    hosts = {(seen.path.startswith("/pro"), seen.headers.get("x-cg-demo-api-key")) for seen in vendor.seen}
    assert hosts == {(False, DEMO_KEY), (True, None)}
    logged = caplog.text + "".join(record.url for client in both.clients for record in client.log.records)
    assert DEMO_KEY not in logged and PRO_KEY not in logged
    assert all(DEMO_KEY not in str(seen.query) for seen in vendor.seen)
    await demo.close()
    await both.close()


async def test_a_refused_key_is_bad_and_named_by_its_alias(vendor, clock):
    pool = key_pool("coingecko", clock, main="CG-" + "wrong" * 5)
    keyed = made(vendor, clock, pool)
    missing = (await keyed.quotes([SOL]))[SOL.key]
    assert missing.reason in (Reason.BAD_KEY, Reason.NO_KEY) and "wrongwrong" not in missing.detail
    again = (await keyed.quotes([SOL]))[SOL.key]
    assert again.reason is Reason.BAD_KEY and "key main" in again.detail and vendor.count() == 1
    await keyed.close()


RATE = {"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}}
OLD = {"error": {"status": {"timestamp": "x", "error_code": 10012, "error_message": "exceeds the allowed range"}}}


@pytest.mark.parametrize(
    ("broken", "reason", "words"),
    [
        (status(429, RATE, retry_after=119), Reason.RATE_LIMITED, "exceeded"),
        (status(429, b"Throttled"), Reason.RATE_LIMITED, "too many"),
        (body(RATE), Reason.RATE_LIMITED, "exceeded"),
        (status(403, b"<html>error code: 1020</html>"), Reason.RATE_LIMITED, "blocked"),
        (status(401, OLD), Reason.NOT_OFFERED, "10012"),
        (status(401, {"error": "unauthorized"}), Reason.NO_KEY, "unauthorized"),
        (status(401), Reason.NO_KEY, "a key is needed"),
        (status(403, {"status": {"error_code": "10005", "error_message": "plan"}}), Reason.NOT_OFFERED, "10005"),
        (status(404, {"error": "coin not found"}), Reason.UNKNOWN_SYMBOL, "coin not found"),
        (status(404, b"nothing"), Reason.PROVIDER_ERROR, "404"),
        (status(422, {"error": "Missing parameter vs_currency"}), Reason.PROVIDER_ERROR, "vs_currency"),
        (status(500, {"status": 500, "error": "Internal Server Error"}), Reason.PROVIDER_ERROR, "Internal"),
        (status(408), Reason.TIMEOUT, ""),
        (html(), Reason.BAD_ANSWER, "HTML"),
        (cut_json(), Reason.BAD_ANSWER, "coins/{id}"),
        (body(b""), Reason.BAD_ANSWER, "empty"),
        (body({"symbol": "btc", "name": "Bitcoin"}), Reason.BAD_ANSWER, "id"),
        (truncated(), Reason.BAD_ANSWER, "truncated"),
        (reset(), Reason.PROVIDER_ERROR, "lost"),
    ],
)
async def test_every_misbehaviour_is_a_typed_error(vendor, clock, broken, reason, words):
    quick = made(vendor, clock, options=HttpOptions(read_timeout=0.5, attempts=2, max_wait=10))
    vendor.misbehave("/coins/bitcoin", broken, times=2)
    error = await refused(quick.profile(coin("BTC", aliases={"coingecko": "bitcoin"})))
    assert error.reason is reason and words in str(error)
    assert (error.provider, error.endpoint) == ("coingecko", "coins/{id}")
    await quick.close()


async def test_a_named_pause_is_kept_to(vendor, clock):
    quick = made(vendor, clock, options=HttpOptions(attempts=2, max_wait=10))
    vendor.misbehave("/coins/list", status(429, RATE, retry_after=119))
    missing = (await quick.quotes([BTC]))[BTC.key]
    assert missing.retry_at == NOW + 119 * NANOS
    assert (await quick.quotes([BTC]))[BTC.key].reason is Reason.RATE_LIMITED and vendor.count() == 1
    await quick.close()


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (replaced(b'"current_price"', b'"price"'), "current_price"),
        (replaced(b"33235034316", b'"plenty"'), "total_volume"),
        (replaced(b"33235034316", b'"NaN"'), "total_volume"),
        (replaced(b"2100.25", b"-1"), "current_price"),
        (replaced(b"2026-05-18T12:49:21.599Z", b"yesterday"), "last_updated"),
        (replaced(b'"id": "solana"', b'"id": null'), "id"),
    ],
)
async def test_a_wrong_field_is_named(provider, vendor, broken, field):
    vendor.misbehave(MARKETS, broken)
    missing = (await provider.quotes([SOL]))[SOL.key]
    assert missing.reason is Reason.BAD_ANSWER and field in missing.detail and "coins/markets" in missing.detail


async def test_documented_variety_is_accepted(provider, vendor):
    vendor.misbehave(MARKETS, replaced(b"33235034316", b'"33235034316"'))
    assert (await provider.quotes([SOL]))[SOL.key].quote_volume == 33_235_034_316
    vendor.misbehave(MARKETS, replaced(b"33235034316", b'null, "brand_new": [1]'))
    assert (await provider.quotes([SOL]))[SOL.key].quote_volume is None


async def test_what_is_not_offered_is_refused_without_asking(provider, vendor):
    for call in (provider.book(BTC, 5), provider.trades(BTC, 5)):
        assert (await refused(call)).reason is Reason.NOT_OFFERED
    assert (await refused(provider.profile(coin("BTC", "USDT")))).reason is Reason.UNKNOWN_SYMBOL
    assert provider.feed(None) is None and vendor.count() == 0


def test_the_source_is_named_as_its_terms_demand():
    assert "CoinGecko" in CoinGeckoProvider.spec.attribution and not CoinGeckoProvider.spec.needs_key


@pytest.mark.parametrize(
    ("ranks", "index"),
    [
        ([None], 0),
        ([7, None], 0),
        ([None, 20, 5], 2),
        ([5, 19], None),
        ([None, None], None),
        ([], None),
        ([3, 3], None),
    ],
)
def test_a_ticker_means_the_only_or_the_dominant_coin(ranks, index):
    coins = [Coin(id=str(number), symbol="x", rank=rank) for number, rank in enumerate(ranks)]
    assert meant(coins) == (None if index is None else coins[index])


def test_daily_points_survive_disorder_gaps_and_the_repeated_last_one():
    from financehub_tui.providers.coingecko.translate import daily_rows

    start = 20_000 * DAY_MS
    points = [(start + DAY_MS, 2.0), (start, 1.0), (start + 3 * DAY_MS, 4.0), (start + 3 * DAY_MS, 4.0)]
    points += [(start + 3 * DAY_MS + 7_200_000, None), (start + 3 * DAY_MS + 3_600_000, 5.0)]
    rows = daily_rows(points)
    assert rows == [(start, 1.0, None, None, 2.0), (start + 3 * DAY_MS, 4.0, None, None, 5.0)]
    assert daily_rows([]) == []
