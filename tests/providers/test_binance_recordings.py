"""Every recorded payload of Binance decodes, or is refused with the right type. Skipped where they are not at hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.binance import wire
from financehub_tui.providers.binance.decoder import BinanceDecoder
from financehub_tui.providers.binance.refusals import refusal
from financehub_tui.providers.kit.http import Response, decode

SHARED = Path(__file__).resolve().parents[3] / "shared"
RECORDINGS = SHARED / "recordings" / "binance"
CAPTURES = SHARED / "data" / "crypto_raw_streams_binance_2024_08"
FILES = sorted(
    path
    for path in RECORDINGS.glob("*")
    if path.suffix in (".json", ".jsonl", ".gz") and "headers" not in path.name and "recv-times" not in path.name
)

pytestmark = pytest.mark.skipif(not FILES, reason="the shared recordings are not beside this checkout")

SHAPES = {
    "aggTrades": list[wire.AggTradeRow],
    "depth": wire.Depth,
    "exchangeInfo": wire.ExchangeInfo,
    "historicalTrades": list[wire.TradeRow],
    "historicalBlockTrades": list[wire.TradeRow],
    "klines": list[wire.Kline],
    "uiKlines": list[wire.Kline],
    "ticker-24hr": list[wire.Ticker] | wire.Ticker,
    "ticker-tradingDay": list[wire.Ticker] | wire.Ticker,
    "ticker": list[wire.Ticker] | wire.Ticker,
    "ticker-bookTicker": list[wire.BookTop] | wire.BookTop,
    "trades": list[wire.TradeRow],
}
UNUSED = {"avgPrice", "executionRules", "ping", "referencePrice", "ticker-price", "time"}
"""Endpoints nothing of ours asks for."""
BROKEN = {"rest_aggTrades__btcusdt-3.json": "m"}
"""The recorder lost a field's name; it must be refused, and this is the field."""
NAMELESS = {"ws_depth20__partial-docs.json"}
"""A book whose symbol only the address of its socket told: it can only be that of the one symbol asked for."""
REFUSALS = {-1121: Reason.UNKNOWN_SYMBOL, -1003: Reason.RATE_LIMITED, 0: Reason.PROVIDER_ERROR}


class AnySink:
    """Counts; fails on a crossed book."""

    def __init__(self):
        self.count = 0

    def top(self, key, time, bid, bid_size, ask, ask_size):
        self.count += 1
        assert bid is None or ask is None or bid <= ask

    def trade(self, trade):
        self.count += 1
        assert trade.price > 0 and trade.size > 0 and trade.time > 1_500_000_000 * 10**9

    def ticker(self, quote):
        self.count += 1

    def book(self, key, time, book):
        self.count += 1
        assert not book.crossed

    def book_lost(self, key, why):
        raise AssertionError(why)


def read(path):
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def frames(path):
    data = read(path)
    if ".jsonl" not in path.name:
        return [data]
    lines = [line for line in data.splitlines() if line.strip()]
    if "requests-and-acks" in path.name:
        entries = [json.loads(line) for line in lines]
        return [json.dumps(entry["frame"]).encode() for entry in entries if entry["direction"] == "response"]
    return lines


def any_symbol(symbol):
    return Instrument(asset_class=AssetClass.CRYPTO, symbol=symbol, venue="BINANCE", currency="", kind=Kind.SPOT)


def all_symbols(sink):
    decoder = BinanceDecoder(sink)
    for symbol in ("BTCUSDT", "ETHUSDT", "BNBBTC", "BNBUSDT", "NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR", "ATOMUSDT"):
        decoder.add(symbol, any_symbol(symbol))
    return decoder


def named(prefix):
    return [pytest.param(path, id=path.name) for path in FILES if path.name.startswith(prefix)]


