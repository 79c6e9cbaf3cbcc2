"""Kraken over REST: quotes, bars, book, trades, pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from financehub_tui.clock import NANOS, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Book, Level, Quote, Session, Side, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, Limit, ProviderSpec, Sink
from financehub_tui.providers.kit.http import Response, bad_answer
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.spot import SpotVenue
from financehub_tui.providers.kraken import names, wire
from financehub_tui.providers.kraken.listing import KrakenPairs
from financehub_tui.providers.kraken.refusals import refusal

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


Answer = tuple[wire.Ticker, int]
"""A ticker and when it came, ns since 1970 UTC."""


class KrakenProvider(SpotVenue[Answer]):
    """Spot market data of Kraken, keyless."""

    spec = SPEC
    table = KrakenPairs
    bars_endpoint = "OHLC"

    def refusal(self, response: Response) -> ProviderError | None:
        """The venue's own errors, in answers of any status."""
        return refusal(response)

    def symbol(self, instrument: Instrument) -> str | None:
        """BTC/USD for Bitcoin in dollars; None for what is no spot pair of this venue."""
        return names.symbol_of(instrument)

    def feed(self, sink: Sink) -> Feed:
        """A stream client writing into the sink."""
        from financehub_tui.providers.kraken.stream import KrakenFeed

        return KrakenFeed(self, sink)

    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The best `depth` levels (at most 500). The venue gives no time; the arrival counts."""
        symbol = self.required(instrument)
        params: Parameters = {"pair": names.altname(symbol), "count": max(1, min(depth, DEEPEST))}
        response = await self.http.get("/0/public/Depth", params, endpoint="Depth")
        levels = _only(response.decode(wire.Depths).result, response)
        return self.book_of(
            instrument,
            symbol,
            response,
            bids=[Level(level.price, level.size) for level in levels.bids[:depth]],
            asks=[Level(level.price, level.size) for level in levels.asks[:depth]],
        )

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """The newest trades (at most 1,000), newest first, numbered as on the stream."""
        symbol = self.required(instrument)
        params: Parameters = {"pair": names.altname(symbol), "count": max(1, min(limit, MOST_TRADES))}
        response = await self.http.get("/0/public/Trades", params, endpoint="Trades")
        rows = _rows(response.decode(wire.Trades).result, response)
        return [_trade(instrument.key, row) for row in reversed(rows[-limit:])]

    async def answers(self, symbols: Sequence[str]) -> Mapping[str, Answer | Missing]:
        """Best prices, last, and the last 24 hours, 100 pairs a call."""
        return await self.listed_only(symbols, self._tickers)

    def quote(self, instrument: Instrument, symbol: str, answer: Answer) -> Quote:
        """`open` and `previous_close` are the price at 00:00 UTC: the venue gives none of 24 hours ago here."""
        ticker, received = answer
        prices = (ticker.last.price, ticker.bid.price, ticker.ask.price, ticker.high.day, ticker.low.day)
        return Quote(
            key=instrument.key,
            time=received,
            last=ticker.last.price or None,
            last_size=ticker.last.size or None,
            bid=ticker.bid.price or None,
            ask=ticker.ask.price or None,
            bid_size=ticker.bid.size if ticker.bid.price else None,
            ask_size=ticker.ask.size if ticker.ask.price else None,
            open=ticker.open or None,
            high=ticker.high.day or None,
            low=ticker.low.day or None,
            previous_close=ticker.open or None,
            volume=ticker.volume.day,
            quote_volume=ticker.volume.day * ticker.vwap.day,
            trade_count=ticker.trades.day,
            session=Session.CONTINUOUS,
            decimals=self.decimals(instrument, symbol, prices),
            provenance=self.origin("Ticker", received, received, instrument, "change since 00:00 UTC"),
        )

    async def candles(self, symbol: str, request: BarRequest) -> tuple[Sequence[wire.Candle], Sequence[str]]:
        """The bars of the window among the last 720 of the interval; earlier ones the venue does not give."""
        since = max(0, -(-request.start // NANOS) - 1)
        params: Parameters = {"pair": names.altname(symbol), "interval": MINUTES[request.interval], "since": since}
        response = await self.http.get("/0/public/OHLC", params, endpoint="OHLC")
        rows = _rows(response.decode(wire.Candles).result, response)
        inside = [row for row in rows if request.start <= row.start < request.end]
        return inside, (f"Kraken gives the last {KEPT_BARS} bars only",) if _is_cut(rows, request) else ()

    def why_no_bars(self, symbol: str, request: BarRequest) -> str:
        """Says how far back the venue goes where the window ends before."""
        words = super().why_no_bars(symbol, request)
        oldest = self.clock.now() - KEPT_BARS * request.interval.seconds * NANOS
        if request.end > oldest:
            return words
        return f"{words}, Kraken gives the last {KEPT_BARS} only, from {to_datetime(oldest):%Y-%m-%d %H:%M} UTC"

    async def _tickers(self, symbols: Sequence[str]) -> Mapping[str, Answer | Missing]:
        """Tickers with the time of their arrival, found again under whichever name the venue answers."""
        params: Parameters = {"pair": ",".join(map(names.altname, symbols))} if len(symbols) <= BATCH else {}
        response = await self.http.get("/0/public/Ticker", params, endpoint="Ticker")
        result = response.decode(wire.Tickers).result
        spelled = names.by_spelling(symbols)
        found = {spelled[key]: ticker for key, ticker in result.items() if key in spelled}
        if len(symbols) == 1 and len(result) == 1:
            found = dict(zip(symbols, result.values(), strict=True))
        return {
            symbol: (found[symbol], response.received_at) if symbol in found else self.unknown(symbol)
            for symbol in symbols
        }


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
        # To the microsecond, as the stream tells it: the tape knows a trade again by its number and time.
        time=int(row.time * 1_000_000) * 1_000,
        price=row.price,
        size=row.size,
        side=_SIDES.get(row.side, Side.UNKNOWN),
        id="" if row.id is None else str(row.id),
        provider=SPEC.id,
    )
