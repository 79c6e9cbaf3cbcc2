"""Running work on one open DuckDB database, off the event loop.

One thread writes, one reads, each with a connection of its own; DuckDB's snapshots keep them apart.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from financehub_tui.clock import Clock
from financehub_tui.errors import StoreError
from financehub_tui.storage.duckdb import faults, files
from financehub_tui.storage.duckdb.opening import Limits, Opened, open_database

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

T = TypeVar("T")
log = logging.getLogger(__name__)


class _GivenUpError(StoreError):
    """DuckDB gave the open database up, as it does when a checkpoint meets a full disk; it must be opened anew."""


class Database:
    """A DuckDB file, or a database in memory where `path` is None. All methods raise StoreError only."""

    def __init__(
        self,
        path: Path | None,
        clock: Clock,
        limits: Limits,
        on_open: Callable[[DuckDBPyConnection], None],
    ) -> None:
        """`on_open` runs on the writing thread whenever the file has been opened, the first time and anew."""
        self._path = path
        self._clock = clock
        self._limits = limits
        self._on_open = on_open
        self._opened: Opened | None = None
        self._reading = threading.Lock()
        self._threads: tuple[ThreadPoolExecutor, ThreadPoolExecutor] | None = None

    @property
    def snapshot(self) -> bool:
        """True where this is a private copy because another process has the file."""
        return self._opened is not None and self._opened.snapshot_folder is not None

    async def open(self) -> list[str]:
        """Open and migrate; what the user must be told. A database that is open already stays as it is."""
        if self._threads is not None:
            return []
        self._threads = ThreadPoolExecutor(1, "store-write"), ThreadPoolExecutor(1, "store-read")
        try:
            return await self._on(0, self._open)
        except StoreError:
            await self.close()
            raise

    async def close(self) -> None:
        """Checkpoint and close. Idempotent."""
        if self._threads is None:
            return
        try:
            await self._on(0, self._close)
        finally:
            threads, self._threads = self._threads, None
            for thread in threads:
                thread.shutdown(wait=False)

    async def read(self, work: Callable[[DuckDBPyConnection], T]) -> T:
        """Run work on the reading thread; it sees everything committed before."""
        opened = self._opened
        try:
            return await self._on(1, lambda: self._read(work))
        except _GivenUpError:
            await self._on(0, lambda: self._reopen(opened))
            return await self._on(1, lambda: self._read(work))

    async def write(
        self, work: Callable[[DuckDBPyConnection], T], undo: Callable[[DuckDBPyConnection], None] | None = None
    ) -> T:
        """Run work in one transaction on the writing thread; `undo` runs there after a roll-back."""
        return await self._on(0, lambda: self._write(lambda: self._transact(work, undo)))

    async def checkpoint(self) -> None:
        """Fold the write-ahead log into the file and give freed blocks back to it."""
        await self._on(0, lambda: self._write(lambda: self._use().writer.execute("CHECKPOINT") and None))

    async def _on(self, thread: int, job: Callable[[], T]) -> T:
        if self._threads is None:
            raise StoreError("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads[thread], lambda: _translated(job))

    def _use(self) -> Opened:
        if self._opened is None:
            raise _GivenUpError("the database could not be opened again after it failed")
        return self._opened

    def _open(self) -> list[str]:
        opened = open_database(self._path, self._limits, self._clock.now())
        self._on_open(opened.writer)
        self._opened = opened
        return opened.messages

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with self._reading:
                opened.close()

    def _read(self, work: Callable[[DuckDBPyConnection], T]) -> T:
        with self._reading:
            return work(self._use().reader)

    def _write(self, job: Callable[[], T]) -> T:
        opened = self._opened
        try:
            return _translated(job)
        except _GivenUpError as error:
            self._reopen(opened)
            raise StoreError(str(error), error.hint) from error

    def _transact(
        self, work: Callable[[DuckDBPyConnection], T], undo: Callable[[DuckDBPyConnection], None] | None
    ) -> T:
        connection = self._use().writer
        connection.execute("BEGIN")
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            _roll_back(connection)
            if undo is not None:
                undo(connection)
            raise
        if self._path is not None and not self.snapshot:
            files.make_private(self._path)
        return result

    def _reopen(self, failed: Opened | None) -> None:
        """On the writing thread: open the file anew, unless that has happened since `failed` was in use."""
        if self._opened is not failed or self._path is None or self.snapshot:
            return
        self._close()
        for message in ("the database failed and has been opened anew", *self._open()):
            log.warning(message)


def _roll_back(connection: DuckDBPyConnection) -> None:
    import duckdb

    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:  # a commit that failed has rolled back already
        return


def _translated(job: Callable[[], T]) -> T:
    """Whatever the libraries below raise becomes a StoreError."""
    import duckdb
    import polars as pl

    try:
        return job()
    except duckdb.FatalException as error:
        plain = faults.store_error(error)
        raise _GivenUpError(str(plain), plain.hint) from error
    except (duckdb.Error, OSError, ValueError, TypeError, pl.exceptions.PolarsError) as error:
        raise faults.store_error(error) from error
