"""The pieces that every kind of question needs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.engine.answers import Answers
from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.journal import Journal
from financehub_tui.engine.origins import in_tier
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.router import Router
from financehub_tui.engine.shared import SharedAnswers
from financehub_tui.engine.tasks import SingleFlight, Tasks
from financehub_tui.engine.writer import StoreWriter
from financehub_tui.market.provenance import Provenance, Tier
from financehub_tui.providers.base import DataKind

T = TypeVar("T")


class Parts(msgspec.Struct, frozen=True, kw_only=True):
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
    shared: SharedAnswers | None = None
    """The tier between memory and the providers, where Redis is configured."""
    stale_first: bool = False
    """Give what is held or stored at once and fetch anew behind it: for screens, not for one-shot runs."""

    async def shared_answer(self, kind: DataKind, key: Hashable, expected: type[T]) -> T | None:
        """What another terminal fetched a moment ago, marked so; None where there is nothing."""
        if self.shared is None:
            return None
        value = await self.shared.get(kind, key, expected)
        if value is not None:
            self.hit(getattr(value, "provenance", None))
        return None if value is None else in_tier(value, Tier.REDIS)

    def share(self, kind: DataKind, answers: Mapping[Hashable, object], ttl: float | None = None) -> None:
        """Give answers to the other terminals, without waiting for it."""
        if self.shared is not None and answers:
            self.tasks.spawn(self.shared.put(kind, answers, ttl), "sharing of answers")

    def hit(self, provenance: Provenance | None) -> None:
        """An answer came from memory, or from another terminal, whose providers may be others: a call saved."""
        health = self.router.health.providers.get(provenance.provider) if provenance is not None else None
        if health is not None:
            health.cache_hits += 1
