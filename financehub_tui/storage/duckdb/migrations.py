"""Schema versions of the DuckDB store. A published migration is never edited: a change is a new one.

No table has a primary key: merges on the natural key are several times faster without one, and the file several
times smaller. Identity is kept by the statements that write, which all run on one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.errors import StoreError
from financehub_tui.storage.duckdb.query import first_row

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Migration(msgspec.Struct, frozen=True):
    """The statements that lead from version - 1 to `version`."""

    version: int
    title: str
    statements: tuple[str, ...]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        "market data",
        (
            """CREATE TABLE series (
                id INTEGER NOT NULL, instrument VARCHAR NOT NULL, interval VARCHAR NOT NULL,
                provider VARCHAR NOT NULL, adjustment VARCHAR NOT NULL, currency VARCHAR NOT NULL,
                unit VARCHAR NOT NULL, origin VARCHAR NOT NULL, endpoint VARCHAR NOT NULL, delay VARCHAR NOT NULL,
                notes VARCHAR NOT NULL, decimals INTEGER, actions VARCHAR NOT NULL)""",
            """CREATE TABLE bars (
                series INTEGER NOT NULL, time TIMESTAMP NOT NULL, open DOUBLE, high DOUBLE, low DOUBLE,
                close DOUBLE, volume DOUBLE, as_of BIGINT NOT NULL, fetched_at BIGINT NOT NULL,
                forming BOOLEAN NOT NULL)""",
            """CREATE TABLE quotes (
                instrument VARCHAR NOT NULL, time BIGINT NOT NULL, last DOUBLE, last_size DOUBLE, bid DOUBLE,
                ask DOUBLE, bid_size DOUBLE, ask_size DOUBLE, open DOUBLE, high DOUBLE, low DOUBLE,
                previous_close DOUBLE, volume DOUBLE, quote_volume DOUBLE, trade_count BIGINT,
                session VARCHAR NOT NULL, decimals INTEGER, market_cap DOUBLE, provider VARCHAR NOT NULL,
                provenance VARCHAR)""",
            """CREATE TABLE trades (
                instrument VARCHAR NOT NULL, provider VARCHAR NOT NULL, id VARCHAR NOT NULL, time BIGINT NOT NULL,
                price DOUBLE NOT NULL, size DOUBLE NOT NULL, side VARCHAR NOT NULL, condition VARCHAR NOT NULL)""",
        ),
    ),
    Migration(
        2,
        "what the workstation remembers",
        (
            "CREATE TABLE lists (name VARCHAR NOT NULL, members VARCHAR[] NOT NULL)",
            "CREATE TABLE layouts (name VARCHAR NOT NULL, document VARCHAR NOT NULL, saved_at BIGINT NOT NULL)",
            "CREATE TABLE command_lines (time BIGINT NOT NULL, line VARCHAR NOT NULL)",
            """CREATE TABLE job_runs (
                job VARCHAR NOT NULL, started BIGINT NOT NULL, finished BIGINT NOT NULL, ok BOOLEAN NOT NULL,
                detail VARCHAR NOT NULL)""",
            "CREATE TABLE state (key VARCHAR NOT NULL, value VARCHAR NOT NULL)",
        ),
    ),
    Migration(
        3,
        "views of latest values",
        (
            """CREATE VIEW latest_bars AS
                SELECT s.instrument, s.interval, s.provider, s.adjustment, s.currency, s.unit, s.origin,
                    b.* EXCLUDE series
                FROM bars b JOIN series s ON s.id = b.series
                QUALIFY row_number() OVER (PARTITION BY b.series ORDER BY b.time DESC) = 1""",
            """CREATE VIEW latest_quotes AS
                SELECT instrument, make_timestamp_ns(time) AS at, * EXCLUDE (instrument, time, provenance)
                FROM quotes""",
            """CREATE VIEW latest_trades AS
                SELECT instrument, provider, make_timestamp_ns(time) AS at, price, size, side
                FROM trades
                QUALIFY row_number() OVER (PARTITION BY instrument, provider ORDER BY time DESC, rowid DESC) = 1""",
        ),
    ),
)

TABLES = ("series", "bars", "quotes", "trades", "lists", "layouts", "command_lines", "job_runs", "state")


def version_of(connection: DuckDBPyConnection) -> int:
    """The schema version of an open database, 0 for an empty one."""
    known = first_row(connection, "SELECT count(*) FROM information_schema.tables WHERE table_name = 'schema_version'")
    if not known or not known[0]:
        return 0
    row = first_row(connection, "SELECT max(version) FROM schema_version")
    return int(row[0]) if row and row[0] is not None else 0


def migrate(connection: DuckDBPyConnection, now: int, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Bring a database to the newest version, each step in one transaction; `now` is noted beside it.

    Raises StoreError, with nothing changed, where the database is of a newer version than this program knows.
    """
    version, newest = version_of(connection), migrations[-1].version
    if version > newest:
        raise StoreError(
            f"the database is of version {version}, this program knows up to {newest}",
            "update FinanceHub, or point [storage] at another file",
        )
    for migration in migrations:
        if migration.version > version:
            _apply(connection, migration, now)
    return newest


def _apply(connection: DuckDBPyConnection, migration: Migration, now: int) -> None:
    connection.execute("BEGIN")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, title VARCHAR, applied_at BIGINT)"
    )
    for statement in migration.statements:
        connection.execute(statement)
    connection.execute("INSERT INTO schema_version VALUES (?, ?, ?)", [migration.version, migration.title, now])
    connection.execute("COMMIT")
