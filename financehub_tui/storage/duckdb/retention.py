"""Dropping what is older than the retention settings, and counting what is left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS
from financehub_tui.market.bars import Interval
from financehub_tui.storage.duckdb.files import companions
from financehub_tui.storage.duckdb.migrations import TABLES
from financehub_tui.storage.duckdb.query import first_row
from financehub_tui.storage.interface import Retention

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_INTRADAY = [interval.value for interval in Interval if interval.intraday]
_STATEMENTS = {
    "bars": """DELETE FROM bars WHERE time < make_timestamp($before // 1000)
        AND series IN (SELECT id FROM series WHERE list_contains($intraday, interval))""",
    "quotes": "DELETE FROM quotes WHERE time < $before",
    "trades": "DELETE FROM trades WHERE time < $before",
    "command_lines": "DELETE FROM command_lines WHERE time < $before",
    "job_runs": "DELETE FROM job_runs WHERE started < $before",
}


def prune(connection: DuckDBPyConnection, retention: Retention, now: int) -> dict[str, int]:
    """Rows dropped per table. Daily and longer bars, lists, layouts and state are kept for good."""
    days = {
        "bars": retention.intraday_days,
        "quotes": retention.quote_days,
        "trades": retention.trade_days,
        "command_lines": retention.line_days,
        "job_runs": retention.job_days,
    }
    dropped = {}
    for table, statement in _STATEMENTS.items():
        parameters: dict[str, object] = {"before": now - int(days[table] * 86_400 * NANOS)}
        if table == "bars":
            parameters["intraday"] = _INTRADAY
        row = first_row(connection, statement, parameters)
        dropped[table] = int(row[0]) if row else 0
    return dropped


def sizes(connection: DuckDBPyConnection, path: Path | None) -> dict[str, int]:
    """Rows per table, and `bytes` of the file with its log (0 in memory)."""
    counts = {}
    for table in TABLES:
        row = first_row(connection, f"SELECT count(*) FROM {table}")  # noqa: S608
        counts[table] = int(row[0]) if row else 0
    present = [] if path is None else [path, *companions(path)]
    return {**counts, "bytes": sum(file.stat().st_size for file in present)}
