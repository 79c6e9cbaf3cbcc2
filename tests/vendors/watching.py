"""What tests of feeds need: a sink that keeps what arrives, waiting, a feed that runs meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from financehub_tui.clock import ManualClock
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.providers.base import Feed
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.kit.stream import StreamOptions
from vendors.naps import Naps
from vendors.server import VendorServer


class KeepingSink:
    """Keeps what arrives, and copies books so that later changes do not show."""

    def __init__(self) -> None:
        self.tops: list[tuple[Any, ...]] = []
        self.trades: list[Trade] = []
        self.quotes: list[Quote] = []
        self.lost: list[tuple[str, Reason]] = []
        self.books: dict[str, tuple[dict[float, float], dict[float, float]]] = {}
        self.sequences: dict[str, int] = {}
        """Of the books, the newest."""

    def top(self, *top: Any) -> None:
        self.tops.append(top)

    def trade(self, trade: Trade) -> None:
        self.trades.append(trade)

    def ticker(self, quote: Quote) -> None:
        self.quotes.append(quote)

    def book(self, key: str, time: int, book: L2Book) -> None:
        bids, asks = book.top(1_000_000)
        self.books[key] = ({x.price: x.size for x in bids}, {x.price: x.size for x in asks})
        self.sequences[key] = book.sequence

    def book_lost(self, key: str, why: Missing) -> None:
        self.lost.append((key, why.reason))
        self.books.pop(key, None)


async def until(true: Callable[[], object], seconds: float = 3.0) -> None:
    """Wait for something to become true."""
    for _ in range(int(seconds / 0.005)):
        if true():
            return
        await asyncio.sleep(0.005)
    assert true()


@asynccontextmanager
async def streaming(
    provider: type[Any], vendor: VendorServer, clock: ManualClock, sink: KeepingSink, stream: StreamOptions
) -> AsyncIterator[Feed]:
    """A provider's feed, running; polls after 15 seconds without a stream."""
    made = provider(
        clock,
        rest_url=vendor.url,
        stream_url=vendor.ws_url,
        http=HttpOptions(attempts=1, circuit_failures=50),
        stream=stream,
        polling=PollingOptions(after=15.0, every=10.0, tick=0.01),
        sleep=Naps(clock),
    )
    feed = made.feed(sink)
    task = asyncio.create_task(feed.run())
    try:
        yield feed
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await made.close()
