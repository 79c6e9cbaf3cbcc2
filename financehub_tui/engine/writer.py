"""Write-behind to the store: what was fetched or streamed is written in batches by a job, and at the end.

What the store does not take waits for the next flush, within the same bounds as before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial

import msgspec

from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.taps import Tap
from financehub_tui.errors import StoreError
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Adjustment, Tier
from financehub_tui.market.quote import Correction, Quote, Trade
from financehub_tui.storage.interface import Store

log = logging.getLogger(__name__)
TRADES_HELD = 50_000
CORRECTIONS_HELD = 1_000
SERIES_HELD = 64
_Series = tuple[str, Interval, str, Adjustment, str, str, object, object]


class StoreWriter(Tap):
    """Collects what the store shall keep. Also a tap of the quote book: every streamed trade passes through.

    Only what came from a live source is kept: replayed and simulated values never enter the store. A store that is
    read-only, as another process holds the database, is given nothing by intent, and what was collected for it is let
    go: the user was told so when it was opened.
    """

    def __init__(self, door: StoreDoor) -> None:
        self._door = door
        self._quotes: dict[str, Quote] = {}
        self._bars: dict[_Series, Bars] = {}
        self._trades: deque[Trade] = deque(maxlen=TRADES_HELD)
        self._corrections: deque[Correction] = deque(maxlen=CORRECTIONS_HELD)
        self._busy = asyncio.Lock()

    def keep_quote(self, quote: Quote) -> None:
        """The newest quote of an instrument, without what is another source's: a row has one origin."""
        if quote.provenance is not None and quote.provenance.tier is Tier.LIVE:
            borrowed = quote.market_cap_from is not None
            self._quotes[quote.key] = msgspec.structs.replace(quote, market_cap=None) if borrowed else quote

    def keep_bars(self, bars: Bars) -> None:
        """A series just fetched, in place of an earlier answer for the same bars; of too many, the oldest goes."""
        if bars.provenance.tier is not Tier.LIVE:
            return
        series = _series_of(bars)
        self._bars.pop(series, None)
        self._bars[series] = bars
        if len(self._bars) > SERIES_HELD:
            del self._bars[next(iter(self._bars))]

    def trade(self, trade: Trade) -> None:
        """A streamed trade; where the store does not keep up, the oldest are let go."""
        self._trades.append(trade)

    def correct(self, correction: Correction) -> None:
        """A streamed trade is taken back or corrected: so it is in the store, once it is there."""
        self._corrections.append(correction)

    @property
    def waiting(self) -> int:
        """Rows that wait to be written."""
        live = len(self._quotes) + len(self._trades) + len(self._corrections)
        return live + sum(bars.frame.height for bars in self._bars.values())

    async def flush(self) -> int:
        """Write what waits; rows written. Raises StoreError, the first of them, when all that can be is written.

        What the store did not take waits on, unless something newer has come for it. That holds for a cancelled flush
        too: what it had under way is written again, which changes nothing but where a venue does not number its trades.
        """
        async with self._busy:
            return await self._write(await self._door.open()) if self.waiting else 0

    async def _write(self, store: Store) -> int:
        if store.read_only:
            self._forget()
            return 0
        written, failures = 0, []
        bars = [partial(self._write_bars, store, series) for series in self._bars]
        for write in (partial(self._write_quotes, store), partial(self._write_trades, store), *bars):
            try:
                written += await write()
            except StoreError as error:
                failures.append(error)
        if failures:
            log.warning("store: %s", failures[0])
            raise failures[0]
        return written

    def _forget(self) -> None:
        self._quotes.clear()
        self._bars.clear()
        self._trades.clear()
        self._corrections.clear()

    async def _write_quotes(self, store: Store) -> int:
        quotes = list(self._quotes.values())
        if not quotes:
            return 0
        written = await store.write_quotes(quotes)
        for quote in quotes:
            if self._quotes.get(quote.key) is quote:
                del self._quotes[quote.key]
        return written

    async def _write_bars(self, store: Store, series: _Series) -> int:
        bars = self._bars.get(series)
        if bars is None:
            return 0
        written = await store.write_bars(bars)
        if self._bars.get(series) is bars:
            del self._bars[series]
        return written

    async def _write_trades(self, store: Store) -> int:
        trades, corrections = list(self._trades), list(self._corrections)
        self._trades.clear()
        try:
            written = await store.append_trades(trades) if trades else 0
        except BaseException:
            self._trades = deque([*trades, *self._trades], maxlen=self._trades.maxlen)
            raise
        if corrections:
            written += await store.correct_trades(corrections)
            self._corrections = deque(
                (one for one in self._corrections if one not in corrections), maxlen=CORRECTIONS_HELD
            )
        return written


def _series_of(bars: Bars) -> _Series:
    """What the store tells series apart by, and the bars it is of."""
    origin, times = bars.provenance, bars.frame["time"]
    meaning = origin.provider, origin.adjustment, origin.currency, origin.unit
    return bars.key, bars.interval, *meaning, times.min(), times.max()
