"""Reports to standard output or to a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from financehub_tui.cli.status import remark
from financehub_tui.errors import CommandError, StoreError
from financehub_tui.paths import write_private

if TYPE_CHECKING:
    from collections.abc import Sequence

    from financehub_tui.report.blocks import Report

WIDTH = 120
"""Cells of a line that goes to no terminal."""


def rendered(reports: Sequence[Report], form: str, output: str | None) -> list[str | bytes]:
    """Each report in a format: coloured and as wide as the terminal only where it goes to one."""
    from financehub_tui.report.render import render

    terminal = output is None and sys.stdout.isatty()
    colour = terminal and not os.environ.get("NO_COLOR")
    width = os.get_terminal_size(sys.stdout.fileno()).columns if terminal else WIDTH
    return [render(report, form, colour=colour, width=width, ascii=_plain(output)) for report in reports]


def _plain(output: str | None) -> bool:
    """True where standard output cannot say what is beyond ASCII."""
    if output is not None:
        return False
    return (sys.stdout.encoding or "").lower().replace("-", "") not in ("utf8", "utf16")


def joined(parts: Sequence[str | bytes], form: str) -> bytes:
    """Several reports as one output: a JSON list, or one after the other; Parquet holds one. Raises CommandError."""
    data = [part.encode() if isinstance(part, str) else part for part in parts]
    if form == "json" and len(data) > 1:
        return b"[" + b",".join(part.strip() for part in data) + b"]\n"
    if form == "parquet":
        if len(data) > 1:
            raise CommandError("A Parquet file holds one report", "Run the lines one by one.")
        return data[0]
    return b"\n".join(part if part.endswith(b"\n") else part + b"\n" for part in data)


def write(data: bytes, output: str | None) -> None:
    """To standard output, or to a file, all or nothing. Raises StoreError; BrokenPipeError where nobody listens."""
    try:
        if output is None:
            _to_standard_output(data)
            return
        _to_file(Path(output).expanduser(), data)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = output or "standard output"
        raise StoreError(f"{where}: {error.strerror or error}", "Nothing useful was written.") from error
    remark(f"wrote {output} ({len(data):,} bytes)")


def _to_standard_output(data: bytes) -> None:
    """Past Python's own buffer, which would fail a second time at the end of the program."""
    sys.stdout.flush()
    raw = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
    rest = memoryview(data)
    while rest:
        rest = rest[raw.write(rest) or 0 :]


def _to_file(file: Path, data: bytes) -> None:
    if file.exists() and not file.is_file():
        # A pipe or a device is written to; it cannot be replaced.
        with file.open("wb") as stream:
            stream.write(data)
    else:
        file = file.resolve()
        if not file.parent.is_dir():
            raise NotADirectoryError(0, f"{file.parent} is no folder")
        write_private(file, data)
