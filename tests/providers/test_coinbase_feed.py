"""Coinbase's live feed over real sockets: subscriptions, books, refusals, faults of a stream."""

from __future__ import annotations

import asyncio
import json
from functools import partial

import pytest
from vendors.coinbase import CoinbaseVendor, VendorBook, match
from vendors.instruments import spot
from vendors.watching import Wire, until

from financehub_tui.market.provenance import Reason
from financehub_tui.providers.coinbase import CoinbaseProvider
from financehub_tui.providers.kit.stream import StreamOptions

NOW = 1_723_161_255_308_000_000
STREAM = StreamOptions(tick=0.01, max_topics=500, messages_per_second=100, silence=5.0)
VENDOR = CoinbaseVendor
wired = partial(Wire, CoinbaseProvider, stream=STREAM)
coin = partial(spot, venue="COINBASE")
BTC, ETH = coin("BTC-USD"), coin("ETH-USD")
PULSE = {("heartbeat", "BTC-USD")}


def agrees(vendor, sink, instrument=BTC):
    book = vendor.books[instrument.symbol]
    return sink.books.get(instrument.key) == (book.bids, book.asks)


async def with_book(vendor, feed, sink, instrument=BTC):
    feed.want({"book": [instrument]})
    await until(lambda: agrees(vendor, sink, instrument))


async def test_each_kind_of_interest_has_its_channel_and_the_connection_a_pulse(vendor, feed):
    feed.want({"quote": [BTC], "trade": [BTC, ETH], "book": [ETH]})
    wanted = {("ticker", "BTC-USD"), ("matches", "BTC-USD"), ("matches", "ETH-USD"), ("level2_batch", "ETH-USD")}
    await until(lambda: vendor.subjects() == wanted | PULSE)
    assert vendor.sockets[0].received[0]["channels"] == ["heartbeat"]
    feed.want({"trade": [ETH]})
    await until(lambda: vendor.subjects() == {("matches", "ETH-USD")} | PULSE)
    assert len(vendor.sockets) == 1 and feed.health()[0].symbols == 1
    feed.want({})
    await until(lambda: not vendor.open_sockets())


async def test_pairs_of_other_venues_are_left_out(vendor, feed):
    feed.want({"quote": [coin("BTC-USD", venue="KRAKEN"), BTC]})
    await until(lambda: vendor.subjects() == {("ticker", "BTC-USD")} | PULSE)


async def test_many_products_are_asked_for_in_few_messages(vendor, feed):
    vendor.products += [f"C{n}-USD" for n in range(250)]
    feed.want({"quote": [coin(f"C{n}-USD") for n in range(250)]})
    await until(lambda: len(vendor.subjects()) == 251)
    assert [len(message["product_ids"]) for message in vendor.sockets[0].received] == [1, 100, 100, 50]


async def test_quotes_and_trades_reach_the_sink_with_their_lag(vendor, feed, sink):
    feed.want({"quote": [BTC], "trade": [BTC]})
    await until(lambda: sink.quotes and sink.trades)
    await vendor.tick("BTC-USD", price="61900.10", time="2024-08-08T23:54:15.268000Z")
    await until(lambda: sink.quotes[-1].last == 61_900.1)
    [health] = feed.health()
    assert health.state == "live" and health.lag_ms == 40.0 and health.last_sequence == vendor.sequence


async def test_the_decimals_are_those_of_the_tick_size(vendor, feed, sink):
    shib = coin("SHIB-USD")
    await until(lambda: vendor.count("/currencies") == 1)
    await asyncio.sleep(0.05)
    feed.want({"quote": [shib]})
    await until(lambda: sink.quotes and sink.quotes[-1].decimals == 8)


