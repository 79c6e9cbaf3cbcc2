"""What Yahoo tells of companies, asked over real sockets: options, statements, earnings, ratings, dividends, news."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from vendors import server as fault
from vendors.yahoo import (
    CHART,
    NEWS,
    NOW,
    OPTIONS,
    SEARCH,
    SUMMARY,
    TIMESERIES,
    YahooVendor,
    midnight,
    refused,
    running,
    wire_chart,
    wire_contract,
    wire_item,
    wire_modules,
    wire_story,
)

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.company import Frequency, StatementKind
from financehub_tui.market.instrument import AssetClass, Instrument, Unit
from financehub_tui.market.option_chain import Right
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.yahoo.provider import YahooProvider

VENDOR = running
APPLE = Instrument(
    asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS", exchange_code="US", name="Apple Inc", decimals=2
)
TESCO = Instrument(
    asset_class=AssetClass.EQUITY, symbol="TSCO", venue="XLON", exchange_code="LN", currency="GBP", unit=Unit.MINOR
)
CALL = wire_contract("AAPL231117C00100000", 100, inTheMoney=True, openInterest="12")
PUT = wire_contract("AAPL231117P00100000", 100, bid=0, impliedVolatility=1.0000000000000003e-05)
LATER = wire_contract("AAPL240119C00090000", 90)


async def refusal(work: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await work
    assert caught.value.endpoint and "\n" not in str(caught.value)
    return caught.value


def asked_last(vendor: YahooVendor, path: str) -> dict[str, str]:
    return [seen.query for seen in vendor.server.seen if seen.path == path][-1]


@pytest.fixture
def chains(vendor: YahooVendor) -> None:
    vendor.options(
        "AAPL",
        {"2023-11-17": {"calls": [CALL], "puts": [PUT, None]}, "2024-01-19": {"calls": [LATER], "puts": []}},
        spot=101.5,
    )


@pytest.mark.usefixtures("chains")
async def test_the_nearest_expiry_is_given_where_none_is_named(yahoo: YahooProvider) -> None:
    chain = await yahoo.options(APPLE, "")
    assert (chain.expiry, chain.expiries) == ("2023-11-17", ("2023-11-17", "2024-01-19"))
    assert (chain.key, chain.spot, chain.currency) == (APPLE.key, 101.5, "USD")
    call, put = chain.contracts
    assert (call.occ, call.right, call.strike, call.expiry) == ("AAPL231117C00100000", Right.CALL, 100.0, "2023-11-17")
    assert (call.bid, call.ask, call.last, call.volume, call.open_interest) == (5.4, 5.6, 5.5, 7.0, 12.0)
    assert (call.in_the_money, call.last_trade_at) == (True, 1_699_990_000 * NANOS)
    assert call.implied_volatility == 0.31
    assert (put.right, put.bid, put.implied_volatility) == (Right.PUT, None, None)


@pytest.mark.usefixtures("chains")
async def test_a_named_expiry_is_asked_for_by_its_midnight(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    chain = await yahoo.options(APPLE, "2024-01-19")
    assert [one.occ for one in chain.contracts] == ["AAPL240119C00090000"]
    assert asked_last(vendor, OPTIONS + "AAPL")["date"] == str(midnight("2024-01-19"))


@pytest.mark.usefixtures("chains")
@pytest.mark.parametrize("expiry", ["2023-12-24", "christmas"])
async def test_an_expiry_that_does_not_exist_is_no_data(yahoo: YahooProvider, expiry: str) -> None:
    error = await refusal(yahoo.options(APPLE, expiry))
    assert error.reason is Reason.NO_DATA and expiry in error.detail
    if expiry[0].isdigit():
        assert "2023-11-17, 2024-01-19" in error.detail


async def test_a_share_without_options_says_so(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.options("AAPL", {})
    error = await refusal(yahoo.options(APPLE, ""))
    assert (error.reason, error.detail) == (Reason.NO_DATA, "AAPL has no options")


@pytest.mark.usefixtures("chains")
async def test_an_expired_crumb_is_renewed_for_a_chain(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    await yahoo.options(APPLE, "")
    vendor.expire()
    assert (await yahoo.options(APPLE, "")).contracts


@pytest.mark.parametrize(
    ("contract", "field"),
    [
        (CALL | {"strike": "high"}, "strike"),
        ({"strike": 100}, "contractSymbol"),
        (CALL | {"bid": [1]}, "bid"),
    ],
)
async def test_a_broken_contract_is_a_bad_answer(
    yahoo: YahooProvider, vendor: YahooVendor, contract: dict[str, Any], field: str
) -> None:
    vendor.options("AAPL", {"2023-11-17": {"calls": [contract], "puts": []}})
    error = await refusal(yahoo.options(APPLE, ""))
    assert error.reason is Reason.BAD_ANSWER and field in str(error)


REVENUE = {"2023-09-30": 383.0e9, "2022-09-30": 394.0e9}


async def test_statement_lines_come_in_their_order_newest_period_first(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    vendor.statements(
        "AAPL",
        {
            "annualNetIncome": {"2023-09-30": 97.0e9},
            "annualTotalRevenue": REVENUE,
            "annualDilutedEPS": {"2023-09-30": 6.13, "2022-09-30": 6.11},
        },
    )
    found = await yahoo.statements(APPLE, StatementKind.INCOME, Frequency.ANNUAL)
    assert (found.periods, found.currency) == (("2023-09-30", "2022-09-30"), "USD")
    assert [(line.name, line.title, line.values) for line in found.lines] == [
        ("TotalRevenue", "Total revenue", (383.0e9, 394.0e9)),
        ("NetIncome", "Net income", (97.0e9, None)),
        ("DilutedEPS", "EPS, diluted", (6.13, 6.11)),
    ]
    asked = asked_last(vendor, TIMESERIES + "AAPL")
    assert asked["merge"] == "false" and int(asked["period2"]) == NOW // NANOS


async def test_many_lines_are_asked_for_in_several_calls(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.statements(
        "AAPL", {"quarterlyTotalAssets": {"2023-09-30": 1.0}, "quarterlyOrdinarySharesNumber": {"2023-09-30": 2.0}}
    )
    found = await yahoo.statements(APPLE, StatementKind.BALANCE, Frequency.QUARTERLY)
    assert [line.name for line in found.lines] == ["TotalAssets", "OrdinarySharesNumber"]
    assert vendor.server.count(TIMESERIES + "AAPL") == 2


async def test_ratios_are_yahoos_of_the_price_and_ours_of_the_statements(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    day = "2023-09-30"
    vendor.statements(
        "AAPL",
        {
            "trailingPeRatio": {"2023-11-13": 29.5},
            "trailingTotalRevenue": {day: 200.0},
            "trailingGrossProfit": {day: 90.0},
            "trailingNetIncome": {day: 40.0},
            "trailingPretaxIncome": {day: -5.0},
            "trailingTaxProvision": {day: 1.0},
            "quarterlyStockholdersEquity": {day: 80.0, "2023-06-30": 70.0},
            "quarterlyCurrentAssets": {day: 30.0, "2023-06-30": 20.0},
            "quarterlyCurrentLiabilities": {day: 60.0, "2023-06-30": 20.0},
        },
    )
    found = await yahoo.statements(APPLE, StatementKind.RATIOS, Frequency.TRAILING)
    assert found.periods == ("2023-11-13", day)
    assert {line.name: line.values for line in found.lines} == {
        "GrossMargin": (None, 0.45),
        "NetMargin": (None, 0.2),
        "ReturnOnEquity": (None, 0.5),
        "CurrentRatio": (None, 0.5),
        "PeRatio": (29.5, None),
    }
    assert "computed" in found.provenance.notes[0]


async def test_a_balance_sheet_has_no_twelve_months(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    error = await refusal(yahoo.statements(APPLE, StatementKind.BALANCE, Frequency.TRAILING))
    assert error.reason is Reason.NOT_OFFERED and vendor.server.count() == 0


async def test_figures_in_another_currency_are_left_out_and_named(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    def report(day: str, code: str, value: float) -> dict[str, Any]:
        return {"asOfDate": day, "periodType": "12M", "currencyCode": code, "reportedValue": {"raw": value}}

    def series(name: str, *reports: Any) -> dict[str, Any]:
        return {"meta": {"symbol": ["AAPL"], "type": [name]}, name: list(reports)}

    lines = [
        series("annualTotalRevenue", report("2022-12-31", "USD", 5.0), report("2023-12-31", "EUR", 4.0), None),
        series("annualNetIncome", report("2023-12-31", "EUR", 1.0)),
        series("annualDilutedEPS", report("2022-12-31", "USD", 0.5), report("2023-12-31", "USD", 0.4)),
    ]
    vendor.server.serve(TIMESERIES + "AAPL", {"timeseries": {"result": lines, "error": None}})
    found = await yahoo.statements(APPLE, StatementKind.INCOME, Frequency.ANNUAL)
    assert found.currency == "EUR" and found.provenance.notes == ("figures in USD left out",)
    assert [(line.name, line.values) for line in found.lines] == [
        ("TotalRevenue", (4.0, None)),
        ("NetIncome", (1.0, None)),
        ("DilutedEPS", (0.4, 0.5)),
    ]


async def test_statements_of_what_reports_nothing_are_no_data(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.statements("AAPL", {})
    error = await refusal(yahoo.statements(APPLE, StatementKind.CASH_FLOW, Frequency.ANNUAL))
    assert (error.reason, error.detail) == (Reason.NO_DATA, "no annual cash flow of AAPL US Equity")


def quarter(day: str, actual: float | None, estimate: float | None, surprise: float | None = None) -> dict[str, Any]:
    return {
        "maxAge": 1,
        "epsActual": {"raw": actual} if actual is not None else {},
        "epsEstimate": {"raw": estimate} if estimate is not None else {},
        "surprisePercent": {"raw": surprise} if surprise is not None else {},
        "quarter": {"raw": midnight(day), "fmt": day},
        "currency": "USD",
        "period": "-1q",
    }


def period(label: str, end: str | None, average: float, analysts: int) -> dict[str, Any]:
    estimate = {"avg": average, "low": 0, "numberOfAnalysts": analysts, "earningsCurrency": "USD"}
    return {"period": label, "endDate": end, "growth": {}, "earningsEstimate": estimate}


async def test_earnings_are_reported_quarters_and_estimates_of_the_next(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    history = [
        quarter("2023-06-30", 1.26, 1.2, 0.05),
        quarter("2023-09-30", -1.5, -1.0),
        quarter("2023-03-31", 1.5, None),
    ]
    trend = [
        period("0q", "2023-12-31", 2.1, 24),
        period("+1q", None, 0, 0),
        period("0y", "2023-12-31", 6.6, 30),
        period("+1q", "2024-03-31", 0, 0),
    ]
    dates = {"earningsDate": [midnight("2024-02-01"), midnight("2024-02-05")], "earningsCallDate": [1_698_960_600]}
    events = {"earnings": dates | {"isEarningsDateEstimate": True, "earningsAverage": 2.11}}
    vendor.summary(
        "AAPL",
        wire_modules(earningsHistory={"history": history}, earningsTrend={"trend": trend}, calendarEvents=events),
    )
    found = await yahoo.earnings(APPLE)
    assert [
        (one.period_end, one.actual, one.estimate, one.surprise_percent, one.analysts) for one in found.history
    ] == [
        ("2023-12-31", None, 2.1, None, 24),
        ("2023-09-30", -1.5, -1.0, -50.0, None),
        ("2023-06-30", 1.26, 1.2, 5.0, None),
        ("2023-03-31", 1.5, None, None, None),
    ]
    assert [one.reported_at for one in found.history] == [None, 1_698_960_600 * NANOS, None, None]
    assert (found.next_date, found.next_estimate) == (midnight("2024-02-01") * NANOS, 2.11)
    assert found.currency == "USD" and "guess" in found.provenance.notes[0]
    assert vendor.server.count(SUMMARY + "AAPL") == 1


async def test_a_date_that_has_passed_is_no_next_date(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    events = {"earnings": {"earningsDate": [midnight("2023-11-02")], "earningsAverage": 1.4}}
    history = {"history": [quarter("2023-09-30", 1.5, 1.4)]}
    vendor.summary("AAPL", wire_modules(earningsHistory=history, calendarEvents=events))
    found = await yahoo.earnings(APPLE)
    assert (found.next_date, found.next_estimate) == (None, None)
    assert found.history[0].reported_at == midnight("2023-11-02") * NANOS


async def test_opinions_and_targets_are_in_the_currencys_major_unit(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    trend = [
        {"period": "-1m", "strongBuy": 1, "buy": 2, "hold": 3, "sell": 4, "strongSell": 5},
        {"period": "0m", "strongBuy": 2, "buy": 2, "hold": 3, "sell": 0, "strongSell": None},
        {"period": "-2m", "strongBuy": 0, "buy": 0, "hold": 0, "sell": 0, "strongSell": 0},
    ]
    changes = [
        {"epochGradeDate": 1_690_000_000, "firm": "Old House", "toGrade": "Buy", "fromGrade": "", "action": "init"},
        {
            "epochGradeDate": 1_695_000_000,
            "firm": "New House",
            "toGrade": "Sell",
            "fromGrade": "Hold",
            "action": "down",
        },
    ]
    targets = {"targetLowPrice": 250, "targetMeanPrice": 301.5, "targetHighPrice": {"raw": 350}, "targetMedianPrice": 0}
    vendor.summary(
        "TSCO.L",
        wire_modules(
            recommendationTrend={"trend": trend},
            upgradeDowngradeHistory={"history": changes},
            financialData=targets | {"numberOfAnalystOpinions": 12, "financialCurrency": "EUR"},
            price={"currency": "GBp"},
        ),
    )
    found = await yahoo.ratings(TESCO)
    assert [(one.period, one.total) for one in found.counts] == [("0m", 7), ("-1m", 15)]
    assert [(one.firm, one.action, one.from_grade, one.to_grade) for one in found.changes] == [
        ("New House", "down", "Hold", "Sell"),
        ("Old House", "init", "", "Buy"),
    ]
    assert (found.currency, found.target_low, found.target_mean, found.target_high) == ("GBP", 2.5, 3.015, 3.5)
    assert found.target_median is None and found.analysts == 12


EVENTS = {
    "dividends": {
        "1691760600": {"amount": 0.24, "date": 1_691_760_600},
        "1699626600": {"amount": 0.24, "date": 1_699_626_600},
    },
    "splits": {"1598880600": {"date": 1_598_880_600, "numerator": 4, "denominator": 1, "splitRatio": "4:1"}},
}


async def test_dividends_and_splits_with_yield_and_next_date(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.chart("AAPL", wire_chart([1_699_626_600], [100.0], events=EVENTS))
    detail = {"dividendYield": 0.0052, "trailingAnnualDividendYield": 0.0051, "fiveYearAvgDividendYield": 0.8}
    vendor.summary(
        "AAPL", wire_modules(summaryDetail=detail, calendarEvents={"exDividendDate": midnight("2023-11-14")})
    )
    found = await yahoo.dividends(APPLE)
    assert [(one.kind, one.value, one.time // NANOS) for one in found.actions] == [
        ("dividend", 0.24, midnight("2023-11-10")),
        ("dividend", 0.24, midnight("2023-08-11")),
        ("split", 4.0, midnight("2020-08-31")),
    ]
    assert (found.yield_fraction, found.next_ex_date) == (0.0051, midnight("2023-11-14") * NANOS)
    assert found.currency == "USD" and not found.provenance.notes


async def test_dividends_of_pence_are_in_pounds(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    events = {"dividends": {"1691760600": {"amount": 3.85, "date": 1_691_760_600}}}
    vendor.chart("TSCO.L", wire_chart([1_699_626_600], [270.0], events=events, currency="GBp", zone="Europe/London"))
    vendor.summary("TSCO.L", wire_modules(calendarEvents={"exDividendDate": midnight("2023-10-12")}))
    found = await yahoo.dividends(TESCO)
    assert [(one.value, one.currency) for one in found.actions] == [(0.0385, "GBP")]
    assert (found.currency, found.next_ex_date, found.yield_fraction) == ("GBP", None, None)


async def test_dividends_stand_without_the_summary(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.chart("AAPL", wire_chart([1_699_626_600], [100.0], events=EVENTS))
    vendor.summary("AAPL", refused("quoteSummary", "Not Found", "No fundamentals data found"), status=404)
    found = await yahoo.dividends(APPLE)
    assert len(found.actions) == 3 and found.yield_fraction is None
    assert "No fundamentals data found" in found.provenance.notes[0]


async def test_a_share_that_never_paid_is_no_data(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.chart("AAPL", wire_chart([1_699_626_600], [100.0]))
    vendor.summary("AAPL", wire_modules(summaryDetail={"trailingAnnualDividendYield": 0}))
    error = await refusal(yahoo.dividends(APPLE))
    assert error.reason is Reason.NO_DATA


async def test_only_stories_about_the_company_are_given(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.news(
        [
            wire_story(1, "Phone sales fall", relatedTickers=["AAPL", "MSFT"]),
            wire_story(2, "Home Depot forecasts sales", relatedTickers=["HD"]),
            wire_story(4, "Why apple's [bold]plan[/bold] matters"),
            wire_story(3, "Pineapple harvest is good"),
            {"title": "no identifier"},
            None,
        ]
    )
    found = await yahoo.news(APPLE, 10)
    assert [(story.title, story.symbols) for story in found] == [
        ("Why apple's [bold]plan[/bold] matters", ()),
        ("Phone sales fall", ("AAPL", "MSFT")),
    ]
    assert found[1].url == "https://example.com/1" and found[1].publisher == "Wire"
    assert found[1].provenance is not None and found[1].provenance.as_of == found[1].time
    assert asked_last(vendor, SEARCH)["newsCount"] == "10"


async def test_no_story_about_the_company_is_no_data(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.news([wire_story(1, "Home Depot forecasts sales", relatedTickers=["HD"])])
    error = await refusal(yahoo.news(APPLE, 10))
    assert (error.reason, error.detail) == (Reason.NO_DATA, "no story about AAPL (1 about others left out)")


async def test_a_tickers_own_stream_comes_first(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    items = [
        wire_item(1, "Older"),
        {"id": "x", "ad": {"title": "Buy this"}, "content": {"title": "Buy this"}},
        wire_item(2, "Newer", clickThroughUrl={"url": "https://finance.example.com/2"}, provider=None),
        wire_item(3, "Without a time", pubDate="soon"),
        {"id": "y", "content": None},
        None,
    ]
    vendor.stream("AAPL", items)
    found = await yahoo.news(APPLE, 20)
    assert [(story.title, story.url, story.publisher, story.symbols) for story in found] == [
        ("Newer", "https://finance.example.com/2", "", ("AAPL",)),
        ("Older", "https://example.com/1", "Wire", ("AAPL",)),
    ]
    assert found[1].summary == "What it says." and found[1].time == 1_699_995_660 * NANOS
    assert found[0].provenance is not None and found[0].provenance.endpoint == "xhr/ncp"
    assert vendor.server.count(SEARCH) == 0


@pytest.mark.parametrize("wrong", [fault.html(), fault.status(429), fault.cut_json()])
async def test_a_search_stands_in_for_the_stream(yahoo: YahooProvider, vendor: YahooVendor, wrong: Any) -> None:
    vendor.stream("AAPL", [wire_item(1, "From the stream")])
    vendor.news([wire_story(1, "From the search", relatedTickers=["AAPL"])])
    vendor.server.misbehave(NEWS, wrong, times=4)
    assert [story.title for story in await yahoo.news(APPLE, 5)] == ["From the search"]


async def test_news_of_nothing_in_particular_is_not_offered(yahoo: YahooProvider) -> None:
    with pytest.raises(ProviderError) as caught:
        await yahoo.news(None, 10)
    assert caught.value.reason is Reason.NOT_OFFERED


QUESTIONS = {
    OPTIONS: lambda yahoo: yahoo.options(APPLE, ""),
    TIMESERIES: lambda yahoo: yahoo.statements(APPLE, StatementKind.INCOME, Frequency.ANNUAL),
    SUMMARY: lambda yahoo: yahoo.earnings(APPLE),
    CHART: lambda yahoo: yahoo.dividends(APPLE),
}


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (fault.status(429), Reason.RATE_LIMITED),
        (fault.status(200, b"<html>Will be right back...</html>"), Reason.PROVIDER_ERROR),
        (fault.html(), Reason.BAD_ANSWER),
    ],
)
async def test_faults_are_typed(
    yahoo: YahooProvider, vendor: YahooVendor, path: str, wrong: Any, reason: Reason
) -> None:
    vendor.summary("AAPL", wire_modules())
    vendor.server.misbehave(path + "AAPL", wrong, times=10)
    error = await refusal(QUESTIONS[path](yahoo))
    assert error.reason is reason


async def test_what_yahoo_does_not_carry_is_not_asked_for(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    nowhere = msgspec.structs.replace(APPLE, venue="XXXX", exchange_code="ZZ")
    for work in (yahoo.options(nowhere, ""), yahoo.dividends(nowhere), yahoo.news(nowhere, 5), yahoo.ratings(nowhere)):
        with pytest.raises(ProviderError) as caught:
            await work
        assert caught.value.reason is Reason.UNKNOWN_SYMBOL
    assert vendor.server.count() == 0
