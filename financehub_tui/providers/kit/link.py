"""One open WebSocket: paced sending, reading into the venue, health figures."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.providers.base import FeedHealth
from financehub_tui.providers.kit.venue import ClosingSoonError, StreamOptions, Venue
from financehub_tui.redaction import redacted

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

_log = logging.getLogger(__name__)
Sleep = Callable[[float], Awaitable[None]]
QUEUED_FRAMES = 256


class LinkLostError(Exception):
    """The socket could not be opened, or is gone. The text is for the feeds screen."""


class Link:
    """One socket and what has been asked of it."""

    def __init__(self, venue: Venue, health: FeedHealth, clock: Clock, options: StreamOptions, sleep: Sleep) -> None:
        self.topics: set[str] = set()
        self.closing_soon = False
        self.opened_at = clock.monotonic()
        self.last_beat = self.opened_at
        self.spoken = asyncio.Event()
        """Set with the first message."""
        self._frames = 0
        self._frames_then = 0
        self._heard_at = self.opened_at
        self._bug_logged = False
        self._venue = venue
        self._health = health
        self._clock = clock
        self._options = options
        self._sleep = sleep
        self._sent: deque[float] = deque(maxlen=max(1, options.messages_per_second))
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def open(self, topics: Iterable[str]) -> None:
        """Connect and ask for topics. Raises LinkLostError."""
        await asyncio.to_thread(import_module, "financehub_tui.providers.kit.handshake")
        from websockets.exceptions import WebSocketException

        from financehub_tui.providers.kit.handshake import HomeConnect, proxy_of

        wanted = sorted(topics)
        address = self._venue.address(wanted)
        try:
            self._socket = await HomeConnect(
                address,
                proxy=proxy_of(address),
                open_timeout=self._options.connect_timeout,
                close_timeout=1.0,
                ping_interval=self._options.ping,
                max_size=self._options.max_bytes,
                max_queue=QUEUED_FRAMES,
                compression=None,
            )
        except (OSError, ValueError, ImportError, WebSocketException) as error:
            raise LinkLostError(_why(error)) from None
        self.opened_at = self._heard_at = self.last_beat = self._clock.monotonic()
        self._reader = asyncio.create_task(self._read(self._socket), name=f"{self._venue.provider} stream")
        for message in self._venue.hello():
            await self.send(message)
        await self.sync(wanted)

    @property
    def reader(self) -> asyncio.Task[None]:
        """The task that reads; it ends with LinkLostError."""
        if self._reader is None:
            raise LinkLostError("not open")
        return self._reader

    def quiet_for(self) -> float:
        """Seconds without a message, as finely as it is asked: the reading loop itself keeps no time."""
        now = self._clock.monotonic()
        if self._frames != self._frames_then:
            self._frames_then, self._heard_at = self._frames, now
        return now - self._heard_at

    async def sync(self, topics: Iterable[str]) -> None:
        """Ask for what is new and give back what is no longer wanted. Raises LinkLostError."""
        wanted = set(topics)
        added, dropped = sorted(wanted - self.topics), sorted(self.topics - wanted)
        self.topics = wanted
        for message in [
            *(self._venue.unsubscribe(dropped) if dropped else ()),
            *(self._venue.subscribe(added) if added else ()),
        ]:
            await self.send(message)

    async def send(self, message: str) -> None:
        """Send, no faster than the venue allows. Raises LinkLostError."""
        from websockets.exceptions import WebSocketException

        if len(self._sent) == self._sent.maxlen:
            rest = self._sent[0] + 1.0 - self._clock.monotonic()
            if rest > 0:
                await self._sleep(max(rest, 0.001))
        self._sent.append(self._clock.monotonic())
        if self._socket is None:
            raise LinkLostError("not open")
        try:
            await self._socket.send(message)
        except (OSError, WebSocketException) as error:
            raise LinkLostError(_why(error)) from None

    async def close(self) -> None:
        """Leave politely; at once where this is cancelled. Raises nothing of its own."""
        reader, self._reader = self._reader, None
        socket, self._socket = self._socket, None
        try:
            if reader is not None:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
            if socket is not None:
                await socket.close()
        except asyncio.CancelledError:
            if socket is not None:
                socket.transport.abort()
            raise

    async def _read(self, socket: ClientConnection) -> None:
        from websockets.exceptions import WebSocketException

        clock, health, handle, receive = self._clock, self._health, self._venue.handle, socket.recv
        try:
            while True:
                frame = await receive(decode=False)
                now = clock.now()
                self._frames += 1
                if self._frames == 1:
                    self.spoken.set()
                health.messages += 1
                health.bytes += len(frame)
                health.last_message_at = now
                try:
                    event_time = handle(frame, now)
                except ProviderError as error:
                    health.errors += 1
                    health.detail = str(error)
                except ClosingSoonError:
                    self.closing_soon = True
                except Exception as error:
                    self._bug(error)
                else:
                    if event_time:
                        health.lag_ms = (now - event_time) / 1e6
        except (OSError, WebSocketException) as error:
            raise LinkLostError(_why(error)) from None

    def _bug(self, error: Exception) -> None:
        """Something behind the stream is broken: said once in full in the log, the stream goes on."""
        self._health.errors += 1
        self._health.detail = f"internal error: {type(error).__name__}"
        if not self._bug_logged:
            self._bug_logged = True
            _log.exception("A frame of %s could not be taken", self._health.name)


def _why(error: Exception) -> str:
    """A short reason without secrets: close code, refusal, DNS. The library quotes addresses of venues and proxies."""
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, OSError):
        return f"cannot connect: {error.strerror or redacted(str(error))}"
    return redacted(str(error)) or type(error).__name__
