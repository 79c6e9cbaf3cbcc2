"""Polls what no stream brings."""

from __future__ import annotations

from financehub_tui.engine.polls import Polls
from financehub_tui.jobs.spec import Job


def job(polls: Polls) -> Job:
    """Every second: ask for what is due by the state of its market."""
    return Job("polls", "Polls of instruments without a stream", 1.0, polls.run)
