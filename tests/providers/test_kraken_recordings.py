"""Every recorded payload of Kraken decodes, or is refused with the right type. Skipped where they are not at hand."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from vendors.instruments import spot
from vendors.sinks import DoubtingSink

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.kit.http import Response, decode
from financehub_tui.providers.kraken import names, wire
from financehub_tui.providers.kraken.checksum import checksum, digits
from financehub_tui.providers.kraken.decoder import KrakenDecoder
from financehub_tui.providers.kraken.listing import pair_of
from financehub_tui.providers.kraken.refusals import refusal

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "kraken"
FILES = sorted(path for path in RECORDINGS.glob("*.json*") if "headers" not in path.name)
pytestmark = pytest.mark.skipif(not FILES, reason="the shared recordings are not beside this checkout")

SHAPES = {
    "AssetPairs": wire.Pairs,
    "Depth": wire.Depths,
    "OHLC": wire.Candles,
    "Ticker": wire.Tickers,
    "Trades": wire.Trades,
}
UNUSED = {"Assets", "Spread", "SystemStatus", "Time"}
"""Endpoints nothing of ours asks for."""
SYMBOLS = ("BTC/USD", "ETH/USDT", "BNB/USD", "ALGO/USD", "BTC/USDT")


def named(prefix):
    return [pytest.param(path, id=path.name) for path in FILES if path.name.startswith(prefix)]


def lines(path):
    return (
        [line for line in path.read_bytes().splitlines() if line.strip()]
        if ".jsonl" in path.name
        else [path.read_bytes()]
    )


def decoder_for(sink):
    decoder = KrakenDecoder(sink, depth=10)
    for symbol in SYMBOLS:
        decoder.add(symbol, spot(symbol, "KRAKEN"))
    return decoder


@pytest.mark.parametrize("path", named("rest_"))
def test_a_recorded_answer_decodes(path):
    endpoint = path.name.removeprefix("rest_").partition("__")[0]
    body = path.read_bytes()
    response = Response(provider="kraken", endpoint=endpoint, status=200, headers={}, body=body, received_at=0)
    assert refusal(response) is None
    if endpoint not in UNUSED:
        assert decode(body, SHAPES[endpoint], provider="kraken", endpoint=endpoint).result


@pytest.mark.parametrize("path", named("error_"))
def test_a_recorded_refusal_has_its_type(path):
    response = Response(provider="kraken", endpoint="x", status=200, headers={}, body=path.read_bytes(), received_at=0)
    error = refusal(response)
    assert error is not None and error.reason is Reason.UNKNOWN_SYMBOL


@pytest.mark.parametrize("path", named("ws2_"))
def test_a_recorded_frame_decodes_or_is_a_refusal(path):
    sink = DoubtingSink(1_500_000_000 * 10**9)
    decoder = decoder_for(sink)
    refused = []
    for line in lines(path):
        try:
            decoder.handle(line, 1_700_000_000 * 10**9)
        except ProviderError as error:
            refused.append(error.reason)
    assert refused == ([Reason.UNKNOWN_SYMBOL] if "error" in path.name else [])
    assert sink.lost == []
    channel = path.name.split("_")[1]
    assert {"ticker": sink.tickers, "trade": sink.trades, "book10": sink.shown}.get(channel, True)


@pytest.mark.parametrize("path", named("ws1_"))
def test_the_older_protocol_is_refused(path):
    decoder = decoder_for(DoubtingSink(1_500_000_000 * 10**9))
    for line in lines(path):
        with pytest.raises(ProviderError) as caught:
            decoder.handle(line, 0)
        assert caught.value.reason is Reason.BAD_ANSWER


def test_every_listed_pair_is_found_under_each_of_its_names():
    [path] = RECORDINGS.glob("rest_AssetPairs__all*")
    pairs = decode(path.read_bytes(), wire.Pairs, provider="kraken", endpoint="AssetPairs").result
    assert len(pairs) > 300
    for key, pair in pairs.items():
        listed = pair_of(pair)
        if listed is None:
            assert key.endswith(".d")
            continue
        symbol = listed.name
        assert names.altname(symbol) == pair.altname and listed.decimals == pair.pair_decimals
        assert {key, pair.altname, pair.wsname} <= names.spellings(symbol)
        for text in (key, pair.altname, pair.wsname):
            assert names.read_pair(text, names.asset(pair.quote)) == symbol == names.read_pair(text)


def test_every_key_of_the_newer_tickers_is_our_own_name():
    [path] = [path for path in FILES if "assetVersion1" in path.name]
    tickers = json.loads(path.read_bytes())["result"]
    assert all(names.read_pair(key) == key for key in tickers) and len(tickers) > 1_000


def test_the_recorded_book_equals_an_independent_rebuild_at_every_frame():
    [path] = RECORDINGS.glob("ws2_book10__btcusd*")
    sink = DoubtingSink(1_500_000_000 * 10**9)
    decoder = decoder_for(sink)
    sides = {"bids": {}, "asks": {}}
    for line in lines(path):
        decoder.handle(line, 0)
        message = json.loads(line, parse_float=Decimal)
        if message.get("channel") != "book":
            continue
        [row] = message["data"]
        if message["type"] == "snapshot":
            sides = {"bids": {}, "asks": {}}
        for side, levels in sides.items():
            for level in row[side]:
                levels[level["price"]] = level["qty"]
            kept = sorted((price for price in levels if levels[price]), reverse=side == "bids")[:10]
            sides[side] = {price: levels[price] for price in kept}
        bids, asks = decoder.book("BTC/USD").book.top(100)
        for shown, side in ((bids, "bids"), (asks, "asks")):
            assert [(x.price, x.size) for x in shown] == [(float(p), float(q)) for p, q in sides[side].items()]
    assert sink.shown == 306 and sink.lost == [] and decoder.book("BTC/USD").precision == (1, 8)


def test_the_checksum_holds_for_the_older_protocols_book_too():
    """569 frames whose prices and sizes are strings with all their digits."""
    [path] = RECORDINGS.glob("ws1_book10__btcusd*")
    sides, checked = {"a": {}, "b": {}}, 0
    for line in lines(path):
        message = json.loads(line)
        if isinstance(message, dict):
            continue
        maps = message[1:-2]
        for name, rows in [(name, rows) for part in maps for name, rows in part.items() if name != "c"]:
            levels = sides[name[0]]
            levels.update({Decimal(row[0]): Decimal(row[1]) for row in rows})
            kept = sorted((price for price in levels if levels[price]), reverse=name[0] == "b")[:10]
            sides[name[0]] = {price: levels[price] for price in kept}
        told = next((part["c"] for part in maps if "c" in part), None)
        if told is not None:
            texts = [[digits(price, size, (5, 8)) for price, size in sides[side].items()] for side in "ab"]
            assert checksum(*texts) == int(told)
            checked += 1
    assert checked > 500
