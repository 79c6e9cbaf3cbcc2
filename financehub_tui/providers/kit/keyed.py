"""Streams that need a key: one is lent while the stream runs, and given up where the venue refuses it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from secrets import token_hex
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import FeedHealth
from financehub_tui.providers.kit.link import Sleep
from financehub_tui.providers.kit.slots import LEASE
from financehub_tui.providers.kit.stream import StreamClient
from financehub_tui.redaction import redacted

if TYPE_CHECKING:
    from financehub_tui.providers.keys.key import Key
    from financehub_tui.providers.keys.pool import KeyPool

ENDPOINT = "stream"
REST = 60.0
"""Seconds until the next try where nobody says when."""
PLAN_REST = 3_600.0
"""Seconds after which a plan is looked at again."""
_STATUS = re.compile(r"HTTP (401|403|429)\b")


class KeyedStream:
    """Runs a stream client with a key. The venue reads `key` for its address or first message, and calls `refuse`
    where it is told that the key, the plan or a second connection is not accepted."""

    def __init__(
        self,
        keys: KeyPool,
        client: StreamClient,
        provider: str,
        *,
        clock: Clock,
        sleep: Sleep,
        tick: float = 0.2,
        line: str = "",
    ) -> None:
        """`line` names the endpoint where the provider limits the connections of each by itself."""
        self.key: Key | None = None
        self._line = line
        self._holder = f"{provider}{line}-{token_hex(4)}"
        self._keys = keys
        self._client = client
        self._provider = provider
        self._clock = clock
        self._sleep = sleep
        self._tick = tick
        self._error: ProviderError | None = None
        self._refused = asyncio.Event()
        self._wanted = asyncio.Event()
        self._told = False
        self._ousted = False
        """The key's place was lost to another program, which says nothing against the key."""

    @property
    def live(self) -> bool:
        """Some connection is up and nothing speaks against it."""
        return self._error is None and self._client.live

    def refuse(self, error: ProviderError) -> None:
        """The venue does not accept this key now: the socket is left at once."""
        if self._error is None:
            self._error = error
            self._refused.set()

    def accepted(self) -> None:
        """The venue accepts the key; may be called with every frame."""
        if self.key is not None and not self._told:
            self._told = True
            self._keys.report(self.key)

    def wanted(self) -> None:
        """Something is to be streamed: before that no key is taken."""
        self._wanted.set()

    def health(self) -> Sequence[FeedHealth]:
        """One entry per connection, with the refusal where there is one."""
        entries = self._client.health()
        for entry in entries:
            entry.detail = redacted(entry.detail)
        if self._error is None:
            return entries
        words = redacted(str(self._error))
        return [msgspec.structs.replace(entry, state="waiting", detail=words) for entry in entries]

    async def run(self) -> None:
        """Take a key that may open a connection, stream, give it back; until cancelled."""
        await self._wanted.wait()
        while True:
            try:
                self.key = await self._keys.connect(self._holder, line=self._line)
            except ProviderError as none:
                self._error = none
                await self._rest(none, REST)
                continue
            self._error, self._told, self._ousted = None, False, False
            self._refused.clear()
            try:
                refusal = await self._until_refused(self.key)
            finally:
                await self._keys.disconnect(self.key, self._holder, self._line)
            if not self._ousted:
                self._keys.report(self.key, refusal)
            self.key = None
            await self._rest(refusal, 0.0 if refusal.reason is Reason.BAD_KEY else REST)

    async def _until_refused(self, key: Key) -> ProviderError:
        streaming = asyncio.create_task(self._client.run(), name=f"{self._provider} stream")
        refused = asyncio.create_task(self._refused.wait(), name=f"{self._provider} refusal")
        kept_at = self._clock.monotonic()
        try:
            while self._error is None:
                await asyncio.wait({streaming, refused}, timeout=self._tick, return_when=asyncio.FIRST_COMPLETED)
                if streaming.done():
                    streaming.result()
                self._look_at_handshakes()
                if self._clock.monotonic() - kept_at >= LEASE / 2:
                    kept_at = self._clock.monotonic()
                    await self._keep(key)
            return self._error
        finally:
            streaming.cancel()
            refused.cancel()
            await asyncio.gather(streaming, refused, return_exceptions=True)

    async def _keep(self, key: Key) -> None:
        """Hold on to the key's place among the connections it may have."""
        if not await self._keys.keep(key, self._holder, self._line):
            self._ousted = True
            words = f"the connection key {key.alias} may have is another program's"
            self.refuse(ProviderError(self._provider, Reason.RATE_LIMITED, words, endpoint=ENDPOINT))

    def _look_at_handshakes(self) -> None:
        """A handshake that is refused for the key's sake is told by its status alone."""
        for entry in self._client.health():
            found = _STATUS.search(entry.detail) if entry.state == "waiting" else None
            if found is not None:
                reason = Reason.RATE_LIMITED if found.group(1) == "429" else Reason.BAD_KEY
                words = f"the stream refused the connection: {found.group()}"
                self.refuse(ProviderError(self._provider, reason, words, endpoint=ENDPOINT))
                entry.detail = ""

    async def _rest(self, error: ProviderError, seconds: float) -> None:
        if error.reason is Reason.NOT_OFFERED:
            seconds = PLAN_REST
        if error.retry_at is not None:
            seconds = max(0.0, (error.retry_at - self._clock.now()) / NANOS)
        await self._sleep(seconds)
