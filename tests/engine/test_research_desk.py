"""Questions about companies through the desk: shared calls, memory, fail-over, refusals, what was tried."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from vendors.sources import START, Source, stock

from financehub_tui.clock import ManualClock
from financehub_tui.engine.origins import in_tier
from financehub_tui.errors import DataMissingError
from financehub_tui.market.company import Dividends, EarningsHistory, Frequency, Ratings, StatementKind, Statements
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.news import NewsItem
from financehub_tui.market.option_chain import OptionChain
from financehub_tui.market.provenance import Provenance, Reason, Tier

AAPL = stock("AAPL")


class Research(Source):
    """A source of company data too."""

    async def options(self, instrument: Instrument, expiry: str) -> OptionChain:
        await self._call("options", expiry)
        return OptionChain(
            key=instrument.key,
            expiry=expiry or "2024-01-19",
            expiries=("2024-01-19",),
            spot=1.0,
            currency="USD",
            contracts=(),
            provenance=self.origin(),
        )

    async def statements(self, instrument: Instrument, kind: StatementKind, frequency: Frequency) -> Statements:
        await self._call("statements", (kind, frequency))
        return Statements(
            key=instrument.key,
            frequency=frequency,
            kind=kind,
            currency="USD",
            periods=(),
            lines=(),
            provenance=self.origin(),
        )

    async def earnings(self, instrument: Instrument) -> EarningsHistory:
        await self._call("earnings", instrument.symbol)
        return EarningsHistory(key=instrument.key, currency="USD", history=(), provenance=self.origin())

    async def ratings(self, instrument: Instrument) -> Ratings:
        await self._call("ratings", instrument.symbol)
        return Ratings(key=instrument.key, counts=(), changes=(), provenance=self.origin())

    async def dividends(self, instrument: Instrument) -> Dividends:
        await self._call("dividends", instrument.symbol)
        return Dividends(key=instrument.key, currency="USD", actions=(), provenance=self.origin())

    async def news(self, instrument: Instrument | None, limit: int) -> Sequence[NewsItem]:
        await self._call("news", limit)
        if self.answer is not None:
            return self.answer
        stories = [NewsItem(id="1", time=START, title="One", publisher="P", url="u", provenance=self.origin())]
        return stories[:limit]


QUESTIONS = {
    "options": lambda desk: desk.options(AAPL, "2024-02-16"),
    "statements": lambda desk: desk.statements(AAPL, StatementKind.INCOME, Frequency.ANNUAL),
    "earnings": lambda desk: desk.earnings(AAPL),
    "ratings": lambda desk: desk.ratings(AAPL),
    "dividends": lambda desk: desk.dividends(AAPL),
    "news": lambda desk: desk.news(AAPL, 5),
}
asked_in_turn = pytest.mark.parametrize("kind", QUESTIONS)


def origin_of(answer: Any) -> Provenance:
    return (answer[0] if isinstance(answer, list) else answer).provenance


async def why(question: Any) -> DataMissingError:
    with pytest.raises(DataMissingError) as caught:
        await question
    return caught.value


@asked_in_turn
async def test_equal_questions_at_one_time_share_a_call(make_desk, kind):
    source = Research()
    source.pause = 0.02
    desk = make_desk(source)
    answers = await asyncio.gather(*(QUESTIONS[kind](desk) for _ in range(5)))
    assert all(answer == answers[0] for answer in answers)
    assert [name for name, _ in source.calls] == [kind]


@asked_in_turn
async def test_an_answer_is_kept_and_its_origin_told(make_desk, kind):
    source = Research()
    desk = make_desk(source)
    first = await QUESTIONS[kind](desk)
    kept = await QUESTIONS[kind](desk)
    assert kept == in_tier(first, Tier.MEMORY) and len(source.calls) == 1
    (told,) = desk.explain(AAPL.key, kind)
    assert isinstance(told, Provenance) and told.provider == "alpha"


@asked_in_turn
async def test_the_next_provider_answers_where_the_first_fails(make_desk, kind):
    first, second = Research("alpha"), Research("beta")
    first.fails(Reason.RATE_LIMITED, "429")
    answer = await QUESTIONS[kind](make_desk(first, second))
    assert origin_of(answer).provider == "beta"
    if kind != "news":
        assert any("429" in note for note in origin_of(answer).notes)


@asked_in_turn
async def test_a_refusal_is_remembered_for_its_time(make_desk, clock: ManualClock, kind):
    source = Research()
    source.fails(Reason.NO_DATA, "nothing there")
    desk = make_desk(source)
    error = await why(QUESTIONS[kind](desk))
    assert error.missing.reason is Reason.NO_DATA and "nothing there" in error.missing.detail
    await why(QUESTIONS[kind](desk))
    assert len(source.calls) == 1
    source.error = None
    clock.advance(61)
    assert await QUESTIONS[kind](desk)


@asked_in_turn
async def test_a_provider_that_lacks_what_it_declares_is_passed_over(make_desk, kind):
    liar, honest = Source("alpha"), Research("beta")
    answer = await QUESTIONS[kind](make_desk(liar, honest))
    assert origin_of(answer).provider == "beta"


@asked_in_turn
async def test_a_class_of_instruments_nobody_serves_is_not_offered(make_desk, kind):
    pair = Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD")
    questions = {
        "options": lambda desk: desk.options(pair),
        "statements": lambda desk: desk.statements(pair, StatementKind.INCOME, Frequency.ANNUAL),
        "news": lambda desk: desk.news(pair),
    }
    question = questions.get(kind, lambda desk: getattr(desk, kind)(pair))
    error = await why(question(make_desk(Research())))
    assert error.missing.reason is Reason.NOT_OFFERED and kind in error.missing.detail


async def test_what_is_no_story_is_a_bad_answer(make_desk):
    source = Research()
    source.answer = ["a headline"]
    error = await why(make_desk(source).news(AAPL))
    assert error.missing.reason is Reason.BAD_ANSWER and "NewsItem" in error.missing.detail


async def test_different_details_are_different_questions(make_desk):
    source = Research()
    desk = make_desk(source)
    for frequency in Frequency:
        assert (await desk.statements(AAPL, StatementKind.INCOME, frequency)).frequency is frequency
    assert (await desk.options(AAPL)).expiry == "2024-01-19"
    assert (await desk.options(AAPL, "2024-02-16")).expiry == "2024-02-16"
    assert len(source.calls) == 5


async def test_statements_stay_a_day_and_chains_a_minute(make_desk, clock: ManualClock):
    source = Research()
    desk = make_desk(source)
    await desk.statements(AAPL, StatementKind.INCOME, Frequency.ANNUAL)
    await desk.options(AAPL)
    clock.advance(70)
    await desk.statements(AAPL, StatementKind.INCOME, Frequency.ANNUAL)
    await desk.options(AAPL)
    await asyncio.sleep(0.05)
    assert [name for name, _ in source.calls] == ["statements", "options", "options"]
