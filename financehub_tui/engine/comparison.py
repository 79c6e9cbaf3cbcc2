"""The same question to every provider at once: what ALLQ and XSRC lay side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import msgspec

from financehub_tui.engine.barplan import check_frame, widened
from financehub_tui.engine.batching import own_words, quotes_of
from financehub_tui.engine.lookup import checked
from financehub_tui.engine.router import DEADLINE, Candidate, Router
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import DataKind

T = TypeVar("T")


class Comparison:
    """Asks all candidates at the same time. Nothing of it is kept: it is asked to see who says what now."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def quotes(self, instrument: Instrument) -> dict[str, Quote | Missing]:
        """Quotes by provider title, in the order in which they would be asked."""

        async def ask(candidate: Candidate) -> Quote | Missing:
            answer = (await quotes_of(candidate, [instrument])).get(instrument.key)
            if isinstance(answer, Missing):
                return msgspec.structs.replace(answer, detail=own_words(candidate, answer))
            return checked(Quote, answer, candidate)

        return await self._all(DataKind.QUOTE, instrument, ask)

    async def bars(self, instrument: Instrument, request: BarRequest) -> dict[str, Bars | Missing]:
        """Series by provider title. Only providers that have the interval themselves: nothing is resampled."""
        wide = widened(request)

        async def ask(candidate: Candidate) -> Bars | Missing:
            answer = checked(Bars, await candidate.provider.bars(instrument, wide), candidate)
            check_frame(answer, candidate)
            return answer

        def own(candidate: Candidate) -> bool:
            return candidate.interval is wide.interval

        return await self._all(DataKind.BARS, instrument, ask, request, own)

    async def _all(
        self,
        kind: DataKind,
        instrument: Instrument,
        ask: Callable[[Candidate], Coroutine[Any, Any, T | Missing]],
        request: BarRequest | None = None,
        chosen: Callable[[Candidate], bool] = lambda _: True,
    ) -> dict[str, T | Missing]:
        await self._router.catalog.ready()
        able, unable = self._router.candidates(kind, instrument, request.interval if request else None)
        able = [candidate for candidate in able if chosen(candidate)]

        async def one(candidate: Candidate) -> T | Missing:
            try:
                return await self._router.call(candidate, kind, ask(candidate), DEADLINE, instrument=instrument)
            except ProviderError as error:
                return Missing(reason=error.reason, detail=error.detail, retry_at=error.retry_at)

        answers = await asyncio.gather(*(one(candidate) for candidate in able))
        found = {candidate.provider.spec.title: answer for candidate, answer in zip(able, answers, strict=True)}
        for tried in unable:
            found.setdefault(tried.title, Missing(reason=Reason(tried.reason), detail=tried.detail))
        return found
