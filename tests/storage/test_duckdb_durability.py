"""What happens to the DuckDB file when things go wrong: kill -9, full disk, damage, two processes, closed folders."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.errors import RowsLostError, StoreError, StoreLockedError
from financehub_tui.market.bars import Interval
from financehub_tui.storage.duckdb import DuckDBStore, faults, open_store
from financehub_tui.storage.duckdb.opening import Limits

T0 = 1_517_788_800 * NANOS
AAPL = "Equity:XNAS:AAPL:USD:currency"
ALL = (0, 4_000_000_000 * NANOS)

PRELUDE = """
import asyncio, os, resource, sys
from pathlib import Path
from financehub_tui.clock import SystemClock
from financehub_tui.errors import StoreError
from financehub_tui.market.quote import Trade
from financehub_tui.storage.duckdb import DuckDBStore, faults, open_store
path = Path(sys.argv[1])
def trade(n): return Trade(key="K", time=n, price=1.0, size=1.0, id=str(n), provider="p")
"""

WRITER = (
    PRELUDE
    + """
async def main():
    store = DuckDBStore(path, clock=SystemClock(), flush_seconds=60)
    await store.open()
    seen = await store.read_trades("K", 1)
    n = seen[0].time + 1 if seen else 0
    while True:
        await store.append_trades([trade(n + k) for k in range(50)])
        await store.flush()
        n += 50
        if n % 300 == 0:
            await store.prune(0)  # a checkpoint rewrites the file
        print(n, flush=True)
asyncio.run(main())
"""
)

HOLDER = (
    PRELUDE
    + """
async def main():
    store = DuckDBStore(path, clock=SystemClock())
    await store.open()
    await store.write_list("tech", ["a"])
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await store.close()
asyncio.run(main())
"""
)

FULL_DISK = (
    PRELUDE
    + """
import uuid
async def main():
    store = DuckDBStore(path, clock=SystemClock())
    await store.open()
    await store.write_list("tech", ["a"])
    allowed = path.stat().st_size + 300_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, resource.RLIM_INFINITY))
    failed = ""
    for n in range(40):
        try:
            await store.write_layout(str(n), "".join(str(uuid.uuid4()) for _ in range(1000)), n)
        except StoreError as error:
            failed = str(error)
    print(failed)
    print(await store.lists(), len(await store.layouts()) > 0)
    try:
        await store.append_trades([trade(n) for n in range(4_000)])
        await store.flush()
    except StoreError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.write_list("later", ["b"])
    print(await store.lists(), len(await store.read_trades("K", 9_999)))
    await store.close()
asyncio.run(main())
"""
)


FULL_AT_CHECKPOINT = (
    PRELUDE
    + """
import uuid
async def main():
    store = DuckDBStore(path, clock=SystemClock())
    await store.open()
    await store.write_list("tech", ["a"])
    for n in range(30):
        await store.write_layout(str(n), "".join(str(uuid.uuid4()) for _ in range(1000)), n)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    try:
        await store.prune(0)
    except StoreError as error:
        print(error)
    print(await store.lists(), len(await store.layouts()))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.write_list("later", ["b"])
    print(await store.lists(), len(await store.layouts()))
    await store.close()
