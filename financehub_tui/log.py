"""Structured logs: one JSON object a line in a rotating file, and the newest lines in memory for LOGX.

Nothing is ever written to the terminal: while the workstation runs, what native libraries print to file
descriptor 2 goes to the log too.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import msgspec

from financehub_tui.config import LogSettings
from financehub_tui.figures import LogEntry
from financehub_tui.paths import PRIVATE_FILE, private_folder
from financehub_tui.redaction import redacted

RECENT = 2_000

_LABELLED = r"""(?ix) (?<![a-z0-9]) ((?: [a-z0-9]+ [-_] )*
    (?: api[-_]?key | access[-_]?key | secret (?: [-_]?key )? | token | crumb | password | passwd | signature
      | authorization | financehub_key_\w+ )
    ["']? \s* [=:] \s* ["']? (?: (?: bearer | basic | token ) \s+ )?) [^\s&"',;]+"""
"""A value behind a word such as key or password. Compiled with the first line logged, not before the first picture."""
_COOKIES = r"""(?i)\b(cookie["']?\s*[=:]\s*["']?)[^\r\n"']+"""


def without_secrets(text: str) -> str:
    """Text with every key this process knows, and what looks like a key, token, cookie or password, masked."""
    text = redacted(text)
    for pattern in (_LABELLED, _COOKIES):
        text = re.sub(pattern, r"\1***", text)
    return text


def message_of(record: logging.LogRecord) -> str:
    """The message without secrets; of a record that cannot be formatted, its pattern."""
    try:
        text = record.getMessage()
    except (TypeError, ValueError, KeyError):
        text = f"{record.msg} {record.args}"
    # A lone surrogate, as in a file name of another encoding, has no UTF-8.
    return without_secrets(text.encode("utf-8", "backslashreplace").decode())


class JsonFormatter(logging.Formatter):
    """One JSON object a record: time (ns since 1970 UTC), level, logger, message, and the traceback of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON, without secrets."""
        document: dict[str, object] = {
            "time": int(record.created * 1e9),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
        }
        if record.exc_info:
            document["traceback"] = without_secrets(self.formatException(record.exc_info))
        return msgspec.json.encode(document).decode()


class RecentHandler(logging.Handler):
    """Keeps the newest entries in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: deque[LogEntry] = deque(maxlen=RECENT)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        message = message_of(record)
        if record.exc_info and record.exc_info[1] is not None:
            message = f"{message}: {without_secrets(str(record.exc_info[1]))}"
        self.entries.append(
            LogEntry(
                time=int(record.created * 1e9),
                level=record.levelname,
                logger=record.name,
                message=message,
            )
        )


class PrivateRotatingFile(RotatingFileHandler):
    """A rotating log file that only its owner can read.

    A full disk loses lines, never the program: `logging.raiseExceptions` is off, and the memory ring has them.
    """

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        with suppress(OSError):
            os.fchmod(stream.fileno(), PRIVATE_FILE)
        return stream


recent = RecentHandler()
"""The newest entries of this process."""


def start_logging(settings: LogSettings, file: Path) -> str | None:
    """Log to a file from now on. Returns what to tell the user where the file cannot be written."""
    root = logging.getLogger()
    root.handlers[:] = [recent]
    root.setLevel(settings.level)
    for noisy in ("httpx", "httpcore", "hpack", "websockets", "asyncio", "apscheduler", "exchange_calendars"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    try:
        private_folder(file.parent)
        handler = PrivateRotatingFile(file, maxBytes=settings.max_bytes, backupCount=settings.backups, encoding="utf-8")
    except OSError as error:
        return f"No log file: {error.strerror or error} ({file})."
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    return None


@contextmanager
def guarded_stderr(file: Path) -> Iterator[None]:
    """While open, whatever native libraries write to file descriptor 2 goes to `file`, never over the screen.

    `sys.__stderr__`, through which the terminal is drawn, keeps writing to the terminal.
    """
    terminal = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    before = sys.__stderr__
    vars(sys)["__stderr__"] = terminal
    os.dup2(_sink(file), 2)
    try:
        yield
    finally:
        # A terminal that has gone takes no more.
        with suppress(OSError):
            terminal.flush()
        os.dup2(terminal.fileno(), 2)
        vars(sys)["__stderr__"] = before


def silence_stderr() -> None:
    """Nothing that native libraries say while the process ends reaches the terminal."""
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _sink(file: Path) -> int:
    try:
        private_folder(file.parent)
        return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)
