"""Coinbase's live feed: topics from what is wanted, a pulse on every connection, books renewed when they go wrong."""

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
from financehub_tui.providers.coinbase.decoder import CoinbaseDecoder
from financehub_tui.providers.coinbase.listing import product_of
from financehub_tui.providers.coinbase.refusals import invalid_product
from financehub_tui.providers.coinbase.wire import StreamError
from financehub_tui.providers.kit.fallback import PollingFallback, PollingOptions
from financehub_tui.providers.kit.refills import Refills
from financehub_tui.providers.kit.stream import StreamClient, StreamOptions
from financehub_tui.providers.kit.topics import Topics, by_channel, symbol_count

if TYPE_CHECKING:
    from financehub_tui.providers.coinbase.rest import CoinbaseProvider

BOOKS = "level2_batch"
"""The only channel of books that needs no key."""
CHANNELS = {"quote": "ticker", "trade": "matches", "book": BOOKS}
"""Channel by kind of interest."""
PRODUCTS_A_MESSAGE = 100

OPTIONS = StreamOptions(
    silence=5.0, backoff=0.5, backoff_max=30.0, max_topics=500, messages_per_second=10, max_bytes=64 * 1024 * 1024
)
"""The pulse comes every second; snapshots of books may have many megabytes."""


class CoinbaseFeed:
    """Streams quotes, trades and books of the wanted instruments into the sink."""

    provider = "coinbase"

    def __init__(
        self,
        rest: CoinbaseProvider,
        sink: Sink,
        clock: Clock,
        stream_url: str,
        *,
        options: StreamOptions | None = None,
        polling: PollingOptions | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sink = sink
        self.decoder = CoinbaseDecoder(
            sink,
            renew=self._renew_book,
            hole=self._hole,
            refused=self._refused,
            decimals=rest.listing.decimals,
        )
        self._rest = rest
        self._url = stream_url
        self._client = StreamClient(self, clock=clock, options=options or OPTIONS, sleep=sleep, symbols=symbol_count)
        self._topics = Topics(self._client.want, clock=clock, sleep=sleep)
        self._refills = Refills(rest.trades, self.decoder.late)
        self._fallback = PollingFallback(self._streaming, self._poll, clock=clock, options=polling)
        self._quoted: tuple[Instrument, ...] = ()
        self._instruments: dict[str, Instrument] = {}

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """What shall be streamed from now on, by kind (quote, trade, book)."""
        subjects: set[tuple[str, str]] = set()
        instruments: dict[str, Instrument] = {}
        for kind, chosen in wanted.items():
            for instrument in chosen:
                product = product_of(instrument)
                if product is not None and kind in CHANNELS:
                    instruments[product] = instrument
                    subjects.add((CHANNELS[kind], product))
        for product in self._instruments.keys() - instruments.keys():
            self.decoder.remove(product)
        for channel, product in self._topics.subjects - subjects:
            if channel == "matches":
                self.decoder.forget_trades(product)
        for product, instrument in instruments.items():
            self.decoder.add(product, instrument)
        self._instruments = instruments
        self._quoted = tuple(wanted.get("quote", ()))
        self._topics.want(subjects)

    def health(self) -> Sequence[FeedHealth]:
        """One entry per connection. Gaps and duplicates are the feed's, shown with its first connection."""
        entries = list(self._client.health())
        if entries:
            entries[0] = structs.replace(
                entries[0],
                gaps=self.decoder.gaps,
                duplicates=self.decoder.duplicates,
                last_sequence=self.decoder.last_sequence,
            )
        return self._fallback.shown(entries)

    async def run(self) -> None:
        """Connect, stream, reconnect, until cancelled."""
        polling = asyncio.create_task(self._fallback.run(), name="coinbase polling")
        learning = asyncio.create_task(self._learn(), name="coinbase tick sizes")
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
        return self._url

    def hello(self) -> Sequence[str]:
        """The heartbeat of one wanted product is the pulse of the connection."""
        products = sorted(product for _, product in self._topics.subjects)
        return [_message("subscribe", "heartbeat", products[:1])] if products else []

    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many products of a channel."""
        return _messages("subscribe", topics)

    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many products of a channel."""
        return _messages("unsubscribe", topics)

    def heartbeat(self) -> str:
        """The venue beats by itself; a message is never needed."""
        return _message("subscribe", "heartbeat", sorted(self._instruments)[:1])

    def handle(self, frame: bytes, received: int) -> int:
        """One frame."""
        return self.decoder.handle(frame, received)

    def lost(self, topics: Collection[str], why: str) -> None:
        """Books on that connection start anew."""
        for channel, products in by_channel(topics).items():
            self.decoder.lost(products, channel, why)

    def _refused(self, said: StreamError, error: ProviderError) -> None:
        """Products the venue does not have, and books that need a key, are given up.

        A refusal holds for the whole message, and mostly the socket is closed after it; where it is not, everything
        is asked for again.
        """
        if "unsubscribe" in said.message.lower():
            return
        if error.reason is Reason.NO_KEY:
            self._give_up({subject for subject in self._topics.subjects if subject[0] == BOOKS}, error)
            return
        if error.reason is Reason.UNKNOWN_SYMBOL:
            product = invalid_product(said)
            self._give_up({subject for subject in self._topics.subjects if subject[1] == product}, error)
        self._topics.renew_all()

    def _give_up(self, subjects: Collection[tuple[str, str]], error: ProviderError) -> None:
        for channel, product in subjects:
            self._topics.refuse((channel, product))
            if channel == BOOKS:
                self.decoder.refuse_book(product, error)

    async def _learn(self) -> None:
        """Tick sizes; without them prices themselves show how many decimals they have."""
        with suppress(ProviderError):
            await self._rest.listing.products()

    def _streaming(self) -> bool:
        return self._client.live or not self._quoted

    async def _poll(self) -> bool:
        quotes = await self._rest.quotes(self._quoted)
        fresh = [quote for quote in quotes.values() if isinstance(quote, Quote)]
        for quote in fresh:
            self._sink.ticker(quote)
        return bool(fresh)

    def _renew_book(self, product: str) -> None:
        self._topics.renew((BOOKS, product))

    def _hole(self, product: str, first: int, last: int) -> None:
        if product in self._instruments:
            self._refills.ask(product, self._instruments[product], first, last)


def _messages(method: str, topics: Sequence[str]) -> list[str]:
    return [
        _message(method, channel, products[start : start + PRODUCTS_A_MESSAGE])
        for channel, products in by_channel(topics).items()
        for start in range(0, len(products), PRODUCTS_A_MESSAGE)
    ]


def _message(method: str, channel: str, products: Sequence[str]) -> str:
    return json.dumps({"type": method, "product_ids": list(products), "channels": [channel]}, ensure_ascii=False)
