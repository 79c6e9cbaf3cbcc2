"""One call made on purpose: by hand, or when a provider that was left out is due to be tried again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from financehub_tui.asking import Urgency, asking
from financehub_tui.clock import NANOS, Clock
from financehub_tui.engine.catalog import Entry
from financehub_tui.engine.health import BLAMELESS
from financehub_tui.engine.router import Candidate, Router
from financehub_tui.errors import CommandError, ProviderError
from financehub_tui.figures import ProbeResult
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.base import DataKind, Provider

if TYPE_CHECKING:
    from financehub_tui.market.instrument import Instrument
    from financehub_tui.market.master import SecurityMaster

log = logging.getLogger(__name__)
PATIENCE = 8.0
GROUPS = ("sp500", "crypto", "fx", "world-indices")
"""Lists in which an instrument is looked for that a provider carries."""
TEXT = "apple"
WEEK = 7 * 86_400 * NANOS


class Probes:
    """Probes providers."""

    def __init__(self, router: Router, clock: Clock, master: Callable[[], SecurityMaster]) -> None:
        self._router = router
        self._clock = clock
        self._master = master

    async def probe(self, provider: str) -> ProbeResult:
        """Call a provider once, whatever its standing. Raises CommandError for an unknown one."""
        entry = self.entry(provider)
        made = self._router.catalog.get(entry)
        if made is None:
            why = self._router.health.of(entry.id).failed_to_load
            return self._result(entry, 0.0, why or f"it needs a key: financehub keys add {entry.id}")
        planned = self._plan(entry, made)
        if planned is None:
            return self._result(entry, 0.0, "it offers nothing that could be asked")
        kind, candidate, work = planned
        started = self._clock.monotonic()
        try:
            with asking(Urgency.SCREEN, "probe"):
                await self._router.call(candidate, kind, work, PATIENCE, probing=True)
        except ProviderError as error:
            said = "" if error.reason in BLAMELESS else error.detail
            return self._result(entry, self._clock.monotonic() - started, said)
        return self._result(entry, self._clock.monotonic() - started, "")

    async def run(self) -> str:
        """Probe those that are due; says how they fared."""
        due = [entry for entry in self._router.catalog.entries if self._router.health.of(entry.id).standing.probe_due]
        results = [await self.probe(entry.id) for entry in due]
        return "; ".join(f"{result.provider}: {result.words}" for result in results) or "nobody to probe"

    def entry(self, provider: str) -> Entry:
        """A provider by its id or title, in any case. Raises CommandError."""
        wanted = provider.strip().casefold()
        for entry in self._router.catalog.entries:
            if wanted in (entry.id.casefold(), entry.title.casefold()):
                return entry
        known = ", ".join(entry.id for entry in self._router.catalog.entries)
        raise CommandError(f"No provider called {provider!r}", f"There are {known}.")

    def _plan(self, entry: Entry, provider: Provider) -> tuple[DataKind, Candidate, Coroutine[Any, Any, object]] | None:
        """The cheapest question: a quote, else a week of daily bars, else a search."""
        offers = {offered.kind: offered for offered in provider.spec.capabilities}
        for kind in (DataKind.QUOTE, DataKind.BARS):
            offered = offers.get(kind)
            instrument = self._instrument(entry, provider, offered.asset_classes) if offered else None
            if offered is not None and instrument is not None:
                ask = _quote if kind is DataKind.QUOTE else self._bars
                return kind, Candidate(entry, provider, offered), ask(provider, instrument)
        if DataKind.SEARCH not in offers:
            return None
        return DataKind.SEARCH, Candidate(entry, provider, offers[DataKind.SEARCH]), _search(provider)

    def _instrument(self, entry: Entry, provider: Provider, classes: Iterable[object]) -> Instrument | None:
        """What it answered for last, else the first of a well-known list that it carries."""
        last = self._router.health.of(entry.id).last_instrument
        if last is not None and last.asset_class in classes:
            return last
        master = self._master()
        known = master.groups()
        for group in GROUPS:
            for instrument in master.members(group) if group in known else ():
                if instrument.asset_class in classes and self._router.symbol(provider, instrument) is not None:
                    return instrument
        return None

    async def _bars(self, provider: Provider, instrument: Instrument) -> object:
        now = self._clock.now()
        return await provider.bars(instrument, BarRequest(interval=Interval.D1, start=now - WEEK, end=now))

    def _result(self, entry: Entry, seconds: float, wrong: str) -> ProbeResult:
        words = wrong or f"answered in {1_000 * seconds:.0f} ms"
        return ProbeResult(provider=entry.id, ok=not wrong, seconds=seconds, words=words)


async def _quote(provider: Provider, instrument: Instrument) -> object:
    answer = (await provider.quotes([instrument])).get(instrument.key)
    if isinstance(answer, Missing) and answer.reason not in BLAMELESS:
        raise ProviderError(provider.spec.id, answer.reason, answer.detail, retry_at=answer.retry_at)
    if answer is None:
        raise ProviderError(provider.spec.id, Reason.BAD_ANSWER, "left it out of its answer")
    return answer


async def _search(provider: Provider) -> object:
    return await provider.search(TEXT, 1)