async def test_a_book_is_followed(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    for n in range(20):
        await vendor.change("BTC-USD", ("buy", 61_830.0 - n, n % 3), ("sell", 61_831.0 + n, (n + 1) % 3))
    await until(lambda: agrees(vendor, sink))
    assert sink.lost == [] and len(vendor.sockets[0].received) == 2


async def test_a_book_of_many_megabytes_is_taken(vendor, feed, sink):
    book = vendor.books["BTC-USD"]
    book.bids = {round(60_000 - n / 100, 2): 1.0 for n in range(60_000)}
    assert len(json.dumps(book.snapshot("BTC-USD"))) > 1 << 20
    await with_book(vendor, feed, sink)


async def test_a_lost_change_that_crosses_the_book_has_it_sent_anew_on_the_same_socket(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    vendor.books["BTC-USD"].change("BTC-USD", ("sell", 61_831.0, 0.0))
    await vendor.change("BTC-USD", ("buy", 61_831.5, 1.0))
    await until(lambda: sink.lost == [(BTC.key, Reason.PENDING)] and agrees(vendor, sink))
    assert [message["type"] for message in vendor.sockets[0].received[2:]] == ["unsubscribe", "subscribe"]
    assert feed.health()[0].gaps == 1 and len(vendor.sockets) == 1


async def test_an_unreadable_change_has_the_book_sent_anew(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    frame = {"type": "l2update", "product_id": "BTC-USD", "changes": [["buy", "61830.00", "0.-10000"]]}
    await vendor.push("level2_batch", "BTC-USD", frame)
    await until(lambda: len(sink.lost) == 1 and agrees(vendor, sink))
    assert feed.health()[0].errors == 1


async def test_a_broken_connection_withdraws_books_and_builds_them_anew(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    vendor.open_sockets()[0].abort()
    vendor.books["BTC-USD"] = VendorBook()
    vendor.books["BTC-USD"].change("BTC-USD", ("buy", 61_829.0, 0.0))
    await until(lambda: sink.lost == [(BTC.key, Reason.PENDING)])
    await until(lambda: agrees(vendor, sink))


async def test_trades_missed_on_the_way_are_fetched(vendor, feed, sink):
    feed.want({"trade": [BTC]})
    await until(lambda: [trade.id for trade in sink.trades] == ["5000"])
    await vendor.trade("BTC-USD", skip=3)
    await until(lambda: len(sink.trades) == 5)
    assert [trade.id for trade in sink.trades] == ["5000", "5004", "5001", "5002", "5003"]
    await vendor.push("matches", "BTC-USD", match("BTC-USD", 5002))
    await vendor.trade("BTC-USD")
    await until(lambda: len(sink.trades) == 6)
    assert feed.health()[0].duplicates == 1


async def test_trades_missed_between_two_connections_are_fetched(vendor, feed, sink):
    feed.want({"trade": [BTC]})
    await until(lambda: sink.trades)
    vendor.trade_id += 3
    vendor.open_sockets()[0].abort()
    await until(lambda: len(sink.trades) == 4)
    assert sorted(trade.id for trade in sink.trades) == ["5000", "5001", "5002", "5003"]


async def test_channels_that_need_a_key_are_given_up_and_said(vendor, feed, sink):
    vendor.locked.add("level2_batch")
    feed.want({"book": [BTC], "quote": [BTC]})
    await until(lambda: (BTC.key, Reason.NO_KEY) in sink.lost)
    await until(lambda: vendor.subjects() == {("ticker", "BTC-USD")} | PULSE)
    await until(lambda: sink.quotes)
    assert feed.health()[0].errors == 1


@pytest.mark.parametrize("closes", [True, False])
async def test_an_unknown_product_is_given_up_and_does_not_spoil_its_neighbours(vendor, feed, sink, closes):
    vendor.closes_after_error = closes
    nope = coin("NOPE-USD")
    feed.want({"book": [BTC, nope], "quote": [BTC, nope]})
    await until(lambda: (nope.key, Reason.UNKNOWN_SYMBOL) in sink.lost)
    await until(lambda: vendor.subjects() == {("ticker", "BTC-USD"), ("level2_batch", "BTC-USD")} | PULSE)
    await until(lambda: agrees(vendor, sink) and sink.quotes)
    assert (len(vendor.sockets) == 1) is not closes


async def test_heartbeats_keep_a_quiet_socket_and_silence_ends_it(vendor, feed, sink, clock):
    feed.want({"trade": [BTC]})
    await until(lambda: sink.trades)
    for _ in range(3):
        await asyncio.sleep(0.03)
        clock.advance(4)
        await vendor.beat()
        await asyncio.sleep(0.03)
    assert len(vendor.sockets) == 1
    clock.advance(6)
    await until(lambda: len(vendor.sockets) == 2 and vendor.subjects() == {("matches", "BTC-USD")} | PULSE)


async def test_senseless_frames_do_not_stop_the_stream(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    for text in ("", "{", "null", '{"type":"match"}', b"\x00\xff", "<html></html>"):
        await vendor.sockets[0].send(text)
    await vendor.change("BTC-USD", ("buy", 61_830.0, 9.0))
    await until(lambda: agrees(vendor, sink))
    assert feed.health()[0].errors == 6 and len(vendor.sockets) == 1


async def test_without_streams_quotes_are_polled_and_the_feed_says_so(vendor, feed, sink, clock):
    vendor.refuse_sockets = 10_000
    feed.want({"quote": [BTC]})
    await until(lambda: feed.health()[0].reconnects > 3)
    clock.advance(16)
    await until(lambda: sink.quotes and feed.health()[0].state == "polling")
    vendor.refuse_sockets = 0
    await until(lambda: feed.health()[0].state == "live")


async def test_a_book_unwanted_for_a_moment_is_built_anew(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    sink.books.clear()
    feed.want({})
    feed.want({"book": [BTC]})
    await until(lambda: agrees(vendor, sink))


async def test_nothing_is_left_running_when_the_feed_ends(vendor, clock, sink):
    provider = CoinbaseProvider(clock, rest_url=vendor.url, stream_url=vendor.ws_url)
    before = asyncio.all_tasks()
    feed = provider.feed(sink)
    task = asyncio.create_task(feed.run())
    feed.want({"book": [BTC], "trade": [BTC]})
    await until(lambda: agrees(vendor, sink))
    for _ in range(2):
        await vendor.change("BTC-USD", ("buy", 61_900.0, 9.0))
    await vendor.trade("BTC-USD", skip=3)
    await until(lambda: sink.lost)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await provider.close()
    await until(lambda: not vendor.open_sockets())
    await until(lambda: not [one for one in asyncio.all_tasks() - before if "coinbase" in one.get_name()])
