"""Binance over REST: quotes, bars, book, trades, pairs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence

from msgspec import structs

from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Book, Level, Quote, Session, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, Limit, ProviderSpec, Sink
from financehub_tui.providers.binance import wire
from financehub_tui.providers.binance.listing import BinancePairs, symbol_of
from financehub_tui.providers.binance.refusals import refusal
from financehub_tui.providers.kit.http import Response, bad_answer
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.spot import Candle, SpotVenue

INTERVALS = {
    Interval.M1: "1m",
    Interval.M5: "5m",
    Interval.M15: "15m",
    Interval.M30: "30m",
    Interval.H1: "1h",
    Interval.H4: "4h",
    Interval.D1: "1d",
    Interval.W1: "1w",
    Interval.MO1: "1M",
}
PAGE = 1_000
USED_HEADERS = {"x-mbx-used-weight-1m": "weight"}
BATCH = 20
"""Symbols per ticker call that still cost the weight of one."""
ALL_ABOVE = 260
"""With more symbols than this one call for all pairs of the venue costs less weight than calls of 20."""
_CRYPTO = (AssetClass.CRYPTO,)

SPEC = ProviderSpec(
    id="binance",
    title="Binance",
    rest_url="https://data-api.binance.vision",
    stream_url="wss://data-stream.binance.vision",
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=_CRYPTO, cost=2, batch=BATCH, stream=True),
        Capability(kind=DataKind.BARS, asset_classes=_CRYPTO, cost=2, intervals=tuple(INTERVALS)),
        Capability(kind=DataKind.BOOK, asset_classes=_CRYPTO, cost=5, stream=True),
        Capability(kind=DataKind.TRADES, asset_classes=_CRYPTO, cost=25, stream=True),
        Capability(kind=DataKind.PROFILE, asset_classes=_CRYPTO, cost=20),
        Capability(kind=DataKind.SEARCH, asset_classes=_CRYPTO, cost=20),
    ),
    limits=(Limit(name="weight", amount=6_000, seconds=60), Limit(name="requests", amount=300_000, seconds=300)),
)


Answer = tuple[wire.Ticker, int]
"""Statistics of a pair and when they came, ns since 1970 UTC."""


class BinanceProvider(SpotVenue[Answer]):
    """Spot market data of Binance, keyless."""

    spec = SPEC
    table = BinancePairs
    used_headers = USED_HEADERS
    bars_endpoint = "klines"

    def refusal(self, response: Response) -> ProviderError | None:
        """The venue's own errors, in answers of any status."""
        return refusal(response)

    def symbol(self, instrument: Instrument) -> str | None:
        """BTCUSDT for Bitcoin in Tether; None for what is no spot pair of this venue."""
        return symbol_of(instrument)

    def feed(self, sink: Sink) -> Feed:
        """A stream client writing into the sink."""
        from financehub_tui.providers.binance.stream import BinanceFeed

        return BinanceFeed(self, sink)

    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The best `depth` levels (at most 5,000). The venue gives no time; the arrival counts."""
        symbol = self.required(instrument)
        response, levels = await self.depth(symbol, depth)
        return self.book_of(
            instrument,
            symbol,
            response,
            bids=[Level(price, size) for price, size in levels.bids[:depth]],
            asks=[Level(price, size) for price, size in levels.asks[:depth]],
            sequence=levels.last_update_id,
        )

    async def depth(self, symbol: str, depth: int) -> tuple[Response, wire.Depth]:
        """A book snapshot as the wire has it. Raises ProviderError."""
        limit = max(1, min(depth, 5_000))
        weight = next(weight for most, weight in ((100, 5), (500, 25), (1_000, 50), (5_000, 250)) if limit <= most)
        params: Parameters = {"symbol": symbol, "limit": limit}
        response = await self.http.get("/api/v3/depth", params, endpoint="depth", cost=weight)
        return response, response.decode(wire.Depth)

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """The newest trades (at most 1,000), newest first, numbered as on the stream."""
        params: Parameters = {"symbol": self.required(instrument), "limit": max(1, min(limit, 1_000))}
        response = await self.http.get("/api/v3/trades", params, endpoint="trades", cost=25)
        rows = response.decode(list[wire.TradeRow])
        return [_trade(instrument.key, row) for row in reversed(rows)]

    async def answers(self, symbols: Sequence[str]) -> Mapping[str, Answer | Missing]:
        """24-hour statistics and best prices, 20 pairs a call."""
        size = BATCH if len(symbols) <= ALL_ABOVE else len(symbols)
        groups = [symbols[start : start + size] for start in range(0, len(symbols), size)]
        answers = await asyncio.gather(*(self.listed_only(group, self._tickers) for group in groups))
        return {symbol: answer for found in answers for symbol, answer in found.items()}

    def quote(self, instrument: Instrument, symbol: str, answer: Answer) -> Quote:
        """`previous_close` is the price of 24 hours ago, from which the venue counts its change too."""
        ticker, received = answer
        time = wire.nanos(ticker.close_time)
        prices = (ticker.last_price, ticker.high_price, ticker.low_price, ticker.bid_price, ticker.ask_price)
        return Quote(
            key=instrument.key,
            time=time,
            last=ticker.last_price or None,
            last_size=ticker.last_qty if ticker.last_price else None,
            bid=ticker.bid_price or None,
            ask=ticker.ask_price or None,
            bid_size=ticker.bid_qty if ticker.bid_price else None,
            ask_size=ticker.ask_qty if ticker.ask_price else None,
            open=ticker.open_price or None,
            high=ticker.high_price or None,
            low=ticker.low_price or None,
            previous_close=ticker.open_price or None,
            volume=ticker.volume,
            quote_volume=ticker.quote_volume,
            trade_count=ticker.count,
            session=Session.CONTINUOUS,
            decimals=self.decimals(instrument, symbol, prices),
            provenance=self.origin("ticker/24hr", time, received, instrument),
        )

    async def candles(self, symbol: str, request: BarRequest) -> tuple[Sequence[wire.Kline], Sequence[str]]:
        """Klines in pages of 1,000. Minutes of maintenance are absent."""
        rows: list[wire.Kline] = []
        start, end = request.start // 1_000_000, -(-request.end // 1_000_000) - 1
        while start <= end:
            page = await self._klines(symbol, INTERVALS[request.interval], start, end)
            rows += page
            if len(page) < PAGE:
                break
            if page[-1].open_time < start:
                raise bad_answer(SPEC.id, "klines", "a page that does not go on where it was asked to")
            start = page[-1].open_time + 1
        return rows, ()

    def closes(self, row: Candle, request: BarRequest) -> int:
        """The venue tells: months have different lengths."""
        return wire.nanos(row.close_time + 1) if isinstance(row, wire.Kline) else super().closes(row, request)

    async def _klines(self, symbol: str, interval: str, start: int, end: int) -> list[wire.Kline]:
        params: Parameters = {"symbol": symbol, "interval": interval, "startTime": start, "endTime": end, "limit": PAGE}
        response = await self.http.get("/api/v3/klines", params, endpoint="klines", cost=2)
        return response.decode(list[wire.Kline])

    async def _tickers(self, symbols: Sequence[str]) -> Mapping[str, Answer | Missing]:
        """Statistics, and the best prices beside them because those of the statistics are a second old."""
        few = len(symbols) <= BATCH
        text = json.dumps(list(symbols), separators=(",", ":"), ensure_ascii=False)
        wanted = {"symbols": text} if few else {}
        tops = asyncio.create_task(self._tops(wanted), name="binance best prices")
        try:
            response = await self.http.get("/api/v3/ticker/24hr", wanted, endpoint="ticker/24hr", cost=2 if few else 80)
            found = {ticker.symbol: ticker for ticker in response.decode(list[wire.Ticker])}
            best = await tops
        finally:
            tops.cancel()
        return {
            symbol: (_with_top(found[symbol], best.get(symbol)), response.received_at)
            if symbol in found
            else self.unknown(symbol)
            for symbol in symbols
        }

    async def _tops(self, wanted: Mapping[str, str]) -> dict[str, wire.BookTop]:
        """Best prices; where they cannot be had those of the statistics do."""
        try:
            response = await self.http.get("/api/v3/ticker/bookTicker", wanted, endpoint="ticker/bookTicker", cost=4)
            return {top.symbol: top for top in response.decode(list[wire.BookTop])}
        except ProviderError:
            return {}


def _with_top(ticker: wire.Ticker, top: wire.BookTop | None) -> wire.Ticker:
    if top is None:
        return ticker
    return structs.replace(
        ticker, bid_price=top.bid_price, bid_qty=top.bid_qty, ask_price=top.ask_price, ask_qty=top.ask_qty
    )


def _trade(key: str, row: wire.TradeRow) -> Trade:
    return Trade(
        key=key,
        time=wire.nanos(row.time),
        price=row.price,
        size=row.qty,
        side=wire.side(row.is_buyer_maker),
        id=str(row.id),
        provider=SPEC.id,
    )
