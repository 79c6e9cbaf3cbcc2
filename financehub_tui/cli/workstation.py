"""`financehub`: the workstation itself."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING

from financehub_tui.cli.lost_terminal import leaving_with_the_terminal
from financehub_tui.cli.start import scenario_of, settings_for
from financehub_tui.errors import ConfigError

if TYPE_CHECKING:
    from financehub_tui.config import Settings


def open_workstation(options: argparse.Namespace) -> int:
    """Open the workstation and stay until its user leaves. Returns the exit status."""
    settings = settings_for(options).settings
    scenario = scenario_of(options)
    if options.record and scenario != "live":
        raise ConfigError("--record records live streams", "Leave --demo or --replay away.")
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise ConfigError(
            "The workstation needs a terminal", 'Headless: financehub run "AAPL US Equity HP 6M" --format json'
        )
    if os.environ.get("TERM", "dumb") in ("", "dumb"):
        raise ConfigError(
            "This terminal (TERM=dumb) cannot place a cursor", 'Headless: financehub run "AAPL US Equity HP 6M"'
        )
    from financehub_tui.log import guarded_stderr, silence_stderr, start_logging
    from financehub_tui.paths import find_paths

    paths = find_paths()
    complaint = start_logging(settings.log, paths.log_file)
    with guarded_stderr(paths.log_file.with_suffix(".stderr")):
        status = _open(settings, scenario, options)
    if complaint:
        print(f"financehub: {complaint}", file=sys.stderr)
    silence_stderr()
    if not sys.stdout.isatty():
        # The window was closed: what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _open(settings: Settings, scenario: str, options: argparse.Namespace) -> int:
    from financehub_tui.widgets.governor import LOCAL, REMOTE, profile_environment, profile_for

    display = settings.display
    chosen = {"on": REMOTE, "off": LOCAL}.get(display.ssh_profile)
    profile = chosen or profile_for(os.environ)
    # Textual reads these when it is first imported.
    os.environ.update(profile_environment(profile))
    try:
        status = asyncio.run(_run(settings, scenario, options, profile))
    except Exception as error:
        if sys.stdin.isatty():
            raise
        # Nobody is left to tell, and everything has been closed.
        logging.getLogger(__name__).info("the terminal has gone: %s", error)
        return 0
    # Whatever drawing on a terminal that has gone came to is no failure of the program.
    return status if sys.stdin.isatty() else 0


async def _run(settings: Settings, scenario: str, options: argparse.Namespace, profile: object) -> int:
    from financehub_tui.app import FinanceHub
    from financehub_tui.engine.desk import open_desk
    from financehub_tui.widgets.governor import OutputProfile

    assert isinstance(profile, OutputProfile)
    desk = await open_desk(settings, scenario=scenario, start=False)
    if options.record:
        desk.record(options.record)
    try:
        app = FinanceHub(desk, profile=profile, first_line=options.line)
        with leaving_with_the_terminal(app.leave, desk.close):
            await app.run_async(mouse=settings.display.mouse)
        return app.return_code or 0
    finally:
        told = len(desk.notices)
        await desk.close()
        for notice in desk.notices[told:]:
            # The screen has been left: this is read where the program was started.
            print(f"financehub: {notice}", file=sys.__stderr__)
