"""Many instruments, failing parts and late messages: what must go on as if nothing were."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from vendors.sources import START, Source, SourceFeed, stock

from financehub_tui.asking import Asker, Urgency
from financehub_tui.clock import ManualClock
from financehub_tui.engine.lanes import WIDTH
from financehub_tui.engine.line import Line
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.source import Source as Origin
from financehub_tui.errors import DataMissingError, ProviderError, StoreError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Provenance, Reason, Tier
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.providers.base import DataKind, FeedHealth

SECOND = 1_000_000_000
AAPL = stock("AAPL")
MANY = [stock(f"S{n:02}") for n in range(20)]


async def settle() -> None:
    await asyncio.sleep(0.03)


async def test_however_many_books_and_tapes_are_polled_none_is_left_out(make_desk, clock: ManualClock) -> None:
    desk = make_desk(Source())
    desk.subscribe(MANY, ("book", "trade"))
    await settle()
    for _ in range(12):
        await desk.polls.run()
        clock.advance(1)
    assert [one.symbol for one in MANY if not hasattr(desk.live.book(one.key), "bids")] == []


async def test_a_search_that_failed_is_asked_again(make_desk) -> None:
    source = Source()
    source.fails(Reason.TIMEOUT, "no answer")
    desk = make_desk(source)
    assert await desk.search("zzz") == []
    source.error = None
    assert [one.symbol for one in await desk.search("zzz")] == ["ZZZ"]


async def test_an_old_find_is_given_at_once_and_asked_for_anew_behind_it(make_desk, clock: ManualClock) -> None:
    source = Source()
    desk = make_desk(source)
    await desk.search("zzz")
    clock.advance(3_700)
    assert [one.symbol for one in await desk.search("zzz")] == ["ZZZ"]
    await settle()
    assert [name for name, _ in source.calls] == ["search", "search"]


async def test_a_provider_that_does_not_come_does_not_keep_the_search_from_another(make_desk) -> None:
    slow, quick = Source("slow"), Source("quick")
    slow.pause = quick.pause = 0.2
    asked = asyncio.create_task(make_desk(slow, quick).search("zzz"))
    await settle()
    assert (len(slow.calls), len(quick.calls)) == (1, 1)
    await asked


async def test_an_old_answer_asked_for_by_many_is_renewed_once(make_desk, clock: ManualClock) -> None:
    source = Source()
    source.pause = 0.02
    desk = make_desk(source)
    await desk.profile(AAPL)
    clock.advance(90_000)
    for _ in range(5):
        await desk.profile(AAPL)
    await asyncio.sleep(0.08)
    assert [name for name, _ in source.calls] == ["profile", "profile"]


async def test_an_answer_from_memory_says_so_whatever_was_asked(make_desk) -> None:
    desk = make_desk(Source())
    assert (await desk.profile(AAPL)).provenance.tier is Tier.LIVE
    assert (await desk.profile(AAPL)).provenance.tier is Tier.MEMORY


async def test_one_providers_spent_month_does_not_silence_the_other(make_desk, clock: ManualClock) -> None:
    spent, shaken = Source("spent"), Source("shaken")
    spent.fails(Reason.BUDGET_SPENT, "10,000 credits a month", retry_at=START + 20 * 86_400 * SECOND)
    shaken.fails(Reason.TIMEOUT, "no answer")
    desk = make_desk(spent, shaken)
    request = BarRequest(interval=Interval.D1, start=START - 86_400 * 10 * SECOND, end=START)
    with pytest.raises(DataMissingError):
        await desk.bars(AAPL, request)
    shaken.error = None
    clock.advance(61)
    assert (await desk.bars(AAPL, request)).provenance.provider == "shaken"


async def test_a_recording_that_cannot_be_written_does_not_keep_values_from_the_store(
    make_desk, tmp_path: Path
) -> None:
    desk = make_desk(Source(stream=True))
    (tmp_path / "taken").mkdir()
    desk.live.taps = (desk.parts.writer,)
    desk.record(tmp_path / "taken")
    desk.subscribe([AAPL], ("quote", "trade"))
    await settle()
    desk.live.sink(Origin("alpha", "stream", stream=True)).trade(
        Trade(key=AAPL.key, time=START, price=101.0, size=1.0, id="1", provider="alpha")
    )
    with pytest.raises(StoreError):
        await desk.flush()
    assert [trade.price for trade in await (await desk.door.open()).read_trades(AAPL.key, 10)] == [101.0]


async def test_the_end_tells_in_one_line_of_events_that_could_not_be_recorded(make_desk, tmp_path: Path) -> None:
    desk = make_desk(Source(stream=True))
    (tmp_path / "taken").mkdir()
    desk.record(tmp_path / "taken")
    sink = desk.live.sink(Origin("alpha", "stream", stream=True))
    for number in range(2):
        sink.trade(Trade(key=AAPL.key, time=START + number, price=101.0, size=1.0, id=str(number), provider="alpha"))
    await desk.close()
    (told,) = desk.notices
    assert told.startswith("2 events could not be recorded, lost at the end: ") and "taken" in told


def test_a_row_that_a_feed_was_quicker_to_make_knows_its_instrument(clock: ManualClock) -> None:
    book = QuoteBook(clock)
    coin = Instrument(
        asset_class=AssetClass.CRYPTO, symbol="BTCEUR", venue="BINANCE", currency="EUR", base="BTC", decimals=2
    )
    book.sink(Origin("alpha", "stream", stream=True)).trade(Trade(key=coin.key, time=START, price=60.0, size=1.0))
    book.register(coin)
    quote = book.quote(coin.key)
    assert (quote.provenance.currency, quote.decimals, quote.last) == ("EUR", 2, 60.0)


async def test_a_closed_desk_answers_at_once(make_desk) -> None:
    desk = make_desk(Source())
    await desk.close()
    async with asyncio.timeout(1):
        answer = (await desk.quotes([AAPL], fresh=True))[AAPL.key]
    assert answer.reason is Reason.PROVIDER_ERROR


async def test_a_subscription_closed_at_once_leaves_nothing_behind(make_desk) -> None:
    desk = make_desk(Source())
    desk.subscribe([AAPL]).close()
    await settle()
    assert desk.live.quote(AAPL.key) is None


async def test_what_another_terminal_got_from_a_provider_unknown_here_makes_no_provider(make_desk) -> None:
    desk = make_desk(Source())
    desk.parts.hit(Provenance(provider="elsewhere", as_of=START))
    assert [row.provider for row in desk.status.providers()] == ["alpha"]


async def test_a_call_that_waited_too_long_for_its_turn_is_not_held_against_the_provider(make_desk) -> None:
    source = Source()
    source.pause = 0.08
    desk = make_desk(source)
    router = desk.parts.router
    (candidate,), _ = router.candidates(DataKind.PROFILE, AAPL)
    lane = router.lanes.of("alpha")
    for _ in range(WIDTH):
        await lane.enter(Asker("somebody", Urgency.SCREEN), 1)
    late = asyncio.create_task(router.call(candidate, DataKind.PROFILE, source.profile(AAPL), 0.1))
    await asyncio.sleep(0.09)
    lane.leave()
    with pytest.raises(ProviderError) as caught:
        await late
    assert caught.value.reason is Reason.RATE_LIMITED
    assert desk.parts.router.health.of("alpha").errors == 0


def test_figures_of_connections_that_are_gone_are_let_go() -> None:
    class Feed(SourceFeed):
        number = 0

        def health(self) -> list[FeedHealth]:
            self.number += 1
            return [FeedHealth(name=f"alpha-{self.number}", provider="alpha", state="live", messages=5)]

    line = Line("alpha", "Alpha", Feed(QuoteBook(ManualClock(START)).sink(Origin("alpha", stream=True)), "alpha"))
    for second in range(50):
        line.rows(float(second))
    assert len(line._samples) == 1


async def test_however_many_quotes_cannot_be_had_the_store_is_read_once(make_desk, monkeypatch) -> None:
    source = Source()
    desk = make_desk(source)
    await desk.quotes(MANY)
    await desk.flush()
    store = await desk.door.open()
    read, reads = store.latest_quotes, []

    async def counted(keys: list[str]) -> dict[str, Quote]:
        reads.append(len(keys))
        return await read(keys)

    monkeypatch.setattr(store, "latest_quotes", counted)
    source.fails(Reason.OFFLINE, "no network")
    answers = await desk.quotes(MANY, fresh=True)
    assert {answer.provenance.tier for answer in answers.values()} == {Tier.STORE}
    assert all("no network" in answer.provenance.notes[-1] for answer in answers.values())
    assert reads == [len(MANY)]
