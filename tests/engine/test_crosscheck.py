"""Values of one field from several providers: what is agreed on, how surely, and who differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.clock import NANOS
from financehub_tui.engine.crosscheck import FindingKind, Reading, crosscheck, readings_of
from financehub_tui.market.provenance import Delay, Missing, Provenance, Reason
from financehub_tui.market.quote import Quote


def said(**values):
    return [Reading(provider=name, value=value) for name, value in values.items()]


def test_two_that_agree_are_surer_than_one_and_three_surer_still():
    one, two, three = (
        crosscheck("last", said(**dict(list({"a": 100.0, "b": 100.05, "c": 99.95}.items())[:n]))) for n in (1, 2, 3)
    )
    assert (one.confidence, two.confidence, three.confidence) == (0.0, 0.75, 0.9375)
    assert (one.agreed, two.agreed, three.agreed) == (100.0, pytest.approx(100.025), 100.0)
    assert one.findings == two.findings == three.findings == ()


def test_two_that_contradict_each_other_are_shown_and_neither_is_trusted():
    found = crosscheck("market_cap", said(coingecko=1.55e12, coinmarketcap=1.40e12))
    assert (found.agreed, found.confidence, found.agreeing) == (None, 0.0, ())
    assert {finding.provider for finding in found.findings} == {"coingecko", "coinmarketcap"}
    assert all("coingecko 1.55e+12, coinmarketcap 1.4e+12" in finding.detail for finding in found.findings)


def test_one_wrong_source_among_three_moves_nothing():
    found = crosscheck("last", said(a=100.0, b=100.1, c=250.0))
    assert found.agreed == 100.1 and found.agreeing == ("a", "b")
    assert found.confidence == pytest.approx(2 / 3 * 0.75)
    [finding] = found.findings
    assert (finding.kind, finding.provider) == (FindingKind.DISAGREES, "c") and finding.deviation > 14_900


def test_two_in_different_units_are_both_named():
    found = crosscheck("last", said(pounds=12.5, pence=1_250.0))
    assert {finding.kind for finding in found.findings} == {FindingKind.SCALE} and found.agreed is None


@pytest.mark.parametrize("factor", [100, 0.01, 1_000, 1e-6])
def test_a_price_in_another_unit_is_called_that(factor):
    [finding] = crosscheck("last", said(a=250.0, b=250.1, c=250 * factor)).findings
    assert finding.kind is FindingKind.SCALE


def test_absent_values_are_findings_and_count_for_nothing():
    found = crosscheck("volume", said(a=None, b=float("nan"), c=5.0, d=5.0))
    assert found.agreed == 5.0 and found.confidence == 0.75
    assert [(finding.kind, finding.provider) for finding in found.findings] == [
        (FindingKind.ABSENT, "a"),
        (FindingKind.ABSENT, "b"),
    ]
    nothing = crosscheck("volume", said(a=None))
    assert (nothing.agreed, nothing.confidence, len(nothing.findings)) == (None, 0.0, 1)


def test_older_and_delayed_values_may_differ_more_and_weigh_less():
    fresh = Reading(provider="live", value=100.0)
    late = Reading(provider="late", value=100.4, delay=Delay.DELAYED)
    assert crosscheck("last", [fresh, late]).agreeing == ("live", "late")
    assert crosscheck("last", [fresh, Reading(provider="x", value=100.5)]).agreeing == ()
    assert crosscheck("previous_close", [fresh, late]).agreeing == ()
    old = Reading(provider="old", value=120.0, age=3_600.0)
    found = crosscheck("last", [fresh, old])
    assert found.agreed == 100.0 and found.agreeing == ("live",)


def test_a_value_of_years_ago_agrees_with_none_of_now_that_is_far_off():
    years = Reading(provider="years", value=61_837.7, age=2 * 365 * 86_400.0)
    found = crosscheck("last", [years, Reading(provider="live", value=77_671.0, age=60.0)])
    assert (found.agreed, found.agreeing, found.confidence) == (77_671.0, ("live",), 0.0)
    assert [one.provider for one in found.findings] == ["years"]
    weekend = Reading(provider="weekend", value=103.0, age=65 * 3_600.0)
    assert crosscheck("last", [weekend, Reading(provider="live", value=100.0)]).agreeing == ("weekend", "live")


def test_a_nought_agrees_with_noughts_alone():
    assert crosscheck("change", said(a=0.0, b=0.0)).confidence == 0.75
    assert crosscheck("change", said(a=0.0, b=0.0, c=1.0)).findings[0].deviation == float("inf")


def test_quotes_in_another_currency_are_not_compared():
    def quote(value, currency, age, delay=Delay.REALTIME):
        origin = Provenance(provider="x", currency=currency, delay=delay)
        return Quote(key="k", time=1_000 * NANOS - age * NANOS, last=value, provenance=origin)

    answers = {
        "a": quote(100.0, "USD", 5),
        "b": quote(100.2, "USD", 60, Delay.DELAYED),
        "c": quote(92.0, "EUR", 0),
        "d": Missing(reason=Reason.NO_DATA, detail="none"),
    }
    readings = readings_of(answers, "last", 1_000 * NANOS)
    assert [(one.provider, one.age, one.delay) for one in readings] == [
        ("a", 5.0, Delay.REALTIME),
        ("b", 60.0, Delay.DELAYED),
    ]
    assert readings_of({}, "last", 0) == []


prices = st.floats(min_value=1e-6, max_value=1e9)
readings = st.lists(
    st.builds(
        Reading,
        provider=st.uuids().map(str),
        value=st.none() | prices,
        age=st.floats(min_value=0, max_value=1e6),
        delay=st.sampled_from(list(Delay)),
    ),
    max_size=8,
)


@given(readings, st.randoms())
def test_the_order_of_the_sources_changes_nothing(given_readings, random):
    shuffled = list(given_readings)
    random.shuffle(shuffled)
    first, second = crosscheck("last", given_readings), crosscheck("last", shuffled)
    assert first.agreed == second.agreed and set(first.agreeing) == set(second.agreeing)
    assert first.confidence == pytest.approx(second.confidence)


@given(readings)
def test_what_is_agreed_lies_among_the_values_and_everybody_is_accounted_for(given_readings):
    found = crosscheck("last", given_readings)
    values = [reading.value for reading in given_readings if reading.value is not None]
    assert 0.0 <= found.confidence <= 1.0
    assert (found.agreed is None) == (not found.agreeing)
    assert found.agreed is None or min(values) <= found.agreed <= max(values)
    named = [*found.agreeing, *(finding.provider for finding in found.findings)]
    assert sorted(named) == sorted(reading.provider for reading in given_readings)


@given(prices, st.floats(min_value=-1e12, max_value=1e12))
def test_no_single_source_moves_two_equal_ones(price, wrong):
    assert crosscheck("last", said(a=price, b=price, c=wrong)).agreed == price
