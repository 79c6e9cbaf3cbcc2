"""The job loop."""

from __future__ import annotations

import asyncio

import pytest

from financehub_tui.clock import ManualClock, SystemClock
from financehub_tui.engine.answers import Answers
from financehub_tui.engine.bars import LiveBars
from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.jobs import bars, flush, prune, sessions, sweep
from financehub_tui.jobs.scheduler import Scheduler
from financehub_tui.jobs.spec import Job
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Session, Trade
from financehub_tui.providers.base import DataKind
from financehub_tui.storage.duckdb import open_store

AAPL = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS")


class Counter:
    def __init__(self, pause=0.0, error=None):
        self.runs = self.running = self.most = 0
        self.pause, self.error = pause, error

    async def __call__(self):
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self.pause)
            self.runs += 1
            if self.error is not None:
                raise self.error
            return f"run {self.runs}"
        finally:
            self.running -= 1


@pytest.fixture
async def scheduler():
    log = []

    async def record(run):
        log.append(run)

    scheduler = Scheduler(SystemClock(), record)
    scheduler.log = log
    yield scheduler
    await scheduler.close()
    await scheduler.close()


async def test_jobs_run_at_their_interval_and_their_figures_are_told(scheduler):
    work = Counter()
    scheduler.add(Job("quick", "Quick work", 0.02, work))
    scheduler.start()
    await asyncio.sleep(0.15)
    row = scheduler.status()[0]
    assert row.runs >= 2
    assert (row.name, row.title, row.schedule, row.state, row.failures) == (
        "quick",
        "Quick work",
        "every 0.02 s",
        "waiting",
        0,
    )
    assert row.next_run is not None and row.last_started is not None


async def test_one_instance_at_a_time_however_long_it_takes(scheduler):
    work = Counter(pause=0.1)
    scheduler.add(Job("slow", "Slow", 0.01, work))
    scheduler.start()
    await asyncio.sleep(0.25)
    assert work.most == 1


async def test_a_failing_job_is_shown_logged_and_run_again(scheduler):
    work = Counter(error=ValueError("disk full"))
    scheduler.add(Job("bad", "Bad", 60, work))
    await scheduler.run("bad")
    row = scheduler.status()[0]
    assert (row.state, row.failures, row.last_error) == ("failed", 1, "disk full")
    assert (scheduler.log[0].ok, scheduler.log[0].detail) == (False, "disk full")
    work.error = None
    await scheduler.run("bad")
    assert scheduler.status()[0].state == "waiting"


async def test_only_jobs_that_ask_for_it_log_their_good_runs(scheduler):
    scheduler.add(Job("chatty", "Chatty", 60, Counter(), logged=True))
    scheduler.add(Job("quiet", "Quiet", 60, Counter()))
    await scheduler.run("chatty")
    await scheduler.run("quiet")
    assert [(run.job, run.detail) for run in scheduler.log] == [("chatty", "run 1")]


async def test_a_log_that_fails_does_not_fail_the_job():
    async def record(run):
        raise OSError("no space")

    scheduler = Scheduler(ManualClock(0), record)
    scheduler.add(Job("chatty", "Chatty", 60, Counter(), logged=True))
    await scheduler.run("chatty")
    assert scheduler.status()[0].failures == 0


async def test_closing_stops_a_job_that_is_running():
    before = asyncio.all_tasks()
    work = Counter(pause=30)
    scheduler = Scheduler(SystemClock())
    scheduler.add(Job("slow", "Slow", 0.01, work))
    scheduler.start()
    await asyncio.sleep(0.1)
    assert work.running == 1
    await scheduler.close()
    assert work.running == 0
    assert not [task for task in asyncio.all_tasks() - before if not task.done()]


async def test_the_bars_job_closes_bars_by_the_clock():
    closed = []
    clock = ManualClock(0)
    live = LiveBars(lambda *bar: closed.append(bar))
    live.trade(Trade(key="K", time=0, price=1.0, size=1.0))
    clock.advance(60)
    await bars.job(live, clock).run()
    assert len(closed) == 1


async def test_the_sessions_job_tells_the_book_when_a_market_opens():
    book = QuoteBook(ManualClock(0))
    book.register(AAPL)
    job = sessions.job(lambda: [AAPL], lambda instrument: Session.PRE, book)
    assert await job.run() == "1 changed"
    assert await job.run() == "0 changed"
    assert AAPL.key in book.drain("screen")


async def test_the_sweep_job_drops_what_is_too_old():
    clock = ManualClock(0)
    answers = Answers(clock)
    answers.put(DataKind.QUOTE, "K", Missing(reason=Reason.NO_DATA, detail="nothing"))
    clock.advance(100)
    assert await sweep.job(answers).run() == "1 answers dropped"


async def test_flush_and_prune_report_what_they_did():
    async def write():
        return 3

    assert await flush.job(write, 2.0).run() == "3 rows written"
    clock = ManualClock(1_700_000_000 * 10**9)
    door = StoreDoor(lambda: open_store(None, clock=clock))
    assert await prune.job(door, clock).run() == "nothing to drop"
    await door.close()
