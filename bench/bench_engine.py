"""The quote book and the planner: updates a second against plain dictionaries, overhead of one question."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from bench.figures import Figure, beside
from financehub_tui.clock import SystemClock
from financehub_tui.config import Settings
from financehub_tui.engine.answers import Answers
from financehub_tui.engine.catalog import Catalog, Entry
from financehub_tui.engine.health import HealthBoard
from financehub_tui.engine.journal import Journal
from financehub_tui.engine.parts import Parts
from financehub_tui.engine.planner import QuotePlanner
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.router import Router
from financehub_tui.engine.source import Source
from financehub_tui.engine.tasks import SingleFlight, Tasks
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Provenance
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.providers.base import Capability, DataKind, ProviderSpec

SYMBOLS = 500
UPDATES = 100_000
RUNS = 5


def run() -> list[Figure]:
    """Figures as rows."""
    instruments = [Instrument(asset_class=AssetClass.EQUITY, symbol=f"S{n}", venue="XNAS") for n in range(SYMBOLS)]
    keys = [instrument.key for instrument in instruments]
    plain = _best(lambda: _plain(keys))
    tops = _best(lambda: _tops(instruments, keys))
    trades = _best(lambda: _trades(instruments, keys))
    direct, planned, held, many = asyncio.run(_planner(instruments))
    plain_rate, called = UPDATES / plain, ("provider called directly", direct * 1e6)
    return [
        beside("quote book, best bid and ask", UPDATES / tops, "updates/s", "dict of tuples", plain_rate, goal=0.05),
        beside("quote book, trades with tape", UPDATES / trades, "updates/s", "dict of tuples", plain_rate, goal=0.03),
        beside("planner: one quote, planned and asked", planned * 1e6, "us", *called, lower=True),
        beside("planner: 500 quotes at once, each", many * 1e6, "us", *called, lower=True),
        beside("planner: one quote from memory", held * 1e6, "us", *called, lower=True),
    ]


def _best(work: Callable[[], float]) -> float:
    return min(work() for _ in range(RUNS))


def _plain(keys: Sequence[str]) -> float:
    values: dict[str, tuple[int, float, float, float, float]] = {}
    started = time.perf_counter()
    for n in range(UPDATES):
        values[keys[n % SYMBOLS]] = (n, 1.0, 2.0, 3.0, 4.0)
    return time.perf_counter() - started


def _tops(instruments: Sequence[Instrument], keys: Sequence[str]) -> float:
    book = _book(instruments)
    top = book.sink(Source("bench", stream=True)).top
    started = time.perf_counter()
    for n in range(UPDATES):
        top(keys[n % SYMBOLS], n + 1, 1.0, 2.0, 3.0, 4.0)
        if n % 1_000 == 0:
            book.drain("screen")
    return time.perf_counter() - started


def _trades(instruments: Sequence[Instrument], keys: Sequence[str]) -> float:
    book = _book(instruments)
    trade = book.sink(Source("bench", stream=True)).trade
    made = [Trade(key=keys[n % SYMBOLS], time=n + 1, price=1.0, size=1.0) for n in range(UPDATES)]
    started = time.perf_counter()
    for one in made:
        trade(one)
    return time.perf_counter() - started


def _book(instruments: Sequence[Instrument]) -> QuoteBook:
    book = QuoteBook(SystemClock())
    for instrument in instruments:
        book.register(instrument)
    return book


class Instant:
    """A provider that answers at once."""

    spec = ProviderSpec(
        id="instant",
        title="Instant",
        rest_url="",
        capabilities=(Capability(kind=DataKind.QUOTE, asset_classes=(AssetClass.EQUITY,), batch=100),),
    )

    def symbol(self, instrument):
        return instrument.symbol

    async def quotes(self, instruments):
        origin = Provenance(provider="instant")
        return {one.key: Quote(key=one.key, time=1, last=1.0, provenance=origin) for one in instruments}

    async def close(self):
        """Nothing to close."""


async def _planner(instruments: Sequence[Instrument]) -> tuple[float, float, float, float]:
    clock, tasks = SystemClock(), Tasks()
    health, source = HealthBoard(clock), Instant()
    catalog = Catalog([Entry("instant", "Instant", lambda: source)], health)
    parts = Parts(
        clock=clock, router=Router(catalog, health, clock, Settings(), tasks), book=QuoteBook(clock),
        answers=Answers(clock), journal=Journal(), tasks=tasks, flights=SingleFlight(tasks),
    )  # fmt: skip
    planner = QuotePlanner(parts)
    planner.batcher._window = 0.0
    one = list(instruments[:1])
    figures = []
    for ask in (lambda: source.quotes(one), lambda: planner.quotes(one, fresh=True), lambda: planner.quotes(one)):
        started = time.perf_counter()
        for _ in range(500):
            await ask()
        figures.append((time.perf_counter() - started) / 500)
    started = time.perf_counter()
    for _ in range(10):
        await planner.quotes(instruments, fresh=True)
    figures.append((time.perf_counter() - started) / 10 / len(instruments))
    await tasks.close()
    return figures[0], figures[1], figures[2], figures[3]
