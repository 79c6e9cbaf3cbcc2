"""The pieces that every kind of question needs."""

from __future__ import annotations

from dataclasses import dataclass

from financehub_tui.clock import Clock
from financehub_tui.engine.answers import Answers
from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.journal import Journal
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.router import Router
from financehub_tui.engine.tasks import SingleFlight, Tasks
from financehub_tui.engine.writer import StoreWriter
from financehub_tui.market.provenance import Provenance


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the planners share. Without a store nothing is remembered beyond the process."""

    clock: Clock
    router: Router
    book: QuoteBook
    answers: Answers
    journal: Journal
    tasks: Tasks
    flights: SingleFlight
    store: StoreDoor | None = None
    writer: StoreWriter | None = None
    stale_first: bool = False
    """Give what is held or stored at once and fetch anew behind it: for screens, not for one-shot runs."""

    def hit(self, provenance: Provenance | None) -> None:
        """An answer came from memory: a call saved."""
        if provenance is not None:
            self.router.health.of(provenance.provider).cache_hits += 1
