"""Write-behind to the store: what was fetched or streamed is written in batches by a job, and at the end."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

import msgspec

from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.taps import Tap
from financehub_tui.errors import StoreError
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Tier
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.storage.interface import Store

log = logging.getLogger(__name__)
TRADES_HELD = 50_000
SERIES_HELD = 64


class StoreWriter(Tap):
    """Collects what the store shall keep. Also a tap of the quote book: every streamed trade passes through.

    Only what came from a live source is kept: replayed and simulated values never enter the store.
    """

    def __init__(self, door: StoreDoor) -> None:
        self._door = door
        self._quotes: dict[str, Quote] = {}
        self._bars: dict[tuple[str, Interval, str, int], Bars] = {}
        self._trades: deque[Trade] = deque(maxlen=TRADES_HELD)
        self._busy = asyncio.Lock()

    def keep_quote(self, quote: Quote) -> None:
        """The newest quote of an instrument, without what is another source's: a row has one origin."""
        if quote.provenance is not None and quote.provenance.tier is Tier.LIVE:
            borrowed = quote.market_cap_from is not None
            self._quotes[quote.key] = msgspec.structs.replace(quote, market_cap=None) if borrowed else quote

    def keep_bars(self, bars: Bars) -> None:
        """A series just fetched."""
        if bars.provenance.tier is not Tier.LIVE:
            return
        if len(self._bars) >= SERIES_HELD:
            del self._bars[next(iter(self._bars))]
        self._bars[bars.key, bars.interval, bars.provenance.provider, bars.frame.height] = bars

    def trade(self, trade: Trade) -> None:
        """A streamed trade; where the store does not keep up, the oldest are let go."""
        self._trades.append(trade)

    @property
    def waiting(self) -> int:
        """Rows that wait to be written."""
        return len(self._quotes) + len(self._trades) + sum(bars.frame.height for bars in self._bars.values())

    async def flush(self) -> int:
        """Write what waits; rows written. A store that fails keeps the program running: the error is told in JOBQ."""
        async with self._busy:
            return await self._write(await self._door.open()) if self.waiting else 0

    async def _write(self, store: Store) -> int:
        quotes, self._quotes = self._quotes, {}
        series, self._bars = self._bars, {}
        trades = list(self._trades)
        self._trades.clear()
        written = 0
        if store.read_only:
            return 0
        try:
            if quotes:
                written += await store.write_quotes(list(quotes.values()))
            for bars in series.values():
                written += await store.write_bars(bars)
            if trades:
                written += await store.append_trades(trades)
        except StoreError as error:
            log.warning("store: %s", error)
            raise
        return written
