"""Yahoo's streamer: the protobuf reader, translation, subscriptions."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors.server import VendorServer, VendorSocket
from vendors.yahoo_stream import double, frame, message, plain, signed, single, text

from financehub_tui.clock import ManualClock, SystemClock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote, Session, Trade
from financehub_tui.providers.kit.stream import StreamOptions
from financehub_tui.providers.yahoo.pricing import Pricing, read_frame, read_message
from financehub_tui.providers.yahoo.provider import YahooProvider
from financehub_tui.providers.yahoo.stream import Streamer, YahooFeed

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "yahoo"
APPLE = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS", exchange_code="US")
BITCOIN = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", base="BTC", kind=Kind.SPOT)
MOMENT = 1_700_000_000_123


TICK = (
    text(1, "AAPL"),
    single(2, 150.123),
    signed(3, MOMENT),
    text(5, "NMS"),
    plain(6, 8),
    plain(7, 1),
    single(12, -1.5),
    signed(9, 1_234_567),
    signed(27, 2),
)


class Recorder:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.quotes: list[Quote] = []

    def ticker(self, quote: Quote) -> None:
        self.quotes.append(quote)

    def top(self, *_: object) -> None: ...
    def trade(self, trade: Trade) -> None: ...
    def book(self, *_: object) -> None: ...
    def book_lost(self, key: str, why: Missing) -> None: ...


def test_fields_are_read_by_number_and_missing_ones_are_none() -> None:
    found = read_message(message(*TICK, double(33, 2.5e12), single(23, float("nan"))).encode())
    assert (found.id, found.price, found.time, found.change) == ("AAPL", 150.12, MOMENT, -1.5)
    assert (found.day_volume, found.market_cap, found.quote_type) == (1_234_567, 2.5e12, 8)
    assert found.bid is None and found.ask is None and found.day_high is None


def test_unknown_fields_and_changed_types_are_passed_over() -> None:
    extra = (plain(99, 7), text(98, "x"), double(97, 1.0), single(96, 1.0), text(2, "not a float"), plain(20, 1))
    found = read_message(message(*extra, text(1, "A")).encode())
    assert found == Pricing(id="A", options_type=1)


def test_without_a_hint_a_price_is_the_shortest_that_is_the_same_float() -> None:
    assert read_message(message(single(2, 150.123)).encode()).price == 150.123


@pytest.mark.parametrize(
    "bad",
    [
        b"{",
        b'{"type": 1}',
        b'{"type": "pricing", "said": "CgRBQVBM"}',
        b"***",
        base64.b64encode(b"\x0a\x7fAAPL"),
        base64.b64encode(b"\xff" * 12),
        base64.b64encode(b"\x15\x00"),
        base64.b64encode(b"\x0b"),
        b"\xff\xfe",
    ],
)
def test_a_broken_frame_is_a_typed_error(bad: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        read_frame(bad)
    assert caught.value.reason is Reason.BAD_ANSWER and caught.value.endpoint == "streamer"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProviderError):
        read_message(base64.b64encode(data))


@given(st.integers(-(2**63), 2**63 - 1))
def test_signed_numbers_survive(value: int) -> None:
    assert read_message(message(signed(9, value)).encode()).day_volume == value


def streamer(*instruments: Instrument) -> tuple[Streamer, Recorder]:
    sink = Recorder()
    made = Streamer("ws://x", sink)
    made.want(instruments)
    return made, sink


def test_a_tick_becomes_a_quote() -> None:
    stream, sink = streamer(APPLE)
    assert stream.handle(frame(*TICK).encode(), 5) == MOMENT * 1_000_000
    (quote,) = sink.quotes
    assert (quote.key, quote.last, quote.previous_close, quote.volume) == (APPLE.key, 150.12, 151.62, 1_234_567)
    assert (quote.session, quote.decimals, quote.bid) == (Session.REGULAR, 2, None)
    assert quote.provenance is not None and quote.provenance.delay is Delay.REALTIME


def test_the_other_sessions_and_round_the_clock() -> None:
    stream, sink = streamer(APPLE, BITCOIN)
    stream.handle(frame(text(1, "AAPL"), single(2, 1.0), plain(6, 8), single(12, 0.5)).encode(), 5)
    stream.handle(frame(text(1, "AAPL"), single(2, 1.0), plain(6, 8), plain(7, 2)).encode(), 5)
    stream.handle(frame(text(1, "AAPL"), single(2, 1.0)).encode(), 5)  # left out: unchanged
    stream.handle(frame(text(1, "BTC-USD"), single(2, 1.0), plain(6, 41), plain(7, 1), signed(22, 99)).encode(), 5)
    sessions = [quote.session for quote in sink.quotes]
    assert sessions == [Session.PRE, Session.POST, Session.POST, Session.CONTINUOUS]
    assert sink.quotes[0].previous_close is None and sink.quotes[0].time == 5
    assert sink.quotes[-1].last_size is None


def test_heartbeats_other_messages_and_strangers_are_ignored() -> None:
    stream, sink = streamer(APPLE)
    assert stream.handle(frame(text(1, "AAPL"), plain(6, 7)).encode(), 5) == 0
    assert stream.handle(b'{"type": "notice", "message": "hello"}', 5) == 0
    stream.handle(frame(text(1, "MSFT"), single(2, 1.0)).encode(), 5)
    assert sink.quotes == []


def test_pence_are_shown_in_pounds_only_once_yahoo_says_they_are_pence() -> None:
    pounds = Instrument(asset_class=AssetClass.EQUITY, symbol="VOD", venue="XLON", exchange_code="LN", currency="GBP")
    pence = Instrument(
        asset_class=AssetClass.EQUITY, symbol="VOD", venue="XLON", exchange_code="LN", currency="GBP", unit=Unit.MINOR
    )
    stream, sink = streamer(pounds, pence)
    tick = (text(1, "VOD.L"), single(2, 72.5), plain(6, 8), plain(7, 1), signed(27, 2))
    stream.handle(frame(*tick).encode(), 5)
    assert [(quote.key, quote.last) for quote in sink.quotes] == [(pence.key, 72.5)]
    stream.handle(frame(*tick, text(4, "GBp")).encode(), 6)
    stream.handle(frame(*tick).encode(), 7)
    assert [quote.last for quote in sink.quotes if quote.key == pounds.key] == [0.725, 0.725]
    assert {(quote.key, quote.decimals) for quote in sink.quotes} == {(pence.key, 2), (pounds.key, 4)}


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with VendorServer() as running:
        yield running


async def eventually(condition: Callable[[], object]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never happened")


async def test_the_feed_subscribes_repeats_itself_and_comes_back(server: VendorServer) -> None:
    heard: list[dict[str, list[str]]] = []

    async def serve(socket: VendorSocket) -> None:
        async for said in socket.messages():
            heard.append(said)
            await socket.send("not a frame")
            await socket.send(frame(*TICK))

    server.serve_socket("/", serve)
    sink = Recorder()
    options = StreamOptions(heartbeat=0.1, backoff=0.01, backoff_max=0.02, tick=0.02)
    feed = YahooFeed(SystemClock(), server.ws_url, sink, options=options)
    feed.want({"quote": [APPLE, BITCOIN], "book": [APPLE]})
    running = asyncio.create_task(feed.run())
    await eventually(lambda: len(heard) >= 3 and sink.quotes)
    assert heard[:2] == [{"subscribe": ["AAPL", "BTC-USD"]}] * 2
    assert server.seen[0].query == {"version": "2"}
    feed.want({"quote": [APPLE]})
    await eventually(lambda: {"unsubscribe": ["BTC-USD"]} in heard)
    server.sockets[0].abort()
    await eventually(lambda: len(server.sockets) > 1 and heard[-1] == {"subscribe": ["AAPL"]})
    (health,) = feed.health()
    assert health.reconnects >= 1 and health.errors >= 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert sink.quotes[-1].last == 150.12


def test_the_provider_has_a_feed() -> None:
    assert YahooProvider(ManualClock()).feed(Recorder()) is not None


RECORDED = {
    "ws_pricing__aapl-overnight-2025.b64.txt": ("AAPL", 276.34, Session.PRE),
    "ws_pricing__aapl-premarket-2026.b64.txt": ("AAPL", 305.76, Session.PRE),
    "ws_pricing__aapl-regular-2020a.b64.txt": ("AAPL", 314.77, Session.REGULAR),
    "ws_pricing__btc-usd-2025.b64.txt": ("BTC-USD", 94745.08, Session.CONTINUOUS),
    "ws_pricing__tsla-postmarket-2026.b64.txt": ("TSLA", 407.48, Session.POST),
    "ws_pricing__tsla-regular-2021.b64.txt": ("TSLA", 676.08, Session.REGULAR),
    "ws_frame__btc-usd-2025.json": ("BTC-USD", 110429.42, Session.CONTINUOUS),
}


@pytest.mark.skipif(not FOLDER.exists(), reason="no recordings here")
@pytest.mark.parametrize("name", RECORDED)
def test_recorded_frames_become_quotes(name: str) -> None:
    tesla = Instrument(asset_class=AssetClass.EQUITY, symbol="TSLA", venue="XNAS", exchange_code="US")
    stream, sink = streamer(APPLE, BITCOIN, tesla)
    stream.handle((FOLDER / name).read_bytes().strip(), 5)
    (quote,) = sink.quotes
    symbol, price, session = RECORDED[name]
    assert (quote.last, quote.session, quote.decimals) == (price, session, 2)
    assert (quote.quote_volume is not None and quote.volume is None) is (symbol == "BTC-USD")
    assert symbol.replace("-", "") in quote.key and quote.time > 1.5e18
