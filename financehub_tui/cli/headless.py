"""`financehub run`: one line, one report on standard output."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from financehub_tui.cli.start import scenario_of, settings_for
from financehub_tui.errors import CommandError, StoreError
from financehub_tui.functions.reading import read_line

if TYPE_CHECKING:
    from financehub_tui.config import Settings
    from financehub_tui.report.blocks import Report


def run_line(options: argparse.Namespace) -> int:
    """Run the line and print what it gives. Raises typed errors."""
    settings = settings_for(options).settings
    from financehub_tui.log import start_logging
    from financehub_tui.paths import find_paths

    complaint = start_logging(settings.log, find_paths().log_file)
    if complaint:
        print(f"financehub: {complaint}", file=sys.stderr)
    reports = asyncio.run(_reports(options.line, settings, scenario_of(options)))
    _write(reports, options.format, options.output)
    return 0


async def _reports(line: str, settings: Settings, scenario: str) -> list[Report]:
    from financehub_tui.engine.desk import open_desk
    from financehub_tui.functions.catalogue import run

    desk = await open_desk(settings, scenario=scenario, headless=True)
    try:
        reading = await read_line(desk, line)
        if reading.note:
            print(f"financehub: {reading.note}", file=sys.stderr)
        if any(call.pick is not None for call in reading.calls):
            raise CommandError("A number picks from a list on screen", "In a headless run, type the line itself.")
        return [await run(desk, call) for call in reading.calls]
    finally:
        await desk.close()


def _write(reports: list[Report], form: str, output: str | None) -> None:
    from financehub_tui.report.render import render

    terminal = output is None and sys.stdout.isatty()
    colour = terminal and not os.environ.get("NO_COLOR")
    width = os.get_terminal_size().columns if terminal else 120
    plain = (sys.stdout.encoding or "").lower().replace("-", "") not in ("utf8", "utf16") and output is None
    parts = [render(report, form, colour=colour, width=width, ascii=plain) for report in reports]
    data = _joined(parts, form)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        Path(output).write_bytes(data)
    except OSError as error:
        raise StoreError(f"{output}: {error.strerror or error}", "Nothing was written.") from error
    print(f"financehub: wrote {output} ({len(data):,} bytes)", file=sys.stderr)


def _joined(parts: list[str | bytes], form: str) -> bytes:
    """Several reports as one output: a JSON list, or one after the other; Parquet holds one."""
    data = [part.encode() if isinstance(part, str) else part for part in parts]
    if form == "json" and len(data) > 1:
        return b"[" + b",".join(part.strip() for part in data) + b"]\n"
    if form == "parquet":
        if len(data) > 1:
            raise CommandError("A Parquet file holds one report", "Run the lines one by one.")
        return data[0]
    return b"\n".join(part if part.endswith(b"\n") else part + b"\n" for part in data)
