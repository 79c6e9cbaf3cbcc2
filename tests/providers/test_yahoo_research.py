"""Yahoo's statement series and screens as they are decoded."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from vendors.yahoo import wire_quote

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Missing
from financehub_tui.providers.yahoo.fundamentals import read_timeseries
from financehub_tui.providers.yahoo.screener import read_screen

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
    hits = [wire_quote("BBB"), wire_quote("AAA", bid=[]), wire_quote("CCC")]
    found = read_screen(encoded({"finance": {"result": [{"total": 3, "quotes": hits}], "error": None}}))
    assert list(found) == ["BBB", "AAA", "CCC"] and isinstance(found["AAA"], Missing)
    with pytest.raises(ProviderError):
        read_screen(encoded({"finance": {"result": [], "error": None}}))


READERS = {"timeseries": read_timeseries, "screener_predefined": read_screen}


def recorded() -> list[object]:
    files = [file for prefix in READERS for file in sorted(FOLDER.glob(f"{prefix}__*.json"))]
    return [*files] or [pytest.param(None, marks=pytest.mark.skip(reason="no recordings here"))]


@pytest.mark.parametrize("file", recorded(), ids=lambda file: file.name if file else "")
def test_recordings_decode(file: Path) -> None:
    prefix = file.name.split("__")[0]
    assert READERS[prefix](file.read_bytes())
