"""Questions about a company: options, statements, earnings, ratings, dividends, news; and the movers of a market.

Asked as `Lookup` asks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, TypeVar, cast

from financehub_tui.engine.lookup import Lookup, checked
from financehub_tui.engine.router import Candidate
from financehub_tui.market.company import Dividends, EarningsHistory, Frequency, Ratings, StatementKind, Statements
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.movers import Movers, Screen
from financehub_tui.market.news import NewsItem
from financehub_tui.market.option_chain import OptionChain
from financehub_tui.providers.base import DataKind

if TYPE_CHECKING:
    from financehub_tui.providers.base import Research

T = TypeVar("T")
UNITED_STATES = Instrument(asset_class=AssetClass.EQUITY, symbol="MARKET", exchange_code="US", name="United States")
"""What a question about the market as a whole is routed and remembered under."""


class ResearchPlanner:
    """Plans questions about a company: memory first, then the providers that declare the kind, one after the other."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    async def options(self, instrument: Instrument, expiry: str) -> OptionChain:
        """The chain of one expiry (ISO date), the nearest where it is empty. Raises DataMissingError."""
        return await self._ask(
            DataKind.OPTIONS, instrument, expiry, OptionChain, lambda source: source.options(instrument, expiry)
        )

    async def statements(self, instrument: Instrument, kind: StatementKind, frequency: Frequency) -> Statements:
        """One statement over its periods. Raises DataMissingError."""
        return await self._ask(
            DataKind.STATEMENTS,
            instrument,
            (kind, frequency),
            Statements,
            lambda source: source.statements(instrument, kind, frequency),
        )

    async def earnings(self, instrument: Instrument) -> EarningsHistory:
        """Earnings per share, expected and reported. Raises DataMissingError."""
        return await self._ask(
            DataKind.EARNINGS, instrument, None, EarningsHistory, lambda source: source.earnings(instrument)
        )

    async def ratings(self, instrument: Instrument) -> Ratings:
        """Analysts' opinions. Raises DataMissingError."""
        return await self._ask(DataKind.RATINGS, instrument, None, Ratings, lambda source: source.ratings(instrument))

    async def dividends(self, instrument: Instrument) -> Dividends:
        """Dividends and splits. Raises DataMissingError."""
        return await self._ask(
            DataKind.DIVIDENDS, instrument, None, Dividends, lambda source: source.dividends(instrument)
        )

    async def news(self, instrument: Instrument, limit: int) -> list[NewsItem]:
        """Stories about an instrument, newest first. Raises DataMissingError."""

        async def ask(candidate: Candidate) -> list[NewsItem]:
            stories = await _source(candidate).news(instrument, limit)
            return [checked(NewsItem, story, candidate) for story in stories]

        return await self._lookup.single(DataKind.NEWS, instrument, limit, list, ask)

    async def movers(self, screen: Screen, limit: int) -> Movers:
        """The first of a screen over the market of the United States. Raises DataMissingError."""
        return await self._ask(
            DataKind.MOVERS, UNITED_STATES, (screen, limit), Movers, lambda source: source.movers(screen, limit)
        )

    async def _ask(
        self,
        kind: DataKind,
        instrument: Instrument,
        detail: Hashable,
        expected: type[T],
        question: Callable[[Research], Awaitable[T]],
    ) -> T:
        async def ask(candidate: Candidate) -> T:
            return checked(expected, await question(_source(candidate)), candidate)

        return await self._lookup.single(kind, instrument, detail, expected, ask)


def _source(candidate: Candidate) -> Research:
    """The provider as what its capabilities say it is; one that lies fails its call, as any error inside it does."""
    return cast("Research", candidate.provider)
