"""Yahoo Finance as a provider: quotes, bars, profiles, search, companies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.company import Dividends, EarningsHistory, Frequency, Ratings, StatementKind, Statements
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.movers import Movers, Screen
from financehub_tui.market.news import NewsItem
from financehub_tui.market.option_chain import OptionChain
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import Capability, DataKind, Feed, Limit, ProviderSpec, Sink
from financehub_tui.providers.kit.http import HttpOptions, Response
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.unoffered import Unoffered
from financehub_tui.providers.yahoo import chart_wire, finder, quote, summary
from financehub_tui.providers.yahoo.chart import Series, bars_of, half_hours, series_of
from financehub_tui.providers.yahoo.research import Companies
from financehub_tui.providers.yahoo.rest import Addresses, Rest, in_path
from financehub_tui.providers.yahoo.rows import GRANULARITY, GRANULARITY_FIELD
from financehub_tui.providers.yahoo.stream import YahooFeed
from financehub_tui.providers.yahoo.symbols import canonical, ticker
from financehub_tui.providers.yahoo.venues import SEVERAL_CURRENCIES
from financehub_tui.providers.yahoo.windows import plan
from financehub_tui.providers.yahoo.wire import PROVIDER

REST_URL = "https://query1.finance.yahoo.com"
ALT_REST_URL = "https://query2.finance.yahoo.com"
COOKIE_URL = "https://fc.yahoo.com"
GUCE_URL = "https://guce.yahoo.com"
CONSENT_URL = "https://consent.yahoo.com"
NEWS_URL = "https://finance.yahoo.com"
STREAM_URL = "wss://streamer.finance.yahoo.com"

_LISTED = (
    AssetClass.EQUITY,
    AssetClass.INDEX,
    AssetClass.CURRENCY,
    AssetClass.COMMODITY,
    AssetClass.CRYPTO,
    AssetClass.GOVERNMENT,
    AssetClass.OPTION,
)
_COMPANY = AssetClass.EQUITY
_BATCH = 100
_SYMBOLS_LENGTH = 1_700
_LIMITS = (Limit(name="requests", amount=2, seconds=1.0), Limit(name="requests", amount=2_000, seconds=3_600.0))

SPEC = ProviderSpec(
    id=PROVIDER,
    title="Yahoo Finance",
    rest_url=REST_URL,
    stream_url=STREAM_URL,
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=_LISTED, delay=Delay.DELAYED, batch=_BATCH, stream=True),
        Capability(kind=DataKind.BARS, asset_classes=_LISTED, delay=Delay.DELAYED, intervals=tuple(GRANULARITY)),
        Capability(kind=DataKind.PROFILE, asset_classes=_LISTED, delay=Delay.END_OF_DAY),
        Capability(kind=DataKind.SEARCH, asset_classes=_LISTED),
        Capability(kind=DataKind.OPTIONS, asset_classes=(_COMPANY, AssetClass.INDEX), delay=Delay.DELAYED),
        Capability(kind=DataKind.STATEMENTS, asset_classes=(_COMPANY,), delay=Delay.END_OF_DAY),
        Capability(kind=DataKind.EARNINGS, asset_classes=(_COMPANY,), delay=Delay.END_OF_DAY),
        Capability(kind=DataKind.RATINGS, asset_classes=(_COMPANY,), delay=Delay.END_OF_DAY),
        Capability(kind=DataKind.DIVIDENDS, asset_classes=(_COMPANY,), delay=Delay.END_OF_DAY, cost=2),
        Capability(kind=DataKind.NEWS, asset_classes=_LISTED),
        Capability(kind=DataKind.MOVERS, asset_classes=(_COMPANY,), delay=Delay.DELAYED),
    ),
    limits=_LIMITS,
    attribution="Yahoo Finance, unofficial interface, personal use only",
)

_CHART_FALLBACKS = 25
"""At most so many chart calls stand in for one refused quote call."""


class YahooProvider(Unoffered):
    """Yahoo's JSON interface. Every base address can be another, which is how tests stand in for Yahoo."""

    spec: ProviderSpec = SPEC

    def __init__(
        self,
        clock: Clock,
        *,
        rest_url: str = REST_URL,
        alt_rest_url: str = ALT_REST_URL,
        cookie_url: str = COOKIE_URL,
        guce_url: str = GUCE_URL,
        consent_url: str = CONSENT_URL,
        news_url: str = NEWS_URL,
        stream_url: str = STREAM_URL,
        cache_dir: Path | None = None,
        options: HttpOptions | None = None,
    ) -> None:
        """`cache_dir` is the folder that keeps cookie and crumb; None keeps them in memory only."""
        addresses = Addresses(rest_url, alt_rest_url, cookie_url, guce_url, consent_url, news_url)
        self._clock = clock
        self._rest = Rest(clock, addresses, SPEC.limits, cache_dir, options)
        self.clients = self._rest.clients
        """For the health screen."""
        self._companies = Companies(clock, self._rest)
        self._stream_url = stream_url

    def symbol(self, instrument: Instrument) -> str | None:
        """Yahoo's ticker."""
        return ticker(instrument)

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Quotes by key. Where Yahoo refuses quotes, the chart's description stands in, and the notes say so."""
        found: dict[str, Quote | Missing] = {}
        asked: dict[str, list[Instrument]] = {}
        for instrument in instruments:
            name = ticker(instrument)
            if name is None:
                why = f"Yahoo does not carry {instrument.display}"
                found[instrument.key] = Missing(reason=Reason.UNKNOWN_SYMBOL, detail=why)
            else:
                asked.setdefault(canonical(name), []).append(instrument)
        refusals: list[ProviderError] = []
        for batch in batches(list(asked)):
            try:
                found |= await self._quote_batch({name: asked[name] for name in batch})
            except ProviderError as error:
                refusals.append(error)
                found |= await self._chart_quotes({name: asked[name] for name in batch}, error)
        if refusals and not any(isinstance(value, Quote) for value in found.values()):
            raise refusals[0]
        return found

    async def _quote_batch(self, asked: Mapping[str, Sequence[Instrument]]) -> dict[str, Quote | Missing]:
        response = await self._rest.get(
            "/v7/finance/quote", {"symbols": ",".join(asked), "formatted": "false"}, quote.ENDPOINT, crumb=True
        )
        wires = {canonical(symbol): wire for symbol, wire in quote.read_quotes(response.body).items()}
        now = response.received_at
        return {
            instrument.key: quote.quote_of(wires[name], instrument, now) if name in wires else _unknown(name)
            for name, instruments in asked.items()
            for instrument in instruments
        }

    async def _chart_quotes(
        self, asked: Mapping[str, Sequence[Instrument]], why: ProviderError
    ) -> dict[str, Quote | Missing]:
        """Charts need no crumb: whatever kept us from one, they are asked, until there turns out to be no network."""
        found: dict[str, Quote | Missing] = {}
        usable = why.reason in _STAND_IN_FOR or why.endpoint != quote.ENDPOINT
        for number, (name, instruments) in enumerate(asked.items()):
            for instrument in instruments:
                stands_in = usable and number < _CHART_FALLBACKS
                told = await self._chart_quote(name, instrument, why) if stands_in else why.missing()
                usable = usable and not (isinstance(told, Missing) and told.reason is Reason.OFFLINE)
                found[instrument.key] = told
        return found

    async def _chart_quote(self, name: str, instrument: Instrument, why: ProviderError) -> Quote | Missing:
        try:
            response = await self._chart(name, {"range": "1d", "interval": "1d"})
            chart = chart_wire.read_chart(response.body)
            return quote.meta_quote(chart.meta, instrument, response.received_at, why.detail)
        except ProviderError as error:
            return error.missing()

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Bars adjusted as asked; intraday ones are never adjusted for dividends.

        Raises ProviderError: UNKNOWN_SYMBOL, NO_DATA, NOT_OFFERED, BAD_ANSWER and what the network does.
        """
        name = self._required(instrument)
        try:
            series, notes = await self._series(name, request)
        except ProviderError as error:
            if request.interval is not Interval.M30 or error.field != GRANULARITY_FIELD:
                raise
            quarters, notes = await self._series(name, replace(request, interval=Interval.M15))
            series, notes = half_hours(quarters), (*notes, "put together from 15m bars")
        return await asyncio.to_thread(bars_of, series, instrument, request, self._clock.now(), notes)

    async def _series(self, name: str, request: BarRequest) -> tuple[Series, tuple[str, ...]]:
        """All pages; one that has nothing is passed over where another has something."""
        wanted = plan(request, self._clock.now())
        charts: list[chart_wire.Chart] = []
        empty: list[ProviderError] = []
        for page in wanted.pages:
            try:
                charts.append(chart_wire.read_chart((await self._chart(name, page)).body))
            except ProviderError as error:
                if error.reason is not Reason.NO_DATA:
                    raise
                empty.append(error)
        if not charts:
            raise empty[0]
        return await asyncio.to_thread(series_of, charts, request), wanted.notes

    async def _chart(self, name: str, params: Parameters) -> Response:
        return await self._rest.get(f"/v8/finance/chart/{in_path(name)}", params, chart_wire.ENDPOINT)

    async def profile(self, instrument: Instrument) -> Profile:
        """Reference data of an instrument."""
        name = self._required(instrument)
        response = await self._rest.get(
            f"/v10/finance/quoteSummary/{in_path(name)}",
            {"modules": ",".join(summary.MODULES), "formatted": "false"},
            summary.ENDPOINT,
            crumb=True,
        )
        return summary.profile_of(summary.read_summary(response.body), instrument, name, response.received_at)

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """Instruments whose ticker or name is like the text, best first."""
        if not text.strip() or limit < 1:
            return ()
        params: dict[str, str | int] = {
            "q": text.strip()[:100],
            "quotesCount": limit,
            "newsCount": 0,
            "listsCount": 0,
            "enableFuzzyQuery": "false",
            "quotesQueryId": "tss_match_phrase_query",
        }
        response = await self._rest.get("/v1/finance/search", params, finder.ENDPOINT)
        found = finder.read_search(response.body)
        return finder.instruments_of(found, await self._currencies(found), limit)

    async def _currencies(self, found: Sequence[finder.Found]) -> dict[str, str]:
        """The search does not say the currency, and some exchanges trade in several: ask for a quote of those."""
        names = [hit.symbol for hit in found if hit.symbol and hit.symbol.rpartition(".")[2] in SEVERAL_CURRENCIES]
        if not names:
            return {}
        try:
            response = await self._rest.get(
                "/v7/finance/quote", {"symbols": ",".join(names)}, quote.ENDPOINT, crumb=True
            )
            wires = quote.read_quotes(response.body).values()
        except ProviderError:
            return {}
        return {wire.symbol: wire.currency or "" for wire in wires if isinstance(wire, quote.WireQuote)}

    async def options(self, instrument: Instrument, expiry: str) -> OptionChain:
        """The chain of one expiry (ISO date), the nearest where it is empty."""
        return await self._companies.options(self._required(instrument), instrument, expiry)

    async def statements(self, instrument: Instrument, kind: StatementKind, frequency: Frequency) -> Statements:
        """At most four fiscal years or five quarters; ratios are Yahoo's of the price, and ours of the statements."""
        return await self._companies.statements(self._required(instrument), instrument, kind, frequency)

    async def earnings(self, instrument: Instrument) -> EarningsHistory:
        """The last four quarters, and estimates of the running and the next one."""
        return await self._companies.earnings(self._required(instrument), instrument)

    async def ratings(self, instrument: Instrument) -> Ratings:
        """Opinions of the last months, every firm's changes, price targets."""
        return await self._companies.ratings(self._required(instrument), instrument)

    async def dividends(self, instrument: Instrument) -> Dividends:
        """Dividends and splits since 1970."""
        return await self._companies.dividends(self._required(instrument), instrument)

    async def news(self, instrument: Instrument | None, limit: int) -> Sequence[NewsItem]:
        """Stories about an instrument, newest first; news of no instrument in particular is not offered."""
        if instrument is None:
            raise ProviderError(PROVIDER, Reason.NOT_OFFERED, "news of an instrument only")
        return await self._companies.news(self._required(instrument), instrument, limit)

    async def movers(self, screen: Screen, limit: int) -> Movers:
        """What moves the market of the United States, at most 250."""
        return await self._companies.movers(screen, limit)

    def feed(self, sink: Sink) -> Feed | None:
        """The streamer, for quotes."""
        return YahooFeed(self._clock, self._stream_url, sink)

    async def close(self) -> None:
        """Close every connection."""
        await self._rest.close()

    def _required(self, instrument: Instrument) -> str:
        name = ticker(instrument)
        if name is None:
            raise ProviderError(PROVIDER, Reason.UNKNOWN_SYMBOL, f"does not carry {instrument.display}")
        return name


_STAND_IN_FOR = frozenset({Reason.PROVIDER_ERROR, Reason.BAD_KEY, Reason.BAD_ANSWER, Reason.RATE_LIMITED})


def batches(names: Sequence[str]) -> Iterator[list[str]]:
    """Tickers in groups that keep the URL under two kilobytes, a comma counting three characters."""
    batch: list[str] = []
    length = 0
    for name in names:
        size = len(in_path(name)) + 3
        if batch and (length + size > _SYMBOLS_LENGTH or len(batch) >= _BATCH):
            yield batch
            batch, length = [], 0
        batch.append(name)
        length += size
    if batch:
        yield batch


def _unknown(name: str) -> Missing:
    return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=f"Yahoo does not know {name}")
