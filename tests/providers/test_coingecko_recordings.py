"""Every recorded payload of CoinGecko decodes, or is refused with the right type. Skipped where none are at hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from financehub_tui.clock import to_datetime
from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.coingecko import translate, wire
from financehub_tui.providers.coingecko.refusals import refusal
from financehub_tui.providers.kit.http import Response, decode

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "coingecko"
FILES = sorted(path for path in FOLDER.glob("*.json*") if "headers" not in path.name)
pytestmark = pytest.mark.skipif(not FILES, reason="the shared recordings are not beside this checkout")

SHAPES = {
    "coins-list": list[wire.ListedCoin],
    "coins-markets": list[wire.MarketRow],
    "coins-id": wire.CoinAnswer,
    "coins-id-market_chart": wire.MarketChart,
    "coins-id-ohlc": list[wire.Candle],
    "coins-id-ohlc-range": list[wire.Candle],
    "search": wire.SearchAnswer,
}
REFUSALS = {
    "error_401__10012": Reason.NOT_OFFERED,
    "error_404__coin-not-found": Reason.UNKNOWN_SYMBOL,
    "error_422": Reason.PROVIDER_ERROR,
    "error_429": Reason.RATE_LIMITED,
    "error_500": Reason.PROVIDER_ERROR,
}
BTC = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", kind=Kind.SPOT, base="BTC")


def read(path):
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def endpoint(path):
    return path.name.partition("__")[0]


SUPPORTED = [pytest.param(path, id=path.name) for path in FILES if endpoint(path) in SHAPES]


@pytest.mark.parametrize("path", SUPPORTED)
def test_a_recorded_answer_decodes(path):
    assert decode(read(path), SHAPES[endpoint(path)], provider="coingecko", endpoint=endpoint(path))


@pytest.mark.parametrize("path", [param for param in SUPPORTED if param.id.startswith("coins-markets")])
def test_a_recorded_market_becomes_a_quote(path):
    for row in decode(read(path), list[wire.MarketRow], provider="coingecko", endpoint="coins/markets"):
        quote = translate.quote_of(BTC, row, 2_000_000_000 * 10**9)
        assert quote.last == row.current_price and quote.market_cap == row.market_cap
        assert to_datetime(quote.time).isoformat()[:19] == row.last_updated[:19]


@pytest.mark.parametrize("path", [param for param in SUPPORTED if param.id.startswith("coins-id__")])
def test_a_recorded_coin_becomes_a_profile(path):
    coin = decode(read(path), wire.CoinAnswer, provider="coingecko", endpoint="coins/{id}")
    profile = translate.profile_of(BTC, coin, 2_000_000_000 * 10**9)
    assert profile.name == coin.name and "<a" not in profile.description and profile.website.startswith("http")


def test_the_recorded_series_become_bars():
    [daily] = FOLDER.glob("coins-id-market_chart__bitcoin-usd-90d-daily-2021.json")
    rows = translate.daily_rows(decode(read(daily), wire.MarketChart, provider="x", endpoint="x").prices)
    assert len(rows) == 90 and rows[-1][4] is not None
    [candles] = FOLDER.glob("coins-id-ohlc__bitcoin-usd-7d-2021.json")
    candle_list = decode(read(candles), list[wire.Candle], provider="x", endpoint="x")
    frame = translate.frame(translate.candle_rows(candle_list, Interval.H4), 0, 2**62)
    assert len(frame) == len(candle_list)
    # Recorded at 15:58: the last candle is the running one, so what the source stamps is the end.
    assert frame["time"][-1].isoformat() == "2021-05-15T12:00:00+00:00"


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in FILES if "error_" in path.name])
def test_a_recorded_refusal_has_its_type(path):
    status = int(path.name.removeprefix("error_")[:3])
    response = Response(
        provider="coingecko", endpoint="x", status=status, headers={}, body=read(path), received_at=10**18
    )
    error = refusal(response)
    wanted = next(reason for name, reason in REFUSALS.items() if path.name.startswith(name))
    assert error is not None and error.reason is wanted
    if wanted is Reason.RATE_LIMITED:
        assert error.retry_at == 10**18 + 60 * 10**9
