"""Opening a DuckDB file whatever state it is in: new, in use by another process, damaged."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.storage.duckdb import faults, files
from financehub_tui.storage.duckdb.migrations import migrate

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SNAPSHOT_ATTEMPTS = 3


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What DuckDB may use of the machine."""

    threads: int = 2
    memory: str = "512MB"
    """With a unit DuckDB knows: 512MB, 2GB."""


class Opened(msgspec.Struct, kw_only=True):
    """An open, migrated database."""

    writer: DuckDBPyConnection
    reader: DuckDBPyConnection
    messages: list[str]
    snapshot_folder: Path | None = None
    """Where the private copy lives, when another process has the file."""

    def close(self) -> None:
        """Close both connections and remove the private copy."""
        self.reader.close()
        self.writer.close()
        if self.snapshot_folder is not None:
            shutil.rmtree(self.snapshot_folder, ignore_errors=True)


def open_database(path: Path | None, limits: Limits, now: int) -> Opened:
    """Open a file, or memory where `path` is None. Raises StoreError, OSError, duckdb.Error.

    A new file that could not be made, as on a full disk, is removed again.
    """
    fresh = path is not None and not path.exists()
    try:
        return _open(path, limits, now)
    except BaseException:
        if path is not None and fresh:
            files.remove(path)
        raise


def _open(path: Path | None, limits: Limits, now: int) -> Opened:
    import duckdb

    messages: list[str] = []
    folder: Path | None = None
    if path is None:
        writer = _connect(None, limits)
    else:
        files.prepare_folder(path)
        try:
            writer = _connect(path, limits)
        except duckdb.Error as error:
            if faults.is_locked(error):
                writer, folder = _snapshot(path, limits, error, messages)
            elif faults.is_damaged(error):
                writer = _without_damage(path, limits, error, messages, now)
            else:
                raise
        if folder is None:
            files.make_private(path)
    try:
        migrate(writer, now)
        reader = _quiet(writer.cursor())
    except BaseException:
        writer.close()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return Opened(writer=writer, reader=reader, messages=messages, snapshot_folder=folder)


def _connect(path: Path | None, limits: Limits) -> DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(
        ":memory:" if path is None else str(path),
        config={
            "threads": limits.threads,
            "async_threads": 1,
            "memory_limit": limits.memory,
            # Nothing is fetched from the network or read from the user's home on DuckDB's own motion.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_persistent_secrets": False,
            "python_enable_replacements": False,
        },
    )
    if path is None:
        connection.execute("SET temp_directory = ''")  # the default is a folder under the working directory
    return _quiet(connection)


def _quiet(connection: DuckDBPyConnection) -> DuckDBPyConnection:
    connection.execute("SET enable_progress_bar = false")  # it would draw over the screen
    return connection


def _snapshot(path: Path, limits: Limits, error: Exception, messages: list[str]) -> tuple[DuckDBPyConnection, Path]:
    """A private copy: DuckDB lets nobody read a file another process writes."""
    import duckdb

    attempt = 0
    while True:
        attempt += 1
        copy = files.copy_in_use(path)
        try:
            connection = _connect(copy, limits)
        except duckdb.Error:
            shutil.rmtree(copy.parent, ignore_errors=True)
            if attempt == _SNAPSHOT_ATTEMPTS:
                raise
        else:
            messages.append(
                f"Another FinanceHub{faults.holder(error)} has the database open: this one shows a snapshot of it "
                "taken now and keeps nothing of its own."
            )
            return connection, copy.parent


def _without_damage(path: Path, limits: Limits, error: Exception, messages: list[str], now: int) -> DuckDBPyConnection:
    """Set what is damaged aside (the log alone where that is enough) and open what is left, or a new file."""
    import duckdb

    if faults.is_wal(error):
        kept = files.set_log_aside(path, now)
        try:
            connection = _connect(path, limits)
        except duckdb.Error:
            kept.rename(files.log_of(path))
        else:
            messages.append(
                f"The newest changes of the database {path.name} were damaged: they are kept as {kept.name}, "
                "and the database is open as it was before them."
            )
            return connection
    kept = files.set_aside(path, now)
    messages.append(f"The database {path.name} was damaged: it is kept as {kept.name}, and a new one is open.")
    return _connect(path, limits)
