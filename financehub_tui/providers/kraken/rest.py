"""Kraken over REST: quotes, bars, book, trades, pairs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from financehub_tui.clock import NANOS, Clock, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing, Provenance, Reason
from financehub_tui.market.quote import Book, Level, Quote, Session, Side, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, Limit, ProviderSpec, Sink
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Response, bad_answer
from financehub_tui.providers.kit.precision import decimals_of
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.stream import StreamOptions
from financehub_tui.providers.kraken import names, wire
from financehub_tui.providers.kraken.listing import Listing, profile_of
from financehub_tui.providers.kraken.refusals import refusal

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")

MINUTES = {
    Interval.M1: 1,
    Interval.M5: 5,
    Interval.M15: 15,
    Interval.M30: 30,
    Interval.H1: 60,
    Interval.H4: 240,
    Interval.D1: 1_440,
    Interval.W1: 10_080,
}
"""The venue's weeks begin on Thursday. It also has bars of 15 days, which are no month."""
KEPT_BARS = 720
"""Bars of an interval the venue gives, counted back from now, whatever is asked."""
BATCH = 100
"""Pairs per ticker call; for more than these one call for all pairs of the venue is made."""
DEEPEST = 500
MOST_TRADES = 1_000
_CRYPTO = (AssetClass.CRYPTO,)
_SIDES = {"b": Side.BUY, "s": Side.SELL}

SPEC = ProviderSpec(
    id="kraken",
    title="Kraken",
    rest_url="https://api.kraken.com",
    stream_url="wss://ws.kraken.com/v2",
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=_CRYPTO, batch=BATCH, stream=True),
        Capability(kind=DataKind.BARS, asset_classes=_CRYPTO, intervals=tuple(MINUTES)),
        Capability(kind=DataKind.BOOK, asset_classes=_CRYPTO, stream=True),
        Capability(kind=DataKind.TRADES, asset_classes=_CRYPTO, stream=True),
        Capability(kind=DataKind.PROFILE, asset_classes=_CRYPTO),
        Capability(kind=DataKind.SEARCH, asset_classes=_CRYPTO),
    ),
    limits=(Limit(name="requests", amount=5, seconds=5),),
)
"""The venue publishes no figure: about a call a second with small bursts is what it bears."""


