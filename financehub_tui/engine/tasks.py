"""Tasks the engine owns: none is forgotten, none outlives it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

from financehub_tui.asking import ASKER, Asker, current_asker

T = TypeVar("T")
log = logging.getLogger(__name__)

GRACE = 2.0
"""Seconds a cancelled task is given to end."""


class Tasks:
    """Background tasks; `close` cancels what still runs and waits for it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def spawn(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start work in the background; an error of it is logged."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        if self._closed:
            task.cancel()
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The words, not the error: whoever keeps the record would keep all that awaited it by its traceback.
            log.debug("%s failed: %s", task.get_name(), str(error))

    def __len__(self) -> int:
        return len(self._tasks)

    async def close(self) -> None:
        """Cancel everything and wait, a little, for it to end. Idempotent."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, stuck = await asyncio.wait(set(self._tasks), timeout=GRACE)
            for task in stuck:
                log.warning("%s does not end", task.get_name())


class _Flight:
    __slots__ = ("asker", "task", "waiting")

    def __init__(self, task: asyncio.Task[Any], asker: Asker) -> None:
        self.task = task
        self.asker = asker
        self.waiting = 0


class SingleFlight:
    """Equal calls that overlap share one. It is as urgent as the most urgent of them, and ends with the last."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._flights: dict[Hashable, _Flight] = {}

    async def run(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of `work`, started only where none with this key runs. A caller may give up alone."""
        asker = current_asker()
        flight = self._flights.get(key)
        if flight is None:
            flight = self._start(key, work, Asker(asker.owner, asker.urgency))
        else:
            flight.asker.urgency = min(flight.asker.urgency, asker.urgency)
        flight.waiting += 1
        task: asyncio.Task[T] = flight.task
        try:
            return await asyncio.shield(task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not task.done():
                self._land(key, flight)
                task.cancel()

    def _start(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Any]], asker: Asker) -> _Flight:
        token = ASKER.set(asker)
        try:
            flight = _Flight(self._tasks.spawn(work(), f"call {key}"), asker)
        finally:
            ASKER.reset(token)
        self._flights[key] = flight
        flight.task.add_done_callback(lambda _: self._land(key, flight))
        return flight

    def _land(self, key: Hashable, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
