"""What a job is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple


class Job(NamedTuple):
    """One periodic piece of work. `run` returns one line for the job log."""

    name: str
    title: str
    seconds: float
    run: Callable[[], Awaitable[str]]
    logged: bool = False
    """Every run is written to the store's job log; otherwise only failures are."""