class KrakenProvider:
    """Spot market data of Kraken, keyless."""

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
        """BTC/USD for Bitcoin in dollars; None for what is no spot pair of this venue."""
        return names.symbol_of(instrument)

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Best prices, last, and the last 24 hours, 100 pairs a call. A failed call makes its pairs Missing.

        `open` and `previous_close` are the price at 00:00 UTC: the venue gives none of 24 hours ago here.
        """
        asked = {symbol: one for one in instruments if (symbol := names.symbol_of(one))}
        found: dict[str, Quote | Missing] = {one.key: _unknown(one.symbol) for one in instruments}
        for symbol, answer in (await self._answers(list(asked)) if asked else {}).items():
            instrument = asked[symbol]
            found[instrument.key] = (
                answer if isinstance(answer, Missing) else self._quote(instrument, symbol, answer[0], answer[1])
            )
        return found

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """The bars of the window among the last 720 of the interval; earlier ones the venue does not give."""
        symbol = _required(instrument)
        minutes = MINUTES[request.interval]
        since = max(0, -(-request.start // NANOS) - 1)
        params: Parameters = {"pair": names.altname(symbol), "interval": minutes, "since": since}
        response = await self.http.get("/0/public/OHLC", params, endpoint="OHLC")
        rows = _rows(response.decode(wire.Candles).result, response)
        inside = [row for row in rows if request.start <= row.time * NANOS < request.end]
        if not inside:
            raise self._no_bars(symbol, request, minutes)
        return await self._series(instrument, request, inside, cut=_is_cut(rows, request))

    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The best `depth` levels (at most 500). The venue gives no time; the arrival counts."""
        symbol = _required(instrument)
        params: Parameters = {"pair": names.altname(symbol), "count": max(1, min(depth, DEEPEST))}
        response = await self.http.get("/0/public/Depth", params, endpoint="Depth")
        levels = _only(response.decode(wire.Depths).result, response)
        return Book(
            key=instrument.key,
            time=response.received_at,
            sequence=0,
            bids=tuple(Level(level.price, level.size) for level in levels.bids[:depth]),
            asks=tuple(Level(level.price, level.size) for level in levels.asks[:depth]),
            decimals=self._decimals(instrument, symbol, [level.price for level in (*levels.bids, *levels.asks)]),
            provenance=self._provenance("Depth", response.received_at, response.received_at, instrument),
        )

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """The newest trades (at most 1,000), newest first, numbered as on the stream."""
        symbol = _required(instrument)
        params: Parameters = {"pair": names.altname(symbol), "count": max(1, min(limit, MOST_TRADES))}
        response = await self.http.get("/0/public/Trades", params, endpoint="Trades")
        rows = _rows(response.decode(wire.Trades).result, response)
        return [_trade(instrument.key, row) for row in reversed(rows[-limit:])]

    async def profile(self, instrument: Instrument) -> Profile:
        """The pair's assets, status and steps."""
        symbol = _required(instrument)
        pair = (await self.listing.pairs()).get(symbol)
        if pair is None:
            raise ProviderError(SPEC.id, Reason.UNKNOWN_SYMBOL, f"{symbol} is not listed", endpoint="AssetPairs")
        now = self._clock.now()
        return profile_of(instrument, symbol, pair, self._provenance("AssetPairs", now, now, instrument))

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """Pairs by symbol or asset, in any of the venue's dialects."""
        return await self.listing.search(text, limit)

    def feed(self, sink: Sink) -> Feed:
        """A stream client writing into the sink."""
        from financehub_tui.providers.kraken.stream import KrakenFeed

        return KrakenFeed(
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

    async def _answers(self, symbols: Sequence[str]) -> dict[str, tuple[wire.Ticker, int] | Missing]:
        """Tickers of some pairs. One unknown pair makes the venue refuse them all: then only listed ones are asked."""
        try:
            return await self._tickers(symbols)
        except ProviderError as error:
            if error.reason is not Reason.UNKNOWN_SYMBOL:
                return dict.fromkeys(symbols, error.missing())
            if len(symbols) == 1:
                return {symbols[0]: _unknown(symbols[0])}
        try:
            table = await self.listing.pairs()
            listed = [symbol for symbol in symbols if symbol in table]
            answers = await self._tickers(listed) if listed else {}
        except ProviderError as error:
            return dict.fromkeys(symbols, error.missing())
        return {symbol: answers.get(symbol, _unknown(symbol)) for symbol in symbols}

    async def _tickers(self, symbols: Sequence[str]) -> dict[str, tuple[wire.Ticker, int] | Missing]:
        """Tickers with the time of their arrival, found again under whichever name the venue answers."""
        params: Parameters = {"pair": ",".join(map(names.altname, symbols))} if len(symbols) <= BATCH else {}
        response = await self.http.get("/0/public/Ticker", params, endpoint="Ticker")
        result = response.decode(wire.Tickers).result
        spelled = names.by_spelling(symbols)
        found = {spelled[key]: ticker for key, ticker in result.items() if key in spelled}
        if len(symbols) == 1 and len(result) == 1:
            found = dict(zip(symbols, result.values(), strict=True))
        return {
            symbol: (found[symbol], response.received_at) if symbol in found else _unknown(symbol) for symbol in symbols
        }

    def _quote(self, instrument: Instrument, symbol: str, ticker: wire.Ticker, received: int) -> Quote:
        prices = [ticker.last.price, ticker.bid.price, ticker.ask.price, ticker.high.day, ticker.low.day]
        return Quote(
            key=instrument.key,
            time=received,
            last=ticker.last.price or None,
            last_size=ticker.last.size or None,
            bid=ticker.bid.price or None,
            ask=ticker.ask.price or None,
            bid_size=ticker.bid.size,
            ask_size=ticker.ask.size,
            open=ticker.open or None,
            high=ticker.high.day or None,
            low=ticker.low.day or None,
            previous_close=ticker.open or None,
            volume=ticker.volume.day,
            quote_volume=ticker.volume.day * ticker.vwap.day,
            trade_count=ticker.trades.day,
            session=Session.CONTINUOUS,
            decimals=self._decimals(instrument, symbol, prices),
            provenance=self._provenance("Ticker", received, received, instrument, "change since 00:00 UTC"),
        )

    def _no_bars(self, symbol: str, request: BarRequest, minutes: int) -> ProviderError:
        oldest = self._clock.now() - KEPT_BARS * minutes * 60 * NANOS
        words = f"no {request.interval.value} bars of {symbol} in that window"
        if request.end <= oldest:
            words += f", Kraken gives the last {KEPT_BARS} only, from {to_datetime(oldest):%Y-%m-%d %H:%M} UTC"
        return ProviderError(SPEC.id, Reason.NO_DATA, words, endpoint="OHLC")

    async def _series(
        self, instrument: Instrument, request: BarRequest, rows: Sequence[wire.Candle], *, cut: bool
    ) -> Bars:
        now = self._clock.now()
        closes = (rows[-1].time + 60 * MINUTES[request.interval]) * NANOS
        prices = [price for row in rows for price in (row.open, row.high, row.low, row.close)]
        notes = (f"Kraken gives the last {KEPT_BARS} bars only",) if cut else ()
        return Bars(
            key=instrument.key,
            interval=request.interval,
            frame=await asyncio.to_thread(_frame, rows),
            provenance=self._provenance("OHLC", min(now, closes), now, instrument, *notes),
            decimals=self._decimals(instrument, names.symbol_of(instrument) or "", prices),
            forming=closes > now,
        )

    def _decimals(self, instrument: Instrument, symbol: str, prices: Sequence[float]) -> int:
        """The venue's precision: from the instrument, the tick size, or as many as the prices show."""
        if instrument.decimals is not None:
            return instrument.decimals
        listed = self.listing.decimals(symbol)
        return decimals_of(prices) if listed is None else listed

    def _provenance(
        self, endpoint: str, as_of: int, fetched_at: int, instrument: Instrument, *notes: str
    ) -> Provenance:
        return Provenance(
            provider=SPEC.id,
            endpoint=endpoint,
            as_of=as_of,
            fetched_at=fetched_at,
            currency=instrument.currency,
            unit=instrument.unit.value,
            notes=notes,
        )


def _required(instrument: Instrument) -> str:
    symbol = names.symbol_of(instrument)
    if symbol is None:
        raise ProviderError(SPEC.id, Reason.UNKNOWN_SYMBOL, f"{instrument.display} is no spot pair of Kraken")
    return symbol


def _unknown(symbol: str) -> Missing:
    return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=f"Kraken does not list {symbol}")


