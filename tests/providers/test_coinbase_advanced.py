"""Coinbase's other API: asked only where the Exchange's host is away, and its own shapes."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from vendors.coinbase import CoinbaseVendor
from vendors.instruments import spot
from vendors.naps import Naps
from vendors.server import VendorServer, reset, status

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.coinbase import CoinbaseProvider
from financehub_tui.providers.coinbase.advanced import GRANULARITIES, NOTE, PAGE
from financehub_tui.providers.coinbase.rest import INTERVALS
from financehub_tui.providers.kit.http import HttpOptions

NOW_S = 1_723_161_255
MARKET = "/api/v3/brokerage/market"
coin = partial(spot, venue="COINBASE")
BTC, ETH = coin("BTC-USD"), coin("ETH-USD")
HOUR = Interval.H1.seconds

PRODUCT = {"price": "61837.70", "price_percentage_change_24h": "8.0", "volume_24h": "40123.45", "mid_market_price": ""}
BOOK = {
    "product_id": "BTC-USD",
    "bids": [{"price": "61837.6", "size": "0.17"}, {"price": "61837", "size": "0.05"}],
    "asks": [{"price": "61837.7", "size": "0.16"}],
    "time": "2024-08-08T23:54:14.887000Z",
}


def candles(request):
    query = request.query
    start, end, step = int(query["start"]), int(query["end"]), HOUR
    rows = [
        {"start": str(at), "low": "1", "high": "4", "open": "2", "close": "3", "volume": "9.5"}
        for at in range(start, end + 1, step)
    ]
    return web.json_response({"candles": rows[::-1][:PAGE]})


def products(request):
    asked = request.query.getall("product_ids")
    rows = [PRODUCT | {"product_id": one} for one in asked if one != "NOPE-USD"]
    return web.json_response({"products": rows, "num_products": len(rows), "pagination": None})


@pytest.fixture
async def vendor():
    async with CoinbaseVendor(now=NOW_S) as server:
        yield server


@pytest.fixture
async def other():
    async with VendorServer() as server:
        server.serve(f"{MARKET}/products/BTC-USD/candles", candles)
        server.serve(f"{MARKET}/product_book", {"pricebook": BOOK, "last": "61837.65"})
        server.serve(f"{MARKET}/products", products)
        yield server


@pytest.fixture
async def provider(vendor, other):
    clock = ManualClock(NOW_S * NANOS)
    options = HttpOptions(attempts=1, circuit_failures=50)
    made = CoinbaseProvider(clock, rest_url=vendor.url, advanced_url=other.url, http=options, sleep=Naps(clock))
    yield made
    await made.close()


def window(hours):
    end = NOW_S // HOUR * HOUR
    return BarRequest(interval=Interval.H1, start=(end - hours * HOUR) * NANOS, end=end * NANOS)


async def test_while_the_exchange_answers_the_other_host_is_left_alone(provider, other):
    await provider.quotes([BTC, coin("NOPE-USD")])
    await provider.bars(BTC, window(3))
    await provider.book(BTC, 5)
    assert other.count() == 0


@pytest.mark.parametrize("fault", [status(503, b"<html>"), reset()])
async def test_where_it_is_away_quotes_come_from_the_other_and_say_so(provider, vendor, fault):
    vendor.misbehave("*", fault, times=20)
    quotes = await provider.quotes([BTC, ETH, coin("NOPE-USD")])
    quote = quotes[BTC.key]
    assert (quote.last, quote.volume, quote.bid, round(quote.previous_close, 2)) == (61837.7, 40123.45, None, 57257.13)
    assert quote.provenance.endpoint == "advanced products" and quote.provenance.notes == (NOTE,)
    assert quotes[coin("NOPE-USD").key].reason is Reason.PROVIDER_ERROR


async def test_many_products_come_from_the_other_too(provider, vendor):
    vendor.misbehave("/products/stats", status(502, b""))
    wanted = [coin(f"C{n}-USD") for n in range(120)]
    quotes = await provider.quotes(wanted)
    assert all(quotes[one.key].last == 61837.7 for one in wanted)


@pytest.mark.parametrize("hours", [1, 350, 351])
async def test_bars_come_in_pages_of_350(provider, vendor, other, hours):
    vendor.misbehave("/products/BTC-USD/candles", status(503, b""))
    bars = await provider.bars(BTC, window(hours))
    assert bars.frame.height == hours and bars.frame["open"].to_list() == [2.0] * hours
    assert other.count() == -(-hours // PAGE) and bars.provenance.notes == (NOTE,)


async def test_a_book_has_no_number_and_says_where_it_is_from(provider, vendor):
    vendor.misbehave("/products/BTC-USD/book", status(503, b""))
    book = await provider.book(BTC, 1)
    assert [(level.price, level.orders) for level in (*book.bids, *book.asks)] == [(61837.6, 0), (61837.7, 0)]
    assert (book.sequence, book.time % NANOS, book.provenance.notes) == (0, 887_000_000, (NOTE,))


async def test_where_both_are_away_the_exchanges_reason_stands(provider, vendor, other):
    for path in ("book", "candles"):
        vendor.misbehave(f"/products/BTC-USD/{path}", status(503, b""))
    other.misbehave("*", status(500, b""), times=5)
    for call in (provider.book(BTC, 1), provider.bars(BTC, window(3))):
        with pytest.raises(ProviderError) as caught:
            await call
        assert caught.value.endpoint in ("book", "candles") and caught.value.status == 503


@pytest.mark.parametrize("code", [400, 404, 429])
async def test_a_refusal_is_no_absence(provider, vendor, other, code):
    vendor.misbehave("/products/BTC-USD/candles", status(code, {"message": "no"}))
    with pytest.raises(ProviderError):
        await provider.bars(BTC, window(3))
    assert other.count() == 0


async def test_a_product_without_a_price_has_none(provider, vendor, other):
    empty = {"product_id": "BTC-USD", "price": "", "price_percentage_change_24h": "", "volume_24h": ""}
    other.serve(f"{MARKET}/products", {"products": [empty]})
    vendor.misbehave("*", reset(), times=5)
    quote = (await provider.quotes([BTC]))[BTC.key]
    assert (quote.last, quote.previous_close, quote.volume) == (None, None, None)


def test_another_address_of_the_exchange_has_no_other_host_unless_told():
    assert CoinbaseProvider(ManualClock(), rest_url="http://127.0.0.1:1").advanced is None
    assert CoinbaseProvider(ManualClock()).advanced is not None
    assert set(GRANULARITIES) == set(INTERVALS)
