"""What the engine tells whoever listens: once for each change."""

from __future__ import annotations

import msgspec
from vendors.sources import START, Source, stock

from financehub_tui.figures import BudgetNearlySpent, DataDisagreement

AAPL = stock("AAPL")
DAY = 86_400 * 1_000_000_000


def listening(desk, kind):
    told: list = []
    desk.add_event_listener(kind, told.append)
    return told


async def test_a_budget_nearly_spent_is_told_once_and_again_after_it_has_recovered(make_desk, clock):
    desk = make_desk(Source())
    told = listening(desk, BudgetNearlySpent)
    for used in (50.0, 89.0, 91.0, 95.0, 100.0, 88.0, 92.0, 10.0, 93.0):
        limits = (("requests/day", used, 100.0, START + DAY), ("requests/1s", 2.0, 2.0, START + 1))
        desk.parts.router.health.of("alpha").limits = lambda limits=limits: limits
        clock.advance(1)
        await desk.status.snapshot()
    assert [(event.provider, event.limit, round(event.left, 2)) for event in told] == [
        ("alpha", "requests/day", 0.09),
        ("alpha", "requests/day", 0.07),
    ]
    assert (told[0].relief_at, told[0].title) == (START + DAY, "Alpha")


async def test_a_dispute_of_sources_is_told_once_and_again_when_it_comes_back(make_desk):
    one, other = Source("alpha", price=100.0), Source("beta", price=100.0)
    desk = make_desk(one, other)
    told = listening(desk, DataDisagreement)
    for price in (100.05, 110.0, 110.5, 10_000.0, 100.0, 110.0):
        other.price = price
        desk.providers.check(await desk.providers.quotes(AAPL), "last")
    assert [set(event.findings.values()) for event in told] == [{"disagrees"}, {"wrong scale"}, {"disagrees"}]
    assert (told[0].key, told[0].field, told[0].confidence) == (AAPL.key, "last", 0.0)
    assert told[0].values == {"Alpha": 100.0, "Beta": 110.0}


async def test_one_source_alone_contradicts_nobody(make_desk):
    desk = make_desk(Source())
    told = listening(desk, DataDisagreement)
    answers = await desk.providers.quotes(AAPL)
    desk.providers.check(answers, "last")
    desk.providers.check({name: msgspec.structs.replace(quote, last=None) for name, quote in answers.items()}, "last")
    assert told == []
