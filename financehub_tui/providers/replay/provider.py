"""Recorded Binance streams as a provider: quotes, trades, book and bars exactly as they were received."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Provenance, Reason, Tier
from financehub_tui.market.quote import Book, Quote, Session, Trade
from financehub_tui.providers.base import Capability, DataKind, Feed, ProviderSpec, Sink
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.unoffered import Unoffered
from financehub_tui.providers.replay.closes import History
from financehub_tui.providers.replay.tape import Frame, Tape

if TYPE_CHECKING:
    from financehub_tui.engine.quotebook import QuoteBook

PROVIDER = "replay"
VENUE = "BINANCE"
DAY, QUARTER = 86_400 * NANOS, 900 * NANOS
REFERENCE_NOTE = "previous close, high, low and volume: of the 24 h before the recording, from bundled bars"
NOTE = "recorded Binance stream, replayed exactly"
AT_ONCE = 800
"""Frames decoded in one turn of the loop: a few milliseconds."""
HELD = 1_000
"""Trades told again to a feed that joins later."""
_CRYPTO = (AssetClass.CRYPTO,)
provenance = Attribution(PROVIDER, tier=Tier.REPLAY, notes=(NOTE,))
INTERVALS = (Interval.M1, Interval.M5)

SPEC = ProviderSpec(
    id=PROVIDER,
    title="Replay",
    rest_url="",
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=_CRYPTO, batch=100, stream=True),
        Capability(kind=DataKind.BARS, asset_classes=_CRYPTO, intervals=INTERVALS),
        Capability(kind=DataKind.BOOK, asset_classes=_CRYPTO, stream=True),
        Capability(kind=DataKind.TRADES, asset_classes=_CRYPTO, stream=True),
    ),
)


class Held(NamedTuple):
    """The newest quote, and trades from the oldest to the newest."""

    quote: Quote | None
    trades: list[Trade]


class Recordings(Protocol):
    """Where the frames come from."""

    def recorded_frames(self, symbol: str) -> Iterator[Frame]: ...


class ReplayProvider(Unoffered):
    """Plays the recordings of `symbols` up to the clock's instant, each only when somebody asks for it."""

    spec = SPEC

    def __init__(
        self, clock: Clock, recordings: Recordings, symbols: Sequence[str], history: History | None = None
    ) -> None:
        from financehub_tui.engine.quotebook import QuoteBook
        from financehub_tui.engine.source import Source

        self.clock = clock
        self._recordings = recordings
        self._history = history
        self._symbols = frozenset(symbols)
        self._tapes: dict[str, Tape] = {}
        self._opening = asyncio.Lock()
        self._book: QuoteBook = QuoteBook(clock)
        self._source = Source(PROVIDER, "stream", Tier.REPLAY, stream=True)

    def symbol(self, instrument: Instrument) -> str | None:
        """The recorded symbol; None where none of it was recorded."""
        carried = instrument.venue in ("", VENUE) and instrument.symbol in self._symbols
        return instrument.symbol if carried else None

    async def open(self, instrument: Instrument) -> Tape:
        """The instrument's recording. On first use its beginning is read in a thread."""
        tape = self._tapes.get(instrument.key)
        if tape is not None:
            return tape
        # Whoever asks meanwhile waits: a frame played before the day before is told would be newer than it.
        async with self._opening:
            if instrument.key not in self._tapes:
                tape = await asyncio.to_thread(self._read, instrument)
                self._book.register(instrument)
                tape.relay.listen(self._book.sink(self._source), [instrument.key])
                await self._refer(tape)
                self._tapes[instrument.key] = tape
        return self._tapes[instrument.key]

    def _read(self, instrument: Instrument) -> Tape:
        tape = Tape(instrument.symbol, instrument, self._recordings.recorded_frames(instrument.symbol))
        tape.next_due()
        return tape

    async def catch_up(self, instrument: Instrument) -> Tape:
        """Play a recording up to now, leaving the loop free in between."""
        tape = await self.open(instrument)
        count = AT_ONCE
        while count == AT_ONCE:
            count = tape.play(self.clock.now(), AT_ONCE)
            await asyncio.sleep(0)
        return tape

    async def _refer(self, tape: Tape) -> None:
        """Tell what the recorded streams do not hold: the real day before the recording."""
        began = tape.next_due()
        if self._history is None or began is None or self._history.symbol(tape.instrument) is None:
            return
        try:
            request = BarRequest(interval=Interval.M15, start=began - DAY - QUARTER, end=began)
            bars = await self._history.bars(tape.instrument, request)
        except ProviderError:
            return
        day = bars.frame
        before = msgspec.structs.replace(self._origin(tape.instrument, "stream"), notes=(NOTE, REFERENCE_NOTE))
        tape.relay.ticker(
            Quote(
                key=tape.instrument.key,
                time=began,
                previous_close=day["open"][0],
                high=max(day["high"].to_list()),
                low=min(day["low"].to_list()),
                volume=sum(day["volume"].to_list()),
                session=Session.CONTINUOUS,
                provenance=before,
            )
        )

    def held(self, instrument: Instrument) -> Held:
        """What a recording has told so far."""
        quote = self._book.quote(instrument.key)
        trades = list(self._book.trades(instrument.key, HELD))
        return Held(quote if isinstance(quote, Quote) else None, trades[::-1])

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """The state of each as of now."""
        found: dict[str, Quote | Missing] = {}
        for instrument in instruments:
            await self.catch_up(instrument)
            quote = self._book.quote(instrument.key)
            nothing = Missing(reason=Reason.NO_DATA, detail="the recording has not begun")
            found[instrument.key] = nothing if quote is None else quote
        return found

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Bars of the replayed trades."""
        from financehub_tui.engine.bars import windowed

        tape = await self.catch_up(instrument)
        tape.bars.advance(self.clock.now())
        frame, forming = windowed(tape.bars.frame(instrument.key), request, self.clock.now())
        if not frame.height:
            raise self._error(Reason.NO_DATA, "nothing was recorded in this window")
        return Bars(
            key=instrument.key,
            interval=request.interval,
            frame=frame,
            provenance=self._origin(instrument, f"{request.interval.value} bars of recorded trades"),
            decimals=instrument.decimals,
            forming=forming,
        )

    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The recorded book as of now."""
        tape = await self.catch_up(instrument)
        held = tape.relay.books.get(instrument.key)
        if held is None:
            why = tape.relay.lost.get(instrument.key)
            raise self._error(Reason.NO_DATA, why.detail if why else "no snapshot of the book yet")
        time, book = held
        return book.to_book(time, depth, self._origin(instrument, "depth"))

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """Recorded trades up to now, newest first."""
        await self.catch_up(instrument)
        return list(self._book.trades(instrument.key, limit))

    def feed(self, sink: Sink) -> Feed | None:
        """A feed paced by the scenario's clock; None under any other clock."""
        from financehub_tui.engine.scenario import ScenarioClock
        from financehub_tui.providers.replay.feed import ReplayFeed

        return ReplayFeed(self, sink, self.clock) if isinstance(self.clock, ScenarioClock) else None

    async def close(self) -> None:
        """Let the recordings go."""
        self._tapes.clear()

    def _origin(self, instrument: Instrument, endpoint: str) -> Provenance:
        now = self.clock.now()
        return provenance(endpoint, now, now, instrument)

    def _error(self, reason: Reason, detail: str) -> ProviderError:
        return ProviderError(PROVIDER, reason, detail)
