"""The user's hand on the providers, and a closer look at them. Implements `desk.Providers`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from financehub_tui.clock import Clock
from financehub_tui.engine.comparison import Comparison
from financehub_tui.engine.disagreements import Disagreements
from financehub_tui.engine.marketvalues import coin_of
from financehub_tui.engine.probes import Probes
from financehub_tui.engine.router import Router
from financehub_tui.figures import CandidateStatus, EndpointStatus, FieldCheck, ProbeResult, RequestStatus, SeriesCheck
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Delay, Missing
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import DataKind
from financehub_tui.providers.kit.coins import is_coin

if TYPE_CHECKING:
    from financehub_tui.providers.kit.http import HttpClient


class ProviderControl:
    """Pauses, forces, probes and explains."""

    def __init__(
        self, router: Router, probes: Probes, clock: Clock, disagreements: Disagreements, changed: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._router = router
        self._probes = probes
        self._disagreements = disagreements
        self._changed = changed
        self._comparison = Comparison(router)

    def pause(self, provider: str) -> None:
        """Ask it no more, and stop its streams, until `resume`. Raises CommandError."""
        self._router.health.of(self._probes.entry(provider).id).standing.pause()
        self._changed()

    def resume(self, provider: str) -> None:
        """Neither paused, forced nor left out any more. Raises CommandError."""
        health = self._router.health.of(self._probes.entry(provider).id)
        health.standing.resume()
        health.in_a_row = 0
        self._changed()

    def force(self, provider: str) -> None:
        """Ask it first for whatever it has, until `resume`. Raises CommandError."""
        self._router.health.of(self._probes.entry(provider).id).standing.force()
        self._changed()

    async def probe(self, provider: str) -> ProbeResult:
        """Call it once now, whatever its state. Raises CommandError."""
        result = await self._probes.probe(provider)
        self._changed()
        return result

    def endpoints(self, provider: str) -> list[EndpointStatus]:
        """One row per kind of data it was asked for in the last fifteen minutes. Raises CommandError."""
        return self._router.health.endpoints(self._probes.entry(provider).id)

    def requests(self, provider: str, limit: int = 50) -> list[RequestStatus]:
        """The last requests of all its hosts, newest first. Raises CommandError."""
        entry = self._probes.entry(provider)
        clients: Sequence[HttpClient] = getattr(self._router.catalog.get(entry), "clients", ())
        records = sorted((one for client in clients for one in client.log.records), key=lambda one: -one.time)
        return [
            RequestStatus(
                time=one.time,
                method=one.method,
                endpoint=one.endpoint,
                url=one.url,
                status=one.status,
                latency_ms=one.latency_ms,
                bytes=one.bytes,
                attempt=one.attempt,
                key=one.key,
                error=one.error,
            )
            for one in records[:limit]
        ]

    def candidates(self, instrument: Instrument, kind: str) -> list[CandidateStatus]:
        """Who could answer, in the order of asking, and why. Bars are taken to be daily."""
        wanted = DataKind(kind)
        if wanted is DataKind.MARKET_VALUE and is_coin(instrument):
            instrument = coin_of(instrument)
        return self._router.explain(wanted, instrument, Interval.D1 if wanted is DataKind.BARS else None)

    def check(self, answers: Mapping[str, Quote | Missing], field: str) -> FieldCheck:
        """A field of the quotes of several sources, checked against each other: see `engine.crosscheck`."""
        from financehub_tui.engine.crosscheck import crosscheck, readings_of

        readings = readings_of(_of_one_time(answers), field, self._clock.now())
        found = crosscheck(field, readings)
        for key in {answer.key for answer in answers.values() if isinstance(answer, Quote)}:
            self._disagreements.look(key, found)
        return FieldCheck(
            field=field,
            agreed=found.agreed,
            confidence=found.confidence,
            agreeing=found.agreeing,
            compared=tuple(reading.provider for reading in readings),
            findings={one.provider: (one.kind.value, one.deviation) for one in found.findings},
            chosen=next((name for name in answers if name in found.agreeing), ""),
        )

    async def check_bars(self, answers: Mapping[str, Bars | Missing]) -> SeriesCheck:
        """The series of several sources, checked against each other: see `engine.seriescheck`."""
        from financehub_tui.engine.seriescheck import check_series

        series = {name: answer for name, answer in answers.items() if isinstance(answer, Bars)}
        found = await asyncio.to_thread(check_series, series, self._clock.now())
        if found.newest is not None:
            self._disagreements.look(next(iter(series.values())).key, found.newest)
        return found.figures

    async def quotes(self, instrument: Instrument) -> dict[str, Quote | Missing]:
        """The quote of every provider that offers one, by provider title."""
        return await self._comparison.quotes(instrument)

    async def bars(self, instrument: Instrument, request: BarRequest) -> dict[str, Bars | Missing]:
        """The series of every provider that offers one, by provider title."""
        return await self._comparison.bars(instrument, request)


def _of_one_time(answers: Mapping[str, Quote | Missing]) -> Mapping[str, Quote | Missing]:
    """Without the closes of another day, where anybody has a value of now: these do not contradict each other."""
    live = {name: answer for name, answer in answers.items() if isinstance(answer, Quote) and not _daily(answer)}
    return live or answers


def _daily(quote: Quote) -> bool:
    return quote.provenance is not None and quote.provenance.delay in (Delay.END_OF_DAY, Delay.REFERENCE)
