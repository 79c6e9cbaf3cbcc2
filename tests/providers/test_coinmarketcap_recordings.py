"""Recorded payloads of CoinMarketCap decode, or are refused with the right type. Skipped where none are at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.coinmarketcap import translate, wire
from financehub_tui.providers.coinmarketcap.refusals import refusal
from financehub_tui.providers.kit.http import Response, decode

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "coinmarketcap"
FILES = sorted(FOLDER.glob("*.json"))
pytestmark = pytest.mark.skipif(not FILES, reason="the shared recordings are not beside this checkout")

SHAPES = {
    "cryptocurrency-map": wire.MapAnswer,
    "cryptocurrency-quotes-latest": wire.QuotesAnswer,
    "cryptocurrency-listings-latest": wire.QuotesAnswer,
    "cryptocurrency-listings-historical": wire.QuotesAnswer,
    "cryptocurrency-listings-new": wire.QuotesAnswer,
    "cryptocurrency-trending-latest": wire.QuotesAnswer,
}
SINGLE = {"cryptocurrency-info": wire.Info, "cryptocurrency-ohlcv-historical": wire.History}
REFUSALS = {
    1001: Reason.BAD_KEY,
    1002: Reason.NO_KEY,
    1006: Reason.NOT_OFFERED,
    1008: Reason.RATE_LIMITED,
    400: Reason.UNKNOWN_SYMBOL,
}
STATUS = {1001: 401, 1002: 401, 1006: 403, 1008: 429, 400: 400}
BTC = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", kind=Kind.SPOT, base="BTC")
LATER = 2_000_000_000 * 10**9


def endpoint(path):
    return path.name.partition("__")[0]


def response(path, status=200):
    return Response(
        provider="coinmarketcap", endpoint="x", status=status, headers={}, body=path.read_bytes(), received_at=LATER
    )


def named(shapes):
    return [pytest.param(path, id=path.name) for path in FILES if endpoint(path) in shapes]


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.name) for path in FILES if not path.name.startswith("error_")]
)
def test_a_good_answer_is_no_refusal_whatever_form_its_code_has(path):
    assert refusal(response(path)) is None


@pytest.mark.parametrize("path", named(SHAPES))
def test_a_recorded_answer_decodes(path):
    answer = decode(path.read_bytes(), SHAPES[endpoint(path)], provider="coinmarketcap", endpoint=endpoint(path))
    if isinstance(answer, wire.QuotesAnswer):
        quotes = [translate.quote_of(BTC, record, LATER) for record in answer.records()]
        assert quotes and all(quote.last and quote.market_cap for quote in quotes)
    else:
        assert answer.data


@pytest.mark.parametrize("path", named(SINGLE))
def test_a_recorded_coin_decodes_one_by_one(path):
    kind = SINGLE[endpoint(path)]
    data = json.loads(path.read_bytes())["data"]
    for number, coin in data.items():
        for form in ({number: coin}, coin, {coin["symbol"]: [coin]}):
            found = wire.only(json.dumps({"data": form}).encode(), kind, endpoint(path))
            assert found.id == int(number)
        if isinstance(found, wire.Info):
            assert translate.profile_of(BTC, found, LATER).website.startswith("https://")
        else:
            assert len(translate.rows_of(found.quotes, "USD")) == len(coin["quotes"])


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in FILES if path.name.startswith("error_")])
def test_a_recorded_refusal_has_its_type(path):
    code = int(path.name.removeprefix("error_").partition("__")[0])
    error = refusal(response(path, STATUS[code]))
    assert error is not None and error.reason is REFUSALS[code] and str(code) in str(error)
