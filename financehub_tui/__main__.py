"""`python -m financehub_tui` and the `financehub` command."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; returns the exit status, or ends the process where nothing is left to take down."""
    import gc

    # Starting makes nothing that could be collected, and a headless run ends before that pays: a tenth of its time.
    gc.disable()
    # Whatever is made from here on, DuckDB's own files too, is its user's alone.
    os.umask(0o077)
    # A closed standard stream is read and written as the empty device, and its number given to no other file.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    from financehub_tui.cli import run

    status = run(sys.argv[1:])
    if "polars" in sys.modules and "textual" not in sys.modules:
        _leave(status)
    return status


def _leave(status: int) -> None:
    """End at once: taking down the libraries of a headless run lasts longer than many a run itself.

    Its desk is closed, its output flushed and its files written by then; what waits is flushed here.
    """
    import logging
    from contextlib import suppress

    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
