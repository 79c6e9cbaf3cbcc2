"""Company functions in the demos: bundled dividends, and typed reasons for all that is not bundled."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from financehub_tui.cli.status import status_of
from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.errors import CommandError, DataMissingError, ProviderError
from financehub_tui.functions.dvd import Year, by_year, frequency, trailing, yearly_growth
from financehub_tui.functions.omon import near
from financehub_tui.market.bars import CorporateAction
from financehub_tui.market.master import load_master
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.bundled.provider import BundledProvider

DAY = 86_400 * NANOS


def test_dividends_of_the_demo_are_the_bundled_ones(equities):
    facts = equities.facts("AAPL US Equity DVD")
    assert (facts["Latest ex-date"], facts["Latest"], facts["Frequency"]) == ("2017-11-10", 0.63, "quarterly")
    assert facts["Last 12 months"] == pytest.approx(0.57 + 3 * 0.63)
    assert 1.4 < facts["Yield at SIM price"] < 1.7
    assert facts["Growth a year, 1Y"] == pytest.approx(100 * (2.46 / 2.23 - 1))
    assert facts["Next ex-date"]["reason"] == "no data"


def test_single_payments_follow_the_period(equities):
    paid = equities.rows("AAPL DVD 2017-01-01..")
    assert [row["ex_date"] for row in paid] == ["2017-11-10", "2017-08-10", "2017-05-11", "2017-02-09"]
    assert paid[2]["change"] == pytest.approx(100 * (0.63 / 0.57 - 1))
    everything = equities.rows("AAPL DVD MAX")
    (split,) = [row for row in everything if row["kind"] == "split"]
    assert (split["ex_date"], split["value"], split["unit"]) == ("2014-06-09", 7.0, "new for old")


def test_days_of_the_period_are_sessions_as_in_hp(equities):
    begins = equities.rows("AAPL HP 57D")[-1]["time"]
    assert begins == "2017-11-10", "87 days by the calendar"
    assert [row["ex_date"] for row in equities.rows("AAPL DVD 57D")] == ["2017-11-10"]
    assert equities.rows("AAPL DVD 56D") == []


def test_sessions_nobody_can_count_are_missing_and_the_figures_stand(equities, monkeypatch):
    async def none(instrument, request):
        raise DataMissingError(Missing(reason=Reason.OFFLINE, detail="no source of bars"))

    monkeypatch.setattr(equities.desk, "bars", none)
    report = equities.report("AAPL DVD 57D")
    assert report.missing[0].reason is Reason.OFFLINE
    assert equities.facts("AAPL DVD 57D")["Latest"] == 0.63
    assert "no source of bars" in equities.printed("AAPL DVD 57D")
    assert equities.rows("AAPL DVD 1Y")


@pytest.mark.parametrize(
    "line", ["MSFT DVD", "AAPL FA", "AAPL ANR", "AAPL ERN", "AAPL CN", "AAPL OMON", "SPX Index OMON"]
)
@pytest.mark.parametrize("scenario", ["equities", "crypto"])
def test_what_is_not_bundled_is_not_offered_in_one_line(line, scenario, request):
    desk = request.getfixturevalue(scenario)
    with pytest.raises(DataMissingError) as caught:
        desk.report(line)
    assert caught.value.missing.reason is Reason.NOT_OFFERED or scenario == "crypto"
    assert status_of(caught.value) == 3 and "\n" not in str(caught.value)


@pytest.mark.parametrize("mnemonic", ["FA", "DVD", "ANR", "ERN", "OMON"])
def test_companies_are_asked_of_shares_only(mnemonic, equities):
    with pytest.raises(CommandError, match="does not suit"):
        equities.report(f"EURUSD {mnemonic}")


@pytest.mark.parametrize("day", ["2013-05-09", "2014-06-09", "2016-01-01", "2018-02-05"])
def test_no_ex_date_of_the_future_is_known(day):
    clock = ManualClock((date.fromisoformat(day) - date(1970, 1, 1)).days * DAY)
    master = load_master("2018")
    provider = BundledProvider(clock=clock, scenario="equities", master=master)
    (apple,) = [one for one in master.exact("AAPL") if one.exchange_code == "US"][:1]
    found = asyncio.run(provider.dividends(apple))
    assert all(action.time <= clock.now() for action in found.actions)
    assert found.next_ex_date is None and found.actions[0].time == found.provenance.as_of
    clock.advance(-(6 * 365) * 86_400)
    with pytest.raises(ProviderError) as caught:
        asyncio.run(provider.dividends(apple))
    assert caught.value.reason is Reason.NOT_OFFERED


def paid(*payments: tuple[str, float]) -> list[CorporateAction]:
    """Dividends, newest first."""
    actions = [
        CorporateAction(time=(date.fromisoformat(day) - date(1970, 1, 1)).days * DAY, kind="dividend", value=value)
        for day, value in payments
    ]
    return sorted(actions, key=lambda action: -action.time)


def test_years_without_dividends_count_as_nothing():
    years = by_year(paid(("2020-03-01", 1.0), ("2022-03-01", 2.0)))
    assert years == [Year(2022, 2.0, 1, None), Year(2021, 0.0, 0, -100.0), Year(2020, 1.0, 1, None)]
    assert by_year([]) == []


def test_a_year_in_which_the_record_begins_is_no_base_for_growth():
    quarters = [(f"{year}-{month:02}-01", 1.0) for year in (2021, 2022) for month in (2, 5, 8, 11)]
    years = by_year(paid(("2020-11-01", 1.0), *quarters))
    assert [one.growth for one in years] == [0.0, None, None]
    assert yearly_growth(years, 1, date(2023, 1, 5)) == pytest.approx(0.0)
    assert yearly_growth(years, 2, date(2023, 1, 5)) is None
    assert yearly_growth(years, 1, date(2022, 6, 1)) is None


@pytest.mark.parametrize(
    ("gap", "word"), [(30, "monthly"), (91, "quarterly"), (182, "half-yearly"), (365, "yearly"), (800, "irregular")]
)
def test_frequency_is_told_from_the_gaps(gap, word):
    days = [date.fromordinal(date(2020, 1, 1).toordinal() + gap * number).isoformat() for number in range(6)]
    assert frequency(paid(*((day, 1.0) for day in days))) == word
    assert frequency(paid(*((day, 1.0) for day in days[:2]))) == "too few to tell"


def test_the_last_twelve_months_begin_the_day_after_a_year_ago():
    dividends = paid(("2022-05-10", 1.0), ("2022-05-11", 2.0), ("2023-05-10", 4.0), ("2023-05-11", 8.0))
    assert trailing(dividends, date(2023, 5, 10)) == 6.0


@pytest.mark.parametrize(
    ("spot", "around", "shown"),
    [
        (103.0, 2, [101.0, 102.0, 103.0, 104.0]),
        (1.0, 2, [100.0, 101.0]),
        (500.0, 2, [104.0, 105.0]),
        (None, 2, [100.0, 101.0, 102.0, 103.0, 104.0, 105.0]),
        (103.0, None, [100.0, 101.0, 102.0, 103.0, 104.0, 105.0]),
    ],
)
def test_strikes_next_to_the_price(spot, around, shown):
    assert near([100.0, 101.0, 102.0, 103.0, 104.0, 105.0], spot, around) == shown
