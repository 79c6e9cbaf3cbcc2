"""Yahoo quotes: crumb, batches, refusals, units."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from vendors import server as fault
from vendors.server import VendorServer
from vendors.yahoo import CRUMB, NOW, QUICK, QUOTE, StepClock, YahooVendor, provider, wire_chart, wire_quote

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote, Session
from financehub_tui.providers.yahoo.provider import YahooProvider, batches


def share(symbol: str, **fields: object) -> Instrument:
    return Instrument(asset_class=AssetClass.EQUITY, symbol=symbol, venue="XNAS", exchange_code="US", **fields)


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with VendorServer() as running:
        yield running


@pytest.fixture
def vendor(server: VendorServer) -> YahooVendor:
    return YahooVendor(server)


def file_exists(file: Path) -> bool:
    return file.exists()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_quote_has_every_field_in_market_terms(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quote("AAPL", marketCap=2.5e12)
    found = (await yahoo.quotes([share("AAPL")]))[share("AAPL").key]
    assert isinstance(found, Quote)
    assert (found.last, found.bid, found.ask, found.previous_close) == (101.5, 101.4, 101.6, 100.0)
    assert (found.bid_size, found.ask_size) == (300, 500)  # round lots of 100
    assert (found.open, found.high, found.low, found.volume) == (100.25, 102.0, 99.5, 1e6)
    assert (found.session, found.decimals, found.time) == (Session.REGULAR, 2, 1_700_000_000 * NANOS)
    assert found.provenance is not None
    assert (found.provenance.provider, found.provenance.delay) == ("yahoo", Delay.REALTIME)


async def test_symbols_yahoo_leaves_out_are_unknown(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quote("AAPL")
    found = await yahoo.quotes([share("AAPL"), share("NOPE")])
    missing = found[share("NOPE").key]
    assert isinstance(missing, Missing) and missing.reason is Reason.UNKNOWN_SYMBOL
    assert isinstance(found[share("AAPL").key], Quote)


async def test_an_instrument_without_a_ticker_is_unknown_and_not_asked(
    yahoo: YahooProvider, server: VendorServer, vendor: YahooVendor
) -> None:
    coin = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSDT", venue="BINANCE", currency="USDT", base="BTC")
    found = await yahoo.quotes([coin])
    missing = found[coin.key]
    assert isinstance(missing, Missing) and missing.reason is Reason.UNKNOWN_SYMBOL
    assert server.count() == 0


async def test_many_symbols_go_in_few_calls_with_short_urls(
    yahoo: YahooProvider, vendor: YahooVendor, server: VendorServer
) -> None:
    names = [f"LONGNAME{number:03}" for number in range(300)]
    for name in names:
        vendor.quote(name)
    found = await yahoo.quotes([share(name) for name in names])
    assert len(found) == 300 and all(isinstance(value, Quote) for value in found.values())
    assert server.count(QUOTE) < 6


def test_batches_keep_order_and_stay_under_two_kilobytes() -> None:
    names = [f"^ODD={number}.DE" for number in range(500)]
    parts = list(batches(names))
    assert [name for part in parts for name in part] == names
    assert max(sum(len(name) + 9 for name in part) for part in parts) < 2_000


async def test_the_crumb_is_sent_whole_although_it_holds_a_slash(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quote("AAPL")
    await yahoo.quotes([share("AAPL")])
    seen = [one for one in vendor.server.seen if one.path == QUOTE]
    assert seen[-1].query["crumb"] == vendor.crumb and "/" in vendor.crumb
    assert "Chrome/" in seen[-1].headers["User-Agent"]


async def test_an_expired_crumb_is_renewed_once(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quote("AAPL")
    await yahoo.quotes([share("AAPL")])
    vendor.expire()
    found = await yahoo.quotes([share("AAPL")])
    assert isinstance(found[share("AAPL").key], Quote)
    assert vendor.server.count(QUOTE) == 3
    assert vendor.consents == 1  # renewal takes the other flow


async def test_an_invalid_crumb_inside_a_200_is_renewed_too(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quote("AAPL")
    inside = {"quoteResponse": {"result": None, "error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}
    vendor.server.misbehave(QUOTE, fault.body(inside))
    assert isinstance((await yahoo.quotes([share("AAPL")]))[share("AAPL").key], Quote)


async def test_consent_is_given_where_the_cookie_host_gives_no_cookie(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    vendor.cookie_works = False
    vendor.quote("AAPL")
    assert isinstance((await yahoo.quotes([share("AAPL")]))[share("AAPL").key], Quote)
    assert vendor.consents == 1


@pytest.mark.parametrize("answer", [b"Too Many Requests\r\n", b"<html><body>Sorry</body></html>", b"", b"two words"])
async def test_a_crumb_that_is_none_is_never_stored(
    server: VendorServer, vendor: YahooVendor, tmp_path: Path, answer: bytes
) -> None:
    yahoo = provider(server, tmp_path)
    server.misbehave(CRUMB, fault.body(answer, "text/plain"), times=8)
    vendor.chart("AAPL", wire_chart([1_699_972_200], [101.5]))
    found = (await yahoo.quotes([share("AAPL")]))[share("AAPL").key]
    assert isinstance(found, Quote)
    assert found.provenance is not None and "chart in place of quote" in found.provenance.notes[0]
    assert not file_exists(tmp_path / "yahoo-session.json")
    assert server.count(QUOTE) == 0
    await yahoo.close()


async def test_cookie_and_crumb_survive_a_restart_in_a_private_file(
    server: VendorServer, vendor: YahooVendor, tmp_path: Path
) -> None:
    vendor.quote("AAPL")
    folder = tmp_path / "cache"
    for _ in range(2):
        yahoo = provider(server, folder)
        assert isinstance((await yahoo.quotes([share("AAPL")]))[share("AAPL").key], Quote)
        await yahoo.close()
    assert server.count(CRUMB) == 1
    assert mode(folder / "yahoo-session.json") == 0o600 and mode(folder) == 0o700


async def test_a_damaged_session_file_is_ignored(server: VendorServer, vendor: YahooVendor, tmp_path: Path) -> None:
    vendor.quote("AAPL")
    (tmp_path / "yahoo-session.json").write_bytes(b'{"crumb": \xff')
    yahoo = provider(server, tmp_path)
    assert isinstance((await yahoo.quotes([share("AAPL")]))[share("AAPL").key], Quote)
    await yahoo.close()


async def test_the_chart_stands_in_where_quotes_are_refused(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.chart("AAPL", wire_chart([1_699_972_200], [101.5]))
    vendor.server.misbehave(QUOTE, fault.status(403, b"<html>blocked</html>"), times=4)
    found = (await yahoo.quotes([share("AAPL")]))[share("AAPL").key]
    assert isinstance(found, Quote)
    assert (found.last, found.previous_close) == (101.5, 100.0)
    assert found.provenance is not None and found.provenance.endpoint == "v8/finance/chart"
    assert "403" in found.provenance.notes[0]


async def test_a_blocked_cookie_host_does_not_take_the_charts_away(server: VendorServer, vendor: YahooVendor) -> None:
    vendor.chart("AAPL", wire_chart([1_699_972_200], [101.5]))
    blocked = "http://blocked.invalid"
    yahoo = YahooProvider(
        StepClock(),
        rest_url=server.url,
        alt_rest_url=server.url,
        cookie_url=blocked,
        guce_url=blocked,
        consent_url=blocked,
        options=QUICK,
    )
    found = (await yahoo.quotes([share("AAPL")]))[share("AAPL").key]
    assert isinstance(found, Quote) and found.last == 101.5 and found.provenance is not None
    assert "cannot be looked up" in found.provenance.notes[0]
    await yahoo.close()


async def test_where_the_consent_page_answers_there_is_a_network_and_yahoo_is_left_alone_for_a_while(
    server: VendorServer, vendor: YahooVendor
) -> None:
    server.misbehave("/consent", fault.body(b"<html>no form here</html>", "text/html"), times=9)
    yahoo = YahooProvider(
        StepClock(),
        rest_url=server.url,
        alt_rest_url=server.url,
        cookie_url="http://blocked.invalid",
        guce_url=server.url,
        consent_url=server.url,
        options=QUICK,
    )
    for _ in range(2):
        with pytest.raises(ProviderError) as caught:
            await yahoo.profile(share("AAPL"))
        assert caught.value.reason is Reason.BAD_ANSWER and "csrfToken" in caught.value.detail
    assert server.count("/consent") == 1
    await yahoo.close()


async def test_rate_limit_without_retry_after_waits_minutes_and_grows(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    vendor.server.misbehave(QUOTE, fault.status(429, b"Too Many Requests"), times=4)
    with pytest.raises(ProviderError) as caught:
        await yahoo.quotes([share("AAPL")])
    assert caught.value.reason is Reason.RATE_LIMITED
    assert caught.value.retry_at is not None and caught.value.retry_at >= NOW + 60 * NANOS
    assert vendor.server.count(QUOTE) == 1


async def test_rate_limit_with_retry_after_keeps_to_it(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.server.misbehave(QUOTE, fault.status(429, b"Too Many Requests", retry_after=1_000), times=4)
    with pytest.raises(ProviderError) as caught:
        await yahoo.quotes([share("AAPL")])
    assert caught.value.reason is Reason.RATE_LIMITED and caught.value.retry_at == NOW + 1_000 * NANOS


async def test_the_other_host_answers_when_one_is_down(server: VendorServer, vendor: YahooVendor) -> None:
    vendor.quote("AAPL")
    async with VendorServer() as second:
        other = YahooVendor(second)
        other.quote("AAPL")
        second.serve(QUOTE, lambda _: fault.web.json_response({"quoteResponse": {"result": [wire_quote("AAPL")]}}))
        yahoo = provider(server, alternative=second.url)
        server.misbehave(QUOTE, fault.status(503), times=2)
        assert isinstance((await yahoo.quotes([share("AAPL")]))[share("AAPL").key], Quote)
        await yahoo.quotes([share("AAPL")])
        assert (server.count(QUOTE), second.count(QUOTE)) == (2, 2)  # and it stays with the one that works
        await yahoo.close()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (fault.cut_json(), Reason.BAD_ANSWER),
        (fault.html(), Reason.BAD_ANSWER),
        (fault.body(b""), Reason.BAD_ANSWER),
        (fault.body({}), Reason.BAD_ANSWER),
        (fault.body({"quoteResponse": {"result": [{"bid": 1}]}}), Reason.BAD_ANSWER),
        (fault.body({"quoteResponse": {"result": [7]}}), Reason.BAD_ANSWER),
        (fault.body({"quoteResponse": {"result": {"AAPL": 1}}}), Reason.BAD_ANSWER),
        (fault.truncated(), Reason.BAD_ANSWER),
        (fault.body(b"<html>Will be right back...</html>", "text/html"), Reason.PROVIDER_ERROR),
        (fault.status(500), Reason.PROVIDER_ERROR),
        (fault.reset(), Reason.PROVIDER_ERROR),
        (fault.slow_first_byte(3), Reason.TIMEOUT),
    ],
)
async def test_every_misbehaviour_is_a_typed_error(
    yahoo: YahooProvider, vendor: YahooVendor, broken: fault.Fault, reason: Reason
) -> None:
    vendor.quote("AAPL")
    vendor.chart("AAPL", {}, status=500)
    vendor.server.misbehave(QUOTE, broken, times=8)
    with pytest.raises(ProviderError) as caught:
        await yahoo.quotes([share("AAPL")])
    assert caught.value.reason is reason
    assert caught.value.provider == "yahoo" and caught.value.endpoint
    assert "\n" not in str(caught.value)


async def test_a_wrong_type_names_its_field_and_spoils_no_other_quote(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    vendor.quote("AAPL")
    vendor.quote("MSFT", bid=[1])
    found = await yahoo.quotes([share("AAPL"), share("MSFT")])
    missing = found[share("MSFT").key]
    assert isinstance(found[share("AAPL").key], Quote)
    assert isinstance(missing, Missing) and missing.reason is Reason.BAD_ANSWER
    assert "v7/finance/quote" in missing.detail and "$.bid" in missing.detail


async def test_no_network_is_offline() -> None:
    nowhere = "http://no-such-host.invalid"
    yahoo = YahooProvider(
        StepClock(),
        rest_url=nowhere,
        alt_rest_url=nowhere,
        cookie_url=nowhere,
        guce_url=nowhere,
        consent_url=nowhere,
        options=QUICK,
    )
    with pytest.raises(ProviderError) as caught:
        await yahoo.quotes([share("AAPL")])
    assert caught.value.reason is Reason.OFFLINE
    await yahoo.close()


async def test_pence_are_never_pounds(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quote("VOD.L", currency="GBp", market="gb_market", regularMarketPrice=72.5, bid=0, ask=0, priceHint=2)
    pence = Instrument(
        asset_class=AssetClass.EQUITY, symbol="VOD", venue="XLON", exchange_code="LN", currency="GBP", unit=Unit.MINOR
    )
    pounds = Instrument(asset_class=AssetClass.EQUITY, symbol="VOD", venue="XLON", exchange_code="LN", currency="GBP")
    dollars = Instrument(asset_class=AssetClass.EQUITY, symbol="VOD", venue="XLON", exchange_code="LN")
    found = await yahoo.quotes([pence, pounds, dollars])
    in_pence, in_pounds, refused = found[pence.key], found[pounds.key], found[dollars.key]
    assert isinstance(in_pence, Quote) and in_pence.last == 72.5 and in_pence.bid is None
    assert isinstance(in_pounds, Quote) and in_pounds.last == 0.725 and in_pounds.decimals == 4
    assert isinstance(refused, Missing) and refused.reason is Reason.BAD_ANSWER and "GBp" in refused.detail


async def test_before_the_opening_the_last_regular_price_is_the_previous_close(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    vendor.quote("AAPL", marketState="PRE", preMarketPrice=103.0, preMarketTime=1_700_000_050)
    found = (await yahoo.quotes([share("AAPL")]))[share("AAPL").key]
    assert isinstance(found, Quote)
    assert (found.session, found.last, found.previous_close) == (Session.PRE, 103.0, 101.5)
    assert found.volume is None and found.time == 1_700_000_050 * NANOS


async def test_numbers_may_be_strings_formatted_null_missing_or_infinite(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    vendor.quote(
        "AAPL",
        regularMarketPrice="101.5",
        bid={"raw": 101.25, "fmt": "101.25"},
        ask={},
        regularMarketVolume=None,
        marketCap="Infinity",
    )
    found = (await yahoo.quotes([share("AAPL")]))[share("AAPL").key]
    assert isinstance(found, Quote)
    assert (found.last, found.bid, found.ask, found.volume, found.market_cap) == (101.5, 101.25, None, None, None)


async def test_a_delisted_symbol_has_no_data(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quotes["OLD"] = {"symbol": "OLD", "quoteType": "NONE", "tradeable": False}
    missing = (await yahoo.quotes([share("OLD")]))[share("OLD").key]
    assert isinstance(missing, Missing) and missing.reason is Reason.NO_DATA


async def test_a_pair_is_matched_under_either_spelling(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quotes["JPY=X"] = wire_quote(
        "USDJPY=X", quoteType="CURRENCY", currency="JPY", market="ccy_market", priceHint=4
    )
    pair = Instrument(asset_class=AssetClass.CURRENCY, symbol="USDJPY", base="USD", currency="JPY", kind=Kind.SPOT)
    found = (await yahoo.quotes([pair]))[pair.key]
    assert isinstance(found, Quote) and found.decimals == 4


@pytest.mark.parametrize(
    ("second", "session"),
    [(5, Session.PRE), (15, Session.REGULAR), (25, Session.POST), (35, Session.CLOSED)],
)
async def test_the_stand_in_knows_the_session(
    yahoo: YahooProvider, vendor: YahooVendor, second: int, session: Session
) -> None:
    begin = NOW // NANOS - second
    periods = {
        name: {"start": begin + 10 * number, "end": begin + 10 * number + 10}
        for number, name in enumerate(("pre", "regular", "post"))
    }
    vendor.chart("AAPL", wire_chart(None, currentTradingPeriod=periods))
    vendor.server.misbehave(QUOTE, fault.status(403), times=4)
    found = (await yahoo.quotes([share("AAPL")]))[share("AAPL").key]
    assert isinstance(found, Quote) and found.session is session


async def test_the_stand_in_may_have_no_price_either(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.chart("AAPL", wire_chart(None, regularMarketPrice=None))
    vendor.server.misbehave(QUOTE, fault.status(403), times=4)
    with pytest.raises(ProviderError) as caught:
        await yahoo.quotes([share("AAPL")])
    assert caught.value.status == 403


async def test_after_the_close_the_later_price_counts(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quote("AAPL", marketState="POST", postMarketPrice=104.0, postMarketTime=1_700_000_050)
    vendor.quote("MSFT", marketState="POST", postMarketPrice=104.0, postMarketTime=1_600_000_000)
    found = await yahoo.quotes([share("AAPL"), share("MSFT")])
    later, stale = found[share("AAPL").key], found[share("MSFT").key]
    assert isinstance(later, Quote) and (later.last, later.previous_close, later.volume) == (104.0, 100.0, 1e6)
    assert isinstance(stale, Quote) and stale.last == 101.5


@pytest.mark.parametrize(
    ("minutes", "source", "delay"),
    [
        (0, "Nasdaq Real Time Price", Delay.REALTIME),
        (0, None, Delay.REALTIME),
        (0, "Delayed Quote", Delay.DELAYED),
        (15, "Delayed Quote", Delay.DELAYED),
        (None, "Nasdaq Real Time Price", Delay.DELAYED),
    ],
)
async def test_what_yahoo_calls_delayed_is_not_told_as_prompt(
    yahoo: YahooProvider, vendor: YahooVendor, minutes: int | None, source: str | None, delay: Delay
) -> None:
    vendor.quote("AAPL", exchangeDataDelayedBy=minutes, quoteSourceName=source)
    found = (await yahoo.quotes([share("AAPL")]))[share("AAPL").key]
    assert isinstance(found, Quote) and found.provenance is not None and found.provenance.delay is delay


async def test_a_pair_of_currencies_has_no_volume_of_zero(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quote("EURUSD=X", quoteType="CURRENCY", market="ccy_market", exchange="CCY", regularMarketVolume=0)
    pair = Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD", base="EUR", kind=Kind.SPOT)
    found = (await yahoo.quotes([pair]))[pair.key]
    assert isinstance(found, Quote) and found.volume is None


async def test_a_coin_trades_round_the_clock(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.quote("BTC-USD", quoteType="CRYPTOCURRENCY", market="ccc_market", exchange="CCC")
    coin = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", base="BTC", kind=Kind.SPOT)
    found = (await yahoo.quotes([coin]))[coin.key]
    assert isinstance(found, Quote) and found.session is Session.CONTINUOUS
    assert (found.volume, found.quote_volume) == (None, 1e6)


async def test_after_both_flows_were_refused_yahoo_is_left_alone(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.server.misbehave(CRUMB, fault.body(b"Too Many Requests", "text/plain"), times=8)
    vendor.chart("AAPL", wire_chart(None))
    for _ in range(3):
        found = (await yahoo.quotes([share("AAPL")]))[share("AAPL").key]
        assert isinstance(found, Quote) and found.provenance is not None
        assert found.provenance.delay is Delay.DELAYED, "a chart does not say"
    assert vendor.server.count(CRUMB) == 2
