"""Finnhub's stream over real sockets: trades, refused keys and symbols, silence, reconnects."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from vendors.finnhub import KEY, NOW_S, OTHER_KEY, FinnhubVendor
from vendors.instruments import share
from vendors.keypool import key_pool
from vendors.watching import Wire, until

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.finnhub import FinnhubProvider
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.stream import StreamOptions

NOW = NOW_S * NANOS
VENDOR = FinnhubVendor
STREAM = StreamOptions(tick=0.01, max_topics=50, messages_per_second=1_000, silence=130.0)
POLLING = PollingOptions(after=30.0, every=60.0, tick=0.01)
AT_MS = NOW_S * 1_000
RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "finnhub"
AAPL, TSLA = share("AAPL"), share("TSLA")


def wired(vendor, clock, **keys):
    pool = key_pool("finnhub", clock, **(keys or {"main": KEY}))
    return Wire(FinnhubProvider, vendor, clock, stream=STREAM, polling=POLLING, keys=pool)


async def test_trades_arrive_and_an_empty_one_is_a_price_alone(vendor, wire):
    wire.feed.want({"quote": [AAPL], "trade": [TSLA]})
    await until(lambda: vendor.subscribed.get(0) == ["TSLA", "AAPL"] or vendor.subscribed.get(0) == ["AAPL", "TSLA"])
    await vendor.push("AAPL", {"p": 164.06, "t": AT_MS, "v": 5, "c": ["1", "12"]}, {"p": 164.07, "t": AT_MS, "v": 0})
    await vendor.push("TSLA", {"p": 122.1, "t": AT_MS + 1, "v": 1.5, "c": None}, {"p": 122, "t": AT_MS + 2, "v": 1})
    await until(lambda: len(wire.sink.trades) == 3)
    first = wire.sink.trades[0]
    assert (first.key, first.price, first.size, first.condition, first.time) == (AAPL.key, 164.06, 5, "1,12", NOW)
    assert [(quote.key, quote.last) for quote in wire.sink.quotes] == [(AAPL.key, 164.07)]
    [health] = wire.feed.health()
    assert health.state == "live" and health.symbols == 2 and health.errors == 0


async def test_symbols_come_and_go_on_the_one_connection(vendor, wire):
    wire.feed.want({"trade": [AAPL]})
    await until(lambda: vendor.subscribed.get(0) == ["AAPL"])
    wire.feed.want({"trade": [TSLA]})
    await until(lambda: vendor.subscribed[0] == ["TSLA"])
    assert len(vendor.sockets) == 1


async def test_what_goes_beyond_the_keys_symbols_is_said(vendor, wire):
    wire.feed.want({"trade": [share(f"S{number}") for number in range(60)]})
    await until(lambda: len(vendor.subscribed.get(0, ())) == 50)
    assert "10 symbols beyond" in wire.feed.health()[0].detail and len(vendor.sockets) == 1
    left_out = [share(f"S{number}").key for number in range(50, 60)]
    assert wire.feed.unstreamed() == {"trade": left_out, "quote": []}
    wire.feed.want({"trade": [share("S59")]})
    assert wire.feed.unstreamed() == {"trade": [], "quote": []} and not wire.feed.health()[0].detail


async def test_a_refused_symbol_is_not_asked_for_again(vendor, wire):
    wire.feed.want({"trade": [AAPL, share("NOPE")]})
    await until(lambda: wire.feed.health() and wire.feed.health()[0].errors == 1)
    assert "Invalid symbol NOPE" in wire.feed.health()[0].detail
    await until(lambda: wire.feed.health()[0].symbols == 1)
    assert wire.feed.unstreamed()["trade"] == [share("NOPE").key]
    vendor.sockets[0].abort()
    await until(lambda: vendor.subscribed.get(1) == ["AAPL"])


async def test_after_a_loss_all_is_asked_for_again_and_missed_prices_fetched(vendor, wire):
    wire.feed.want({"quote": [AAPL]})
    await until(lambda: vendor.subscribed.get(0) == ["AAPL"])
    vendor.sockets[0].abort()
    await until(lambda: vendor.subscribed.get(1) == ["AAPL"])
    await until(lambda: any(quote.last == 308.82 for quote in wire.sink.quotes))


async def test_a_refused_key_gives_way_to_another_and_is_never_shown(vendor, clock, caplog):
    vendor.keys = {OTHER_KEY}
    wire = wired(vendor, clock, main=KEY, second=OTHER_KEY)
    wire.feed.want({"trade": [AAPL]})
    await until(lambda: ["AAPL"] in vendor.subscribed.values())
    tokens = [socket.request.query["token"] for socket in vendor.sockets]
    assert tokens[-1] == OTHER_KEY and set(tokens) <= {KEY, OTHER_KEY}
    assert KEY not in caplog.text + str(wire.feed.health()) and OTHER_KEY not in caplog.text + str(wire.feed.health())
    await wire.close()


async def test_where_no_key_is_accepted_the_stream_waits_and_says_why(vendor, clock):
    vendor.keys = {"somebody-elses"}
    wire = wired(vendor, clock)
    wire.feed.want({"trade": [AAPL]})
    await until(lambda: wire.naps.taken and 60.0 in wire.naps.taken)
    [health] = wire.feed.health()
    assert health.state == "waiting" and "Invalid API key" in health.detail and KEY not in health.detail
    assert len(vendor.sockets) == 1
    await wire.close()


async def test_a_refused_handshake_rests_the_key(vendor, wire):
    async def handshake_refused(request):
        from aiohttp import web

        return web.Response(status=401)

    vendor._accept = handshake_refused
    wire.feed.want({"trade": [AAPL]})
    await until(lambda: 60.0 in wire.naps.taken)
    assert wire.feed.health()[0].state == "waiting" and "HTTP 401" in wire.feed.health()[0].detail


async def test_a_silent_socket_is_left_and_shares_are_polled_meanwhile(vendor, wire):
    wire.feed.want({"quote": [AAPL]})
    await until(lambda: vendor.subscribed.get(0) == ["AAPL"])
    vendor.refuse_sockets = 10_000
    wire.clock.advance(131)
    await until(lambda: any(quote.last == 308.82 for quote in wire.sink.quotes))
    assert wire.feed.health()[0].state in ("polling", "connecting", "waiting")


async def test_nothing_is_opened_before_something_is_wanted(vendor, wire):
    await asyncio.sleep(0.05)
    assert vendor.sockets == [] and wire.feed.health() == []


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ('{"type":"trade","data":[{"s":"AAPL","t":1,"v":1}]}', "[0].p"),
        ('{"type":"trade","data":[{"s":"AAPL","p":"NaN","t":1,"v":1}]}', "[0].p"),
        ('{"type":"trade","data":[{"s":"AAPL","p":1,"t":"x","v":1}]}', "[0].t"),
        ('{"type":"trade"}', ""),
        ("{}", "type"),
        ("<html>", ""),
    ],
)
async def test_a_broken_frame_is_a_typed_error(wire, frame, field):
    with pytest.raises(ProviderError) as caught:
        wire.feed.handle(frame.encode(), NOW)
    assert caught.value.reason is Reason.BAD_ANSWER and caught.value.field == field


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in sorted(RECORDINGS.glob("ws_*"))])
async def test_a_recorded_frame_decodes_or_is_a_refusal(wire, path):
    coin = Instrument(asset_class=AssetClass.CRYPTO, symbol="X", aliases={"finnhub": "BINANCE:BTCUSDT"})
    wire.feed.want({"trade": [AAPL, TSLA, coin]})
    frames = (
        [line for line in path.read_text().splitlines() if line.strip()]
        if path.suffix == ".jsonl"
        else [path.read_text()]
    )
    for frame in frames:
        if "error" in path.name:
            with pytest.raises(ProviderError, match="Invalid symbol"):
                wire.feed.handle(frame.encode(), NOW)
        else:
            rows = json.loads(frame).get("data", [])
            before = len(wire.sink.trades)
            assert wire.feed.handle(frame.encode(), NOW) == max((row["t"] * 1_000_000 for row in rows), default=0)
            assert len(wire.sink.trades) - before == len(rows)
