"""Kraken's live feed: books renewed where their checksum does not agree."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import FeedHealth, Sink
from financehub_tui.providers.kit.spot_feed import SpotFeed, batches
from financehub_tui.providers.kit.stream import StreamOptions
from financehub_tui.providers.kit.topics import by_channel
from financehub_tui.providers.kraken.decoder import DEPTH, KrakenDecoder
from financehub_tui.providers.kraken.names import read_pair
from financehub_tui.providers.kraken.wire import Control

if TYPE_CHECKING:
    from financehub_tui.providers.kraken.rest import KrakenProvider

CHANNELS = {"quote": ("ticker",), "trade": ("trade",), "book": ("book",)}
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


class KrakenFeed(SpotFeed):
    """Channels are asked for by message, many symbols at a time; each symbol is acknowledged or refused on its own."""

    channels = CHANNELS
    options = OPTIONS

    def __init__(self, rest: KrakenProvider, sink: Sink) -> None:
        super().__init__(rest, sink)
        self.decoder: KrakenDecoder = KrakenDecoder(
            self.sink,
            renew=lambda symbol: self.topics.renew(("book", symbol)),
            hole=self.hole,
            refused=self._refused,
            decimals=rest.listing.decimals,
        )
        self._requests: dict[int, tuple[str, tuple[str, ...]]] = {}
        """Channel and symbols of the last subscriptions, by request number."""
        self._last_id = 0

    def health(self) -> Sequence[FeedHealth]:
        """As for every venue; what this one says of itself is shown with the first connection."""
        entries = super().health()
        if entries and self.decoder.system not in ("", "online"):
            entries[0].detail = f"Kraken says: {self.decoder.system}"
        return entries

    def address(self, topics: Sequence[str]) -> str:
        """The same for all topics: they are asked for by message."""
        return f"{self._rest.stream_url.rstrip('/').removesuffix('/v2')}/v2"

    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many symbols of a channel. Snapshots of trades fill what a lost connection missed."""
        return self._messages("subscribe", topics, {"snapshot": True})

    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for many symbols of a channel."""
        return self._messages("unsubscribe", topics, {})

    def heartbeat(self) -> str:
        """The venue beats by itself; this is what it answers with pong."""
        return json.dumps({"method": "ping", "req_id": self._next_id()})

    def lost(self, topics: Collection[str], why: str) -> None:
        """Books on that connection start anew."""
        self.decoder.lose_books(by_channel(topics).get("book", ()), why)

    def _messages(self, method: str, topics: Sequence[str], more: Mapping[str, object]) -> list[str]:
        return [
            self._message(method, channel, symbols, more) for channel, symbols in batches(topics, SYMBOLS_A_MESSAGE)
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
        about = [(own, symbol) for own, symbol in self.topics.subjects if self._concerns(own, symbol, channel, named)]
        for subject in about if named else [(channel, symbol) for symbol in symbols]:
            if lasting:
                self._give_up(subject, error)
            else:
                self.topics.renew(subject, at_once=False)

    def _concerns(self, own: str, symbol: str, channel: str, named: str | None) -> bool:
        return symbol == named and channel in ("", own)

    def _give_up(self, subject: tuple[str, str], error: ProviderError) -> None:
        self.topics.refuse(subject)
        if subject[0] == "book":
            self.decoder.lose_books([subject[1]], error.detail, error.reason)
