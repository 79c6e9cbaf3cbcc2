"""Every recorded payload of Coinbase decodes, or is refused with the right type. Skipped where they are not at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from vendors.instruments import spot
from vendors.sinks import DoubtingSink

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.market.quote import Side
from financehub_tui.providers.coinbase import advanced, wire
from financehub_tui.providers.coinbase.decoder import CoinbaseDecoder
from financehub_tui.providers.coinbase.refusals import refusal
from financehub_tui.providers.kit.http import Response, decode
from financehub_tui.providers.kit.precision import tick_decimals

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "coinbase"
FILES = sorted(path for path in RECORDINGS.glob("*.json*") if "headers" not in path.name)
pytestmark = pytest.mark.skipif(not FILES, reason="the shared recordings are not beside this checkout")

SHAPES = {
    "book": wire.Book,
    "candles": list[wire.Candle],
    "products": list[wire.Product],
    "stats": wire.Stats,
    "ticker": wire.Ticker,
    "trades": list[wire.TradeRow],
}
ADVANCED = {"candles": advanced.Candles, "product_book": advanced.ProductBook, "products": advanced.Products}
NOT_ASKED_FOR = {"rest_book__level3-btcusd.json": "bids[0][2]"}
"""Level 3 has order ids where counts of orders are."""
REASONS = {"404": Reason.UNKNOWN_SYMBOL, "429": Reason.RATE_LIMITED, "400": Reason.NOT_OFFERED}
PRODUCTS = "BTC-USD BTC-EUR ETH-EUR SKL-USD SKL-BTC BAND-GBP NMR-EUR BAND-BTC YFI-BTC DASH-BTC NU-GBP CRV-EUR SKL-GBP"


def decoder_for(sink):
    decoder = CoinbaseDecoder(sink)
    for product in PRODUCTS.split():
        decoder.add(product, spot(product, "COINBASE"))
    return decoder


def named(prefix):
    return [pytest.param(path, id=path.name) for path in FILES if path.name.startswith(prefix)]


def lines(path):
    return [x for x in path.read_bytes().splitlines() if x.strip()] if ".jsonl" in path.name else [path.read_bytes()]


@pytest.mark.parametrize("path", named("rest_"))
def test_a_recorded_answer_decodes_or_is_refused_by_name(path):
    endpoint = path.name.removeprefix("rest_").partition("__")[0]
    if path.name in NOT_ASKED_FOR:
        with pytest.raises(ProviderError) as caught:
            decode(path.read_bytes(), SHAPES[endpoint], provider="coinbase", endpoint=endpoint)
        assert (caught.value.reason, caught.value.field) == (Reason.BAD_ANSWER, NOT_ASKED_FOR[path.name])
        return
    assert decode(path.read_bytes(), SHAPES[endpoint], provider="coinbase", endpoint=endpoint)


@pytest.mark.parametrize("path", named("advanced_"))
def test_a_recorded_answer_of_advanced_trade_decodes(path):
    endpoint = path.name.removeprefix("advanced_").partition("__")[0]
    assert decode(path.read_bytes(), ADVANCED[endpoint], provider="coinbase", endpoint=endpoint)


@pytest.mark.parametrize("path", named("error_"))
def test_a_recorded_refusal_has_its_type(path):
    status = path.name.removeprefix("error_")[:3]
    response = Response(
        provider="coinbase", endpoint="x", status=int(status), headers={}, body=path.read_bytes(), received_at=0
    )
    error = refusal(response)
    assert error is not None and error.reason is REASONS[status]


@pytest.mark.parametrize("path", named("ws_"))
def test_a_recorded_frame_decodes_or_is_a_refusal(path):
    sink = DoubtingSink(1_400_000_000 * 10**9)
    decoder = decoder_for(sink)
    refused = []
    for line in lines(path):
        try:
            decoder.handle(line, 1_700_000_000 * 10**9)
        except ProviderError as error:
            refused.append(error.reason)
    expected = {"ws_control__error-level2-needs-auth.json": [Reason.NO_KEY]}
    expected |= {"ws_control__unsubscribe-error.json": [Reason.PROVIDER_ERROR]}
    assert refused == expected.get(path.name, [])
    kind = path.name.split("_")[1]
    assert {"ticker": sink.tickers, "matches": sink.trades, "session": sink.tickers}.get(kind, True)
    assert sink.lost == []


def test_the_columns_of_candles_are_in_the_venues_own_order():
    [path] = RECORDINGS.glob("rest_candles__btcusd-default*")
    rows = decode(path.read_bytes(), SHAPES["candles"], provider="coinbase", endpoint="candles")
    assert len(rows) > 100
    assert all(row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high for row in rows)


def test_every_product_has_a_tick_size():
    [path] = RECORDINGS.glob("rest_products__all*")
    products = decode(path.read_bytes(), SHAPES["products"], provider="coinbase", endpoint="products")
    assert all(tick_decimals(product.quote_increment) is not None for product in products) and len(products) > 100


def test_the_capture_of_2021_equals_an_independent_rebuild_and_its_tickers_the_matches():
    [path] = RECORDINGS.glob("ws_level2-ticker-matches__*")
    sink = DoubtingSink(1_400_000_000 * 10**9)
    decoder = decoder_for(sink)
    books, takers = {}, {}
    for line in lines(path):
        decoder.handle(line, 0)
        message = json.loads(line)
        if message["type"] == "snapshot":
            books[message["product_id"]] = {side: dict(message[side]) for side in ("bids", "asks")}
        elif message["type"] == "l2update":
            for side, price, size in message["changes"]:
                books[message["product_id"]]["bids" if side == "buy" else "asks"][price] = size
        elif message["type"] == "ticker" and "trade_id" in message:
            takers[message["product_id"], str(message["trade_id"])] = message["side"]
    for product, sides in books.items():
        bids, asks = decoder.book(product).book.top(100_000)
        for shown, side in ((bids, sides["bids"]), (asks, sides["asks"])):
            expected = {float(price): float(size) for price, size in side.items() if float(size)}
            assert {level.price: level.size for level in shown} == expected
    assert len(books) == 6 and decoder.gaps == 0
    both = [trade for trade in sink.trades if (trade.key.split(":")[2], trade.id) in takers]
    assert len(both) > 20 and sink.lost == []
    assert all(trade.side is Side(takers[trade.key.split(":")[2], trade.id]) for trade in both)
