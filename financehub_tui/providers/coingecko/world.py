"""The market value of all coins together: what a coin's dominance is a share of."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.quote import Quote
from financehub_tui.providers.coingecko.access import Access
from financehub_tui.providers.coingecko.wire import GLOBAL, GlobalAnswer

KEPT = 600 * NANOS
log = logging.getLogger(__name__)


class World:
    """Totals by currency, asked for at most every ten minutes."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._totals: Mapping[str, float | None] = {}
        self._loaded_at: int | None = None

    async def look(self) -> None:
        """Renew the totals where they are old; where they cannot be had, the old ones stand. Nothing is raised."""
        if self._loaded_at is not None and self._clock.now() - self._loaded_at < KEPT:
            return
        try:
            response = await self._access.get("/global", {}, endpoint=GLOBAL)
            self._totals, self._loaded_at = response.decode(GlobalAnswer).data.total_market_cap, response.received_at
        except ProviderError as error:
            log.info("market value of all coins: %s", error)

    def share(self, quote: Quote) -> float | None:
        """A quote's market value in percent of all; None where either is unknown."""
        currency = quote.provenance.currency.lower() if quote.provenance else ""
        total = self._totals.get(currency)
        return None if quote.market_cap is None or not total else 100 * quote.market_cap / total
