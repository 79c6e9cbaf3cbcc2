"""Feeds: one task per provider that streams what is wanted, restarted when it fails, stopped when nobody wants it.

Each kind of an instrument's values has one provider that shall stream it: the first of those who can, in the router's
order. While its stream is broken another provider's stands in, and the values say so; it goes on trying, and takes
them back once it has been sound for a while. The same holds for what a stream turns down, because a key has no room
for it or the source does not know it. Where nobody can stand in, the values are polled, and say that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import NamedTuple

from financehub_tui.clock import Clock
from financehub_tui.engine.line import Line, Place, Wishes
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.router import Candidate, Router
from financehub_tui.engine.source import Roles, Source
from financehub_tui.engine.tasks import Tasks
from financehub_tui.figures import FeedStatus, StreamChanged
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Tier
from financehub_tui.providers.base import DataKind

log = logging.getLogger(__name__)
KINDS = {"quote": DataKind.QUOTE, "trade": DataKind.TRADES, "book": DataKind.BOOK}
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""A feed that ran this long starts anew without having to make up for earlier failures."""
NOBODY = ""
"""Stands for a provider where none streams a kind of an instrument's values: they are polled."""
ROUNDS = 8
"""How often another is looked for what a feed turned down, which may turn it down as well."""
TIERS = {"replay": Tier.REPLAY, "recording": Tier.REPLAY, "simulated": Tier.SIMULATED}

Wanted = Mapping[str, Mapping[str, Instrument]]
"""Instruments by kind (quote, trade, book) and key."""


class Streams:
    """Starts, feeds with wishes, supervises and stops the feeds."""

    def __init__(
        self,
        router: Router,
        book: QuoteBook,
        clock: Clock,
        tasks: Tasks,
        pause: float = FIRST_PAUSE,
    ) -> None:
        self._router = router
        self._book = book
        self._clock = clock
        self._tasks = tasks
        self._pause = pause
        self._lines: dict[str, Line] = {}
        self._without: set[str] = set()
        self._wanted: Wanted = {}
        self._firsts: dict[tuple[str, str], str] = {}
        """Whose stream a kind of an instrument's values shall be, whoever stands in meanwhile."""
        self.polled: Wishes = {}
        """What no stream brings, by kind."""

    def want(self, wanted: Wanted) -> None:
        """What shall be kept alive from now on. What no provider streams is left in `polled`."""
        self._wanted = wanted
        choices = {
            (kind, key): self._providers(kind, instrument)
            for kind, instruments in wanted.items()
            for key, instrument in instruments.items()
        }
        plan = _Plan(wanted, choices)
        rounds = 0
        while (moved := self._ask(plan.wishes) & choices.keys()) and rounds < ROUNDS:
            rounds += 1
            choices |= {(kind, key): self._providers(kind, wanted[kind][key]) for kind, key in moved}
            plan = _Plan(wanted, choices)
        self._firsts, self.polled = plan.firsts, plan.polled
        for provider in [name for name in self._lines if name not in plan.wishes]:
            self._stop(provider)
        for key, roles in plan.roles.items():
            self._book.assign(key, Roles.of(roles), self._marks(key, roles))
        for provider in plan.wishes:
            self._run(self._lines[provider], plan)

    def _ask(self, wishes: Mapping[str, Wishes]) -> set[Place]:
        """Tell the feeds what to stream; what one of them has turned down since, or does no more."""
        moved: set[Place] = set()
        for provider, wanted in wishes.items():
            line = self._lines[provider]
            line.wanted = wanted
            self._tell(line, {kind: list(chosen.values()) for kind, chosen in wanted.items()})
            moved |= line.look()
        return moved

    def _run(self, line: Line, plan: _Plan) -> None:
        line.served = plan.served.get(line.provider, {})
        lent = plan.lent.get(line.provider, {})
        line.polled = lent.get(NOBODY, 0)
        line.lent = {self._lines[other].title: n for other, n in lent.items() if other != NOBODY}
        line.stands_in_for = {
            self._lines[first].title for first, others in plan.lent.items() if line.provider in others
        }
        if line.task is None:
            line.task = self._tasks.spawn(self._supervise(line), f"feed {line.provider}")

    def _marks(self, key: str, roles: Mapping[str, str]) -> dict[str, str]:
        """What the values of those that stand in say of it, by provider; under NOBODY what polled ones say."""
        found = {}
        for kind, provider in roles.items():
            first = self._lines.get(self._firsts.get((kind, key), provider))
            if first is None or first.provider == provider:
                continue
            if provider == NOBODY:
                found[provider] = f"polled: {first.title} does not stream it"
            else:
                why = "is down" if first.broken else "has no room for it"
                found[provider] = f"stands in for {first.title}, whose stream {why}"
        return found

    def rearrange(self) -> None:
        """The order of providers may be another than before: choose the streams anew."""
        self.want(self._wanted)

    def tend(self) -> None:
        """Look how the streams do: what is broken is streamed by others, what has recovered moves back. Every second.

        Whoever listens to StreamChanged is told.
        """
        now = self._clock.monotonic()
        changed = [line for line in self._lines.values() if line.watch(now)]
        turned_down = [line for line in self._lines.values() if line.look()]
        if turned_down and not changed:
            self.rearrange()
        if not changed:
            return
        count = {line.provider: len({key for chosen in line.wanted.values() for key in chosen}) for line in changed}
        self.rearrange()
        for line in changed:
            log.warning("stream of %s %s", line.provider, "is broken" if line.broken else "has recovered")
            self._router.health.events.tell(
                StreamChanged(
                    provider=line.provider,
                    title=line.title,
                    degraded=line.broken,
                    instruments=count[line.provider],
                    instead=(*sorted(line.lent), *(("polling",) if line.broken and line.served else ())),
                    why=line.why() if line.broken else "",
                    at=self._clock.now(),
                )
            )

    def _providers(self, kind: str, instrument: Instrument) -> _Choice | None:
        """Whose stream it shall be, and who streams it now; None where nobody can. Feeds are made if need be.

        One that streams it already keeps it while it is live or others stand in for it, unless the user says
        otherwise.
        """
        able, _ = self._router.candidates(KINDS[kind], instrument)
        standing = {one.entry.id: self._router.health.of(one.entry.id).standing for one in able}
        able = [one for one in able if one.offered.stream and not standing[one.entry.id].paused]
        able.sort(key=lambda one: (not standing[one.entry.id].forced, not self._keeps(one.entry.id, kind, instrument)))
        first = next((line for one in able if (line := self._line(one)) is not None), None)
        if first is None:
            return None
        if first.streams(kind, instrument.key):
            return _Choice(first.provider, first.provider, (first.provider,))
        return self._stand_in(first, able, kind, instrument)

    def _keeps(self, provider: str, kind: str, instrument: Instrument) -> bool:
        line = self._lines.get(provider)
        return (
            line is not None
            and self._firsts.get((kind, instrument.key)) == provider
            and (line.broken or (line.asked(kind, instrument.key) and line.live()))
        )

    def _stand_in(self, first: Line, able: list[Candidate], kind: str, instrument: Instrument) -> _Choice:
        """The next provider that streams it, one that does already before others; else the first, if it may once more.

        Those that are broken go on trying, and so do those that have turned it down: there may be room later.
        """
        others = [one for one in able if one.entry.id != first.provider]
        others.sort(key=lambda one: not self._streams(one.entry.id, kind, instrument))
        trying = [first.provider]
        for one in others:
            line = self._line(one)
            if line is not None:
                trying.append(line.provider)
                if line.streams(kind, instrument.key):
                    return _Choice(first.provider, line.provider, tuple(trying))
        nobody = (kind, instrument.key) in first.unstreamed
        return _Choice(first.provider, NOBODY if nobody else first.provider, tuple(trying))

    def _streams(self, provider: str, kind: str, instrument: Instrument) -> bool:
        line = self._lines.get(provider)
        return line is not None and line.asked(kind, instrument.key) and line.live()

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
        self._lines[provider] = Line(provider, candidate.provider.spec.title, feed)
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
            if self._clock.monotonic() - started > STEADY:
                pause = self._pause
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    def _stop(self, provider: str) -> None:
        line = self._lines.pop(provider)
        if line.task is not None:
            line.task.cancel()
        self._router.health.of(provider).streams = 0

    def stalled(self, seconds: float) -> Wishes:
        """What nobody else streams of feeds that have brought nothing for some seconds: it is polled meanwhile."""
        now = self._clock.monotonic()
        stuck: Wishes = {}
        for line in self._lines.values():
            if line.unlive_since is not None and now - line.unlive_since >= seconds:
                for kind, instruments in line.served.items():
                    stuck.setdefault(kind, {}).update(instruments)
        return stuck

    def status(self) -> list[FeedStatus]:
        """One row per connection."""
        now = self._clock.monotonic()
        rows = []
        for line in self._lines.values():
            line.held = self._book.doubts.held.get(line.provider, 0)
            of_line = line.rows(now)
            self._router.health.of(line.provider).streams = sum(row.state == "live" for row in of_line)
            rows += of_line
        return rows

    def close(self) -> None:
        """Stop every feed."""
        for provider in list(self._lines):
            self._stop(provider)
        self.polled = {}


