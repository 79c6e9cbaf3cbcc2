"""The second tier against a real redis-server, and without one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator

import pytest
from vendors.redis import RedisServer, free_port

from financehub_tui.clock import ManualClock
from financehub_tui.errors import StoreError
from financehub_tui.storage.cache import Freshness, Lifetime
from financehub_tui.storage.redis_cache import RedisCache

FRESH, STALE = Freshness.FRESH, Freshness.STALE
LIVES = {"quote": Lifetime(ttl=5, stale=10), "bars": Lifetime(ttl=60), "brief": Lifetime(ttl=0.05)}


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer(password="secret") as running:
        yield running


@pytest.fixture
async def cache(server: RedisServer, clock: ManualClock):
    made = RedisCache(server.url, clock, LIVES)
    yield made
    await made.close()


async def test_a_value_is_fresh_then_stale(cache, clock, quote):
    await cache.put("quote", "AAPL", quote())
    assert await cache.get("quote", "AAPL") == (quote(), FRESH)
    clock.advance(5)
    assert await cache.get("quote", "AAPL") == (quote(), STALE)
    assert await cache.get("quote", "MSFT") is None
    assert cache.problem == ""


async def test_redis_drops_values_when_their_time_is_over(cache, quote):
    await cache.put("brief", "AAPL", quote())
    await asyncio.sleep(0.1)
    assert await cache.get("brief", "AAPL") is None


async def test_bars_go_through_whole(cache, bars):
    written = bars([1.0, None, 3.0])
    await cache.put("bars", "AAPL:D", written)
    read, state = await cache.get("bars", "AAPL:D")
    assert (read.frame.equals(written.frame), read.provenance, state) == (True, written.provenance, FRESH)


async def test_many_in_one_round_trip(cache, quote):
    await cache.put_many("quote", {"a": quote("a"), "b": quote("b")}, ttl=60)
    await cache.put_many("quote", {})
    found = await cache.get_many("quote", ["a", "x", "b"])
    assert {key: value.key for key, (value, _) in found.items()} == {"a": "a", "b": "b"}
    assert await cache.get_many("quote", []) == {}


async def test_another_process_sees_what_this_one_keeps(cache, server, clock, quote):
    other = RedisCache(server.url, clock, LIVES)
    await cache.put("quote", "AAPL", quote())
    assert await other.get("quote", "AAPL") == (quote(), FRESH)
    await other.discard("quote", "AAPL")
    assert await cache.get("quote", "AAPL") is None
    await other.close()


async def test_figures_count_every_look_up_once(cache, clock, quote):
    await cache.put("quote", "AAPL", quote())
    await cache.get("quote", "AAPL")
    await cache.get("quote", "MSFT")
    clock.advance(5)
    await cache.get("quote", "AAPL")
    figures = next(figures for figures in cache.figures() if figures.kind == "quote")
    assert (figures.hits, figures.misses, figures.stale, figures.errors, figures.ttl) == (1, 1, 1, 0, 5)


async def test_what_cannot_be_read_is_a_miss(cache, quote):
    await cache._redis.set("financehub:1:quote:AAPL", b"\x00" * 8 + b"junk")
    await cache._redis.set("financehub:1:quote:MSFT", b"abc")
    assert await cache.get_many("quote", ["AAPL", "MSFT"]) == {}
    figures = cache.figures()[0]
    assert (figures.misses, figures.errors) == (2, 2)


async def test_redis_going_away_and_coming_back_is_survived_and_told(cache, server, clock, quote, caplog):
    await cache.put("quote", "AAPL", quote())
    server.stop()
    with caplog.at_level(logging.INFO):
        assert await cache.get("quote", "AAPL") is None
        await cache.put("quote", "AAPL", quote())
        assert await cache.get("quote", "AAPL") is None
        assert cache.problem.startswith("Redis is away: ")
        assert sum("away" in record.message for record in caplog.records) == 1, "said once"
        server.start()
        assert await cache.get("quote", "AAPL") is None, "left alone for a while"
        clock.advance(2)
        await cache.put("quote", "AAPL", quote())
        assert await cache.get("quote", "AAPL") == (quote(), FRESH)
    assert cache.problem == ""
    assert "Redis is back" in caplog.messages
    assert not any("secret" in record.getMessage() for record in caplog.records)
    assert cache.figures()[0].errors == 1


async def test_pauses_grow_while_redis_stays_away(clock, quote):
    cache = RedisCache(f"redis://127.0.0.1:{free_port()}/0", clock, LIVES)
    for attempts, pause in enumerate((1, 2, 4, 8, 16, 32, 60, 60), start=1):
        assert await cache.get("quote", "AAPL") is None
        assert cache.figures()[0].errors == attempts
        clock.advance(pause - 0.01)
        assert await cache.get("quote", "AAPL") is None
        assert cache.figures()[0].errors == attempts, "not asked again within the pause"
        clock.advance(0.01)
    await cache.close()
    await cache.close()


async def test_a_server_that_does_not_answer_costs_only_the_time_out(clock, quote):
    listener = await asyncio.start_server(lambda reader, writer: asyncio.sleep(3600), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    cache = RedisCache(f"redis://127.0.0.1:{port}/0", clock, LIVES, timeout=0.1)
    began = time.monotonic()
    assert await cache.get("quote", "AAPL") is None
    assert time.monotonic() - began < 20
    assert cache.problem
    await cache.close()
    listener.close()


async def test_a_wrong_password_is_a_problem_and_no_crash(server, clock):
    cache = RedisCache(server.url.replace("secret", "wrong"), clock, LIVES)
    assert await cache.get("quote", "AAPL") is None
    assert "password" in cache.problem.lower()
    assert "wrong:" not in cache.problem
    await cache.close()


def test_a_url_that_is_none_is_refused(clock):
    with pytest.raises(StoreError, match=r"\[redis\] url"):
        RedisCache("localhost:6379", clock, LIVES)
