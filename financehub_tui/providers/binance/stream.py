"""Binance's live streams: books kept in step by snapshots over REST."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.providers.base import Sink
from financehub_tui.providers.binance.decoder import BinanceDecoder
from financehub_tui.providers.kit.spot_feed import SpotFeed
from financehub_tui.providers.kit.stream import ClosingSoonError, StreamOptions
from financehub_tui.providers.kit.topics import by_channel, subject_of

if TYPE_CHECKING:
    from financehub_tui.providers.binance.rest import BinanceProvider

BOOKS = "depth@100ms"
CHANNELS = {"quote": ("ticker", "bookTicker"), "trade": ("trade",), "book": (BOOKS,)}
"""Streams of a pair by kind of interest."""
TOPICS_A_MESSAGE = 100
SNAPSHOT_DEPTH = 1_000
QUIET = 3.0
"""Seconds after which a book is fetched although no difference has come: few trade in it."""
SNAPSHOT_PAUSE = 1.0
"""Seconds between two snapshots of one book, so that a broken stream cannot spend the budget."""

OPTIONS = StreamOptions(silence=30.0, heartbeat=10.0, renew_after=23.5 * 3_600, max_topics=400, messages_per_second=4)
"""The venue allows 1,024 streams a socket, 5 messages a second, and closes every socket after 24 hours.

Pairs in which nothing moves send nothing: what the venue answers to our message shows that the socket is alive.
"""


class BinanceFeed(SpotFeed):
    """Every stream of a pair is a channel; a topic of it is subscribed as `btcusdt@depth@100ms`."""

    channels = CHANNELS
    options = OPTIONS

    def __init__(self, rest: BinanceProvider, sink: Sink) -> None:
        super().__init__(rest, sink)
        self._rest: BinanceProvider = rest
        self.decoder: BinanceDecoder = BinanceDecoder(
            self.sink, resync=self._resync, shutdown=_closing_soon, hole=self.hole
        )
        self._tick = (rest.stream_options or OPTIONS).tick
        self._streamed: set[str] = set()
        """Symbols whose differences a live socket was asked for."""
        self._quiet_since: dict[str, float] = {}
        self._snapshots: dict[str, asyncio.Task[None]] = {}
        self._not_before: dict[str, float] = {}
        """Monotonic time of the next snapshot allowed, by symbol."""
        self._last_id = 0

    async def run(self) -> None:
        """Connect, stream, reconnect, until cancelled."""
        try:
            await super().run()
        finally:
            for task in self._snapshots.values():
                task.cancel()
            await asyncio.gather(*self._snapshots.values(), return_exceptions=True)

    def background(self) -> Mapping[str, Coroutine[Any, Any, None]]:
        """Prices show their decimals themselves: the table of pairs, which is large, is not loaded for them."""
        return {"polling": self._fallback.run(), "quiet books": self._watch()}

    def address(self, topics: Sequence[str]) -> str:
        """Combined streams on an empty socket; topics are asked for by message."""
        return f"{self._rest.stream_url.rstrip('/')}/stream"

    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many streams."""
        self._streamed.update(_with_books(topics))
        return self._requests("SUBSCRIBE", topics)

    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many streams."""
        self._streamed.difference_update(_with_books(topics))
        return self._requests("UNSUBSCRIBE", topics)

    def heartbeat(self) -> str:
        """The cheapest message that is answered."""
        return self._request("LIST_SUBSCRIPTIONS")

    def lost(self, topics: Collection[str], why: str) -> None:
        """Books on that connection start anew."""
        symbols = _with_books(topics)
        self._streamed.difference_update(symbols)
        self.decoder.lose_books(symbols, why)
        self.decoder.count_anew({subject_of(topic)[1] for topic in topics})

    def _requests(self, method: str, topics: Sequence[str]) -> list[str]:
        streams = [f"{symbol.lower()}@{channel}" for channel, symbol in map(subject_of, topics)]
        parts = [streams[start : start + TOPICS_A_MESSAGE] for start in range(0, len(streams), TOPICS_A_MESSAGE)]
        return [self._request(method, part) for part in parts]

    def _request(self, method: str, streams: Sequence[str] = ()) -> str:
        self._last_id += 1
        message: dict[str, object] = {"method": method, "params": list(streams), "id": self._last_id}
        if not streams:
            del message["params"]
        return json.dumps(message, ensure_ascii=False)

    def _resync(self, symbol: str) -> None:
        """Called while a frame is handled: fetch in the background, one snapshot per book at a time."""
        running = self._snapshots.get(symbol)
        if running is None or running.done():
            self._snapshots[symbol] = asyncio.create_task(self._snapshot(symbol), name=f"binance snapshot {symbol}")

    async def _snapshot(self, symbol: str) -> None:
        """Fetch until one fits; after a refusal when the provider says."""
        while self._unsynced(symbol):
            rest = self._not_before.get(symbol, 0.0) - self._rest.clock.monotonic()
            if rest > 0:
                await self._rest.sleep(max(rest, 0.001))
                continue
            pause = SNAPSHOT_PAUSE
            try:
                response, depth = await self._rest.depth(symbol, SNAPSHOT_DEPTH)
                self.decoder.snapshot(symbol, depth, response.received_at)
            except ProviderError as error:
                pause = self._pause_after(error)
            self._not_before[symbol] = self._rest.clock.monotonic() + pause

    def _unsynced(self, symbol: str) -> bool:
        book = self.decoder.book(symbol)
        return book is not None and not book.synced and symbol in self._streamed

    async def _watch(self) -> None:
        """Books in which nothing moves are fetched too: differences alone would leave them unknown for long."""
        while True:
            now = self._rest.clock.monotonic()
            unsynced = {symbol for symbol in self._streamed if self._unsynced(symbol)}
            self._quiet_since = {symbol: self._quiet_since.get(symbol, now) for symbol in unsynced}
            for symbol, since in self._quiet_since.items():
                if now - since >= QUIET:
                    self._resync(symbol)
            await asyncio.sleep(self._tick)

    def _pause_after(self, error: ProviderError) -> float:
        if error.retry_at is None:
            return 10 * SNAPSHOT_PAUSE
        return max(SNAPSHOT_PAUSE, (error.retry_at - self._rest.clock.now()) / NANOS)


def _with_books(topics: Collection[str]) -> list[str]:
    return by_channel(topics).get(BOOKS, [])


def _closing_soon() -> None:
    raise ClosingSoonError
