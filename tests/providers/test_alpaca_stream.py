"""Alpaca's streams over real sockets: authentication and its errors, subscriptions, crypto books, reconnects."""

from __future__ import annotations

import asyncio

import pytest
from vendors.alpaca import ID, KEY, OTHER_ID, OTHER_KEY, OTHER_SECRET, SECRET, AlpacaVendor
from vendors.alpaca import NOW as TODAY
from vendors.disturbances import silent
from vendors.instruments import share
from vendors.keypool import key_pool
from vendors.watching import Wire, until

from financehub_tui.clock import NANOS, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Reason
from financehub_tui.market.quote import Side
from financehub_tui.providers.alpaca import AlpacaProvider
from financehub_tui.providers.kit.stream import StreamOptions

NOW = to_nanos(TODAY)
VENDOR = AlpacaVendor
STREAM = StreamOptions(tick=0.01, max_topics=100_000, messages_per_second=1_000, silence=86_400.0)
AAPL, MSFT = share("AAPL"), share("MSFT")
BTC = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", venue="ALPACA", kind=Kind.SPOT, base="BTC")
TRADE = {"T": "t", "S": "AAPL", "i": 52_983_625_699_126, "x": "P", "p": 133.5, "s": 4, "c": [" ", "F"], "z": "C"}
QUOTE = {"T": "q", "S": "AAPL", "bx": "K", "bp": 133.4, "bs": 480, "ax": " ", "ap": 0, "as": 0, "c": ["R"], "z": "C"}


def wired(vendor, clock, feed="iex", **keys):
    pool = key_pool("alpaca", clock, **(keys or {"main": KEY}))
    return Wire(AlpacaProvider, vendor, clock, stream=STREAM, keys=pool, feed=feed)


ALL = {("quotes", "AAPL"), ("trades", "AAPL"), ("dailyBars", "AAPL")}


async def test_the_key_is_given_first_and_topics_only_once_it_is_accepted(vendor, wire):
    wire.feed.want({"quote": [AAPL]})
    await until(lambda: vendor.subscribed.get(0) == ALL)
    actions = [message["action"] for message in vendor.sockets[0].received]
    assert actions == ["auth", "subscribe"] and vendor.sockets[0].request.path == "/v2/iex"
    [health] = wire.feed.health()
    assert (health.name, health.state, health.symbols, health.errors) == ("alpaca iex", "live", 1, 0)


