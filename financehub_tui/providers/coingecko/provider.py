"""CoinGecko as a provider: quotes with market values, bars, profiles, search."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Delay, Missing
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import Capability, DataKind, ProviderSpec
from financehub_tui.providers.coingecko import translate, wire
from financehub_tui.providers.coingecko.access import KEYLESS, PRO, PRO_URL, PUBLIC_URL, Access
from financehub_tui.providers.coingecko.ids import CURRENCIES, CoinIds
from financehub_tui.providers.coingecko.world import World
from financehub_tui.providers.keys.catalogue import FORMS
from financehub_tui.providers.kit.averages import CoinAverages
from financehub_tui.providers.kit.coins import UNRANKED, coin_against
from financehub_tui.providers.kit.http import HttpOptions, Response
from financehub_tui.providers.kit.requests import Parameters

if TYPE_CHECKING:
    from financehub_tui.providers.keys.pool import KeyPool

BATCH = 250
REACH_DAYS = 365
"""How far back one may look without a paid plan."""
_CANDLE_DAYS = {Interval.M30: (1,), Interval.H4: (7, 14, 30)}
"""Spans in days at which candles have the interval's length."""
_CRYPTO = (AssetClass.CRYPTO,)

SPEC = ProviderSpec(
    id=wire.PROVIDER,
    title="CoinGecko",
    rest_url=PUBLIC_URL,
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=_CRYPTO, delay=Delay.DELAYED, batch=BATCH),
        Capability(
            kind=DataKind.BARS,
            asset_classes=_CRYPTO,
            delay=Delay.DELAYED,
            intervals=(Interval.M30, Interval.H4, Interval.D1),
        ),
        Capability(kind=DataKind.MARKET_VALUE, asset_classes=_CRYPTO, delay=Delay.DELAYED, batch=BATCH),
        Capability(kind=DataKind.PROFILE, asset_classes=_CRYPTO, delay=Delay.DELAYED),
        Capability(kind=DataKind.SEARCH, asset_classes=_CRYPTO),
    ),
    limits=(KEYLESS,),
    keys=FORMS[wire.PROVIDER],
    attribution="Data provided by CoinGecko (www.coingecko.com)",
)


