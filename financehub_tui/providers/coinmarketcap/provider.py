"""CoinMarketCap as a provider: quotes with market values, bars, profiles, search."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, Clock, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import Capability, DataKind, ProviderSpec
from financehub_tui.providers.coinmarketcap import translate, wire
from financehub_tui.providers.coinmarketcap.access import KEYLESS, REST_URL, Access
from financehub_tui.providers.coinmarketcap.table import CURRENCIES, CoinTable, carried
from financehub_tui.providers.keys.catalogue import FORMS
from financehub_tui.providers.kit.coins import Coin, coin_against, is_coin, value_alone
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.unoffered import Unoffered

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


class CoinMarketCapProvider(Unoffered):
    """Averages over all venues. Without a key most of it is open, a few calls a minute; bars need a paid plan."""

    spec = SPEC

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
        return (self.table.known(instrument) or instrument.base.upper()) if carried(instrument) else None

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Last price, 24 hours' turnover and market value; 100 coins a call, one call per currency.

        `previous_close` is the price 24 hours ago. A failed call makes its coins Missing, not the rest.
        """
        found: dict[str, Quote | Missing] = {one.key: _not_carried(one) for one in instruments}
        groups: dict[str, list[Instrument]] = {}
        for instrument in filter(carried, instruments):
            groups.setdefault(instrument.currency, []).append(instrument)
        for part in await asyncio.gather(*(self._in_currency(code, group) for code, group in groups.items())):
            found |= part
        return found

    async def market_values(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Market value and dominance of the coins of spot pairs of any venue, as quotes that hold nothing else.

        In the pair's currency where the source knows it, in US dollars where not; `provenance.currency` says which.
        """
        found: dict[str, Quote | Missing] = {one.key: _not_carried(one) for one in instruments}
        averages = {one.key: _average(one) for one in instruments if is_coin(one)}
        quotes = await self.quotes(list({one.key: one for one in averages.values()}.values()))
        return found | {key: value_alone(key, quotes[one.key], SPEC.title) for key, one in averages.items()}

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Hours and days without volumes, where the plan has them; NOT_OFFERED where not. Raises ProviderError."""
        _require(instrument)
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
        if frame.is_empty():
            words = f"no {request.interval.value} bars of {instrument.base} in that window"
            raise ProviderError(wire.PROVIDER, Reason.NO_DATA, words, endpoint=wire.HISTORY)
        ends = int(frame["time"].dt.epoch("us")[-1]) * 1_000 + step
        notes = ("volumes are not given in coins",)
        return Bars(
            key=instrument.key,
            interval=request.interval,
            frame=frame,
            provenance=translate.provenance(wire.HISTORY, min(ends, received), received, instrument, notes=notes),
            decimals=translate.decimals(instrument, [close for close in frame["close"].tail(50) if close]),
            forming=ends > self._clock.now(),
        )

    async def profile(self, instrument: Instrument) -> Profile:
        """What the coin is. Raises ProviderError."""
        _require(instrument)
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

    async def _in_currency(self, currency: str, group: Sequence[Instrument]) -> dict[str, Quote | Missing]:
        try:
            ids = await self.table.ids(group)
        except ProviderError as error:
            return dict.fromkeys((one.key for one in group), error.missing())
        wanted = list(dict.fromkeys(coin for coin in ids.values() if isinstance(coin, str)))
        parts = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
        records: dict[str, tuple[wire.Record, int] | Missing] = {}
        for part in await asyncio.gather(*(self._latest(currency, part) for part in parts)):
            records |= part
        return {one.key: _quote(one, ids[one.key], records) for one in group}

    async def _latest(self, currency: str, ids: Sequence[str]) -> dict[str, tuple[wire.Record, int] | Missing]:
        params: Parameters = {"id": ",".join(ids), "convert": currency, "skip_invalid": "true"}
        try:
            response = await self._access.get(params, endpoint=wire.QUOTES)
            records = response.decode(wire.QuotesAnswer).records()
        except ProviderError as error:
            return dict.fromkeys(ids, error.missing())
        found = {str(record.id): (record, response.received_at) for record in records}
        none = Missing(reason=Reason.NO_DATA, detail="CoinMarketCap has no figures of this coin")
        return {coin: found.get(coin, none) for coin in ids}

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
            "time_start": _iso(start - step),
            "time_end": _iso(end),
            "count": count + 1,
        }
        response = await self._access.get(params, endpoint=wire.HISTORY, cost=-(-(count + 1) // BATCH))
        return wire.only(response.body, wire.History, wire.HISTORY), response.received_at


def _quote(
    instrument: Instrument, coin: str | Missing, records: Mapping[str, tuple[wire.Record, int] | Missing]
) -> Quote | Missing:
    answer = coin if isinstance(coin, Missing) else records[coin]
    if isinstance(answer, Missing):
        return answer
    try:
        return translate.quote_of(instrument, *answer)
    except ProviderError as error:
        return error.missing()


def _instrument(coin: Coin) -> Instrument:
    return coin_against("USD", coin.symbol.upper(), name=coin.name, aliases={wire.PROVIDER: coin.id})


def _average(instrument: Instrument) -> Instrument:
    """The same coin without its venue, in a currency the source knows."""
    alias = instrument.aliases.get(wire.PROVIDER)
    currency = instrument.currency if instrument.currency in CURRENCIES else "USD"
    return coin_against(currency, instrument.base, aliases={wire.PROVIDER: alias} if alias else {})


def _iso(nanos: int) -> str:
    return to_datetime(nanos).strftime("%Y-%m-%dT%H:%M:%SZ")


def _require(instrument: Instrument) -> None:
    if not carried(instrument):
        raise ProviderError(wire.PROVIDER, Reason.UNKNOWN_SYMBOL, _not_carried(instrument).detail)


def _not_carried(instrument: Instrument) -> Missing:
    words = f"CoinMarketCap has no average price of {instrument.display}"
    return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=words)
