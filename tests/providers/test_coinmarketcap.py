"""CoinMarketCap against a local server in its shapes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from vendors.coinmarketcap import HISTORY, INFO, KEY, MAP, OTHER_KEY, QUOTES, CoinMarketCapVendor, refusal
from vendors.coinmarketcap import NOW as TODAY
from vendors.instruments import coin
from vendors.keypool import key_pool
from vendors.naps import Naps
from vendors.server import body, cut_json, html, replaced, reset, status, truncated
from vendors.watching import refused

from financehub_tui.clock import NANOS, to_nanos
from financehub_tui.market.bars import BAR_COLUMNS, BarRequest, Interval
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.coinmarketcap import CoinMarketCapProvider
from financehub_tui.providers.kit.http import HttpOptions

NOW = to_nanos(TODAY)
VENDOR = CoinMarketCapVendor
DAY = 86_400 * NANOS


BTC, ADA = coin("BTC"), coin("ADA")
MAIN = {"main": KEY}
OPTIONS = HttpOptions(read_timeout=0.5, attempts=2, circuit_failures=50, max_wait=10)


def made(vendor, clock, keys=MAIN):
    pool = key_pool("coinmarketcap", clock, **keys)
    return CoinMarketCapProvider(clock, rest_url=vendor.url, keys=pool, http=OPTIONS, sleep=Naps(clock))


@pytest.mark.parametrize("form", ["list", "map"])
async def test_a_quote_has_price_turnover_and_market_value_in_either_form(provider, vendor, form):
    vendor.form = form
    quote = (await provider.quotes([BTC]))[BTC.key]
    assert (quote.last, quote.market_cap, quote.quote_volume) == (77671.123456789, 1_555_886_872_303.5, 22429715433.5)
    assert quote.change_percent == pytest.approx(-2.5) and quote.decimals == 2 and quote.volume is None
    assert quote.time == NOW - 80 * NANOS and quote.provenance.delay is Delay.DELAYED
    assert provider.symbol(BTC) == "1" and vendor.seen[-1].headers["X-CMC_PRO_API_KEY"] == KEY


async def test_a_shared_ticker_is_the_dominant_coin_or_nobody(provider, vendor):
    twin = coin("TWIN")
    found = await provider.quotes([BTC, twin, coin("NOPE"), coin("DEAD")])
    assert vendor.seen[-1].query["id"] == "1" and isinstance(found[BTC.key], Quote)
    assert "Twin One (rank 900), Twin Two (rank 1100)" in found[twin.key].detail
    assert {one.reason for one in found.values() if isinstance(one, Missing)} == {Reason.UNKNOWN_SYMBOL}


async def test_a_coin_without_price_is_no_data(provider):
    sleeping = coin("SLEEP")
    assert (await provider.quotes([sleeping]))[sleeping.key].reason is Reason.NO_DATA


async def test_each_currency_is_a_call_and_the_table_is_read_once_a_day(provider, vendor, clock):
    euro = coin("BTC", "EUR")
    await provider.quotes([BTC, ADA, euro])
    assert sorted(seen.query["convert"] for seen in vendor.seen[1:]) == ["EUR", "USD"]
    clock.advance(25 * 3_600)
    vendor.misbehave(f"/{MAP}", status(500), times=2)
    assert isinstance((await provider.quotes([BTC]))[BTC.key], Quote)


async def test_market_values_serve_pairs_of_every_venue(provider):
    pairs = [coin("BTC", "USDT", "BINANCE"), coin("BTC", "XRP", "KRAKEN")]
    tether, other = (await provider.market_values(pairs)).values()
    assert (tether.market_cap, tether.dominance, tether.last) == (1_555_886_872_303.5, 59.75, None)
    assert (tether.provenance.currency, other.provenance.currency) == ("USDT", "USD")


async def test_credits_spent_in_mid_list_cost_only_what_was_not_answered(provider, vendor):
    many = [coin(f"C{number}", aliases={"coinmarketcap": str(number)}) for number in range(1, 251)]
    vendor.misbehave(f"/{QUOTES}", body({"status": {"error_code": 0}, "data": []}), status(429, refusal(1010)))
    found = await provider.quotes(many)
    june = to_nanos(datetime(2026, 6, 1, tzinfo=UTC))
    spent = [one for one in found.values() if isinstance(one, Missing) and one.reason is Reason.BUDGET_SPENT]
    assert 50 <= len(spent) <= 100 and {one.retry_at for one in spent} == {june}
    later = (await provider.quotes([many[0]]))[many[0].key]
    assert later.reason is Reason.BUDGET_SPENT and vendor.count() == 3


async def test_bars_are_the_periods_asked_for(provider, vendor):
    for form in ("list", "map"):
        vendor.form = form
        bars = await provider.bars(BTC, BarRequest(start=NOW - NOW % DAY - 3 * DAY, end=NOW))
        assert tuple(bars.frame.columns) == BAR_COLUMNS and not bars.forming
        assert bars.frame["time"].to_list() == [datetime(2026, 5, day, tzinfo=UTC) for day in (15, 16, 17)]
        assert bars.frame.row(0)[1:] == (10.0, 12.0, 9.0, 11.5, None)
    hours = await provider.bars(BTC, BarRequest(interval=Interval.H1, start=NOW - DAY, end=NOW))
    assert len(hours.frame) == 23 and vendor.seen[-1].query["interval"] == "hourly"


async def test_bars_the_plan_lacks_are_asked_for_once(provider, vendor):
    vendor.paid = False
    window = BarRequest(start=NOW - 3 * DAY, end=NOW)
    first, second = await refused(provider.bars(BTC, window)), await refused(provider.bars(ADA, window))
    assert first.reason is second.reason is Reason.NOT_OFFERED and "plan" in second.detail
    assert vendor.count(f"/{HISTORY}") == 1 and isinstance((await provider.quotes([BTC]))[BTC.key], Quote)
    assert (await refused(provider.bars(BTC, BarRequest(interval=Interval.M1, start=0, end=NOW)))).reason is (
        Reason.NOT_OFFERED
    )


async def test_a_profile_tells_the_coin(provider):
    profile = await provider.profile(BTC)
    assert (profile.description, profile.website) == ("Money of the internet.", "https://bitcoin.invalid/")
    assert profile.identifiers == {"coinmarketcap": "1"} and profile.industry == "Mineable, PoW"


async def test_a_search_is_local_and_never_offers_a_coin_under_the_ticker_of_another(provider, vendor):
    assert [one.name for one in await provider.search("bitcoin", 9)] == ["Bitcoin / USD"]
    assert [one.symbol for one in await provider.search("ada", 9)] == ["ADAUSD"]
    assert await provider.search("twin", 9) == [] and await provider.search("dead", 9) == []
    assert await provider.search(" ", 9) == [] and vendor.count() == 1


async def test_without_a_key_the_first_open_path_is_asked_then_the_second(vendor, clock):
    keyless = made(vendor, clock, {})
    vendor.keyless = "/trial-pro-api"
    assert isinstance((await keyless.quotes([BTC]))[BTC.key], Quote)
    assert [seen.path.split("/")[1] for seen in vendor.seen] == ["public-api", "trial-pro-api", "trial-pro-api"]
    assert not any("X-CMC_PRO_API_KEY" in seen.headers for seen in vendor.seen)
    await keyless.close()


async def test_a_bad_key_gives_way_to_a_good_one_and_is_never_told(vendor, clock, caplog):
    caplog.set_level(logging.DEBUG)
    vendor.keys = {OTHER_KEY}
    provider = made(vendor, clock, {"main": KEY, "second": OTHER_KEY})
    assert isinstance((await provider.quotes([BTC]))[BTC.key], Quote)
    vendor.keys = set()
    missing = (await provider.quotes([BTC]))[BTC.key]
    assert missing.reason is Reason.BAD_KEY
    logged = caplog.text + missing.detail + "".join(f"{record}" for c in provider.clients for record in c.log.records)
    assert KEY not in logged and OTHER_KEY not in logged
    await provider.close()


NEXT_MINUTE = NOW + 40 * NANOS


@pytest.mark.parametrize(
    ("broken", "reason", "retry_at"),
    [
        (status(401, refusal(1001)), Reason.BAD_KEY, None),
        (status(401, refusal(1002)), Reason.NO_KEY, None),
        (status(402, refusal(1004, "subscription expired")), Reason.BAD_KEY, None),
        (status(402), Reason.BAD_KEY, None),
        (status(403, refusal(1006)), Reason.NOT_OFFERED, None),
        (status(403, refusal(1007)), Reason.BAD_KEY, None),
        (status(429, refusal(1008)), Reason.RATE_LIMITED, NEXT_MINUTE),
        (status(429, refusal(1008), retry_after=17), Reason.RATE_LIMITED, NOW + 17 * NANOS),
        (status(429, refusal(1011), x_ratelimit_reset="25"), Reason.RATE_LIMITED, NOW + 25 * NANOS),
        (status(429), Reason.RATE_LIMITED, NEXT_MINUTE),
        (status(429, refusal(1009)), Reason.BUDGET_SPENT, to_nanos(datetime(2026, 5, 19, tzinfo=UTC))),
        (body(refusal(1010)), Reason.BUDGET_SPENT, to_nanos(datetime(2026, 6, 1, tzinfo=UTC))),
        (status(400, refusal(400, 'Invalid value for "id"')), Reason.UNKNOWN_SYMBOL, None),
        (status(400, refusal(4002, "parameter missing")), Reason.PROVIDER_ERROR, None),
        (status(500, refusal(500, "An internal server error occurred")), Reason.PROVIDER_ERROR, None),
        (html(), Reason.BAD_ANSWER, None),
        (cut_json(), Reason.BAD_ANSWER, None),
        (body(b""), Reason.BAD_ANSWER, None),
        (truncated(), Reason.BAD_ANSWER, None),
        (reset(), Reason.PROVIDER_ERROR, None),
        (body({"status": {"error_code": "0"}, "data": {}}), Reason.BAD_ANSWER, None),
    ],
)
async def test_every_misbehaviour_is_a_typed_error(provider, vendor, broken, reason, retry_at):
    vendor.misbehave(f"/{INFO}", broken, times=2)
    error = await refused(provider.profile(coin("BTC", aliases={"coinmarketcap": "1"})))
    assert error.reason is reason and error.endpoint == INFO and error.provider == "coinmarketcap"
    assert retry_at is None or error.retry_at == retry_at


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (replaced(b'"price"', b'"cost"'), "price"),
        (replaced(b'"quote"', b'"prices"'), "quote"),
        (replaced(b'"symbol": "USD"', b'"symbol": "EUR"'), "quote.USD"),
        (replaced(b"22429715433.5", b'"plenty"'), "volume_24h"),
        (replaced(b"22429715433.5", b'"NaN"'), "volume_24h"),
        (replaced(b'"data"', b'"rows"'), "data"),
        (replaced(b"2026-05-18T12:49:00.000Z", b"noon"), "last_updated"),
    ],
)
async def test_a_wrong_field_is_named(provider, vendor, broken, words):
    vendor.misbehave(f"/{QUOTES}", broken)
    missing = (await provider.quotes([ADA]))[ADA.key]
    assert missing.reason is Reason.BAD_ANSWER and words in missing.detail and QUOTES in missing.detail


@pytest.mark.parametrize("new", [b'"22429715433.5"', b'22429715433.5, "brand_new": {}', b"null", b'""'])
async def test_documented_variety_is_accepted(provider, vendor, new):
    vendor.misbehave(f"/{QUOTES}", replaced(b"22429715433.5", new))
    assert (await provider.quotes([ADA]))[ADA.key].quote_volume in (22429715433.5, None)


async def test_what_is_not_offered_is_refused_without_asking(provider, vendor):
    for call in (provider.book(BTC, 5), provider.trades(BTC, 5)):
        assert (await refused(call)).reason is Reason.NOT_OFFERED
    assert (await refused(provider.profile(coin("BTC", venue="KRAKEN")))).reason is Reason.UNKNOWN_SYMBOL
    assert provider.feed(None) is None and vendor.count() == 0
