"""Quotes asked by many at once become few calls: a short window, one batch per provider, one flight per instrument."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, cast

from financehub_tui.asking import ASKER, Asker, Urgency, current_asker
from financehub_tui.engine.health import BLAMELESS
from financehub_tui.engine.origins import noted
from financehub_tui.engine.router import DEADLINE, PER_CALL, Candidate, Router, Tried
from financehub_tui.engine.tasks import Tasks
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import DataKind

WINDOW = 0.003
"""Seconds in which further symbols join a batch."""

Answer = Quote | Missing
Deliver = Callable[[str, Answer], None]
Ask = Callable[[Candidate, list[Instrument]], Coroutine[Any, Any, dict[str, Any]]]


class _Flight:
    """One instrument on its way, and how many wait for it."""

    __slots__ = ("answer", "batch", "instrument", "waiting")

    def __init__(self, instrument: Instrument, answer: asyncio.Future[Answer]) -> None:
        self.instrument = instrument
        self.answer = answer
        self.waiting = 0
        self.batch: _Batch | None = None


Queue = dict[str, tuple[_Flight, Asker]]
"""What is to be asked in a moment, by key, each with the most urgent of those who ask."""


class _Batch:
    """Instruments asked together; as urgent as the most urgent of them."""

    __slots__ = ("asker", "flights", "task")

    def __init__(self, asker: Asker, flights: list[_Flight]) -> None:
        self.asker = asker
        self.flights = {flight.instrument.key: flight for flight in flights}
        self.task: asyncio.Task[None] | None = None


class QuoteBatcher:
    """Collects instruments for a moment, then asks for all of them together; nobody waiting, nothing is asked."""

    def __init__(
        self, search: Callable[[list[Instrument], Deliver], Coroutine[Any, Any, None]], tasks: Tasks, window: float
    ) -> None:
        self._search = search
        self._tasks = tasks
        self._window = window
        self._flights: dict[str, _Flight] = {}
        self._queue: Queue = {}

    async def ask(self, instruments: Iterable[Instrument]) -> dict[str, Answer]:
        """Answers by key."""
        asker = current_asker()
        flights = {instrument.key: self._join(instrument, asker) for instrument in instruments}
        try:
            if flights:
                await asyncio.wait([flight.answer for flight in flights.values()])
        finally:
            for flight in flights.values():
                flight.waiting -= 1
                if not flight.waiting and not flight.answer.done():
                    self._abandon(flight)
        return {key: flight.answer.result() for key, flight in flights.items()}

    def _join(self, instrument: Instrument, asker: Asker) -> _Flight:
        key = instrument.key
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(instrument, asyncio.get_running_loop().create_future())
            if not self._queue:
                self._begin()
            self._queue[key] = (flight, asker)
        elif flight.batch is not None:
            flight.batch.asker.urgency = min(flight.batch.asker.urgency, asker.urgency)
        elif asker.urgency < self._queue[key][1].urgency:
            self._queue[key] = (flight, asker)
        flight.waiting += 1
        return flight

    def _begin(self) -> None:
        """A new queue, which is asked in a moment; one that never is, because the desk closes, is answered too."""
        self._queue = {}
        queue = self._queue
        task = self._tasks.spawn(self._flush(queue), "quote batch")
        task.add_done_callback(lambda _: self._give_up(flight for flight, _ in queue.values()))

    def _give_up(self, flights: Iterable[_Flight]) -> None:
        """Answer those that have none."""
        for flight in list(flights):
            self._deliver(flight, Missing(reason=Reason.PROVIDER_ERROR, detail="the question was given up"))

    def _deliver(self, flight: _Flight, answer: Answer) -> None:
        if not flight.answer.done():
            self._land(flight)
            flight.answer.set_result(answer)

    def _abandon(self, flight: _Flight) -> None:
        """Nobody waits for an instrument any more: it is not asked, or its batch ends with the last one."""
        key, batch = flight.instrument.key, flight.batch
        if batch is None:
            self._queue.pop(key, None)
            self._land(flight)
        elif not any(other.waiting for other in batch.flights.values()) and batch.task is not None:
            for other in batch.flights.values():
                self._land(other)
            batch.task.cancel()

    def _land(self, flight: _Flight) -> None:
        if self._flights.get(flight.instrument.key) is flight:
            del self._flights[flight.instrument.key]

    async def _flush(self, queue: Queue) -> None:
        """After a moment, ask: one batch for each degree of urgency."""
        await asyncio.sleep(self._window)
        groups: dict[Urgency, tuple[Asker, list[_Flight]]] = {}
        for flight, asker in queue.values():
            groups.setdefault(asker.urgency, (asker, []))[1].append(flight)
        queue.clear()
        batches = [_Batch(Asker(asker.owner, asker.urgency), flights) for asker, flights in groups.values()]
        for batch in batches:
            for flight in batch.flights.values():
                flight.batch = batch
            ASKER.set(batch.asker)
            if batch is not batches[-1]:
                batch.task = self._tasks.spawn(self._run(batch), "quote batch")
        if batches:
            batches[-1].task = asyncio.current_task()
            await self._run(batches[-1])

    async def _run(self, batch: _Batch) -> None:
        def deliver(key: str, answer: Answer) -> None:
            self._deliver(batch.flights[key], answer)

        try:
            await self._search([flight.instrument for flight in batch.flights.values()], deliver)
        finally:
            self._give_up(batch.flights.values())


class _Search:
    """One instrument on its way through the providers."""

    __slots__ = ("candidates", "instrument", "tried")

    def __init__(self, instrument: Instrument, candidates: list[Candidate], tried: list[Tried]) -> None:
        self.instrument = instrument
        self.candidates = candidates
        self.tried = tried


class QuoteSearch:
    """Asks providers for quotes in their batch size; what one does not answer goes to the next at once."""

    def __init__(
        self,
        router: Router,
        monotonic: Callable[[], float],
        kind: DataKind = DataKind.QUOTE,
        ask: Ask | None = None,
    ) -> None:
        """`ask` puts the question to a provider: for quotes where nothing is said."""
        self._router = router
        self._monotonic = monotonic
        self._kind = kind
        self._ask = ask or quotes_of

    async def run(self, instruments: list[Instrument], deliver: Deliver) -> None:
        """Find quotes; `deliver` is called once for each instrument, as soon as its fate is known."""
        await self._router.catalog.ready()
        searches = [_Search(instrument, *self._router.candidates(self._kind, instrument)) for instrument in instruments]
        calls = sum(1 / max(1, search.candidates[0].offered.batch) for search in searches if search.candidates)
        await self._step(searches, deliver, self._monotonic() + DEADLINE + PER_CALL * int(calls))

    async def _step(self, searches: Sequence[_Search], deliver: Deliver, ends: float) -> None:
        groups: dict[str, list[_Search]] = {}
        for search in searches:
            if search.candidates and self._monotonic() < ends:
                groups.setdefault(search.candidates[0].entry.id, []).append(search)
            else:
                missing = self._router.missing(self._kind, search.instrument, search.tried)
                deliver(search.instrument.key, missing)
        chunks = [chunk for group in groups.values() for chunk in _chunks(group)]
        if chunks:
            await asyncio.gather(*(self._chunk(chunk, deliver, ends) for chunk in chunks))

    async def _chunk(self, chunk: list[_Search], deliver: Deliver, ends: float) -> None:
        candidate = chunk[0].candidates[0]
        patience = max(0.1, (ends - self._monotonic()) * (0.6 if any(len(s.candidates) > 1 for s in chunk) else 1.0))
        work = self._ask(candidate, [search.instrument for search in chunk])
        try:
            answers = await self._router.call(candidate, self._kind, work, patience, instrument=chunk[0].instrument)
            error = None
        except ProviderError as failure:
            answers, error = {}, failure
        left: list[_Search] = []
        for search in chunk:
            answer = answers.get(search.instrument.key) if error is None else None
            if isinstance(answer, Quote) and answer.key == search.instrument.key:
                deliver(answer.key, noted(answer, self._router.notes(search.tried)))
                continue
            attempt = self._failure(candidate, answer, error)
            self._router.remember(candidate, self._kind, search.instrument, attempt)
            search.tried.append(attempt)
            search.candidates = search.candidates[1:]
            left.append(search)
        if left:
            await self._step(left, deliver, ends)

    def _failure(self, candidate: Candidate, answer: object, error: ProviderError | None) -> Tried:
        if error is not None:
            return self._router.tried(candidate, error)
        title = candidate.provider.spec.title
        if isinstance(answer, Missing):
            return Tried(title, answer.reason, own_words(candidate, answer), answer.retry_at)
        what = "left it out of its answer" if answer is None else f"sent {type(answer).__name__} for a quote"
        return Tried(title, Reason.BAD_ANSWER, what)


async def quotes_of(candidate: Candidate, instruments: list[Instrument]) -> dict[str, Any]:
    """A provider's quotes. Raises ProviderError."""
    return mapping(candidate, await candidate.provider.quotes(instruments))


