"""The desk inside this process: questions to the planners, live values from the quote book."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from financehub_tui.clock import Clock
from financehub_tui.config import Settings
from financehub_tui.desk import Replay, Scenario, Terminal
from financehub_tui.engine.barplan import BarPlanner
from financehub_tui.engine.bars import LiveBars
from financehub_tui.engine.budgetwatch import BudgetWatch
from financehub_tui.engine.control import ProviderControl
from financehub_tui.engine.disagreements import Disagreements
from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.lists import StoredLists
from financehub_tui.engine.lookup import Lookup
from financehub_tui.engine.marketvalues import MarketValues, filled
from financehub_tui.engine.memory import StoredMemory
from financehub_tui.engine.overlay import carried_on
from financehub_tui.engine.parts import Parts
from financehub_tui.engine.planner import QuotePlanner
from financehub_tui.engine.polls import Polls
from financehub_tui.engine.probes import Probes
from financehub_tui.engine.scores import ScoreHistory
from financehub_tui.engine.secondopinion import SecondOpinion
from financehub_tui.engine.status import EngineStatus
from financehub_tui.engine.streams import Streams
from financehub_tui.engine.subscriptions import Interest, Subscriptions
from financehub_tui.errors import DataMissingError, FinanceHubError, RowsLostError, StoreError
from financehub_tui.market.calendar import SessionState
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing, Provenance
from financehub_tui.market.quote import Book, Quote, Session, Trade
from financehub_tui.providers.base import DataKind
from financehub_tui.storage.interface import Store

if TYPE_CHECKING:
    from financehub_tui.engine.recorder import Recorder
    from financehub_tui.engine.research import ResearchPlanner
    from financehub_tui.jobs.scheduler import Scheduler
    from financehub_tui.market.bars import BarRequest, Bars
    from financehub_tui.market.company import Dividends, EarningsHistory, Frequency, Ratings, StatementKind, Statements
    from financehub_tui.market.master import SecurityMaster
    from financehub_tui.market.movers import Movers, Screen
    from financehub_tui.market.news import NewsItem
    from financehub_tui.market.option_chain import OptionChain

E = TypeVar("E")
log = logging.getLogger(__name__)
Sessions = Callable[[Instrument, int], SessionState]
ENOUGH = 3
"""Instruments the master must find before providers are left alone while somebody types."""
TAPE = 200


class InProcessDesk:
    """Implements `desk.Desk`. `open_desk` makes one."""

    def __init__(
        self,
        *,
        settings: Settings,
        scenario: Scenario,
        clock: Clock,
        master: Callable[[], SecurityMaster],
        parts: Parts,
        door: StoreDoor,
        sessions: Sessions,
        replay: Replay | None = None,
    ) -> None:
        self.settings = settings
        self.scenario = scenario
        self.clock = clock
        self._read_master = master
        self.replay = replay
        self.terminal: Terminal | None = None
        self.parts = parts
        self.door = door
        self.live = parts.book
        self.live_bars = LiveBars()
        if scenario.name == "live":
            # A scenario's own providers build their bars from the same trades themselves.
            self.live.taps = (*self.live.taps, self.live_bars)
            self.live.tape_moved = self.live_bars.forget
        self._recorder: Recorder | None = None
        self.lists = StoredLists(lambda: self.master, door)
        self.memory = StoredMemory(door)
        self._sessions = sessions
        self.events = parts.router.health.events
        disagreements = Disagreements(self.events, clock)
        opinion = SecondOpinion(parts, disagreements)
        self.live.doubts.title, self.live.doubts.question = opinion.title, opinion.question
        self._values = MarketValues(parts, disagreements)
        self._quotes = QuotePlanner(parts)
        self._bars = BarPlanner(parts)
        self._lookup = Lookup(parts)
        self.streams = Streams(parts.router, parts.book, clock, parts.tasks)
        self.probes = Probes(parts.router, clock, lambda: self.master)
        self.providers = ProviderControl(parts.router, self.probes, clock, disagreements, self._standing_changed)
        self.scores = ScoreHistory(parts.router.health, door, clock)
        self.polls = Polls(
            self.streams,
            self._quotes,
            self._values,
            self._lookup,
            parts.book,
            clock,
            self._session_of,
            parts.router.lanes.left,
        )
        budgets = BudgetWatch(parts.router.health, parts.router.lanes, clock)
        self.status = EngineStatus(parts.router.health, budgets, self.streams, self.polls, parts.answers, door)
        if parts.shared is not None:
            self.status.shared_rows = parts.shared.status
        self._subscriptions = Subscriptions(self._wanted, self._unwanted)
        self.jobs: Scheduler | None = None
        self._closed = False

    @cached_property
    def master(self) -> SecurityMaster:
        """The security master, read on first use: the first picture does not wait for it."""
        return self._read_master()

    @cached_property
    def _research(self) -> ResearchPlanner:
        from financehub_tui.engine.research import ResearchPlanner

        return ResearchPlanner(self._lookup)

    @property
    def notices(self) -> list[str]:
        """What the user must be told about the store."""
        return self.door.notices

    async def quotes(
        self, instruments: Sequence[Instrument], *, fresh: bool = False, market_values: bool = False
    ) -> dict[str, Quote | Missing]:
        """Quotes by instrument key, in one batch per provider. `fresh` bypasses the cache; see `desk.Desk`."""
        if not market_values:
            return await self._quotes.quotes(instruments, fresh)
        quotes, values = await asyncio.gather(self._quotes.quotes(instruments, fresh), self._values.values(instruments))
        return {key: filled(answer, values.get(key)) for key, answer in quotes.items()}

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """A bar series from one source, carried on by its own live trades. Raises DataMissingError."""
        bars = await self._bars.bars(instrument, request)
        streamed = self.live.tape_source(instrument.key)
        if streamed is None or streamed.provider != bars.provenance.provider:
            return bars
        return carried_on(bars, self.live_bars, request.end)

    async def book(self, instrument: Instrument, depth: int = 100) -> Book:
        """An order book snapshot. Raises DataMissingError."""
        return await self._lookup.book(instrument, depth)

    async def trades(self, instrument: Instrument, limit: int = 500) -> list[Trade]:
        """Recent trades, newest first. Raises DataMissingError."""
        return await self._lookup.trades(instrument, limit)

    async def profile(self, instrument: Instrument) -> Profile:
        """Reference data. Raises DataMissingError."""
        return await self._lookup.profile(instrument)

    async def options(self, instrument: Instrument, expiry: str = "") -> OptionChain:
        """The option chain of one expiry (ISO date), the nearest where it is empty. Raises DataMissingError."""
        return await self._research.options(instrument, expiry)

    async def statements(self, instrument: Instrument, kind: StatementKind, frequency: Frequency) -> Statements:
        """One financial statement over its periods, newest first. Raises DataMissingError."""
        return await self._research.statements(instrument, kind, frequency)

    async def earnings(self, instrument: Instrument) -> EarningsHistory:
        """Earnings per share, expected and reported, and the next date. Raises DataMissingError."""
        return await self._research.earnings(instrument)

    async def ratings(self, instrument: Instrument) -> Ratings:
        """Analysts' opinions, their changes and price targets. Raises DataMissingError."""
        return await self._research.ratings(instrument)

    async def dividends(self, instrument: Instrument) -> Dividends:
        """Dividends and splits, newest first. Raises DataMissingError."""
        return await self._research.dividends(instrument)

    async def news(self, instrument: Instrument, limit: int = 20) -> list[NewsItem]:
        """Stories about an instrument, newest first. Raises DataMissingError."""
        return await self._research.news(instrument, limit)

    async def movers(self, screen: Screen, limit: int = 100) -> Movers:
        """The first of a screen over all shares of the United States. Raises DataMissingError."""
        return await self._research.movers(screen, limit)

    async def search(self, text: str, limit: int = 50) -> list[Instrument]:
        """Instruments by symbol or name: the security master first, then what providers find."""
        found = await asyncio.to_thread(self.master.suggest, text, limit)
        if len(found) >= ENOUGH or len(text.strip()) < 2:
            return found
        for one in await self._lookup.search(text, limit):
            # A find without a venue is the one with a venue told less closely.
            if all(one.key != other.key and (one.venue or one.display != other.display) for other in found):
                found.append(one)
        return found[:limit]

    def subscribe(self, instruments: Sequence[Instrument], kinds: Collection[str] = ("quote",)) -> Interest:
        """Keep live values coming for instruments. Kinds: quote, trade, book, market_value."""
        for instrument in instruments:
            self.live.register(instrument)
        return self._subscriptions.add(instruments, kinds)

    def session(self, instrument: Instrument) -> SessionState:
        """The trading session of the instrument's market now."""
        return self._sessions(instrument, self.clock.now())

    def _session_of(self, instrument: Instrument) -> Session:
        return self.session(instrument).session

    def explain(self, key: str, kind: str) -> list[Provenance | Missing]:
        """Where the last answers came from and what was tried, newest first."""
        live = self.live.quote(key) if kind == "quote" else None
        current = [live.provenance] if isinstance(live, Quote) and live.provenance else []
        return [*current, *self.parts.journal.explain(key, kind)]

    def add_event_listener(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Called (on the loop) with every event of a kind of `figures`; the result ends it."""
        return self.events.listen(kind, listener)

    def _standing_changed(self) -> None:
        """A provider was paused, resumed, forced or probed: streams may have to come from another."""
        self.parts.router.health.look()
        self.streams.rearrange()

    def watched(self) -> list[Instrument]:
        """Every instrument somebody subscribed to."""
        kinds = self._subscriptions.wanted().values()
        return list({key: one for instruments in kinds for key, one in instruments.items()}.values())

    def _wanted(self, wanted: dict[str, dict[str, Instrument]], new: dict[str, dict[str, Instrument]]) -> None:
        for instruments in new.values():
            for instrument in instruments.values():
                self.live.register(instrument)
        self._values.want(list(wanted.get(DataKind.MARKET_VALUE, {}).values()))
        self.streams.want({kind: chosen for kind, chosen in wanted.items() if kind != DataKind.MARKET_VALUE})
        for kind, instruments in new.items():
            self.parts.tasks.spawn(self._prime(kind, list(instruments.values())), f"first {kind}s")

    async def _prime(self, kind: str, instruments: list[Instrument]) -> None:
        """First values, from the store and then from providers, before the first message of a stream."""
        if kind == "quote":
            if self.parts.stale_first:
                await self._quotes.show_stored(instruments)
            await self._quotes.refresh(instruments)
        elif kind == DataKind.MARKET_VALUE:
            self._values.look()
        elif kind == "trade":
            for instrument in instruments:
                await self._prime_tape(instrument)

    async def _prime_tape(self, instrument: Instrument) -> None:
        try:
            self.live.apply_trades(instrument.key, await self._lookup.trades(instrument, TAPE))
        except DataMissingError as error:
            log.info("trades of %s: %s", instrument.key, error)

    def _unwanted(self, key: str) -> None:
        self.live.forget(key)
        self.live_bars.forget(key)

    async def flush(self) -> int:
        """Write what waits: to the store, the newest live quotes too, and to a recording. Raises StoreError."""
        try:
            return await self._store()
        finally:
            if self._recorder is not None:
                await self._recorder.flush()

    async def _store(self) -> int:
        if self.status.keychain is not None:
            await self.status.keychain.save()
        writer = self.parts.writer
        if writer is None:
            return 0
        for key in self.live.drain("store"):
            quote = self.live.quote(key)
            if isinstance(quote, Quote):
                writer.keep_quote(quote)
        return await writer.flush()

    async def _last_flush(self) -> None:
        try:
            await self._store()
        except StoreError as error:
            writer = self.parts.writer
            if writer is None or not writer.waiting:
                raise
            raise RowsLostError(writer.waiting, error) from error

    def record(self, path: Path) -> None:
        """Record every event of the feeds to a file from now on; `flush` writes, `stop_recording` ends the file."""
        from financehub_tui.engine.recorder import Recorder

        self._recorder = Recorder(path, self.clock)
        self.live.taps = (*self.live.taps, self._recorder)

    async def stop_recording(self) -> int:
        """End the file; how many events it has. Raises StoreError."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return 0
        self.live.taps = tuple(tap for tap in self.live.taps if tap is not recorder)
        await recorder.close()
        return recorder.events

    def start(self) -> None:
        """Begin what goes on by itself: open the store, run the periodic jobs. Once."""
        from financehub_tui.engine.opening import add_jobs

        if self.jobs is None and not self._closed:
            if self.scenario.name == "live":
                # A demo's store is opened when something is kept in it, or was.
                self.parts.tasks.spawn(self.door.open(), "opening of the store")
                self.parts.tasks.spawn(self.scores.load(), "earlier scores")
            add_jobs(self)

    async def close(self) -> None:
        """Stop feeds, jobs and calls, flush and close the store. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._subscriptions.close()
        if self.jobs is not None:
            await self.jobs.close()
        self.streams.close()
        for last in (self._last_flush, self.stop_recording):
            try:
                await last()
            except FinanceHubError as error:
                log.warning("last flush: %s", error)
                self.notices.append(str(error))
        await self.parts.tasks.close()
        await self.parts.router.catalog.close()
        if self.parts.shared is not None:
            await self.parts.shared.close()
        if self.status.keychain is not None:
            await self.status.keychain.close()
        await self.door.close()


async def open_desk(
    settings: Settings,
    *,
    scenario: str = "live",
    clock: Clock | None = None,
    headless: bool = False,
    store: Store | None = None,
    start: bool = True,
) -> InProcessDesk:
    """A desk ready to be asked. `scenario` is live, equities, crypto, or `file:PATH` of a recording.

    A headless desk runs no jobs, waits for providers rather than giving what is stored, and stands at the opening
    instant of a demo. With `start` false nothing runs by itself until `InProcessDesk.start`. A store that cannot be
    opened is no error: `notices` says so. Raises ConfigError.
    """
    from financehub_tui.engine.opening import Builder

    desk = Builder(settings, scenario, clock, headless).build(store)
    if start and not headless:
        desk.start()
    return desk
