"""The memory cache against cachetools.TTLCache: look-ups per second of a warm cache."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from cachetools import TTLCache

from financehub_tui.clock import SystemClock
from financehub_tui.storage.cache import Lifetime, MemoryCache

ENTRIES = 2_000
ROUNDS = 7


def run() -> list[dict[str, object]]:
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
    mine, theirs = statistics.median(rate for rate, _ in rates), statistics.median(rate for _, rate in rates)
    return [
        {
            "name": "memory cache get",
            "value": mine / 1e6,
            "unit": "M/s",
            "peer": "cachetools.TTLCache",
            "peer_value": theirs / 1e6,
            "ratio": mine / theirs,
            "goal": 3.0,
            "lower_is_better": False,
        }
    ]


def _rate(work: Callable[[], None], repeat: int = 10) -> float:
    began = time.perf_counter()
    for _ in range(repeat):
        work()
    return repeat * ENTRIES / (time.perf_counter() - began)


if __name__ == "__main__":
    for row in run():
        print(row)
