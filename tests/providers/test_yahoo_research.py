"""Yahoo's statement series and screens as they are decoded."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from vendors.server import VendorServer
from vendors.yahoo import NOW, YahooVendor, provider, wire_quote

from financehub_tui.errors import ProviderError
from financehub_tui.market.movers import Movers, Screen
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.yahoo.fundamentals import read_timeseries
from financehub_tui.providers.yahoo.screener import movers_of

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "yahoo"


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


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
    hits = [
        wire_quote("BBB", longName="Bee  Inc"),
        wire_quote("AAA", bid=[]),
        {"shortName": "no symbol"},
        wire_quote("WEIRD", quoteType="MONEYMARKET"),
        wire_quote("BRK-B", exchange="NYQ", quoteType="EQUITY"),
    ]
    body = encoded({"finance": {"result": [{"total": 215, "quotes": hits}], "error": None}})
    found = movers_of(body, Screen.GAINERS, 50, NOW)
    assert [(one.symbol, one.venue) for one in found.instruments] == [
        ("BBB", "XNAS"),
        ("AAA", "XNAS"),
        ("BRK.B", "XNYS"),
    ]
    assert (found.total, found.instruments[0].name) == (215, "Bee Inc")
    assert [quote.key for quote in found.quotes] == [found.instruments[0].key, found.instruments[2].key]
    assert found.quotes[0].last == 101.5
    assert found.provenance.notes == ("Yahoo's screen day_gainers",)
    assert len(movers_of(body, Screen.GAINERS, 1, NOW).instruments) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"finance": {"result": [], "error": None}}, Reason.BAD_ANSWER),
        ({"finance": {"result": [{"total": 0, "quotes": []}], "error": None}}, Reason.NO_DATA),
        ({"finance": {"result": None, "error": {"code": "Bad Request", "description": "Invalid screener"}}}, None),
        ({"finance": {"result": [{"quotes": [5]}], "error": None}}, Reason.BAD_ANSWER),
        ({}, Reason.BAD_ANSWER),
    ],
)
def test_a_screen_that_is_none_is_refused(answer: Any, reason: Reason | None) -> None:
    with pytest.raises(ProviderError) as caught:
        movers_of(encoded(answer), Screen.ACTIVE, 50, NOW)
    assert caught.value.reason is (reason or Reason.PROVIDER_ERROR) and caught.value.endpoint == "v1/finance/screener"


async def test_a_screen_is_asked_for_without_a_crumb_and_within_its_size() -> None:
    async with VendorServer() as server:
        vendor = YahooVendor(server)
        vendor.screen("day_losers", [wire_quote("CCC")])
        made = provider(server)
        found = await made.movers(Screen.LOSERS, 9_999)
        assert [one.symbol for one in found.instruments] == ["CCC"] and found.provenance.provider == "yahoo"
        assert server.count("/v1/finance/screener/predefined/saved") == server.count() == 1
        with pytest.raises(ProviderError):
            await made.movers(Screen.ACTIVE, 5)
        await made.close()


def read_screen(body: bytes) -> Movers:
    return movers_of(body, Screen.ACTIVE, 250, NOW)


READERS = {"timeseries": read_timeseries, "screener_predefined": read_screen}


def recorded() -> list[object]:
    files = [file for prefix in READERS for file in sorted(FOLDER.glob(f"{prefix}__*.json"))]
    return [*files] or [pytest.param(None, marks=pytest.mark.skip(reason="no recordings here"))]


@pytest.mark.parametrize("file", recorded(), ids=lambda file: file.name if file else "")
def test_recordings_decode(file: Path) -> None:
    prefix = file.name.split("__")[0]
    assert READERS[prefix](file.read_bytes())
