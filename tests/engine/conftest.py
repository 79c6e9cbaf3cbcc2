"""A desk over in-process sources and a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from vendors.sources import START, Source

from financehub_tui.clock import ManualClock
from financehub_tui.config import Settings
from financehub_tui.engine.answers import Answers
from financehub_tui.engine.catalog import Catalog, Entry
from financehub_tui.engine.desk import InProcessDesk
from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.health import HealthBoard
from financehub_tui.engine.journal import Journal
from financehub_tui.engine.parts import Parts
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.router import Router
from financehub_tui.engine.scenario import LIVE
from financehub_tui.engine.shared import SharedAnswers
from financehub_tui.engine.tasks import SingleFlight, Tasks
from financehub_tui.engine.writer import StoreWriter
from financehub_tui.market.calendar import SessionState
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.master import SecurityMaster
from financehub_tui.market.quote import Session
from financehub_tui.storage.duckdb import open_store

MakeDesk = Callable[..., InProcessDesk]


def always_open(instrument: Instrument, now: int) -> SessionState:
    return SessionState(
        session=Session.REGULAR, market="XNYS", timezone="America/New_York", next_change=None, next_session=None
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def make_desk(clock: ManualClock) -> AsyncIterator[MakeDesk]:
    """A function that makes a desk over sources; every desk is closed, and must leave no task behind."""
    before = asyncio.all_tasks()
    made: list[InProcessDesk] = []

    def make(
        *sources: Source,
        stale_first: bool = False,
        entries: tuple[Entry, ...] = (),
        settings: Settings | None = None,
        redis: str = "",
    ) -> InProcessDesk:
        tasks, health, book = Tasks(), HealthBoard(clock), QuoteBook(clock)
        listed = [Entry(source.spec.id, source.spec.id.title(), lambda source=source: source) for source in sources]
        catalog = Catalog([*entries, *listed], health)
        settings = settings or Settings()
        door = StoreDoor(lambda: open_store(None, clock=clock))
        parts = Parts(
            clock=clock,
            router=Router(catalog, health, clock, settings, tasks),
            book=book,
            answers=Answers(clock),
            journal=Journal(),
            tasks=tasks,
            flights=SingleFlight(tasks),
            store=door,
            writer=StoreWriter(door),
            shared=SharedAnswers(redis, clock) if redis else None,
            stale_first=stale_first,
        )
        desk = InProcessDesk(
            settings=settings,
            scenario=LIVE,
            clock=clock,
            master=SecurityMaster,
            parts=parts,
            door=door,
            sessions=always_open,
        )
        made.append(desk)
        return desk

    yield make
    for desk in made:
        await desk.close()
    left = [task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()]
    assert not left
