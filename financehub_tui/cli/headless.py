"""`financehub run`: a line, its reports on standard output, everything said about them on standard error."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from financehub_tui.cli.output import joined, rendered, write
from financehub_tui.cli.start import scenario_of, settings_for
from financehub_tui.cli.status import complain, remark, status_of, status_of_reason
from financehub_tui.errors import CommandError, FinanceHubError, StoreError

if TYPE_CHECKING:
    from financehub_tui.config import Settings
    from financehub_tui.desk import Desk
    from financehub_tui.report.blocks import Report

DATA_ONLY = ("csv", "parquet")
"""Formats that hold no reasons for what is missing."""
SHOWN = 5
"""Reasons for missing values told on standard error."""


def run_line(options: argparse.Namespace) -> int:
    """Run the line and print what it gives; the exit status. Raises typed errors."""
    settings = settings_for(options).settings
    from financehub_tui.log import start_logging
    from financehub_tui.paths import find_paths

    complaint = start_logging(settings.log, find_paths().log_file)
    if complaint:
        remark(complaint)
    reports, error = asyncio.run(_reports(options.line, settings, scenario_of(options)))
    if reports:
        write(joined(rendered(reports, options.format, options.output), options.format), options.output)
    status = max((_tell(report, options.format) for report in reports), default=0)
    if error is not None:
        complain(error, scenario_of(options))
        return status_of(error)
    return status


async def _reports(line: str, settings: Settings, scenario: str) -> tuple[list[Report], FinanceHubError | None]:
    """The reports of a line's commands, up to the first that fails, and how it failed."""
    from financehub_tui.engine.desk import open_desk

    desk = await open_desk(settings, scenario=scenario, headless=True)
    reports: list[Report] = []
    failure: FinanceHubError | None = None
    try:
        await _run_all(desk, line, reports)
    except FinanceHubError as error:
        failure = error
    finally:
        await desk.close()
    for notice in desk.notices if not isinstance(failure, StoreError) else ():
        remark(notice)
    return reports, failure


async def _run_all(desk: Desk, line: str, reports: list[Report]) -> None:
    from financehub_tui.commands.grammar import CANCEL
    from financehub_tui.functions.catalogue import run
    from financehub_tui.functions.reading import read_line

    reading = await read_line(desk, line)
    if reading.note:
        remark(reading.note)
    if any(call.pick is not None for call in reading.calls):
        raise CommandError("A number picks from a list on screen", "In a headless run, type the line itself.")
    if any(call.mnemonic == CANCEL for call in reading.calls):
        raise CommandError("Nothing runs that CANCEL could stop", "Ctrl+C stops a headless run.")
    for call in reading.calls:
        reports.append(await run(desk, call))


def _tell(report: Report, form: str) -> int:
    """Say what a report lacks and its format does not; its exit status: 3 or 4 where no source gave anything."""
    nothing = bool(report.missing) and not report.provenance
    if nothing or form in DATA_ONLY:
        for missing in report.missing[:SHOWN]:
            remark(f"{report.title}: {missing}")
        if len(report.missing) > SHOWN:
            remark(f"{report.title}: and {len(report.missing) - SHOWN} more reasons")
    return max(status_of_reason(missing.reason) for missing in report.missing) if nothing else 0