asyncio.run(main())
"""
)


def run(script: str, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, str(path), *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def start(script: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "data" / "store.duckdb"


@pytest.fixture
async def filled(path: Path, clock: ManualClock, bars) -> Path:
    """A closed database with bars and a list in it."""
    store = DuckDBStore(path, clock=clock)
    await store.open()
    await store.write_bars(bars([float(n) for n in range(3_000)], interval=Interval.M1))
    await store.write_list("tech", ["a"])
    await store.close()
    return path


async def test_files_are_private_and_so_is_the_folder(path, clock, quote):
    store = DuckDBStore(path, clock=clock)
    await store.open()
    await store.write_quotes([quote()])
    await store.flush()
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"store.duckdb": 0o600, "store.duckdb.wal": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await store.close()


async def test_what_was_closed_is_there_after_opening_again(filled, clock, bars):
    store = DuckDBStore(filled, clock=clock)
    assert list(await store.open()) == []
    read = await store.read_bars(AAPL, Interval.M1, *ALL)
    assert read.frame["close"].to_list() == [float(n) for n in range(3_000)]
    await store.write_bars(bars([1.0], key="other"))
    assert (await store.sizes())["series"] == 2
    await store.close()


async def test_closing_writes_what_waits(path, clock, quote, trade):
    store = DuckDBStore(path, clock=clock, flush_seconds=60)
    await store.open()
    await store.write_quotes([quote()])
    await store.append_trades([trade()])
    await store.close()
    await store.open()
    sizes = await store.sizes()
    assert (sizes["quotes"], sizes["trades"]) == (1, 1)
    await store.close()


async def test_waiting_rows_are_written_by_themselves_after_a_while(path, clock, trade):
    store = DuckDBStore(path, clock=clock, flush_seconds=0.02)
    await store.open()
    await store.append_trades([trade()])
    for _ in range(200):
        await asyncio.sleep(0.01)
        if not len(store._waiting):
            break
    await store.flush()
    rows = await store._database.read(lambda connection: connection.execute("SELECT count(*) FROM trades").fetchall())
    assert rows == [(1,)]
    await store.close()


async def test_many_waiting_rows_are_written_at_once(path, clock, trade):
    store = DuckDBStore(path, clock=clock, flush_seconds=60, flush_rows=10)
    await store.open()
    await store.append_trades([trade(T0 + n) for n in range(10)])
    assert len(store._waiting) == 0
    await store.close()


def test_killed_while_writing_loses_nothing_that_was_flushed(path):
    """Four times kill -9 at any moment: each time all that was reported as flushed is there."""
    reported = 0
    for round_ in range(4):
        writer = start(WRITER, path)
        assert writer.stdout
        until = time.monotonic() + 0.25 + 0.07 * round_
        for line in writer.stdout:
            reported = int(line)
            if time.monotonic() > until:
                break
        os.kill(writer.pid, signal.SIGKILL)
        reported = max([reported, *(int(line) for line in writer.stdout.read().splitlines() if line.strip())])
        writer.wait()
        kept, messages = asyncio.run(_trades_in(path))
        assert messages == []
        assert kept == list(range(len(kept))), "no hole, nothing twice"
        assert reported <= len(kept) <= reported + 50
        reported = len(kept)


async def _trades_in(path: Path) -> tuple[list[int], list[str]]:
    store = DuckDBStore(path, clock=ManualClock(T0))
    messages = list(await store.open())
    kept = [found.time for found in await store.read_trades("K", 10_000_000)]
    await store.close()
    return kept[::-1], messages


async def test_a_second_process_gets_a_snapshot_and_may_not_write(path, clock, bars, quote):
    holder = start(HOLDER, path)
    try:
        assert holder.stdout
        assert holder.stdin
        assert await asyncio.to_thread(holder.stdout.readline) == "ready\n"
        store = DuckDBStore(path, clock=clock)
        (message,) = await store.open()
        assert "snapshot" in message
        assert str(holder.pid) in message
        assert store.read_only
        assert await store.lists() == [("tech", 1)], "what only stands in the log is seen too"
        for attempt in (store.write_list("x", []), store.write_bars(bars([1.0])), store.write_quotes([quote()])):
            with pytest.raises(StoreLockedError):
                await attempt
        folder = store._database._opened.snapshot_folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
        await store.close()
        assert not folder.exists()
    finally:
        await asyncio.to_thread(holder.communicate)
    assert holder.returncode == 0
    again = DuckDBStore(path, clock=clock)
    assert list(await again.open()) == []
    assert not again.read_only
    await again.close()


async def test_snapshots_of_a_database_being_written_are_whole(path, clock):
    writer = start(WRITER, path)
    try:
        assert writer.stdout
        await asyncio.to_thread(writer.stdout.readline)
        seen = 0
        for _ in range(6):
            kept, (message,) = await _trades_in(path)
            assert "snapshot" in message
            assert kept == list(range(len(kept)))
            assert len(kept) >= max(seen, 50)
            seen = len(kept)
    finally:
        writer.kill()
        await asyncio.to_thread(writer.communicate)


@pytest.mark.parametrize("damage", ["text", "empty", "header", "block", "cut"])
async def test_a_damaged_file_is_kept_aside_and_a_new_one_opened(filled, clock, damage):
    whole = filled.read_bytes()
    broken = {"text": b"not a database" * 500, "empty": b"", "cut": whole[:9_000]}.get(damage, whole)
    for offset in {"header": [8], "block": [4_104, 8_200]}.get(damage, []):
        broken = broken[:offset] + bytes([broken[offset] ^ 0xFF]) + broken[offset + 1 :]
    filled.write_bytes(broken)
    store = DuckDBStore(filled, clock=clock)
    (message,) = await store.open()
    kept = filled.with_name("store.duckdb.damaged-20180205T150000")
    assert kept.name in message
    assert "damaged" in message
    assert kept.read_bytes() == broken
    assert await store.lists() == []
    await store.write_list("new", ["b"])
    await store.close()


async def test_two_damaged_files_of_one_second_are_both_kept(filled, clock):
    for text in (b"first", b"second"):
        filled.write_bytes(text * 100)
        store = DuckDBStore(filled, clock=clock)
        await store.open()
        await store.close()
    kept = sorted(file.read_bytes()[:5] for file in filled.parent.glob("*.damaged-*"))
    assert kept == [b"first", b"secon"]


async def test_a_damaged_log_costs_only_what_stands_in_it(filled, clock):
    holder = start(HOLDER.replace('"tech"', '"in the log"'), filled)
    assert holder.stdout
    await asyncio.to_thread(holder.stdout.readline)
    holder.kill()
    holder.communicate()
    log = filled.with_name("store.duckdb.wal")
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 0xFF
    log.write_bytes(content)
    store = DuckDBStore(filled, clock=clock)
    (message,) = await store.open()
    assert "store.duckdb.wal.damaged-20180205T150000" in message
    assert await store.lists() == [("tech", 1)]
    assert await store.read_bars(AAPL, Interval.M1, *ALL) is not None
    await store.close()


def test_a_full_disk_is_an_error_and_no_end(path):
    done = run(FULL_DISK, path)
    assert done.returncode == 0, done.stderr
    failed, reading, flushing, after = done.stdout.splitlines()
    assert "disk is full" in failed
    assert reading == "[('tech', 1)] True"
    assert "disk is full" in flushing
    assert after == "[('later', 1), ('tech', 1)] 4000", "the rows that waited were kept and written later"


def test_a_checkpoint_on_a_full_disk_is_survived(path):
    done = run(FULL_AT_CHECKPOINT, path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "the disk is full: the database could not be written",
        "[('tech', 1)] 30",
        "[('later', 1), ('tech', 1)] 30",
    ]


async def test_a_database_that_fails_is_opened_anew_and_goes_on(filled, clock, bars, caplog):
    store = DuckDBStore(filled, clock=clock)
    await store.open()

    def fail(connection):
        raise duckdb.FatalException("FATAL Error: Failed: database has been invalidated")

    for access in (store._database.read, store._database.write):
        with pytest.raises(StoreError, match="invalidated"):
            await access(fail)
        assert "the database failed and has been opened anew" in caplog.messages
        caplog.clear()
        assert await store.lists() == [("tech", 1)]
        assert await store.write_bars(bars([7.0], interval=Interval.M1)) == 1
    read = await store.read_bars(AAPL, Interval.M1, *ALL)
    assert (read.frame["close"][0], read.frame.height) == (7.0, 3_000)
    await store.close()


async def test_a_database_that_cannot_be_opened_anew_is_tried_again(filled, clock, monkeypatch):
    store = DuckDBStore(filled, clock=clock)
    await store.open()

    def fail(connection):
        raise duckdb.FatalException("FATAL Error: Failed: database has been invalidated")

    with monkeypatch.context() as patch:
        patch.setattr("financehub_tui.storage.duckdb.database.open_database", fail)
        for _ in range(2):
            with pytest.raises(StoreError):
                await store._database.read(fail)
    assert await store.lists() == [("tech", 1)]
    await store.close()


def test_a_file_of_a_newer_duckdb_is_not_taken_for_damaged():
    newer = "Trying to read a database file with storage version number 99, but we can only read versions 64 to 67."
    assert not faults.is_damaged(duckdb.IOException(f"IO Error: {newer} Corrupt?"))
    assert str(faults.store_error(duckdb.IOException(f"IO Error: {newer}"))) == f"database: {newer}"


async def test_an_unwritable_folder_leads_to_a_store_in_memory(tmp_path, clock, quote):
    blocker = tmp_path / "file"
    blocker.write_text("a file where the folder should be")
    with pytest.raises(StoreError):
        await DuckDBStore(blocker / "store.duckdb", clock=clock).open()
    store, (message,) = await open_store(blocker / "store.duckdb", clock=clock)
    assert "nothing will be kept" in message
    await store.write_quotes([quote()])
    assert AAPL in await store.latest_quotes([AAPL])
    assert (await store.sizes())["bytes"] == 0
    await store.close()


async def test_a_good_path_gives_a_store_without_words(path, clock):
    store, messages = await open_store(path, clock=clock)
    assert (messages, store.path, path.exists()) == ([], path, True)
    await store.close()


async def test_a_failed_flush_behind_the_scenes_is_told_by_the_next_write(path, clock, trade, monkeypatch):
    store = DuckDBStore(path, clock=clock, flush_seconds=0.01)
    await store.open()

    async def refuse(work, undo=None):
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store._database, "write", refuse)
        await store.append_trades([trade(T0)])
        await asyncio.sleep(0.1)
        with pytest.raises(StoreError, match="disk is full"):
            await store.append_trades([trade(T0 + 1)])
    await store.append_trades([trade(T0 + 1)])
    assert len(await store.read_trades(AAPL, 9)) == 2, "nothing was dropped, and what was refused not taken in secret"
    await store.close()


async def test_a_failed_flush_is_tried_again_by_itself_and_told_no_more_once_it_succeeded(
    path, clock, trade, monkeypatch
):
    store = DuckDBStore(path, clock=clock, flush_seconds=0.01)
    await store.open()
    tried = []

    async def refuse(work, undo=None):
        tried.append(work)
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store._database, "write", refuse)
        await store.append_trades([trade(T0)])
        for _ in range(200):
            await asyncio.sleep(0.01)
            if len(tried) > 2:
                break
    for _ in range(200):
        await asyncio.sleep(0.01)
        if not len(store._waiting):
            break
    assert not len(store._waiting)
    await asyncio.sleep(0.05)
    assert await store.append_trades([trade(T0 + 1)]) == 1
    await store.close()


async def test_a_store_closed_while_it_fails_tries_no_more(path, clock, trade, monkeypatch):
    store = DuckDBStore(path, clock=clock, flush_seconds=0.01)
    await store.open()
    tried = []

    async def refuse(work, undo=None):
        tried.append(work)
        await asyncio.sleep(0.01)
        raise StoreError("the disk is full")

    monkeypatch.setattr(store._database, "write", refuse)
    await store.append_trades([trade(T0)])
    await asyncio.sleep(0.05)
    with pytest.raises(RowsLostError):
        await store.close()
    before = len(tried)
    await asyncio.sleep(0.1)
    assert before > 1 and len(tried) == before


async def test_many_rows_on_a_full_disk_are_kept_and_told_by_the_next_write(path, clock, trade, monkeypatch):
    store = DuckDBStore(path, clock=clock, flush_seconds=60, flush_rows=10)
    await store.open()

    async def refuse(work, undo=None):
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store._database, "write", refuse)
        assert await store.append_trades([trade(T0 + n) for n in range(10)]) == 10
        with pytest.raises(StoreError, match="disk is full"):
            await store.append_trades([trade(T0 + 10)])
    assert len(await store.read_trades(AAPL, 99)) == 10
    await store.close()


async def test_a_reader_that_goes_away_takes_no_waiting_row_with_it(path, clock, trade):
    """A screen closed while what it reads is being written first, behind other work of the writing thread."""
    store = DuckDBStore(path, clock=clock, flush_seconds=60)
    await store.open()
    busy = asyncio.create_task(store._database.write(lambda connection: time.sleep(0.1)))
    await asyncio.sleep(0)
    await store.append_trades([trade(T0 + n) for n in range(3)])
    reading = asyncio.create_task(store.read_trades(AAPL, 9))
    await asyncio.sleep(0.02)
    reading.cancel()
    await asyncio.wait([reading])
    await busy
    assert len(await store.read_trades(AAPL, 9)) == 3
    await store.close()


async def test_rows_that_cannot_be_written_at_the_end_are_counted(path, clock, trade, quote, monkeypatch):
    store = DuckDBStore(path, clock=clock, flush_seconds=60)
    await store.open()
    await store.append_trades([trade(T0), trade(T0 + 1)])
    await store.write_quotes([quote()])

    async def refuse(work, undo=None):
        raise StoreError("the disk is full")

    monkeypatch.setattr(store._database, "write", refuse)
    with pytest.raises(RowsLostError, match=r"^3 rows could not be stored, lost at the end: the disk is full$"):
        await store.close()


async def test_duckdb_is_kept_from_network_screen_and_home(path, clock):
    store = DuckDBStore(path, clock=clock, limits=Limits(threads=1, memory="100MB"))
    await store.open()
    wanted = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_persistent_secrets": "false",
        "enable_progress_bar": "false",
        "threads": "1",
        "memory_limit": "95.3 MiB",
    }
    statement = "SELECT name, value FROM duckdb_settings()"
    for access in (store._database.read, store._database.write):
        found = dict(await access(lambda connection: connection.execute(statement).fetchall()))
        assert {name: found[name] for name in wanted} == wanted
    await store.close()


def test_nothing_is_written_to_the_terminal_not_even_at_exit(path):
    script = (
        PRELUDE
        + """
from financehub_tui.market.bars import Interval
async def main():
    store, messages = await open_store(path, clock=SystemClock())
    await store.append_trades([trade(1)])
    await store.read_trades("K", 1)
    await store.read_bars("K", Interval.D1, 0, 1)
    await store.close()
    print("pyarrow" in sys.modules)
asyncio.run(main())
"""
    )
    done = run(script, path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False\n", "")


def test_a_full_disk_at_the_first_opening_leaves_no_half_made_file(tmp_path):
    path = tmp_path / "half.duckdb"
    program = """
import asyncio, resource, signal, sys
from pathlib import Path
import duckdb, polars
from financehub_tui.clock import SystemClock
from financehub_tui.storage.duckdb import open_store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
async def opened():
    store, told = await open_store(Path(sys.argv[1]), clock=SystemClock())
    print(store.path, *told)
    await store.close()
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, resource.RLIM_INFINITY))
asyncio.run(opened())
print(sorted(Path(sys.argv[1]).parent.iterdir()))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
asyncio.run(opened())
"""
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    first, left, later = done.stdout.splitlines()
    assert first.startswith("None The database") and "the disk is full" in first
    assert left == "[]"
    assert later == str(path)
    assert path.stat().st_mode & 0o777 == 0o600
