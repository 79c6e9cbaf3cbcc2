"""Every recorded answer of Yahoo's is decoded, or refused with the right typed error."""

from __future__ import annotations

from pathlib import Path

import pytest

from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.yahoo.chart import bars_of, series_of
from financehub_tui.providers.yahoo.chart_wire import read_chart
from financehub_tui.providers.yahoo.finder import instruments_of, read_search
from financehub_tui.providers.yahoo.quote import WireQuote, quote_of, read_quotes
from financehub_tui.providers.yahoo.rows import GRANULARITY
from financehub_tui.providers.yahoo.summary import profile_of, read_summary
from financehub_tui.providers.yahoo.symbols import ticker
from financehub_tui.providers.yahoo.units import currency_unit

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "yahoo"
NOW = 1_800_000_000_000_000_000
INTERVALS = {word: interval for interval, words in GRANULARITY.items() for word in words}
REFUSED = {
    "chart__not-found-404.json": Reason.UNKNOWN_SYMBOL,
    "chart__capio.st-delisted-no-timestamp.json": Reason.NO_DATA,
    "chart__aapl-2025-02-01-to-2025-02-02-includeprepost-false-interval-1m.json": Reason.NO_DATA,
    "chart__vfinx-max-3mo-2025.json": Reason.BAD_ANSWER,
    "quote__invalid-crumb-401.json": Reason.PROVIDER_ERROR,
    "quote__missing-symbols-400.json": Reason.PROVIDER_ERROR,
    "quote__quotetype-none-srng-2022.json": Reason.BAD_ANSWER,
    "search__missing-q-400-2021.json": Reason.PROVIDER_ERROR,
    "quotesummary__quote-not-found-2021.json": Reason.UNKNOWN_SYMBOL,
    "quotesummary__empty-symbol-404-2021.json": Reason.NO_DATA,
    "quotesummary__assetprofile-eurusd_eq_x.json": Reason.NO_DATA,
    "quotesummary__earnings-btc-usd.json": Reason.NO_DATA,
    "quotesummary__financialdata-gc_eq_f.json": Reason.NO_DATA,
    "quotesummary__insidertransactions-spot.json": Reason.NO_DATA,
    "quotesummary__secfilings-ocdo.l.json": Reason.NO_DATA,
    "quotesummary__upgradedowngradehistory-azt.ol.json": Reason.NO_DATA,
}


def recorded(prefix: str) -> list[object]:
    skipped = pytest.param(None, marks=pytest.mark.skip(reason="no recordings here"))
    return [*sorted(FOLDER.glob(f"{prefix}__*.json"))] or [skipped]


def instrument(currency: str | None) -> Instrument:
    iso, unit = currency_unit(currency or "USD")
    return Instrument(asset_class=AssetClass.EQUITY, symbol="ANY", currency=iso, unit=unit)


def expect(file: Path, error: ProviderError | None) -> None:
    assert (error.reason if error else None) is REFUSED.get(file.name)
    if error:
        assert error.endpoint and "\n" not in str(error)


@pytest.mark.parametrize("file", recorded("chart"), ids=lambda file: file.name if file else "")
def test_charts(file: Path) -> None:
    try:
        chart = read_chart(file.read_bytes())
        interval = INTERVALS.get(chart.meta.data_granularity or "", Interval.D1)
        request = BarRequest(interval=interval, start=-(10**19), end=NOW)
        bars = bars_of(series_of([chart], request), instrument(chart.meta.currency), request, NOW)
    except ProviderError as error:
        return expect(file, error)
    expect(file, None)
    times = bars.frame["time"].to_list()
    assert times and times == sorted(set(times))
    assert bars.frame.select("open", "high", "low", "close").null_count().sum_horizontal().item() < 4 * len(times)
    return None


@pytest.mark.parametrize("file", recorded("quote"), ids=lambda file: file.name if file else "")
def test_quotes(file: Path) -> None:
    try:
        wires = read_quotes(file.read_bytes())
    except ProviderError as error:
        return expect(file, error)
    expect(file, None)
    for wire in wires.values():
        assert isinstance(wire, WireQuote)
        quote = quote_of(wire, instrument(wire.currency), NOW)
        assert isinstance(quote, Quote) or (isinstance(quote, Missing) and quote.reason is Reason.NO_DATA)
        assert isinstance(quote, Missing) == (wire.regular_market_price is None)
    return None


@pytest.mark.parametrize("file", recorded("search"), ids=lambda file: file.name if file else "")
def test_searches(file: Path) -> None:
    try:
        hits = read_search(file.read_bytes())
    except ProviderError as error:
        return expect(file, error)
    expect(file, None)
    found = instruments_of(hits, {}, 50)
    assert len(found) == len(hits)
    assert [ticker(one) for one in found] == [hit.symbol for hit in hits]
    return None


@pytest.mark.parametrize("file", recorded("quotesummary"), ids=lambda file: file.name if file else "")
def test_summaries(file: Path) -> None:
    try:
        profile = profile_of(read_summary(file.read_bytes()), instrument(None), "ANY", NOW)
    except ProviderError as error:
        return expect(file, error)
    expect(file, None)
    assert profile.name
    return None