class CoinGeckoProvider(CoinAverages[wire.MarketRow]):
    """Averages over all venues. `rest_url` is the public host, `pro_url` the one that takes Pro keys."""

    spec, currencies, batch, provenance = SPEC, CURRENCIES, BATCH, translate.provenance

    def __init__(
        self,
        clock: Clock,
        *,
        rest_url: str = "",
        pro_url: str = "",
        keys: KeyPool | None = None,
        http: HttpOptions | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Without `keys`, or while the pool is empty, the public host is asked without a key."""
        self._access = Access(clock, rest_url or PUBLIC_URL, pro_url or PRO_URL, keys, http, sleep)
        self.clients = self._access.clients
        """For the health screen."""
        self.coins = CoinIds(self._access, clock)
        self.world = World(self._access, clock)
        self._clock = clock

    def symbol(self, instrument: Instrument) -> str | None:
        """The coin's id where it is known, its ticker in lower case until then; None for what is not carried."""
        if not self.carried(instrument):
            return None
        return self.coins.known(instrument) or instrument.base.lower()

    def decimals(self, instrument: Instrument, prices: Sequence[float]) -> int:
        """The instrument's, or as many as the prices show."""
        return translate.decimals(instrument, prices)

    async def ids(self, instruments: Sequence[Instrument]) -> Mapping[str, str | Missing]:
        """From the table of all coins."""
        return await self.coins.of(instruments)

    async def latest(self, currency: str, coins: Sequence[str]) -> Mapping[str, tuple[wire.MarketRow, int]]:
        """Rows of the markets."""
        params: Parameters = {
            "vs_currency": currency.lower(),
            "ids": ",".join(coins),
            "per_page": BATCH,
            "precision": "full",
        }
        response = await self._access.get("/coins/markets", params, endpoint=wire.MARKETS)
        return {row.id: (row, response.received_at) for row in response.decode(list[wire.MarketRow])}

    def quote(self, instrument: Instrument, row: wire.MarketRow, received: int) -> Quote:
        """A market row."""
        return translate.quote_of(instrument, row, received)

    async def weighed(self, quotes: Mapping[str, Quote | Missing]) -> Mapping[str, Quote | Missing]:
        """With their share of the market value of all coins."""
        if any(isinstance(quote, Quote) for quote in quotes.values()):
            await self.world.look()
        return {key: self._shared(quote) for key, quote in quotes.items()}

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Half hours of the last day, four hours of the last 30 days, days of the last year. No volumes.

        What lies before that is left out, and a note says so. Days know no highs and lows. Raises ProviderError.
        """
        self.require(instrument)
        coin = await self.coins.one(instrument)
        if request.interval is Interval.D1:
            return await self._daily(instrument, coin, request)
        if request.interval in _CANDLE_DAYS:
            return await self._candles(instrument, coin, request)
        raise self.not_offered(f"{request.interval.value} bars")

    async def profile(self, instrument: Instrument) -> Profile:
        """What the coin is, its categories, supplies and market value. Raises ProviderError."""
        self.require(instrument)
        coin = await self.coins.one(instrument)
        off = dict.fromkeys(("localization", "tickers", "community_data", "developer_data", "sparkline"), "false")
        response = await self._access.get(f"/coins/{coin}", {**off, "market_data": "true"}, endpoint=wire.COIN)
        return translate.profile_of(instrument, response.decode(wire.CoinAnswer), response.received_at)

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """Coins by name, ticker or id against the dollar, best rank first. Only those their ticker stands for: an
        instrument is known by its ticker, and must never be taken for another coin."""
        if not text.strip():
            return []
        response = await self._access.get("/search", {"query": text.strip()}, endpoint=wire.SEARCH)
        hits = sorted(response.decode(wire.SearchAnswer).coins, key=lambda hit: hit.market_cap_rank or UNRANKED)
        tickers = {hit.id: hit.symbol.lower() for hit in hits if hit.symbol}
        stands_for = await self.coins.of_tickers(set(tickers.values()))
        meant = [hit for hit in hits if hit.id in tickers and stands_for[tickers[hit.id]] == hit.id]
        return [_instrument(hit, tickers[hit.id]) for hit in meant[:limit]]

    async def close(self) -> None:
        """Close the connections."""
        await self._access.close()

    def _shared(self, quote: Quote | Missing) -> Quote | Missing:
        """The quote with its share of the market value of all coins."""
        if isinstance(quote, Missing):
            return quote
        return msgspec.structs.replace(quote, dominance=self.world.share(quote))

    async def _daily(self, instrument: Instrument, coin: str, request: BarRequest) -> Bars:
        days = max(1, -(-(self._clock.now() - request.start) // (86_400 * NANOS)) + 1)
        notes = ["highs, lows and volumes are not given"]
        if days > REACH_DAYS and await self._access.plan() != PRO:
            days = REACH_DAYS
            notes.append(f"free access reaches back {REACH_DAYS} days")
        params: Parameters = {
            "vs_currency": instrument.currency.lower(),
            "days": days,
            "interval": "daily",
            "precision": "full",
        }
        response = await self._access.get(f"/coins/{coin}/market_chart", params, endpoint=wire.MARKET_CHART)
        rows = translate.daily_rows(response.decode(wire.MarketChart).prices)
        return await self._series(instrument, request, rows, response, *notes)

    async def _candles(self, instrument: Instrument, coin: str, request: BarRequest) -> Bars:
        spans = _CANDLE_DAYS[request.interval]
        needed = (self._clock.now() - request.start) / (86_400 * NANOS)
        days = next((span for span in spans if span >= needed), spans[-1])
        notes = ["volumes are not given"]
        if needed > days:
            notes.append(f"{request.interval.value} bars reach back {days} days")
        params: Parameters = {"vs_currency": instrument.currency.lower(), "days": days, "precision": "full"}
        response = await self._access.get(f"/coins/{coin}/ohlc", params, endpoint=wire.OHLC)
        rows = translate.candle_rows(response.decode(list[wire.Candle]), request.interval)
        return await self._series(instrument, request, rows, response, *notes)

    async def _series(
        self, instrument: Instrument, request: BarRequest, rows: list[translate.Row], response: Response, *notes: str
    ) -> Bars:
        frame = await asyncio.to_thread(translate.frame, rows, request.start, request.end)
        return self.series(instrument, request, frame, response.endpoint, response.received_at, notes)


def _instrument(coin: wire.FoundCoin, ticker: str) -> Instrument:
    """A coin against the dollar, on no venue in particular."""
    return coin_against("USD", ticker.upper(), name=coin.name or "", aliases={wire.PROVIDER: coin.id})
