"""Coinbase Exchange over REST: quotes, candles, book, trades, products."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import UNSET

from financehub_tui.clock import NANOS, Clock, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing, Provenance, Reason
from financehub_tui.market.quote import Book, Level, Quote, Session, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, Limit, ProviderSpec, Sink
from financehub_tui.providers.coinbase import wire
from financehub_tui.providers.coinbase.listing import Listing, product_of, profile_of
from financehub_tui.providers.coinbase.refusals import refusal
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Response
from financehub_tui.providers.kit.precision import decimals_of
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.stream import StreamOptions

if TYPE_CHECKING:
    import polars as pl

INTERVALS = (Interval.M1, Interval.M5, Interval.M15, Interval.H1, Interval.D1)
"""The venue also has bars of six hours, which we have no word for."""
PAGE = 300
MOST_TRADES = 1_000
OPENED = 1_421_712_000
"""2015-01-20, in seconds: nothing traded there before, so that nothing earlier is asked for."""
SINGLY = 5
"""Up to as many products are asked for one by one; more by one call for all, which has no bid and ask."""
_CRYPTO = (AssetClass.CRYPTO,)

SPEC = ProviderSpec(
    id="coinbase",
    title="Coinbase",
    rest_url="https://api.exchange.coinbase.com",
    stream_url="wss://ws-feed.exchange.coinbase.com",
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=_CRYPTO, cost=2, batch=1_000, stream=True),
        Capability(kind=DataKind.BARS, asset_classes=_CRYPTO, intervals=INTERVALS),
        Capability(kind=DataKind.BOOK, asset_classes=_CRYPTO, stream=True),
        Capability(kind=DataKind.TRADES, asset_classes=_CRYPTO, stream=True),
        Capability(kind=DataKind.PROFILE, asset_classes=_CRYPTO, cost=2),
        Capability(kind=DataKind.SEARCH, asset_classes=_CRYPTO, cost=2),
    ),
    limits=(Limit(name="requests", amount=10, seconds=1),),
)


class CoinbaseProvider:
    """Spot market data of Coinbase Exchange, keyless."""

    spec = SPEC

    def __init__(
        self,
        clock: Clock,
        *,
        rest_url: str = "",
        stream_url: str = "",
        http: HttpOptions | None = None,
        stream: StreamOptions | None = None,
        polling: PollingOptions | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.http = HttpClient(
            SPEC.id,
            rest_url or SPEC.rest_url,
            clock=clock,
            limits=SPEC.limits,
            options=http,
            inspect=refusal,
            sleep=sleep,
        )
        self.clients = (self.http,)
        """For the health screen."""
        self.listing = Listing(self.http, clock)
        self._clock = clock
        self._stream_url = stream_url or SPEC.stream_url
        self._stream_options = stream
        self._polling_options = polling
        self._sleep = sleep

    def symbol(self, instrument: Instrument) -> str | None:
        """BTC-USD for Bitcoin in dollars; None for what is no spot pair of this venue."""
        return product_of(instrument)

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Last price and the last 24 hours, for up to five products with bid and ask too.

        `open` and `previous_close` are the price of 24 hours ago. A product that fails is Missing, not the rest.
        """
        asked = {product: one for one in instruments if (product := product_of(one))}
        found: dict[str, Quote | Missing] = {one.key: _unknown(one.symbol) for one in instruments}
        answers = await self._all(asked) if len(asked) > SINGLY else None
        if answers is None:
            each = await asyncio.gather(*(self._one(product, asked[product]) for product in asked))
            answers = dict(zip(asked, each, strict=True))
        found |= {asked[product].key: answer for product, answer in answers.items()}
        return found

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Candles in pages of 300. Those without trades are absent. Raises ProviderError."""
        product = _required(instrument)
        step = request.interval.seconds
        start = max(-(-request.start // NANOS), OPENED)
        first = -(-start // step) * step
        end = min(-(-request.end // NANOS), self._clock.now() // NANOS + 1)
        rows: dict[int, wire.Candle] = {}
        for page in range(first, end, PAGE * step):
            last = min(page + (PAGE - 1) * step, (end - 1) // step * step)
            for row in await self._candles(product, step, page, last):
                if first <= row.time < end:
                    rows[row.time] = row
        if not rows:
            words = f"no {request.interval.value} bars of {product} in that window"
            raise ProviderError(SPEC.id, Reason.NO_DATA, words, endpoint="candles")
        return await self._series(instrument, request, [rows[time] for time in sorted(rows)])

    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The best `depth` levels with their numbers of orders."""
        product = _required(instrument)
        params: Parameters = {"level": 1 if depth <= 1 else 2}
        response = await self._get(product, "book", params)
        levels = response.decode(wire.Book)
        bids, asks = levels.bids[:depth], levels.asks[:depth]
        time = wire.nanos(levels.time) or response.received_at
        return Book(
            key=instrument.key,
            time=time,
            sequence=levels.sequence,
            bids=tuple(Level(row.price, row.size, row.orders) for row in bids),
            asks=tuple(Level(row.price, row.size, row.orders) for row in asks),
            decimals=self._decimals(instrument, product, [row.price for row in (*bids, *asks)]),
            provenance=self._provenance("book", time, response.received_at, instrument),
        )

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """The newest trades, newest first, numbered as on the stream; more than 1,000 in pages."""
        product = _required(instrument)
        trades: list[Trade] = []
        after: str | None = None
        while len(trades) < limit:
            params: Parameters = {"limit": min(limit - len(trades), MOST_TRADES), **({"after": after} if after else {})}
            response = await self._get(product, "trades", params)
            rows = response.decode(list[wire.TradeRow])
            trades += [_trade(instrument.key, row) for row in rows]
            before, after = after, response.headers.get("cb-after")
            if not rows or not after or after == before:
                break
        return trades[:limit]

    async def profile(self, instrument: Instrument) -> Profile:
        """The product's assets, status and steps."""
        product = _required(instrument)
        listed = (await self.listing.products()).get(product)
        if listed is None:
            raise ProviderError(SPEC.id, Reason.UNKNOWN_SYMBOL, f"{product} is not listed", endpoint="products")
        now = self._clock.now()
        origin = self._provenance("products", now, now, instrument)
        return profile_of(instrument, listed, self.listing.name(listed), origin)

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """Products by id, asset, or the asset's name."""
        return await self.listing.search(text, limit)

    def feed(self, sink: Sink) -> Feed:
        """A stream client writing into the sink."""
        from financehub_tui.providers.coinbase.stream import CoinbaseFeed

        return CoinbaseFeed(
            self,
            sink,
            self._clock,
            self._stream_url,
            options=self._stream_options,
            polling=self._polling_options,
            sleep=self._sleep,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self.http.close()

    async def _get(self, product: str, what: str, params: Parameters | None = None) -> Response:
        return await self.http.get(f"/products/{product}/{what}", params, endpoint=what)

    async def _one(self, product: str, instrument: Instrument) -> Quote | Missing:
        """Ticker and statistics of a product; without the latter there is no high and low."""
        stats = asyncio.create_task(self._stats(product), name="coinbase statistics")
        try:
            response = await self._get(product, "ticker")
            ticker = response.decode(wire.Ticker)
            return self._quote(instrument, product, ticker, await stats, response.received_at)
        except ProviderError as error:
            return _unknown(product) if error.reason is Reason.UNKNOWN_SYMBOL else error.missing()
        finally:
            stats.cancel()

    async def _stats(self, product: str) -> wire.Stats | None:
        try:
            return (await self._get(product, "stats")).decode(wire.Stats)
        except ProviderError:
            return None

    async def _all(self, asked: Mapping[str, Instrument]) -> dict[str, Quote | Missing] | None:
        """Statistics of all products in one call; None where the venue does not offer that."""
        try:
            response = await self.http.get("/products/stats", endpoint="products/stats")
            table = response.decode(dict[str, wire.ProductStats])
        except ProviderError as error:
            if error.reason is Reason.UNKNOWN_SYMBOL:
                return None
            return dict.fromkeys(asked, error.missing())
        return {
            product: self._summary(instrument, product, table[product].stats_24hour, response.received_at)
            if product in table
            else _unknown(product)
            for product, instrument in asked.items()
        }

    def _quote(
        self, instrument: Instrument, product: str, ticker: wire.Ticker, stats: wire.Stats | None, received: int
    ) -> Quote:
        time = wire.nanos(ticker.time) or received
        last = 0.0 if ticker.price is UNSET else ticker.price
        return Quote(
            key=instrument.key,
            time=time,
            last=last or None,
            last_size=None if ticker.size is UNSET else ticker.size or None,
            bid=ticker.bid or None,
            ask=ticker.ask or None,
            open=(stats.open or None) if stats else None,
            high=(stats.high or None) if stats else None,
            low=(stats.low or None) if stats else None,
            previous_close=(stats.open or None) if stats else None,
            volume=ticker.volume,
            session=Session.CONTINUOUS,
            decimals=self._decimals(instrument, product, [last, ticker.bid, ticker.ask]),
            provenance=self._provenance("ticker", time, received, instrument),
        )

    def _summary(self, instrument: Instrument, product: str, stats: wire.DayStats, received: int) -> Quote:
        prices = [price for price in (stats.last, stats.high, stats.low) if isinstance(price, float)]
        return Quote(
            key=instrument.key,
            time=received,
            last=stats.last or None,
            open=stats.open or None,
            high=stats.high or None,
            low=stats.low or None,
            previous_close=stats.open or None,
            volume=None if stats.volume is UNSET else stats.volume,
            session=Session.CONTINUOUS,
            decimals=self._decimals(instrument, product, prices),
            provenance=self._provenance("products/stats", received, received, instrument),
        )

    async def _candles(self, product: str, step: int, first: int, last: int) -> list[wire.Candle]:
        """Candles that begin at `first` to `last` (seconds), both included."""
        params: Parameters = {"granularity": step, "start": _iso(first), "end": _iso(last)}
        return (await self._get(product, "candles", params)).decode(list[wire.Candle])

    async def _series(self, instrument: Instrument, request: BarRequest, rows: Sequence[wire.Candle]) -> Bars:
        now = self._clock.now()
        closes = (rows[-1].time + request.interval.seconds) * NANOS
        prices = [price for row in rows[-PAGE:] for price in (row.open, row.high, row.low, row.close)]
        return Bars(
            key=instrument.key,
            interval=request.interval,
            frame=await asyncio.to_thread(_frame, rows),
            provenance=self._provenance("candles", min(now, closes), now, instrument),
            decimals=self._decimals(instrument, product_of(instrument) or "", prices),
            forming=closes > now,
        )

    def _decimals(self, instrument: Instrument, product: str, prices: Sequence[float]) -> int:
        """The venue's precision: from the instrument, the tick size, or as many as the prices show."""
        if instrument.decimals is not None:
            return instrument.decimals
        listed = self.listing.decimals(product)
        return decimals_of(prices) if listed is None else listed

    def _provenance(self, endpoint: str, as_of: int, fetched_at: int, instrument: Instrument) -> Provenance:
        return Provenance(
            provider=SPEC.id,
            endpoint=endpoint,
            as_of=as_of,
            fetched_at=fetched_at,
            currency=instrument.currency,
            unit=instrument.unit.value,
        )


def _required(instrument: Instrument) -> str:
    product = product_of(instrument)
    if product is None:
        raise ProviderError(SPEC.id, Reason.UNKNOWN_SYMBOL, f"{instrument.display} is no spot pair of Coinbase")
    return product


def _unknown(product: str) -> Missing:
    return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=f"Coinbase does not list {product}")


def _iso(seconds: int) -> str:
    return f"{to_datetime(seconds * NANOS):%Y-%m-%dT%H:%M:%SZ}"


def _trade(key: str, row: wire.TradeRow) -> Trade:
    return Trade(
        key=key,
        time=wire.nanos(row.time),
        price=row.price,
        size=row.size,
        side=wire.aggressor(row.side),
        id=str(row.trade_id),
        provider=SPEC.id,
    )


def _frame(rows: Sequence[wire.Candle]) -> pl.DataFrame:
    """Rows, in order of time, as a bar frame."""
    import polars as pl

    frame = pl.DataFrame(
        {
            "time": [row.time * 1_000_000 for row in rows],
            "open": [row.open for row in rows],
            "high": [row.high for row in rows],
            "low": [row.low for row in rows],
            "close": [row.close for row in rows],
            "volume": [row.volume for row in rows],
        }
    )
    return frame.with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))
