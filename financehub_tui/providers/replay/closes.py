"""The last closes of bundled history as quotes, for instruments that have no live values in a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote, Session
from financehub_tui.providers.base import Capability, DataKind, ProviderSpec
from financehub_tui.providers.kit.unoffered import Unoffered

PROVIDER = "closes"
LOOK_BACK = 30 * 86_400 * NANOS

SPEC = ProviderSpec(
    id=PROVIDER,
    title="Last closes",
    rest_url="",
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=tuple(AssetClass), delay=Delay.END_OF_DAY, batch=1_000),
    ),
)


class History(Protocol):
    """A provider of daily bars under a clock."""

    def symbol(self, instrument: Instrument) -> str | None: ...
    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars: ...


class LastCloses(Unoffered):
    """Quotes whose last price is the newest daily close that is known, marked EOD."""

    spec = SPEC

    def __init__(self, history: History, clock: Clock) -> None:
        self._history = history
        self._clock = clock

    def symbol(self, instrument: Instrument) -> str | None:
        """The symbol, where there is history."""
        return self._history.symbol(instrument)

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """The last closes, one series after the other."""
        return {instrument.key: await self._quote(instrument) for instrument in instruments}

    async def _quote(self, instrument: Instrument) -> Quote | Missing:
        now = self._clock.now()
        try:
            bars = await self._history.bars(instrument, BarRequest(start=now - LOOK_BACK, end=now))
        except ProviderError as error:
            return error.missing()
        closes = bars.frame["close"].drop_nulls().to_list()
        if not closes:
            return Missing(reason=Reason.NO_DATA, detail="no close in the last thirty days")
        newest = bars.frame.row(-1, named=True)
        return Quote(
            key=instrument.key,
            time=bars.provenance.as_of,
            last=closes[-1],
            open=newest["open"],
            high=newest["high"],
            low=newest["low"],
            previous_close=closes[-2] if len(closes) > 1 else None,
            volume=newest["volume"],
            session=Session.CLOSED,
            decimals=bars.decimals,
            provenance=msgspec.structs.replace(
                bars.provenance, notes=(*bars.provenance.notes, f"the last {Interval.D1.value} close known")
            ),
        )

    async def close(self) -> None:
        """Nothing is held open."""