async def test_trades_best_prices_and_days_arrive(vendor, wire):
    wire.feed.want({"quote": [AAPL]})
    await until(lambda: vendor.subscribed.get(0) == ALL)
    day = {"T": "d", "S": "AAPL", "o": 131, "h": 135, "l": 130, "c": 133, "v": 1e6, "t": "2026-05-18T04:00:00Z"}
    moments = {"t": "2026-05-18T15:50:19.123456789Z"}, {"t": "2026-05-18T15:50:19.5Z"}
    await vendor.push(TRADE | moments[0], {"T": "brandnew", "S": "AAPL"}, QUOTE | moments[1], day)
    await until(lambda: wire.sink.quotes)
    [trade], [top], [quote] = wire.sink.trades, wire.sink.tops, wire.sink.quotes
    assert (trade.price, trade.size, trade.id, trade.condition) == (133.5, 4, "52983625699126", "F")
    assert trade.time == NOW - NANOS + 123_456_789 and trade.side is Side.UNKNOWN
    assert top == (AAPL.key, NOW - NANOS // 2, 133.4, 480, None, None)
    assert (quote.open, quote.high, quote.low, quote.volume, quote.last) == (131, 135, 130, 1e6, None)
    assert quote.time == NOW  # not the midnight of its stamp, which would be older than any price of the day


async def test_trades_are_taken_back_and_corrected(vendor, wire):
    wire.feed.want({"trade": [AAPL]})
    await until(lambda: vendor.subscribed.get(0) == {("trades", "AAPL")})
    moment = {"S": "AAPL", "x": "V", "z": "C", "t": "2026-05-18T15:50:19.5Z"}
    first = {"oi": 52_983_625_699_126, "op": 133.5, "os": 4, "oc": ["@"]}
    await vendor.push(
        {"T": "x", "i": 52_983_625_699_125, "p": 135, "s": 10, "a": "C", **moment},
        {"T": "c", **first, "ci": 52_983_625_699_127, "cp": 133.6, "cs": 5, "cc": ["F", " "], **moment},
        {"T": "x", "i": 1, "p": 1, "s": 1, "a": "E", **moment, "S": "MSFT"},
        TRADE | {"t": moment["t"]},
    )
    await until(lambda: wire.sink.trades)
    cancelled, corrected = wire.sink.corrections
    assert (cancelled.key, cancelled.id, cancelled.price, cancelled.size) == (AAPL.key, "52983625699125", 135, 10)
    assert cancelled.instead is None and cancelled.time == NOW - NANOS // 2
    assert (corrected.id, corrected.price, corrected.size) == ("52983625699126", 133.5, 4)
    right = corrected.instead
    assert (right.id, right.price, right.size, right.condition) == ("52983625699127", 133.6, 5, "F")
    assert wire.feed.health()[0].errors == 0


async def test_topics_come_and_go_on_the_one_connection(vendor, wire):
    wire.feed.want({"trade": [AAPL]})
    await until(lambda: vendor.subscribed.get(0) == {("trades", "AAPL")})
    wire.feed.want({"trade": [MSFT]})
    await until(lambda: vendor.subscribed[0] == {("trades", "MSFT")})
    assert len(vendor.sockets) == 1


async def test_a_free_key_streams_thirty_channels_and_says_what_is_left_out(vendor, wire):
    wire.feed.want({"quote": [share(f"S{number}") for number in range(40)]})
    await until(lambda: any(channel == "quotes" for channel, _ in vendor.subscribed.get(0, ())))
    counted = [channel for channel, _ in vendor.subscribed[0] if channel in ("quotes", "trades")]
    assert len(counted) == 30 and "50 beyond the 30 channels" in wire.feed.health()[0].detail
    assert wire.feed.unstreamed() == {"quote": [share(f"S{number}").key for number in range(15, 40)]}
    wire.feed.want({"quote": [AAPL]})
    assert wire.feed.unstreamed() == {"quote": []} and not wire.feed.health()[0].detail


async def test_a_symbol_is_streamed_with_all_its_channels_or_not_at_all(vendor, wire):
    wire.feed.want({"trade": [share(f"S{number}") for number in range(29)], "quote": [AAPL, MSFT]})
    await until(lambda: len(vendor.subscribed.get(0, ())) == 29)
    assert wire.feed.unstreamed() == {"trade": [], "quote": [AAPL.key, MSFT.key]}


async def test_the_paid_feed_has_no_such_limit(vendor, clock):
    wire = wired(vendor, clock, feed="sip")
    wire.feed.want({"trade": [share(f"S{number}") for number in range(40)]})
    await until(lambda: len(vendor.subscribed.get(0, ())) == 40)
    assert vendor.sockets[0].request.path == "/v2/sip"
    await wire.close()


async def test_books_of_the_crypto_venue_begin_with_a_whole_one(vendor, wire):
    wire.feed.want({"book": [BTC], "trade": [BTC]})
    await until(lambda: len(vendor.subscribed.get(0, ())) == 2)
    moment = {"T": "o", "S": "BTC/USD", "t": "2026-05-18T15:50:19Z"}
    change = moment | {"b": [{"p": 99, "s": 0}, {"p": 98, "s": 5}], "a": []}
    await vendor.push(change)
    await vendor.push(moment | {"b": [{"p": 99, "s": 1}], "a": [{"p": 101, "s": 2}], "r": True})
    await until(lambda: wire.sink.books.get(BTC.key) == ({99: 1}, {101: 2}))
    await vendor.push(change, {"T": "t", "S": "BTC/USD", "p": 99, "s": 0.5, "t": moment["t"], "i": 3, "tks": "B"})
    await until(lambda: wire.sink.trades)
    assert wire.sink.books[BTC.key] == ({98: 5}, {101: 2}) and wire.sink.trades[0].side is Side.BUY
    vendor.sockets[0].abort()
    await until(lambda: wire.sink.lost == [(BTC.key, Reason.PENDING)])
    await until(lambda: len(vendor.subscribed.get(1, ())) == 2)


async def test_after_a_loss_the_key_is_given_and_all_is_asked_for_again(vendor, wire):
    wire.feed.want({"quote": [AAPL]})
    await until(lambda: vendor.subscribed.get(0) == ALL)
    vendor.sockets[0].abort()
    await until(lambda: vendor.subscribed.get(1) == ALL)
    assert [message["action"] for message in vendor.sockets[1].received] == ["auth", "subscribe"]


async def test_a_refused_key_gives_way_to_another_and_is_never_shown(vendor, clock, caplog):
    vendor.keys = {OTHER_ID: OTHER_SECRET}
    wire = wired(vendor, clock, main=KEY, second=OTHER_KEY)
    wire.feed.want({"trade": [AAPL]})
    await until(lambda: {("trades", "AAPL")} in vendor.subscribed.values())
    shown = caplog.text + str(wire.feed.health())
    assert all(part not in shown for part in (ID, SECRET, OTHER_ID, OTHER_SECRET))
    await wire.close()


async def test_where_no_key_is_accepted_the_stream_waits_and_says_why(vendor, clock):
    vendor.keys = {}
    wire = wired(vendor, clock)
    wire.feed.want({"trade": [AAPL]})
    await until(lambda: 60.0 in wire.naps.taken)
    [health] = wire.feed.health()
    assert health.state == "waiting" and "auth failed (402)" in health.detail and len(vendor.sockets) == 1
    await wire.close()


@pytest.mark.parametrize(
    ("code", "words", "rest"),
    [
        (404, "auth timeout", 60.0),
        (406, "connection limit exceeded", 60.0),
        (409, "insufficient subscription", 3_600.0),
    ],
)
async def test_after_a_refusal_of_the_connection_nobody_hammers(vendor, wire, code, words, rest):
    async def refuse(socket):
        await socket.send([{"T": "success", "msg": "connected"}])
        await socket.send([{"T": "error", "code": code, "msg": words}])

    vendor.serve_socket("/v2/iex", refuse)
    wire.feed.want({"trade": [AAPL]})
    await until(lambda: rest in wire.naps.taken)


@pytest.mark.parametrize("code", [400, 401, 403, 405, 407, 408, 410, 500])
async def test_other_refusals_are_told_and_the_stream_goes_on(vendor, wire, code):
    wire.feed.want({"trade": [AAPL]})
    await until(lambda: vendor.subscribed.get(0))
    await vendor.sockets[0].send([{"T": "error", "code": code, "msg": "something"}])
    await until(lambda: wire.feed.health()[0].errors == 1)
    assert f"something ({code})" in wire.feed.health()[0].detail
    await vendor.push(TRADE | {"t": "2026-05-18T15:50:19Z"})
    await until(lambda: wire.sink.trades)
    assert len(vendor.sockets) == 1


async def test_while_the_stream_is_away_prices_are_polled(vendor, wire):
    vendor.refuse_sockets = 10_000
    wire.feed.want({"quote": [AAPL]})
    await until(lambda: any(quote.last == 133.42 for quote in wire.sink.quotes))
    await until(lambda: wire.feed.health()[0].state == "polling")


async def test_shares_and_coins_have_a_connection_each_and_nothing_else_is_opened(vendor, wire):
    await asyncio.sleep(0.03)
    assert vendor.sockets == [] and wire.feed.health() == []
    wire.feed.want({"quote": [AAPL, BTC]})
    await until(lambda: len(vendor.sockets) == 2)
    assert {socket.request.path for socket in vendor.sockets} == {"/v2/iex", "/v1beta3/crypto/us"}


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ('[{"T":"t","S":"AAPL","s":1,"t":"2026-05-18T15:50:19Z"}]', "`p`"),
        ('[{"T":"t","S":"AAPL","p":"NaN","s":1,"t":"2026-05-18T15:50:19Z"}]', "p"),
        ('[{"T":"t","S":"AAPL","p":1,"s":1,"t":"soon"}]', "t: 'soon'"),
        ('[{"S":"AAPL"}]', "`T`"),
        ('{"T":"t"}', "array"),
        ("<html>", "HTML"),
    ],
)
async def test_a_broken_frame_is_a_typed_error(wire, frame, words):
    wire.feed.want({"trade": [AAPL]})
    with pytest.raises(ProviderError) as caught:
        wire.feed.shares.handle(frame.encode(), NOW)
    assert caught.value.reason is Reason.BAD_ANSWER and words in str(caught.value)


async def test_a_venue_that_never_answers_the_key_is_no_live_stream_and_is_left(vendor, wire):
    vendor.disturbance = silent
    wire.feed.want({"quote": [AAPL]})
    await until(lambda: vendor.sockets and vendor.sockets[0].received)
    await until(lambda: [entry.state for entry in wire.feed.health()] == ["connecting"])
    wire.clock.advance(20.0)
    await until(lambda: [entry.state for entry in wire.feed.health()] == ["polling"])
    await until(lambda: any(quote.last == 133.42 for quote in wire.sink.quotes))
    vendor.behave()
    wire.clock.advance(20.0)
    await until(lambda: any(held == ALL for held in vendor.subscribed.values()))
    await until(lambda: [entry.state for entry in wire.feed.health()] == ["live"])
    assert vendor.sockets[0] not in vendor.open_sockets()
