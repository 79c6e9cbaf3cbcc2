"""An exchange made of what the kit has for exchanges: how little it takes, and what it then does."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from functools import partial

import msgspec
import pytest
from aiohttp import web
from vendors.instruments import spot
from vendors.naps import Naps
from vendors.server import VendorServer
from vendors.watching import Wire, until

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass
from financehub_tui.market.provenance import Reason
from financehub_tui.market.quote import Level, Quote, Side, Trade
from financehub_tui.providers.base import Capability, DataKind, ProviderSpec
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.kit.numbers import Positive
from financehub_tui.providers.kit.pairs import Pair, PairTable
from financehub_tui.providers.kit.spot import SpotVenue
from financehub_tui.providers.kit.spot_books import KeptBook
from financehub_tui.providers.kit.spot_decoder import KindDecoder, Listed
from financehub_tui.providers.kit.spot_feed import SpotFeed, batches
from financehub_tui.providers.kit.stream import StreamOptions

NOW = 1_700_000_000 * NANOS
PAIRS = {"GOLD/USD": "0.05", "GOLD/EUR": "0.01", "TIN/USD": "1", "OLD/USD": "0.1"}
CHANNELS = {"quote": ("price",), "trade": ("deal",), "book": ("book",)}


# the exchange


class Candle(msgspec.Struct, array_like=True):
    time: int
    open: Positive
    high: Positive
    low: Positive
    close: Positive
    volume: Positive

    @property
    def start(self):
        return self.time * NANOS


class Row(msgspec.Struct):
    name: str
    price: Positive
    number: int = 0


class CornerPairs(PairTable):
    venue, endpoint, popular = "CORNER", "pairs", ("USD", "EUR")

    async def load(self):
        rows = (await self.http.get("/pairs", endpoint="pairs")).decode(dict[str, Decimal])
        return [corner_pair(name, tick) for name, tick in rows.items()]

    def asset(self, word):
        return {"AURUM": "GOLD"}.get(word, word)


def corner_pair(name, tick):
    base, quote = name.split("/")
    title = "Gold, fine" if base == "GOLD" else ""
    return Pair(name=name, base=base, quote=quote, trading=base != "OLD", tick=tick, base_title=title, status="open")


class CornerProvider(SpotVenue[Row]):
    spec = ProviderSpec(
        id="corner",
        title="Corner",
        rest_url="",
        capabilities=(Capability(kind=DataKind.QUOTE, asset_classes=(AssetClass.CRYPTO,)),),
    )
    table, bars_endpoint = CornerPairs, "bars"

    def refusal(self, response):
        if response.status != 404:
            return None
        return ProviderError("corner", Reason.UNKNOWN_SYMBOL, "no such pair", endpoint=response.endpoint)

    def symbol(self, instrument):
        return instrument.symbol if "/" in instrument.symbol else None

    def feed(self, sink):
        return CornerFeed(self, sink)

    async def answers(self, symbols):
        return await self.listed_only(symbols, self._prices)

    async def _prices(self, symbols):
        rows = (await self.http.get("/prices", {"of": ",".join(symbols)}, endpoint="prices")).decode(list[Row])
        return {row.name: row for row in rows}

    def quote(self, instrument, symbol, answer):
        decimals = self.decimals(instrument, symbol, [answer.price])
        return Quote(key=instrument.key, time=self.clock.now(), last=answer.price, decimals=decimals)

    async def candles(self, symbol, request):
        return (await self.http.get("/bars", {"of": symbol}, endpoint="bars")).decode(list[Candle]), ("by hand",)

    async def book(self, instrument, depth):
        symbol = self.required(instrument)
        response = await self.http.get("/book", endpoint="book")
        return self.book_of(instrument, symbol, response, bids=[Level(1.5, 2.0)], asks=[Level(1.625, 1.0)])

    async def trades(self, instrument, limit):
        return [Trade(key=instrument.key, time=1, price=1.0, size=1.0, id=str(number)) for number in range(9, 0, -1)]


class CornerDecoder(KindDecoder[Listed[KeptBook]]):
    provider, endpoint, prefix = "corner", "stream", b'{"kind":"'

    def __init__(self, sink, **more):
        super().__init__(sink, **more)
        self.takers = {b"deal": self._deal}

    def enlist(self, symbol, instrument, tick):
        return Listed(instrument.key, KeptBook(instrument.key, self.sink, int, title="Corner", decimals=tick()), tick)

    def kind_of(self, data):
        raise ProviderError("corner", Reason.BAD_ANSWER, "no kind", endpoint="stream")

    def _deal(self, data, received):
        row = self.read(data, Row, "deal")
        listed = self.known(row.name)
        if listed is None:
            return 0
        return self.tell_trade(
            listed, row.name, row.number, time=received, price=row.price, size=1.0, side=Side.UNKNOWN
        )


class CornerFeed(SpotFeed):
    channels, options = CHANNELS, StreamOptions()

    def __init__(self, rest, sink):
        super().__init__(rest, sink)
        self.decoder = CornerDecoder(self.sink, hole=self.hole, decimals=rest.listing.decimals)

    def address(self, topics):
        return f"{self._rest.stream_url}/stream"

    def subscribe(self, topics):
        return [json.dumps({"ask": channel, "of": list(symbols)}) for channel, symbols in batches(topics, 2)]

    def unsubscribe(self, topics):
        return [json.dumps({"leave": channel, "of": list(symbols)}) for channel, symbols in batches(topics, 2)]

    def heartbeat(self):
        return "{}"

    def lost(self, topics, why):
        self.decoder.lose_books([], why)


# what it does


coin = partial(spot, venue="CORNER")
GOLD, TIN = coin("GOLD/USD"), coin("TIN/USD")


def prices(request):
    names = request.query["of"].split(",")
    if any(name not in PAIRS for name in names):
        return web.json_response({}, status=404)
    return web.json_response([{"name": name, "price": "1.5"} for name in names if name != "TIN/USD"])


@pytest.fixture
async def vendor():
    async with VendorServer() as server:
        server.serve("/pairs", PAIRS)
        server.serve("/prices", prices)
        server.serve("/bars", [[1_699_999_980, 2, 3, 1, 2, "9"], [1_699_999_920, 1, 2, 1, "2", 4]])
        server.serve("/book", {})

        async def deals(socket):
            async for _ in socket.messages():
                for number in (1, 2, 5, 5, 3):
                    await socket.send(f'{{"kind":"deal","name":"GOLD/USD","price":1.5,"number":{number}}}')

        server.serve_socket("/stream", deals)
        yield server


wired = partial(Wire, CornerProvider, stream=StreamOptions(tick=0.01))


@pytest.fixture
async def provider(vendor, clock):
    made = CornerProvider(clock, rest_url=vendor.url, http=HttpOptions(attempts=1), sleep=Naps(clock))
    yield made
    await made.close()


async def test_every_instrument_asked_for_has_its_entry(provider, vendor):
    stock = spot("AAPL", "XNAS")
    nope = coin("NOPE/USD")
    quotes = await provider.quotes([GOLD, nope, TIN, stock])
    assert (quotes[GOLD.key].last, quotes[GOLD.key].decimals) == (1.5, 2)
    assert all(quotes[one.key].reason is Reason.UNKNOWN_SYMBOL for one in (nope, TIN, stock))
    assert vendor.count("/prices") == 2 and vendor.count("/pairs") == 1
    assert await provider.quotes([stock]) == {stock.key: provider.unknown("AAPL")}


async def test_bars_are_put_in_order_and_say_whether_the_last_is_forming(provider):
    bars = await provider.bars(GOLD, BarRequest(interval=Interval.M1, start=0, end=NOW))
    assert bars.frame["time"].is_sorted() and bars.frame["close"].to_list() == [2.0, 2.0]
    assert bars.forming and bars.provenance.as_of == NOW and bars.provenance.notes == ("by hand",)


async def test_a_window_without_bars_is_no_data(provider, vendor):
    vendor.serve("/bars", [])
    with pytest.raises(ProviderError, match="no D bars of GOLD/USD in that window") as caught:
        await provider.bars(GOLD, BarRequest(start=0, end=NOW))
    assert caught.value.reason is Reason.NO_DATA and caught.value.endpoint == "bars"


async def test_a_book_without_tick_sizes_has_the_decimals_its_prices_show(provider):
    assert (await provider.book(GOLD, 5)).decimals == 3
    await provider.search("gold", 1)
    assert (await provider.book(GOLD, 5)).decimals == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("gold", ["GOLD/USD", "GOLD/EUR"]),
        ("aurum", ["GOLD/USD", "GOLD/EUR"]),
        ("GOLD-EUR", ["GOLD/EUR"]),
        ("gold, f", ["GOLD/USD", "GOLD/EUR"]),
        ("usd", ["GOLD/USD", "TIN/USD"]),
        ("old", []),
        ("!", []),
    ],
)
async def test_pairs_are_found_by_name_asset_and_title_the_usual_first(provider, text, found):
    assert [one.symbol for one in await provider.search(text, 9)] == found


async def test_a_profile_says_what_the_venue_says(provider):
    assert dict((await provider.profile(GOLD)).extra)["Tick size"] == "0.05"
    with pytest.raises(ProviderError, match="NOPE/USD is not listed"):
        await provider.profile(coin("NOPE/USD"))


async def test_its_feed_tells_trades_once_and_fetches_what_was_missed(vendor, feed, sink):
    feed.want({"trade": [GOLD], "news": [GOLD]})
    await until(lambda: len(sink.trades) == 5)
    assert [trade.id for trade in sink.trades[:3]] == ["1", "2", "5"]
    assert sorted(trade.id for trade in sink.trades) == ["1", "2", "3", "4", "5"]
    assert vendor.sockets[0].received == [{"ask": "deal", "of": ["GOLD/USD"]}]
    assert feed.health()[0].gaps == 1 and feed.health()[0].duplicates >= 1


async def test_instruments_that_are_one_pair_share_its_stream_and_take_it_over(vendor, feed, sink):
    anywhere = spot("GOLD/USD", "")
    feed.want({"trade": [GOLD, anywhere]})
    await until(lambda: len(sink.trades) == 10)
    assert {trade.key for trade in sink.trades} == {GOLD.key, anywhere.key}
    feed.want({"trade": [anywhere]})
    await until(lambda: len(vendor.sockets[0].received) == 3)
    assert [list(message) for message in vendor.sockets[0].received] == [
        ["ask", "of"],
        ["leave", "of"],
        ["ask", "of"],
    ]
    await until(lambda: sink.trades[-1].key == anywhere.key and len(sink.trades) == 15)
    feed.want({"trade": [GOLD, anywhere]})
    await asyncio.sleep(0.05)
    assert len(vendor.sockets[0].received) == 3
