"""Binance's live feed over real sockets: topics, books with snapshots, faults of a stream."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from msgspec import structs
from vendors.binance import BinanceVendor, VendorBook
from vendors.server import status
from vendors.watching import Wire, until

from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.binance import BinanceProvider
from financehub_tui.providers.binance.stream import OPTIONS
from financehub_tui.providers.kit.stream import StreamOptions

NOW = 1_723_161_255_308_000_000
STREAM = StreamOptions(
    tick=0.01, max_topics=400, messages_per_second=100, silence=30.0, renew_after=23.5 * 3_600, overlap=2.0
)
wired = partial(Wire, BinanceProvider, stream=STREAM)


def coin(symbol):
    return Instrument(
        asset_class=AssetClass.CRYPTO, symbol=symbol, venue="BINANCE", currency="USDT", kind=Kind.SPOT, decimals=2
    )


BTC, ETH = coin("BTCUSDT"), coin("ETHUSDT")


@pytest.fixture
async def vendor():
    async with BinanceVendor() as server:
        server.books = {"BTCUSDT": VendorBook("BTCUSDT"), "ETHUSDT": VendorBook("ETHUSDT", 7_000)}
        yield server


async def change(vendor, symbol, bid, ask):
    event = vendor.books[symbol].change(bid, ask)
    return await vendor.push(f"{symbol.lower()}@depth@100ms", event)


def agrees(vendor, sink, instrument):
    book = vendor.books[instrument.symbol]
    shown = sink.books.get(instrument.key), sink.sequences.get(instrument.key)
    return shown == ((book.bids, book.asks), book.sequence)


async def with_book(vendor, feed, sink, instrument=BTC):
    feed.want({"book": [instrument]})
    topic = f"{instrument.symbol.lower()}@depth@100ms"
    await until(lambda: topic in vendor.topics())
    await change(vendor, instrument.symbol, (99.0, 5.0), (102.0, 2.0))
    await until(lambda: agrees(vendor, sink, instrument))


async def test_each_kind_of_interest_has_its_streams(vendor, feed):
    feed.want({"quote": [BTC], "trade": [BTC, ETH], "book": [ETH]})
    wanted = {"btcusdt@ticker", "btcusdt@bookTicker", "btcusdt@trade", "ethusdt@trade", "ethusdt@depth@100ms"}
    await until(lambda: vendor.topics() == wanted)
    assert [health.symbols for health in feed.health()] == [2]
    feed.want({"trade": [ETH]})
    await until(lambda: vendor.topics() == {"ethusdt@trade"})
    assert len(vendor.sockets) == 1
    feed.want({})
    await until(lambda: not vendor.open_sockets())


async def test_pairs_the_venue_cannot_have_are_left_out(vendor, feed):
    feed.want({"quote": [Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL"), BTC]})
    await until(lambda: vendor.topics() == {"btcusdt@ticker", "btcusdt@bookTicker"})


async def test_many_streams_are_asked_for_in_few_messages(vendor, feed):
    coins = [coin(f"COIN{number}USDT") for number in range(150)]
    feed.want({"quote": coins})
    await until(lambda: len(vendor.topics()) == 300)
    [socket] = vendor.open_sockets()
    assert [len(message["params"]) for message in socket.received] == [100, 100, 100]


async def test_trades_and_quotes_reach_the_sink_with_their_lag(vendor, feed, sink, clock):
    feed.want({"trade": [BTC]})
    await until(vendor.topics)
    data = {"e": "trade", "E": NOW // 1_000_000 - 40, "s": "BTCUSDT", "t": 5, "p": "61837.63", "q": "0.02"}
    await vendor.push("btcusdt@trade", {**data, "T": NOW // 1_000_000 - 41, "m": True, "M": True})
    await until(lambda: sink.trades)
    [health] = feed.health()
    assert sink.trades[0].price == 61837.63
    assert health.state == "live" and health.lag_ms == 40.0


async def test_trades_missed_on_the_way_are_fetched(vendor, feed, sink):
    feed.want({"trade": [BTC]})
    await until(lambda: "btcusdt@trade" in vendor.topics())
    newest = 1_000 + 999
    for number in (newest - 4, newest + 1):
        row = {
            "e": "trade",
            "E": NOW // 1_000_000,
            "s": "BTCUSDT",
            "t": number,
            "p": "1",
            "q": "2",
            "T": NOW // 1_000_000,
            "m": True,
        }
        await vendor.push("btcusdt@trade", row)
    await until(lambda: len(sink.trades) == 6)
    late = [int(trade.id) for trade in sink.trades[2:]]
    assert late == list(range(newest - 3, newest + 1)) and vendor.count("/api/v3/trades") == 1


async def test_a_book_is_fetched_and_followed(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    for size in (3.0, 0.0, 4.0):
        await change(vendor, "BTCUSDT", (99.0, size), (101.0, size))
    await until(lambda: agrees(vendor, sink, BTC))
    assert vendor.count("/api/v3/depth") == 1 and sink.lost == []


async def test_a_book_in_which_nothing_moves_is_shown_all_the_same(vendor, feed, sink, clock):
    feed.want({"book": [BTC]})
    await until(lambda: "btcusdt@depth@100ms" in vendor.topics())
    await asyncio.sleep(0.05)
    assert sink.books == {}
    clock.advance(3.1)
    await until(lambda: agrees(vendor, sink, BTC))
    await change(vendor, "BTCUSDT", (99.0, 5.0), (102.0, 2.0))
    await until(lambda: agrees(vendor, sink, BTC))
    assert vendor.count("/api/v3/depth") == 1 and sink.lost == []


async def test_no_book_is_fetched_while_no_stream_carries_it(vendor, feed, sink, clock):
    vendor.refuse_sockets = 10_000
    feed.want({"book": [BTC]})
    await until(lambda: feed.health()[0].reconnects > 3)
    clock.advance(10)
    await asyncio.sleep(0.05)
    assert vendor.count("/api/v3/depth") == 0 and sink.books == {}


async def test_a_gap_in_the_numbering_fetches_the_book_again(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    vendor.books["BTCUSDT"].change((97.0, 1.0), (104.0, 1.0))
    await change(vendor, "BTCUSDT", (96.0, 1.0), (105.0, 1.0))
    await until(lambda: agrees(vendor, sink, BTC) and sink.lost == [(BTC.key, Reason.PENDING)])
    assert vendor.count("/api/v3/depth") == 2
    assert feed.health()[0].gaps == 1


async def test_a_stream_full_of_gaps_cannot_spend_the_budget(vendor, feed, sink, clock):
    await with_book(vendor, feed, sink)
    for _ in range(60):
        vendor.books["BTCUSDT"].change((97.0, 1.0), (104.0, 1.0))
        await change(vendor, "BTCUSDT", (96.0, 1.0), (105.0, 1.0))
        await asyncio.sleep(0.005)
    await until(lambda: agrees(vendor, sink, BTC))
    assert vendor.count("/api/v3/depth") <= clock.monotonic() + 2


async def test_a_broken_connection_withdraws_books_and_builds_them_anew(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    vendor.open_sockets()[0].abort()
    await until(lambda: sink.lost == [(BTC.key, Reason.PENDING)])
    await until(lambda: "btcusdt@depth@100ms" in vendor.topics())
    await change(vendor, "BTCUSDT", (99.0, 9.0), (102.0, 9.0))
    await until(lambda: agrees(vendor, sink, BTC))


async def test_a_refused_snapshot_is_asked_for_again_when_it_may_be(vendor, feed, sink, clock):
    vendor.misbehave("/api/v3/depth", status(500), status(429, {"code": -1003, "msg": "slow"}, retry_after=20))
    await with_book(vendor, feed, sink)
    assert vendor.count("/api/v3/depth") == 3
    assert clock.monotonic() >= 20


async def test_an_announced_shutdown_is_followed_without_losing_the_book(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    first = vendor.open_sockets()[0]
    await first.send({"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": NOW // 1_000_000}})
    await until(lambda: len(vendor.sockets) == 2 and len(vendor.open_sockets()) == 1)
    await until(lambda: "btcusdt@depth@100ms" in vendor.topics())
    await change(vendor, "BTCUSDT", (99.0, 9.0), (102.0, 9.0))
    await until(lambda: agrees(vendor, sink, BTC))
    assert sink.lost == [] and vendor.count("/api/v3/depth") == 1


async def test_before_the_venues_daily_cut_a_new_socket_takes_over(vendor, feed, sink, clock):
    await with_book(vendor, feed, sink)
    for _ in range(30):
        clock.advance(23.6 * 3_600 / 30)
        await change(vendor, "BTCUSDT", (99.0, 9.0), (102.0, 9.0))
        await asyncio.sleep(0.01)
    await until(lambda: len(vendor.sockets) >= 2 and len(vendor.open_sockets()) == 1)
    assert vendor.sockets[0].ws.closed


async def test_a_silent_socket_is_replaced(vendor, feed, sink, clock):
    feed.want({"trade": [BTC]})
    await until(lambda: vendor.topics() and feed.health()[0].messages == 1)
    await asyncio.sleep(0.05)
    clock.advance(31)
    await until(lambda: len(vendor.sockets) == 2 and vendor.topics() == {"btcusdt@trade"})


async def test_a_socket_of_pairs_in_which_nothing_moves_is_not_taken_for_dead(vendor, clock):
    assert OPTIONS.heartbeat is not None and 2 * OPTIONS.heartbeat < OPTIONS.silence
    quiet = wired(vendor, clock, stream=structs.replace(OPTIONS, tick=0.01))
    quiet.feed.want({"trade": [BTC]})
    await until(vendor.topics)
    for number in range(1, 7):
        clock.advance(11)
        await until(lambda number=number: quiet.feed.health()[0].messages > number)
    assert len(vendor.sockets) == 1 and quiet.feed.health()[0].reconnects == 0
    await quiet.close()


async def test_without_streams_quotes_are_polled_and_the_feed_says_so(vendor, feed, sink, clock):
    vendor.refuse_sockets = 10_000
    feed.want({"quote": [BTC]})
    await until(lambda: feed.health()[0].reconnects > 3)
    clock.advance(16)
    await until(lambda: sink.quotes and feed.health()[0].state == "polling")
    assert sink.quotes[0].last == 61837.63
    vendor.refuse_sockets = 0
    await until(lambda: feed.health()[0].state == "live")


async def test_senseless_frames_do_not_stop_the_stream(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    [socket] = vendor.open_sockets()
    for frame in (
        "",
        "{",
        "null",
        '{"stream":"btcusdt@depth@100ms","data":{"U":null}}',
        b"\x00\xff",
        '{"code":2,"msg":"x"}',
    ):
        await socket.send(frame)
    await change(vendor, "BTCUSDT", (99.0, 9.0), (102.0, 9.0))
    await until(lambda: agrees(vendor, sink, BTC))
    assert feed.health()[0].errors == 6 and len(vendor.sockets) == 1


async def test_an_unwanted_book_is_dropped_and_built_anew_when_wanted_again(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    feed.want({"trade": [ETH]})
    await until(lambda: vendor.topics() == {"ethusdt@trade"})
    await change(vendor, "BTCUSDT", (98.0, 9.0), (102.0, 9.0))
    await with_book(vendor, feed, sink)
    assert vendor.count("/api/v3/depth") == 2
