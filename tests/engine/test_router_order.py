"""Whom the router asks first, and until when: every criterion by itself, and which goes before which."""

from __future__ import annotations

import asyncio
import time

import msgspec
import pytest
from vendors.sources import START, Source, stock

from financehub_tui.config import ProviderSettings, Settings
from financehub_tui.engine import batching, router
from financehub_tui.errors import DataMissingError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Trade
from financehub_tui.providers.base import Limit

AAPL = stock("AAPL")
DAY = 86_400 * 1_000_000_000
REQUEST = BarRequest(interval=Interval.D1, start=START - 30 * DAY, end=START)
SCARCE = (("credits/month", 90.0, 100.0, START + DAY),)


def dear(source: Source) -> None:
    limits = (Limit(name="requests", amount=10, seconds=3_600),)
    source.spec = msgspec.structs.replace(source.spec, limits=limits)


async def calls(desk, provider: str, good: int, bad: int) -> None:
    """Calls as if they had just been made."""
    from financehub_tui.errors import ProviderError

    for _ in range(bad):
        desk.parts.router.health.failed(ProviderError(provider, Reason.PROVIDER_ERROR, "500"), "bars", 0.1)
    for _ in range(good):
        desk.parts.router.health.succeeded(provider, "bars", 0.05)


def order(desk) -> list[tuple[str, str]]:
    return [(row.provider, row.why) for row in desk.providers.candidates(AAPL, "bars") if row.place]


def pair(make_desk, *, settings: Settings | None = None, **late: Delay):
    """alpha, who comes first where all is equal, and beta."""
    alpha = Source("alpha", delay=late.get("alpha", Delay.REALTIME))
    beta = Source("beta", delay=late.get("beta", Delay.REALTIME))
    return make_desk(alpha, beta, settings=settings), alpha, beta


async def test_where_all_is_equal_the_usual_order_stands(make_desk):
    desk, _, _ = pair(make_desk)
    assert order(desk) == [("alpha", "first: all is equal"), ("beta", "after Alpha: all is equal")]


async def test_the_users_preference(make_desk):
    settings = Settings(providers={"beta": ProviderSettings(priority=1)})
    desk, _, _ = pair(make_desk, settings=settings)
    assert order(desk)[0] == ("beta", "first: your priority")
    assert (await desk.bars(AAPL, REQUEST)).provenance.provider == "beta"


async def test_health(make_desk):
    desk, _, _ = pair(make_desk)
    await calls(desk, "alpha", good=1, bad=2)
    assert order(desk)[0] == ("beta", "first: health")


async def test_freshness(make_desk):
    desk, _, _ = pair(make_desk, alpha=Delay.DELAYED)
    assert order(desk)[0] == ("beta", "first: freshness")


async def test_cost(make_desk):
    desk, alpha, _ = pair(make_desk)
    dear(alpha)
    assert order(desk)[0] == ("beta", "first: cost")


async def test_by_hand_before_preference_before_health_before_freshness_before_budget_before_cost(make_desk):
    """Alpha is worse in one thing after the other, beta in the next: the earlier decides."""
    settings = Settings(providers={"alpha": ProviderSettings(priority=1)})
    desk, _, _ = pair(make_desk, settings=settings, alpha=Delay.DELAYED)
    await calls(desk, "alpha", good=1, bad=2)
    assert order(desk)[0] == ("alpha", "first: your priority")
    desk.providers.force("beta")
    assert order(desk)[0] == ("beta", "first: forced by hand")

    desk, _, _ = pair(make_desk, alpha=Delay.DELAYED)
    await calls(desk, "beta", good=1, bad=2)
    assert order(desk)[0] == ("alpha", "first: health")

    desk, _, _ = pair(make_desk, beta=Delay.DELAYED)
    desk.parts.router.health.of("alpha").limits = lambda: SCARCE
    assert order(desk)[0] == ("alpha", "first: freshness")

    desk, _, beta = pair(make_desk)
    dear(beta)
    desk.parts.router.candidates("bars", AAPL)
    desk.parts.router.health.of("alpha").limits = lambda: SCARCE
    desk.parts.router.lanes._limits.clear()
    assert order(desk)[0] == ("beta", "first: the other has little budget left")


