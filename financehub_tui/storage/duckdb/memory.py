"""What the workstation remembers of its user, and its jobs' log, in DuckDB. Names are case-insensitive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from financehub_tui.storage.duckdb.query import first_row
from financehub_tui.storage.interface import JobRun

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def lists(connection: DuckDBPyConnection) -> list[tuple[str, int]]:
    """(name, number of members) by name."""
    return connection.execute("SELECT name, len(members) FROM lists ORDER BY lower(name)").fetchall()


def read_list(connection: DuckDBPyConnection, name: str) -> list[str] | None:
    """Members in order; None for an unknown list."""
    row = first_row(connection, "SELECT members FROM lists WHERE lower(name) = lower(?)", [name])
    return None if row is None else list(row[0])


def write_list(connection: DuckDBPyConnection, name: str, members: Sequence[str]) -> None:
    """Make or replace a list."""
    delete_list(connection, name)
    connection.execute("INSERT INTO lists VALUES (?, ?::VARCHAR[])", [name, list(members)])


def delete_list(connection: DuckDBPyConnection, name: str) -> None:
    """Forget a list; unknown names are no error."""
    connection.execute("DELETE FROM lists WHERE lower(name) = lower(?)", [name])


def layouts(connection: DuckDBPyConnection) -> list[tuple[str, int]]:
    """(name, saved at) by name."""
    return connection.execute("SELECT name, saved_at FROM layouts ORDER BY lower(name)").fetchall()


def read_layout(connection: DuckDBPyConnection, name: str) -> str | None:
    """The document of a layout."""
    row = first_row(connection, "SELECT document FROM layouts WHERE lower(name) = lower(?)", [name])
    return None if row is None else str(row[0])


def write_layout(connection: DuckDBPyConnection, name: str, document: str, now: int) -> None:
    """Make or replace a layout."""
    delete_layout(connection, name)
    connection.execute("INSERT INTO layouts VALUES (?, ?, ?)", [name, document, now])


def delete_layout(connection: DuckDBPyConnection, name: str) -> None:
    """Forget a layout; unknown names are no error."""
    connection.execute("DELETE FROM layouts WHERE lower(name) = lower(?)", [name])


def add_line(connection: DuckDBPyConnection, time: int, line: str) -> None:
    """Append to the command history."""
    connection.execute("INSERT INTO command_lines VALUES (?, ?)", [time, line])


def lines(connection: DuckDBPyConnection, limit: int) -> list[tuple[int, str]]:
    """(time, line), newest first by the order they were typed in, whatever the clock said."""
    return connection.execute("SELECT time, line FROM command_lines ORDER BY rowid DESC LIMIT ?", [limit]).fetchall()


def add_job_run(connection: DuckDBPyConnection, run: JobRun) -> None:
    """Append to the job log."""
    connection.execute(
        "INSERT INTO job_runs VALUES (?, ?, ?, ?, ?)", [run.job, run.started, run.finished, run.ok, run.detail]
    )


def job_runs(connection: DuckDBPyConnection, limit: int, job: str | None) -> list[JobRun]:
    """Newest first."""
    rows = connection.execute(
        "SELECT job, started, finished, ok, detail FROM job_runs WHERE job = coalesce(?, job) "
        "ORDER BY started DESC, rowid DESC LIMIT ?",
        [job, limit],
    ).fetchall()
    return [JobRun(job=row[0], started=row[1], finished=row[2], ok=row[3], detail=row[4]) for row in rows]


def read_state(connection: DuckDBPyConnection, key: str) -> str | None:
    """The value of a key."""
    row = first_row(connection, "SELECT value FROM state WHERE key = ?", [key])
    return None if row is None else str(row[0])


def write_state(connection: DuckDBPyConnection, key: str, value: str | None) -> None:
    """Set a key, or forget it where the value is None."""
    connection.execute("DELETE FROM state WHERE key = ?", [key])
    if value is not None:
        connection.execute("INSERT INTO state VALUES (?, ?)", [key, value])
