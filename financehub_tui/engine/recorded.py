"""A file made by `--record` as a provider: what the feeds said then is said again when the clock reaches its time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from financehub_tui.clock import to_datetime
from financehub_tui.desk import Scenario
from financehub_tui.engine.bars import LiveBars, windowed
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.recorder import Span, read_recording, span_of
from financehub_tui.engine.relay import Relay
from financehub_tui.engine.replay import AT_ONCE, Player
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.engine.source import Source
from financehub_tui.errors import ConfigError, ProviderError, StoreError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing, Provenance, Reason, Tier
from financehub_tui.market.quote import Book, Quote, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, FeedHealth, ProviderSpec, Sink

PROVIDER = "recording"
BEAT = 0.02
"""Shortest real time between two rounds, in seconds."""
_ALL = tuple(AssetClass)
_KINDS = (DataKind.QUOTE, DataKind.BOOK, DataKind.TRADES)
SPEC = ProviderSpec(
    id=PROVIDER,
    title="Recording",
    rest_url="",
    capabilities=(
        *(Capability(kind=kind, asset_classes=_ALL, batch=1_000, stream=True) for kind in _KINDS),
        Capability(kind=DataKind.BARS, asset_classes=_ALL, intervals=(Interval.M1, Interval.M5)),
    ),
)
SOURCE = Source(PROVIDER, "stream", Tier.REPLAY, stream=True)


class Recording:
    """A recording that can be played: its file, and the times and instruments in it."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError where the file is no recording, or an empty one."""
        self.path = path
        try:
            span = span_of(path)
        except StoreError as error:
            raise ConfigError(str(error), "Make one with financehub --record FILE.") from error
        if span is None:
            raise ConfigError(f"{path}: nothing was recorded", "Make one with financehub --record FILE.")
        self.span: Span = span

    @property
    def scenario(self) -> Scenario:
        """From the first event to the last."""
        began = to_datetime(self.span.start)
        title = f"REPLAY {self.path.name} {began:%Y-%m-%d %H:%M} UTC"
        return Scenario(name="file", title=title, start=self.span.start, end=self.span.end)


class RecordedProvider:
    """Plays all events of a recording, in their order, each once."""

    spec = SPEC

    def __init__(self, clock: ScenarioClock, recording: Recording) -> None:
        self.clock = clock
        self._keys = recording.span.keys
        self._book = QuoteBook(clock)
        self._bars = LiveBars()
        self.relay = Relay([self._book.sink(SOURCE), self._bars])
        self._path = recording.path
        self._opened: Player | None = None
        self._busy = asyncio.Lock()

    def symbol(self, instrument: Instrument) -> str | None:
        """The key, where anything of it was recorded."""
        return instrument.key if instrument.key in self._keys else None

    async def catch_up(self) -> Player:
        """Play up to now, leaving the loop free in between."""
        async with self._busy:
            if self._opened is None:
                self._opened = Player(read_recording(self._path), self.relay)
            count = AT_ONCE
            while count == AT_ONCE:
                count = self._opened.play(self.clock.now(), AT_ONCE)
                await asyncio.sleep(0)
            return self._opened

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """What was known by now."""
        await self.catch_up()
        for instrument in instruments:
            self._book.register(instrument)
        return {instrument.key: self._quote(instrument.key) for instrument in instruments}

    def _quote(self, key: str) -> Quote | Missing:
        held = self._book.quote(key)
        if isinstance(held, Quote):
            return held
        return Missing(reason=Reason.NO_DATA, detail="nothing of it was recorded up to now")

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Bars of the recorded trades."""
        await self.catch_up()
        self._bars.advance(self.clock.now())
        frame, forming = windowed(self._bars.frame(instrument.key), request, self.clock.now())
        if not frame.height:
            raise _error(Reason.NO_DATA, "no trades were recorded in this window")
        return Bars(
            key=instrument.key,
            interval=request.interval,
            frame=frame,
            provenance=self._origin(instrument),
            decimals=instrument.decimals,
            forming=forming,
        )

    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The book as it was."""
        await self.catch_up()
        held = self._book.book(instrument.key, depth)
        if not isinstance(held, Book):
            raise _error(Reason.NO_DATA, held.detail if held else "no book was recorded up to now")
        return held

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """Recorded trades, newest first."""
        await self.catch_up()
        return list(self._book.trades(instrument.key, limit))

    async def profile(self, instrument: Instrument) -> Profile:
        """Not offered."""
        raise _error(Reason.NOT_OFFERED, "a recording has no reference data")

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """Not offered."""
        raise _error(Reason.NOT_OFFERED, "a recording has no search")

    def feed(self, sink: Sink) -> Feed:
        """A feed paced by the clock."""
        return RecordedFeed(self, sink)

    def tell_again(self, instrument: Instrument, sink: Sink) -> None:
        """What has been said so far, newest values only, for a feed that joins."""
        self._book.register(instrument)
        for trade in reversed(self._book.trades(instrument.key)):
            sink.trade(trade)
        quote = self._book.quote(instrument.key)
        if isinstance(quote, Quote):
            sink.ticker(quote)
        book = self.relay.books.get(instrument.key)
        if book is not None:
            sink.book(instrument.key, *book)

    async def close(self) -> None:
        """Let the recording go."""
        self._opened = None

    def _origin(self, instrument: Instrument) -> Provenance:
        now = self.clock.now()
        return Provenance(
            provider=PROVIDER,
            endpoint="recorded trades",
            as_of=now,
            fetched_at=now,
            tier=Tier.REPLAY,
            currency=instrument.currency,
            unit=instrument.unit.value,
        )


class RecordedFeed:
    """Tells a sink the events of what is wanted, as the clock goes."""

    def __init__(self, provider: RecordedProvider, sink: Sink) -> None:
        self._provider = provider
        self._sink = sink
        self._wanted: dict[str, Instrument] = {}
        self._health = FeedHealth(name="recording", provider=PROVIDER)
        self._changed = asyncio.Event()

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """What shall be played from now on."""
        before, self._wanted = self._wanted, {one.key: one for group in wanted.values() for one in group}
        for key, instrument in self._wanted.items():
            if key not in before:
                self._provider.tell_again(instrument, self._sink)
        self._provider.relay.listen(self._sink, self._wanted)
        self._health.symbols = len(self._wanted)
        self._changed.set()

    def health(self) -> Sequence[FeedHealth]:
        """One connection, in name."""
        self._health.messages = self._provider.relay.count
        self._health.last_message_at = self._provider.relay.last or None
        return [self._health]

    async def run(self) -> None:
        """Play until cancelled; at the end it says so and waits."""
        self._health.state = "live"
        try:
            while True:
                due = (await self._provider.catch_up()).next_due
                await asyncio.sleep(BEAT)
                if due is None or not await self._provider.clock.wait_until(due):
                    self._health.state, self._health.detail = "closed", "the recording has ended"
                    self._changed.clear()
                    await self._changed.wait()
        finally:
            self._health.state = "closed"


def _error(reason: Reason, detail: str) -> ProviderError:
    return ProviderError(PROVIDER, reason, detail)
