"""What the stream client must be told of a venue, and how it treats its sockets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import msgspec


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a client treats its sockets. Times in seconds."""

    connect_timeout: float = 10.0
    silence: float = 60.0
    """Without any message for this long the socket counts as dead."""
    backoff: float = 0.5
    backoff_max: float = 30.0
    steady: float = 30.0
    """A socket that lived this long was a good one: the next back-off begins small again."""
    renew_after: float | None = None
    """Planned reconnect: the new socket is opened before the old one is closed."""
    overlap: float = 10.0
    """Longest time both are open while the new one has said nothing yet."""
    max_topics: int = 200
    """Per connection; more are spread over several."""
    messages_per_second: int = 4
    """Client messages, at most."""
    heartbeat: float | None = None
    """Every so often `Venue.heartbeat` is sent."""
    ping: float | None = 20.0
    """WebSocket ping frames of ours; None where the venue does not want them."""
    max_bytes: int = 16 * 1024 * 1024
    tick: float = 0.2
    """How often timers are looked at."""


class ClosingSoonError(Exception):
    """Raised by `Venue.handle` where the venue announces that it will close: open a new socket, then leave."""


class Venue(Protocol):
    """What the kit must be told of a venue."""

    provider: str

    def address(self, topics: Sequence[str]) -> str:
        """The URL to open for these topics."""
        ...

    def hello(self) -> Sequence[str]:
        """First messages on a new socket, such as authentication."""
        ...

    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """Messages that ask for topics, as few as possible."""
        ...

    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]: ...

    def heartbeat(self) -> str:
        """The message sent every `StreamOptions.heartbeat` seconds."""
        ...

    def handle(self, frame: bytes, received: int) -> int:
        """Take a frame received at an instant (ns since 1970 UTC); return the event's own time, 0 if it has none.

        Raises ProviderError where the frame is wrong (it is counted and the stream goes on), ClosingSoonError.
        """
        ...

    def lost(self, topics: Collection[str], why: str) -> None:
        """The socket that carried these topics is gone: what depends on continuity must start anew."""
        ...
