"""Alpaca's streams: one of the shares' feed and one of the crypto venue, each with a message of authentication."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import structs

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.alpaca import messages
from financehub_tui.providers.alpaca.decoder import AlpacaDecoder
from financehub_tui.providers.alpaca.spec import FREE_SYMBOLS
from financehub_tui.providers.alpaca.symbols import name_of
from financehub_tui.providers.alpaca.wire import PROVIDER
from financehub_tui.providers.base import FeedHealth, Sink
from financehub_tui.providers.kit.fallback import PollingFallback, PollingOptions, tell_quotes
from financehub_tui.providers.kit.keyed import KeyedStream
from financehub_tui.providers.kit.stream import StreamClient, StreamOptions
from financehub_tui.providers.kit.topics import by_channel, subject_of, symbol_count

if TYPE_CHECKING:
    from financehub_tui.providers.alpaca.provider import AlpacaProvider
    from financehub_tui.providers.keys.pool import KeyPool

CHANNELS = {"trade": ("trades",), "quote": ("quotes", "trades", "dailyBars"), "book": ("orderbooks",)}
"""Channels by kind of interest."""
COUNTED = ("trades", "quotes")
"""Channels that count against a free key's symbols."""
OPTIONS = StreamOptions(
    silence=86_400.0, max_topics=100_000, messages_per_second=10, backoff=1.0, backoff_max=60.0, max_bytes=1 << 24
)
"""Quiet hours are normal: what tells a dead socket is the missing pong. One connection is allowed."""
_REFUSED = {
    402: Reason.BAD_KEY,
    404: Reason.RATE_LIMITED,
    406: Reason.RATE_LIMITED,
    409: Reason.NOT_OFFERED,
    411: Reason.NOT_OFFERED,
}
"""After these the venue closes: one must not hammer. 406 is another program with the same key."""
_SYMBOL_LIMIT = 405
LET_IN_WITHIN = 30.0
"""Seconds after which a venue that does not answer the key is left; quiet hours begin once it has."""


