"""A recorded file is a scenario of its own: the same values at the same time of its clock."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from vendors.sources import START, stock

from financehub_tui.cli import run
from financehub_tui.clock import ManualClock
from financehub_tui.config import Settings
from financehub_tui.engine.desk import open_desk
from financehub_tui.engine.recorder import Recorder, span_of
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.errors import ConfigError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing, Provenance, Tier
from financehub_tui.market.quote import Quote, Side, Trade

AAPL = stock("AAPL")
SECOND = 1_000_000_000


@pytest.fixture
async def recording(tmp_path):
    clock = ManualClock(START)
    recorder = Recorder(tmp_path / "day.gz", clock)
    book = L2Book(AAPL.key, 2)
    origin = Provenance(provider="binance", fetched_at=START)
    recorder.ticker(Quote(key=AAPL.key, time=START, previous_close=99.0, provenance=origin))
    for n in range(180):
        clock.advance(1)
        now = clock.now()
        trade = Trade(key=AAPL.key, time=now, price=100.0 + n, size=1.0, id=str(n), side=Side.BUY, provider="binance")
        recorder.trade(trade)
        recorder.top(AAPL.key, now, 99.0 + n, 1.0, 101.0 + n, 1.0)
        book.snapshot([(99.0 + n, 1.0)], [(101.0 + n, 2.0)], n)
        recorder.book(AAPL.key, now, book)
    await recorder.close()
    return tmp_path / "day.gz"


async def test_the_span_of_a_recording_is_told_without_reading_its_values(recording):
    span = span_of(recording)
    assert (span.start, span.end, span.keys) == (START, START + 180 * SECOND, {AAPL.key})
    assert span.events == 541


async def test_a_headless_run_stands_at_the_end_of_a_recording(recording):
    desk = await open_desk(Settings(), scenario=f"file:{recording}", headless=True)
    quote = (await desk.quotes([AAPL]))[AAPL.key]
    assert (quote.last, quote.bid, quote.previous_close) == (279.0, 278.0, 99.0)
    assert quote.provenance.tier is Tier.REPLAY
    assert (await desk.book(AAPL)).bids[0].price == 278.0
    assert [trade.price for trade in await desk.trades(AAPL, 2)] == [279.0, 278.0]
    bars = await desk.bars(AAPL, BarRequest(interval=Interval.M1, start=START, end=START + 200 * SECOND))
    assert bars.frame["close"][-1] == 279.0 and bars.provenance.provider == "recording"
    missing = (await desk.quotes([stock("MSFT")]))[stock("MSFT").key]
    assert isinstance(missing, Missing)
    await desk.close()


async def seen_at(recording, seconds: float, pieces: int):
    clock = ScenarioClock(START, START + 180 * SECOND, base=ManualClock(0), paused=True)
    desk = await open_desk(Settings(), scenario=f"file:{recording}", clock=clock, start=False)
    subscription = desk.subscribe([AAPL], ("quote", "trade", "book"))
    for _ in range(pieces):
        clock.step(seconds / pieces)
        for _ in range(4):
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    quote = desk.live.quote(AAPL.key)
    state = quote.last, quote.bid, desk.live.book(AAPL.key).bids, [trade.id for trade in desk.live.trades(AAPL.key)]
    subscription.close()
    await desk.close()
    return state


async def test_a_replay_gives_the_same_values_in_one_step_or_in_many(recording):
    one, many = await seen_at(recording, 60, 1), await seen_at(recording, 60, 6)
    assert one == many
    assert one[0] == 159.0


async def test_what_is_no_recording_is_one_clear_error(tmp_path):
    bad, empty, odd = tmp_path / "bad.gz", tmp_path / "empty.gz", tmp_path / "odd.gz"
    bad.write_text("hello")
    empty.write_bytes(gzip.compress(b""))
    odd.write_bytes(gzip.compress((3).to_bytes(4, "big") + b"abc"))
    for path in (bad, empty, odd, tmp_path / "absent.gz"):
        with pytest.raises(ConfigError, match=path.name):
            await open_desk(Settings(), scenario=f"file:{path}", headless=True)


async def test_the_command_line_plays_a_recording(recording, capsys):
    assert await asyncio.to_thread(run, ["run", "RPLY", "--replay", str(recording)]) == 0
    assert "REPLAY day.gz 2023-11-14 22:13 UTC" in capsys.readouterr().out
    assert await asyncio.to_thread(run, ["run", "RPLY", "--demo", "--replay", str(recording)]) == 2
    assert "one of them" in capsys.readouterr().err
