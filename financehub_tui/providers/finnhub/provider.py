"""Finnhub as a provider: quotes, bars where the plan has them, profiles, search, earnings, opinions, news, trades."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar, Unpack

from financehub_tui.clock import NANOS, Clock, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.company import EarningsHistory, Ratings
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.news import NewsItem
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Adjustment, Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import Capability, DataKind, Feed, Limit, Per, ProviderSpec, Sink
from financehub_tui.providers.finnhub import translate, wire
from financehub_tui.providers.finnhub.refusals import refusal
from financehub_tui.providers.finnhub.symbols import instrument_of, ticker
from financehub_tui.providers.keys.catalogue import FORMS
from financehub_tui.providers.kit.entitlements import Entitlements
from financehub_tui.providers.kit.http import Response
from financehub_tui.providers.kit.keyed_source import KeyedSource, Wiring
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.series import bars_of

if TYPE_CHECKING:
    from financehub_tui.providers.keys.key import Key

T = TypeVar("T")
RESOLUTIONS = {
    Interval.M1: "1",
    Interval.M5: "5",
    Interval.M15: "15",
    Interval.M30: "30",
    Interval.H1: "60",
    Interval.D1: "D",
    Interval.W1: "W",
    Interval.MO1: "M",
}
INTRADAY_SPAN = 30 * 86_400 * NANOS
"""A call gives about a month of minutes."""
NEWS_DAYS = 30
REPORTED_DAYS, COMING_DAYS = 30, 120
"""Days of the calendar of reports: a month back is free, the next report comes within four."""
_SHARES = (AssetClass.EQUITY,)

SPEC = ProviderSpec(
    id=wire.PROVIDER,
    title="Finnhub",
    rest_url="https://finnhub.io/api/v1",
    stream_url="wss://ws.finnhub.io",
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=_SHARES, stream=True),
        Capability(kind=DataKind.BARS, asset_classes=_SHARES, intervals=tuple(RESOLUTIONS)),
        Capability(kind=DataKind.PROFILE, asset_classes=_SHARES, delay=Delay.END_OF_DAY, cost=2),
        Capability(kind=DataKind.SEARCH, asset_classes=_SHARES),
        Capability(kind=DataKind.EARNINGS, asset_classes=_SHARES, delay=Delay.END_OF_DAY, cost=2),
        Capability(kind=DataKind.RATINGS, asset_classes=_SHARES, delay=Delay.END_OF_DAY),
        Capability(kind=DataKind.NEWS, asset_classes=_SHARES),
    ),
    limits=(
        Limit(name="requests", amount=60, seconds=60, per_key=True),
        Limit(name="requests", amount=30, seconds=1, per_key=True),
        Limit(name="connections", amount=1, per=Per.ONCE, per_key=True),
        Limit(name="symbols", amount=50, per=Per.CONNECTION, per_key=True),
    ),
    needs_key=True,
    keys=FORMS[wire.PROVIDER],
)


class FinnhubProvider(KeyedSource):
    """US shares. Bars are part of paid plans: with a free key they are refused, and asked for once an hour at most."""

    spec = SPEC

    def __init__(self, clock: Clock, **wiring: Unpack[Wiring]) -> None:
        super().__init__(clock, **wiring)
        self._entitlements = Entitlements(clock)

    def sign(self, key: Key) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """In a header."""
        return {"X-Finnhub-Token": key.parts[0]}, {}

    def refusal(self, response: Response) -> ProviderError | None:
        """What its errors mean."""
        return refusal(response)

    def symbol(self, instrument: Instrument) -> str | None:
        """The US ticker; None for what is not listed there."""
        return ticker(instrument)

    def unknown(self, instrument: Instrument) -> Missing:
        """For what is not listed in the United States."""
        words = f"{instrument.display} is no share of the United States"
        return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=words)

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """One call per share: the source has no batches. A failed call makes its share Missing, not the rest."""
        found = await asyncio.gather(*(self._quote(instrument) for instrument in instruments))
        return {instrument.key: quote for instrument, quote in zip(instruments, found, strict=True)}

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Candles adjusted for splits. Raises ProviderError: NOT_OFFERED where the plan lacks them."""
        name = self.required(instrument)
        if request.interval not in RESOLUTIONS:
            raise self.not_offered(f"{request.interval.value} bars")
        end = min(request.end, self._clock.now())
        span = INTRADAY_SPAN if request.interval.intraday else max(1, end - request.start)
        pages, received = [], self._clock.now()
        for start in range(request.start, end, span):
            page, received = await self._candles(name, request.interval, start, min(end, start + span))
            pages.append(page)
        frame = await asyncio.to_thread(translate.frame, pages, request.interval, request.start, request.end)
        if frame.is_empty():
            raise ProviderError(SPEC.id, Reason.NO_DATA, f"no bars of {name} in that window", endpoint=wire.CANDLE)
        origin = partial(
            translate.provenance,
            wire.CANDLE,
            fetched_at=received,
            instrument=instrument,
            adjustment=Adjustment.SPLIT,
        )
        return bars_of(instrument, request.interval, frame, received, origin, translate.decimals)

    async def profile(self, instrument: Instrument) -> Profile:
        """The company, with the figures of its share where they can be had. Raises ProviderError."""
        name = self.required(instrument)
        response, found = await self.ask(wire.PROFILE, {"symbol": name}, wire.Profile)
        if not found.name and not found.ticker:
            raise ProviderError(SPEC.id, Reason.UNKNOWN_SYMBOL, f"knows no company {name}", endpoint=wire.PROFILE)
        try:
            self._entitlements.check(wire.METRIC)
            _, figures = await self.ask(wire.METRIC, {"symbol": name, "metric": "all"}, wire.MetricAnswer)
        except ProviderError as error:
            self._entitlements.learn(wire.METRIC, error)
            notes = (f"key figures are not to be had: {error.detail}",)
            return translate.profile_of(instrument, found, response.received_at, notes=notes)
        return translate.profile_of(instrument, found, response.received_at, figures.metric)

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """Shares and funds of the United States by ticker or name, in the source's order."""
        if not text.strip():
            return []
        _, answer = await self.ask(wire.SEARCH, {"q": text.strip(), "exchange": "US"}, wire.SearchAnswer)
        placed = (instrument_of(hit) for hit in answer.result or ())
        return [instrument for instrument in placed if instrument is not None][:limit]

    async def earnings(self, instrument: Instrument) -> EarningsHistory:
        """The last quarters (four with a free key), when the newest was reported and the next one comes.

        Without the calendar of reports where the plan lacks it; a note says so. Raises ProviderError.
        """
        name = self.required(instrument)
        response, rows = await self.ask(wire.EARNINGS, {"symbol": name}, list[wire.Earnings])
        reports, notes = await self._reports(name)
        return translate.earnings_of(instrument, rows, response.received_at, reports, notes)

    async def ratings(self, instrument: Instrument) -> Ratings:
        """How many analysts say what, by month. Raises ProviderError."""
        name = self.required(instrument)
        response, rows = await self.ask(wire.RATINGS, {"symbol": name}, list[wire.Recommendation])
        return translate.ratings_of(instrument, _some(rows, wire.RATINGS, name), response.received_at)

    async def news(self, instrument: Instrument | None, limit: int) -> Sequence[NewsItem]:
        """A company's stories of the last 30 days, or the market's newest. Raises ProviderError."""
        if instrument is None:
            response, rows = await self.ask(wire.NEWS, {"category": "general"}, list[wire.Story])
            return translate.news_of(rows, wire.NEWS, response.received_at, limit)
        today = to_datetime(self._clock.now()).date()
        since = to_datetime(self._clock.now() - NEWS_DAYS * 86_400 * NANOS).date()
        params = {"symbol": self.required(instrument), "from": since.isoformat(), "to": today.isoformat()}
        response, rows = await self.ask(wire.COMPANY_NEWS, params, list[wire.Story])
        return translate.news_of(rows, wire.COMPANY_NEWS, response.received_at, limit)

    def feed(self, sink: Sink) -> Feed:
        """A stream of trades writing into the sink."""
        from financehub_tui.providers.finnhub.stream import FinnhubFeed

        return self.streaming(FinnhubFeed, sink)

    async def _quote(self, instrument: Instrument) -> Quote | Missing:
        name = ticker(instrument)
        if name is None:
            return self.unknown(instrument)
        try:
            response, quote = await self.ask(wire.QUOTE, {"symbol": name}, wire.Quote)
        except ProviderError as error:
            return error.missing()
        return translate.quote_of(instrument, quote, response.received_at)

    async def _reports(self, name: str) -> tuple[list[wire.Report], tuple[str, ...]]:
        """The calendar of a company's reports, or a note on why there is none."""
        today = to_datetime(self._clock.now()).date()
        first, last = today - timedelta(days=REPORTED_DAYS), today + timedelta(days=COMING_DAYS)
        try:
            self._entitlements.check(wire.CALENDAR)
            params = {"symbol": name, "from": first.isoformat(), "to": last.isoformat()}
            _, answer = await self.ask(wire.CALENDAR, params, wire.CalendarAnswer)
        except ProviderError as error:
            self._entitlements.learn(wire.CALENDAR, error)
            return [], (f"the dates of reports are not to be had: {error.detail}",)
        return answer.reports or [], ()

    async def _candles(self, name: str, interval: Interval, start: int, end: int) -> tuple[wire.Candles, int]:
        self._entitlements.check(wire.CANDLE)
        params: Parameters = {
            "symbol": name,
            "resolution": RESOLUTIONS[interval],
            "from": start // NANOS,
            "to": -(-end // NANOS),
        }
        try:
            response, page = await self.ask(wire.CANDLE, params, wire.Candles)
        except ProviderError as error:
            self._entitlements.learn(wire.CANDLE, error)
            raise
        return page, response.received_at


def _some(rows: list[T], endpoint: str, name: str) -> list[T]:
    if not rows:
        raise ProviderError(SPEC.id, Reason.NO_DATA, f"nothing about {name}", endpoint=endpoint)
    return rows
