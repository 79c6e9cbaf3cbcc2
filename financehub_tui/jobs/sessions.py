"""Tells the live book when a market opens or closes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.jobs.spec import Job
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.quote import Session


def job(wanted: Callable[[], Iterable[Instrument]], session: Callable[[Instrument], Session], book: QuoteBook) -> Job:
    """Every five seconds: the session of every instrument on screen."""

    async def run() -> str:
        changed = sum(book.enter(instrument.key, session(instrument)) for instrument in wanted())
        return f"{changed} changed"

    return Job("sessions", "Session changes", 5.0, run)
