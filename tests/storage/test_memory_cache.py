"""The memory cache: fresh, stale, gone, evicted, counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.clock import ManualClock
from financehub_tui.storage.cache import Freshness, Lifetime, MemoryCache

FRESH, STALE = Freshness.FRESH, Freshness.STALE


@pytest.fixture
def cache(clock: ManualClock) -> MemoryCache[object]:
    return MemoryCache(clock, {"quote": Lifetime(ttl=5, stale=10, entries=3), "profile": Lifetime(ttl=3_600)})


def test_a_value_is_fresh_then_stale_then_gone(cache, clock):
    cache.put("quote", "AAPL", 1)
    clock.advance(4.9)
    assert cache.get("quote", "AAPL") == (1, FRESH)
    clock.advance(0.1)
    assert cache.get("quote", "AAPL") == (1, STALE)
    clock.advance(9.9)
    assert cache.get("quote", "AAPL") == (1, STALE)
    clock.advance(0.1)
    assert cache.get("quote", "AAPL") is None


def test_kinds_live_for_their_own_time_and_do_not_see_each_other(cache, clock):
    cache.put("quote", "AAPL", 1)
    cache.put("profile", "AAPL", 2)
    clock.advance(100)
    assert cache.get("quote", "AAPL") is None
    assert cache.get("profile", "AAPL") == (2, FRESH)
    clock.advance(3_600)
    assert cache.get("profile", "AAPL") is None, "no stale window unless given"


def test_a_new_value_starts_a_new_life(cache, clock):
    cache.put("quote", "AAPL", 1)
    clock.advance(6)
    cache.put("quote", "AAPL", None)
    assert cache.get("quote", "AAPL") == (None, FRESH)


def test_one_value_may_live_differently(cache, clock):
    cache.put("quote", "closed market", 1, ttl=300, stale=0)
    clock.advance(299)
    assert cache.get("quote", "closed market") == (1, FRESH)
    clock.advance(1)
    assert cache.get("quote", "closed market") is None


def test_the_least_recently_used_goes_first(cache):
    for key in "abc":
        cache.put("quote", key, key)
    cache.get("quote", "a")
    cache.put("quote", "b", "B")
    cache.put("quote", "d", "d")
    assert [key for key in "abcd" if cache.get("quote", key)] == ["a", "b", "d"]


def test_figures_count_every_look_up_once(cache, clock):
    for key in "abcd":
        cache.put("quote", key, key)
    for key in "abbb":
        cache.get("quote", key)
    clock.advance(6)
    cache.get("quote", "c")
    quotes, profiles = cache.figures()
    assert (quotes.hits, quotes.misses, quotes.stale, quotes.evictions, quotes.entries) == (3, 1, 1, 1, 3)
    assert (quotes.kind, quotes.ttl, profiles.kind, profiles.entries) == ("quote", 5, "profile", 0)


def test_the_clock_set_back_keeps_nothing_alive_longer(cache, clock):
    cache.put("quote", "AAPL", 1)
    clock.set(clock.now() - 3_600 * 10**9)
    clock.advance(15)
    assert cache.get("quote", "AAPL") is None


def test_discard_clear_and_purge(cache, clock):
    for key in "abc":
        cache.put("quote", key, key)
    cache.put("profile", "p", 1)
    cache.discard("quote", "a")
    cache.discard("quote", "unknown")
    clock.advance(15)
    assert cache.purge() == 2
    cache.clear("quote")
    assert cache.get("profile", "p")
    cache.clear()
    assert not cache.get("profile", "p")


def test_a_kind_never_named_is_a_mistake_of_the_caller(cache):
    with pytest.raises(KeyError):
        cache.get("news", "AAPL")


@given(st.lists(st.tuples(st.sampled_from(["put", "get", "wait"]), st.integers(0, 6), st.floats(0, 8)), max_size=60))
def test_it_never_holds_more_than_its_bound_nor_gives_what_is_too_old(steps):
    clock = ManualClock()
    cache: MemoryCache[float] = MemoryCache(clock, {"k": Lifetime(ttl=5, stale=5, entries=3)})
    written: dict[int, float] = {}
    for step, key, seconds in steps:
        if step == "put":
            cache.put("k", key, clock.monotonic())
            written[key] = clock.monotonic()
        elif step == "wait":
            clock.advance(seconds)
        elif found := cache.get("k", key):
            age = clock.monotonic() - written[key]
            assert found[0] == written[key]
            assert found[1] is (FRESH if age < 5 else STALE)
            assert age < 10
        assert cache.figures()[0].entries <= 3
