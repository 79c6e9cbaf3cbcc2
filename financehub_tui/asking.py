"""Who asks the desk, and how urgently: carried in the context of a task, not in every signature."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum


class Urgency(IntEnum):
    """How soon an answer is wanted: of several waiting calls to one provider the most urgent goes first."""

    SCREEN = 0
    """Somebody looks at it."""
    ALERT = 1
    LIST = 2
    """Polls of what is listed somewhere."""
    BACKFILL = 3


class Asker:
    """Who asks, and how urgently. Providers' turns are shared out fairly between owners (panes, jobs)."""

    __slots__ = ("owner", "urgency")

    def __init__(self, owner: str, urgency: Urgency) -> None:
        self.owner = owner
        self.urgency = urgency


ASKER: ContextVar[Asker | None] = ContextVar("asker", default=None)


@contextmanager
def asking(urgency: Urgency, owner: str = "") -> Iterator[None]:
    """Everything the desk is asked inside the block is asked so urgently, for this owner (empty = the task's own)."""
    token = ASKER.set(Asker(owner, urgency))
    try:
        yield
    finally:
        ASKER.reset(token)


def current_asker() -> Asker:
    """Who asks here: as said by `asking`, else the running task, as for somebody who looks on."""
    held = ASKER.get()
    if held is not None and held.owner:
        return held
    task = asyncio.current_task()
    owner = task.get_name() if task is not None else ""
    return Asker(owner, Urgency.SCREEN if held is None else held.urgency)
