"""Answers with any one value exchanged, missing or null: they are read, or refused by a typed error, and never else.

The answers are made up in the documented shapes; where the shared recordings are at hand, theirs are tried too.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from vendors.yahoo import NOW, wire_chart, wire_contract, wire_item, wire_modules, wire_quote, wire_story

from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.company import Frequency, StatementKind
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Adjustment, Delay
from financehub_tui.providers.alpaca import messages
from financehub_tui.providers.alpaca import translate as alpaca
from financehub_tui.providers.alpaca import wire as alpaca_wire
from financehub_tui.providers.alpaca.decoder import AlpacaDecoder
from financehub_tui.providers.coingecko import translate as coingecko
from financehub_tui.providers.coingecko import wire as coingecko_wire
from financehub_tui.providers.coinmarketcap import translate as coinmarketcap
from financehub_tui.providers.coinmarketcap import wire as coinmarketcap_wire
from financehub_tui.providers.finnhub import translate as finnhub
from financehub_tui.providers.finnhub import wire as finnhub_wire
from financehub_tui.providers.frankfurter import wire as frankfurter
from financehub_tui.providers.kit.decode import decode
from financehub_tui.providers.yahoo import (
    chart,
    chart_wire,
    dividends,
    earnings,
    finder,
    fundamentals,
    news,
    options,
    quote,
    ratings,
    summary,
)

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings"
SHARE = Instrument(asset_class=AssetClass.EQUITY, symbol="ANY", venue="XNAS", exchange_code="US", name="Any Inc")
COIN = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", kind=Kind.SPOT, base="BTC")
STAMP = "2026-05-18T15:50:06.563Z"
LATER = 2 * NOW
ODD = (
    *(None, "", "12.5", "NaN", "Infinity", "abc", True, 0, -1, -1e300, 1e308, 10**18, -(10**18), 10**30),
    *([], {}, [None], {"raw": 5, "fmt": "5"}, 253_402_300_800, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"),
)
GONE = object()
Read = Callable[[bytes], object]


class NoSink:
    """Takes everything."""

    def top(self, *_: object) -> None: ...
    def trade(self, *_: object) -> None: ...
    def correct(self, *_: object) -> None: ...
    def ticker(self, *_: object) -> None: ...
    def book(self, *_: object) -> None: ...
    def book_lost(self, *_: object) -> None: ...


def typed(body: bytes, kind: type[Any]) -> Any:
    return decode(body, kind, provider="any", endpoint="any")


def yahoo_chart(body: bytes) -> None:
    found = chart_wire.read_chart(body)
    quote.meta_quote(found.meta, SHARE, NOW, "why")
    for adjustment in Adjustment:
        request = BarRequest(interval=Interval.D1, start=-(10**19), end=LATER, adjustment=adjustment)
        chart.bars_of(chart.series_of([found], request), SHARE, request, NOW)
    dividends.dividends_of(found, dividends.DividendModules(), SHARE, NOW)


def yahoo_summary(body: bytes) -> None:
    summary.profile_of(summary.read_summary(body), SHARE, "ANY", NOW)
    paid = chart_wire.read_chart(json.dumps(wire_chart([1], [1.5], events=EVENTS)).encode())
    dividends.dividends_of(paid, summary.read_modules(body, dividends.DividendModules), SHARE, NOW)
    ratings.ratings_of(summary.read_modules(body, ratings.RatingModules), SHARE, NOW)
    earnings.earnings_of(summary.read_modules(body, earnings.EarningsModules), SHARE, NOW)


def yahoo_statements(body: bytes) -> None:
    found = fundamentals.read_timeseries(body)
    fundamentals.statements_of(found, SHARE, StatementKind.INCOME, Frequency.ANNUAL, NOW)


def yahoo_search(body: bytes) -> None:
    finder.instruments_of(finder.read_search(body), {}, 9)
    news.read_news(body, NOW)


def yahoo_quotes(body: bytes) -> None:
    for wire in quote.read_quotes(body).values():
        quote.quote_of(wire, SHARE, NOW)


def alpaca_bars(body: bytes) -> None:
    for rows in (typed(body, alpaca_wire.BarsPage).bars or {}).values():
        alpaca.frame(rows or (), Interval.M1, 0, LATER, regular=True)


def alpaca_trades(body: bytes) -> None:
    for rows in (typed(body, alpaca_wire.TradesPage).trades or {}).values():
        alpaca.trades_of(SHARE, rows or (), "any")


def alpaca_snapshots(body: bytes) -> None:
    for found in typed(body, alpaca_wire.StockSnapshots).values():
        alpaca.quote_of(SHARE, found, NOW, endpoint="any", delay=Delay.REALTIME, notes=())


def alpaca_stream(body: bytes) -> None:
    decoder = AlpacaDecoder(NoSink())
    decoder.know({"ANY": SHARE, "BTC/USD": COIN})
    for message in messages.read(body):
        decoder.take(message, NOW)


def finnhub_stream(body: bytes) -> None:
    found = typed(body, finnhub_wire.Frame)
    if found.type == "trade":
        typed(bytes(found.data), list[finnhub_wire.StreamTrade])


def coingecko_markets(body: bytes) -> None:
    for row in typed(body, list[coingecko_wire.MarketRow]):
        coingecko.quote_of(COIN, row, NOW)


def coinmarketcap_quotes(body: bytes) -> None:
    for record in typed(body, coinmarketcap_wire.QuotesAnswer).records():
        coinmarketcap.quote_of(COIN, record, NOW)


DAY = {"o": 1.5, "h": 2, "l": 1, "c": 1.75, "v": 100, "n": 3, "vw": 1.6, "t": STAMP}
BEST = {"bp": 1.5, "bs": 2, "bx": "V", "ap": 1.75, "as": 3, "ax": "V", "c": ["R"], "z": "C", "t": STAMP}
TRADE = {"t": STAMP, "x": "V", "p": 1.5, "s": 100, "c": ["@"], "i": 5, "z": "C"}
REPORT = {
    "asOfDate": "2025-09-30",
    "periodType": "12M",
    "currencyCode": "USD",
    "reportedValue": {"raw": 2.0, "fmt": "2"},
}
EVENTS = {
    "dividends": {"1": {"amount": 0.5, "date": 1_699_885_800, "currency": "USD"}},
    "splits": {"1": {"date": 1_699_885_800, "numerator": 4, "denominator": 1, "splitRatio": "4:1"}},
}
USD = {"price": 5.5, "volume_24h": 7, "market_cap": 9, "percent_change_24h": -1.5, "last_updated": STAMP}
ANSWERS: dict[str, tuple[Read, Any]] = {
    "yahoo chart": (
        yahoo_chart,
        wire_chart(
            [1_699_885_800, None, 1_699_972_200],
            [1.5, None, 2.5],
            adjclose=[1.0, None, 2.0],
            events=EVENTS,
        ),
    ),
    "yahoo quote": (yahoo_quotes, {"quoteResponse": {"result": [wire_quote("ANY")], "error": None}}),
    "yahoo options": (
        lambda body: options.chain_of(options.read_options(body), SHARE, "", NOW),
        {
            "optionChain": {
                "result": [
                    {
                        "underlyingSymbol": "ANY",
                        "expirationDates": [1_702_598_400],
                        "quote": wire_quote("ANY"),
                        "options": [{"calls": [wire_contract("ANY231215C00100000", 100.0)], "puts": []}],
                    }
                ],
                "error": None,
            }
        },
    ),
    "yahoo summary": (
        yahoo_summary,
        wire_modules(
            assetProfile={"city": "X", "fullTimeEmployees": 5, "longBusinessSummary": "Y"},
            price={"longName": "Any", "currency": "USD", "marketCap": {"raw": 5, "fmt": "5"}},
            summaryDetail={"trailingPE": 5.5, "dividendYield": {}, "beta": "Infinity"},
            recommendationTrend={"trend": [{"period": "0m", "strongBuy": 1, "buy": 2, "hold": 3}]},
            upgradeDowngradeHistory={"history": [{"epochGradeDate": 1_699_885_800, "firm": "F", "toGrade": "Buy"}]},
            financialData={"targetMeanPrice": 5.5, "numberOfAnalystOpinions": 3},
            earningsHistory={"history": [{"epsActual": 1.0, "epsEstimate": 0.9, "quarter": 1_696_032_000}]},
            earningsTrend={
                "trend": [
                    {"period": "0q", "endDate": "2023-12-31", "earningsEstimate": {"avg": 1.5, "numberOfAnalysts": 3}}
                ]
            },
            calendarEvents={"earnings": {"earningsDate": [1_706_832_000]}, "exDividendDate": 1_706_832_000},
        ),
    ),
    "yahoo statements": (
        yahoo_statements,
        {
            "timeseries": {
                "result": [
                    {"meta": {"symbol": ["ANY"], "type": ["annualTotalRevenue"]}, "annualTotalRevenue": [None, REPORT]}
                ],
                "error": None,
            }
        },
    ),
    "yahoo search": (
        yahoo_search,
        {
            "quotes": [{"symbol": "ANY", "exchange": "NMS", "quoteType": "EQUITY", "longname": "Any Inc"}],
            "news": [wire_story(1, "Any Inc rises")],
        },
    ),
    "yahoo news": (
        lambda body: news.read_stream(body, "ANY", NOW),
        {"data": {"tickerStream": {"stream": [wire_item(1, "Any Inc rises"), {"ad": {}}, None]}}},
    ),
    "alpaca bars": (alpaca_bars, {"bars": {"ANY": [DAY], "B": None}, "next_page_token": None}),
    "alpaca trades": (alpaca_trades, {"trades": {"ANY": [TRADE | {"u": "canceled"}, TRADE]}, "next_page_token": "x"}),
    "alpaca snapshots": (
        alpaca_snapshots,
        {"ANY": {"latestTrade": TRADE, "latestQuote": BEST, "dailyBar": DAY, "prevDailyBar": None}, "B": None},
    ),
    "alpaca stream": (
        alpaca_stream,
        [
            {"T": "t", "S": "ANY", **TRADE},
            {"T": "q", "S": "ANY", **BEST},
            {"T": "d", "S": "ANY", **DAY},
            {"T": "o", "S": "BTC/USD", "t": STAMP, "b": [{"p": 1, "s": 2}], "a": None, "r": True},
            {"T": "x", "S": "ANY", "i": 1, "x": "V", "p": 1.5, "s": 3, "a": "C", "z": "C", "t": STAMP},
            {"T": "c", "S": "ANY", "oi": 1, "op": 1.5, "os": 3, "ci": 2, "cp": 1.6, "cs": 3, "cc": None, "t": STAMP},
        ],
    ),
    "finnhub quote": (
        lambda body: finnhub.quote_of(SHARE, typed(body, finnhub_wire.Quote), NOW),
        {"c": 1.5, "d": 0.1, "dp": 5, "h": 2, "l": 1, "o": 1.2, "pc": 1.4, "t": 1_699_885_800},
    ),
    "finnhub candles": (
        lambda body: finnhub.frame([typed(body, finnhub_wire.Candles)], Interval.D1, 0, LATER),
        {"s": "ok", "t": [1_699_885_800], "o": [1], "h": [2], "l": [1], "c": [1.5], "v": [100]},
    ),
    "finnhub earnings": (
        lambda body: finnhub.earnings_of(SHARE, typed(body, list[finnhub_wire.Earnings]), NOW),
        [{"period": "2023-09-30", "actual": 1.5, "estimate": None, "surprisePercent": 3.5}],
    ),
    "finnhub opinions": (
        lambda body: finnhub.ratings_of(SHARE, typed(body, list[finnhub_wire.Recommendation]), NOW),
        [{"period": "2023-11-01", "buy": 1, "hold": 2, "sell": 3, "strongBuy": 4, "strongSell": 5}],
    ),
    "finnhub news": (
        lambda body: finnhub.news_of(typed(body, list[finnhub_wire.Story]), "any", NOW, 9),
        [{"id": 5, "datetime": 1_699_885_800, "headline": "H", "source": "S", "url": "", "related": "ANY"}],
    ),
    "finnhub stream": (
        finnhub_stream,
        {"type": "trade", "data": [{"s": "ANY", "p": 1.5, "t": 1_699_885_800_000, "v": 5, "c": ["1", None]}]},
    ),
    "coingecko markets": (
        coingecko_markets,
        [
            {
                **{"id": "bitcoin", "symbol": "btc", "current_price": 5.5, "market_cap": 9, "market_cap_rank": 1},
                **{"total_volume": 7, "high_24h": 6, "low_24h": 5, "price_change_24h": -1, "last_updated": STAMP},
            }
        ],
    ),
    "coingecko days": (
        lambda body: coingecko.daily_rows(typed(body, coingecko_wire.MarketChart).prices),
        {"prices": [[1_699_920_000_000, 5.5], [1_700_006_400_000, None], [1_700_010_000_000, 6.5]]},
    ),
    "coingecko candles": (
        lambda body: coingecko.candle_rows(typed(body, list[coingecko_wire.Candle]), Interval.H4),
        [[1_699_920_000_000, 1, 2, 1, 1.5]],
    ),
    "coinmarketcap quotes": (
        coinmarketcap_quotes,
        {"data": {"1": {"id": 1, "name": "Bitcoin", "symbol": "BTC", "quote": {"USD": USD}}}},
    ),
    "coinmarketcap quotes, newest": (
        coinmarketcap_quotes,
        {"data": [{"id": 1, "name": "Bitcoin", "symbol": "BTC", "quote": [USD | {"id": 2781, "symbol": "USD"}]}]},
    ),
    "frankfurter": (
        lambda body: frankfurter.read_range(body, "any"),
        {"amount": 1.0, "base": "EUR", "start_date": "2023-11-13", "rates": {"2023-11-13": {"USD": 1.07, "JPY": 162}}},
    ),
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for number in range(min(3, len(value))):
            yield from places(value[number], (*path, number))


def changed(value: Any, path: tuple[Any, ...], to: Any) -> Any:
    if not path:
        return to
    made = copy.deepcopy(value)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    if to is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = to
    return made


def read_or_refused(read: Read, answer: Any) -> None:
    try:
        read(json.dumps(answer).encode())
    except ProviderError as error:
        assert error.provider and "\n" not in str(error)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_as_documented_is_read(name: str) -> None:
    read, answer = ANSWERS[name]
    read(json.dumps(answer).encode())


@pytest.mark.parametrize("name", ANSWERS)
def test_any_value_exchanged_is_read_or_refused(name: str) -> None:
    read, answer = ANSWERS[name]
    for path in places(answer):
        for odd in (*ODD, GONE) if path else ODD:
            read_or_refused(read, changed(answer, path, odd))


RECORDED = {
    "yahoo/chart__": "yahoo chart",
    "yahoo/quotesummary__": "yahoo summary",
    "yahoo/options__": "yahoo options",
    "yahoo/timeseries__": "yahoo statements",
    "alpaca/stocks-snapshots__": "alpaca snapshots",
    "coinmarketcap/cryptocurrency-quotes-latest__": "coinmarketcap quotes",
}


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared recordings are not beside this checkout")
@pytest.mark.parametrize("start", RECORDED)
def test_any_value_of_a_recorded_answer_exchanged_is_read_or_refused(start: str) -> None:
    chance = random.Random(start)
    read, _ = ANSWERS[RECORDED[start]]
    folder, _, prefix = start.partition("/")
    files = [path for path in sorted((FOLDER / folder).glob(f"{prefix}*.json")) if path.stat().st_size < 60_000]
    for path in files[:12]:
        answer = json.loads(path.read_bytes())
        where = list(places(answer))
        for place in chance.sample(where, min(15, len(where))):
            for odd in chance.sample(ODD, 3):
                read_or_refused(read, changed(answer, place, odd))