def mapping(candidate: Candidate, answer: Any) -> dict[str, Any]:
    """A provider's answer, which must be a mapping. Raises ProviderError."""
    if not isinstance(answer, dict):
        try:
            answer = dict(answer)
        except (TypeError, ValueError):
            words = f"sent {type(answer).__name__} for quotes"
            raise ProviderError(candidate.entry.id, Reason.BAD_ANSWER, words) from None
    _raise_common_fault(candidate, list(answer.values()))
    return cast("dict[str, Any]", answer)


def _raise_common_fault(candidate: Candidate, answers: list[object]) -> None:
    """A provider may wrap its own failure into every answer: that is a failed call, and counts as one."""
    faults = [answer for answer in answers if isinstance(answer, Missing) and answer.reason not in BLAMELESS]
    if faults and len(faults) == len(answers):
        first = faults[0]
        raise ProviderError(candidate.entry.id, first.reason, own_words(candidate, first), retry_at=first.retry_at)


def own_words(candidate: Candidate, missing: Missing) -> str:
    """What a provider said, without its name before it."""
    spec = candidate.provider.spec
    return missing.detail.removeprefix(f"{spec.title}: ").removeprefix(f"{spec.id}: ")


def _chunks(group: list[_Search]) -> list[list[_Search]]:
    size = max(1, group[0].candidates[0].offered.batch)
    return [group[start : start + size] for start in range(0, len(group), size)]
