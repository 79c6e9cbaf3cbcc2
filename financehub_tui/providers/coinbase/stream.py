"""Coinbase's live feed: a pulse on every connection, books renewed when they go wrong."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Sink
from financehub_tui.providers.coinbase.decoder import CoinbaseDecoder
from financehub_tui.providers.coinbase.refusals import invalid_product
from financehub_tui.providers.coinbase.wire import StreamError
from financehub_tui.providers.kit.spot_feed import SpotFeed, batches
from financehub_tui.providers.kit.stream import StreamOptions
from financehub_tui.providers.kit.topics import by_channel

if TYPE_CHECKING:
    from financehub_tui.providers.coinbase.rest import CoinbaseProvider

BOOKS = "level2_batch"
"""The only channel of books that needs no key."""
CHANNELS = {"quote": ("ticker",), "trade": ("matches",), "book": (BOOKS,)}
PRODUCTS_A_MESSAGE = 100

OPTIONS = StreamOptions(
    silence=5.0, backoff=0.5, backoff_max=30.0, max_topics=500, messages_per_second=10, max_bytes=64 * 1024 * 1024
)
"""The pulse comes every second; snapshots of books may have many megabytes."""


class CoinbaseFeed(SpotFeed):
    """Channels are asked for by message, many products at a time; a refusal holds for the whole message."""

    channels = CHANNELS
    options = OPTIONS

    def __init__(self, rest: CoinbaseProvider, sink: Sink) -> None:
        super().__init__(rest, sink)
        self.decoder: CoinbaseDecoder = CoinbaseDecoder(
            self.sink,
            renew=lambda product: self.topics.renew((BOOKS, product)),
            hole=self.hole,
            refused=self._refused,
            decimals=rest.listing.decimals,
        )

    def address(self, topics: Sequence[str]) -> str:
        """The same for all topics: they are asked for by message."""
        return self._rest.stream_url

    def hello(self) -> Sequence[str]:
        """The heartbeat of one wanted product is the pulse of the connection."""
        products = sorted(product for _, product in self.topics.subjects)
        return [_message("subscribe", "heartbeat", products[:1])] if products else []

    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many products of a channel."""
        return [_message("subscribe", *batch) for batch in batches(topics, PRODUCTS_A_MESSAGE)]

    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many products of a channel."""
        return [_message("unsubscribe", *batch) for batch in batches(topics, PRODUCTS_A_MESSAGE)]

    def heartbeat(self) -> str:
        """The venue beats by itself; a message is never needed."""
        return _message("subscribe", "heartbeat", sorted(self.instruments)[:1])

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
            self._give_up({subject for subject in self.topics.subjects if subject[0] == BOOKS}, error)
            return
        if error.reason is Reason.UNKNOWN_SYMBOL:
            product = invalid_product(said)
            self._give_up({subject for subject in self.topics.subjects if subject[1] == product}, error)
        self.topics.renew_all()

    def _give_up(self, subjects: Collection[tuple[str, str]], error: ProviderError) -> None:
        for channel, product in subjects:
            self.topics.refuse((channel, product))
            if channel == BOOKS:
                self.decoder.lose_books([product], error.detail, error.reason)


def _message(method: str, channel: str, products: Sequence[str]) -> str:
    return json.dumps({"type": method, "product_ids": list(products), "channels": [channel]}, ensure_ascii=False)
