"""The simulation as a stream, paced by the scenario's clock."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Collection, Mapping, Sequence

from financehub_tui.clock import NANOS
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import FeedHealth, Sink
from financehub_tui.providers.simulated.day import Day
from financehub_tui.providers.simulated.provider import AT_ONCE, PROVIDER, SimulatedProvider, session_of, trade_of

BEAT = 0.2
"""Shortest real time between two rounds, in seconds: what happens meanwhile is sent together."""
DEPTH = 40
HISTORY = 60
"""Minutes of closes sent ahead, so that sparklines do not begin empty."""
IDLE = 60 * NANOS
"""How often a closed market is looked at."""
MOST_TRADES = 200
"""Trades of one instrument sent in one round; of more (after a leap of the clock) only the newest are."""


class _Line:
    """One instrument being streamed."""

    __slots__ = ("at", "book", "day", "due", "high", "instrument", "low", "quoted", "volume")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.quoted = instrument.asset_class is not AssetClass.INDEX
        self.day: Day | None = None
        self.at = -1
        self.due: int | None = None
        """When it is looked at next; None until its first values are sent."""
        self.high = self.low = self.volume = 0.0
        self.book: L2Book | None = None


class SimulatedFeed:
    """Sends trades, quotes and ladders when the clock reaches them. Looks only at instruments that are due."""

    def __init__(self, provider: SimulatedProvider, sink: Sink, clock: ScenarioClock) -> None:
        self._provider = provider
        self._sink = sink
        self._clock = clock
        self._lines: dict[str, _Line] = {}
        self._books: set[str] = set()
        self._due: list[tuple[int, str]] = []
        self._new: list[str] = []
        self._health = FeedHealth(name="simulation", provider=PROVIDER)
        self._changed = asyncio.Event()

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """What shall be streamed from now on."""
        lines = {one.key: one for instruments in wanted.values() for one in instruments}
        self._books = {one.key for one in wanted.get("book", ())}
        for key in [key for key in self._lines if key not in lines]:
            del self._lines[key]
        for key, instrument in lines.items():
            if key not in self._lines:
                self._lines[key] = _Line(instrument)
                self._new.append(key)
        for line in map(self._lines.__getitem__, self._books):
            line.due = 0 if line.book is None and line.due is not None else line.due
        self._due = [(line.due, key) for key, line in self._lines.items() if line.due is not None]
        heapq.heapify(self._due)
        self._health.symbols = len(self._lines)
        self._changed.set()

    def health(self) -> Sequence[FeedHealth]:
        """One connection, in name."""
        return [self._health]

    async def run(self) -> None:
        """Send until cancelled."""
        self._health.state = "live"
        try:
            while True:
                await self._begin()
                self.advance(self._clock.now())
                await asyncio.sleep(BEAT)
                await self._rest()
        finally:
            self._health.state = "closed"

    async def _rest(self) -> None:
        """Wait until something is due, or something else is wanted."""
        if self._new:
            return
        self._changed.clear()
        due = self._due[0][0] if self._due else None
        waits: list[asyncio.Future[bool]] = [asyncio.ensure_future(_true(self._changed))]
        if due is not None:
            waits.append(asyncio.ensure_future(self._clock.wait_until(due)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._clock.ended:
            self._health.state, self._health.detail = "closed", "the scenario has ended"
            await asyncio.sleep(1.0)

    async def _begin(self) -> None:
        """First values of new instruments, some at a time."""
        new, self._new = self._new, []
        await self._provider.warm([self._lines[key].instrument for key in new if key in self._lines])
        for place, key in enumerate(new):
            line = self._lines.get(key)
            if line is not None and line.due is None:
                self._first(line, self._clock.now())
                self._schedule(line, self._clock.now())
            if place % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)

    def _first(self, line: _Line, now: int) -> None:
        """The closes of the minutes before, then the whole quote."""
        found = self._provider.market.current(line.instrument, now)
        if found is None:
            return
        day = found[0]
        key = line.instrument.key
        for minute, price in day.closes(now, HISTORY)[:-1]:
            self._sink.ticker(Quote(key=key, time=minute, last=price, session=session_of(day, now)))
        self._enter(line, day, now)

    def _enter(self, line: _Line, day: Day, now: int) -> None:
        """Take up a day where it stands."""
        line.day, line.at = day, day.index(now)
        traded = day.trades.prices[: line.at + 1]
        line.high, line.low = float(traded.max()), float(traded.min())
        line.volume = float(day.trades.sizes[: line.at + 1].sum())
        quote = self._provider.quote(line.instrument, now)
        if isinstance(quote, Quote):
            self._count(now)
            self._sink.ticker(quote)
        self._ladder(line, day, now)

    def advance(self, now: int) -> None:
        """Send everything that is due at an instant."""
        while self._due and self._due[0][0] <= now:
            _, key = heapq.heappop(self._due)
            line = self._lines[key]
            self._step(line, now)
            self._schedule(line, now)

    def _schedule(self, line: _Line, now: int) -> None:
        line.due = self._next(line, now)
        heapq.heappush(self._due, (line.due, line.instrument.key))

    def _next(self, line: _Line, now: int) -> int:
        after = line.day.next_change(line.at, now) if line.day else None
        return now + IDLE if after is None else max(after, now + 1)

    def _step(self, line: _Line, now: int) -> None:
        day = line.day
        if day is None or now >= day.hours.end:
            found = self._provider.market.current(line.instrument, now)
            if found is not None and found[0] is not day:
                self._enter(line, found[0], now)
                return
        if day is None:
            return
        at = day.index(now)
        if at > line.at:
            self._trades(line, day, at)
        if line.quoted and now < day.hours.end:
            top = day.top(at, now)
            self._count(now)
            self._sink.top(line.instrument.key, now, top.bid, top.bid_size, top.ask, top.ask_size)
            self._ladder(line, day, now)

    def _trades(self, line: _Line, day: Day, at: int) -> None:
        """New trades one by one; the day's figures once."""
        key, first = line.instrument.key, line.at + 1
        prices = day.trades.prices[first : at + 1]
        line.high, line.low = max(line.high, float(prices.max())), min(line.low, float(prices.min()))
        line.volume += float(day.trades.sizes[first : at + 1].sum())
        line.at = at
        time = int(day.trades.times[at])
        if day.bar.volume:
            for place in range(max(first, at + 1 - MOST_TRADES), at + 1):
                self._count(time)
                self._sink.trade(trade_of(key, day, place))
        self._count(time)
        self._sink.ticker(
            Quote(
                key=key,
                time=time,
                last=float(day.trades.prices[at]),
                high=line.high,
                low=line.low,
                volume=line.volume if day.bar.volume else None,
                trade_count=at + 1 if day.bar.volume else None,
                session=session_of(day, time),
            )
        )

    def _ladder(self, line: _Line, day: Day, now: int) -> None:
        key = line.instrument.key
        if key not in self._books or now >= day.hours.end:
            return
        if line.book is None:
            line.book = L2Book(key, day.grain.decimals)
        bids, asks = day.ladder(line.at, now, DEPTH)
        line.book.snapshot(bids, asks, now // 1_000_000)
        self._sink.book(key, now, line.book)

    def _count(self, time: int) -> None:
        self._health.messages += 1
        self._health.last_message_at = time


async def _true(event: asyncio.Event) -> bool:
    return await event.wait()
