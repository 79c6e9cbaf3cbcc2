"""Tells whoever listens that a provider's budget is nearly spent: once, until it has clearly recovered."""

from __future__ import annotations

from financehub_tui.clock import Clock
from financehub_tui.engine.health import HealthBoard
from financehub_tui.engine.lanes import Lanes
from financehub_tui.figures import BudgetNearlySpent

NEARLY = 0.10
"""Share left below which it is told."""
RECOVERED = 0.25
"""Share left above which it may be told again."""


class BudgetWatch:
    """Looks at every limit that is not by the second."""

    def __init__(self, health: HealthBoard, lanes: Lanes, clock: Clock) -> None:
        self._health = health
        self._lanes = lanes
        self._clock = clock
        self._told: set[tuple[str, str]] = set()

    def look(self) -> None:
        """Tell of each limit that is nearly spent since the last look."""
        for provider, health in self._health.providers.items():
            for limit, left, relief in self._lanes.slow(provider):
                place = (provider, limit)
                if left >= RECOVERED:
                    self._told.discard(place)
                elif left < NEARLY and place not in self._told:
                    self._told.add(place)
                    self._health.events.tell(
                        BudgetNearlySpent(
                            provider=provider,
                            title=health.title,
                            limit=limit,
                            left=max(0.0, left),
                            relief_at=relief,
                            at=self._clock.now(),
                        )
                    )
