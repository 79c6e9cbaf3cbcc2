"""Feeds: one task per provider that streams what is wanted, restarted when it fails, stopped when nobody wants it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping

from financehub_tui.clock import Clock
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.router import Candidate, Router
from financehub_tui.engine.row import Source
from financehub_tui.engine.tasks import Tasks
from financehub_tui.figures import FeedStatus
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Tier
from financehub_tui.providers.base import DataKind, Feed, FeedHealth

log = logging.getLogger(__name__)
KINDS = {"quote": DataKind.QUOTE, "trade": DataKind.TRADES, "book": DataKind.BOOK}
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""A feed that ran this long starts anew without having to make up for earlier failures."""
RATE_SECONDS = 10.0
LIVE_STATES = ("live", "connecting", "idle")
TIERS = {"replay": Tier.REPLAY, "recording": Tier.REPLAY, "simulated": Tier.SIMULATED}

Wanted = Mapping[str, Mapping[str, Instrument]]
"""Instruments by kind (quote, trade, book) and key."""


class Line:
    """One provider's feed and the task that keeps it running."""

    def __init__(self, provider: str, feed: Feed) -> None:
        self.provider = provider
        self.feed = feed
        self.task: asyncio.Task[None] | None = None
        self.failures = 0
        self.error = ""
        self.since: float | None = None
        """When it stopped being live, monotonic."""
        self.samples: dict[str, deque[tuple[float, int]]] = {}
        self.wanted: dict[str, dict[str, Instrument]] = {}

    def health(self) -> list[FeedHealth]:
        """The feed's own figures; one that cannot tell them is shown as failed."""
        try:
            return list(self.feed.health())
        except Exception as error:
            return [FeedHealth(name=self.provider, provider=self.provider, state="closed", detail=str(error))]

    def live(self) -> bool:
        """True while it streams or may be about to."""
        return not self.error and all(entry.state in LIVE_STATES for entry in self.health())

    def rate(self, name: str, messages: int, now: float) -> float:
        """Messages a second over the last ten seconds, from samples taken whenever somebody looks."""
        samples = self.samples.setdefault(name, deque(maxlen=64))
        if not samples or now - samples[-1][0] >= 0.5:
            samples.append((now, messages))
        while len(samples) > 1 and now - samples[1][0] >= RATE_SECONDS:
            samples.popleft()
        first = samples[0]
        return (messages - first[1]) / (now - first[0]) if now > first[0] else 0.0


