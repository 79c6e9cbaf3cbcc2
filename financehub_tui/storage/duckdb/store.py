"""The store's interface on one DuckDB file."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.errors import RowsLostError, StoreError, StoreLockedError
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Adjustment
from financehub_tui.market.quote import Correction, Quote, Trade
from financehub_tui.storage.duckdb import bars as bar_table
from financehub_tui.storage.duckdb import live, memory, retention
from financehub_tui.storage.duckdb.buffer import WriteBehind
from financehub_tui.storage.duckdb.database import Database
from financehub_tui.storage.duckdb.opening import Limits
from financehub_tui.storage.interface import JobRun, Retention

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

T = TypeVar("T")


class DuckDBStore:
    """Implements `storage.interface.Store`; in memory where `path` is None.

    Quotes and trades are written behind: at the latest `flush_seconds` after they came, or when `flush_rows` of
    them wait. Everything else is committed when its coroutine returns. A failed flush keeps its rows, is tried again
    after `flush_seconds`, and raises from the next write unless that has helped.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: Clock,
        keep: Retention | None = None,
        flush_seconds: float = 2.0,
        flush_rows: int = 5_000,
        limits: Limits | None = None,
    ) -> None:
        self.path = path
        self.refusal: StoreError | None = None
        """Why nothing may be written, where that is so; set before it is opened."""
        self._keep = keep or Retention()
        self._flush_seconds = flush_seconds
        self._flush_rows = flush_rows
        self._catalog = bar_table.Catalog()
        self._database = Database(path, clock, limits or Limits(), self._catalog.load)
        self._waiting = WriteBehind(trade_limit=flush_rows * 20)
        self._flushing = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._flush_task: asyncio.Task[None] | None = None
        self._failure: StoreError | None = None
        self._is_open = False

    @property
    def read_only(self) -> bool:
        """True in snapshot mode, when another process holds the database."""
        return self._database.snapshot

    async def open(self) -> Sequence[str]:
        """Open and migrate; what the user must be told. Raises StoreError."""
        told = await self._database.open()
        self._is_open = True
        return told

    async def close(self) -> None:
        """Flush and close. Idempotent. Raises RowsLostError, closed all the same, where the flush failed."""
        self._is_open = False
        if self._timer is not None:
            self._timer.cancel()
        try:
            await self.flush()
        except StoreError as error:
            raise RowsLostError(len(self._waiting), error) from error
        finally:
            await self._database.close()

    async def flush(self) -> int:
        """Write what waits now; rows written. Raises StoreError, and keeps the rows, where it cannot be written.

        It goes on where its caller is cancelled, as a screen that reads is: rows under way would be nowhere.
        """
        return await asyncio.shield(asyncio.ensure_future(self._flush()))

    async def _flush(self) -> int:
        async with self._flushing:
            quotes, trades = self._waiting.take()
            if not quotes and not trades:
                return 0
            try:
                await self._database.write(lambda connection: _write_live(connection, quotes, trades))
            except StoreError:
                self._waiting.put_back(quotes, trades)
                raise
            self._failure = None
            return len(quotes) + len(trades)

    async def write_bars(self, bars: Bars) -> int:
        """Insert or replace by (key, interval, provider, adjustment, currency, unit, time). Rows written."""
        return await self._write(
            lambda connection: bar_table.write_bars(connection, self._catalog, bars), self._catalog.load
        )

    async def read_bars(
        self,
        key: str,
        interval: Interval,
        start: int,
        end: int,
        provider: str | None = None,
        adjustment: Adjustment | None = None,
    ) -> Bars | None:
        """Bars of one series: of the provider and adjustment asked for, else the one with the newest bar."""
        candidates = tuple(
            series
            for series in self._catalog.find(key, interval)
            if provider in (None, series.provider) and adjustment in (None, series.adjustment)
        )
        if not candidates:
            return None
        return await self._database.read(
            lambda connection: bar_table.read_bars(connection, candidates, interval, start, end)
        )

    async def write_quotes(self, quotes: Sequence[Quote]) -> int:
        """Keep the latest quote of each instrument. Quotes taken over: all, or none where it raises."""
        self._check_writable()
        self._tell_failure()
        self._waiting.add_quotes(quotes)
        await self._settle_soon()
        return len(quotes)

    async def latest_quotes(self, keys: Sequence[str]) -> dict[str, Quote]:
        """Latest quotes by key, those that wait to be written included; unknown keys are left out."""
        stored = await self._read_settled(lambda connection: live.latest_quotes(connection, keys))
        for key in keys:
            waiting = self._waiting.quotes.get(key)
            if waiting is not None and (key not in stored or waiting.time >= stored[key].time):
                stored[key] = msgspec.structs.replace(waiting, provenance=live.as_stored(waiting.provenance))
        return stored

    async def append_trades(self, trades: Sequence[Trade]) -> int:
        """Append what is not there yet. Trades taken over, doubled ones included, or none."""
        self._check_writable()
        self._tell_failure()
        self._waiting.trades.extend(trades)
        await self._settle_soon()
        return len(trades)

    async def correct_trades(self, corrections: Sequence[Correction]) -> int:
        """Take trades back, or put the right ones in their place, in the order given. Corrections applied."""
        self._check_writable()
        await self.flush()
        await self._write(lambda connection: live.correct_trades(connection, corrections))
        return len(corrections)

    async def read_trades(self, key: str, limit: int) -> list[Trade]:
        """Newest first, all of the provider of the newest one."""
        return await self._read_settled(lambda connection: live.read_trades(connection, key, limit))

    async def prune(self, now: int) -> dict[str, int]:
        """Drop what is older than the retention settings; rows dropped per table."""
        await self.flush()
        dropped = await self._write(lambda connection: retention.prune(connection, self._keep, now))
        await self._database.checkpoint()
        return dropped

    async def lists(self) -> list[tuple[str, int]]:
        """(name, members) by name."""
        return await self._database.read(memory.lists)

    async def read_list(self, name: str) -> list[str] | None:
        """Member documents in order; None for an unknown list."""
        return await self._database.read(lambda connection: memory.read_list(connection, name))

    async def write_list(self, name: str, members: Sequence[str]) -> None:
        """Make or replace a list."""
        await self._write(lambda connection: memory.write_list(connection, name, members))

    async def delete_list(self, name: str) -> None:
        """Forget a list; unknown names are no error."""
        await self._write(lambda connection: memory.delete_list(connection, name))

    async def add_line(self, time: int, line: str) -> None:
        """Append to the command history."""
        await self._write(lambda connection: memory.add_line(connection, time, line))

    async def lines(self, limit: int) -> list[tuple[int, str]]:
        """(time, line), newest first."""
        return await self._database.read(lambda connection: memory.lines(connection, limit))

    async def layouts(self) -> list[tuple[str, int]]:
        """(name, saved at) by name."""
        return await self._database.read(memory.layouts)

    async def read_layout(self, name: str) -> str | None:
        """The document of a layout; None for an unknown one."""
        return await self._database.read(lambda connection: memory.read_layout(connection, name))

    async def write_layout(self, name: str, document: str, now: int) -> None:
        """Make or replace a layout."""
        await self._write(lambda connection: memory.write_layout(connection, name, document, now))

    async def delete_layout(self, name: str) -> None:
        """Forget a layout; unknown names are no error."""
        await self._write(lambda connection: memory.delete_layout(connection, name))

    async def add_job_run(self, run: JobRun) -> None:
        """Append to the job log."""
        await self._write(lambda connection: memory.add_job_run(connection, run))

    async def job_runs(self, limit: int, job: str | None = None) -> list[JobRun]:
        """Newest first."""
        return await self._database.read(lambda connection: memory.job_runs(connection, limit, job))

    async def read_state(self, key: str) -> str | None:
        """What was kept under a key."""
        return await self._database.read(lambda connection: memory.read_state(connection, key))

    async def write_state(self, key: str, value: str | None) -> None:
        """Keep a value under a key; None forgets it."""
        await self._write(lambda connection: memory.write_state(connection, key, value))

    async def sizes(self) -> dict[str, int]:
        """Rows per table, and `bytes` of the file."""
        path = None if self.read_only else self.path
        return await self._read_settled(lambda connection: retention.sizes(connection, path))

    def _check_writable(self) -> None:
        if self.refusal is not None:
            raise self.refusal
        if self.read_only:
            raise StoreLockedError("another FinanceHub has the database open: nothing is kept here", "close the other")

    async def _write(
        self, work: Callable[[DuckDBPyConnection], T], undo: Callable[[DuckDBPyConnection], None] | None = None
    ) -> T:
        self._check_writable()
        return await self._database.write(work, undo)

    async def _read_settled(self, work: Callable[[DuckDBPyConnection], T]) -> T:
        """Read with everything that waits written first; a write that fails does not hinder reading."""
        with contextlib.suppress(StoreError):
            await self.flush()
        return await self._database.read(work)

    def _tell_failure(self) -> None:
        """Raise what the last flush behind the scenes did."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    async def _settle_soon(self) -> None:
        """Flush now where enough waits, else in `flush_seconds`."""
        if len(self._waiting) >= self._flush_rows:
            await self._flush_behind()
        else:
            self._flush_later()

    def _flush_later(self) -> None:
        if self._timer is None and self._is_open:
            self._timer = asyncio.get_running_loop().call_later(self._flush_seconds, self._flush_due)

    def _flush_due(self) -> None:
        self._timer = None
        self._flush_task = asyncio.get_running_loop().create_task(self._flush_behind(), name="store-flush")

    async def _flush_behind(self) -> None:
        try:
            await self.flush()
        except StoreError as error:
            self._failure = error
            self._flush_later()


def _write_live(connection: DuckDBPyConnection, quotes: Sequence[Quote], trades: Sequence[Trade]) -> None:
    if quotes:
        live.write_quotes(connection, quotes)
    if trades:
        live.append_trades(connection, trades)


async def open_store(
    path: Path | None,
    *,
    clock: Clock,
    keep: Retention | None = None,
    flush_seconds: float = 2.0,
    limits: Limits | None = None,
    lasting: bool = False,
) -> tuple[DuckDBStore, list[str]]:
    """The best store there can be, open, and what the user must be told.

    Where the file cannot be used (an unwritable folder, a full disk, a database of a newer version) it is a store in
    memory; with `lasting` one that refuses to be written to, since what it took would be lost. Raises StoreError only
    where not even that opens.
    """
    store = DuckDBStore(path, clock=clock, keep=keep, flush_seconds=flush_seconds, limits=limits)
    try:
        return store, list(await store.open())
    except StoreError as error:
        told = f"The database {path} cannot be used ({error}): nothing will be kept after you quit."
        refusal = StoreError(f"The database {path} cannot be used: {error}", error.hint) if lasting else None
    store = DuckDBStore(None, clock=clock, keep=keep, flush_seconds=flush_seconds, limits=limits)
    store.refusal = refusal
    return store, [told, *await store.open()]