def _only(result: Mapping[str, T], response: Response) -> T:
    """What was asked of one pair: the venue answers under a key of its own."""
    if len(result) != 1:
        raise bad_answer(SPEC.id, response.endpoint, f"{len(result)} pairs in place of one", "result")
    return next(iter(result.values()))


def _rows(result: Mapping[str, list[T] | int | str], response: Response) -> list[T]:
    """The rows of one pair, beside which `last` says where to go on."""
    rows = _only({key: value for key, value in result.items() if key != "last"}, response)
    if not isinstance(rows, list):
        raise bad_answer(SPEC.id, response.endpoint, "no list of rows", "result")
    return rows


def _is_cut(rows: Sequence[wire.Candle], request: BarRequest) -> bool:
    return len(rows) >= KEPT_BARS and rows[0].time * NANOS - request.interval.seconds * NANOS >= request.start


def _trade(key: str, row: wire.TradeRow) -> Trade:
    return Trade(
        key=key,
        time=int(row.time * NANOS),
        price=row.price,
        size=row.size,
        side=_SIDES.get(row.side, Side.UNKNOWN),
        id="" if row.id is None else str(row.id),
        provider=SPEC.id,
    )


def _frame(rows: Sequence[wire.Candle]) -> pl.DataFrame:
    """Rows as a bar frame."""
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
    frame = frame.with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))
    return frame.unique(subset="time", keep="last").sort("time")
