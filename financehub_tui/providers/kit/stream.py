"""A reusable WebSocket client: topics at run time, heartbeats, silence, back-off, planned reconnects, spreading.

    client = StreamClient(venue, clock=clock, options=StreamOptions(max_topics=500))
    client.want({"btcusdt@trade", "ethusdt@trade"})
    await client.run()          # until cancelled

What differs between venues is behind `Venue`; everything else is here once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from random import SystemRandom

from financehub_tui.clock import Clock
from financehub_tui.providers.base import FeedHealth
from financehub_tui.providers.kit.link import Link, LinkLostError, Sleep
from financehub_tui.providers.kit.venue import ClosingSoonError, StreamOptions, Venue

__all__ = ["ClosingSoonError", "StreamClient", "StreamOptions", "Venue"]


_random = SystemRandom()


class StreamClient:
    """Spreads topics over as many connections as the venue's limit per connection asks for."""

    def __init__(
        self,
        venue: Venue,
        *,
        clock: Clock,
        options: StreamOptions | None = None,
        sleep: Sleep = asyncio.sleep,
        symbols: Callable[[Collection[str]], int] = len,
    ) -> None:
        """`symbols` counts the instruments some topics are about, where one has several topics."""
        self._venue = venue
        self._symbols = symbols
        self._clock = clock
        self._options = options or StreamOptions()
        self._sleep = sleep
        self._connections: list[Connection] = []
        self._tasks: dict[Connection, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._made = 0

    def want(self, topics: Iterable[str]) -> None:
        """The topics wanted from now on. Those already streaming stay where they are."""
        missing = set(topics)
        for connection in self._connections:
            connection.keep(missing)
            missing -= connection.topics
        waiting = sorted(missing)
        while waiting:
            connection = self._with_room()
            room = self._options.max_topics - len(connection.topics)
            connection.add(waiting[:room])
            waiting = waiting[room:]
        self._changed.set()

    def health(self) -> Sequence[FeedHealth]:
        """One entry per connection."""
        return [connection.health for connection in self._connections]

    @property
    def live(self) -> bool:
        """Some connection is up."""
        return any(health.state == "live" for health in self.health())

    async def run(self) -> None:
        """Keep every connection going until cancelled."""
        try:
            while True:
                self._changed.clear()
                await self._match()
                await self._changed.wait()
        finally:
            tasks = list(self._tasks.values())
            self._tasks.clear()
            await _end(tasks)

    async def _match(self) -> None:
        """One task for each connection that has topics, none for the others."""
        idle = [connection for connection in self._connections if not connection.topics]
        self._connections = [connection for connection in self._connections if connection.topics]
        await _end([self._tasks.pop(connection) for connection in idle if connection in self._tasks])
        for connection in self._connections:
            if connection not in self._tasks:
                self._tasks[connection] = asyncio.create_task(connection.run(), name=connection.health.name)

    def _with_room(self) -> Connection:
        for connection in self._connections:
            if len(connection.topics) < self._options.max_topics:
                return connection
        self._made += 1
        name = f"{self._venue.provider}-{self._made}"
        connection = Connection(name, self._venue, self._clock, self._options, self._sleep, self._symbols)
        self._connections.append(connection)
        return connection


class Connection:
    """A share of the topics, kept on one socket, or two while one takes over from the other."""

    def __init__(
        self,
        name: str,
        venue: Venue,
        clock: Clock,
        options: StreamOptions,
        sleep: Sleep,
        symbols: Callable[[Collection[str]], int],
    ) -> None:
        self._symbols = symbols
        self.topics: set[str] = set()
        self.health = FeedHealth(name=name, provider=venue.provider)
        self._venue = venue
        self._clock = clock
        self._options = options
        self._sleep = sleep
        self._attempts = 0
        self._changed = asyncio.Event()

    def add(self, topics: Iterable[str]) -> None:
        """Stream these topics too."""
        self.topics.update(topics)
        self._touch()

    def keep(self, wanted: Collection[str]) -> None:
        """Drop what is not among these."""
        if not self.topics.issubset(wanted):
            self.topics.intersection_update(wanted)
            self._touch()

    async def run(self) -> None:
        """Connect, stream, reconnect, until cancelled."""
        try:
            while True:
                try:
                    await self._serve(await self._open())
                except LinkLostError as error:
                    await self._pause(str(error))
        finally:
            self.health.state = "closed"

    def _touch(self) -> None:
        self.health.symbols = self._symbols(self.topics)
        self._changed.set()

    async def _open(self) -> Link:
        self.health.state = "connecting"
        link = Link(self._venue, self.health, self._clock, self._options, self._sleep)
        try:
            await link.open(self.topics)
        except BaseException:
            await link.close()
            raise
        return link

    async def _serve(self, link: Link) -> None:
        """Stay on a socket until it is lost; hand over to a fresh one where that is planned."""
        self.health.state = "live"
        try:
            while True:
                await self._wait(link)
                if self._clock.monotonic() - link.opened_at >= self._options.steady:
                    self._attempts = 0
                if self._changed.is_set():
                    self._changed.clear()
                    await link.sync(self.topics)
                self._check_silence(link)
                await self._beat(link)
                if self._due(link):
                    link = await self._hand_over(link)
        finally:
            topics = set(link.topics)
            await link.close()
            self._venue.lost(topics, "the connection was lost")

    async def _wait(self, link: Link) -> None:
        """Until something changes or a timer may be due. Raises LinkLostError where the socket is gone."""
        await _first_of(link.reader, self._changed, self._options.tick)
        if link.reader.done():
            link.reader.result()

    def _check_silence(self, link: Link) -> None:
        quiet = link.quiet_for() if link.topics else 0.0
        if quiet > self._options.silence:
            raise LinkLostError(f"silent for {self._options.silence:g} s")
        self.health.state = "silent" if quiet > self._options.silence / 2 else "live"

    async def _beat(self, link: Link) -> None:
        every = self._options.heartbeat
        if every is not None and self._clock.monotonic() - link.last_beat >= every:
            link.last_beat = self._clock.monotonic()
            await link.send(self._venue.heartbeat())

    def _due(self, link: Link) -> bool:
        after = self._options.renew_after
        return link.closing_soon or (after is not None and self._clock.monotonic() - link.opened_at >= after)

    async def _hand_over(self, old: Link) -> Link:
        """Open the next socket, let it speak, leave the old one. Where it cannot be opened the old one stays."""
        try:
            fresh = await self._open()
        except LinkLostError as error:
            self.health.detail = f"planned reconnect failed: {error}"
            self.health.state = "live"
            old.opened_at, old.closing_soon = self._clock.monotonic(), False
            return old
        self.health.state = "live"
        self.health.reconnects += 1
        try:
            await _first_of(fresh.reader, fresh.spoken, self._options.overlap)
            await old.close()
        except BaseException:
            await fresh.close()
            raise
        return fresh

    async def _pause(self, why: str) -> None:
        """Exponential back-off with full jitter."""
        self.health.state = "waiting"
        self.health.detail = why
        self.health.reconnects += 1
        self._attempts += 1
        most = min(self._options.backoff_max, self._options.backoff * 2 ** min(self._attempts, 30))
        await self._sleep(_random.uniform(0.0, most))


async def _first_of(task: asyncio.Task[None], event: asyncio.Event, seconds: float) -> None:
    """Until the task ends, the event is set, or the seconds are over."""
    happened = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({task, happened}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        happened.cancel()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
