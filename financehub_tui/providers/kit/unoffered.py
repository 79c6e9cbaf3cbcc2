"""What a source does not offer: refused in one form, so that a provider holds only what it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Missing, Reason

if TYPE_CHECKING:
    from financehub_tui.market.bars import BarRequest, Bars
    from financehub_tui.market.company import Dividends, EarningsHistory, Frequency, Ratings, StatementKind, Statements
    from financehub_tui.market.instrument import Instrument
    from financehub_tui.market.movers import Movers, Screen
    from financehub_tui.market.news import NewsItem
    from financehub_tui.market.option_chain import OptionChain
    from financehub_tui.market.profile import Profile
    from financehub_tui.market.quote import Book, Quote, Trade
    from financehub_tui.providers.base import Feed, ProviderSpec, Sink


class Unoffered:
    """Of nothing: its methods raise ProviderError NOT_OFFERED and it has no stream; what there is overrides."""

    spec: ProviderSpec

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        raise self.not_offered("quotes")

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        raise self.not_offered("bars")

    async def book(self, instrument: Instrument, depth: int) -> Book:
        raise self.not_offered("order books")

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        raise self.not_offered("past trades")

    async def profile(self, instrument: Instrument) -> Profile:
        raise self.not_offered("reference data")

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        raise self.not_offered("search")

    async def options(self, instrument: Instrument, expiry: str) -> OptionChain:
        raise self.not_offered("option chains")

    async def statements(self, instrument: Instrument, kind: StatementKind, frequency: Frequency) -> Statements:
        raise self.not_offered("statements")

    async def earnings(self, instrument: Instrument) -> EarningsHistory:
        raise self.not_offered("earnings")

    async def ratings(self, instrument: Instrument) -> Ratings:
        raise self.not_offered("opinions")

    async def dividends(self, instrument: Instrument) -> Dividends:
        raise self.not_offered("dividends")

    async def news(self, instrument: Instrument | None, limit: int) -> Sequence[NewsItem]:
        raise self.not_offered("news")

    async def movers(self, screen: Screen, limit: int) -> Movers:
        raise self.not_offered("screens")

    def feed(self, sink: Sink) -> Feed | None:
        return None

    def not_offered(self, what: str) -> ProviderError:
        """The refusal of what the source does not have."""
        return ProviderError(self.spec.id, Reason.NOT_OFFERED, f"no {what}")
