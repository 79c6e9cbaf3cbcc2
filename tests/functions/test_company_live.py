"""Functions about companies, asked of a live desk whose only source is a local Yahoo."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from vendors.server import VendorServer
from vendors.yahoo import (
    CHART,
    OPTIONS,
    StepClock,
    YahooVendor,
    midnight,
    refused,
    wire_chart,
    wire_contract,
    wire_modules,
    wire_story,
)

from financehub_tui.config import ProviderSettings, Settings, StorageSettings
from financehub_tui.engine import batching, router
from financehub_tui.engine.desk import InProcessDesk, open_desk
from financehub_tui.errors import CommandError, DataMissingError
from financehub_tui.functions.catalogue import run
from financehub_tui.functions.reading import read_line
from financehub_tui.market.provenance import Reason
from financehub_tui.report.blocks import Report
from financehub_tui.report.render import FORMATS, render

DAY = 86_400


class Live:
    """A desk and the vendor behind it, on one event loop."""

    def __init__(self, runner: asyncio.Runner, desk: InProcessDesk, vendor: YahooVendor) -> None:
        self.runner = runner
        self.desk = desk
        self.vendor = vendor

    def report(self, line: str) -> Report:
        async def ask() -> Report:
            (call,) = (await read_line(self.desk, line)).calls
            return await run(self.desk, call)

        return self.runner.run(ask())

    def blocks(self, line: str) -> dict[str, dict[str, Any]]:
        document = json.loads(render(self.report(line), "json", colour=False, width=120))
        return {block["title"]: block for block in document["blocks"]}

    def missing(self, line: str) -> DataMissingError:
        with pytest.raises(DataMissingError) as caught:
            self.report(line)
        return caught.value


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("company")
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINANCEHUB_HOME", str(folder))
        for room in (router, batching):
            patch.setattr(room, "DEADLINE", 3_600.0)  # every look at the clock costs a second
        server = VendorServer()
        runner.run(server.start())
        hosts = dict.fromkeys(("alt_rest", "cookie", "guce", "consent", "news"), server.url)
        others = {name: ProviderSettings(enabled=False) for name in _other_providers()}
        yahoo = ProviderSettings(rest_url=server.url, stream_url=server.ws_url, hosts=hosts)
        settings = Settings(
            providers={**others, "yahoo": yahoo}, storage=StorageSettings(path=str(folder / "live.duckdb"))
        )
        desk = runner.run(open_desk(settings, clock=StepClock(), headless=True))
        yield Live(runner, desk, played(server))
        runner.run(desk.close())
        runner.run(server.stop())


def _other_providers() -> list[str]:
    from financehub_tui.engine.opening import Builder

    entries = Builder(Settings(), "live", StepClock(), True).catalog().entries
    return [entry.id for entry in entries if entry.id != "yahoo"]


def played(server: VendorServer) -> YahooVendor:
    vendor = YahooVendor(server)
    vendor.quote("AAPL", regularMarketPrice=101.5)
    vendor.statements("AAPL", STATEMENTS)
    vendor.options("AAPL", CHAINS, spot=101.5)
    vendor.news(STORIES)
    vendor.summary("AAPL", MODULES)
    vendor.chart("AAPL", BARS)
    return vendor


YEARS = ("2023-09-30", "2022-09-30", "2021-09-30")
QUARTERS = ("2023-09-30", "2023-07-01", "2023-04-01", "2022-12-31", "2022-09-24")
STATEMENTS = {
    "annualTotalRevenue": dict(zip(YEARS, (383.0e9, 394.0e9, 366.0e9), strict=True)),
    "annualNetIncome": dict(zip(YEARS[:2], (97.0e9, -1.0e9), strict=True)),
    "annualDilutedEPS": {YEARS[0]: 6.13},
    "quarterlyTotalRevenue": dict(zip(QUARTERS, (90.0, 80.0, 100.0, 120.0, 75.0), strict=True)),
    "trailingTotalRevenue": {YEARS[0]: 383.0e9},
    "trailingGrossProfit": {YEARS[0]: 95.75e9},
    "trailingPeRatio": {"2023-11-14": 29.5},
}
CHAINS = {
    "2023-11-17": {
        "calls": [
            wire_contract(f"AAPL231117C{strike * 1000:08}", strike, impliedVolatility=0.3) for strike in range(80, 125)
        ],
        "puts": [
            wire_contract(f"AAPL231117P{strike * 1000:08}", strike, impliedVolatility=1e-5) for strike in range(80, 125)
        ],
    },
    "2023-12-15": {"calls": [wire_contract("AAPL231215C00100000", 100)], "puts": []},
    "2024-01-19": {"calls": [wire_contract("AAPL240119C00100000", 100)], "puts": []},
}
STORIES = [
    wire_story(1, "Apple [red]says[/red] \x1b[31mno\u202e", relatedTickers=["AAPL"]),
    wire_story(2, "Apple says yes", relatedTickers=["AAPL", "MSFT"]),
    wire_story(3, "Somebody else", relatedTickers=["HD"]),
]
MODULES = wire_modules(
    earningsHistory={
        "history": [
            {"epsActual": 1.5, "epsEstimate": 1.2, "quarter": midnight("2023-09-30"), "currency": "USD"},
            {"epsActual": 1.0, "epsEstimate": 1.25, "quarter": midnight("2023-06-30"), "currency": "USD"},
        ]
    },
    earningsTrend={
        "trend": [
            {
                "period": "0q",
                "endDate": "2023-12-31",
                "earningsEstimate": {"avg": 2.1, "numberOfAnalysts": 20, "earningsCurrency": "USD"},
            }
        ]
    },
    calendarEvents={
        # 2023-11-02 at 16:30 in New York, after the close.
        "earnings": {"earningsDate": [midnight("2024-02-01")], "earningsCallDate": [1_698_957_000]},
        "exDividendDate": midnight("2023-11-20"),
    },
    summaryDetail={"trailingAnnualDividendYield": 0.0095},
    recommendationTrend={
        "trend": [
            {"period": "0m", "strongBuy": 1, "buy": 2, "hold": 1, "sell": 0, "strongSell": 0},
            {"period": "-1m", "strongBuy": 0, "buy": 2, "hold": 2, "sell": 0, "strongSell": 1},
        ]
    },
    upgradeDowngradeHistory={
        "history": [
            {"epochGradeDate": 1_699_000_000, "firm": "House A", "toGrade": "Buy", "fromGrade": "Hold", "action": "up"},
            {"epochGradeDate": 1_690_000_000, "firm": "House A", "toGrade": "Hold", "fromGrade": "", "action": "init"},
            {
                "epochGradeDate": 1_680_000_000,
                "firm": "House B",
                "toGrade": "Sell",
                "fromGrade": "Hold",
                "action": "down",
            },
        ]
    },
    financialData={
        "targetLowPrice": 81.2,
        "targetMeanPrice": 121.8,
        "targetMedianPrice": 120,
        "targetHighPrice": 150,
        "numberOfAnalystOpinions": 4,
    },
    price={"currency": "USD"},
)
OPEN = 1_698_845_400
"""2023-11-01 09:30 in New York, a Wednesday."""
BARS = wire_chart(
    [OPEN, OPEN + DAY, OPEN + 2 * DAY],
    [100.0, 102.0, 96.9],
    events={
        "dividends": {
            str(1_699_626_600 - n * 91 * DAY): {"amount": 0.25, "date": 1_699_626_600 - n * 91 * DAY} for n in range(12)
        }
    },
)


def rows(block: dict[str, Any]) -> list[dict[str, Any]]:
    return block["rows"]


def test_an_income_statement_has_a_column_for_each_year(live: Live) -> None:
    (block,) = live.blocks("AAPL US Equity FA").values()
    assert block["title"] == "Income statement, annual, USD"
    assert rows(block)[0] == {
        "line": "Total revenue",
        "name": "TotalRevenue",
        "2023-09-30": 383.0e9,
        "2022-09-30": 394.0e9,
        "2021-09-30": 366.0e9,
    }
    assert rows(block)[-1]["line"] == "EPS, diluted" and rows(block)[-1]["2022-09-30"] is None


def test_growth_is_over_the_size_of_the_earlier_figure(live: Live) -> None:
    (block,) = live.blocks("AAPL FA GROWTH").values()
    revenue, income, _ = rows(block)
    assert revenue["2023-09-30"] == pytest.approx(100 * (383 / 394 - 1))
    assert (income["2023-09-30"], income["2022-09-30"]) == (9_800.0, None)


def test_the_newest_quarter_is_set_against_that_of_last_year(live: Live) -> None:
    (block,) = live.blocks("AAPL FA INCOME QUARTERLY GROWTH").values()
    (revenue,) = rows(block)
    assert (revenue["2023-09-30 on year"], revenue["2023-09-30"], revenue["2023-07-01"]) == (20.0, 12.5, -20.0)


def test_ratios_of_twelve_months(live: Live) -> None:
    (block,) = live.blocks("AAPL FA RATIOS TTM").values()
    assert {row["name"]: row["2023-09-30"] for row in rows(block)} == {"GrossMargin": 0.25, "PeRatio": None}


@pytest.mark.parametrize("line", ["AAPL FA INCOME CASH", "AAPL FA RATIOS GROWTH", "AAPL FA ANNUAL TTM"])
def test_views_that_exclude_each_other_are_refused(live: Live, line: str) -> None:
    with pytest.raises(CommandError):
        live.report(line)


def test_one_period_has_no_growth_and_says_so(live: Live) -> None:
    report = live.report("AAPL FA TTM GROWTH")
    assert report.missing[0].reason is Reason.NO_DATA and "one period" in report.missing[0].detail


def test_a_statement_yahoo_does_not_have_is_no_data(live: Live) -> None:
    assert live.missing("AAPL FA CASH").missing.reason is Reason.NO_DATA
    assert live.missing("AAPL FA BALANCE TTM").missing.reason is Reason.NOT_OFFERED


def test_dividends_with_yield_frequency_and_next_date(live: Live) -> None:
    blocks = live.blocks("AAPL US Equity DVD")
    facts = {field["label"]: field["value"] for field in blocks["Dividends"]["fields"]}
    assert (facts["Latest"], facts["Last 12 months"], facts["Frequency"]) == (0.25, 1.0, "quarterly")
    assert facts["Yield at LIVE price"] == pytest.approx(100 / 101.5)
    assert facts["Yield, source"] == 0.95 and facts["Next ex-date"] == "2023-11-20"
    years = rows(blocks["By year, USD"])
    assert [(row["year"], row["paid"], row["running"]) for row in years] == [
        ("2023", 1.0, True),
        ("2022", 1.0, False),
        ("2021", 1.0, False),
    ]
    assert len(rows(blocks["By ex-date"])) == 12


def test_dividends_in_another_currency_are_left_out_of_the_sums(live: Live) -> None:
    day = 1_699_626_600
    paid = {
        str(day): {"amount": 0.5, "date": day},
        str(day - 91 * DAY): {"amount": 9.0, "date": day - 91 * DAY, "currency": "EUR"},
    }
    live.vendor.chart("IBM", wire_chart([day], [100.0], events={"dividends": paid}))
    live.vendor.summary("IBM", wire_modules(summaryDetail={}))
    live.vendor.quote("IBM", regularMarketPrice=100.0)
    blocks = live.blocks("IBM US Equity DVD")
    facts = {field["label"]: field["value"] for field in blocks["Dividends"]["fields"]}
    assert (facts["Last 12 months"], facts["Yield at LIVE price"]) == (0.5, 0.5)
    assert facts["Left out"] == "1 in another currency than USD"
    assert [(row["unit"], row["change"]) for row in rows(blocks["By ex-date"])] == [("USD", None), ("EUR", None)]


def test_ratings_with_upside_months_and_firms(live: Live) -> None:
    blocks = live.blocks("AAPL US Equity ANR")
    facts = {field["label"]: field["value"] for field in blocks["Consensus"]["fields"]}
    assert facts == {"Opinions": 4, "Mean, 1 best 5 worst": 2.0, "Buy": 75.0, "Hold": 25.0, "Sell": 0.0}
    targets = {row["target"]: row["upside"] for row in rows(blocks["Price targets, USD, 4 analysts"])}
    assert targets["Mean"] == pytest.approx(20.0) and targets["Low"] == pytest.approx(-20.0)
    assert [row["month"] for row in rows(blocks["By month"])] == ["this month", "1 mo before"]
    assert [(row["firm"], row["action"]) for row in rows(blocks["By firm"])] == [
        ("House A", "upgrade"),
        ("House A", "new"),
        ("House B", "downgrade"),
    ]


def test_one_row_a_firm_and_firms_by_name(live: Live) -> None:
    latest = rows(live.blocks("AAPL ANR FIRMS")["Latest of each firm"])
    assert [(row["firm"], row["to_grade"]) for row in latest] == [("House A", "Buy"), ("House B", "Sell")]
    assert len(rows(live.blocks("AAPL ANR firm=b")["By firm"])) == 1
    assert "No firm like 'zzz'" in str(render(live.report("AAPL ANR firm=zzz"), "table", colour=False, width=120))


def test_earnings_with_surprise_and_the_move_of_the_day_after(live: Live) -> None:
    blocks = live.blocks("AAPL US Equity ERN")
    facts = {field["label"]: field["value"] for field in blocks["Next"]["fields"]}
    assert facts["Next report UTC"] == "2024-02-01T00:00:00Z"
    coming, newest, older = rows(blocks["Earnings per share, USD"])
    assert (coming["estimate"], coming["actual"], coming["analysts"]) == (2.1, None, 20)
    assert (newest["surprise_percent"], older["surprise_percent"]) == (25.0, -20.0)
    assert newest["reaction"] == pytest.approx(-5.0) and older["reaction"] is None
    assert "1 of 2 reports" in str(render(live.report("AAPL ERN"), "table", colour=False, width=120))


def test_news_is_data_and_a_number_picks_a_story(live: Live) -> None:
    report = live.report("AAPL US Equity CN")
    (block,) = report.blocks
    assert block.pick_lines == tuple(f"AAPL US Equity CN id=00000000-0000-0000-0000-{number:012}" for number in (2, 1))
    drawn = str(render(report, "table", colour=False, width=120))
    assert "Apple [red]says[/red]" in drawn and "\x1b" not in drawn and "\u202e" not in drawn
    assert "https://example.com/2" in drawn and "Somebody else" not in drawn
    story = live.blocks(block.pick_lines[0])["Story"]
    assert {field["label"]: field["value"] for field in story["fields"]} == {
        "Title": "Apple says yes",
        "Publisher": "Wire",
        "Published UTC": "2023-11-14T21:02:00Z",
        "Tickers": "AAPL MSFT",
        "Link": "https://example.com/2",
    }
    assert live.missing("AAPL CN id=gone").missing.reason is Reason.NO_DATA


def test_a_chain_shows_strikes_around_the_price_on_both_sides(live: Live) -> None:
    blocks = live.blocks("AAPL US Equity OMON strikes=3")
    chain = rows(blocks["2023-11-17, USD"])
    assert [row["strike"] for row in chain] == [99.0, 100.0, 101.0, 102.0, 103.0, 104.0]
    assert [row["strike"] for row in chain if row["at"]] == [101.0]
    first = chain[0]
    assert (first["call_bid"], first["call_ask"], first["call_iv"], first["call_open_interest"]) == (5.4, 5.6, 30.0, 12)
    assert (first["put_last"], first["put_iv"], first["put_occ"]) == (5.5, None, "AAPL231117P00099000")
    drawn = str(render(live.report("AAPL OMON strikes=3"), "table", colour=False, width=120))
    assert "unknown for 6 of 12 contracts" in drawn
    expiries = rows(blocks["Expiries"])
    assert [(row["expiry"], row["days"], row["shown"]) for row in expiries] == [
        ("2023-11-17", 3, True),
        ("2023-12-15", 31, False),
        ("2024-01-19", 66, False),
    ]


@pytest.mark.parametrize(
    ("tail", "expiry"),
    [("2", "2023-12-15"), ("expiry=2024-01-19", "2024-01-19"), ("expiry=2024", "2024-01-19"), ("1", "2023-11-17")],
)
def test_an_expiry_is_taken_by_number_date_or_beginning(live: Live, tail: str, expiry: str) -> None:
    assert f"{expiry}, USD" in live.blocks(f"AAPL OMON {tail}")


def test_expiries_are_picked_by_number(live: Live) -> None:
    picks = live.report("AAPL OMON").blocks[-1].pick_lines
    assert f"{picks[1].rpartition('=')[2]}, USD" in live.blocks(picks[1])


@pytest.mark.parametrize("tail", ["9", "expiry=2031", "expiry=2023-11-18"])
def test_an_expiry_that_is_not_there_is_no_data(live: Live, tail: str) -> None:
    assert live.missing(f"AAPL OMON {tail}").missing.reason is Reason.NO_DATA


def test_one_side_and_every_strike(live: Live) -> None:
    puts = rows(live.blocks("AAPL OMON PUTS ALL")["2023-11-17, USD"])
    assert len(puts) == 45 and not any(name.startswith("call_") for name in puts[0])
    for line in ("AAPL OMON ALL strikes=3", "AAPL OMON strikes=0", "AAPL OMON 2 expiry=2024-01-19"):
        with pytest.raises(CommandError):
            live.report(line)


@pytest.mark.parametrize("line", ["AAPL FA", "AAPL DVD", "AAPL ANR", "AAPL ERN", "AAPL CN", "AAPL OMON"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_can_be_had_of_a_company(live: Live, line: str, form: str) -> None:
    content = render(live.report(line), form, colour=False, width=120)
    assert content
    if form == "table":
        assert all(len(row) <= 120 for row in str(content).splitlines())


def test_equal_questions_are_answered_from_memory(live: Live) -> None:
    before = live.vendor.server.count(OPTIONS + "AAPL")
    live.report("AAPL OMON PUTS")
    assert live.vendor.server.count(OPTIONS + "AAPL") == before


def test_what_yahoo_refuses_is_one_line_with_its_reason(live: Live) -> None:
    live.vendor.chart("MSFT", refused("chart", "Not Found", "No data found, symbol may be delisted"), status=404)
    error = live.missing("MSFT US Equity DVD")
    assert error.missing.reason is Reason.UNKNOWN_SYMBOL and "\n" not in str(error)
    assert live.vendor.server.count(CHART + "MSFT") == 1
    live.missing("MSFT US Equity DVD")
    assert live.vendor.server.count(CHART + "MSFT") == 1


def test_provenance_names_the_source_as_its_terms_demand(live: Live) -> None:
    named = live.blocks("AAPL PVNC")["Sources that ask to be named"]
    told = {field["label"]: field["value"] for field in named["fields"]}
    assert told == {"yahoo": "Yahoo Finance, unofficial interface, personal use only"}
