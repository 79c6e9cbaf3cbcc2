"""Market values of coins: whose they are, how often they are asked for, how sure they are."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest
from vendors.coingecko import NOW_MS, TOTAL_USD, CoinGeckoVendor
from vendors.coinmarketcap import QUOTES, CoinMarketCapVendor
from vendors.instruments import coin
from vendors.server import edited, status
from vendors.sources import Source

from financehub_tui.clock import ManualClock
from financehub_tui.engine.catalog import Entry
from financehub_tui.figures import DataDisagreement
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Reason, Tier
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.providers.coingecko import CoinGeckoProvider
from financehub_tui.providers.coinmarketcap import CoinMarketCapProvider

NOW = NOW_MS * 1_000_000
MARKETS = "/coins/markets"


def pair(base: str, currency: str = "USDT", venue: str = "BINANCE") -> Instrument:
    return coin(base, currency, venue)


BTC, ETH = pair("BTC"), pair("ETH")


def venue(**options: bool) -> Source:
    """A venue of coins, which knows no market values."""
    source = Source("venue", time=lambda: NOW, **options)
    offers = [
        msgspec.structs.replace(offered, asset_classes=(AssetClass.CRYPTO,))
        for offered in source.spec.capabilities
        if offered.kind != "market_value"
    ]
    source.spec = msgspec.structs.replace(source.spec, capabilities=tuple(offers))
    return source


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def catalogues():
    async with CoinGeckoVendor() as gecko, CoinMarketCapVendor() as cap:
        yield gecko, cap


@pytest.fixture
def desk_with(make_desk, clock, catalogues):
    gecko, cap = catalogues

    def make(source: Source | None = None, **options):
        entries = (
            Entry("coingecko", "CoinGecko", lambda: CoinGeckoProvider(clock, rest_url=gecko.url), priority=1),
            Entry("coinmarketcap", "CoinMarketCap", lambda: CoinMarketCapProvider(clock, rest_url=cap.url)),
        )
        return make_desk(source or venue(), entries=entries, **options)

    return make


async def valued(desk, *pairs):
    return await desk.quotes(list(pairs), market_values=True)


async def test_a_venues_quote_gets_the_market_value_of_a_catalogue_and_says_whose_it_is(desk_with):
    quote = (await valued(desk_with(), BTC))[BTC.key]
    assert (quote.last, quote.provenance.provider) == (100.0, "venue")
    assert quote.market_cap == 1_555_886_872_303
    assert quote.dominance == pytest.approx(100 * 1_555_886_872_303 / TOTAL_USD)
    assert (quote.market_cap_from.provider, quote.market_cap_from.currency) == ("coingecko", "USD")


async def test_two_catalogues_that_agree_are_told_with_their_confidence(desk_with):
    desk = desk_with()
    quote = (await valued(desk, BTC))[BTC.key]
    assert quote.market_cap_from.notes[-1] == "CoinMarketCap agrees, confidence 75%"
    origin = desk.explain(BTC.key, "market_value")[0]
    assert origin.provider == "coingecko" and "confidence 75%" in origin.notes[-1]
    assert all(one.provider == "venue" for one in desk.explain(BTC.key, "quote"))


async def test_a_market_value_in_dispute_is_shown_with_both_and_told_once(desk_with, catalogues, clock):
    _, cap = catalogues

    def larger(data):
        answer = json.loads(data)
        answer["data"][0]["quote"][0]["market_cap"] *= 100
        return json.dumps(answer).encode()

    cap.misbehave(f"/public-api/{QUOTES}", edited(larger), times=3)
    desk, told = desk_with(), []
    desk.add_event_listener(DataDisagreement, told.append)
    quote = (await valued(desk, BTC))[BTC.key]
    assert quote.market_cap == 1_555_886_872_303
    assert quote.market_cap_from.notes[-1].startswith("in dispute, confidence 0%: market_cap: CoinGecko is")
    [event] = told
    assert (event.field, set(event.findings.values()), event.confidence) == ("market_cap", {"wrong scale"}, 0.0)
    assert event.values["CoinMarketCap"] == pytest.approx(100 * event.values["CoinGecko"])
    clock.advance(1_200)
    await valued(desk, BTC)
    await asyncio.sleep(0.2)
    assert len(told) == 1


async def test_a_coin_is_asked_for_once_whatever_its_pairs_and_kept_for_ten_minutes(desk_with, catalogues, clock):
    gecko, _ = catalogues
    desk = desk_with()
    await valued(desk, BTC, pair("BTC", "EUR", "KRAKEN"), pair("BTC", "USD", ""))
    asked = gecko.count(MARKETS)
    assert gecko.seen[-2].query["ids"] == "bitcoin"
    clock.advance(590)
    quote = (await valued(desk, pair("BTC", "USDC")))[pair("BTC", "USDC").key]
    assert quote.market_cap and quote.market_cap_from.tier is Tier.MEMORY
    assert gecko.count(MARKETS) == asked


async def test_many_coins_go_out_in_one_call(desk_with, catalogues):
    gecko, cap = catalogues
    quotes = await valued(desk_with(), BTC, ETH, pair("SOL"))
    assert all(quote.market_cap for quote in quotes.values())
    assert set(gecko.seen[-2].query["ids"].split(",")) == {"bitcoin", "ethereum", "solana"}
    assert cap.count(f"/public-api/{QUOTES}") == 1


async def test_quotes_without_market_values_ask_no_catalogue(desk_with, catalogues):
    quote = (await desk_with().quotes([BTC]))[BTC.key]
    assert quote.market_cap is None and quote.market_cap_from is None
    assert [vendor.count() for vendor in catalogues] == [0, 0]


async def test_where_one_catalogue_fails_the_other_answers_unconfirmed(desk_with, catalogues):
    gecko, _ = catalogues
    gecko.misbehave("/coins/list", status(403), times=5)
    quote = (await valued(desk_with(), BTC))[BTC.key]
    assert quote.market_cap_from.provider == "coinmarketcap" and quote.dominance == 59.75
    assert any("CoinGecko" in note for note in quote.market_cap_from.notes)


async def test_a_catalogue_with_little_budget_left_is_not_asked_to_confirm(desk_with, catalogues):
    _, cap = catalogues
    desk = desk_with()
    desk.parts.router.candidates("market_value", pair("BTC", "USD", ""))
    desk.parts.router.health.of("coinmarketcap").limits = lambda: (("credits/month", 80.0, 100.0, NOW + 1),)
    quote = (await valued(desk, BTC))[BTC.key]
    assert quote.market_cap and cap.count() == 0
    assert not any("CoinMarketCap" in note for note in quote.market_cap_from.notes)


async def test_without_any_value_the_quote_stays_and_the_reason_is_told(desk_with, catalogues):
    for vendor in catalogues:
        vendor.misbehave("*", status(500), times=50)
    desk = desk_with()
    quote = (await valued(desk, BTC))[BTC.key]
    assert isinstance(quote, Quote) and quote.market_cap is None
    missing = desk.explain(BTC.key, "market_value")[0]
    assert isinstance(missing, Missing) and "CoinGecko" in missing.detail and "CoinMarketCap" in missing.detail


async def test_a_dominance_that_one_catalogue_lacks_is_the_others_and_says_so(desk_with, catalogues):
    gecko, _ = catalogues
    gecko.misbehave("/global", status(429), times=5)
    quote = (await valued(desk_with(), BTC))[BTC.key]
    assert (quote.market_cap_from.provider, quote.dominance) == ("coingecko", 59.75)
    assert "dominance by CoinMarketCap" in quote.market_cap_from.notes


async def test_an_own_market_value_is_not_replaced(desk_with):
    source = venue()
    source.answer = {BTC.key: Quote(key=BTC.key, time=NOW, last=1.0, market_cap=5.0, provenance=source.origin())}
    quote = (await valued(desk_with(source), BTC))[BTC.key]
    assert (quote.market_cap, quote.market_cap_from) == (5.0, None)


async def test_what_is_no_coin_has_none(desk_with, catalogues):
    share = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS")
    assert (await valued(desk_with(), share))[share.key].reason is Reason.NOT_OFFERED
    assert [vendor.count() for vendor in catalogues] == [0, 0]


async def test_a_live_quote_is_filled_and_stays_marked_when_the_stream_ticks(desk_with):
    source = venue(stream=True)
    desk = desk_with(source)
    subscription = desk.subscribe([BTC], ("quote", "market_value"))
    for _ in range(100):
        await asyncio.sleep(0.02)
        live = desk.live.quote(BTC.key)
        if isinstance(live, Quote) and live.market_cap:
            break
    source.feeds[0].sink.trade(Trade(key=BTC.key, time=NOW + 1, price=123.0, size=1.0))
    live = desk.live.quote(BTC.key)
    assert (live.last, live.provenance.provider) == (123.0, "venue")
    assert (live.market_cap, live.market_cap_from.provider) == (1_555_886_872_303, "coingecko")
    assert list(desk.streams.polled) == []
    await desk.flush()
    stored = (await (await desk.door.open()).latest_quotes([BTC.key]))[BTC.key]
    assert stored.last == 123.0 and stored.market_cap is None
    subscription.close()


async def test_who_would_be_asked_for_market_values_is_told(desk_with):
    rows = desk_with().providers.candidates(BTC, "market_value")
    assert [(row.provider, row.place) for row in rows] == [("coingecko", 1), ("coinmarketcap", 2)]