@pytest.mark.parametrize("path", named("rest_"))
def test_a_recorded_answer_decodes_or_is_refused_by_name(path):
    endpoint = path.name.removeprefix("rest_").partition("__")[0]
    if endpoint in UNUSED:
        json.loads(read(path))
        return
    shape = SHAPES[endpoint]
    if path.name in BROKEN:
        with pytest.raises(ProviderError) as caught:
            decode(read(path), shape, provider="binance", endpoint=endpoint)
        assert caught.value.reason is Reason.BAD_ANSWER and BROKEN[path.name] in str(caught.value)
        return
    assert decode(read(path), shape, provider="binance", endpoint=endpoint)


@pytest.mark.parametrize("path", named("error_"))
def test_a_recorded_refusal_has_its_type(path):
    body = read(path)
    status = int(path.name.removeprefix("error_")[:3])
    response = Response(provider="binance", endpoint="x", status=status, headers={}, body=body, received_at=0)
    error = refusal(response)
    assert error is not None and error.reason is REFUSALS[json.loads(body)["code"]]
    if "until" in str(error):
        assert error.retry_at == 1_660_090_423_228 * 1_000_000


@pytest.mark.parametrize("path", [p for p in named("ws_") if "650s" not in p.id])
def test_a_recorded_frame_decodes_or_is_a_refusal(path):
    sink = AnySink()
    decoder = BinanceDecoder(sink) if path.name in NAMELESS else all_symbols(sink)
    decoder.add("BTCUSDT", any_symbol("BTCUSDT"))
    refused = 0
    for frame in frames(path):
        try:
            decoder.handle(frame, 1_700_000_000 * 10**9)
        except ProviderError as error:
            assert error.reason is Reason.PROVIDER_ERROR and "refused" in str(error)
            refused += 1
    if "error" in path.name:
        assert refused == len(frames(path))
    elif "acks" not in path.name:
        assert refused == 0


def test_the_four_books_of_2021_are_rebuilt_from_their_snapshots():
    sink = AnySink()
    decoder = all_symbols(sink)
    [stream] = [path for path in FILES if path.name.startswith("ws_combined__depth100ms")]
    lines = frames(stream)
    for number, frame in enumerate(lines):
        decoder.handle(frame, 0)
        if number == len(lines) // 2:
            for symbol in ("NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR"):
                [snapshot] = RECORDINGS.glob(f"rest_depth__*{symbol.lower()}-pairs*")
                decoder.snapshot(symbol, snapshot.read_bytes(), 0)
    for symbol in ("NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR"):
        assert decoder.book(symbol).synced and not decoder.book(symbol).book.crossed
    assert decoder.gaps == 0


@pytest.mark.slow
@pytest.mark.skipif(not CAPTURES.exists(), reason="the shared captures are not beside this checkout")
@pytest.mark.parametrize("symbol", ["ETHUSDT", "BTCUSDT"])
def test_the_capture_of_2024_never_crosses_and_equals_an_independent_rebuild(symbol):
    decoder = BinanceDecoder(AnySink())
    decoder.add(symbol, any_symbol(symbol))
    sides, last, buffered = None, 0, []
    for day in ("20240808", "20240809"):
        for line in read(CAPTURES / f"spot_{symbol.lower()}_{day}.gz").splitlines():
            time, _, frame = line.partition(b" ")
            decoder.handle(frame, int(time))
            if b"depthUpdate" not in frame and b"lastUpdateId" not in frame:
                continue
            message = json.loads(frame)
            if "lastUpdateId" in message:
                sides = [dict(message["bids"]), dict(message["asks"])]
                last, todo = message["lastUpdateId"], buffered
            else:
                buffered, todo = ([*buffered, message["data"]], []) if sides is None else ([], [message["data"]])
            for event in todo:
                if event["u"] > last:
                    assert event["U"] <= last + 1
                    last = event["u"]
                    for side, changes in zip(sides, (event["b"], event["a"]), strict=True):
                        side.update(changes)
    bids, asks = decoder.book(symbol).book.top(100_000)
    for shown, side in ((bids, sides[0]), (asks, sides[1])):
        assert {level.price: level.size for level in shown} == {
            float(price): float(size) for price, size in side.items() if float(size)
        }
    assert decoder.gaps == 0 and decoder.duplicates == 0 and decoder.book(symbol).book.sequence == last
