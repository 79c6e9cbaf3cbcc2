"""Tasks the engine owns: none is forgotten, none outlives it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

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
            log.debug("%s failed: %s", task.get_name(), error)

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


class SingleFlight:
    """Equal calls that overlap share one."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._flights: dict[Hashable, asyncio.Task[Any]] = {}
        self.shared = 0
        """Calls that were saved."""

    async def run(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of `work`, started only where none with this key runs. A caller may give up alone."""
        task: asyncio.Task[T] | None = self._flights.get(key)
        if task is None:
            task = self._tasks.spawn(work(), f"call {key}")
            self._flights[key] = task
            task.add_done_callback(lambda _: self._flights.pop(key, None))
        else:
            self.shared += 1
        return await asyncio.shield(task)
