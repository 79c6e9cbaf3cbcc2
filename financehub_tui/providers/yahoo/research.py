"""What Yahoo tells of companies: which calls each question takes."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.company import Dividends, EarningsHistory, Frequency, Ratings, StatementKind, Statements
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.movers import Movers, Screen
from financehub_tui.market.news import NewsItem
from financehub_tui.market.option_chain import OptionChain
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.yahoo import (
    chart_wire,
    dividends,
    earnings,
    finder,
    fundamentals,
    news,
    options,
    ratings,
    screener,
    summary,
)
from financehub_tui.providers.yahoo.rest import Rest, in_path

T = TypeVar("T")
_FIRST_FILING = 315_532_800
"""1980, in epoch seconds: from when on statements are asked for."""


class Companies:
    """Questions about one ticker each. All methods raise ProviderError and nothing else."""

    def __init__(self, clock: Clock, rest: Rest) -> None:
        self._clock = clock
        self._rest = rest

    async def options(self, ticker: str, instrument: Instrument, expiry: str) -> OptionChain:
        """The chain of one expiry (ISO date), the nearest where it is empty."""
        params: Parameters = {"date": options.expiry_seconds(expiry)} if expiry else {}
        path = f"/v7/finance/options/{in_path(ticker)}"
        response = await self._rest.get(path, params, options.ENDPOINT, crumb=True)
        return options.chain_of(options.read_options(response.body), instrument, expiry, response.received_at)

    async def statements(
        self, ticker: str, instrument: Instrument, kind: StatementKind, frequency: Frequency
    ) -> Statements:
        """One statement, in as many calls as its lines need."""
        series: dict[str, tuple[fundamentals.Reported, ...]] = {}
        now = self._clock.now()
        for types in fundamentals.chunks(fundamentals.types_of(kind, frequency)):
            response = await self._rest.get(
                f"/ws/fundamentals-timeseries/v1/finance/timeseries/{in_path(ticker)}",
                {
                    "symbol": ticker,
                    "type": ",".join(types),
                    "period1": _FIRST_FILING,
                    "period2": now // NANOS,
                    "merge": "false",
                },
                fundamentals.ENDPOINT,
            )
            series |= fundamentals.read_timeseries(response.body)
            now = response.received_at
        return fundamentals.statements_of(series, instrument, kind, frequency, now)

    async def earnings(self, ticker: str, instrument: Instrument) -> EarningsHistory:
        """Quarters reported and to come."""
        modules, now = await self._modules(ticker, earnings.MODULES, earnings.EarningsModules)
        return earnings.earnings_of(modules, instrument, now)

    async def ratings(self, ticker: str, instrument: Instrument) -> Ratings:
        """Analysts' opinions."""
        modules, now = await self._modules(ticker, ratings.MODULES, ratings.RatingModules)
        return ratings.ratings_of(modules, instrument, now)

    async def dividends(self, ticker: str, instrument: Instrument) -> Dividends:
        """The whole history; without yield and next date where Yahoo refuses the summary."""
        path = f"/v8/finance/chart/{in_path(ticker)}"
        # Daily bars although only the events count: coarser ones hold one event for each bar.
        params: Parameters = {
            "period1": 0,
            "period2": self._clock.now() // NANOS,
            "interval": "1d",
            "events": "div,splits",
        }
        response, told = await asyncio.gather(
            self._rest.get(path, params, chart_wire.ENDPOINT),
            self._modules(ticker, dividends.MODULES, dividends.DividendModules),
            return_exceptions=True,
        )
        if isinstance(response, BaseException):
            raise response
        if isinstance(told, BaseException) and not isinstance(told, ProviderError):
            raise told
        chart = await asyncio.to_thread(chart_wire.read_chart, response.body)
        modules = told if isinstance(told, ProviderError) else told[0]
        return dividends.dividends_of(chart, modules, instrument, response.received_at)

    async def news(self, ticker: str, instrument: Instrument, limit: int) -> list[NewsItem]:
        """Stories about an instrument, newest first: its own stream, else what a search finds about it."""
        count = min(limit, news.MOST)
        try:
            body = news.stream_question(ticker, count)
            response = await self._rest.ask_news("/xhr/ncp", news.STREAM_QUERY, body, news.STREAM_ENDPOINT)
            stories = news.read_stream(response.body, ticker, response.received_at)
        except ProviderError:
            stories = []
        return stories[:limit] if stories else await self._found_news(ticker, instrument, count)

    async def _found_news(self, ticker: str, instrument: Instrument, count: int) -> list[NewsItem]:
        params: Parameters = {
            "q": ticker,
            "quotesCount": 0,
            "newsCount": count,
            "listsCount": 0,
            "enableFuzzyQuery": "false",
        }
        response = await self._rest.get("/v1/finance/search", params, finder.ENDPOINT)
        stories = news.read_news(response.body, response.received_at)
        return news.stories_about(stories, instrument, ticker)[:count]

    async def movers(self, screen: Screen, limit: int) -> Movers:
        """The first of a predefined screen."""
        params: Parameters = {"scrIds": screener.SCREENS[screen], "count": max(1, min(limit, screener.MOST))}
        response = await self._rest.get("/v1/finance/screener/predefined/saved", params, screener.ENDPOINT)
        return screener.movers_of(response.body, screen, limit, response.received_at)

    async def _modules(self, ticker: str, names: tuple[str, ...], kind: type[T]) -> tuple[T, int]:
        """Modules of a summary, and when they came (ns since 1970 UTC)."""
        response = await self._rest.get(
            f"/v10/finance/quoteSummary/{in_path(ticker)}",
            {"modules": ",".join(names), "formatted": "false"},
            summary.ENDPOINT,
            crumb=True,
        )
        return summary.read_modules(response.body, kind), response.received_at
