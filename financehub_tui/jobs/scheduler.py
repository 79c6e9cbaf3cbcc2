"""The APScheduler loop behind all jobs, and what JOBQ shows of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, Clock, SystemClock, to_nanos
from financehub_tui.figures import JobStatus
from financehub_tui.jobs.spec import Job
from financehub_tui.storage.interface import JobRun

if TYPE_CHECKING:
    from apscheduler.events import JobEvent
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)
MISFIRE_GRACE = 30
GRACE = 2.0
"""Seconds a running job is given to end at shutdown."""


class _Figures:
    """What happened to one job so far."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.runs = 0
        self.failures = 0
        self.missed = 0
        self.running = False
        self.last_started: int | None = None
        self.last_seconds: float | None = None
        self.last_error = ""
        self.last_detail = ""


class Scheduler:
    """Runs jobs at their intervals: one instance of each at a time, missed runs made up by one.

    Intervals are of the real world also in a demo, whose clock jobs read when they run; `clock` dates what is told.
    """

    def __init__(self, clock: Clock, record: Callable[[JobRun], Awaitable[None]] | None = None) -> None:
        self._clock = clock
        self._record = record
        self._figures: dict[str, _Figures] = {}
        self._scheduler: AsyncIOScheduler | None = None
        self._running: set[asyncio.Task[object]] = set()

    def add(self, job: Job) -> None:
        """Register a job; it runs once `start` was called."""
        self._figures[job.name] = _Figures(job)

    def start(self) -> None:
        """Begin. Must be called on the event loop."""
        from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": MISFIRE_GRACE}
        scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=defaults, event_loop=asyncio.get_running_loop())
        scheduler.add_listener(self._missed, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        scheduler.add_listener(self._ended, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
        for figures in self._figures.values():
            self._schedule(scheduler, figures.job)
        scheduler.start()
        self._scheduler = scheduler

    def _schedule(self, scheduler: AsyncIOScheduler, job: Job) -> None:
        scheduler.add_job(
            self.run,
            "interval",
            args=[job.name],
            seconds=job.seconds,
            id=job.name,
            name=job.title,
            replace_existing=True,
        )

    async def run(self, name: str) -> None:
        """Run a job now; its failure is told, never raised."""
        figures = self._figures[name]
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
        started, begun = self._clock.now(), self._clock.monotonic()
        figures.running, figures.last_started = True, started
        error: Exception | None = None
        try:
            figures.last_detail = await figures.job.run()
        except Exception as failure:
            error = failure
            log.warning("job %s failed: %s", name, failure, exc_info=failure)
        finally:
            figures.running = False
            figures.last_seconds = self._clock.monotonic() - begun
            if task is not None:
                self._running.discard(task)
        self._count(figures, error)
        await self._log(figures, started, error)

    def _count(self, figures: _Figures, error: Exception | None) -> None:
        figures.runs += 1
        figures.last_error = "" if error is None else (str(error) or type(error).__name__)
        figures.failures += error is not None

    async def _log(self, figures: _Figures, started: int, error: Exception | None) -> None:
        if self._record is None or (error is None and not figures.job.logged):
            return
        run = JobRun(
            job=figures.job.name,
            started=started,
            finished=started + int((figures.last_seconds or 0.0) * NANOS),
            ok=error is None,
            detail=figures.last_error or figures.last_detail,
        )
        try:
            await self._record(run)
        except Exception as failure:
            log.info("job log: %s", failure)

    def _missed(self, event: JobEvent) -> None:
        figures = self._figures.get(event.job_id)
        if figures is not None:
            figures.missed += 1

    def _ended(self, event: JobEvent) -> None:
        """An error that escaped `run` is a fault of the scheduler's own; it is shown all the same."""
        figures = self._figures.get(event.job_id)
        escaped = getattr(event, "exception", None)
        if figures is not None and escaped is not None:
            figures.failures += 1
            figures.last_error = str(escaped)

    def status(self) -> list[JobStatus]:
        """One row per job."""
        return [self._row(figures) for figures in self._figures.values()]

    def _row(self, figures: _Figures) -> JobStatus:
        job = figures.job
        state = "running" if figures.running else "failed" if figures.last_error else "waiting"
        return JobStatus(
            name=job.name,
            title=job.title,
            schedule=f"every {job.seconds:g} s",
            state=state,
            last_started=figures.last_started,
            last_seconds=figures.last_seconds,
            next_run=self._next(job.name),
            runs=figures.runs,
            failures=figures.failures,
            last_error=figures.last_error,
        )

    def _next(self, name: str) -> int | None:
        """When it runs next, by the desk's clock: in a demo, the wait is of the real world."""
        planned = self._scheduler.get_job(name) if self._scheduler is not None else None
        if planned is None or planned.next_run_time is None:
            return None
        return self._clock.now() + max(0, to_nanos(planned.next_run_time) - SystemClock().now())

    async def close(self) -> None:
        """Stop and wait for what runs. Idempotent."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown(wait=False)
            await asyncio.sleep(0)
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(set(self._running), timeout=GRACE)