async def test_who_fails_again_and_again_is_asked_after_everybody_else(make_desk):
    settings = Settings(providers={"alpha": ProviderSettings(priority=9)})
    desk, _, _ = pair(make_desk, settings=settings)
    await calls(desk, "alpha", good=0, bad=3)
    assert order(desk)[0] == ("beta", "first: the other failed lately")


async def test_asset_classes_have_orders_of_their_own(make_desk):
    from financehub_tui.market.instrument import AssetClass, Instrument

    desk, _, beta = pair(make_desk)
    offers = [
        msgspec.structs.replace(one, asset_classes=(AssetClass.EQUITY, AssetClass.CURRENCY))
        for one in beta.spec.capabilities
    ]
    beta.spec = msgspec.structs.replace(beta.spec, capabilities=tuple(offers))
    euro = Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD")
    assert [row.provider for row in desk.providers.candidates(euro, "bars") if row.place] == ["beta"]
    assert [name for name, _ in order(desk)] == ["alpha", "beta"]


@pytest.mark.parametrize("kind", ["bars", "quotes", "profile"])
async def test_however_many_hang_an_answer_or_its_reason_comes_within_the_deadline(make_desk, clock, monkeypatch, kind):
    monkeypatch.setattr(clock, "monotonic", time.monotonic)
    monkeypatch.setattr(router, "DEADLINE", 0.6)
    monkeypatch.setattr(router, "PATIENCE", 0.2)
    monkeypatch.setattr(batching, "DEADLINE", 0.6)
    sources = [Source(name) for name in ("alpha", "beta", "gamma", "delta", "omega")]
    for source in sources:
        source.hang = source.ignores_cancel = True
    desk = make_desk(*sources)
    began = time.monotonic()
    if kind == "quotes":
        answer = (await desk.quotes([AAPL]))[AAPL.key]
        assert isinstance(answer, Missing)
        missing = answer
    else:
        with pytest.raises(DataMissingError) as caught:
            await (desk.bars(AAPL, REQUEST) if kind == "bars" else desk.profile(AAPL))
        missing = caught.value.missing
    assert time.monotonic() - began < 1.2
    assert missing.reason is Reason.TIMEOUT and missing.detail.startswith("Alpha: no answer within")
    assert len([source for source in sources if source.calls]) >= 2
    await asyncio.sleep(0.35)


async def test_a_series_is_not_carried_on_by_the_trades_of_another_source(make_desk):
    minute = 60_000_000_000
    streaming, other = Source("alpha", stream=True), Source("beta")
    desk = make_desk(streaming, other)
    desk.subscribe([AAPL], ("trade",))
    await asyncio.sleep(0.03)
    begin = START + -START % minute
    streaming.feeds[0].sink.trade(Trade(key=AAPL.key, time=begin, price=50.0, size=2.0, provider="alpha"))
    streaming.fails(Reason.PROVIDER_ERROR, "500")
    request = BarRequest(interval=Interval.M1, start=begin - 5 * minute, end=begin + minute)
    bars = await desk.bars(AAPL, request)
    assert bars.provenance.provider == "beta" and 50.0 not in bars.frame["close"].to_list()
    assert bars.provenance.notes == ("asked before: Alpha: 500",)


async def test_an_answer_names_everybody_who_was_asked_before_and_pvnc_keeps_it(make_desk):
    bad, good = Source("alpha"), Source("beta")
    bad.fails(Reason.PROVIDER_ERROR, "500")
    desk = make_desk(bad, good)
    await desk.bars(AAPL, REQUEST)
    assert desk.explain(AAPL.key, "bars")[0].notes == ("asked before: Alpha: 500",)


async def test_a_symbol_of_several_venues_is_asked_of_those_that_carry_that_one(make_desk):
    york, london = stock("VOD"), msgspec.structs.replace(stock("VOD"), venue="XLON", exchange_code="LN")
    american, british = Source("alpha", price=10.0), Source("beta", price=70.0)
    american.symbol = lambda one: one.symbol if one.venue == "XNAS" else None
    british.symbol = lambda one: f"{one.symbol}.L" if one.venue == "XLON" else None
    quotes = await make_desk(american, british).quotes([york, london])
    assert york.key != london.key
    assert (quotes[york.key].last, quotes[london.key].last) == (10.0, 70.0)
