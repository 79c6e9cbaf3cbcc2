"""Puts a desk together: scenario, clock, providers, store, jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from financehub_tui.clock import Clock, SystemClock
from financehub_tui.config import ProviderSettings, Settings
from financehub_tui.desk import Scenario
from financehub_tui.engine.answers import Answers
from financehub_tui.engine.catalog import Catalog, Entry, PlugIn, key_forms, lazy, plug_ins, plugged_in
from financehub_tui.engine.desk import InProcessDesk
from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.health import HealthBoard, Limits
from financehub_tui.engine.journal import Journal
from financehub_tui.engine.keychain import Keychain
from financehub_tui.engine.parts import Parts
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.router import Router
from financehub_tui.engine.scenario import LIVE, ScenarioClock
from financehub_tui.engine.shared import SharedAnswers
from financehub_tui.engine.tasks import SingleFlight, Tasks
from financehub_tui.engine.writer import StoreWriter
from financehub_tui.errors import ConfigError
from financehub_tui.market.calendar import SessionState
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.quote import Session
from financehub_tui.paths import find_paths
from financehub_tui.providers.base import Provider, ProviderSpec
from financehub_tui.storage.interface import JobRun, Retention, Store

if TYPE_CHECKING:
    from financehub_tui.engine.calendar import Calendars
    from financehub_tui.engine.recorded import Recording
    from financehub_tui.market.master import SecurityMaster
    from financehub_tui.providers.bundled.provider import BundledProvider
    from financehub_tui.providers.keys.form import KeyForm

DEMOS = ("equities", "crypto")
FILE = "file:"
"""Before the path of a recording to be played."""
KEEPS_SESSION = ("yahoo",)
"""Providers that keep a cookie between runs."""
_FX = (AssetClass.CURRENCY,)
_CRYPTO = (AssetClass.CRYPTO,)
_SHARES = (AssetClass.EQUITY,)
_SHARES_AND_COINS = (AssetClass.EQUITY, AssetClass.CRYPTO)


class Builder:
    """Makes the parts of one desk."""

    def __init__(self, settings: Settings, name: str, clock: Clock | None, headless: bool) -> None:
        self.settings = settings
        self.headless = headless
        self.era = ""
        self.recording: Recording | None = None
        self.scenario = self._scenario(name)
        self.clock = clock or self._clock()
        self.tasks = Tasks()
        self.health = HealthBoard(self.clock)
        self.door: StoreDoor | None = None
        self._plugs: list[PlugIn] = []
        live = self.scenario is LIVE
        self.keychain = Keychain(self.clock, settings, self._store, live=live, forms=lambda: key_forms(self._plugs))
        self._master: SecurityMaster | None = None
        self._calendars: Calendars | None = None
        self._bundled_made: BundledProvider | None = None

    def _scenario(self, name: str) -> Scenario:
        if name == "live":
            return LIVE
        if name.startswith(FILE):
            from financehub_tui.engine.recorded import Recording

            self.recording = Recording(Path(name.removeprefix(FILE)).expanduser())
            return self.recording.scenario
        if name in DEMOS:
            from financehub_tui.providers.bundled.catalogue import catalogue

            found = catalogue(name)
            self.era = found.era
            return Scenario(name=name, title=found.title, start=found.start, end=found.end)
        raise ConfigError(f"No scenario called {name}", "There are live, equities and crypto.")

    def _clock(self) -> Clock:
        """The system's clock, or the scenario's; a one-shot run stands at a demo's opening, at a recording's end."""
        if self.scenario is LIVE:
            return SystemClock()
        speed = self.settings.demo.speed
        start = self.scenario.end if self.recording and self.headless else self.scenario.start
        return ScenarioClock(start, self.scenario.end, speed=speed, paused=self.headless)

    @property
    def master(self) -> SecurityMaster:
        """The security master, read on first use."""
        if self._master is None:
            from financehub_tui.market.master import load_master

            self._master = load_master(self.era)
        return self._master

    def sessions(self, instrument: Instrument, now: int) -> SessionState:
        """The session of an instrument's market."""
        if self._calendars is None:
            from financehub_tui.engine.calendar import Calendars

            self._calendars = Calendars()
        return self._calendars.state(instrument, now)

    def _session(self, instrument: Instrument) -> Session:
        return self.sessions(instrument, self.clock.now()).session

    def catalog(self) -> Catalog:
        """The providers of the scenario; in live mode those of other packages too."""
        made = {"live": self._live, "equities": self._equities, "crypto": self._crypto, "file": self._file}
        entries = made[self.scenario.name]()
        if self.scenario is LIVE:
            self._plugs = [one for one in plug_ins(entry.id for entry in entries) if self._own(one.name).enabled]
            entries += plugged_in(self._plugs, self._arguments)
        entries = [entry for entry in entries if self._own(entry.id).enabled]
        if self.scenario is not LIVE:
            return Catalog(entries, self.health)
        # A window is drawn before the keys are read; a single run waits, or it would miss what they unlock.
        ready = self.keychain.ready if self.headless else None
        return Catalog(entries, self.health, self.keychain.ledger, self._key_limits, self._has_key, ready)

    def _has_key(self, provider: str) -> bool:
        """True where a key is known by now, and for providers of other packages that keep their own."""
        ring = self.keychain.ring
        return provider not in ring.forms or bool(ring.pool(provider).keys)

    def _key_limits(self, provider: str) -> Limits:
        """The limits of the key with most left; nothing where none is known yet."""
        pool = self.keychain.ring.pool(provider)
        budgets = [pool.budget(key) for key in pool.keys]
        best = max(budgets, key=lambda budget: budget.share_left(), default=None)
        return tuple(best.state()) if best is not None else ()

    def _own(self, provider: str) -> ProviderSettings:
        return self.settings.providers.get(provider, ProviderSettings())

    def _arguments(self, provider: str, spec: ProviderSpec | None) -> Mapping[str, object]:
        """What a provider is called with: the clock, the addresses the settings override, the keys it declares."""
        own = self._own(provider)
        urls = {"rest_url": own.rest_url, "stream_url": own.stream_url}
        urls |= {f"{name}_url": url for name, url in own.hosts.items()}
        arguments: dict[str, object] = {"clock": self.clock, **{name: url for name, url in urls.items() if url}}
        if provider in KEEPS_SESSION:
            arguments["cache_dir"] = find_paths().cache
        if spec is not None and spec.keys is not None:
            arguments["keys"] = self.keychain.ring.pool(provider)
        return arguments

    def _live(self) -> list[Entry]:
        return [
            self._entry("binance", "Binance", "BinanceProvider", _CRYPTO, 5),
            self._entry("kraken", "Kraken", "KrakenProvider", _CRYPTO, 4),
            self._entry("coinbase", "Coinbase", "CoinbaseProvider", _CRYPTO, 3),
            self._entry("yahoo.provider", "Yahoo Finance", "YahooProvider", tuple(AssetClass), 2),
            self._entry("alpaca", "Alpaca", "AlpacaProvider", _SHARES_AND_COINS, 1),
            self._entry("finnhub", "Finnhub", "FinnhubProvider", _SHARES, 0),
            self._entry("coingecko", "CoinGecko", "CoinGeckoProvider", _CRYPTO, 1),
            self._entry("coinmarketcap", "CoinMarketCap", "CoinMarketCapProvider", _CRYPTO, 0),
            self._entry("frankfurter.provider", "Frankfurter", "FrankfurterProvider", _FX, 1),
            self._entry("ecb.provider", "European Central Bank", "EcbProvider", _FX, 0),
        ]

    def _entry(self, module: str, title: str, maker: str, carries: tuple[AssetClass, ...], priority: int) -> Entry:
        name = module.partition(".")[0]
        factory = lazy(f"financehub_tui.providers.{module}", maker, lambda spec: self._arguments(name, spec))
        return Entry(name, title, factory, carries, priority=priority)

    def _bundled_provider(self) -> BundledProvider:
        """The provider behind the catalog's own entry, so that its data are read once."""
        if self._bundled_made is None:
            from financehub_tui.providers.bundled.provider import BundledProvider

            self._bundled_made = BundledProvider(clock=self.clock, scenario=self.scenario.name, master=self.master)
        return self._bundled_made

    def _history(self) -> list[Entry]:
        """Real history, and its last closes as quotes of what has no live values."""

        def closes() -> Provider:
            from financehub_tui.providers.replay.closes import LastCloses

            return LastCloses(self._bundled_provider(), self.clock)

        return [
            Entry("bundled", "Bundled history", self._bundled_provider),
            Entry("closes", "Last closes", closes),
        ]

    def _equities(self) -> list[Entry]:
        def simulated() -> Provider:
            from financehub_tui.providers.simulated import SimulatedProvider

            return SimulatedProvider(self.clock, self._bundled_provider().data, seed=self.settings.demo.seed)

        return [Entry("simulated", "Simulation", simulated, priority=1), *self._history()]

    def _crypto(self) -> list[Entry]:
        def replay() -> Provider:
            from financehub_tui.providers.replay.provider import ReplayProvider

            bundled = self._bundled_provider()
            return ReplayProvider(self.clock, bundled.data, bundled.data.catalogue.recordings, bundled)

        return [Entry("replay", "Replay", replay, _CRYPTO, priority=1), *self._history()]

    def _file(self) -> list[Entry]:
        def recorded() -> Provider:
            from financehub_tui.engine.recorded import RecordedProvider

            assert isinstance(self.clock, ScenarioClock) and self.recording is not None
            return RecordedProvider(self.clock, self.recording)

        return [Entry("recording", "Recording", recorded)]

    def build(self, store: Store | None) -> InProcessDesk:
        """The desk, nothing of it running yet."""
        door = self.door = self._door(store)
        book = QuoteBook(self.clock, self._session)
        live = self.scenario is LIVE
        writer = StoreWriter(door) if live else None
        book.taps = (writer,) if writer is not None else ()
        parts = Parts(
            clock=self.clock,
            router=Router(self.catalog(), self.health, self.clock, self.settings, self.tasks),
            book=book,
            answers=Answers(self.clock, enabled=live),
            journal=Journal(),
            tasks=self.tasks,
            flights=SingleFlight(self.tasks),
            store=door if live else None,
            writer=writer,
            shared=SharedAnswers(self.settings.redis.url, self.clock) if live and self.settings.redis.url else None,
            stale_first=live and not self.headless,
        )
        clock = self.clock
        desk = InProcessDesk(
            settings=self.settings,
            scenario=self.scenario,
            clock=clock,
            master=lambda: self.master,
            parts=parts,
            door=door,
            sessions=self.sessions,
            replay=clock if isinstance(clock, ScenarioClock) else None,
        )
        desk.status.keychain = self.keychain
        return desk

    async def _store(self) -> Store:
        """The desk's store. Raises StoreError."""
        assert self.door is not None
        return await self.door.open()

    def _door(self, store: Store | None) -> StoreDoor:
        """The store given, else the database of live mode or that of the demos; a played file has one in memory."""
        if store is not None:
            return StoreDoor(lambda: _opened(store))
        kept = self.settings.storage
        path: Path | None = None
        if self.scenario is LIVE:
            path = Path(kept.path).expanduser() if kept.path else find_paths().database
        elif self.scenario.name in DEMOS:
            path = find_paths().demo_database

        async def make() -> tuple[Store, Sequence[str]]:
            from financehub_tui.storage.duckdb import open_store
            from financehub_tui.storage.duckdb.opening import Limits

            keep = Retention(intraday_days=kept.intraday_days, trade_days=kept.trades_days)
            limits = Limits(memory=kept.memory_limit)
            # A headless run that keeps something keeps it for later, or fails; a workstation goes on in memory.
            return await open_store(
                path,
                clock=self.clock,
                keep=keep,
                flush_seconds=kept.flush_seconds,
                limits=limits,
                lasting=self.headless,
            )

        return StoreDoor(make, path)


