"""Finnhub over REST, against a local server in its shapes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from vendors.finnhub import INVALID, KEY, LIMIT, NO_ACCESS, NOW_S, OTHER_KEY, FinnhubVendor
from vendors.instruments import share
from vendors.keypool import key_pool
from vendors.naps import Naps
from vendors.server import body, cut_json, html, redirect, replaced, reset, status, truncated
from vendors.watching import refused

from financehub_tui.clock import NANOS
from financehub_tui.market.bars import BAR_COLUMNS, BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Adjustment, Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import DataKind
from financehub_tui.providers.finnhub import FinnhubProvider
from financehub_tui.providers.kit.http import HttpOptions

NOW = NOW_S * NANOS
VENDOR = FinnhubVendor
DAY = 86_400 * NANOS
OPTIONS = HttpOptions(read_timeout=0.5, attempts=2, circuit_failures=50, max_wait=10)


AAPL, NOPE = share("AAPL", decimals=2), share("NOPE")
VOD = Instrument(asset_class=AssetClass.EQUITY, symbol="VOD", venue="XLON", exchange_code="LN", currency="GBP")


def made(vendor, clock, options=OPTIONS, **keys):
    pool = key_pool("finnhub", clock, **(keys or {"main": KEY}))
    return FinnhubProvider(clock, keys=pool, rest_url=vendor.url, http=options, sleep=Naps(clock))


def nanos(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * NANOS


async def test_a_quote_has_the_day_and_its_time(provider, vendor):
    quote = (await provider.quotes([AAPL]))[AAPL.key]
    assert (quote.last, quote.open, quote.high, quote.low) == (308.82, 306.12, 311.4, 305.84)
    assert quote.previous_close == 304.99 and quote.time == NOW - 300 * NANOS and quote.decimals == 2
    assert vendor.seen[0].headers["X-Finnhub-Token"] == KEY and "token" not in vendor.seen[0].query


async def test_zeros_are_an_unknown_symbol_and_spoil_nobody(provider, vendor):
    found = await provider.quotes([NOPE, AAPL, VOD])
    assert found[NOPE.key].reason is Reason.UNKNOWN_SYMBOL and isinstance(found[AAPL.key], Quote)
    assert found[VOD.key].reason is Reason.UNKNOWN_SYMBOL and vendor.count() == 2


async def test_shares_beyond_the_minutes_budget_say_when(vendor, clock):
    hurried = made(vendor, clock, HttpOptions(attempts=1, max_wait=2))
    many = [share(f"S{number}") for number in range(80)]
    found = await hurried.quotes(many)
    late = [one for one in found.values() if isinstance(one, Missing)]
    assert vendor.count() == 60 and len(late) == 20
    assert {one.reason for one in late} == {Reason.RATE_LIMITED} and all(one.retry_at > NOW for one in late)
    await hurried.close()


async def test_two_keys_have_twice_the_budget(vendor, clock):
    vendor.keys = {KEY, OTHER_KEY}
    double = made(vendor, clock, HttpOptions(attempts=1, max_wait=2), main=KEY, second=OTHER_KEY)
    found = await double.quotes([share(f"S{number}") for number in range(110)])
    assert all(isinstance(quote, Quote) for quote in found.values())
    assert {seen.headers["X-Finnhub-Token"] for seen in vendor.seen} == {KEY, OTHER_KEY}
    await double.close()


async def test_candles_without_the_plan_are_refused_and_asked_for_once(provider, vendor, clock):
    window = BarRequest(start=NOW - 5 * DAY, end=NOW)
    first, second = await refused(provider.bars(AAPL, window)), await refused(provider.bars(share("MSFT"), window))
    assert first.reason is second.reason is Reason.NOT_OFFERED and "access" in str(second)
    assert vendor.count("/stock/candle") == 1 and isinstance((await provider.quotes([AAPL]))[AAPL.key], Quote)
    clock.advance(3_601)
    vendor.paid = True
    assert (await provider.bars(AAPL, window)).frame.height == 5


async def test_days_are_dates_and_minutes_come_by_the_month(provider, vendor):
    vendor.paid = True
    bars = await provider.bars(AAPL, BarRequest(start=NOW - NOW % DAY - 3 * DAY, end=NOW))
    assert tuple(bars.frame.columns) == BAR_COLUMNS and bars.provenance.adjustment is Adjustment.SPLIT
    assert bars.frame["time"].to_list() == [datetime(2026, 5, day, tzinfo=UTC) for day in (19, 20, 21, 22)]
    assert bars.frame.row(0)[1:] == (10.0, 12.0, 9.5, 11.5, 1e6) and bars.forming
    before = vendor.count()
    await provider.bars(AAPL, BarRequest(interval=Interval.M30, start=NOW - 70 * DAY, end=NOW))
    assert vendor.count() - before == 3 and vendor.seen[-1].query["resolution"] == "30"


async def test_no_candles_and_unequal_columns_are_told_apart(provider, vendor):
    vendor.paid = True
    empty = BarRequest(start=NOW - 30 * NANOS, end=NOW - 20 * NANOS)
    assert (await refused(provider.bars(AAPL, empty))).reason is Reason.NO_DATA
    vendor.misbehave("/stock/candle", body({"s": "ok", "t": [NOW_S - 60], "o": [1], "h": [1], "l": [1], "c": [1]}))
    error = await refused(provider.bars(AAPL, BarRequest(start=NOW - DAY, end=NOW)))
    assert error.reason is Reason.BAD_ANSWER and error.field == "t"


async def test_a_profile_counts_in_millions(provider):
    profile = await provider.profile(AAPL)
    assert profile.market_cap == pytest.approx(4_535_749_270_000) and profile.shares_outstanding == 14_687_360_000
    assert (profile.name, profile.industry, profile.currency) == ("Apple Inc", "Technology", "USD")
    home = dict((await provider.profile(share("TSM", "XNYS"))).extra)["Home ticker"]
    assert home == "AAPL" and (await refused(provider.profile(NOPE))).reason is Reason.UNKNOWN_SYMBOL


async def test_a_search_leaves_out_foreign_listings_and_keeps_share_classes(provider):
    found = await provider.search("apple", 9)
    assert [(one.symbol, one.kind) for one in found] == [
        ("AAPL", Kind.STOCK),
        ("BRK.B", Kind.STOCK),
        ("QQQ", Kind.ETF),
    ]
    assert [provider.symbol(one) for one in found] == ["AAPL", "BRK.B", "QQQ"] and await provider.search("", 9) == []


@pytest.mark.parametrize(
    ("instrument", "name"),
    [
        (share("BRK/B", "XNYS"), "BRK.B"),
        (share("BF.B", "XNYS"), "BF.B"),
        (share("SPY", "ARCX"), "SPY"),
        (share("SHOP", ""), "SHOP"),
        (VOD, None),
        (share("AAPL", "XETR"), None),
        (Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSDT", kind=Kind.SPOT), None),
        (share("X", "XLON", aliases={"finnhub": "X.TO"}), "X.TO"),
    ],
)
def test_symbols_are_those_of_the_united_states(instrument, name):
    from financehub_tui.providers.finnhub.symbols import ticker

    assert ticker(instrument) == name


async def test_earnings_opinions_and_news_come_newest_first(provider, vendor):
    earnings = await provider.earnings(AAPL)
    assert [row.period_end for row in earnings.history] == ["2023-03-31", "2022-12-31"]
    assert earnings.history[0].surprise_percent == -4.7812 and earnings.history[1].actual is None
    ratings = await provider.ratings(AAPL)
    assert [row.period for row in ratings.counts] == ["2026-05-01", "2026-04-01"] and ratings.counts[0].total == 54
    stories = await provider.news(AAPL, 10)
    assert [story.id for story in stories] == ["finnhub:8", "finnhub:7"] and stories[0].symbols == ("AAPL",)
    assert vendor.seen[-1].query == {"symbol": "AAPL", "from": "2026-04-22", "to": "2026-05-22"}
    assert (await provider.news(None, 1))[0].symbols == () and vendor.seen[-1].path == "/news"
    assert (await refused(provider.earnings(NOPE))).reason is Reason.NO_DATA


async def test_a_profile_has_the_figures_of_the_share_and_none_that_are_missing(provider, vendor):
    found = await provider.profile(AAPL)
    assert (found.trailing_pe, found.forward_pe, found.eps, found.beta) == (37.0039, None, -8.2666, 1.0841)
    assert (found.dividend_rate, found.dividend_yield) == (1.08, pytest.approx(0.0035411))
    assert found.provenance.delay is Delay.END_OF_DAY and found.provenance.notes == ()
    vendor.misbehave("/stock/metric", status(403, NO_ACCESS), times=9)
    for _ in range(2):
        bare = await provider.profile(AAPL)
        assert bare.name == "Apple Inc" and bare.trailing_pe is None and "access" in bare.provenance.notes[0]
    assert vendor.count("/stock/metric") == 2


def test_what_changes_once_a_day_is_not_declared_as_real_time(provider):
    declared = {offered.kind: offered.delay for offered in provider.spec.capabilities}
    for kind in (DataKind.PROFILE, DataKind.EARNINGS, DataKind.RATINGS):
        assert declared[kind] is Delay.END_OF_DAY
    assert declared[DataKind.QUOTE] is Delay.REALTIME


async def test_the_calendar_tells_when_the_last_report_came_and_the_next_comes(provider, vendor):
    found = await provider.earnings(AAPL)
    assert found.next_date == nanos(2026, 7, 29, 20) and found.next_estimate == 1.9316  # the close in New York
    assert found.history[0].reported_at == nanos(2026, 5, 1, 13, 30) and found.history[1].reported_at is None
    assert found.provenance.notes == ("the next report comes after the close",)
    assert vendor.seen[-1].query == {"symbol": "AAPL", "from": "2026-04-22", "to": "2026-09-19"}


async def test_without_the_calendar_the_quarters_are_told_and_it_is_not_asked_for_again(provider, vendor):
    vendor.misbehave("/calendar/earnings", status(403, NO_ACCESS), times=9)
    for _ in range(2):
        found = await provider.earnings(AAPL)
        assert len(found.history) == 2 and found.next_date is None and "access" in found.provenance.notes[0]
    assert vendor.count("/calendar/earnings") == 1


async def test_a_calendar_alone_is_an_answer(provider, vendor):
    vendor.misbehave("/stock/earnings", body([]), times=2)
    found = await provider.earnings(AAPL)
    assert found.history == () and found.next_estimate == 1.9316
    vendor.misbehave("/calendar/earnings", body({"earningsCalendar": [{"date": "soon"}]}))
    error = await refused(provider.earnings(AAPL))
    assert (error.reason, error.endpoint, error.field) == (Reason.BAD_ANSWER, "calendar/earnings", "date")


async def test_a_bad_key_gives_way_to_a_good_one_and_is_never_told(vendor, clock, caplog):
    caplog.set_level(logging.DEBUG)
    both = made(vendor, clock, main=OTHER_KEY, second=KEY)
    for _ in range(2):
        assert isinstance((await both.quotes([AAPL]))[AAPL.key], Quote)
    vendor.keys = set()
    missing = (await both.quotes([AAPL]))[AAPL.key]
    told = caplog.text + missing.detail + "".join(str(record) for record in both.http.log.records)
    assert missing.reason is Reason.BAD_KEY and KEY not in told and OTHER_KEY not in told
    await both.close()


async def test_without_a_key_nothing_is_asked(vendor, clock):
    pool = key_pool("finnhub", clock)
    keyless = FinnhubProvider(clock, keys=pool, rest_url=vendor.url, http=OPTIONS, sleep=Naps(clock))
    missing = (await keyless.quotes([AAPL]))[AAPL.key]
    assert missing.reason is Reason.NO_KEY and "finnhub.io" in missing.detail and vendor.count() == 0
    assert keyless.spec.needs_key
    await keyless.close()


@pytest.mark.parametrize(
    ("broken", "reason", "retry_at"),
    [
        (status(401, INVALID), Reason.BAD_KEY, None),
        (status(401, {"error": "Please use an API key."}), Reason.NO_KEY, None),
        (status(403, NO_ACCESS), Reason.NOT_OFFERED, None),
        (status(403, b"<html>Attention Required!</html>"), Reason.RATE_LIMITED, NOW + 60 * NANOS),
        (status(422, {"error": "Wrong parameters"}), Reason.PROVIDER_ERROR, None),
        (status(429, LIMIT, x_ratelimit_reset=str(NOW_S + 33)), Reason.RATE_LIMITED, NOW + 33 * NANOS),
        (status(429, LIMIT), Reason.RATE_LIMITED, NOW + 60 * NANOS),
        (status(429, b""), Reason.RATE_LIMITED, NOW + 60 * NANOS),
        (body(LIMIT), Reason.RATE_LIMITED, NOW + 60 * NANOS),
        (status(502, b"<html>Bad gateway</html>"), Reason.PROVIDER_ERROR, None),
        (html(), Reason.BAD_ANSWER, None),
        (cut_json(), Reason.BAD_ANSWER, None),
        (body(b""), Reason.BAD_ANSWER, None),
        (body([]), Reason.BAD_ANSWER, None),
        (redirect("/welcome.html"), Reason.PROVIDER_ERROR, None),
        (truncated(), Reason.BAD_ANSWER, None),
        (reset(), Reason.PROVIDER_ERROR, None),
    ],
)
async def test_every_misbehaviour_is_a_typed_error(provider, vendor, broken, reason, retry_at):
    vendor.misbehave("/stock/profile2", broken, times=2)
    error = await refused(provider.profile(AAPL))
    assert error.reason is reason and error.endpoint == "stock/profile2" and error.provider == "finnhub"
    assert retry_at is None or error.retry_at == retry_at


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'"c"', b'"close"', "c"),
        (b"308.82", b'"dear"', "c"),
        (b"308.82", b'"NaN"', "c"),
        (b"304.99", b"-304.99", "pc"),
        (b'"t"', b'"time"', "t"),
    ],
)
async def test_a_wrong_field_is_named(provider, vendor, old, new, field):
    vendor.misbehave("/quote", replaced(old, new))
    missing = (await provider.quotes([AAPL]))[AAPL.key]
    assert missing.reason is Reason.BAD_ANSWER and f"`{field}`" in missing.detail.replace("$.", "")


@pytest.mark.parametrize("new", [b'"308.82"', b'308.82, "brand_new": []', b"null"])
async def test_documented_variety_is_accepted(provider, vendor, new):
    vendor.misbehave("/quote", replaced(b"308.82", new))
    assert (await provider.quotes([AAPL]))[AAPL.key].last in (308.82, None)


async def test_what_is_not_offered_is_refused_without_asking(provider, vendor):
    calls = (provider.book(AAPL, 5), provider.trades(AAPL, 5), provider.options(AAPL, ""), provider.dividends(AAPL))
    for call in calls:
        assert (await refused(call)).reason is Reason.NOT_OFFERED
    assert (await refused(provider.profile(VOD))).reason is Reason.UNKNOWN_SYMBOL and vendor.count() == 0
