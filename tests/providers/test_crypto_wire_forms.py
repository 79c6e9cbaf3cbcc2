"""Numbers of the three crypto venues in every form JSON has for them, and fields their pages allow to be missing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.binance import wire as binance
from financehub_tui.providers.binance.listing import pair_of
from financehub_tui.providers.coinbase import wire as coinbase
from financehub_tui.providers.kit.decode import decode
from financehub_tui.providers.kraken import wire as kraken

AMOUNTS = st.decimals(min_value=0, max_value=10**15, allow_nan=False, allow_infinity=False, places=12)
FORMS = (
    lambda value: f"{value:f}",
    lambda value: f'"{value:f}"',
    lambda value: f"{value:e}",
    lambda value: f'"{value:E}"',
)


def read(text, kind):
    return decode(text.encode(), kind, provider="venue", endpoint="endpoint")


def of(row, kind):
    return read(json.dumps(row), kind)


def level(value):
    return f"[[{value},{value},1]]"


LEVELS = {
    "binance depth": (
        lambda v: f'{{"lastUpdateId":1,"bids":[[{v},{v}]],"asks":[]}}',
        binance.Depth,
        lambda x: x.bids[0],
    ),
    "binance depthUpdate": (
        lambda v: f'{{"e":"depthUpdate","E":1,"s":"A","U":1,"u":2,"b":[],"a":[[{v},{v}]]}}',
        binance.DepthEvent,
        lambda x: x.asks[0],
    ),
    "kraken Depth": (
        lambda v: f'{{"asks":{level(v)},"bids":[]}}',
        kraken.Depth,
        lambda x: (x.asks[0].price, x.asks[0].size),
    ),
    "coinbase book": (
        lambda v: f'{{"sequence":1,"asks":[],"bids":{level(v)}}}',
        coinbase.Book,
        lambda x: (x.bids[0].price, x.bids[0].size),
    ),
    "coinbase l2update": (
        lambda v: f'{{"product_id":"A","changes":[["buy",{v},{v}]]}}',
        coinbase.Update,
        lambda x: (x.changes[0].price, x.changes[0].size),
    ),
}


@pytest.mark.parametrize("name", LEVELS)
@given(value=AMOUNTS, form=st.sampled_from(FORMS))
def test_a_number_is_the_nearest_float_of_its_digits_in_whichever_form_it_comes(name, value, form):
    write, kind, pick = LEVELS[name]
    assert pick(read(write(form(value)), kind)) == (float(value), float(value))


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("wrong", ['"NaN"', '"Infinity"', "-1", '"-0.5"', "null", "true", '""', '"1,5"', "[]", "1e400"])
def test_what_is_no_amount_is_refused(name, wrong):
    write, kind, _ = LEVELS[name]
    with pytest.raises(ProviderError) as caught:
        read(write(wrong), kind)
    assert caught.value.reason is Reason.BAD_ANSWER and caught.value.endpoint == "endpoint"


SYMBOL = {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT"}


@pytest.mark.parametrize(
    ("tick", "decimals"), [("0.01000000", 2), (0.01, 2), ("1E-8", 8), (1e-08, 8), (5, 0), ("0", None)]
)
def test_steps_of_a_binance_pair_may_be_numbers_or_texts(tick, decimals):
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": tick},
        {"filterType": "TRAILING_DELTA", "minTrailingAboveDelta": 10},
    ]
    info = of({"symbols": [SYMBOL | {"filters": filters}]}, binance.ExchangeInfo)
    assert pair_of(info.symbols[0]).decimals == decimals


def test_a_binance_pair_without_rules_has_no_known_precision():
    assert pair_of(of(SYMBOL, binance.Symbol)).decimals is None


def test_the_lists_of_a_kraken_ticker_may_grow():
    row = {name: ["1.5", "2", "3", "4"] for name in "abcvplh"} | {"t": [1, 2, 3], "o": "1.4"}
    ticker = of({"result": {"XXBTZUSD": row}}, kraken.Tickers).result["XXBTZUSD"]
    assert (ticker.ask.price, ticker.ask.size, ticker.last.price) == (1.5, 3.0, 1.5)
    assert (ticker.high.day, ticker.volume.day, ticker.trades.day) == (2.0, 2.0, 2)


def test_what_binance_leaves_out_of_a_window_ticker_is_none():
    row = {"symbol": "A", "lastPrice": "0", "openPrice": 0, "highPrice": "0.0", "lowPrice": "0", "volume": "0E-8"}
    ticker = of(row | {"quoteVolume": "0", "openTime": "1", "closeTime": 2, "count": 0, "firstId": -1}, binance.Ticker)
    assert (ticker.volume, ticker.bid_price, ticker.last_qty, ticker.open_time) == (0.0, None, None, 1)


@pytest.mark.parametrize(
    ("stamp", "nanos"),
    [
        ("2023-09-25T07:49:36.925533Z", 1_695_628_176_925_533_000),
        ("2023-09-25T07:49:36.925533123Z", 1_695_628_176_925_533_000),
        ("2023-09-25T07:49:36Z", 1_695_628_176_000_000_000),
        ("2023-09-25T07:49:36.9+00:00", 1_695_628_176_900_000_000),
        ("0001-01-01T00:00:00.000000Z", 0),
    ],
)
def test_times_have_any_number_of_digits_and_the_year_1_is_none(stamp, nanos):
    row = {"product_id": "A", "time": stamp}
    assert coinbase.nanos(of(row, coinbase.Heartbeat).time) == nanos
