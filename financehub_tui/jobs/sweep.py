"""Drops from memory what is too old to be given."""

from __future__ import annotations

from financehub_tui.engine.answers import Answers
from financehub_tui.jobs.spec import Job


def job(answers: Answers) -> Job:
    """Every minute."""

    async def run() -> str:
        return f"{answers.sweep()} answers dropped"

    return Job("sweep", "Clearing of the memory cache", 60.0, run)