def known_key_forms(settings: Settings) -> Mapping[str, KeyForm]:
    """The keys of every provider that takes any, those of other packages too: these are loaded."""
    builder = Builder(settings, LIVE.name, None, True)
    builder.catalog()
    return builder.keychain.ring.forms


async def _opened(store: Store) -> tuple[Store, Sequence[str]]:
    return store, await store.open()


def add_jobs(desk: InProcessDesk) -> None:
    """Everything periodic of a desk that stays."""
    from financehub_tui.jobs import bars, flush, health, polls, probes, prune, scores, sessions, sweep
    from financehub_tui.jobs.scheduler import Scheduler

    async def record(run: JobRun) -> None:
        if desk.door.opened:
            await (await desk.door.open()).add_job_run(run)

    scheduler = Scheduler(desk.clock, record)
    scheduler.add(polls.job(desk.polls))
    scheduler.add(bars.job(desk.live_bars, desk.clock))
    scheduler.add(sessions.job(desk.watched, lambda instrument: desk.session(instrument).session, desk.live))
    scheduler.add(sweep.job(desk.parts.answers))
    scheduler.add(health.job(desk.status.snapshot))
    scheduler.add(flush.job(desk.flush, desk.settings.storage.flush_seconds))
    scheduler.add(probes.job(desk.probes.run))
    if desk.parts.writer is not None:
        scheduler.add(scores.job(desk.scores.run))
        scheduler.add(prune.job(desk.door, desk.clock))
    desk.status.job_rows = scheduler.status
    desk.jobs = scheduler
    scheduler.start()
    if desk.scenario is LIVE:
        desk.parts.tasks.spawn(_read_keys(desk), "keys")


async def _read_keys(desk: InProcessDesk) -> None:
    """Keys unlock providers, and their streams with them."""
    if desk.status.keychain is not None:
        await desk.status.keychain.ready()
        desk.streams.rearrange()
