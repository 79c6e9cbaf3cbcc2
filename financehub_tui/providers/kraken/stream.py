"""Kraken's live feed: topics from what is wanted, books renewed where their checksum does not agree."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import structs

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import FeedHealth, Sink
from financehub_tui.providers.kit.fallback import PollingFallback, PollingOptions
from financehub_tui.providers.kit.refills import Refills
from financehub_tui.providers.kit.stream import StreamClient, StreamOptions
from financehub_tui.providers.kit.topics import Topics, by_channel, symbol_count
from financehub_tui.providers.kraken.decoder import DEPTH, KrakenDecoder
from financehub_tui.providers.kraken.names import read_pair, symbol_of
from financehub_tui.providers.kraken.wire import Control

if TYPE_CHECKING:
    from financehub_tui.providers.kraken.rest import KrakenProvider

CHANNELS = {"quote": "ticker", "trade": "trade", "book": "book"}
"""Channel by kind of interest."""
PARAMETERS: Mapping[str, Mapping[str, object]] = {
    "ticker": {"event_trigger": "bbo"},
    "trade": {},
    "book": {"depth": DEPTH},
}
"""Best prices are wanted as they change, not at trades only."""
SYMBOLS_A_MESSAGE = 100
REQUESTS_REMEMBERED = 500

OPTIONS = StreamOptions(silence=10.0, backoff=1.0, backoff_max=30.0, max_topics=600, messages_per_second=4)
"""A socket sends something every second; after ten without it is dead. 150 connections in ten minutes are allowed."""


class KrakenFeed:
    """Streams quotes, trades and books of the wanted instruments into the sink."""

    provider = "kraken"

    def __init__(
        self,
        rest: KrakenProvider,
        sink: Sink,
        clock: Clock,
        stream_url: str,
        *,
        options: StreamOptions | None = None,
        polling: PollingOptions | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sink = sink
        self.decoder = KrakenDecoder(
            sink,
            renew=self._renew_book,
            hole=self._hole,
            refused=self._refused,
            decimals=rest.listing.decimals,
        )
        self._rest = rest
        self._url = stream_url.rstrip("/").removesuffix("/v2")
        self._client = StreamClient(self, clock=clock, options=options or OPTIONS, sleep=sleep, symbols=symbol_count)
        self._topics = Topics(self._client.want, clock=clock, sleep=sleep)
        self._fallback = PollingFallback(self._streaming, self._poll, clock=clock, options=polling)
        self._quoted: tuple[Instrument, ...] = ()
        self._instruments: dict[str, Instrument] = {}
        self._refills = Refills(rest.trades, self.decoder.late)
        self._requests: dict[int, tuple[str, tuple[str, ...]]] = {}
        """Channel and symbols of the last subscriptions, by request number."""
        self._last_id = 0

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """What shall be streamed from now on, by kind (quote, trade, book)."""
        subjects: set[tuple[str, str]] = set()
        instruments: dict[str, Instrument] = {}
        for kind, chosen in wanted.items():
            for instrument in chosen:
                symbol = symbol_of(instrument)
                if symbol is not None and kind in CHANNELS:
                    instruments[symbol] = instrument
                    subjects.add((CHANNELS[kind], symbol))
        for symbol in self._instruments.keys() - instruments.keys():
            self.decoder.remove(symbol)
        for channel, symbol in self._topics.subjects - subjects:
            if channel == "trade":
                self.decoder.forget_trades(symbol)
        for symbol, instrument in instruments.items():
            self.decoder.add(symbol, instrument)
        self._instruments = instruments
        self._quoted = tuple(wanted.get("quote", ()))
        self._topics.want(subjects)

    def health(self) -> Sequence[FeedHealth]:
        """One entry per connection. Gaps and duplicates are the feed's, shown with its first connection."""
        entries = list(self._client.health())
        if entries:
            entries[0] = structs.replace(entries[0], gaps=self.decoder.gaps, duplicates=self.decoder.duplicates)
            if self.decoder.system not in ("", "online"):
                entries[0].detail = f"Kraken says: {self.decoder.system}"
        return self._fallback.shown(entries)

    async def run(self) -> None:
        """Connect, stream, reconnect, until cancelled."""
        polling = asyncio.create_task(self._fallback.run(), name="kraken polling")
        learning = asyncio.create_task(self._learn(), name="kraken tick sizes")
        try:
            await self._client.run()
        finally:
            polling.cancel()
            learning.cancel()
            await asyncio.gather(polling, learning, return_exceptions=True)
            await self._refills.close()
            await self._topics.close()

    def address(self, topics: Sequence[str]) -> str:
        """The same for all topics: they are asked for by message."""
        return f"{self._url}/v2"

    def hello(self) -> Sequence[str]:
        """Nothing: the channels are public."""
        return ()

    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many symbols of a channel. Snapshots of trades fill what a lost connection missed."""
        return self._messages("subscribe", topics, {"snapshot": True})

    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many symbols of a channel."""
        return self._messages("unsubscribe", topics, {})

    def heartbeat(self) -> str:
        """The venue beats by itself; this is what it answers with pong."""
        return json.dumps({"method": "ping", "req_id": self._next_id()})

    def handle(self, frame: bytes, received: int) -> int:
        """One frame."""
        return self.decoder.handle(frame, received)

    def lost(self, topics: Collection[str], why: str) -> None:
        """Books on that connection start anew."""
        self.decoder.lose_books(by_channel(topics).get("book", ()), why)

    def _messages(self, method: str, topics: Sequence[str], more: Mapping[str, object]) -> list[str]:
        return [
            self._message(method, channel, symbols[start : start + SYMBOLS_A_MESSAGE], more)
            for channel, symbols in by_channel(topics).items()
            for start in range(0, len(symbols), SYMBOLS_A_MESSAGE)
        ]

    def _message(self, method: str, channel: str, symbols: Sequence[str], more: Mapping[str, object]) -> str:
        number = self._next_id()
        if method == "subscribe":
            self._requests[number] = (channel, tuple(symbols))
            self._requests.pop(number - REQUESTS_REMEMBERED, None)
        params = {"channel": channel, "symbol": list(symbols), **PARAMETERS[channel], **more}
        return json.dumps({"method": method, "params": params, "req_id": number}, ensure_ascii=False)

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _refused(self, control: Control, error: ProviderError) -> None:
        """A symbol the venue does not have is given up; whatever else it refuses is asked for again later."""
        if control.method not in (None, "subscribe"):
            return
        channel, symbols = self._requests.get(control.req_id or 0, ("", ()))
        named = read_pair(control.symbol) if control.symbol else None
        lasting = error.reason in (Reason.UNKNOWN_SYMBOL, Reason.NO_KEY)
        about = [(own, symbol) for own, symbol in self._topics.subjects if self._concerns(own, symbol, channel, named)]
        for subject in about if named else [(channel, symbol) for symbol in symbols]:
            if lasting:
                self._give_up(subject, error)
            else:
                self._topics.renew(subject, at_once=False)

    def _concerns(self, own: str, symbol: str, channel: str, named: str | None) -> bool:
        return symbol == named and channel in ("", own)

    def _give_up(self, subject: tuple[str, str], error: ProviderError) -> None:
        self._topics.refuse(subject)
        if subject[0] == "book":
            self.decoder.lose_books([subject[1]], error.detail, error.reason)

    async def _learn(self) -> None:
        """Tick sizes; without them prices themselves show how many decimals they have."""
        with suppress(ProviderError):
            await self._rest.listing.pairs()

    def _streaming(self) -> bool:
        return self._client.live or not self._quoted

    async def _poll(self) -> bool:
        quotes = await self._rest.quotes(self._quoted)
        fresh = [quote for quote in quotes.values() if isinstance(quote, Quote)]
        for quote in fresh:
            self._sink.ticker(quote)
        return bool(fresh)

    def _renew_book(self, symbol: str) -> None:
        self._topics.renew(("book", symbol))

    def _hole(self, symbol: str, first: int, last: int) -> None:
        if symbol in self._instruments:
            self._refills.ask(symbol, self._instruments[symbol], first, last)
