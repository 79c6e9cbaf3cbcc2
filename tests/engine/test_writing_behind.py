"""What waits to be written when the store fails: it is kept, bounded, and at the end what is lost is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import msgspec
import pytest
from vendors.sources import START, Source, stock

from financehub_tui.engine import writer as writing
from financehub_tui.engine.bars import bar_frame
from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.writer import StoreWriter
from financehub_tui.errors import StoreError
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Adjustment, Provenance
from financehub_tui.market.quote import Correction, Quote, Trade
from financehub_tui.storage.duckdb import DuckDBStore
from financehub_tui.storage.interface import Store

AAPL = stock("AAPL")
ORIGIN = Provenance(provider="alpha", as_of=START)
DAY = 86_400 * 1_000_000_000
FULL = "the disk is full"


class FailingStore(DuckDBStore):
    """A store in memory that refuses the kinds of rows a test names, or waits for ever with them."""

    refused: Collection[str] = ()
    stuck: Collection[str] = ()

    async def write_quotes(self, quotes: Sequence[Quote]) -> int:
        await self._meet("quotes")
        return await super().write_quotes(quotes)

    async def write_bars(self, bars: Bars) -> int:
        await self._meet("bars")
        await self._meet(bars.key)
        return await super().write_bars(bars)

    async def append_trades(self, trades: Sequence[Trade]) -> int:
        await self._meet("trades")
        return await super().append_trades(trades)

    async def _meet(self, what: str) -> None:
        if what in self.stuck:
            await asyncio.Event().wait()
        if what in self.refused:
            raise StoreError(FULL)


@pytest.fixture
async def store(clock):
    store = FailingStore(None, clock=clock)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def writer(store: FailingStore) -> StoreWriter:
    return StoreWriter(StoreDoor(lambda: _given(store)))


def quote(last: float, key: str = AAPL.key) -> Quote:
    return Quote(key=key, time=START, last=last, provenance=ORIGIN)


def trade(number: int, **more: str) -> Trade:
    return Trade(key=AAPL.key, time=START + number, price=float(number), size=1.0, provider="alpha", **more)


def bars(close: float, *, key: str = AAPL.key, start: int = START, **origin: object) -> Bars:
    rows = [(start + n * DAY, close, close, close, close, 1.0) for n in range(3)]
    provenance = Provenance(provider="alpha", as_of=START, fetched_at=START, **origin)
    return Bars(key=key, interval=Interval.D1, frame=bar_frame(rows), provenance=provenance)


async def closes(store: Store, key: str = AAPL.key, adjustment: Adjustment | None = None) -> list[float]:
    read = await store.read_bars(key, Interval.D1, 0, START + 900 * DAY, adjustment=adjustment)
    return [] if read is None else read.frame["close"].to_list()


def fill(writer: StoreWriter) -> None:
    writer.keep_quote(quote(1.0))
    writer.keep_bars(bars(2.0))
    for number in range(3):
        writer.trade(trade(number))


@pytest.mark.parametrize("refused", [("quotes",), ("bars",), ("trades",), ("quotes", "bars", "trades")])
async def test_what_the_store_did_not_take_is_written_by_the_next_flush(writer, store, refused):
    fill(writer)
    store.refused = set(refused)
    with pytest.raises(StoreError, match=FULL):
        await writer.flush()
    assert writer.waiting == sum({"quotes": 1, "bars": 3, "trades": 3}[what] for what in refused)
    store.refused = set()
    assert await writer.flush() == sum({"quotes": 1, "bars": 3, "trades": 3}[what] for what in refused)
    assert (await store.latest_quotes([AAPL.key]))[AAPL.key].last == 1.0
    assert await closes(store) == [2.0] * 3
    assert [one.price for one in await store.read_trades(AAPL.key, 9)] == [2.0, 1.0, 0.0]
    assert (writer.waiting, await writer.flush()) == (0, 0)


async def test_what_came_while_the_store_failed_wins_over_what_it_did_not_take(writer, store):
    fill(writer)
    store.refused = {"quotes", "bars", "trades"}
    with pytest.raises(StoreError):
        await writer.flush()
    writer.keep_quote(quote(7.0))
    writer.keep_quote(quote(8.0, "other"))
    writer.keep_bars(bars(9.0))
    writer.trade(trade(3))
    with pytest.raises(StoreError):
        await writer.flush()
    store.refused = set()
    await writer.flush()
    assert {key: one.last for key, one in (await store.latest_quotes([AAPL.key, "other"])).items()} == {
        AAPL.key: 7.0,
        "other": 8.0,
    }
    assert await closes(store) == [9.0] * 3
    assert [one.price for one in await store.read_trades(AAPL.key, 9)] == [3.0, 2.0, 1.0, 0.0]


async def test_one_series_the_store_refuses_does_not_keep_the_others_back(writer, store):
    for key in ("A", "B", "C"):
        writer.keep_bars(bars(1.0, key=key))
    writer.trade(trade(1))
    store.refused = {"B"}
    with pytest.raises(StoreError):
        await writer.flush()
    assert [len(await closes(store, key)) for key in "ABC"] == [3, 0, 3]
    assert len(await store.read_trades(AAPL.key, 9)) == 1
    assert writer.waiting == 3


async def test_a_store_that_fails_for_long_holds_no_more_than_it_may(store, monkeypatch):
    monkeypatch.setattr(writing, "SERIES_HELD", 4)
    monkeypatch.setattr(writing, "TRADES_HELD", 5)
    writer = StoreWriter(StoreDoor(lambda: _given(store)))
    store.refused = {"quotes", "bars", "trades"}
    for number in range(20):
        writer.keep_bars(bars(1.0, key=f"K{number}"))
        writer.trade(trade(number))
        with pytest.raises(StoreError):
            await writer.flush()
    assert writer.waiting == 4 * 3 + 5
    store.refused = set()
    await writer.flush()
    assert [len(await closes(store, f"K{number}")) for number in (15, 16, 19)] == [0, 3, 3]
    assert [one.price for one in await store.read_trades(AAPL.key, 99)] == [19.0, 18.0, 17.0, 16.0, 15.0]


async def test_series_of_one_security_are_all_kept_however_alike_they_are(writer, store):
    for start, adjustment in (
        (START, Adjustment.SPLIT),
        (START + 10 * DAY, Adjustment.SPLIT),
        (START, Adjustment.NONE),
    ):
        writer.keep_bars(bars(1.0, start=start, adjustment=adjustment))
    await writer.flush()
    assert len(await closes(store, adjustment=Adjustment.SPLIT)) == 6
    assert len(await closes(store, adjustment=Adjustment.NONE)) == 3


async def test_a_series_fetched_again_pushes_no_other_out(writer, store, monkeypatch):
    monkeypatch.setattr(writing, "SERIES_HELD", 2)
    for key in ("A", "B", "B", "B"):
        writer.keep_bars(bars(1.0, key=key))
    await writer.flush()
    assert [len(await closes(store, key)) for key in "AB"] == [3, 3]


@pytest.mark.parametrize("stuck", ["quotes", "bars", "trades"])
async def test_a_flush_that_is_cancelled_loses_nothing(writer, store, stuck):
    fill(writer)
    store.stuck = {stuck}
    flushing = asyncio.create_task(writer.flush())
    await asyncio.sleep(0.05)
    flushing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flushing
    store.stuck = set()
    await writer.flush()
    assert (await store.latest_quotes([AAPL.key]))[AAPL.key].last == 1.0
    assert await closes(store) == [2.0] * 3
    assert len(await store.read_trades(AAPL.key, 9)) == 3


async def test_trades_a_venue_does_not_number_are_stored_once_however_often_the_store_fails(clock, monkeypatch):
    store = DuckDBStore(None, clock=clock, flush_seconds=0.001)
    await store.open()
    writer = StoreWriter(StoreDoor(lambda: _given(store)))

    async def refuse(work, undo=None):
        raise StoreError(FULL)

    failures = 0
    with monkeypatch.context() as patch:
        patch.setattr(store._database, "write", refuse)
        for number in range(6):
            writer.trade(trade(number))
            try:
                await writer.flush()
            except StoreError:
                failures += 1
            await asyncio.sleep(0.02)
    assert failures
    await store.flush()
    await writer.flush()
    assert [one.price for one in await store.read_trades(AAPL.key, 99)] == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    await store.close()


async def _given(store: Store) -> tuple[Store, list[str]]:
    return store, []


def correction(number: int, instead: Trade | None = None) -> Correction:
    wrong = trade(number, id=str(number))
    return Correction(key=wrong.key, time=START, id=wrong.id, price=wrong.price, size=wrong.size, instead=instead)


async def test_trades_taken_back_or_corrected_are_so_in_the_store_too(writer, store):
    for number in range(4):
        writer.trade(trade(number, id=str(number)))
    writer.correct(correction(1))
    await writer.flush()
    assert [one.price for one in await store.read_trades(AAPL.key, 9)] == [3.0, 2.0, 0.0]
    right = msgspec.structs.replace(trade(9, id="9"), condition="late")
    writer.correct(correction(2, right))
    writer.correct(correction(7))
    await writer.flush()
    corrected = (await store.read_trades(AAPL.key, 9))[1]
    assert corrected == msgspec.structs.replace(right, time=START + 2), "in the place of the first"
    assert writer.waiting == 0


async def test_a_correction_waits_with_the_trades_a_store_does_not_take(writer, store):
    writer.trade(trade(1, id="1"))
    writer.trade(trade(2, id="2"))
    writer.correct(correction(1))
    store.refused = {"trades"}
    for _ in range(2):
        with pytest.raises(StoreError):
            await writer.flush()
    store.refused = set()
    await writer.flush()
    assert [one.price for one in await store.read_trades(AAPL.key, 9)] == [2.0]


async def test_another_trade_of_the_same_number_stays(writer, store):
    writer.trade(msgspec.structs.replace(trade(1, id="1"), price=8.0))
    writer.correct(correction(1))
    await writer.flush()
    assert [one.price for one in await store.read_trades(AAPL.key, 9)] == [8.0]


async def test_a_store_of_another_process_is_left_alone_and_nothing_piles_up(writer, store, monkeypatch):
    monkeypatch.setattr(FailingStore, "read_only", True)
    fill(writer)
    assert (await writer.flush(), writer.waiting) == (0, 0)


async def test_the_end_of_the_program_says_how_many_rows_were_lost(make_desk, clock, caplog):
    store = FailingStore(None, clock=clock)
    await store.open()
    desk = make_desk(Source())
    desk.door._make = lambda: _given(store)
    fill(desk.parts.writer)
    store.refused = {"bars", "trades"}
    await desk.close()
    told = f"6 rows could not be stored, lost at the end: {FULL}"
    assert desk.notices == [told]
    assert told in caplog.text


async def test_rows_the_store_took_and_could_not_write_at_the_end_are_counted_too(make_desk, clock, monkeypatch):
    store = DuckDBStore(None, clock=clock)
    await store.open()
    desk = make_desk(Source())
    desk.door._make = lambda: _given(store)
    fill(desk.parts.writer)
    await desk.flush()

    async def refuse(work, undo=None):
        raise StoreError(FULL)

    monkeypatch.setattr(store._database, "write", refuse)
    await desk.close()
    assert desk.notices == [f"4 rows could not be stored, lost at the end: {FULL}"]


async def test_an_end_with_everything_written_says_nothing(make_desk):
    desk = make_desk(Source())
    fill(desk.parts.writer)
    await desk.close()
    assert desk.notices == []
