"""Coinbase Exchange over REST: quotes, candles, book, trades, products."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import UNSET

from financehub_tui.clock import NANOS, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Book, Level, Quote, Session, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, Limit, ProviderSpec, Sink
from financehub_tui.providers.coinbase import wire
from financehub_tui.providers.coinbase.listing import CoinbasePairs, product_of
from financehub_tui.providers.coinbase.refusals import refusal
from financehub_tui.providers.kit.http import Response
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.spot import SpotVenue
from financehub_tui.providers.kit.spot_decoder import given

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
    """What is answered about a product: its ticker, or the statistics in a table of all products."""

    received: int
    """Nanoseconds since 1970 UTC."""
    ticker: wire.Ticker | None
    stats: wire.Stats


class CoinbaseProvider(SpotVenue[Price]):
    """Spot market data of Coinbase Exchange, keyless."""

    spec = SPEC
    table = CoinbasePairs
    bars_endpoint = "candles"

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
        params: Parameters = {"level": 1 if depth <= 1 else 2}
        response = await self._get(product, "book", params)
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
            provenance=self.origin("ticker" if ticker else "products/stats", time, answer.received, instrument),
        )

    async def candles(self, symbol: str, request: BarRequest) -> tuple[Sequence[wire.Candle], Sequence[str]]:
        """Candles in pages of 300. Those without trades are absent."""
        step = request.interval.seconds
        start = max(-(-request.start // NANOS), OPENED)
        first = -(-start // step) * step
        end = min(-(-request.end // NANOS), self.clock.now() // NANOS + 1)
        rows: list[wire.Candle] = []
        for page in range(first, end, PAGE * step):
            last = min(page + (PAGE - 1) * step, (end - 1) // step * step)
            params: Parameters = {"granularity": step, "start": _iso(page), "end": _iso(last)}
            found = (await self._get(symbol, "candles", params)).decode(list[wire.Candle])
            rows += [row for row in reversed(found) if first <= row.time < end]
        return rows, ()

    async def _get(self, product: str, what: str, params: Parameters | None = None) -> Response:
        return await self.http.get(f"/products/{product}/{what}", params, endpoint=what)

    async def _one(self, product: str) -> Price | Missing:
        """Ticker and statistics of a product; without the latter there is no high and low."""
        stats = asyncio.create_task(self._stats(product), name="coinbase statistics")
        try:
            response = await self._get(product, "ticker")
            return Price(response.received_at, response.decode(wire.Ticker), await stats)
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
            product: Price(response.received_at, None, table[product].stats_24hour)
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
