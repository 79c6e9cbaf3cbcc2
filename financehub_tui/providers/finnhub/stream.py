"""Finnhub's stream of trades: one connection per key, 50 symbols on it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Reason
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.providers.base import FeedHealth, Sink
from financehub_tui.providers.finnhub import wire
from financehub_tui.providers.finnhub.refusals import reason_of
from financehub_tui.providers.finnhub.symbols import ticker
from financehub_tui.providers.kit.decode import decode
from financehub_tui.providers.kit.fallback import PollingFallback, PollingOptions, tell_quotes
from financehub_tui.providers.kit.keyed import KeyedStream
from financehub_tui.providers.kit.stream import StreamClient, StreamOptions

if TYPE_CHECKING:
    from financehub_tui.providers.finnhub.provider import FinnhubProvider
    from financehub_tui.providers.keys.pool import KeyPool

SYMBOLS = 50
OPTIONS = StreamOptions(silence=130.0, max_topics=SYMBOLS, messages_per_second=10, backoff=1.0, backoff_max=60.0)
"""A text ping comes about every minute when nothing trades."""
POLLING = PollingOptions(after=30.0, every=60.0)
"""Each share is a call: more often than once a minute would spend the budget."""
POLLED = 20
"""Shares that are polled while the stream is away."""
MS = 1_000_000


class FinnhubFeed:
    """Trades of the wanted shares. What goes beyond 50 symbols is not streamed: `unstreamed`, and the health entry."""

    provider = wire.PROVIDER

    def __init__(
        self,
        rest: FinnhubProvider,
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
        self._rest = rest
        self._sink = sink
        self._url = url
        self._client = StreamClient(self, clock=clock, options=options, sleep=sleep)
        self._stream = KeyedStream(keys, self._client, wire.PROVIDER, clock=clock, sleep=sleep, tick=options.tick)
        self._fallback = PollingFallback(self._streaming, self._poll, clock=clock, options=polling or POLLING)
        self._instruments: dict[str, dict[str, Instrument]] = {}
        self._quoted: tuple[Instrument, ...] = ()
        self._refused: set[str] = set()
        self._wanted: Mapping[str, Collection[Instrument]] = {}
        self._unstreamed: Mapping[str, Collection[str]] = {}
        self._beyond = 0
        self._opened = 0
        self._seeding: asyncio.Task[bool] | None = None

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """What shall be streamed from now on; a trade serves quotes as well as the tape."""
        instruments: dict[str, dict[str, Instrument]] = {}
        for instrument in (*wanted.get("trade", ()), *wanted.get("quote", ())):
            name = ticker(instrument)
            if name is not None:
                instruments.setdefault(name, {})[instrument.key] = instrument
        self._instruments = instruments
        self._wanted = wanted
        self._refused &= instruments.keys()
        self._ask()

    def health(self) -> Sequence[FeedHealth]:
        """The connection's entry."""
        entries = list(self._fallback.shown(self._stream.health()))
        if self._beyond and entries and not entries[0].detail:
            words = f"{self._beyond} symbols beyond the {SYMBOLS} of a free key are not streamed"
            entries[0] = msgspec.structs.replace(entries[0], detail=words)
        return entries

    def unstreamed(self) -> Mapping[str, Collection[str]]:
        """Keys of shares for which there is no room, and of those that the venue refuses, by kind."""
        return self._unstreamed

    async def run(self) -> None:
        """Connect, stream, reconnect, until cancelled."""
        polling = asyncio.create_task(self._fallback.run(), name="finnhub polling")
        try:
            await self._stream.run()
        finally:
            tasks = [task for task in (polling, self._seeding) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def address(self, topics: Sequence[str]) -> str:
        """The key rides in the address: the venue knows no other way."""
        key = self._stream.key
        return f"{self._url}/?token={quote(key.parts[0] if key else '', safe='')}"

    def hello(self) -> Sequence[str]:
        """Nothing to say. After a reconnect, prices missed meanwhile are fetched."""
        self._opened += 1
        if self._opened > 1 and (self._seeding is None or self._seeding.done()):
            self._seeding = asyncio.create_task(self._poll(), name="finnhub quotes after a reconnect")
        return ()

    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message per symbol."""
        return [json.dumps({"type": "subscribe", "symbol": name}) for name in topics]

    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message per symbol."""
        return [json.dumps({"type": "unsubscribe", "symbol": name}) for name in topics]

    def heartbeat(self) -> str:
        """The venue wants none of ours."""
        return json.dumps({"type": "ping"})

    def lost(self, topics: Collection[str], why: str) -> None:
        """Trades depend on nothing that came before."""

    def handle(self, frame: bytes, received: int) -> int:
        """One frame; a trade's own time. Raises ProviderError."""
        message = decode(frame, wire.Frame, provider=self.provider, endpoint=wire.STREAM)
        if message.type == "trade":
            self._stream.accepted()
            return self._trades(message)
        if message.type == "error":
            raise self._error(message.msg or "unknown error")
        return 0

    def _trades(self, message: wire.Frame) -> int:
        rows = decode(bytes(message.data), list[wire.StreamTrade], provider=self.provider, endpoint=wire.STREAM)
        newest = 0
        for row in rows:
            newest = max(newest, row.t * MS)
            for key in self._instruments.get(row.s, ()):
                self._take(key, row)
        return newest

    def _take(self, key: str, row: wire.StreamTrade) -> None:
        """Volume 0 is a new price without a trade."""
        if not row.v:
            self._sink.ticker(Quote(key=key, time=row.t * MS, last=row.p))
            return
        self._sink.trade(
            Trade(
                key=key,
                time=row.t * MS,
                price=row.p,
                size=row.v,
                condition=",".join(code for code in row.c or () if code),
                provider=self.provider,
            )
        )

    def _error(self, words: str) -> ProviderError:
        """A refusal on the stream: of one symbol, of too many, or of the key."""
        reason = reason_of(words)
        named = [name for name in self._instruments if words.endswith(f" {name}")]
        if named and "invalid symbol" in words.lower():
            self._refused.update(named)
            self._ask()
            reason = Reason.UNKNOWN_SYMBOL
        error = ProviderError(self.provider, reason, words, endpoint=wire.STREAM)
        if reason in (Reason.BAD_KEY, Reason.NO_KEY):
            self._stream.refuse(error)
        return error

    def _ask(self) -> None:
        names = [name for name in self._instruments if name not in self._refused]
        self._beyond = max(0, len(names) - SYMBOLS)
        streamed = frozenset(names[:SYMBOLS])
        self._quoted = tuple(one for one in self._wanted.get("quote", ()) if ticker(one) in streamed)
        self._unstreamed = {
            kind: [one.key for one in self._wanted.get(kind, ()) if ticker(one) not in streamed]
            for kind in ("quote", "trade")
        }
        self._client.want(streamed)
        if names:
            self._stream.wanted()

    def _streaming(self) -> bool:
        return self._stream.live or not self._quoted

    async def _poll(self) -> bool:
        return await tell_quotes(self._rest.quotes(self._quoted[:POLLED]), self._sink)
