"""Tells whoever listens that sources contradict each other: once for each new state of a field, not at every look."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from financehub_tui.clock import Clock
from financehub_tui.engine.events import Events
from financehub_tui.figures import DataDisagreement

if TYPE_CHECKING:
    from financehub_tui.engine.crosscheck import CrossCheck

REMEMBERED = 2_000


class Disagreements:
    """What is known to be in dispute, bounded."""

    def __init__(self, events: Events, clock: Clock) -> None:
        self._events = events
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], dict[str, str]] = OrderedDict()

    def look(self, key: str, found: CrossCheck) -> None:
        """Tell what a check of an instrument's field has found, where it is another than before."""
        from financehub_tui.engine.crosscheck import FindingKind

        if sum(reading.value is not None for reading in found.readings) < 2:
            return  # one source alone neither contradicts nor confirms
        place = (key, found.field)
        findings = {one.provider: one.kind.value for one in found.findings if one.kind is not FindingKind.ABSENT}
        if not findings:
            self._known.pop(place, None)
        elif self._known.get(place) != findings:
            self._known[place] = findings
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            self._events.tell(self._event(key, found, findings))

    def _event(self, key: str, found: CrossCheck, findings: dict[str, str]) -> DataDisagreement:
        return DataDisagreement(
            key=key,
            field=found.field,
            values={reading.provider: reading.value for reading in found.readings},
            findings=findings,
            confidence=found.confidence,
            at=self._clock.now(),
        )
