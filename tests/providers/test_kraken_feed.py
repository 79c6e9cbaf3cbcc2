"""Kraken's live feed over real sockets: subscriptions, books with checksums, refusals, faults of a stream."""

from __future__ import annotations

import asyncio
import json
from functools import partial

import pytest
from vendors.instruments import spot
from vendors.kraken import KrakenVendor, Market, ticker_row
from vendors.sinks import KeepingSink
from vendors.watching import Wire, until

from financehub_tui.clock import ManualClock
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.kit.stream import StreamOptions
from financehub_tui.providers.kraken import KrakenProvider
from financehub_tui.providers.kraken.decoder import DEPTH

NOW = 1_723_161_255_308_000_000
STREAM = StreamOptions(tick=0.01, max_topics=600, messages_per_second=100, silence=10.0)
VENDOR = KrakenVendor
wired = partial(Wire, KrakenProvider, stream=STREAM)
coin = partial(spot, venue="KRAKEN")
BTC, ETH = coin("BTC/USD"), coin("ETH/USD")


def agrees(vendor, sink, instrument=BTC):
    return sink.books.get(instrument.key) == vendor.books[instrument.symbol].levels(DEPTH)


async def with_book(vendor, feed, sink, instrument=BTC):
    feed.want({"book": [instrument]})
    await until(lambda: agrees(vendor, sink, instrument))


async def test_each_kind_of_interest_has_its_channel(vendor, feed):
    feed.want({"quote": [BTC], "trade": [BTC, ETH], "book": [ETH]})
    wanted = {("ticker", "BTC/USD"), ("trade", "BTC/USD"), ("trade", "ETH/USD"), ("book", "ETH/USD")}
    await until(lambda: vendor.subjects() == wanted)
    messages = {message["params"]["channel"]: message["params"] for message in vendor.sockets[0].received}
    assert messages["ticker"]["event_trigger"] == "bbo" and messages["book"]["depth"] == DEPTH
    assert messages["trade"]["symbol"] == ["BTC/USD", "ETH/USD"]
    feed.want({"trade": [ETH]})
    await until(lambda: vendor.subjects() == {("trade", "ETH/USD")})
    assert len(vendor.sockets) == 1 and feed.health()[0].symbols == 1
    feed.want({})
    await until(lambda: not vendor.open_sockets())


async def test_pairs_of_other_venues_are_left_out(vendor, feed):
    feed.want({"quote": [coin("BTC/USD", venue="COINBASE"), coin("DOGE/USD")]})
    await until(lambda: vendor.subjects() == {("ticker", "DOGE/USD")})


async def test_many_pairs_are_asked_for_in_few_messages(vendor, feed):
    for n in range(250):
        vendor.markets[f"C{n}/USD"] = Market(f"C{n}USD", f"C{n}USD", f"C{n}/USD", f"C{n}/USD", 2, 8)
    feed.want({"quote": [coin(f"C{n}/USD") for n in range(250)]})
    await until(lambda: len(vendor.subjects()) == 250)
    assert [len(message["params"]["symbol"]) for message in vendor.sockets[0].received] == [100, 100, 50]


async def test_quotes_and_trades_reach_the_sink_with_their_lag(vendor, feed, sink):
    feed.want({"quote": [BTC], "trade": [BTC]})
    await until(lambda: sink.quotes and len(sink.trades) == 3)
    row = ticker_row("BTC/USD", last=61_900.1, timestamp="2024-08-08T23:54:15.268000Z")
    await vendor.push("ticker", "BTC/USD", {"channel": "ticker", "type": "update", "data": [row]})
    await until(lambda: sink.quotes[-1].last == 61_900.1)
    [health] = feed.health()
    assert health.state == "live" and health.lag_ms == 40.0


async def test_the_decimals_are_those_of_the_tick_size(vendor, feed, sink):
    pepe = coin("PEPE/USD")
    await until(lambda: vendor.count("/0/public/AssetPairs") == 1)
    feed.want({"quote": [pepe]})
    await until(lambda: sink.quotes)
    row = ticker_row("PEPE/USD", bid=0.5, ask=0.5, last=0.5)
    await vendor.push("ticker", "PEPE/USD", {"channel": "ticker", "type": "update", "data": [row]})
    await until(lambda: sink.quotes[-1].last == 0.5 and sink.quotes[-1].decimals == 9)


