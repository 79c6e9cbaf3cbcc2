"""Writes to the store what waits to be written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from financehub_tui.jobs.spec import Job


def job(flush: Callable[[], Awaitable[int]], seconds: float) -> Job:
    """As often as `storage.flush_seconds` says."""

    async def run() -> str:
        return f"{await flush()} rows written"

    return Job("flush", "Writing to the store", seconds, run)
