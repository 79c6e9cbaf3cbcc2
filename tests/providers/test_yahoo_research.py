"""Yahoo's options, statements, screens and news."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from vendors.yahoo import refused, wire_quote

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.yahoo.fundamentals import read_timeseries
from financehub_tui.providers.yahoo.options import read_options
from financehub_tui.providers.yahoo.screener import read_news, read_screen

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "yahoo"


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def chain(**fields: Any) -> bytes:
    result = {"underlyingSymbol": "TEST", "expirationDates": [1_768_521_600], "strikes": [100.0], "options": []}
    return encoded({"optionChain": {"result": [result | fields], "error": None}})


CALL = {
    "contractSymbol": "TEST260116C00100000",
    "strike": 100,
    "expiration": 1_768_521_600,
    "currency": "USD",
    "lastPrice": 5.5,
    "bid": 0,
    "ask": 5.6,
    "openInterest": "12",
    "impliedVolatility": 0.31,
    "lastTradeDate": 1_768_000_000,
    "inTheMoney": True,
}


def test_a_chain_holds_calls_and_puts() -> None:
    put = CALL | {"contractSymbol": "TEST260116P00100000", "impliedVolatility": 1.0000000000000003e-05}
    found = read_options(chain(options=[{"expirationDate": 1_768_521_600, "calls": [CALL], "puts": [put, None]}]))
    call, other = found.contracts
    assert (call.right, call.strike, call.bid, call.ask, call.open_interest) == ("C", 100.0, None, 5.6, 12.0)
    assert (call.expiry, call.implied_volatility, call.in_the_money) == (1_768_521_600 * NANOS, 0.31, True)
    assert other.right == "P" and other.implied_volatility is None
    assert found.expiries == (1_768_521_600 * NANOS,)


def test_an_underlying_without_options_has_an_empty_chain() -> None:
    assert read_options(chain(expirationDates=[], strikes=[])).contracts == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (encoded({"optionChain": {"result": [], "error": None}}), Reason.UNKNOWN_SYMBOL),
        (encoded(refused("finance", "Unauthorized", "Invalid Crumb")), Reason.PROVIDER_ERROR),
        (chain(options=[{"calls": [CALL | {"strike": "high"}]}]), Reason.BAD_ANSWER),
        (b"<html>", Reason.BAD_ANSWER),
    ],
)
def test_option_refusals_are_typed(body: bytes, reason: Reason) -> None:
    with pytest.raises(ProviderError) as caught:
        read_options(body)
    assert caught.value.reason is reason and caught.value.endpoint == "v7/finance/options"


def test_statement_lines_come_by_type_oldest_first() -> None:
    def report(day: str, value: Any) -> dict[str, Any]:
        return {"asOfDate": day, "periodType": "12M", "currencyCode": "USD", "reportedValue": value}

    name = "annualTotalRevenue"
    values = [report("2025-09-30", {"raw": 2.0}), None, report("2024-09-30", {"raw": 1.0}), report("2023-09-30", {})]
    series = [{"meta": {"symbol": ["T"], "type": [name]}, name: values}, {"meta": {"type": ["annualNetIncome"]}}]
    found = read_timeseries(encoded({"timeseries": {"result": series, "error": None}}))
    assert [(one.day, one.value, one.period) for one in found[name]] == [
        (date(2024, 9, 30), 1.0, "12M"),
        (date(2025, 9, 30), 2.0, "12M"),
    ]
    assert found["annualNetIncome"] == ()
    bad = [{"meta": {"type": [name]}, name: [report("soon", 1)]}]
    with pytest.raises(ProviderError) as caught:
        read_timeseries(encoded({"timeseries": {"result": bad}}))
    assert caught.value.field == "annualTotalRevenue.asOfDate"


def test_a_screen_keeps_its_order_and_its_good_hits() -> None:
    hits = [wire_quote("BBB"), wire_quote("AAA", bid=[]), wire_quote("CCC")]
    found = read_screen(encoded({"finance": {"result": [{"total": 3, "quotes": hits}], "error": None}}))
    assert list(found) == ["BBB", "AAA", "CCC"] and isinstance(found["AAA"], Missing)
    with pytest.raises(ProviderError):
        read_screen(encoded({"finance": {"result": [], "error": None}}))


def test_stories_are_newest_first() -> None:
    stories = [
        {"uuid": "1", "title": "Old", "providerPublishTime": 1},
        {"uuid": "2", "title": "New", "providerPublishTime": 2, "relatedTickers": ["AAPL"], "thumbnail": {}},
        {"title": "no identifier"},
    ]
    found = read_news(encoded({"quotes": [], "news": stories}))
    assert [(story.title, story.tickers, story.time) for story in found] == [
        ("New", ("AAPL",), 2 * NANOS),
        ("Old", (), NANOS),
    ]
    with pytest.raises(ProviderError):
        read_news(encoded(refused("finance", "Bad Request", "Missing required query parameter=q")))


READERS = {"options": read_options, "timeseries": read_timeseries, "screener_predefined": read_screen}


def recorded() -> list[object]:
    files = [file for prefix in READERS for file in sorted(FOLDER.glob(f"{prefix}__*.json"))]
    return [*files] or [pytest.param(None, marks=pytest.mark.skip(reason="no recordings here"))]


@pytest.mark.parametrize("file", recorded(), ids=lambda file: file.name if file else "")
def test_recordings_decode(file: Path) -> None:
    prefix = file.name.split("__")[0]
    if file.name == "options__empty-2016.json":
        with pytest.raises(ProviderError):
            read_options(file.read_bytes())
        return
    assert READERS[prefix](file.read_bytes())


@pytest.mark.skipif(not FOLDER.exists(), reason="no recordings here")
def test_recorded_searches_hold_news() -> None:
    assert read_news((FOLDER / "search__spot.json").read_bytes())
