"""Every recorded answer about a company is decoded, or refused with the right typed error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.company import Frequency, StatementKind
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.option_chain import Right
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.yahoo.chart_wire import read_chart
from financehub_tui.providers.yahoo.dividends import DividendModules, dividends_of
from financehub_tui.providers.yahoo.earnings import EarningsModules, earnings_of
from financehub_tui.providers.yahoo.fundamentals import read_timeseries, statements_of
from financehub_tui.providers.yahoo.news import read_news, read_stream
from financehub_tui.providers.yahoo.options import chain_of, read_options
from financehub_tui.providers.yahoo.ratings import RatingModules, ratings_of
from financehub_tui.providers.yahoo.summary import read_modules

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "yahoo"
NOW = 1_740_500_000 * NANOS
"""2025-02-25, when most of them were recorded."""
ANY = Instrument(asset_class=AssetClass.EQUITY, symbol="ANY", exchange_code="US")
NOTHING_THERE = (Reason.NO_DATA, Reason.UNKNOWN_SYMBOL)


def recorded(prefix: str) -> list[Any]:
    skipped = pytest.param(None, marks=pytest.mark.skip(reason="no recordings here"))
    return [*sorted(FOLDER.glob(f"{prefix}__*.json"))] or [skipped]


def each(prefix: str) -> Any:
    return pytest.mark.parametrize("file", recorded(prefix), ids=lambda file: file.name if file else "")


def outcome(read: Callable[[bytes], Any], file: Path) -> Any:
    """What was read, or the reason of the refusal."""
    try:
        return read(file.read_bytes())
    except ProviderError as error:
        assert error.endpoint and "\n" not in str(error)
        return error.reason


def raw(value: Any) -> Any:
    return value.get("raw") if isinstance(value, dict) else value


@each("options")
def test_chains(file: Path) -> None:
    wire = (json.loads(file.read_bytes())["optionChain"]["result"] or [{}])[0]
    groups = wire.get("options") or []
    contracts = [contract for group in groups for side in ("calls", "puts") for contract in group[side]]
    found = outcome(lambda body: chain_of(read_options(body), ANY, "", NOW), file)
    if not contracts:
        assert found in NOTHING_THERE
        return
    assert len(found.expiries) == len(wire["expirationDates"]) and found.expiry in found.expiries
    assert found.spot == wire["quote"]["regularMarketPrice"] and found.currency == "USD"
    by_name = {contract["contractSymbol"]: contract for contract in contracts}
    assert [one.occ for one in found.contracts] and len(found.contracts) == len(by_name)
    for one in found.contracts:
        told = by_name[one.occ]
        volatility = told["impliedVolatility"]
        assert one.implied_volatility == (volatility if volatility > 1.1e-5 else None)
        assert (one.strike, one.open_interest) == (told["strike"], told.get("openInterest"))
        assert one.right is (Right.CALL if one.occ[-9] == "C" else Right.PUT)
        assert one.occ[-15:-9] == one.expiry[2:].replace("-", "")


@each("timeseries")
@pytest.mark.parametrize("kind", StatementKind)
def test_statements(file: Path, kind: StatementKind) -> None:
    series = json.loads(file.read_bytes())["timeseries"]["result"]
    values = {
        one["meta"]["type"][0]: {
            v["asOfDate"]: v["reportedValue"]["raw"] for v in one.get(one["meta"]["type"][0]) or [] if v
        }
        for one in series
    }
    prefix = next(iter(values)).removesuffix(next(iter(values)).lstrip("abcdefghijklmnopqrstuvwxyz"))
    frequency = {"annual": Frequency.ANNUAL, "quarterly": Frequency.QUARTERLY}[prefix]
    found = outcome(lambda body: statements_of(read_timeseries(body), ANY, kind, frequency, NOW), file)
    if isinstance(found, Reason):
        assert found is Reason.NO_DATA
        return
    assert list(found.periods) == sorted(found.periods, reverse=True) and found.lines
    if kind is not StatementKind.RATIOS:
        for line in found.lines:
            assert dict(zip(found.periods, line.values, strict=True)) == {
                day: values[prefix + line.name].get(day) for day in found.periods
            }


@each("quotesummary")
def test_earnings(file: Path) -> None:
    modules = (json.loads(file.read_bytes())["quoteSummary"]["result"] or [{}])[0]
    history = (modules.get("earningsHistory") or {}).get("history") or []
    found = outcome(lambda body: earnings_of(read_modules(body, EarningsModules), ANY, NOW), file)
    if not history and isinstance(found, Reason):
        assert found in NOTHING_THERE
        return
    reported = [one for one in found.history if one.actual is not None]
    assert len(reported) == sum(raw(one["epsActual"]) is not None for one in history)
    for one in reported:
        if one.estimate:
            computed = 100 * (one.actual - one.estimate) / abs(one.estimate)
            assert one.surprise_percent == pytest.approx(computed, abs=0.2)
    assert found.next_date is None or found.next_date >= NOW


@each("quotesummary")
def test_ratings(file: Path) -> None:
    modules = (json.loads(file.read_bytes())["quoteSummary"]["result"] or [{}])[0]
    targets = modules.get("financialData") or {}
    changes = (modules.get("upgradeDowngradeHistory") or {}).get("history") or []
    found = outcome(lambda body: ratings_of(read_modules(body, RatingModules), ANY, NOW), file)
    if isinstance(found, Reason):
        assert found in NOTHING_THERE and not changes and not raw(targets.get("targetMeanPrice"))
        return
    assert len(found.changes) == len(changes)
    assert found.target_mean == (raw(targets["targetMeanPrice"]) if targets else None)
    assert all(one.total > 0 for one in found.counts)


@each("quotesummary")
def test_yields_are_fractions(file: Path) -> None:
    found = outcome(lambda body: read_modules(body, DividendModules), file)
    if isinstance(found, DividendModules) and found.summary_detail is not None:
        told = found.summary_detail.trailing_annual_dividend_yield
        assert told is None or (isinstance(told, float | int) and 0 <= told < 0.3)


@each("chart")
def test_dividends(file: Path) -> None:
    chart = (json.loads(file.read_bytes())["chart"]["result"] or [{}])[0]
    events = chart.get("events") or {}
    found = outcome(lambda body: dividends_of(read_chart(body), DividendModules(), ANY, NOW), file)
    if not events:
        assert found in NOTHING_THERE
        return
    assert len(found.actions) == sum(len(group) for group in events.values())
    assert [one.time for one in found.actions] == sorted((one.time for one in found.actions), reverse=True)


@each("search")
def test_news(file: Path) -> None:
    told = json.loads(file.read_bytes()).get("news") or []
    found = outcome(lambda body: read_news(body, NOW), file)
    if isinstance(found, Reason):
        assert found is Reason.PROVIDER_ERROR and "finance" in json.loads(file.read_bytes())
        return
    assert {story.title for story in found} == {story["title"] for story in told}
    assert all(story.url.startswith("https://") and story.time < NOW + 86_400 * NANOS for story in found)


@each("news_ncp")
def test_ticker_streams(file: Path) -> None:
    told = [item["content"] for item in json.loads(file.read_bytes())["data"]["tickerStream"]["stream"]]
    found = read_stream(file.read_bytes(), "AAPL", NOW)
    assert {story.title for story in found} == {story["title"] for story in told}
    assert all(story.url.startswith("https://") and story.publisher and story.summary for story in found)
