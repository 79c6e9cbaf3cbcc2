"""Binance's live streams: topics from what is wanted, books kept in step by snapshots over REST."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import FeedHealth, Sink
from financehub_tui.providers.binance.decoder import BinanceDecoder
from financehub_tui.providers.binance.listing import symbol_of
from financehub_tui.providers.kit.fallback import PollingFallback, PollingOptions
from financehub_tui.providers.kit.stream import ClosingSoonError, StreamClient, StreamOptions

if TYPE_CHECKING:
    from financehub_tui.providers.binance.rest import BinanceProvider

TOPICS = {"quote": ("ticker", "bookTicker"), "trade": ("trade",), "book": ("depth@100ms",)}
"""Streams by kind of interest."""
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


class BinanceFeed:
    """Streams quotes, trades and books of the wanted instruments into the sink."""

    provider = "binance"

    def __init__(
        self,
        rest: BinanceProvider,
        sink: Sink,
        clock: Clock,
        stream_url: str,
        *,
        options: StreamOptions | None = None,
        polling: PollingOptions | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sink = sink
        self.decoder = BinanceDecoder(sink, resync=self._resync, shutdown=_closing_soon)
        self._rest = rest
        self._clock = clock
        self._url = stream_url
        self._sleep = sleep
        options = options or OPTIONS
        self._tick = options.tick
        self._client = StreamClient(self, clock=clock, options=options, sleep=sleep, symbols=_pairs)
        self._fallback = PollingFallback(self._streaming, self._poll, clock=clock, options=polling)
        self._quoted: tuple[Instrument, ...] = ()
        self._symbols: set[str] = set()
        self._streamed: set[str] = set()
        """Symbols whose differences a live socket was asked for."""
        self._quiet_since: dict[str, float] = {}
        self._snapshots: dict[str, asyncio.Task[None]] = {}
        self._not_before: dict[str, float] = {}
        """Monotonic time of the next snapshot allowed, by symbol."""
        self._last_id = 0

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """What shall be streamed from now on, by kind (quote, trade, book)."""
        topics: set[str] = set()
        symbols: set[str] = set()
        for kind, instruments in wanted.items():
            for instrument in instruments:
                symbol = symbol_of(instrument)
                if symbol is None:
                    continue
                self.decoder.add(symbol, instrument)
                symbols.add(symbol)
                topics.update(f"{symbol.lower()}@{stream}" for stream in TOPICS.get(kind, ()))
        for symbol in self._symbols - symbols:
            self.decoder.remove(symbol)
        self._symbols = symbols
        self._quoted = tuple(wanted.get("quote", ()))
        self._client.want(topics)

    def health(self) -> Sequence[FeedHealth]:
        """One entry per connection. Gaps and duplicates are the feed's, shown with its first connection."""
        entries = self._client.health()
        for health in entries[:1]:
            health.gaps, health.duplicates = self.decoder.gaps, self.decoder.duplicates
            health.last_sequence = self.decoder.last_sequence
        return self._fallback.shown(entries)

    async def run(self) -> None:
        """Connect, stream, reconnect, until cancelled."""
        polling = asyncio.create_task(self._fallback.run(), name="binance polling")
        watching = asyncio.create_task(self._watch(), name="binance quiet books")
        try:
            await self._client.run()
        finally:
            tasks = [polling, watching, *self._snapshots.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def address(self, topics: Sequence[str]) -> str:
        """Combined streams on an empty socket; topics are asked for by message."""
        return f"{self._url}/stream"

    def hello(self) -> Sequence[str]:
        """Nothing: the streams are public."""
        return ()

    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many streams."""
        self._streamed |= _with_books(topics)
        return self._requests("SUBSCRIBE", topics)

    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many streams."""
        self._streamed -= _with_books(topics)
        return self._requests("UNSUBSCRIBE", topics)

    def heartbeat(self) -> str:
        """The cheapest message that is answered."""
        return self._request("LIST_SUBSCRIPTIONS")

    def handle(self, frame: bytes, received: int) -> int:
        """One frame."""
        return self.decoder.handle(frame, received)

    def lost(self, topics: Collection[str], why: str) -> None:
        """Books on that connection start anew."""
        symbols = _with_books(topics)
        self._streamed -= symbols
        self.decoder.lose_books(symbols, why)
        self.decoder.count_anew({topic.partition("@")[0].upper() for topic in topics})

    def _requests(self, method: str, topics: Sequence[str]) -> list[str]:
        parts = [topics[start : start + TOPICS_A_MESSAGE] for start in range(0, len(topics), TOPICS_A_MESSAGE)]
        return [self._request(method, part) for part in parts]

    def _request(self, method: str, topics: Sequence[str] = ()) -> str:
        self._last_id += 1
        message: dict[str, object] = {"method": method, "params": list(topics), "id": self._last_id}
        if not topics:
            del message["params"]
        return json.dumps(message, ensure_ascii=False)

    def _streaming(self) -> bool:
        return self._client.live or not self._quoted

    async def _poll(self) -> bool:
        quotes = await self._rest.quotes(self._quoted)
        fresh = [quote for quote in quotes.values() if isinstance(quote, Quote)]
        for quote in fresh:
            self._sink.ticker(quote)
        return bool(fresh)

    def _resync(self, symbol: str) -> None:
        """Called while a frame is handled: fetch in the background, one snapshot per book at a time."""
        running = self._snapshots.get(symbol)
        if running is None or running.done():
            self._snapshots[symbol] = asyncio.create_task(self._snapshot(symbol), name=f"binance snapshot {symbol}")

    async def _snapshot(self, symbol: str) -> None:
        """Fetch until one fits; after a refusal when the provider says."""
        while self._unsynced(symbol):
            rest = self._not_before.get(symbol, 0.0) - self._clock.monotonic()
            if rest > 0:
                await self._sleep(max(rest, 0.001))
                continue
            pause = SNAPSHOT_PAUSE
            try:
                response, depth = await self._rest.depth(symbol, SNAPSHOT_DEPTH)
                self.decoder.snapshot(symbol, depth, response.received_at)
            except ProviderError as error:
                pause = self._pause_after(error)
            self._not_before[symbol] = self._clock.monotonic() + pause

    def _unsynced(self, symbol: str) -> bool:
        book = self.decoder.book(symbol)
        return book is not None and not book.synced and symbol in self._streamed

    async def _watch(self) -> None:
        """Books in which nothing moves are fetched too: differences alone would leave them unknown for long."""
        while True:
            now = self._clock.monotonic()
            unsynced = {symbol for symbol in self._streamed if self._unsynced(symbol)}
            self._quiet_since = {symbol: self._quiet_since.get(symbol, now) for symbol in unsynced}
            for symbol, since in self._quiet_since.items():
                if now - since >= QUIET:
                    self._resync(symbol)
            await asyncio.sleep(self._tick)

    def _pause_after(self, error: ProviderError) -> float:
        if error.retry_at is None:
            return 10 * SNAPSHOT_PAUSE
        return max(SNAPSHOT_PAUSE, (error.retry_at - self._clock.now()) / NANOS)


def _with_books(topics: Collection[str]) -> set[str]:
    return {topic.partition("@")[0].upper() for topic in topics if "@depth" in topic}


def _pairs(topics: Collection[str]) -> int:
    return len({topic.partition("@")[0] for topic in topics})


def _closing_soon() -> None:
    raise ClosingSoonError
