"""Coinbase Exchange over REST: quotes, candles, book, trades, products."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from msgspec import UNSET

from financehub_tui.clock import NANOS, Clock, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Book, Level, Quote, Session, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, Limit, ProviderSpec, Sink
from financehub_tui.providers.coinbase import wire
from financehub_tui.providers.coinbase.advanced import AWAY, NOTE, AdvancedTrade, is_away
from financehub_tui.providers.coinbase.advanced import URL as ADVANCED_URL
from financehub_tui.providers.coinbase.listing import CoinbasePairs, product_of
from financehub_tui.providers.coinbase.refusals import refusal
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Response
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.spot import Candle, SpotVenue
from financehub_tui.providers.kit.spot_decoder import given
from financehub_tui.providers.kit.stream import StreamOptions

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


class Price(NamedTuple):
    """What is answered about a product: its ticker with statistics, or a row in a table of many products."""

    received: int
    """Nanoseconds since 1970 UTC."""
    ticker: wire.Ticker | None
    stats: wire.Stats
    endpoint: str
    notes: tuple[str, ...] = ()


class CoinbaseProvider(SpotVenue[Price]):
    """Spot market data of Coinbase Exchange, keyless."""

    spec = SPEC
    table = CoinbasePairs
    bars_endpoint = "candles"

    def __init__(
        self,
        clock: Clock,
        *,
        rest_url: str = "",
        stream_url: str = "",
        advanced_url: str = "",
        http: HttpOptions | None = None,
        stream: StreamOptions | None = None,
        polling: PollingOptions | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`advanced_url` is asked where `rest_url` is away; none is where that is not the venue's own."""
        super().__init__(
            clock, rest_url=rest_url, stream_url=stream_url, http=http, stream=stream, polling=polling, sleep=sleep
        )
        self.advanced: AdvancedTrade | None = None
        if url := advanced_url or ("" if rest_url else ADVANCED_URL):
            client = HttpClient(
                SPEC.id, url, clock=clock, limits=SPEC.limits, options=http, inspect=self.refusal, sleep=sleep
            )
            self.advanced = AdvancedTrade(client)
            self.clients = (self.http, client)

    async def close(self) -> None:
        """Close the connections of both hosts."""
        for client in self.clients:
            await client.close()

    def refusal(self, response: Response) -> ProviderError | None:
        """The venue's own errors, in answers of any status."""
        return refusal(response)

    def symbol(self, instrument: Instrument) -> str | None:
        """BTC-USD for Bitcoin in dollars; None for what is no spot pair of this venue."""
        return product_of(instrument)

    def feed(self, sink: Sink) -> Feed:
        """A stream client writing into the sink."""
        from financehub_tui.providers.coinbase.stream import CoinbaseFeed

        return CoinbaseFeed(self, sink)

    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The best `depth` levels with their numbers of orders."""
        product = self.required(instrument)
        try:
            response = await self._get(product, "book", {"level": 1 if depth <= 1 else 2})
        except ProviderError as error:
            if self.advanced is None or not is_away(error):
                raise
            with suppress(ProviderError):
                return await self._other_book(self.advanced, instrument, product, depth)
            raise
        levels = response.decode(wire.Book)
        return self.book_of(
            instrument,
            product,
            response,
            bids=[Level(row.price, row.size, row.orders) for row in levels.bids[:depth]],
            asks=[Level(row.price, row.size, row.orders) for row in levels.asks[:depth]],
            sequence=levels.sequence,
            time=wire.nanos(levels.time),
        )

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """The newest trades, newest first, numbered as on the stream; more than 1,000 in pages."""
        product = self.required(instrument)
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

    async def answers(self, symbols: Sequence[str]) -> Mapping[str, Price | Missing]:
        """Up to five products each with bid and ask; more by one call for all, where the venue offers it."""
        answers = await self._all(symbols) if len(symbols) > SINGLY else None
        if answers is None:
            answers = dict(zip(symbols, await asyncio.gather(*map(self._one, symbols)), strict=True))
        away = [symbol for symbol, answer in answers.items() if isinstance(answer, Missing) and answer.reason in AWAY]
        if self.advanced is None or not away:
            return answers
        with suppress(ProviderError):
            received, rows = await self.advanced.products(away)
            found = {name: Price(received, None, row.stats, "advanced products", (NOTE,)) for name, row in rows.items()}
            return {symbol: found.get(symbol, answer) for symbol, answer in answers.items()}
        return answers

    def quote(self, instrument: Instrument, symbol: str, answer: Price) -> Quote:
        """`open` and `previous_close` are the price of 24 hours ago."""
        ticker, stats = answer.ticker, answer.stats
        last, size = (ticker.price, ticker.size) if ticker else (stats.last, UNSET)
        bid, ask = (ticker.bid, ticker.ask) if ticker else (None, None)
        time = (wire.nanos(ticker.time) if ticker else 0) or answer.received
        prices = (last, bid, ask) if ticker else (last, stats.high, stats.low)
        return Quote(
            key=instrument.key,
            time=time,
            last=last or None,
            last_size=size or None,
            bid=bid or None,
            ask=ask or None,
            open=stats.open or None,
            high=stats.high or None,
            low=stats.low or None,
            previous_close=stats.open or None,
            volume=ticker.volume if ticker else given(stats.volume),
            session=Session.CONTINUOUS,
            decimals=self.decimals(instrument, symbol, map(given, prices)),
            provenance=self.origin(answer.endpoint, time, answer.received, instrument, *answer.notes),
        )

    async def candles(self, symbol: str, request: BarRequest) -> tuple[Sequence[Candle], Sequence[str]]:
        """Candles in pages of 300. Those without trades are absent."""
        step = request.interval.seconds
        start = max(-(-request.start // NANOS), OPENED)
        first = -(-start // step) * step
        end = min(-(-request.end // NANOS), self.clock.now() // NANOS + 1)
        try:
            return await self._pages(symbol, step, first, end), ()
        except ProviderError as error:
            if self.advanced is None or not is_away(error):
                raise
            with suppress(ProviderError):
                return await self.advanced.candles(symbol, request.interval, first, end), (NOTE,)
            raise

    async def _pages(self, product: str, step: int, first: int, end: int) -> list[wire.Candle]:
        """Candles that begin from `first` on and before `end`, in seconds since 1970 UTC."""
        rows: list[wire.Candle] = []
        for page in range(first, end, PAGE * step):
            last = min(page + (PAGE - 1) * step, (end - 1) // step * step)
            params: Parameters = {"granularity": step, "start": _iso(page), "end": _iso(last)}
            found = (await self._get(product, "candles", params)).decode(list[wire.Candle])
            rows += [row for row in reversed(found) if first <= row.time < end]
        return rows

    async def _other_book(self, advanced: AdvancedTrade, instrument: Instrument, product: str, depth: int) -> Book:
        """Without a sequence number and without numbers of orders."""
        response, levels = await advanced.book(product, depth)
        return self.book_of(
            instrument,
            product,
            response,
            bids=[Level(row.price, row.size) for row in levels.bids[:depth]],
            asks=[Level(row.price, row.size) for row in levels.asks[:depth]],
            time=wire.nanos(levels.time),
            notes=(NOTE,),
        )

    async def _get(self, product: str, what: str, params: Parameters | None = None) -> Response:
        return await self.http.get(f"/products/{product}/{what}", params, endpoint=what)

    async def _one(self, product: str) -> Price | Missing:
        """Ticker and statistics of a product; without the latter there is no high and low."""
        stats = asyncio.create_task(self._stats(product), name="coinbase statistics")
        try:
            response = await self._get(product, "ticker")
            return Price(response.received_at, response.decode(wire.Ticker), await stats, "ticker")
        except ProviderError as error:
            return self.unknown(product) if error.reason is Reason.UNKNOWN_SYMBOL else error.missing()
        finally:
            stats.cancel()

    async def _stats(self, product: str) -> wire.Stats:
        try:
            return (await self._get(product, "stats")).decode(wire.Stats)
        except ProviderError:
            return wire.Stats()

    async def _all(self, products: Sequence[str]) -> Mapping[str, Price | Missing] | None:
        """Statistics of all products in one call; None where the venue does not offer that."""
        try:
            response = await self.http.get("/products/stats", endpoint="products/stats")
            table = response.decode(dict[str, wire.ProductStats])
        except ProviderError as error:
            if error.reason is Reason.UNKNOWN_SYMBOL:
                return None
            return dict.fromkeys(products, error.missing())
        return {
            product: Price(response.received_at, None, table[product].stats_24hour, "products/stats")
            if product in table
            else self.unknown(product)
            for product in products
        }


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
