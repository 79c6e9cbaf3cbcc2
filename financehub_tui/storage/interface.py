"""The store's interface. DuckDB stands behind it by default; TimescaleDB can.

All methods are coroutines that do their work off the event loop. They raise StoreError and nothing else; what raised
has taken nothing, so that the caller may keep it and try again.
Times are nanoseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Adjustment
from financehub_tui.market.quote import Correction, Quote, Trade


class JobRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a scheduled job."""

    job: str
    started: int
    finished: int
    ok: bool
    detail: str = ""


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Days each kind of row is kept. Daily and longer bars, lists, layouts and state are kept for good."""

    intraday_days: float = 90
    quote_days: float = 30
    trade_days: float = 7
    line_days: float = 365
    job_days: float = 30


class Store(Protocol):
    """Keeps bars, quotes, trades, and what the workstation remembers of its user."""

    @property
    def read_only(self) -> bool:
        """True in snapshot mode, when another process holds the database: writes are refused with StoreLockedError."""
        ...

    async def open(self) -> Sequence[str]:
        """Open and migrate. Returns what the user must be told: a damaged file set aside, snapshot mode."""
        ...

    async def close(self) -> None:
        """Flush and close. Idempotent. Raises RowsLostError, closed all the same, where rows could not be written."""
        ...

    async def flush(self) -> int:
        """Write quotes and trades that wait in memory now; rows written. It happens by itself every few seconds."""
        ...

    async def write_bars(self, bars: Bars) -> int:
        """Insert or replace by (key, interval, provider, adjustment, currency, unit, time). Returns rows written."""
        ...

    async def read_bars(
        self,
        key: str,
        interval: Interval,
        start: int,
        end: int,
        provider: str | None = None,
        adjustment: Adjustment | None = None,
    ) -> Bars | None:
        """Bars of ONE provider and adjustment: those asked for, else the series with the newest bar in the window.

        The tier is STORE, but bars that were simulated or replayed when written keep that tier. None without bars.
        """
        ...

    async def write_quotes(self, quotes: Sequence[Quote]) -> int:
        """Keep the latest quote of each instrument."""
        ...

    async def latest_quotes(self, keys: Sequence[str]) -> dict[str, Quote]: ...
    async def append_trades(self, trades: Sequence[Trade]) -> int:
        """Append; doubled ones are ignored where the venue numbers its trades: those of one (key, provider, id, price,
        size), as some number the trades of each market by themselves.
        """
        ...

    async def correct_trades(self, corrections: Sequence[Correction]) -> int:
        """Take trades back, or put the right ones in their place, in the order given; those not stored are no error."""
        ...

    async def read_trades(self, key: str, limit: int) -> list[Trade]:
        """Newest first, all of one provider: that of the newest trade."""
        ...

    async def prune(self, now: int) -> dict[str, int]:
        """Drop what is older than the retention settings; rows dropped per table."""
        ...

    async def lists(self) -> list[tuple[str, int]]: ...
    async def read_list(self, name: str) -> list[str] | None:
        """Member documents (JSON of Instrument) in order; None for an unknown list."""
        ...

    async def write_list(self, name: str, members: Sequence[str]) -> None: ...
    async def delete_list(self, name: str) -> None: ...
    async def add_line(self, time: int, line: str) -> None: ...
    async def lines(self, limit: int) -> list[tuple[int, str]]:
        """(time, line), newest first."""
        ...

    async def layouts(self) -> list[tuple[str, int]]: ...
    async def read_layout(self, name: str) -> str | None: ...
    async def write_layout(self, name: str, document: str, now: int) -> None: ...
    async def delete_layout(self, name: str) -> None: ...
    async def add_job_run(self, run: JobRun) -> None: ...
    async def job_runs(self, limit: int, job: str | None = None) -> list[JobRun]: ...
    async def read_state(self, key: str) -> str | None:
        """A small value kept under a key; None where there is none."""
        ...

    async def write_state(self, key: str, value: str | None) -> None:
        """Keep a value under a key; None forgets it."""
        ...

    async def sizes(self) -> dict[str, int]:
        """Rows per table, and `bytes` of the file."""
        ...