class _Choice(NamedTuple):
    """Who streams a kind of an instrument's values."""

    first: str
    """Whose stream it shall be."""
    now: str
    """NOBODY where it is polled."""
    trying: tuple[str, ...]
    """Everybody who is asked to stream it; nobody but `now` is listened to."""


class _Plan:
    """Who streams what, being made."""

    def __init__(self, wanted: Wanted, choices: Mapping[Place, _Choice | None]) -> None:
        self.firsts: dict[Place, str] = {}
        self.polled: Wishes = {}
        self.wishes: dict[str, Wishes] = {}
        """By provider: what it is to stream, also where another stands in: it goes on trying."""
        self.served: dict[str, Wishes] = {}
        self.lent: dict[str, dict[str, int]] = {}
        """By provider: how many of its wishes others fulfil, by those."""
        self.roles: dict[str, dict[str, str]] = {}
        """By instrument: the provider of each kind; NOBODY where it is polled."""
        for (kind, key), choice in choices.items():
            self._add(kind, wanted[kind][key], choice)

    def _add(self, kind: str, instrument: Instrument, choice: _Choice | None) -> None:
        """Note who shall stream it and who does, or that nobody can."""
        key = instrument.key
        now = choice.now if choice else NOBODY
        self.roles.setdefault(key, {})[kind] = now
        if now == NOBODY:
            self.polled.setdefault(kind, {})[key] = instrument
        else:
            self.served.setdefault(now, {}).setdefault(kind, {})[key] = instrument
        if choice is None:
            return
        first = choice.first
        self.firsts[kind, key] = first
        for provider in choice.trying:
            self.wishes.setdefault(provider, {}).setdefault(kind, {})[key] = instrument
        if first != now:
            lent = self.lent.setdefault(first, {})
            lent[now] = lent.get(now, 0) + 1