class Line:
    """One endpoint of the venue with its single connection.

    A topic reads `channel symbol turn`. Nothing is subscribed to before the key has been accepted; then every topic
    gets another turn, which makes the client ask for all of them.
    """

    provider = PROVIDER

    def __init__(
        self,
        url: str,
        decoder: AlpacaDecoder,
        keys: KeyPool,
        clock: Clock,
        options: StreamOptions,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._url = url
        self._clock = clock
        self._decoder = decoder
        self._client = StreamClient(self, clock=clock, options=options, sleep=sleep, symbols=symbol_count)
        self.stream = KeyedStream(
            keys, self._client, PROVIDER, clock=clock, sleep=sleep, tick=options.tick, line=urlsplit(url).path
        )
        self._subjects: list[tuple[str, str]] = []
        self._asked: set[str] = set()
        self._accepted = False
        self._knocked_at = clock.monotonic()
        self._turn = 0

    def want(self, subjects: Sequence[tuple[str, str]]) -> None:
        """What is wanted from now on: pairs of channel and symbol."""
        self._subjects = list(subjects)
        self._tell()
        if subjects:
            self.stream.wanted()

    @property
    def wanted(self) -> bool:
        """Something is wanted of this endpoint."""
        return bool(self._subjects)

    @property
    def live(self) -> bool:
        """Its key is accepted, and the connection is up."""
        return self._accepted and self.stream.live

    def look(self) -> None:
        """Leave a socket on which the key has not been answered for long."""
        waited = self._clock.monotonic() - self._knocked_at
        if self.stream.live and not self._accepted and waited >= LET_IN_WITHIN:
            words = f"the stream has not answered the key for {LET_IN_WITHIN:.0f} s"
            self.stream.refuse(ProviderError(PROVIDER, Reason.TIMEOUT, words, endpoint=messages.ENDPOINT))

    def health(self) -> Sequence[FeedHealth]:
        """One entry per connection."""
        entries = self.stream.health()
        if self._accepted:
            return entries
        return [structs.replace(entry, state="connecting") if entry.state == "live" else entry for entry in entries]

    def address(self, topics: Sequence[str]) -> str:
        """The endpoint; topics are asked for by message."""
        return self._url

    def hello(self) -> Sequence[str]:
        """The key."""
        self._accepted = False
        self._knocked_at = self._clock.monotonic()
        self._asked.clear()
        key = self.stream.key
        if key is None:
            return ()
        return [json.dumps({"action": "auth", "key": str(key.parts[0]), "secret": str(key.parts[1])})]

    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for all, once the key is accepted."""
        if not self._accepted:
            return ()
        self._asked.update(topics)
        return [_request("subscribe", topics)]

    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message for what was asked for and is not asked for under another turn."""
        asked = [topic for topic in topics if topic in self._asked]
        self._asked.difference_update(asked)
        return [_request("unsubscribe", asked)] if asked else ()

    def heartbeat(self) -> str:
        """The venue wants none; ping frames do."""
        return "{}"

    def lost(self, topics: Collection[str], why: str) -> None:
        """Books have no numbers: after a loss they start anew."""
        self._accepted = False
        self._decoder.lose_books({subject_of(topic)[1] for topic in topics if topic.startswith("orderbooks ")}, why)

    def handle(self, frame: bytes, received: int) -> int:
        """One frame of several messages; the newest time in it. Raises ProviderError."""
        newest = 0
        for message in messages.read(frame):
            if isinstance(message, messages.Refusal):
                raise self._refusal(message)
            if isinstance(message, messages.Success):
                self._success(message)
            else:
                newest = max(newest, self._decoder.take(message, received))
        return newest

    def _success(self, message: messages.Success) -> None:
        if message.msg == "authenticated":
            self.stream.accepted()
            self._accepted = True
            self._turn += 1
            self._tell()

    def _refusal(self, message: messages.Refusal) -> ProviderError:
        reason = _REFUSED.get(message.code, Reason.PROVIDER_ERROR)
        words = f"the stream refuses: {message.msg or 'unknown'} ({message.code})"
        if message.code == _SYMBOL_LIMIT:
            words += "; what was subscribed to before goes on"
        error = ProviderError(PROVIDER, reason, words, endpoint=messages.ENDPOINT)
        if message.code in _REFUSED:
            self.stream.refuse(error)
        return error

    def _tell(self) -> None:
        self._client.want({f"{channel} {symbol} {self._turn}" for channel, symbol in self._subjects})


class AlpacaFeed:
    """Quotes, trades and crypto books of the wanted instruments."""

    def __init__(
        self,
        rest: AlpacaProvider,
        sink: Sink,
        clock: Clock,
        url: str,
        keys: KeyPool,
        *,
        options: StreamOptions | None = None,
        polling: PollingOptions | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        options = options or OPTIONS

        def line(path: str) -> tuple[Line, AlpacaDecoder]:
            decoder = AlpacaDecoder(sink)
            return Line(f"{url}/{path}", decoder, keys, clock, options, sleep), decoder

        self.shares, self._shares_decoder = line(f"v2/{rest.stock_feed}")
        self.coins, self._coins_decoder = line("v1beta3/crypto/us")
        self._rest = rest
        self._sink = sink
        self._limit = None if rest.stock_feed == "sip" else FREE_SYMBOLS
        self._fallback = PollingFallback(self._streaming, self._poll, clock=clock, options=polling)
        self._quoted: tuple[Instrument, ...] = ()
        self._beyond = 0
        self._unstreamed: dict[str, list[str]] = {}

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """What shall be streamed from now on, by kind (quote, trade, book)."""
        shares: dict[str, Instrument] = {}
        coins: dict[str, Instrument] = {}
        subjects: dict[tuple[str, str], bool] = {}
        for kind in ("trade", "quote", "book"):
            for instrument in wanted.get(kind, ()):
                name = name_of(instrument)
                crypto = instrument.asset_class is AssetClass.CRYPTO
                if name is None or (kind == "book" and not crypto):
                    continue
                (coins if crypto else shares)[name] = instrument
                subjects.update({(channel, name): crypto for channel in CHANNELS[kind]})
        self._shares_decoder.know(shares)
        self._coins_decoder.know(coins)
        within = self._within([subject for subject, crypto in subjects.items() if not crypto])
        streamed = {symbol for _, symbol in within}
        left_out = {one.key for name, one in shares.items() if name not in streamed}
        self._unstreamed = {kind: [one.key for one in chosen if one.key in left_out] for kind, chosen in wanted.items()}
        self._quoted = tuple(one for one in wanted.get("quote", ()) if one.key not in left_out)
        self.shares.want(within)
        self.coins.want([subject for subject, crypto in subjects.items() if crypto])

    def unstreamed(self) -> Mapping[str, Collection[str]]:
        """Keys of shares for which a free key has no room, by kind."""
        return self._unstreamed

    def health(self) -> Sequence[FeedHealth]:
        """One entry per connection."""
        entries = []
        for line, name in ((self.shares, f"alpaca {self._rest.stock_feed}"), (self.coins, "alpaca crypto")):
            for entry in self._fallback.shown(line.health()):
                words = entry.detail
                if line is self.shares and self._beyond and not words:
                    words = f"{self._beyond} beyond the {self._limit} channels of a free key are not streamed"
                entries.append(structs.replace(entry, name=name, detail=words))
        return entries

    async def run(self) -> None:
        """Connect, stream, reconnect, until cancelled."""
        tasks = [
            asyncio.create_task(self.shares.stream.run(), name="alpaca shares"),
            asyncio.create_task(self.coins.stream.run(), name="alpaca crypto"),
            asyncio.create_task(self._fallback.run(), name="alpaca polling"),
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _within(self, subjects: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """What a free key may have: whole symbols, the first that fit with their channels that count."""
        counted: dict[str, int] = {}
        for channel, symbol in subjects:
            counted[symbol] = counted.get(symbol, 0) + (channel in COUNTED)
        kept, room = set(), self._limit
        for symbol, count in counted.items():
            if room is None or count <= room:
                kept.add(symbol)
                room = None if room is None else room - count
        self._beyond = sum(count for symbol, count in counted.items() if symbol not in kept)
        return [subject for subject in subjects if subject[1] in kept]

    def _streaming(self) -> bool:
        lines = [line for line in (self.shares, self.coins) if line.wanted]
        for line in lines:
            line.look()
        return not self._quoted or all(line.live for line in lines)

    async def _poll(self) -> bool:
        return await tell_quotes(self._rest.quotes(self._quoted), self._sink)


def _request(action: str, topics: Collection[str]) -> str:
    """{"action": "subscribe", "trades": ["AAPL"], ...}"""
    return json.dumps({"action": action, **by_channel(topics)})
