"""Binance over REST: quotes, bars, book, trades, pairs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Adjustment, Missing, Provenance, Reason
from financehub_tui.market.quote import Book, Level, Quote, Session, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, Limit, ProviderSpec, Sink
from financehub_tui.providers.binance import wire
from financehub_tui.providers.binance.listing import Listing, profile_of, symbol_of
from financehub_tui.providers.binance.refusals import refusal
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Response, bad_answer
from financehub_tui.providers.kit.precision import decimals_of
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.stream import StreamOptions

if TYPE_CHECKING:
    import polars as pl

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


class BinanceProvider:
    """Spot market data of Binance, keyless. `rest_url` and `stream_url` may point at any of its hosts."""

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
            used_headers={"x-mbx-used-weight-1m": "weight"},
            sleep=sleep,
        )
        self.clients = (self.http,)
        """For the health screen."""
        self.listing = Listing(self.http, clock)
        self._clock = clock
        self._stream_url = (stream_url or SPEC.stream_url).rstrip("/")
        self._stream_options = stream
        self._polling_options = polling
        self._sleep = sleep

    def symbol(self, instrument: Instrument) -> str | None:
        """BTCUSDT for Bitcoin in Tether; None for what is no spot pair of this venue."""
        return symbol_of(instrument)

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """24-hour statistics and best prices, 20 pairs a call. A failed call makes its pairs Missing, not the rest.

        `previous_close` is the venue's: the price 24 hours and one trade ago.
        """
        names = {symbol: instrument for instrument in instruments if (symbol := symbol_of(instrument))}
        found: dict[str, Quote | Missing] = {i.key: _unknown(i.symbol) for i in instruments}
        symbols = list(names)
        size = BATCH if len(symbols) <= ALL_ABOVE else max(1, len(symbols))
        groups = [symbols[start : start + size] for start in range(0, len(symbols), size)]
        for answers in await asyncio.gather(*(self._group(group) for group in groups)):
            for symbol, answer in answers.items():
                instrument = names[symbol]
                found[instrument.key] = (
                    answer if isinstance(answer, Missing) else self._quote(instrument, answer[0], answer[1])
                )
        return found

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Klines in pages of 1,000. Minutes of maintenance are absent. Raises ProviderError."""
        symbol = _required(instrument)
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
        if not rows:
            raise ProviderError(SPEC.id, Reason.NO_DATA, f"no bars of {symbol} in that window", endpoint="klines")
        return await self._series(instrument, request, rows)

    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The best `depth` levels (at most 5,000). The venue gives no time; the arrival counts."""
        symbol = _required(instrument)
        response, levels = await self.depth(symbol, depth)
        prices = [price for price, _ in levels.bids] + [price for price, _ in levels.asks]
        return Book(
            key=instrument.key,
            time=response.received_at,
            sequence=levels.last_update_id,
            bids=tuple(Level(price, size) for price, size in levels.bids[:depth]),
            asks=tuple(Level(price, size) for price, size in levels.asks[:depth]),
            decimals=self._decimals(instrument, symbol, prices),
            provenance=self._provenance("depth", response.received_at, response.received_at, instrument),
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
        symbol = _required(instrument)
        params: Parameters = {"symbol": symbol, "limit": max(1, min(limit, 1_000))}
        response = await self.http.get("/api/v3/trades", params, endpoint="trades", cost=25)
        rows = response.decode(list[wire.TradeRow])
        return [_trade(instrument.key, row) for row in reversed(rows)]

    async def profile(self, instrument: Instrument) -> Profile:
        """The pair's assets, status and steps."""
        symbol = _required(instrument)
        listed = (await self.listing.symbols()).get(symbol)
        if listed is None:
            raise ProviderError(SPEC.id, Reason.UNKNOWN_SYMBOL, f"{symbol} is not listed", endpoint="exchangeInfo")
        now = self._clock.now()
        return profile_of(instrument, listed, self._provenance("exchangeInfo", now, now, instrument))

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """Pairs by symbol or asset."""
        return await self.listing.search(text, limit)

    def feed(self, sink: Sink) -> Feed:
        """A stream client writing into the sink."""
        from financehub_tui.providers.binance.stream import BinanceFeed

        return BinanceFeed(
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

    async def _group(self, symbols: Sequence[str]) -> dict[str, tuple[wire.Ticker, int] | Missing]:
        """Tickers of some pairs. One unknown pair makes the venue refuse them all: then only listed ones are asked."""
        try:
            return await self._tickers(symbols)
        except ProviderError as error:
            if error.reason is not Reason.UNKNOWN_SYMBOL:
                return dict.fromkeys(symbols, error.missing())
            if len(symbols) == 1:
                return {symbols[0]: _unknown(symbols[0])}
        try:
            table = await self.listing.symbols()
            listed = [symbol for symbol in symbols if symbol in table]
            answers = await self._tickers(listed) if listed else {}
        except ProviderError as error:
            return dict.fromkeys(symbols, error.missing())
        return {symbol: answers.get(symbol, _unknown(symbol)) for symbol in symbols}

    async def _tickers(self, symbols: Sequence[str]) -> dict[str, tuple[wire.Ticker, int] | Missing]:
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
            else _unknown(symbol)
            for symbol in symbols
        }

    async def _tops(self, wanted: Mapping[str, str]) -> dict[str, wire.BookTop]:
        """Best prices; where they cannot be had those of the statistics do."""
        try:
            response = await self.http.get("/api/v3/ticker/bookTicker", wanted, endpoint="ticker/bookTicker", cost=4)
            return {top.symbol: top for top in response.decode(list[wire.BookTop])}
        except ProviderError:
            return {}

    def _quote(self, instrument: Instrument, ticker: wire.Ticker, received: int) -> Quote:
        time = wire.nanos(ticker.close_time)
        prices = [
            price
            for price in (ticker.last_price, ticker.high_price, ticker.low_price, ticker.bid_price, ticker.ask_price)
            if price is not None
        ]
        return Quote(
            key=instrument.key,
            time=time,
            last=ticker.last_price or None,
            last_size=ticker.last_qty,
            bid=ticker.bid_price or None,
            ask=ticker.ask_price or None,
            bid_size=ticker.bid_qty,
            ask_size=ticker.ask_qty,
            open=ticker.open_price or None,
            high=ticker.high_price or None,
            low=ticker.low_price or None,
            previous_close=ticker.prev_close_price or None,
            volume=ticker.volume,
            quote_volume=ticker.quote_volume,
            trade_count=ticker.count,
            session=Session.CONTINUOUS,
            decimals=self._decimals(instrument, ticker.symbol, prices),
            provenance=self._provenance("ticker/24hr", time, received, instrument),
        )

    async def _klines(self, symbol: str, interval: str, start: int, end: int) -> list[wire.Kline]:
        params: Parameters = {"symbol": symbol, "interval": interval, "startTime": start, "endTime": end, "limit": PAGE}
        response = await self.http.get("/api/v3/klines", params, endpoint="klines", cost=2)
        return response.decode(list[wire.Kline])

    async def _series(self, instrument: Instrument, request: BarRequest, rows: list[wire.Kline]) -> Bars:
        now = self._clock.now()
        prices = [price for row in rows[-PAGE:] for price in (row.open, row.high, row.low, row.close)]
        return Bars(
            key=instrument.key,
            interval=request.interval,
            frame=await asyncio.to_thread(_frame, rows),
            provenance=self._provenance("klines", min(now, wire.nanos(rows[-1].close_time)), now, instrument),
            decimals=self._decimals(instrument, symbol_of(instrument) or "", prices),
            forming=wire.nanos(rows[-1].close_time) >= now,
        )

    def _decimals(self, instrument: Instrument, symbol: str, prices: Sequence[float]) -> int:
        """The venue's precision: from the instrument, the tick size, or as many as the prices show."""
        if instrument.decimals is not None:
            return instrument.decimals
        listed = self.listing.decimals(symbol)
        return decimals_of(prices) if listed is None else listed

    def _provenance(self, endpoint: str, as_of: int, fetched_at: int, instrument: Instrument) -> Provenance:
        return Provenance(
            provider=SPEC.id,
            endpoint=endpoint,
            as_of=as_of,
            fetched_at=fetched_at,
            currency=instrument.currency,
            unit=instrument.unit.value,
            adjustment=Adjustment.NONE,
        )


def _required(instrument: Instrument) -> str:
    symbol = symbol_of(instrument)
    if symbol is None:
        detail = f"{instrument.display} is no spot pair of Binance"
        raise ProviderError(SPEC.id, Reason.UNKNOWN_SYMBOL, detail)
    return symbol


def _unknown(symbol: str) -> Missing:
    return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=f"Binance does not list {symbol}")


def _with_top(ticker: wire.Ticker, top: wire.BookTop | None) -> wire.Ticker:
    if top is None:
        return ticker
    return msgspec.structs.replace(
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


def _frame(rows: Sequence[wire.Kline]) -> pl.DataFrame:
    """Klines as a bar frame; where pages overlap the later row is the truer one."""
    import polars as pl

    frame = pl.DataFrame(
        {
            "time": [wire.nanos(row.open_time) // 1_000 for row in rows],
            "open": [row.open for row in rows],
            "high": [row.high for row in rows],
            "low": [row.low for row in rows],
            "close": [row.close for row in rows],
            "volume": [row.volume for row in rows],
        }
    )
    frame = frame.with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))
    return frame.unique(subset="time", keep="last").sort("time")
