"""One provider's feed, the task that keeps it running, and how well it does."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from financehub_tui.figures import FeedStatus
from financehub_tui.market.instrument import Instrument
from financehub_tui.providers.base import Feed, FeedHealth, LimitedFeed

log = logging.getLogger(__name__)
RATE_SECONDS = 10.0
LIVE_STATES = ("live", "connecting", "idle")
SOUND_STATES = ("live", "idle")
BROKEN_AFTER = 15.0
"""Seconds without a sound connection after which another provider's stream stands in."""
SOUND_AFTER = 10.0
"""Seconds a stream must have been sound to be trusted again: one that comes and goes is none."""

Wishes = dict[str, dict[str, Instrument]]
"""Instruments by kind (quote, trade, book) and key."""
Place = tuple[str, str]
"""Kind and key."""


class Line:
    """One provider's feed."""

    def __init__(self, provider: str, title: str, feed: Feed) -> None:
        self.provider = provider
        self.title = title
        self.feed = feed
        self.task: asyncio.Task[None] | None = None
        self.failures = 0
        self.error = ""
        self.wanted: Wishes = {}
        """What it is asked to stream."""
        self.lent: dict[str, int] = {}
        """How many of its wishes other providers fulfil meanwhile, by their title."""
        self.stands_in_for: set[str] = set()
        """Titles of providers whose wishes it fulfils."""
        self.served: Wishes = {}
        """What of its wishes nobody else fulfils."""
        self.unstreamed: frozenset[Place] = frozenset()
        """What of its wishes it has turned down, as it said when it was last looked at."""
        self.polled = 0
        """How many of those are polled: nobody else streams them."""
        self.held = 0
        """How many prices it brought that were not believed."""
        self.broken = False
        """Down for so long that others stand in, and not yet up for long enough."""
        self.unlive_since: float | None = None
        """Since when it has brought nothing, silence included; monotonic."""
        self._unsound_since: float | None = None
        self._sound_since: float | None = None
        self._samples: dict[str, deque[tuple[float, int]]] = {}

    def health(self) -> list[FeedHealth]:
        """The feed's own figures; one that cannot tell them is shown as failed."""
        try:
            return list(self.feed.health())
        except Exception as error:
            return [FeedHealth(name=self.provider, provider=self.provider, state="closed", detail=str(error))]

    def live(self) -> bool:
        """True while it streams or may be about to."""
        return not self.error and all(entry.state in LIVE_STATES for entry in self.health())

    def look(self) -> frozenset[Place]:
        """What it turns down is noted; what it turned down before or does now, but not both."""
        before = self.unstreamed
        self.unstreamed = self._turned_down()
        return before ^ self.unstreamed

    def _turned_down(self) -> frozenset[Place]:
        if not isinstance(self.feed, LimitedFeed):
            return frozenset()
        try:
            said = self.feed.unstreamed()
            return frozenset((kind, key) for kind, keys in said.items() for key in keys if self.asked(kind, key))
        except Exception as error:
            log.warning("feed %s does not say what it streams: %s", self.provider, error)
            return frozenset()

    def asked(self, kind: str, key: str) -> bool:
        """True for what it is asked to stream."""
        return key in self.wanted.get(kind, ())

    def streams(self, kind: str, key: str) -> bool:
        """True for what it has not turned down, while it is not broken."""
        return not self.broken and (kind, key) not in self.unstreamed

    def watch(self, now: float) -> bool:
        """Look at it at a monotonic instant; True where it has broken down since, or recovered."""
        states = [entry.state for entry in self.health()]
        sound = not self.error and all(state in SOUND_STATES for state in states)
        if sound:
            self.unlive_since = None
            self._sound_since = now if self._sound_since is None else self._sound_since
        else:
            self.unlive_since = now if self.unlive_since is None else self.unlive_since
            self._sound_since = None
            if self.error or any(state != "silent" for state in states if state not in SOUND_STATES):
                self._unsound_since = now if self._unsound_since is None else self._unsound_since
        if self._sound_since is not None and now - self._sound_since >= SOUND_AFTER:
            self._unsound_since = None
        before = self.broken
        if self._unsound_since is None:
            self.broken = False
        elif not sound and now - self._unsound_since >= BROKEN_AFTER:
            self.broken = True
        return self.broken != before

    def why(self) -> str:
        """What is wrong with it, in its own words."""
        return self.error or next((entry.detail for entry in self.health() if entry.detail), "no stream")

    def rows(self, now: float) -> list[FeedStatus]:
        """One row per connection, as FEEDS shows it; `now` is monotonic."""
        entries = self.health()
        # A connection opened anew has another name.
        self._samples = {entry.name: self._samples.get(entry.name, deque(maxlen=64)) for entry in entries}
        return [self._row(entry, now) for entry in entries]

    def _row(self, entry: FeedHealth, now: float) -> FeedStatus:
        return FeedStatus(
            name=entry.name,
            provider=entry.provider,
            state="waiting" if self.error else entry.state,
            symbols=entry.symbols,
            messages=entry.messages,
            rate=self._rate(entry.name, entry.messages, now),
            lag_ms=entry.lag_ms,
            gaps=entry.gaps,
            reconnects=entry.reconnects + self.failures,
            last_sequence=entry.last_sequence,
            last_message_at=entry.last_message_at,
            detail="; ".join(filter(None, (self.error or entry.detail, *self._places()))),
            duplicates=entry.duplicates,
            errors=entry.errors,
            bytes=entry.bytes,
        )

    def _places(self) -> list[str]:
        """Who stands in for whom, and what is not taken from it."""
        said = [f"{title} stands in for {count} of its wishes" for title, count in sorted(self.lent.items())]
        said += [f"{self.polled} of its wishes are polled"] if self.polled else []
        if self.held:
            said.append(f"{self.held} implausible price{'s' if self.held > 1 else ''} held back")
        return said + [f"stands in for {title}" for title in sorted(self.stands_in_for)]

    def _rate(self, name: str, messages: int, now: float) -> float:
        """Messages a second over the last ten seconds, from samples taken whenever somebody looks."""
        samples = self._samples[name]
        if not samples or now - samples[-1][0] >= 0.5:
            samples.append((now, messages))
        while len(samples) > 1 and now - samples[1][0] >= RATE_SECONDS:
            samples.popleft()
        first = samples[0]
        return (messages - first[1]) / (now - first[0]) if now > first[0] else 0.0
