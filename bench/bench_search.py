"""Search in 50,000 instruments against textual.fuzzy, and opening the bundled master against decoding it whole."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from functools import partial

import msgspec

from bench.figures import Figure
from financehub_tui.market.instrument import AssetClass
from financehub_tui.market.master import MASTER_FILE, SecurityMaster, load_master
from financehub_tui.market.search import SearchIndex

INSTRUMENTS = 50_000
ROUNDS = 15
STAGES = {
    "exact symbol": "AAPL",
    "symbol prefix": "A",
    "words": "bank of am",
    "infix": "icrosof",
    "fuzzy": "microsft",
    "nothing": "qqzzxy",
}


def run() -> list[Figure]:
    """One row per stage of search, then one for opening the master."""
    names = _names()
    index = SearchIndex()
    index.add(names)
    slowest = _slowest(index)
    peer = _fuzzy_peer(names)
    rows: list[Figure] = []
    for stage, text in STAGES.items():
        took = _milliseconds(partial(index.find, text, 20))
        rows.append(_row(f"search, {stage}, 50,000 instruments", took, "textual.fuzzy", peer, 5.0))
    rows.append(_row("search, p99 of 2,000 typed beginnings", slowest, "textual.fuzzy", peer, 5.0))
    whole = _milliseconds(lambda: msgspec.msgpack.decode(MASTER_FILE.read_bytes()))
    rows.append(_row("open the master, find one symbol", _milliseconds(_open), "msgspec decode of all", whole, 40.0))
    return rows


def _row(name: str, value: float, peer: str, peer_value: float, goal: float) -> Figure:
    return Figure(
        name=name, value=value, unit="ms", row=20, peer=peer, peer_value=peer_value, ratio=value / peer_value,
        goal=goal, goal_on="value", lower_is_better=True,
    )  # fmt: skip


def _names() -> list[tuple[str, str]]:
    """The real master, filled up to 50,000 with its own names under other symbols."""
    real = [(one.symbol, one.name) for one in load_master().all()]
    rng = random.Random(1)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    more = [
        (
            "".join(rng.choices(letters, k=5)),
            " ".join(rng.choice(real)[1].split()[:2] + rng.choice(real)[1].split()[-1:]),
        )
        for _ in range(INSTRUMENTS - len(real))
    ]
    return real + more


def _slowest(index: SearchIndex) -> float:
    """The 99th percentile over beginnings of real names, as they are typed."""
    rng = random.Random(2)
    names = [one.name for one in rng.sample(load_master().all(), 250)]
    typed = [name[:length] for name in names for length in (1, 2, 3, 4, 5, 6, 8, 12)]
    took = [statistics.median(_once(partial(index.find, text, 20)) for _ in range(3)) for text in typed]
    return statistics.quantiles(took, n=100)[98]


def _fuzzy_peer(names: list[tuple[str, str]]) -> float:
    from textual.fuzzy import FuzzySearch

    lines = [f"{symbol} {name}" for symbol, name in names]

    def search() -> None:
        fuzzy = FuzzySearch()
        for line in lines:
            fuzzy.match("bank of am", line)

    return statistics.median(_once(search) for _ in range(3))


def _open() -> SecurityMaster:
    master = load_master()
    master.exact("AAPL", asset_class=AssetClass.EQUITY)
    return master


def _milliseconds(action: Callable[[], object]) -> float:
    return statistics.median(_once(action) for _ in range(ROUNDS))


def _once(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1_000


if __name__ == "__main__":
    for row in run():
        print(row.line())
