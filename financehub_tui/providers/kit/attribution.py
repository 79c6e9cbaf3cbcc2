"""How a source signs its values: its name, how late they are, and what is said of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.market.provenance import Adjustment, Delay, Provenance, Tier

if TYPE_CHECKING:
    from financehub_tui.market.instrument import Instrument


class Attribution(msgspec.Struct, frozen=True):
    """Makes the provenance of a source's values."""

    provider: str
    delay: Delay = Delay.REALTIME
    """Of values that do not say otherwise."""
    tier: Tier = Tier.LIVE
    notes: tuple[str, ...] = ()
    """Said of every value, before what is said of one."""

    def __call__(
        self,
        endpoint: str,
        as_of: int,
        fetched_at: int,
        instrument: Instrument | None = None,
        *,
        currency: str | None = None,
        delay: Delay | None = None,
        adjustment: Adjustment = Adjustment.NONE,
        notes: Sequence[str] = (),
    ) -> Provenance:
        """Where a value came from; times in ns since 1970 UTC. Unit and, where no other is named, currency are those of
        its instrument."""
        own = instrument.currency if instrument else ""
        return Provenance(
            provider=self.provider,
            endpoint=endpoint,
            as_of=as_of,
            fetched_at=fetched_at,
            tier=self.tier,
            delay=self.delay if delay is None else delay,
            currency=own if currency is None else currency,
            unit=instrument.unit.value if instrument else "",
            adjustment=adjustment,
            notes=(*self.notes, *notes),
        )
