"""DuckDB's and the file system's errors as ours: one clear line each."""

from __future__ import annotations

import re

from financehub_tui.errors import StoreError

_DAMAGE = (
    "not a valid DuckDB database file",
    "Corrupt",
    "checksum",
    "Could not read enough bytes",
    "Failure while replaying WAL",
    "Failed to deserialize",
    "INTERNAL Error",
)
_FULL = ("No space left on device", "File too large", "Disk quota exceeded", "not enough space")


def is_locked(error: Exception) -> bool:
    """Another process has the file open."""
    return "Could not set lock on file" in str(error)


def is_damaged(error: Exception) -> bool:
    """The file is there and cannot be understood; a file of a newer DuckDB is not damaged."""
    text = str(error)
    return "storage version number" not in text and any(mark in text for mark in _DAMAGE)


def is_wal(error: Exception) -> bool:
    """Only the write-ahead log is damaged."""
    return "replaying WAL" in str(error)


def holder(error: Exception) -> str:
    """The process that holds the lock, as ` (process 123)`, where DuckDB tells."""
    found = re.search(r"PID (\d+)", str(error))
    return f" (process {found.group(1)})" if found else ""


def store_error(error: Exception) -> StoreError:
    """One line for the screen, without DuckDB's class prefixes and stack traces."""
    if isinstance(error, StoreError):
        return error
    if any(mark in str(error) for mark in _FULL):
        return StoreError("the disk is full: the database could not be written", "make room; reading goes on")
    lines = str(error).strip().splitlines() or [type(error).__name__]
    line = re.sub(r"^(\w+ )*Error: ", "", lines[0])
    hint = "restart to have the damaged file set aside" if is_damaged(error) else ""
    return StoreError(f"database: {line[:300]}", hint)
