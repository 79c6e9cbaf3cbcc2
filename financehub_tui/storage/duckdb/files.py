"""The database file: private modes, setting a damaged one aside, copying one that is in use.

A database that this process has open must never be opened here again: closing any descriptor of a file gives up
the process's lock on it.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from financehub_tui.clock import to_datetime
from financehub_tui.errors import StoreError

_HEADER_BYTES = 3 * 4096
_COPIES = 8
_LOG_ENDINGS = (".wal", ".wal.checkpoint", ".wal.recovery")


def prepare_folder(path: Path) -> None:
    """Make the folder of a database, readable by its owner only. Raises OSError."""
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def companions(path: Path) -> list[Path]:
    """The files DuckDB keeps beside a database that exist now: write-ahead logs."""
    logs = (path.with_name(path.name + ending) for ending in _LOG_ENDINGS)
    return [log for log in logs if log.exists()]


def make_private(path: Path) -> None:
    """Take everybody else's rights away from the database and its companions."""
    for file in (path, *companions(path)):
        try:
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)
        except FileNotFoundError:  # a checkpoint removed the log meanwhile
            continue


def remove(path: Path) -> None:
    """Delete a database and its logs. What is not there, or cannot be deleted, is left."""
    for file in (path, *companions(path)):
        with contextlib.suppress(OSError):
            file.unlink()


def set_aside(file: Path, now: int) -> Path:
    """Rename a damaged file to `NAME.damaged-YYYYMMDDTHHMMSS`, its logs with it; the new path."""
    kept = file.with_name(f"{file.name}.damaged-{to_datetime(now):%Y%m%dT%H%M%S}")
    number = 1
    while kept.exists():
        number += 1
        kept = file.with_name(f"{file.name}.damaged-{to_datetime(now):%Y%m%dT%H%M%S}-{number}")
    for log in companions(file):
        log.rename(log.with_name(kept.name + log.name.removeprefix(file.name)))
    file.rename(kept)
    return kept


def set_log_aside(path: Path, now: int) -> Path:
    """Rename a damaged write-ahead log so that the database opens as of its last checkpoint."""
    return set_aside(log_of(path), now)


def log_of(path: Path) -> Path:
    """The write-ahead log of a database."""
    return path.with_name(f"{path.name}.wal")


def copy_in_use(path: Path) -> Path:
    """A private copy of a database another process writes, in a folder of its own; the caller removes the folder.

    The copy is taken again where a checkpoint rewrote the file meanwhile. Raises StoreError, OSError.
    """
    folder = Path(tempfile.mkdtemp(prefix="financehub-snapshot-"))
    target = folder / path.name
    try:
        for _ in range(_COPIES):
            if _copy_once(path, target):
                make_private(target)
                return target
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    raise StoreError("the database is being written too busily to be copied", "try again in a moment")


def _copy_once(path: Path, target: Path) -> bool:
    for log in companions(target):
        log.unlink()
    before = _header(path)
    shutil.copyfile(path, target)
    for log in companions(path):
        try:
            shutil.copyfile(log, target.with_name(log.name))
        except FileNotFoundError:
            return False
    return _header(path) == before


def _header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEADER_BYTES)
