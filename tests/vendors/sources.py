"""A provider inside the test's process: a real object of the provider contract whose answers the test sets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from financehub_tui.engine.bars import bar_frame
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Delay, Missing, Provenance, Reason
from financehub_tui.market.quote import Book, Level, Quote, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, FeedHealth, ProviderSpec, Sink

START = 1_700_000_000 * 1_000_000_000


def stock(symbol: str) -> Instrument:
    return Instrument(asset_class=AssetClass.EQUITY, symbol=symbol, venue="XNAS", exchange_code="US", name=symbol)


class SourceFeed:
    """A feed that records its wishes and runs until cancelled; `crash` makes the next run fail."""

    def __init__(self, sink: Sink, provider: str) -> None:
        self.sink = sink
        self.provider = provider
        self.wanted: Mapping[str, Collection[Instrument]] = {}
        self.running = 0
        self.runs = 0
        self.crash: Exception | None = None
        self.state = "live"

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        self.wanted = wanted

    def health(self) -> Sequence[FeedHealth]:
        return [FeedHealth(name=f"{self.provider} stream", provider=self.provider, state=self.state)]

    async def run(self) -> None:
        self.runs += 1
        self.running += 1
        try:
            if self.crash is not None:
                error, self.crash = self.crash, None
                raise error
            await asyncio.Event().wait()
        finally:
            self.running -= 1


class Source:
    """Counts its calls; fails, hangs or lies as told."""

    def __init__(
        self,
        id: str = "alpha",
        *,
        batch: int = 100,
        stream: bool = False,
        delay: Delay = Delay.REALTIME,
        intervals: tuple[Interval, ...] = (Interval.M1, Interval.D1),
        price: float = 100.0,
        time: Callable[[], int] = lambda: START,
    ) -> None:
        def offer(kind: DataKind) -> Capability:
            return Capability(
                kind=kind,
                asset_classes=(AssetClass.EQUITY,),
                batch=batch,
                delay=delay,
                stream=stream and kind in (DataKind.QUOTE, DataKind.TRADES, DataKind.BOOK),
                intervals=intervals if kind is DataKind.BARS else (),
            )

        self.spec = ProviderSpec(
            id=id, title=id.title(), rest_url="", capabilities=tuple(offer(kind) for kind in DataKind)
        )
        self.price = price
        self.time = time
        self.calls: list[tuple[str, Any]] = []
        self.error: ProviderError | Exception | None = None
        self.answer: Any = None
        """Given instead of a quotes answer, whatever it is."""
        self.unknown: set[str] = set()
        self.pause = 0.0
        self.hang = False
        self.ignores_cancel = False
        self.feeds: list[SourceFeed] = []
        self.closed = 0

    async def _call(self, name: str, detail: Any) -> None:
        self.calls.append((name, detail))
        if self.hang:
            await self._hang()
        await asyncio.sleep(self.pause)
        if self.error is not None:
            raise self.error

    async def _hang(self) -> None:
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            if not self.ignores_cancel:
                raise
            await asyncio.sleep(0.3)

    def fails(self, reason: Reason, detail: str = "429", retry_at: int | None = None) -> None:
        self.error = ProviderError(self.spec.id, reason, detail, retry_at=retry_at)

    def origin(self) -> Provenance:
        return Provenance(provider=self.spec.id, endpoint="quote", as_of=self.time(), fetched_at=self.time())

    def symbol(self, instrument: Instrument) -> str | None:
        return None if instrument.symbol in self.unknown else instrument.symbol

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        await self._call("quotes", [instrument.symbol for instrument in instruments])
        if self.answer is not None:
            return self.answer
        return {
            instrument.key: Quote(
                key=instrument.key, time=self.time(), last=self.price, previous_close=99.0, provenance=self.origin()
            )
            for instrument in instruments
        }

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        await self._call("bars", request)
        step = request.interval.seconds * 1_000_000_000
        times = range(request.start - request.start % step, request.end, step)
        rows = [(time, 10.0 + i, 11.0 + i, 9.0 + i, 10.5 + i, 100.0) for i, time in enumerate(times)]
        return Bars(key=instrument.key, interval=request.interval, frame=bar_frame(rows), provenance=self.origin())

    async def book(self, instrument: Instrument, depth: int) -> Book:
        await self._call("book", depth)
        bids, asks = (Level(99.0, 5.0),), (Level(101.0, 5.0),)
        return Book(key=instrument.key, time=self.time(), sequence=1, bids=bids, asks=asks, provenance=self.origin())

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        await self._call("trades", limit)
        return [
            Trade(
                key=instrument.key, time=self.time() - i, price=self.price, size=1.0, id=str(i), provider=self.spec.id
            )
            for i in range(min(3, limit))
        ]

    async def profile(self, instrument: Instrument) -> Profile:
        await self._call("profile", instrument.symbol)
        return Profile(key=instrument.key, name=instrument.name, provenance=self.origin())

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        await self._call("search", text)
        return [stock(text.upper())]

    def feed(self, sink: Sink) -> Feed | None:
        if not any(offered.stream for offered in self.spec.capabilities):
            return None
        self.feeds.append(SourceFeed(sink, self.spec.id))
        return self.feeds[-1]

    async def close(self) -> None:
        self.closed += 1
