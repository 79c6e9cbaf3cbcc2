"""Series of several sources, voted on bar by bar: what is wrong with one as a whole, and whose is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors.sources import START, Source, stock

from financehub_tui.engine.bars import bar_frame
from financehub_tui.engine.seriescheck import check_series
from financehub_tui.figures import DataDisagreement
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.provenance import Adjustment, Provenance

AAPL = stock("AAPL")
DAY = 86_400 * 1_000_000_000
FIRST = START - START % DAY - 40 * DAY
CLOSES = [100.0 + number / 10 for number in range(30)]


def series(closes, *, currency="USD", unit="", adjustment=Adjustment.SPLIT, begin=0, forming=False) -> Bars:
    rows = [(FIRST + (begin + place) * DAY, close, close, close, close, 1.0) for place, close in enumerate(closes)]
    origin = Provenance(
        provider="x", as_of=FIRST + len(rows) * DAY, currency=currency, unit=unit, adjustment=adjustment
    )  # fmt: skip
    return Bars(
        key=AAPL.key, interval=Interval.D1, frame=bar_frame(rows), provenance=origin, forming=forming
    )  # fmt: skip


def check(**closes: Bars):
    return check_series(closes, FIRST + 41 * DAY).figures


def findings(found) -> dict[str, str]:
    return {one.source: one.finding for one in found.sources if one.finding}


def scaled(factor: float, until: int = 30) -> list[float]:
    return [close * factor if place < until else close for place, close in enumerate(CLOSES)]


def test_series_that_agree_are_taken_from_the_first_with_confidence():
    found = check(a=series(CLOSES), b=series(CLOSES), c=series(CLOSES))
    assert (found.chosen, found.confidence, found.compared, found.disputes) == ("a", pytest.approx(0.9375), 30, ())
    assert found.why == "first in the order of asking, agrees on 30 of 30 bars"


def test_one_wrong_bar_is_shown_with_every_value_and_whose_is_taken():
    wrong = [*CLOSES[:10], 150.0, *CLOSES[11:]]
    found = check(a=series(wrong), b=series(CLOSES), c=series(CLOSES))
    [dispute] = found.disputes
    assert dispute.values == {"a": 150.0, "b": CLOSES[10], "c": CLOSES[10]}
    assert (dispute.chosen, dispute.agreed, dispute.time) == ("b", CLOSES[10], FIRST + 10 * DAY)
    assert dispute.findings["a"][0] == "disagrees" and dispute.confidence == pytest.approx(0.5)
    assert found.chosen == "b" and found.why == "agrees on 30 of 30 bars; passed over a: in dispute on 1 of them"


@pytest.mark.parametrize(("factor", "words"), [(100, "100 times"), (0.01, "1/100 of"), (1_000, "1,000 times")])
def test_a_series_in_another_unit_is_called_that_and_passed_over(factor, words):
    found = check(a=series(scaled(factor)), b=series(CLOSES), c=series(CLOSES))
    assert findings(found) == {"a": f"another unit: {words} c's closes"} and found.chosen == "b"
    assert len(found.disputes) == 30 and {one.findings["a"][0] for one in found.disputes} == {"wrong scale"}


def test_of_two_in_different_units_neither_is_trusted_and_both_are_named():
    found = check(a=series(scaled(100)), b=series(CLOSES))
    assert findings(found).keys() == {"a", "b"} and found.confidence == 0.0
    assert all(one.chosen == "" and one.agreed is None for one in found.disputes)


@pytest.mark.parametrize(("factor", "words"), [(4, "4 times"), (0.25, "1/4 of"), (1.5, "1.5 times")])
def test_a_split_that_one_source_is_not_adjusted_for_is_found_with_its_day(factor, words):
    found = check(a=series(CLOSES), b=series(scaled(factor, 12)), c=series(CLOSES))
    assert findings(found) == {"b": f"another split adjustment: {words} c's closes before 2023-10-17"}
    assert found.chosen == "a" and len(found.disputes) == 12


def test_a_split_before_the_window_is_a_constant_factor():
    assert findings(check(a=series(CLOSES), b=series(scaled(7)), c=series(CLOSES))) == {
        "b": "another adjustment: 7 times c's closes"
    }


def test_dividends_taken_out_by_one_source_are_told_by_its_own_word():
    lower = [close * (0.98 + 0.0006 * place) for place, close in enumerate(CLOSES)]
    found = check(a=series(lower, adjustment=Adjustment.SPLIT_DIVIDEND), b=series(CLOSES), c=series(CLOSES))
    assert findings(found) == {"a": "adjusted: split+dividend, the others: split"} and found.chosen == "b"


def test_a_series_in_another_currency_or_unit_is_named_and_not_compared():
    found = check(a=series(CLOSES), b=series(scaled(0.8), currency="EUR"), c=series(CLOSES))
    assert findings(found) == {"b": "in EUR, the others in USD: not compared"} and found.disputes == ()
    pence = check(a=series(CLOSES, unit="currency"), b=series(scaled(100), unit="pence"), c=series(CLOSES))
    assert findings(pence) == {"b": "in USD pence, the others in USD currency: not compared"}


def test_what_a_series_does_not_state_is_taken_to_be_as_the_others():
    found = check(a=series(CLOSES, unit="currency"), b=series(CLOSES), c=series(CLOSES, currency="", unit=""))
    assert findings(found) == {} and found.compared == 30 and found.disputes == ()


def test_a_bar_that_is_still_forming_may_differ_by_what_a_price_moves():
    moved = [*CLOSES[:-1], CLOSES[-1] * 1.005]
    assert len(check(a=series(CLOSES), b=series(moved)).disputes) == 1
    assert check(a=series(CLOSES, forming=True), b=series(moved, forming=True)).disputes == ()


def test_series_that_do_not_overlap_prove_nothing():
    found = check(a=series(CLOSES[:10]), b=series(CLOSES[10:], begin=10))
    assert (found.chosen, found.confidence, found.compared) == ("a", 0.0, 0)
    assert check().chosen == "" and check(a=series(CLOSES)).why.endswith("nothing to compare")


@given(st.lists(st.floats(1, 1_000), min_size=3, max_size=12), st.floats(1.01, 3.0))
def test_one_wrong_source_of_three_is_never_taken(closes, factor):
    found = check(a=series([close * factor for close in closes]), b=series(closes), c=series(closes))
    assert found.chosen == "b" and all(one.chosen == "b" for one in found.disputes)
    assert {one.agreed for one in found.disputes} <= set(closes)


async def test_a_desk_compares_the_series_of_its_providers_and_tells_of_a_dispute(make_desk):
    right, wrong = Source("alpha"), Source("beta")
    plain = wrong.bars

    async def dearer(instrument, request):
        bars = await plain(instrument, request)
        frame = bars.frame.with_columns(bars.frame["close"] * 100)
        return Bars(key=bars.key, interval=bars.interval, frame=frame, provenance=bars.provenance)

    wrong.bars = dearer
    desk, told = make_desk(right, wrong), []
    desk.add_event_listener(DataDisagreement, told.append)
    answers = await desk.providers.bars(AAPL, BarRequest(interval=Interval.D1, start=START - 20 * DAY, end=START))
    for _ in range(2):
        found = await desk.providers.check_bars(answers)
    assert findings(found)["Beta"] == "another unit: 100 times Alpha's closes"
    [event] = told
    assert (event.field, event.key, event.findings["Beta"]) == ("close", AAPL.key, "wrong scale")
