"""What exchanges of spot pairs have in common over REST: quotes, bars, books, profiles and search of their pairs.

A venue says its names, its calls and what their answers mean; `binance`, `kraken` and `coinbase` are made of it.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from msgspec import structs

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing, Provenance, Reason
from financehub_tui.market.quote import Book, Level, Quote, Trade
from financehub_tui.providers.base import Feed, ProviderSpec, Sink
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Response
from financehub_tui.providers.kit.pairs import PairTable, profile_of
from financehub_tui.providers.kit.precision import decimals_of
from financehub_tui.providers.kit.stream import StreamOptions

if TYPE_CHECKING:
    import polars as pl

Answer = TypeVar("Answer")
"""What a venue answers about the price of a pair."""
_SHOWN = 1_000
"""The newest bars, from whose prices the precision is read where nothing else tells it."""


class Candle(Protocol):
    """A row of a bar series as a venue sends it."""

    @property
    def start(self) -> int:
        """Nanoseconds since 1970 UTC."""
        ...

    @property
    def open(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def close(self) -> float: ...
    @property
    def volume(self) -> float: ...


class SpotVenue(ABC, Generic[Answer]):
    """Spot market data of an exchange, keyless. `rest_url` and `stream_url` may point at another of its hosts."""

    spec: ProviderSpec
    table: ClassVar[type[PairTable]]
    used_headers: ClassVar[Mapping[str, str]] = {}
    bars_endpoint: ClassVar[str]

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
        spec = self.spec
        self.http = HttpClient(
            spec.id,
            rest_url or spec.rest_url,
            clock=clock,
            limits=spec.limits,
            options=http,
            inspect=self.refusal,
            used_headers=self.used_headers,
            sleep=sleep,
        )
        self.clients: tuple[HttpClient, ...] = (self.http,)
        """For the health screen."""
        self.listing = self.table(self.http, clock)
        self.clock = clock
        self.stream_url = stream_url or spec.stream_url
        self.stream_options = stream
        self.polling_options = polling
        self.sleep = sleep

    @abstractmethod
    def refusal(self, response: Response) -> ProviderError | None:
        """What the venue's own errors mean; None where an answer has none."""

    @abstractmethod
    def symbol(self, instrument: Instrument) -> str | None:
        """The venue's name of a spot pair; None for what is none of this venue."""

    @abstractmethod
    def feed(self, sink: Sink) -> Feed:
        """A stream client writing into the sink."""

    @abstractmethod
    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The best `depth` levels."""

    @abstractmethod
    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """The newest trades, newest first, numbered as on the stream."""

    @abstractmethod
    async def answers(self, symbols: Sequence[str]) -> Mapping[str, Answer | Missing]:
        """Prices by symbol, in as few calls as the venue allows; what fails is Missing, not the rest."""

    @abstractmethod
    def quote(self, instrument: Instrument, symbol: str, answer: Answer) -> Quote:
        """An answer as a quote."""

    @abstractmethod
    async def candles(self, symbol: str, request: BarRequest) -> tuple[Sequence[Candle], Sequence[str]]:
        """The bars of a window in any order, in pages as the venue gives them, and notes about them."""

    def closes(self, row: Candle, request: BarRequest) -> int:
        """When a bar ends, ns since 1970 UTC."""
        return row.start + request.interval.seconds * NANOS

    def why_no_bars(self, symbol: str, request: BarRequest) -> str:
        """Words for a window without bars."""
        return f"no {request.interval.value} bars of {symbol} in that window"

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Last price and the last 24 hours by instrument key, an entry for each."""
        asked = {one.key: symbol for one in instruments if (symbol := self.symbol(one))}
        found = await self.answers(list(dict.fromkeys(asked.values()))) if asked else {}
        quotes: dict[str, Quote | Missing] = {}
        for one in instruments:
            symbol = asked.get(one.key, "")
            answer = found.get(symbol, self.unknown(one.symbol))
            quotes[one.key] = answer if isinstance(answer, Missing) else self.quote(one, symbol, answer)
        return quotes

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """The bars of a window; what the venue leaves out is absent. Raises ProviderError."""
        symbol = self.required(instrument)
        rows, notes = await self.candles(symbol, request)
        if not rows:
            words = self.why_no_bars(symbol, request)
            raise ProviderError(self.spec.id, Reason.NO_DATA, words, endpoint=self.bars_endpoint)
        now = self.clock.now()
        closes = self.closes(max(rows, key=lambda row: row.start), request)
        prices = [price for row in rows[-_SHOWN:] for price in (row.open, row.high, row.low, row.close)]
        return Bars(
            key=instrument.key,
            interval=request.interval,
            frame=await asyncio.to_thread(bar_frame, rows),
            provenance=self.origin(self.bars_endpoint, min(now, closes), now, instrument, *notes),
            decimals=self.decimals(instrument, symbol, prices),
            forming=closes > now,
        )

    async def profile(self, instrument: Instrument) -> Profile:
        """The pair's assets, status and steps."""
        pair = await self.listing.pair(self.required(instrument))
        now = self.clock.now()
        return profile_of(instrument, pair, self.origin(self.listing.endpoint, now, now, instrument))

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """Pairs by name or asset."""
        return await self.listing.search(text, limit)

    async def close(self) -> None:
        """Close the connections."""
        await self.http.close()

    def book_of(
        self,
        instrument: Instrument,
        symbol: str,
        response: Response,
        *,
        bids: Iterable[Level],
        asks: Iterable[Level],
        sequence: int = 0,
        time: int = 0,
        notes: Sequence[str] = (),
    ) -> Book:
        """A book of an answer, best levels first. Without a time of the venue's own the arrival counts."""
        at = time or response.received_at
        book = Book(
            key=instrument.key,
            time=at,
            sequence=sequence,
            bids=tuple(bids),
            asks=tuple(asks),
            provenance=self.origin(response.endpoint, at, response.received_at, instrument, *notes),
        )
        prices = [level.price for level in (*book.bids, *book.asks)]
        return structs.replace(book, decimals=self.decimals(instrument, symbol, prices))

    async def listed_only(
        self, symbols: Sequence[str], ask: Callable[[Sequence[str]], Awaitable[Mapping[str, Answer | Missing]]]
    ) -> Mapping[str, Answer | Missing]:
        """Answers about some pairs. One unknown pair makes a venue refuse them all: then only listed ones are asked."""
        try:
            return await ask(symbols)
        except ProviderError as error:
            if error.reason is not Reason.UNKNOWN_SYMBOL:
                return dict.fromkeys(symbols, error.missing())
            if len(symbols) == 1:
                return {symbols[0]: self.unknown(symbols[0])}
        try:
            table = await self.listing.pairs()
            listed = [symbol for symbol in symbols if symbol in table]
            answers = await ask(listed) if listed else {}
        except ProviderError as error:
            return dict.fromkeys(symbols, error.missing())
        return {symbol: answers.get(symbol, self.unknown(symbol)) for symbol in symbols}

    def required(self, instrument: Instrument) -> str:
        """The venue's name. Raises ProviderError UNKNOWN_SYMBOL where there is none."""
        symbol = self.symbol(instrument)
        if symbol is None:
            words = f"{instrument.display} is no spot pair of {self.spec.title}"
            raise ProviderError(self.spec.id, Reason.UNKNOWN_SYMBOL, words)
        return symbol

    def unknown(self, symbol: str) -> Missing:
        """For a pair the venue does not have."""
        return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=f"{self.spec.title} does not list {symbol}")

    def decimals(self, instrument: Instrument, symbol: str, prices: Iterable[float | None]) -> int:
        """The venue's precision: from the instrument, the tick size, or as many as the prices show."""
        if instrument.decimals is not None:
            return instrument.decimals
        listed = self.listing.decimals(symbol)
        return decimals_of(price for price in prices if price is not None) if listed is None else listed

    def origin(self, endpoint: str, as_of: int, fetched_at: int, instrument: Instrument, *notes: str) -> Provenance:
        """Where a value comes from; times in ns since 1970 UTC."""
        return Attribution(self.spec.id)(endpoint, as_of, fetched_at, instrument, notes=notes)


def bar_frame(rows: Sequence[Candle]) -> pl.DataFrame:
    """Rows as a bar frame, in order of time; where pages overlap the later row is the truer one."""
    import polars as pl

    columns = {
        "time": pl.Series([row.start // 1_000 for row in rows], dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
        "open": [row.open for row in rows],
        "high": [row.high for row in rows],
        "low": [row.low for row in rows],
        "close": [row.close for row in rows],
        "volume": [row.volume for row in rows],
    }
    return pl.DataFrame(columns).unique(subset="time", keep="last").sort("time")