class Streams:
    """Starts, feeds with wishes, supervises and stops the feeds."""

    def __init__(
        self,
        router: Router,
        book: QuoteBook,
        clock: Clock,
        tasks: Tasks,
        changed: Callable[[], None],
        pause: float = FIRST_PAUSE,
    ) -> None:
        self._router = router
        self._book = book
        self._clock = clock
        self._tasks = tasks
        self._changed = changed
        self._pause = pause
        self._lines: dict[str, Line] = {}
        self._without: set[str] = set()
        self._wanted: Wanted = {}
        self.polled: dict[str, dict[str, Instrument]] = {}
        """What no stream brings, by kind."""

    def want(self, wanted: Wanted) -> None:
        """What shall be kept alive from now on. What no provider streams is left in `polled`."""
        self._wanted = wanted
        lines: dict[str, dict[str, dict[str, Instrument]]] = {}
        self.polled = {}
        for kind, instruments in wanted.items():
            for key, instrument in instruments.items():
                provider = self._provider(kind, instrument)
                target = self.polled if provider is None else lines.setdefault(provider, {})
                target.setdefault(kind, {})[key] = instrument
        for provider in [name for name in self._lines if name not in lines]:
            self._stop(provider)
        for provider, kinds in lines.items():
            line = self._lines[provider]
            line.wanted = kinds
            self._tell(line, {kind: list(chosen.values()) for kind, chosen in kinds.items()})
            if line.task is None:
                line.task = self._tasks.spawn(self._supervise(line), f"feed {provider}")
        self._changed()

    def rearrange(self) -> None:
        """The order of providers may be another than before: choose the streams anew."""
        self.want(self._wanted)

    def _provider(self, kind: str, instrument: Instrument) -> str | None:
        """The provider that streams a kind for an instrument; its feed is made if need be.

        One that streams it already keeps it while it is live, unless the user says otherwise.
        """
        able, _ = self._router.candidates(KINDS[kind], instrument)
        standing = {one.entry.id: self._router.health.of(one.entry.id).standing for one in able}
        able = [one for one in able if one.offered.stream and not standing[one.entry.id].paused]
        able.sort(
            key=lambda one: (not standing[one.entry.id].forced, not self._streams(one.entry.id, kind, instrument))
        )
        return next((one.entry.id for one in able if self._line(one) is not None), None)

    def _streams(self, provider: str, kind: str, instrument: Instrument) -> bool:
        line = self._lines.get(provider)
        return line is not None and instrument.key in line.wanted.get(kind, ()) and line.live()

    def _line(self, candidate: Candidate) -> Line | None:
        provider = candidate.entry.id
        if provider in self._lines or provider in self._without:
            return self._lines.get(provider)
        source = Source(provider, "stream", TIERS.get(provider, Tier.LIVE), candidate.offered.delay, stream=True)
        try:
            feed = candidate.provider.feed(self._book.sink(source))
        except Exception as error:
            log.warning("feed of %s cannot be made: %s", provider, error)
            feed = None
        if feed is None:
            self._without.add(provider)
            return None
        self._lines[provider] = Line(provider, feed)
        return self._lines[provider]

    def _tell(self, line: Line, wanted: Mapping[str, Collection[Instrument]]) -> None:
        try:
            line.feed.want(wanted)
        except Exception as error:
            line.error = f"{type(error).__name__}: {error}"
            log.warning("feed %s does not take its symbols: %s", line.provider, error)

    async def _supervise(self, line: Line) -> None:
        pause = self._pause
        while True:
            started = self._clock.monotonic()
            line.error = ""
            try:
                await line.feed.run()
                line.error = "the feed ended"
            except Exception as error:
                line.error = f"{type(error).__name__}: {error}"
                log.warning("feed %s failed, again in %.0f s", line.provider, pause, exc_info=error)
            line.failures += 1
            self._changed()
            if self._clock.monotonic() - started > STEADY:
                pause = self._pause
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    def _stop(self, provider: str) -> None:
        line = self._lines.pop(provider)
        if line.task is not None:
            line.task.cancel()
        self._router.health.of(provider).streams = 0

    def stalled(self, seconds: float) -> dict[str, dict[str, Instrument]]:
        """What is wanted from feeds that have not been live for some seconds: it is polled meanwhile."""
        now = self._clock.monotonic()
        stuck: dict[str, dict[str, Instrument]] = {}
        for line in self._lines.values():
            if line.live():
                line.since = None
                continue
            line.since = now if line.since is None else line.since
            if now - line.since >= seconds:
                for kind, instruments in line.wanted.items():
                    stuck.setdefault(kind, {}).update(instruments)
        return stuck

    def status(self) -> list[FeedStatus]:
        """One row per connection, and one for what is polled."""
        now = self._clock.monotonic()
        rows = []
        for line in self._lines.values():
            entries = line.health()
            self._router.health.of(line.provider).streams = sum(entry.state == "live" for entry in entries)
            rows += [self._row(line, entry, now) for entry in entries]
        return rows

    def _row(self, line: Line, entry: FeedHealth, now: float) -> FeedStatus:
        return FeedStatus(
            name=entry.name,
            provider=entry.provider,
            state="waiting" if line.error else entry.state,
            symbols=entry.symbols,
            messages=entry.messages,
            rate=line.rate(entry.name, entry.messages, now),
            lag_ms=entry.lag_ms,
            gaps=entry.gaps,
            reconnects=entry.reconnects + line.failures,
            last_sequence=entry.last_sequence,
            last_message_at=entry.last_message_at,
            detail=line.error or entry.detail,
            duplicates=entry.duplicates,
            errors=entry.errors,
            bytes=entry.bytes,
        )

    def close(self) -> None:
        """Stop every feed."""
        for provider in list(self._lines):
            self._stop(provider)
        self.polled = {}
