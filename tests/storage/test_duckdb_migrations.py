"""Schema versions: from every one to the newest, and never back."""

from __future__ import annotations

import duckdb
import pytest

from financehub_tui.clock import ManualClock
from financehub_tui.errors import StoreError
from financehub_tui.storage.duckdb import DuckDBStore, open_store
from financehub_tui.storage.duckdb.migrations import MIGRATIONS, TABLES, Migration, migrate, version_of


def schema(connection):
    return connection.execute(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
        "WHERE table_name <> 'schema_version' ORDER BY ALL"
    ).fetchall()


@pytest.fixture
def fresh():
    with duckdb.connect(":memory:") as connection:
        migrate(connection, 7)
        yield schema(connection)


def test_versions_count_from_one_without_gaps():
    assert [migration.version for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("version", range(len(MIGRATIONS) + 1))
def test_every_version_leads_to_the_newest_schema(fresh, version):
    with duckdb.connect(":memory:") as connection:
        if version:
            migrate(connection, 7, MIGRATIONS[:version])
        assert version_of(connection) == version
        assert migrate(connection, 8) == len(MIGRATIONS)
        assert schema(connection) == fresh
        assert migrate(connection, 9) == len(MIGRATIONS), "a second time changes nothing"
        applied = connection.execute("SELECT applied_at FROM schema_version ORDER BY version").fetchall()
        assert applied == [(7,)] * version + [(8,)] * (len(MIGRATIONS) - version)


def test_version_1_keeps_its_bars(fresh):
    with duckdb.connect(":memory:") as connection:
        migrate(connection, 7, MIGRATIONS[:1])
        connection.execute(
            "INSERT INTO series VALUES (1, 'K', 'D', 'yahoo', 'split', 'USD', 'currency', '', '', 'EOD', '[]', 2, '[]')"
        )
        connection.execute("INSERT INTO bars VALUES (1, TIMESTAMP '2018-02-05', 1, 2, 0, 1.5, 9, 0, 0, false)")
        migrate(connection, 8)
        assert connection.execute("SELECT instrument, close FROM latest_bars").fetchall() == [("K", 1.5)]


def test_version_2_keeps_its_lists(fresh):
    with duckdb.connect(":memory:") as connection:
        migrate(connection, 7, MIGRATIONS[:2])
        connection.execute("INSERT INTO lists VALUES ('tech', ['a', 'b'])")
        migrate(connection, 8)
        assert connection.execute("SELECT * FROM lists").fetchall() == [("tech", ["a", "b"])]


def test_version_3_shows_latest_values(fresh):
    with duckdb.connect(":memory:") as connection:
        migrate(connection, 7, MIGRATIONS[:3])
        for row in ("'p', '1', 1000, 5", "'p', '2', 2000, 6", "'q', '1', 500, 7"):
            connection.execute(f"INSERT INTO trades VALUES ('K', {row}, 1, 'buy', '')")
        connection.execute(
            "INSERT INTO quotes (instrument, time, last, session, provider) VALUES ('K', 1, 2, 'PRE', '')"
        )
        found = connection.execute("SELECT provider, price FROM latest_trades ORDER BY provider").fetchall()
        assert found == [("p", 6.0), ("q", 7.0)]
        assert connection.execute("SELECT instrument, last FROM latest_quotes").fetchall() == [("K", 2.0)]


def test_a_step_that_fails_leaves_the_version_before_it():
    broken = (*MIGRATIONS, Migration(len(MIGRATIONS) + 1, "broken", ("CREATE TABLE x (a INTEGER)", "no SQL at all")))
    with duckdb.connect(":memory:") as connection:
        with pytest.raises(duckdb.Error):
            migrate(connection, 7, broken)
        connection.execute("ROLLBACK")
        assert version_of(connection) == len(MIGRATIONS)
        assert not [row for row in schema(connection) if row[0] == "x"]


def test_all_tables_are_counted(fresh):
    views = {"latest_bars", "latest_quotes", "latest_trades"}
    assert {row[0] for row in fresh} == {*TABLES, *views}


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "store.duckdb"
    with duckdb.connect(str(path)) as connection:
        migrate(connection, 7)
        connection.execute("INSERT INTO schema_version VALUES (99, 'from the future', 0)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="version 99, this program knows up to"):
        await DuckDBStore(path, clock=ManualClock(0)).open()
    assert path.read_bytes() == before
    store, (message,) = await open_store(path, clock=ManualClock(0))
    assert "version 99" in message
    await store.close()
    assert path.read_bytes() == before
