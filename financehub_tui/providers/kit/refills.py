"""Trades a stream missed, fetched by REST in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.quote import Trade

MOST = 1_000
"""Trades fetched for one hole: what the venues give in one call."""


class Refills:
    """One fetch per symbol at a time. Where trades cannot be had the hole stays."""

    def __init__(
        self,
        fetch: Callable[[Instrument, int], Awaitable[Sequence[Trade]]],
        late: Callable[[str, Iterable[Trade]], None],
    ) -> None:
        """`fetch` gives the newest trades, newest first; `late` is handed those of the hole, oldest first."""
        self._fetch = fetch
        self._late = late
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def ask(self, symbol: str, instrument: Instrument, first: int, last: int) -> None:
        """The trades with ids from `first` to `last` are missing. Does not block."""
        running = self._tasks.get(symbol)
        if running is None or running.done():
            work = self._refill(symbol, instrument, first, last)
            self._tasks[symbol] = asyncio.create_task(work, name=f"missed trades of {symbol}")

    async def close(self) -> None:
        """Stop fetching."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _refill(self, symbol: str, instrument: Instrument, first: int, last: int) -> None:
        try:
            trades = await self._fetch(instrument, MOST)
        except ProviderError:
            return
        self._late(symbol, [trade for trade in reversed(trades) if trade.id and first <= int(trade.id) <= last])