async def test_a_book_is_followed(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    for n in range(20):
        await vendor.change("BTC/USD", bid=(61_829.9 - n / 10, n % 3), ask=(61_830.0 + n / 10, (n + 1) % 3))
    await until(lambda: agrees(vendor, sink))
    assert sink.lost == [] and len(vendor.sockets[0].received) == 1


async def test_a_checksum_mismatch_subscribes_the_book_anew_on_the_same_socket(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    vendor.books["BTC/USD"].change(bid=(61_829.9, 7.0))
    await vendor.change("BTC/USD", ask=(61_830.0, 7.0))
    await until(lambda: sink.lost == [(BTC.key, Reason.PENDING)] and agrees(vendor, sink))
    assert [message["method"] for message in vendor.sockets[0].received] == ["subscribe", "unsubscribe", "subscribe"]
    assert feed.health()[0].gaps == 1 and len(vendor.sockets) == 1


async def test_a_venue_whose_checksums_never_agree_is_not_pestered(vendor, feed, sink, clock):
    book = vendor.books["BTC/USD"]
    true_checksum, book.checksum = book.checksum, lambda: 1
    feed.want({"book": [BTC]})
    await until(lambda: len(sink.lost) >= 6)
    assert clock.monotonic() >= 4 + 8 + 16 + 32 and sink.books == {}
    book.checksum = true_checksum
    await until(lambda: agrees(vendor, sink))


async def test_a_doubled_frame_does_no_harm(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    text = vendor.books["BTC/USD"].change(bid=(61_829.9, 7.0))
    for _ in range(3):
        await vendor.push("book", "BTC/USD", text)
    await until(lambda: agrees(vendor, sink))
    assert sink.lost == []


async def test_a_broken_connection_withdraws_books_and_builds_them_anew(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    vendor.open_sockets()[0].abort()
    await until(lambda: sink.lost == [(BTC.key, Reason.PENDING)])
    await until(lambda: agrees(vendor, sink))
    assert len(vendor.sockets) == 2


async def test_trades_missed_on_the_way_are_fetched(vendor, feed, sink):
    feed.want({"trade": [BTC]})
    await until(lambda: [trade.id for trade in sink.trades] == ["998", "999", "1000"])
    await vendor.trade("BTC/USD", skip=4)
    await until(lambda: len(sink.trades) == 8)
    assert [trade.id for trade in sink.trades[4:]] == ["1001", "1002", "1003", "1004"]
    assert feed.health()[0].gaps == 1 and vendor.count("/0/public/Trades") == 1


async def test_after_a_reconnect_only_what_is_new_is_told(vendor, feed, sink):
    feed.want({"trade": [BTC]})
    await until(lambda: len(sink.trades) == 3)
    vendor.trade_id += 2
    vendor.open_sockets()[0].abort()
    await until(lambda: len(sink.trades) == 5)
    assert [trade.id for trade in sink.trades] == ["998", "999", "1000", "1001", "1002"]


async def test_an_unknown_symbol_is_given_up_and_said_and_the_others_go_on(vendor, feed, sink):
    nope = coin("NOPE/USD")
    feed.want({"book": [BTC, nope], "quote": [nope]})
    await until(lambda: agrees(vendor, sink) and sink.lost == [(nope.key, Reason.UNKNOWN_SYMBOL)])
    await until(lambda: feed.health()[0].symbols == 1)
    assert "not supported NOPE/USD" in feed.health()[0].detail
    vendor.open_sockets()[0].abort()
    await until(lambda: len(vendor.sockets) == 2 and agrees(vendor, sink))
    assert not any("NOPE/USD" in json.dumps(message) for message in vendor.sockets[1].received)


async def test_a_subscription_refused_for_its_rate_is_repeated_later(vendor, feed, sink, clock):
    vendor.refusal = "Exceeded msg rate"
    feed.want({"quote": [BTC]})
    await until(lambda: vendor.subjects() == {("ticker", "BTC/USD")})
    assert clock.monotonic() >= 2 and feed.health()[0].errors == 1


async def test_heartbeats_keep_a_quiet_socket_and_silence_ends_it(vendor, feed, sink, clock):
    feed.want({"trade": [BTC]})
    await until(lambda: len(sink.trades) == 3)
    for _ in range(3):
        await asyncio.sleep(0.03)
        clock.advance(8)
        await vendor.beat()
        await asyncio.sleep(0.03)
    assert len(vendor.sockets) == 1
    clock.advance(11)
    await until(lambda: len(vendor.sockets) == 2 and vendor.subjects() == {("trade", "BTC/USD")})


async def test_senseless_frames_do_not_stop_the_stream(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    before = feed.health()[0].errors
    for text in ("", "{", "null", '{"channel":"trade","data":[{}]}', b"\x00\xff", "<html></html>"):
        await vendor.sockets[0].send(text)
    await vendor.change("BTC/USD", bid=(61_829.9, 9.0))
    await until(lambda: agrees(vendor, sink))
    assert feed.health()[0].errors - before == 6 and len(vendor.sockets) == 1


async def test_maintenance_is_said(vendor, feed, sink):
    await with_book(vendor, feed, sink)
    status = {"channel": "status", "type": "update", "data": [{"system": "maintenance"}]}
    await vendor.sockets[0].send(status)
    await until(lambda: feed.health()[0].detail == "Kraken says: maintenance")
    await vendor.sockets[0].send({**status, "data": [{"system": "online"}]})
    await until(lambda: "maintenance" not in feed.health()[0].detail)


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
    await vendor.change("BTC/USD", bid=(61_829.9, 9.0))
    await until(lambda: agrees(vendor, sink))


@pytest.mark.parametrize(("given", "path"), [("", "/v2"), ("/", "/v2"), ("/v2", "/v2"), ("/v2/", "/v2")])
def test_the_address_may_be_given_with_or_without_the_version(given, path):
    feed = KrakenProvider(ManualClock(), stream_url=f"wss://host{given}").feed(KeepingSink())
    assert feed.address([]) == f"wss://host{path}"


async def test_nothing_is_left_running_when_the_feed_ends(vendor, clock, sink):
    provider = KrakenProvider(clock, rest_url=vendor.url, stream_url=vendor.ws_url)
    before = asyncio.all_tasks()
    feed = provider.feed(sink)
    task = asyncio.create_task(feed.run())
    feed.want({"book": [BTC], "trade": [BTC]})
    await until(lambda: agrees(vendor, sink))
    vendor.books["BTC/USD"].checksum = lambda: 1
    await vendor.change("BTC/USD", bid=(61_829.9, 9.0))
    await vendor.trade("BTC/USD", skip=3)
    await until(lambda: sink.lost)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await provider.close()
    await until(lambda: not vendor.open_sockets())
    await until(lambda: not [one for one in asyncio.all_tasks() - before if "kraken" in one.get_name()])
