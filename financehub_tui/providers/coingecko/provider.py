"""CoinGecko as a provider: quotes with market values, bars, profiles, search."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Delay, Missing, Provenance, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import Capability, DataKind, ProviderSpec
from financehub_tui.providers.coingecko import translate, wire
from financehub_tui.providers.coingecko.access import KEYLESS, PRO, PRO_URL, PUBLIC_URL, Access
from financehub_tui.providers.coingecko.ids import CURRENCIES, CoinIds, carried
from financehub_tui.providers.coingecko.world import World
from financehub_tui.providers.keys.catalogue import FORMS
from financehub_tui.providers.kit.coins import UNRANKED, coin_against, is_coin, value_alone
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.unoffered import Unoffered

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


class CoinGeckoProvider(Unoffered):
    """Averages over all venues. `rest_url` is the public host, `pro_url` the one that takes Pro keys."""

    spec = SPEC

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
        self.ids = CoinIds(self._access, clock)
        self.world = World(self._access, clock)
        self._clock = clock

    def symbol(self, instrument: Instrument) -> str | None:
        """The coin's id where it is known, its ticker in lower case until then; None for what is not carried."""
        if not carried(instrument):
            return None
        return self.ids.known(instrument) or instrument.base.lower()

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Last price, 24 hours' high, low and turnover, and market value; 250 coins a call.

        `previous_close` is the price 24 hours ago. A failed call makes its coins Missing, not the rest.
        """
        found: dict[str, Quote | Missing] = {one.key: _not_carried(one) for one in instruments}
        groups: dict[str, list[Instrument]] = {}
        for instrument in filter(carried, instruments):
            groups.setdefault(instrument.currency.lower(), []).append(instrument)
        for part in await asyncio.gather(*(self._in_currency(code, group) for code, group in groups.items())):
            found |= part
        return found

    async def market_values(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Market value and dominance of the coins of spot pairs of any venue, as quotes that hold nothing else.

        In the pair's currency where the source knows it, in US dollars where not; `provenance.currency` says which.
        """
        found: dict[str, Quote | Missing] = {one.key: _not_carried(one) for one in instruments}
        pairs = {one.key: one for one in instruments if is_coin(one)}
        averages = {key: _average(one) for key, one in pairs.items()}
        quotes = await self.quotes(list({one.key: one for one in averages.values()}.values()))
        if any(isinstance(quote, Quote) for quote in quotes.values()):
            await self.world.look()
        quotes = {key: self._shared(quote) for key, quote in quotes.items()}
        return found | {key: value_alone(key, quotes[one.key], SPEC.title) for key, one in averages.items()}

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Half hours of the last day, four hours of the last 30 days, days of the last year. No volumes.

        What lies before that is left out, and a note says so. Days know no highs and lows. Raises ProviderError.
        """
        _require(instrument)
        coin = await self.ids.one(instrument)
        if request.interval is Interval.D1:
            return await self._daily(instrument, coin, request)
        if request.interval in _CANDLE_DAYS:
            return await self._candles(instrument, coin, request)
        raise self.not_offered(f"{request.interval.value} bars")

    async def profile(self, instrument: Instrument) -> Profile:
        """What the coin is, its categories, supplies and market value. Raises ProviderError."""
        _require(instrument)
        coin = await self.ids.one(instrument)
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
        stands_for = await self.ids.of_tickers(set(tickers.values()))
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

    async def _in_currency(self, currency: str, group: Sequence[Instrument]) -> dict[str, Quote | Missing]:
        try:
            ids = await self.ids.of(group)
        except ProviderError as error:
            return dict.fromkeys((one.key for one in group), error.missing())
        wanted = list(dict.fromkeys(coin for coin in ids.values() if isinstance(coin, str)))
        parts = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
        rows: dict[str, tuple[wire.MarketRow, int] | Missing] = {}
        for part in await asyncio.gather(*(self._markets(currency, part) for part in parts)):
            rows |= part
        return {one.key: self._quote(one, ids[one.key], rows) for one in group}

    async def _markets(self, currency: str, ids: Sequence[str]) -> dict[str, tuple[wire.MarketRow, int] | Missing]:
        params: Parameters = {"vs_currency": currency, "ids": ",".join(ids), "per_page": BATCH, "precision": "full"}
        try:
            response = await self._access.get("/coins/markets", params, endpoint=wire.MARKETS)
            rows = {row.id: (row, response.received_at) for row in response.decode(list[wire.MarketRow])}
        except ProviderError as error:
            return dict.fromkeys(ids, error.missing())
        none = Missing(reason=Reason.NO_DATA, detail="CoinGecko has no market of this coin")
        return {coin: rows.get(coin, none) for coin in ids}

    def _quote(
        self,
        instrument: Instrument,
        coin: str | Missing,
        rows: Mapping[str, tuple[wire.MarketRow, int] | Missing],
    ) -> Quote | Missing:
        answer = coin if isinstance(coin, Missing) else rows[coin]
        if isinstance(answer, Missing):
            return answer
        try:
            return translate.quote_of(instrument, *answer)
        except ProviderError as error:
            return error.missing()

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
        origin = _Origin(wire.MARKET_CHART, response.received_at, notes)
        return await self._series(instrument, request, rows, origin)

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
        return await self._series(instrument, request, rows, _Origin(wire.OHLC, response.received_at, notes))

    async def _series(
        self, instrument: Instrument, request: BarRequest, rows: list[translate.Row], origin: _Origin
    ) -> Bars:
        frame = await asyncio.to_thread(translate.frame, rows, request.start, request.end)
        if frame.is_empty():
            words = f"no {request.interval.value} bars of {instrument.base} in that window"
            raise ProviderError(wire.PROVIDER, Reason.NO_DATA, words, endpoint=origin.endpoint)
        closes = [close for close in frame["close"].tail(50) if close]
        opened = int(frame["time"].dt.epoch("us")[-1]) * 1_000
        ends = opened + request.interval.seconds * NANOS
        return Bars(
            key=instrument.key,
            interval=request.interval,
            frame=frame,
            provenance=origin.provenance(instrument, min(ends, origin.received)),
            decimals=translate.decimals(instrument, closes),
            forming=ends > self._clock.now(),
        )


class _Origin:
    """Where a series comes from."""

    def __init__(self, endpoint: str, received: int, notes: Sequence[str]) -> None:
        self.endpoint = endpoint
        self.received = received
        self._notes = notes

    def provenance(self, instrument: Instrument, as_of: int) -> Provenance:
        return translate.provenance(self.endpoint, as_of, self.received, instrument, notes=self._notes)


def _instrument(coin: wire.FoundCoin, ticker: str) -> Instrument:
    """A coin against the dollar, on no venue in particular."""
    return coin_against("USD", ticker.upper(), name=coin.name or "", aliases={wire.PROVIDER: coin.id})


def _average(instrument: Instrument) -> Instrument:
    """The same coin without its venue, in a currency the source knows."""
    alias = instrument.aliases.get(wire.PROVIDER)
    currency = instrument.currency if instrument.currency.lower() in CURRENCIES else "USD"
    return coin_against(currency, instrument.base, aliases={wire.PROVIDER: alias} if alias else {})


def _require(instrument: Instrument) -> None:
    if not carried(instrument):
        raise ProviderError(wire.PROVIDER, Reason.UNKNOWN_SYMBOL, _not_carried(instrument).detail)


def _not_carried(instrument: Instrument) -> Missing:
    words = f"CoinGecko has no average price of {instrument.display}"
    return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=words)
