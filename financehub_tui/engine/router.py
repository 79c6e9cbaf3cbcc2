"""Whom to ask, in which order, and what each said: fail-over across providers within a deadline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple, TypeVar

from financehub_tui.asking import Asker, current_asker
from financehub_tui.clock import NANOS, Clock
from financehub_tui.config import Settings
from financehub_tui.engine.catalog import Catalog, Entry, capability
from financehub_tui.engine.health import HealthBoard
from financehub_tui.engine.lanes import Lane, Lanes
from financehub_tui.engine.ranking import Ranking
from financehub_tui.engine.tasks import Tasks
from financehub_tui.engine.words import clock_time
from financehub_tui.errors import DataMissingError, ProviderError
from financehub_tui.figures import CandidateStatus
from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Book, Quote, Session
from financehub_tui.providers.base import Capability, DataKind, Provider
from financehub_tui.storage.cache import Lifetime, MemoryCache

T = TypeVar("T")
log = logging.getLogger(__name__)

DEADLINE = 12.0
"""Seconds for one question, whoever is asked."""
PATIENCE = 8.0
"""Seconds for one provider while another could still be asked."""
IN_QUEUE = 0.75
"""Share of its patience a call may wait for its turn: one let in later would be cut off, and the provider blamed."""
PER_CALL = 0.6
"""Seconds more for each further call that a long list takes."""
UNKNOWN_FOR = 600.0
"""Seconds for which a provider that does not know an instrument is not asked for it again."""
_WORST_FIRST = (
    Reason.RATE_LIMITED,
    Reason.BUDGET_SPENT,
    Reason.CIRCUIT_OPEN,
    Reason.TIMEOUT,
    Reason.PROVIDER_ERROR,
    Reason.BAD_ANSWER,
    Reason.OFFLINE,
    Reason.BAD_KEY,
    Reason.NO_KEY,
    Reason.NO_DATA,
    Reason.UNKNOWN_SYMBOL,
    Reason.NOT_OFFERED,
)
"""The reason shown for several failures: the one that waiting or the user can change comes first."""


class Candidate(NamedTuple):
    """A provider that declares what is asked."""

    entry: Entry
    provider: Provider
    offered: Capability
    interval: Interval | None = None
    """For bars: the interval to ask for; finer than wanted where the answer must be resampled."""


class Tried(NamedTuple):
    """Why a provider did not answer."""

    title: str
    reason: Reason
    detail: str
    retry_at: int | None = None
    asked: bool = True
    """False where it was clear beforehand that it has nothing."""


class Router:
    """Orders providers for a question and asks one after the other."""

    def __init__(self, catalog: Catalog, health: HealthBoard, clock: Clock, settings: Settings, tasks: Tasks) -> None:
        self.catalog = catalog
        self.health = health
        self.lanes = Lanes(health, clock)
        self.ranking = Ranking(health, self.lanes, settings, clock)
        self._clock = clock
        self._settings = settings
        self._tasks = tasks
        self._unknown: MemoryCache[Tried] = MemoryCache(clock, {"unknown": Lifetime(ttl=UNKNOWN_FOR, entries=20_000)})

    def candidates(
        self, kind: DataKind, instrument: Instrument, interval: Interval | None = None
    ) -> tuple[list[Candidate], list[Tried]]:
        """(providers to ask, best first; those that declare the kind but do not carry the instrument)."""
        able: list[Candidate] = []
        unable: list[Tried] = []
        for entry, provider in self.catalog.carrying(instrument):
            offered = capability(provider, kind, instrument)
            if offered is None:
                continue
            ask = source_interval(offered, interval) if interval else None
            if interval and ask is None:
                unable.append(Tried(provider.spec.title, Reason.NOT_OFFERED, f"no {interval.value} bars", asked=False))
            elif self.symbol(provider, instrument) is None:
                words = f"does not carry {instrument.display}"
                unable.append(Tried(provider.spec.title, Reason.UNKNOWN_SYMBOL, words, asked=False))
            elif (said := self._known_unknown(entry, kind, instrument)) is not None:
                unable.append(said)
            else:
                able.append(Candidate(entry, provider, offered, ask))
        for title, why in self.catalog.broken(instrument):
            unable.append(Tried(title, Reason.NOT_OFFERED, why, asked=False))
        if not able:
            for title, name in self.catalog.locked(kind, instrument):
                unable.append(Tried(title, Reason.NO_KEY, f"no key: financehub keys add {name}", asked=False))
        if len(able) > 1:
            able.sort(key=lambda candidate: self.ranking.rank(candidate, interval))
        return able, unable

    def searchers(self) -> list[Candidate]:
        """Providers that can search for instruments."""
        found = []
        for entry in self.catalog.entries:
            provider = self.catalog.get(entry)
            offers = provider.spec.capabilities if provider else ()
            able = next((offered for offered in offers if offered.kind is DataKind.SEARCH), None)
            if provider is not None and able is not None:
                found.append(Candidate(entry, provider, able))
        return found

    def symbol(self, provider: Provider, instrument: Instrument) -> str | None:
        """A provider's own name of an instrument; None where it does not carry it, or cannot say."""
        try:
            return provider.symbol(instrument)
        except Exception as error:
            log.warning("provider %s: symbol of %s: %s", provider.spec.id, instrument.key, error)
            return None

    def explain(
        self, kind: DataKind, instrument: Instrument, interval: Interval | None = None
    ) -> list[CandidateStatus]:
        """Who could answer, in the order of asking, and why; then who is not asked, and why."""
        able, unable = self.candidates(kind, instrument, interval)
        rows = self.ranking.explain(able, interval)
        return rows + [
            CandidateStatus(
                provider="", title=one.title, place=0, score=None, state="", delay="", cost="", left=1.0, why=one.detail
            )
            for one in unable
        ]

    def remember(self, candidate: Candidate, kind: DataKind, instrument: Instrument, tried: Tried) -> None:
        """A provider that does not know an instrument is not asked for it again for a while."""
        if tried.reason is Reason.UNKNOWN_SYMBOL:
            self._unknown.put("unknown", (candidate.entry.id, kind, instrument.key), tried._replace(asked=False))

    def _known_unknown(self, entry: Entry, kind: DataKind, instrument: Instrument) -> Tried | None:
        held = self._unknown.get("unknown", (entry.id, kind, instrument.key))
        return held[0] if held is not None else None

    async def first(
        self,
        kind: DataKind,
        instrument: Instrument,
        ask: Callable[[Candidate], Coroutine[Any, Any, T]],
        *,
        interval: Interval | None = None,
    ) -> tuple[T, list[Tried]]:
        """The first good answer, and what those asked before it said. Raises DataMissingError."""
        await self.catalog.ready()
        able, tried = self.candidates(kind, instrument, interval)
        ends = self._clock.monotonic() + DEADLINE
        for place, candidate in enumerate(able):
            left = ends - self._clock.monotonic()
            if left <= 0:
                tried.append(Tried(candidate.provider.spec.title, Reason.TIMEOUT, "not asked, no time left"))
                continue
            patience = left if place == len(able) - 1 else min(PATIENCE, left)
            try:
                return await self.call(candidate, kind, ask(candidate), patience, instrument=instrument), tried
            except ProviderError as error:
                tried.append(self.tried(candidate, error))
                self.remember(candidate, kind, instrument, tried[-1])
        raise DataMissingError(self.missing(kind, instrument, tried))

    async def call(
        self,
        candidate: Candidate,
        kind: DataKind,
        work: Coroutine[Any, Any, T],
        patience: float = DEADLINE,
        *,
        instrument: Instrument | None = None,
        probing: bool = False,
    ) -> T:
        """One call in its turn, measured and bounded; whatever goes wrong comes out as ProviderError.

        A probe is made whatever the provider's standing.
        """
        provider = candidate.entry.id
        begun = self._clock.monotonic()
        lane = self.lanes.of(provider)
        try:
            await self._admitted(provider, kind, lane, patience, probing)
        except BaseException:
            work.close()
            raise
        started = self._clock.monotonic()
        try:
            answer = await self._bounded(provider, work, patience - (started - begun))
        except ProviderError as error:
            self.health.failed(_of(error, provider), kind.value, self._clock.monotonic() - started)
            raise
        finally:
            lane.leave()
        seconds, age = self._clock.monotonic() - started, age_of(answer, self._clock.now())
        self.health.succeeded(provider, kind.value, seconds, age=age, instrument=instrument)
        return answer

    async def _admitted(self, provider: str, kind: DataKind, lane: Lane, patience: float, probing: bool) -> None:
        """Wait for a turn. Raises ProviderError where the provider is not to be asked, or the turn does not come."""
        asker = current_asker()
        self._refuse(provider, kind, asker, probing)
        waits = not lane.free()
        if not await lane.enter(asker, IN_QUEUE * patience):
            words = f"no turn within {IN_QUEUE * patience:.0f} s, {lane.waiting} calls wait"
            raise ProviderError(provider, Reason.RATE_LIMITED, words)
        if waits:
            try:
                self._refuse(provider, kind, asker, probing)
            except ProviderError:
                lane.leave()
                raise

    def _refuse(self, provider: str, kind: DataKind, asker: Asker, probing: bool) -> None:
        """Raises ProviderError where a provider must be left alone, or its budget is kept for others."""
        bar = None if probing else self.health.bar(provider)
        if bar is not None:
            raise ProviderError(provider, Reason.CIRCUIT_OPEN, bar.words, retry_at=bar.retry_at)
        paused = self.health.pause(provider, kind.value)
        if paused is not None:
            raise ProviderError(provider, paused.reason, "left alone", retry_at=paused.retry_at)
        kept = self.lanes.kept_back(provider, asker.urgency)
        if kept is not None:
            raise kept

    async def _bounded(self, provider: str, work: Coroutine[Any, Any, T], patience: float) -> T:
        """Wait no longer than `patience`, even for a call that ignores its cancellation."""
        task = self._tasks.spawn(work, f"{provider} call")
        try:
            done, _ = await asyncio.wait((task,), timeout=patience)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not done:
            task.cancel()
            raise ProviderError(provider, Reason.TIMEOUT, f"no answer within {patience:.0f} s")
        try:
            return task.result()
        except ProviderError:
            raise
        except asyncio.CancelledError:
            raise ProviderError(provider, Reason.PROVIDER_ERROR, "the call was cancelled") from None
        except Exception as error:
            log.warning("provider %s raised what it must not", provider, exc_info=error)
            words = f"unexpected {type(error).__name__}: {error}"[:200]
            raise ProviderError(provider, Reason.PROVIDER_ERROR, words) from error

    def tried(self, candidate: Candidate, error: ProviderError) -> Tried:
        """An error as a line of what was tried."""
        return Tried(candidate.provider.spec.title, error.reason, error.detail, error.retry_at)

    def missing(self, kind: DataKind, instrument: Instrument, tried: Sequence[Tried]) -> Missing:
        """Why there is no answer, naming everybody who was asked."""
        if not tried:
            words = f"no configured provider supplies {kind.value.replace('_', ' ')} for {instrument.asset_class.value}"
            return Missing(reason=Reason.NOT_OFFERED, detail=words)
        reasons = {attempt.reason for attempt in tried}
        reason = next((reason for reason in _WORST_FIRST if reason in reasons), tried[-1].reason)
        again = [attempt.retry_at for attempt in tried if attempt.retry_at is not None]
        return Missing(reason=reason, detail=self.words(tried), retry_at=min(again, default=None))

    def words(self, tried: Sequence[Tried]) -> str:
        """`Yahoo: 429, next try 14:32:10; Stooq: challenge page`."""
        return "; ".join(self._attempt(attempt) for attempt in tried)

    def notes(self, tried: Sequence[Tried]) -> list[str]:
        """What an answer says of those who were asked before; nothing where the first one answered."""
        asked = [attempt for attempt in tried if attempt.asked and attempt.reason is not Reason.NO_KEY]
        return [f"asked before: {self.words(asked)}"] if asked else []

    def _attempt(self, attempt: Tried) -> str:
        words = f"{attempt.title}: {attempt.detail}"
        if attempt.retry_at is None:
            return words
        return f"{words}, next try {clock_time(attempt.retry_at, self._settings.general.timezone)}"


def source_interval(offered: Capability, wanted: Interval) -> Interval | None:
    """The interval to ask a provider for: the wanted one, else the coarsest it can be built from exactly."""
    if not offered.intervals or wanted in offered.intervals:
        return wanted
    if wanted in (Interval.W1, Interval.MO1):
        return Interval.D1 if Interval.D1 in offered.intervals else None
    if not wanted.intraday:
        return None
    finer = [own for own in offered.intervals if own.seconds < wanted.seconds and wanted.seconds % own.seconds == 0]
    return max(finer, key=lambda own: own.seconds, default=None)


def age_of(answer: object, now: int) -> float | None:
    """Seconds since the first value of an answer was true, where its market is open; else None."""
    first = next(iter(answer.values()), None) if isinstance(answer, dict) else answer
    if isinstance(first, Quote) and first.session in (Session.REGULAR, Session.CONTINUOUS) and first.time:
        return max(0.0, (now - first.time) / NANOS)
    return max(0.0, (now - first.time) / NANOS) if isinstance(first, Book) and first.time else None


def _of(error: ProviderError, provider: str) -> ProviderError:
    """The error under the id the engine knows the provider by."""
    error.provider = provider
    return error
