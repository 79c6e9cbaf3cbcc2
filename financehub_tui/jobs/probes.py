"""Tries providers again that were left out after repeated failures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from financehub_tui.jobs.spec import Job


def job(run: Callable[[], Awaitable[str]]) -> Job:
    """Every five seconds: those whose time has come."""
    return Job("probes", "Probes of providers left out", 5.0, run)
