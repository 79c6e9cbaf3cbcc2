"""The memory cache against cachetools.TTLCache: look-ups per second of a warm cache."""

from __future__ import annotations

import time
from collections.abc import Callable

from cachetools import TTLCache

from bench.figures import Figure, paired
from financehub_tui.clock import SystemClock
from financehub_tui.storage.cache import Lifetime, MemoryCache

ENTRIES = 2_000
ROUNDS = 7


def run() -> list[Figure]:
    """Each round measures both, one after the other; medians."""
    keys = [f"Equity:XNAS:S{n}:USD:currency" for n in range(ENTRIES)]
    ours: MemoryCache[int] = MemoryCache(SystemClock(), {"quote": Lifetime(ttl=300, stale=60, entries=ENTRIES)})
    peer: TTLCache[str, int] = TTLCache(ENTRIES, 300)
    for number, key in enumerate(keys):
        ours.put("quote", key, number)
        peer[key] = number

    def look_up_ours() -> None:
        get = ours.get
        for key in keys:
            get("quote", key)

    def look_up_peer() -> None:
        get = peer.get
        for key in keys:
            get(key)

    rates = [(_rate(look_up_ours), _rate(look_up_peer)) for _ in range(ROUNDS)]
    return [paired("memory cache get", "M/s", "cachetools.TTLCache", rates, row=16, goal=3)]


def _rate(work: Callable[[], None], repeat: int = 10) -> float:
    began = time.perf_counter()
    for _ in range(repeat):
        work()
    return repeat * ENTRIES / (time.perf_counter() - began) / 1e6


if __name__ == "__main__":
    for row in run():
        print(row.line())
