"""What catalogues of coins have in common: averages over all venues, asked for in batches by the ids of the coins.

A catalogue says how it names coins, asks and reads; `coingecko` and `coinmarketcap` are made of it.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.coins import coin_against, is_coin, value_alone
from financehub_tui.providers.kit.series import bars_of
from financehub_tui.providers.kit.unoffered import Unoffered

if TYPE_CHECKING:
    import polars as pl

Row = TypeVar("Row")
"""What a catalogue tells of a coin's price."""


class CoinAverages(Unoffered, ABC, Generic[Row]):
    """Coins against currencies, on no venue in particular."""

    currencies: ClassVar[Collection[str]]
    """What prices can be asked in."""
    batch: ClassVar[int]
    """Coins a call."""
    provenance: ClassVar[Attribution]

    @abstractmethod
    async def ids(self, instruments: Sequence[Instrument]) -> Mapping[str, str | Missing]:
        """The catalogue's ids by instrument key; Missing where a ticker is unknown or ambiguous. Raises ProviderError
        where nobody can be told."""

    @abstractmethod
    async def latest(self, currency: str, coins: Sequence[str]) -> Mapping[str, tuple[Row, int]]:
        """Rows of coins by id with when they came (ns since 1970 UTC), at most a batch. Raises ProviderError."""

    @abstractmethod
    def quote(self, instrument: Instrument, row: Row, received: int) -> Quote | Missing:
        """A row as a quote. Raises ProviderError."""

    @abstractmethod
    def decimals(self, instrument: Instrument, prices: Sequence[float]) -> int:
        """The instrument's precision, or that of prices."""

    def carried(self, instrument: Instrument) -> bool:
        """True for a coin against a currency without a venue: averages over all venues stand for no single one."""
        return is_coin(instrument) and not instrument.venue and instrument.currency in self.currencies

    def require(self, instrument: Instrument) -> None:
        """Raises ProviderError UNKNOWN_SYMBOL for what is not carried."""
        if not self.carried(instrument):
            raise ProviderError(self.spec.id, Reason.UNKNOWN_SYMBOL, self._not_carried(instrument).detail)

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Last price, turnover and market value, a call for each currency and batch of coins.

        `previous_close` is the price 24 hours ago. A failed call makes its coins Missing, not the rest.
        """
        found: dict[str, Quote | Missing] = {one.key: self._not_carried(one) for one in instruments}
        groups: dict[str, list[Instrument]] = {}
        for instrument in filter(self.carried, instruments):
            groups.setdefault(instrument.currency, []).append(instrument)
        for part in await asyncio.gather(*(self._in_currency(code, group) for code, group in groups.items())):
            found |= part
        return found

    async def market_values(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Market value and dominance of the coins of spot pairs of any venue, as quotes that hold nothing else.

        In the pair's currency where the source knows it, in US dollars where not; `provenance.currency` says which.
        """
        found: dict[str, Quote | Missing] = {one.key: self._not_carried(one) for one in instruments}
        averages = {one.key: self._average(one) for one in instruments if is_coin(one)}
        quotes = await self.weighed(await self.quotes(list({one.key: one for one in averages.values()}.values())))
        return found | {key: value_alone(key, quotes[one.key], self.spec.title) for key, one in averages.items()}

    async def weighed(self, quotes: Mapping[str, Quote | Missing]) -> Mapping[str, Quote | Missing]:
        """Quotes with their dominance, where the catalogue does not tell it of each coin."""
        return quotes

    def series(
        self,
        instrument: Instrument,
        request: BarRequest,
        frame: pl.DataFrame,
        endpoint: str,
        received: int,
        notes: Sequence[str],
    ) -> Bars:
        """A frame as bars. Raises ProviderError NO_DATA for an empty one."""
        if frame.is_empty():
            words = f"no {request.interval.value} bars of {instrument.base} in that window"
            raise ProviderError(self.spec.id, Reason.NO_DATA, words, endpoint=endpoint)
        origin = partial(self.provenance, endpoint, fetched_at=received, instrument=instrument, notes=notes)
        return bars_of(instrument, request.interval, frame, received, origin, self.decimals)

    async def _in_currency(self, currency: str, group: Sequence[Instrument]) -> dict[str, Quote | Missing]:
        try:
            ids = await self.ids(group)
        except ProviderError as error:
            return dict.fromkeys((one.key for one in group), error.missing())
        wanted = list(dict.fromkeys(coin for coin in ids.values() if isinstance(coin, str)))
        parts = [wanted[start : start + self.batch] for start in range(0, len(wanted), self.batch)]
        rows: dict[str, tuple[Row, int] | Missing] = {}
        for part in await asyncio.gather(*(self._rows(currency, part) for part in parts)):
            rows |= part
        return {one.key: self._quote(one, ids[one.key], rows) for one in group}

    async def _rows(self, currency: str, coins: Sequence[str]) -> dict[str, tuple[Row, int] | Missing]:
        try:
            found = await self.latest(currency, coins)
        except ProviderError as error:
            return dict.fromkeys(coins, error.missing())
        none = Missing(reason=Reason.NO_DATA, detail=f"{self.spec.title} has no figures of this coin")
        return {coin: found.get(coin, none) for coin in coins}

    def _quote(
        self, instrument: Instrument, coin: str | Missing, rows: Mapping[str, tuple[Row, int] | Missing]
    ) -> Quote | Missing:
        answer = coin if isinstance(coin, Missing) else rows[coin]
        if isinstance(answer, Missing):
            return answer
        try:
            return self.quote(instrument, *answer)
        except ProviderError as error:
            return error.missing()

    def _average(self, instrument: Instrument) -> Instrument:
        """The same coin without its venue, in a currency the source knows."""
        alias = instrument.aliases.get(self.spec.id)
        currency = instrument.currency if instrument.currency in self.currencies else "USD"
        return coin_against(currency, instrument.base, aliases={self.spec.id: alias} if alias else {})

    def _not_carried(self, instrument: Instrument) -> Missing:
        words = f"{self.spec.title} has no average price of {instrument.display}"
        return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=words)
