"""Yahoo search and profiles."""

from __future__ import annotations

from typing import Any

import pytest
from vendors import server as fault
from vendors.yahoo import SEARCH, SUMMARY, YahooVendor, refused, running

from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.yahoo.provider import YahooProvider

VENDOR = running
TESCO = Instrument(
    asset_class=AssetClass.EQUITY, symbol="TSCO", venue="XLON", exchange_code="LN", currency="GBP", unit=Unit.MINOR
)


def hit(symbol: str, quote_type: str = "EQUITY", exchange: str = "NMS", **fields: Any) -> dict[str, Any]:
    return {"symbol": symbol, "quoteType": quote_type, "exchange": exchange, "shortname": "  Some   Name  "} | fields


async def test_hits_become_instruments_in_yahoos_order(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    hits = [
        hit("SOME", longname="Some Incorporated", sector="Technology", industry="Software"),
        {"name": "Private Company", "isYahooFinance": False, "index": "abc"},
        hit("SOME.XX", exchange="???"),
        hit("SOMX", "ETF", "PCX"),
        None,
    ]
    vendor.server.serve(SEARCH, {"quotes": hits, "news": [{"title": "x"}], "count": 4})
    found = await yahoo.search("some", 10)
    assert [(one.display, one.name, one.kind) for one in found] == [
        ("SOME US Equity", "Some Incorporated", Kind.STOCK),
        ("SOMX US Equity", "Some Name", Kind.ETF),
    ]
    assert found[0].sector == "Technology"
    assert vendor.server.count() == 1


async def test_currencies_are_asked_where_an_exchange_trades_in_several(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    vendor.server.serve(SEARCH, {"quotes": [hit("CSPX.L", "ETF", "LSE"), hit("VOD.L", exchange="LSE")]})
    vendor.quote("CSPX.L", currency="USD")
    vendor.quote("VOD.L", currency="GBp")
    found = await yahoo.search("x", 10)
    assert [one.price_label for one in found] == ["USD", "GBp"]


async def test_without_a_crumb_the_usual_currency_of_the_exchange_is_taken(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    vendor.cookie_works = False
    vendor.server.serve("/consent", b"", status=500)
    vendor.server.serve(SEARCH, {"quotes": [hit("VOD.L", exchange="LSE")]})
    assert [one.price_label for one in await yahoo.search("x", 10)] == ["GBp"]


async def test_nothing_typed_is_nothing_asked(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    assert await yahoo.search("  ", 10) == ()
    assert vendor.server.count() == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (refused("finance", "Bad Request", "Missing required query parameter=q"), Reason.PROVIDER_ERROR),
        ({}, Reason.BAD_ANSWER),
        ({"quotes": "none"}, Reason.BAD_ANSWER),
        (b"[1, 2", Reason.BAD_ANSWER),
    ],
)
async def test_search_refusals_are_typed(yahoo: YahooProvider, vendor: YahooVendor, body: Any, reason: Reason) -> None:
    vendor.server.serve(SEARCH, body)
    with pytest.raises(ProviderError) as caught:
        await yahoo.search("x", 10)
    assert caught.value.reason is reason and caught.value.endpoint == "v1/finance/search"


PROFILE = {
    "assetProfile": {
        "city": "Welwyn",
        "country": "United Kingdom",
        "website": "https://example.org",
        "sector": "Consumer Defensive",
        "industry": "Grocery Stores",
        "longBusinessSummary": "Sells food.",
        "fullTimeEmployees": {"raw": 340_000, "fmt": "340k"},
        "companyOfficers": [{"name": "x", "totalPay": {}}],
    },
    "price": {"longName": "Tesco PLC", "currency": "GBp", "marketCap": 2.5e10, "exchangeName": "LSE"},
    "summaryDetail": {"trailingPE": "Infinity", "forwardPE": 14.2, "dividendYield": 0.031, "beta": {}},
    "defaultKeyStatistics": {"sharesOutstanding": "6700000000", "trailingEps": 0.21, "beta": 0.55},
    "fundProfile": None,
}


async def test_a_profile_gathers_the_modules(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.summary("TSCO.L", {"quoteSummary": {"result": [PROFILE], "error": None}})
    found = await yahoo.profile(TESCO)
    assert (found.name, found.country, found.headquarters) == ("Tesco PLC", "United Kingdom", "Welwyn, United Kingdom")
    assert (found.employees, found.currency, found.market_cap) == (340_000, "GBP", 2.5e10)
    assert (found.trailing_pe, found.forward_pe, found.beta) == (None, 14.2, 0.55)
    assert (found.dividend_yield, found.shares_outstanding) == (0.031, 6.7e9)
    assert found.identifiers == {"yahoo": "TSCO.L"} and ("Exchange", "LSE") in found.extra


async def test_a_profile_of_missing_modules_is_still_one(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.summary("TSCO.L", {"quoteSummary": {"result": [{}], "error": None}})
    found = await yahoo.profile(TESCO)
    assert found.name == "TSCO.L" and found.market_cap is None


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (
            404,
            refused("quoteSummary", "Not Found", "Quote not found for ticker symbol: TSCO.L"),
            Reason.UNKNOWN_SYMBOL,
        ),
        (
            404,
            refused("quoteSummary", "Not Found", "No fundamentals data found for any of the summaryTypes=price"),
            Reason.NO_DATA,
        ),
        (200, {"quoteSummary": {"result": [], "error": None}}, Reason.NO_DATA),
        (200, {"quoteSummary": {"result": [{"price": 7}], "error": None}}, Reason.BAD_ANSWER),
    ],
)
async def test_profile_refusals_are_typed_and_cost_no_new_crumb(
    yahoo: YahooProvider, vendor: YahooVendor, status: int, body: Any, reason: Reason
) -> None:
    vendor.summary("TSCO.L", body, status)
    with pytest.raises(ProviderError) as caught:
        await yahoo.profile(TESCO)
    assert caught.value.reason is reason
    assert vendor.server.count(SUMMARY + "TSCO.L") == 1


async def test_a_crumb_refused_twice_is_an_error(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    refusal = fault.status(401, {"finance": {"error": {"code": "Unauthorized", "description": "Invalid Crumb"}}})
    vendor.server.misbehave(SUMMARY + "TSCO.L", refusal, times=4)
    with pytest.raises(ProviderError) as caught:
        await yahoo.profile(TESCO)
    assert caught.value.status == 401 and vendor.server.count(SUMMARY + "TSCO.L") == 2


async def test_what_yahoo_does_not_carry_is_an_unknown_symbol(yahoo: YahooProvider) -> None:
    series = Instrument(asset_class=AssetClass.MACRO, symbol="CPIAUCSL", kind=Kind.SERIES)
    with pytest.raises(ProviderError) as caught:
        await yahoo.profile(series)
    assert caught.value.reason is Reason.UNKNOWN_SYMBOL
    for call in (yahoo.book(TESCO, 5), yahoo.trades(TESCO, 5), yahoo.bars(series, BarRequest(start=0, end=1))):
        with pytest.raises(ProviderError):
            await call
