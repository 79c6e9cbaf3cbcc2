"""JOBQ: jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Format, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

COLUMNS = (
    Column(name="job", title="Job"),
    Column(name="state", title="State"),
    Column(name="schedule", title="Schedule"),
    Column(name="started", title="Last UTC", format=Format.TIME),
    Column(name="seconds", title="Took s", format=Format.NUMBER, decimals=3),
    Column(name="next", title="Next UTC", format=Format.TIME),
    Column(name="runs", title="Runs", format=Format.INTEGER),
    Column(name="failures", title="Failed", format=Format.INTEGER),
    Column(name="title", title="What it does"),
    Column(name="error", title="Last error"),
)

SPEC = FunctionSpec(
    mnemonic="JOBQ",
    title="Jobs",
    category=Category.SYSTEM,
    help="Everything that runs by the clock: polls, session changes, housekeeping. When each ran last, how long it "
    "took, when it runs next, how often it failed and why.",
    sources="The scheduler.",
    refresh=1,
    examples=("JOBQ",),
)


async def load(desk: Desk, call: Call) -> Report:
    """Every scheduled job."""
    rows = [
        (
            j.name,
            j.state,
            j.schedule,
            j.last_started,
            j.last_seconds,
            j.next_run,
            j.runs,
            j.failures,
            j.title,
            j.last_error,
        )
        for j in desk.status.jobs()
    ]
    return report(desk, call, [table("Jobs", COLUMNS, rows, empty="No jobs run in a headless call.")], subject="")
