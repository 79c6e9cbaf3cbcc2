"""Recorded payloads of Finnhub decode, or are refused with the right type. Skipped where none are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.finnhub import translate, wire
from financehub_tui.providers.finnhub.refusals import refusal
from financehub_tui.providers.kit.http import Response, decode

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "finnhub"
FILES = sorted(FOLDER.glob("*.json"))
pytestmark = pytest.mark.skipif(not FILES, reason="the shared recordings are not beside this checkout")
SHAPES = {
    "quote": wire.Quote,
    "search": wire.SearchAnswer,
    "stock-candle": wire.Candles,
    "stock-metric": wire.MetricAnswer,
    "calendar-earnings": wire.CalendarAnswer,
    "crypto-candle": wire.Candles,
    "forex-candle": wire.Candles,
    "stock-profile2": wire.Profile,
    "stock-earnings": list[wire.Earnings],
    "stock-recommendation": list[wire.Recommendation],
    "company-news": list[wire.Story],
    "news": list[wire.Story],
}
AAPL = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS", exchange_code="US")
LATER = 2_000_000_000 * 10**9


def endpoint(path):
    return path.name.partition("__")[0]


def read(path):
    return decode(path.read_bytes(), SHAPES[endpoint(path)], provider="finnhub", endpoint=endpoint(path))


def named(*endpoints):
    return [pytest.param(path, id=path.name) for path in FILES if endpoint(path) in endpoints]


@pytest.mark.parametrize("path", named("quote"))
def test_a_recorded_quote_decodes(path):
    quote = translate.quote_of(AAPL, read(path), LATER)
    if "unknown" in path.name:
        assert isinstance(quote, Missing) and quote.reason is Reason.UNKNOWN_SYMBOL
    else:
        assert quote.last > 0 and quote.low <= quote.last <= quote.high


@pytest.mark.parametrize("path", named("stock-candle", "crypto-candle", "forex-candle"))
def test_recorded_candles_become_bars(path):
    page = read(path)
    frame = translate.frame([page], Interval.D1, 0, LATER)
    assert len(frame) == len(page.time) and (frame["high"] >= frame["low"]).all()


@pytest.mark.parametrize("path", named("stock-profile2"))
def test_a_recorded_profile_decodes(path):
    profile = translate.profile_of(AAPL, read(path), LATER)
    assert profile.market_cap > 9e11 and profile.website.startswith("https://")


@pytest.mark.parametrize("path", named("search", "stock-earnings", "stock-recommendation", "company-news", "news"))
def test_other_recorded_answers_decode(path):
    found = read(path)
    if isinstance(found, wire.SearchAnswer):
        assert all(hit.symbol for hit in found.result)
    elif "news" in endpoint(path):
        stories = translate.news_of(found, endpoint(path), LATER, 1_000)
        assert stories and all(story.title and story.time > 10**18 for story in stories)
    elif endpoint(path) == "stock-earnings":
        assert translate.earnings_of(AAPL, found, LATER).history[0].surprise_percent == -4.7812
    else:
        assert translate.ratings_of(AAPL, found, LATER).counts[0].total > 0


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [("error_401__invalid-api-key", 401, Reason.BAD_KEY), ("error_403__stock-candle", 403, Reason.NOT_OFFERED)],
)
def test_a_recorded_refusal_has_its_type(name, status, reason):
    [path] = FOLDER.glob(f"{name}*")
    response = Response(
        provider="finnhub", endpoint="x", status=status, headers={}, body=path.read_bytes(), received_at=LATER
    )
    error = refusal(response)
    assert error is not None and error.reason is reason
