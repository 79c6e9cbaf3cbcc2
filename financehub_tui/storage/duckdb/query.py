"""Asking for one row. DuckDB refuses the next statement until a result has been read to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def first_row(connection: DuckDBPyConnection, statement: str, parameters: object = None) -> tuple[Any, ...] | None:
    """The first row of a short result, read to its end; None where it is empty."""
    rows = connection.execute(statement, parameters).fetchall()
    return rows[0] if rows else None
