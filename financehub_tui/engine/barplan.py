"""Bar series: memory, the store, providers in turn; coarser bars built exactly where nobody offers them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.engine.answers import bars_ttl
from financehub_tui.engine.lookup import checked
from financehub_tui.engine.origins import in_tier, noted
from financehub_tui.engine.parts import Parts
from financehub_tui.engine.router import Candidate
from financehub_tui.engine.words import age
from financehub_tui.errors import DataMissingError, ProviderError, StoreError
from financehub_tui.market.bars import BAR_COLUMNS, BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Adjustment, Missing, Reason, Tier
from financehub_tui.market.resample import resample
from financehub_tui.providers.base import DataKind

if TYPE_CHECKING:
    import polars as pl

log = logging.getLogger(__name__)
DAY = 86_400 * NANOS
SLACK = 7 * DAY
"""A stored series that begins or ends this much inside the window still covers it: weekends, holidays, listings."""


class BarPlanner:
    """Plans questions for bars."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """A series from one source. Raises DataMissingError."""
        wide = widened(request)
        key = (instrument.key, wide)
        held = self._parts.answers.get(DataKind.BARS, key, Bars)
        if held is not None:
            value, fresh = held
            if isinstance(value, Missing):
                return await self._fallback(instrument, request, value)
            self._parts.hit(value.provenance)
            if not fresh:
                self._parts.tasks.spawn(self._refresh(instrument, wide), "refresh of bars")
            return self._cut(in_tier(value, Tier.MEMORY), request)
        stored = await self._stored(instrument, request, "") if self._parts.stale_first else None
        if stored is not None and _covers(stored, request):
            self._parts.tasks.spawn(self._refresh(instrument, wide), "refresh of bars")
            return stored
        try:
            return self._cut(await self._fetched(instrument, wide), request)
        except DataMissingError as error:
            return await self._fallback(instrument, request, error.missing)

    async def _fetched(self, instrument: Instrument, wide: BarRequest) -> Bars:
        key = (DataKind.BARS, instrument.key, wide)
        return await self._parts.flights.run(key, lambda: self._fetch(instrument, wide))

    async def _refresh(self, instrument: Instrument, wide: BarRequest) -> None:
        await self._fetched(instrument, wide)
        self._parts.book.touch(instrument.key)

    async def _fetch(self, instrument: Instrument, wide: BarRequest) -> Bars:
        parts = self._parts

        async def ask(candidate: Candidate) -> Bars:
            source = candidate.interval or wide.interval
            asked = msgspec.structs.replace(wide, interval=source)
            answer = checked(Bars, await candidate.provider.bars(instrument, asked), candidate)
            check_frame(answer, candidate)
            check_adjustment(instrument, asked, answer, candidate)
            return await _coarser(answer, wide.interval) if source is not wide.interval else answer

        held = await parts.shared_answer(DataKind.BARS, (instrument.key, wide), Bars)
        if held is not None:
            parts.answers.put(DataKind.BARS, (instrument.key, wide), held, bars_ttl(wide.interval))
            return held
        try:
            bars, tried = await parts.router.first(DataKind.BARS, instrument, ask, interval=wide.interval)
        except DataMissingError as error:
            parts.answers.put(DataKind.BARS, (instrument.key, wide), error.missing)
            parts.journal.add(instrument.key, DataKind.BARS, error.missing)
            raise
        bars = noted(bars, parts.router.notes(tried))
        parts.answers.put(DataKind.BARS, (instrument.key, wide), bars, bars_ttl(wide.interval))
        parts.share(DataKind.BARS, {(instrument.key, wide): bars}, bars_ttl(wide.interval))
        parts.journal.add(instrument.key, DataKind.BARS, bars.provenance)
        if parts.writer is not None:
            parts.writer.keep_bars(bars)
        return bars

    async def _fallback(self, instrument: Instrument, request: BarRequest, missing: Missing) -> Bars:
        """What is stored, with its age and why it is not newer. Raises DataMissingError."""
        stored = await self._stored(instrument, request, missing.detail)
        if stored is None:
            raise DataMissingError(missing)
        return stored

    async def _stored(self, instrument: Instrument, request: BarRequest, why: str) -> Bars | None:
        door = self._parts.store
        if door is None or door.empty:
            return None
        try:
            store = await door.open()
            for basis in accepted(instrument, request):
                bars = await store.read_bars(
                    instrument.key, request.interval, request.start, request.end, adjustment=basis
                )
                if bars is not None and bars.frame.height:
                    break
            else:
                return None
        except StoreError as error:
            log.warning("stored bars: %s", error)
            return None
        held = age(self._parts.clock.now() - bars.provenance.fetched_at) if bars.provenance.fetched_at else "some time"
        return noted(in_tier(bars, Tier.STORE), [f"stored {held} ago", *([why] if why else [])])

    def _cut(self, bars: Bars, request: BarRequest) -> Bars:
        frame = _between(bars.frame, request)
        if not frame.height:
            words = f"{bars.provenance.provider}: no {request.interval.value} bars in that window"
            raise DataMissingError(Missing(reason=Reason.NO_DATA, detail=words))
        return bars if frame.height == bars.frame.height else msgspec.structs.replace(bars, frame=frame)


def widened(request: BarRequest) -> BarRequest:
    """The request on whole bars (whole days from one day up), so that equal questions are equal."""
    step = request.interval.seconds * NANOS if request.interval.intraday else DAY
    start = request.start - request.start % step
    return msgspec.structs.replace(request, start=start, end=request.end + -request.end % step)


def _between(frame: pl.DataFrame, request: BarRequest) -> pl.DataFrame:
    """Bars that overlap the window."""
    import polars as pl

    length = request.interval.seconds * NANOS if request.interval.intraday else DAY
    time = pl.col("time").dt.epoch("us") * 1_000
    return frame.filter((time > request.start - length) & (time < request.end))


async def _coarser(bars: Bars, interval: Interval) -> Bars:
    import asyncio

    frame = await asyncio.to_thread(resample, bars.frame, interval)
    coarse = msgspec.structs.replace(bars, interval=interval, frame=frame)
    return noted(coarse, [f"built from {bars.interval.value} bars"])


def check_frame(bars: Bars, candidate: Candidate) -> None:
    """Refuse a frame that is not one of bars. Raises ProviderError."""
    columns = tuple(getattr(bars.frame, "columns", ()))
    if columns[: len(BAR_COLUMNS)] != BAR_COLUMNS:
        raise ProviderError(candidate.entry.id, Reason.BAD_ANSWER, f"sent bars with the columns {columns}"[:200])


def check_adjustment(instrument: Instrument, request: BarRequest, bars: Bars, candidate: Candidate) -> None:
    """Refuse prices on another basis than the one asked for. Raises ProviderError: NOT_OFFERED."""
    got, bases = bars.provenance.adjustment, accepted(instrument, request)
    if got in bases or None in bases:
        return
    words = "bars as traded" if got is Adjustment.NONE else f"{got.value} adjusted bars"
    asked = {Adjustment.NONE: "; leave RAW away", Adjustment.SPLIT_DIVIDEND: "; leave TR away"}
    raise ProviderError(candidate.entry.id, Reason.NOT_OFFERED, f"only {words}{asked.get(request.adjustment, '')}")


def accepted(instrument: Instrument, request: BarRequest) -> tuple[Adjustment | None, ...]:
    """The adjustments that answer a request, best first; None is any, for what has neither splits nor dividends.

    Prices as traded stand in for split-adjusted ones, which nobody asks for by name, and are titled so.
    """
    if instrument.asset_class is not AssetClass.EQUITY:
        return (None,)
    if request.adjustment is Adjustment.SPLIT:
        return Adjustment.SPLIT, Adjustment.NONE
    return (request.adjustment,)


def _covers(bars: Bars, request: BarRequest) -> bool:
    """True where a stored series can stand for the window until the fresh one is there."""
    first, last = bars.frame["time"][0], bars.frame["time"][-1]
    return bool(first.timestamp() * NANOS <= request.start + SLACK and last.timestamp() * NANOS >= request.end - SLACK)
