"""What Finnhub may send beside what was recorded: figures that are empty texts, quotes and candles of other years."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.quote import Quote
from financehub_tui.providers.finnhub import translate, wire
from financehub_tui.providers.kit.decode import decode

SHARE = Instrument(asset_class=AssetClass.EQUITY, symbol="ANY", venue="XNAS", exchange_code="US")
NOW = 1_791_300_000 * 10**9
T = TypeVar("T")


def read(value: Any, kind: type[T]) -> T:
    return decode(json.dumps(value).encode(), kind, provider="finnhub", endpoint="any")


def test_a_figure_that_is_an_empty_text_is_none_and_spoils_no_other() -> None:
    metric = {"peTTM": "", "epsTTM": -1.25, "beta": "1.5", "dividendYieldIndicatedAnnual": "", "52WeekHighDate": "x"}
    figures = read({"metric": metric, "metricType": "all", "symbol": "ANY"}, wire.MetricAnswer).metric
    profile = translate.profile_of(SHARE, read({"name": "Any Inc"}, wire.Profile), NOW, figures)
    assert (profile.trailing_pe, profile.eps, profile.beta) == (None, -1.25, 1.5)
    assert (profile.dividend_rate, profile.dividend_yield) == (None, None)


def test_a_quote_without_its_change_and_with_zeros_has_its_last_price() -> None:
    found = translate.quote_of(SHARE, read({"c": 5.5, "h": 0, "l": 0, "o": 0, "pc": 0, "t": 1}, wire.Quote), NOW)
    assert isinstance(found, Quote) and (found.last, found.high, found.previous_close) == (5.5, None, None)


def test_no_candles_may_be_columns_of_nothing() -> None:
    for columns in ({}, {name: [] for name in "cohltv"}):
        page = read({"s": "no_data", **columns}, wire.Candles)
        assert translate.frame([page], Interval.D1, 0, NOW).is_empty()
