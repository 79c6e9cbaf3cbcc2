"""CoinMarketCap as a provider: quotes with market values, bars, profiles, search."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, Clock
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Delay, Missing
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import Capability, DataKind, ProviderSpec
from financehub_tui.providers.coinmarketcap import translate, wire
from financehub_tui.providers.coinmarketcap.access import KEYLESS, REST_URL, Access
from financehub_tui.providers.coinmarketcap.table import CURRENCIES, CoinTable
from financehub_tui.providers.keys.catalogue import FORMS
from financehub_tui.providers.kit.averages import CoinAverages
from financehub_tui.providers.kit.coins import Coin, coin_against
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.kit.moments import iso_second
from financehub_tui.providers.kit.requests import Parameters

if TYPE_CHECKING:
    from financehub_tui.providers.keys.pool import KeyPool

BATCH = 100
"""Coins that cost one credit, by the older and stricter of two statements."""
PAGE = 5_000
"""Periods a call; 10,000 are allowed."""
_PERIODS = {Interval.H1: "hourly", Interval.D1: "daily"}
_CRYPTO = (AssetClass.CRYPTO,)

SPEC = ProviderSpec(
    id=wire.PROVIDER,
    title="CoinMarketCap",
    rest_url=REST_URL,
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=_CRYPTO, delay=Delay.DELAYED, batch=BATCH),
        Capability(kind=DataKind.BARS, asset_classes=_CRYPTO, delay=Delay.DELAYED, cost=10, intervals=tuple(_PERIODS)),
        Capability(kind=DataKind.MARKET_VALUE, asset_classes=_CRYPTO, delay=Delay.DELAYED, batch=BATCH),
        Capability(kind=DataKind.PROFILE, asset_classes=_CRYPTO, delay=Delay.DELAYED),
        Capability(kind=DataKind.SEARCH, asset_classes=_CRYPTO, cost=0),
    ),
    limits=(KEYLESS,),
    keys=FORMS[wire.PROVIDER],
)


class CoinMarketCapProvider(CoinAverages[wire.Record]):
    """Averages over all venues. Without a key most of it is open, a few calls a minute; bars need a paid plan."""

    spec, currencies, batch, provenance = SPEC, CURRENCIES, BATCH, translate.provenance

    def __init__(
        self,
        clock: Clock,
        *,
        rest_url: str = "",
        keys: KeyPool | None = None,
        http: HttpOptions | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._access = Access(clock, rest_url or REST_URL, keys, http, sleep)
        self.clients = self._access.clients
        """For the health screen."""
        self.table = CoinTable(self._access, clock)
        self._clock = clock

    def symbol(self, instrument: Instrument) -> str | None:
        """The coin's numeric id where it is known, its ticker until then; None for what is not carried."""
        return (self.table.known(instrument) or instrument.base.upper()) if self.carried(instrument) else None

    def decimals(self, instrument: Instrument, prices: Sequence[float]) -> int:
        """The instrument's, or as many as the prices show."""
        return translate.decimals(instrument, prices)

    async def ids(self, instruments: Sequence[Instrument]) -> Mapping[str, str | Missing]:
        """From the table of coins."""
        return await self.table.ids(instruments)

    async def latest(self, currency: str, coins: Sequence[str]) -> Mapping[str, tuple[wire.Record, int]]:
        """The newest records; a hundred cost a credit."""
        params: Parameters = {"id": ",".join(coins), "convert": currency, "skip_invalid": "true"}
        response = await self._access.get(params, endpoint=wire.QUOTES)
        records = response.decode(wire.QuotesAnswer).records()
        return {str(record.id): (record, response.received_at) for record in records}

    def quote(self, instrument: Instrument, row: wire.Record, received: int) -> Quote | Missing:
        """A record."""
        return translate.quote_of(instrument, row, received)

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Hours and days without volumes, where the plan has them; NOT_OFFERED where not. Raises ProviderError."""
        self.require(instrument)
        if request.interval not in _PERIODS:
            raise self.not_offered(f"{request.interval.value} bars")
        coin = await self.table.one(instrument)
        rows: list[translate.Row] = []
        step = request.interval.seconds * NANOS
        start, end, received = request.start, min(request.end, self._clock.now()), self._clock.now()
        while start < end:
            until = min(end, start + PAGE * step)
            history, received = await self._history(coin, instrument.currency, request.interval, start, until)
            rows += translate.rows_of(history.quotes, instrument.currency)
            start = until
        frame = await asyncio.to_thread(translate.frame, rows, request.start, request.end)
        notes = ("volumes are not given in coins",)
        return self.series(instrument, request, frame, wire.HISTORY, received, notes)

    async def profile(self, instrument: Instrument) -> Profile:
        """What the coin is. Raises ProviderError."""
        self.require(instrument)
        coin = await self.table.one(instrument)
        response = await self._access.get({"id": coin}, endpoint=wire.INFO)
        info = wire.only(response.body, wire.Info, wire.INFO)
        return translate.profile_of(instrument, info, response.received_at)

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """Coins against the dollar, by ticker or name."""
        return [_instrument(coin) for coin in await self.table.search(text, limit)]

    async def close(self) -> None:
        """Close the connections."""
        await self._access.close()

    async def _history(
        self, coin: str, currency: str, interval: Interval, start: int, end: int
    ) -> tuple[wire.History, int]:
        """Periods that open in [start, end). The source leaves out the first instant and takes the last."""
        step = interval.seconds * NANOS
        count = max(1, -(-(end - start) // step))
        params: Parameters = {
            "id": coin,
            "convert": currency,
            "time_period": _PERIODS[interval],
            "interval": _PERIODS[interval],
            "time_start": iso_second(start - step),
            "time_end": iso_second(end),
            "count": count + 1,
        }
        response = await self._access.get(params, endpoint=wire.HISTORY, cost=-(-(count + 1) // BATCH))
        return wire.only(response.body, wire.History, wire.HISTORY), response.received_at


def _instrument(coin: Coin) -> Instrument:
    return coin_against("USD", coin.symbol.upper(), name=coin.name, aliases={wire.PROVIDER: coin.id})
