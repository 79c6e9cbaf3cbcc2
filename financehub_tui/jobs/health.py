"""Takes the figures that PHLT, FEEDS and CACHE show, and tells listeners when a state changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from financehub_tui.jobs.spec import Job


def job(snapshot: Callable[[], Awaitable[str]]) -> Job:
    """Every two seconds."""
    return Job("health", "Figures of providers and feeds", 2.0, snapshot)
