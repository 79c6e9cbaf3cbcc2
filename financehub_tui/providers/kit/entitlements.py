"""What a plan does not include is asked once, not again and again."""

from __future__ import annotations

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason

REMEMBERED = 3_600.0
"""Seconds; a key of a better plan may come meanwhile."""


class Entitlements:
    """Endpoints a source refused because of the plan."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refused: dict[str, tuple[float, ProviderError]] = {}

    def check(self, endpoint: str) -> None:
        """Raises the refusal again while it is remembered."""
        held = self._refused.get(endpoint)
        if held is not None and self._clock.monotonic() < held[0]:
            error = held[1]
            raise ProviderError(error.provider, error.reason, error.detail, endpoint=endpoint, status=error.status)

    def learn(self, endpoint: str, error: ProviderError) -> None:
        """Remember a refusal that is about the plan; others are let pass."""
        if error.reason is Reason.NOT_OFFERED:
            self._refused[endpoint] = (self._clock.monotonic() + REMEMBERED, error)
