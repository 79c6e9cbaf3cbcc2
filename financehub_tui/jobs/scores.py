"""Keeps the score history of the providers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from financehub_tui.jobs.spec import Job

SECONDS = 300.0


def job(run: Callable[[], Awaitable[str]]) -> Job:
    """Every five minutes."""
    return Job("scores", "Score history of the providers", SECONDS, run)
