"""The desk: the only door through which functions and panes reach data.

Today the in-process engine stands behind it; a remote engine can without any function noticing.
All methods that may wait are coroutines. Whatever is missing comes back as `Missing` in place of the value, or is
raised as `DataMissingError` where the whole answer is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Provenance
from financehub_tui.market.quote import Book, Quote, Trade

E = TypeVar("E")

if TYPE_CHECKING:
    from financehub_tui.clock import Clock
    from financehub_tui.config import Settings
    from financehub_tui.market.bars import BarRequest, Bars
    from financehub_tui.market.calendar import SessionState
    from financehub_tui.market.company import Dividends, EarningsHistory, Frequency, Ratings, StatementKind, Statements
    from financehub_tui.market.master import SecurityMaster
    from financehub_tui.market.news import NewsItem
    from financehub_tui.market.option_chain import OptionChain
    from financehub_tui.market.profile import Profile


class Urgency(IntEnum):
    """How soon an answer is wanted: of several waiting calls to one provider the most urgent goes first."""

    SCREEN = 0
    """Somebody looks at it."""
    ALERT = 1
    LIST = 2
    """Polls of what is listed somewhere."""
    BACKFILL = 3


class Asker:
    """Who asks, and how urgently. Providers' turns are shared out fairly between owners (panes, jobs)."""

    __slots__ = ("owner", "urgency")

    def __init__(self, owner: str, urgency: Urgency) -> None:
        self.owner = owner
        self.urgency = urgency


ASKER: ContextVar[Asker | None] = ContextVar("asker", default=None)


@contextmanager
def asking(urgency: Urgency, owner: str = "") -> Iterator[None]:
    """Everything the desk is asked inside the block is asked so urgently, for this owner (empty = the task's own)."""
    token = ASKER.set(Asker(owner, urgency))
    try:
        yield
    finally:
        ASKER.reset(token)


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """What is being shown: the live market, or a demo with a clock of its own."""

    name: str
    """live, equities, crypto."""
    title: str
    """For the status line: `DEMO equities 2018-02-05`; empty for live."""
    start: int = 0
    end: int = 0


class FeedStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One stream connection, as FEEDS shows it. Rates are per second over the last ten seconds."""

    name: str
    provider: str
    state: str
    symbols: int
    messages: int
    rate: float
    lag_ms: float | None
    gaps: int
    reconnects: int
    last_sequence: int | None
    last_message_at: int | None
    detail: str = ""
    duplicates: int = 0
    errors: int = 0
    """Frames that could not be read."""
    bytes: int = 0


class ProviderStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One provider, as PHLT shows it. Latencies in milliseconds over the last 15 minutes."""

    provider: str
    title: str
    state: str
    """ok, degraded, down, paused, idle."""
    calls: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    last_error: str
    last_error_at: int | None
    limits: tuple[tuple[str, float, float, int | None], ...]
    """(window, used, allowed, reset time)."""
    circuit: str
    cache_hits: int
    streams: int
    score: float | None = None
    """0 to 100 over the last 15 minutes; None where nothing was asked."""
    uptime: float = 1.0
    """Share of the time it was not down, the last hours counting most."""
    forced: bool = False
    """Asked first by the user's wish."""
    probe_at: int | None = None
    """When it is tried again, where it is left out after repeated failures (ns since 1970 UTC)."""
    waiting: int = 0
    """Calls that wait for their turn."""
    per_minute: tuple[float, ...] = ()
    """Calls in each of the last fifteen minutes, oldest first."""
    latency_ms: tuple[float, ...] = ()
    """Median answer in each of those minutes that had one."""
    scores: tuple[float, ...] = ()
    """Its scores of the last day, every five minutes, oldest first."""


class EndpointStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of data of a provider over the last 15 minutes, as PHLT's drill-down shows it."""

    provider: str
    endpoint: str
    state: str
    """ok, degraded, down, paused."""
    calls: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    score: float | None
    age_seconds: float | None
    """Median age of values while their market was open: how fresh its answers are."""
    last_error: str
    retry_at: int | None


class RequestStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One request a provider's HTTP client made. Times in ns since 1970 UTC; no secrets."""

    time: int
    method: str
    endpoint: str
    url: str
    status: int | None
    latency_ms: float
    bytes: int
    attempt: int
    key: str
    """Alias of the key that signed it."""
    error: str


class CandidateStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that could answer a question, in the order in which they would be asked, and why it stands there."""

    provider: str
    title: str
    place: int
    """1 is asked first; 0 is not asked."""
    score: float | None
    state: str
    delay: str
    cost: str
    """What a call costs of its tightest limit."""
    left: float
    """Share of that limit that is left."""
    why: str


class FieldCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One field of several sources' quotes, checked against each other."""

    field: str
    agreed: float | None
    """None where no two sources agree on anything and none stands alone."""
    confidence: float
    """0 to 1; 0 with one source alone."""
    agreeing: tuple[str, ...]
    compared: tuple[str, ...]
    """Sources whose values are in the same currency, with or without a value of this field."""
    findings: dict[str, tuple[str, float | None]]
    """By source that stands out: (disagrees, wrong scale or no value; basis points off)."""
    chosen: str
    """Whose value is taken: the first in the order of asking that agrees; empty where none does."""


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one call made on purpose found."""

    provider: str
    ok: bool
    seconds: float
    words: str


class HealthChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's state is another than before: an event alerts can stand on. `at` in ns since 1970 UTC."""

    provider: str
    title: str
    before: str
    after: str
    why: str
    score: float | None
    at: int

    @property
    def degraded(self) -> bool:
        """True where it became worse."""
        return STATES.index(self.after) > STATES.index(self.before)


STATES = ("ok", "idle", "degraded", "paused", "down")
"""A provider's states from the best to the worst."""


class CacheStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One cache tier, as CACHE shows it."""

    tier: str
    kind: str
    entries: int | None
    """None where the tier does not count them."""
    hits: int
    misses: int
    stale: int
    evictions: int
    bytes: int | None
    ttl: float | None
    problem: str = ""
    """Why the tier cannot be used now."""


class JobStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One scheduled job, as JOBQ shows it."""

    name: str
    title: str
    schedule: str
    state: str
    """waiting, running, failed, done, paused."""
    last_started: int | None
    last_seconds: float | None
    next_run: int | None
    runs: int
    failures: int
    last_error: str = ""


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the structured log."""

    time: int
    level: str
    logger: str
    message: str


class KeyStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One API key, as APIK shows it. The key itself is nowhere in it. Times in ns since 1970 UTC."""

    alias: str
    masked: str
    """Its last four characters; empty for one that is disabled."""
    source: str
    """environment, keyring or file."""
    plan: str
    state: str
    """ready, cooling, spent, bad or disabled."""
    reason: str = ""
    until: int | None = None
    calls: int = 0
    refused: int = 0
    last_used: int | None = None


class ProviderKeys(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that takes keys: those there are, and what one unlocks and where to get it."""

    provider: str
    title: str
    unlocks: str
    free: str
    """What the free key grants, in words."""
    limits: str
    """Per key of the free plan, with when they reset."""
    where: str
    variable: str
    """The environment variable that gives a key."""
    form: str
    """What a key looks like."""
    note: str = ""
    keys: tuple[KeyStatus, ...] = ()


class BudgetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One limit and what is used of it, as QUOTA shows it. Times in ns since 1970 UTC."""

    provider: str
    owner: str
    """The key's alias, or the host it is counted for."""
    limit: str
    """25 requests a day."""
    used: float
    allowed: float
    relief_at: int | None
    """When the period ends, or the oldest use of a rolling window is given back; None where nothing is used."""
    resets: str
    """In words: 00:00 New York."""
    rate: float
    """Units an hour at present."""
    spent_at: int | None
    """When it is used up at that rate; None where it is not before it resets."""
    spenders: tuple[tuple[str, float], ...] = ()
    """(endpoint, units) of the last day, largest first."""
    shared: bool = False
    """Counted together with other workstations, through Redis."""


class PaneCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one pane costs the terminal's line, over the last ten seconds."""

    pane: str
    bytes_per_second: float
    frames_per_second: float


class Terminal(Protocol):
    """Figures of the terminal a workstation draws on, for NETB and DIAG. Absent in a headless run."""

    def figures(self) -> dict[str, float | int | str]:
        """bytes_per_second, frames_per_second, bytes, frames, skipped, tick_ms, profile, size, colours."""
        ...

    def panes(self) -> list[PaneCost]: ...


class Status(Protocol):
    """True figures of the running engine, for PHLT, FEEDS, CACHE, JOBQ and the status line."""

    def providers(self) -> list[ProviderStatus]: ...
    def feeds(self) -> list[FeedStatus]: ...
    def caches(self) -> list[CacheStatus]: ...
    def jobs(self) -> list[JobStatus]: ...
    async def keys(self) -> list[ProviderKeys]:
        """Every provider that takes keys, with those there are. Never raises: see `key_problems`."""
        ...

    def key_problems(self) -> list[str]:
        """Variables that hold no key, a keyring that cannot be read: one line each, as of the last `keys`."""
        ...

    async def budgets(self) -> list[BudgetStatus]:
        """The limits of every host and key that has been used."""
        ...

    def offline(self) -> bool:
        """True where no provider could be reached lately."""
        ...


class Providers(Protocol):
    """The user's hand on the providers, and a closer look at them. Unknown names raise CommandError."""

    def pause(self, provider: str) -> None:
        """Ask it no more, and stop its streams, until `resume`."""
        ...

    def resume(self, provider: str) -> None:
        """Neither paused, forced nor left out any more."""
        ...

    def force(self, provider: str) -> None:
        """Ask it first for whatever it has, until `resume`."""
        ...

    async def probe(self, provider: str) -> ProbeResult:
        """Call it once now, whatever its state."""
        ...

    def endpoints(self, provider: str) -> list[EndpointStatus]: ...
    def requests(self, provider: str, limit: int = 50) -> list[RequestStatus]:
        """The last requests, newest first."""
        ...

    def candidates(self, instrument: Instrument, kind: str) -> list[CandidateStatus]:
        """Who could answer, in the order of asking, and why: for PVNC."""
        ...

    def check(self, answers: Mapping[str, Quote | Missing], field: str) -> FieldCheck:
        """A field of the quotes of several sources, checked against each other."""
        ...

    async def quotes(self, instrument: Instrument) -> dict[str, Quote | Missing]:
        """The quote of every provider that offers one, by provider title."""
        ...

    async def bars(self, instrument: Instrument, request: BarRequest) -> dict[str, Bars | Missing]:
        """The series of every provider that offers one, by provider title."""
        ...


class Live(Protocol):
    """Conflated live values. Reading is synchronous and cheap: it never waits."""

    def quote(self, key: str) -> Quote | Missing | None:
        """The newest quote of an instrument; None where nobody subscribed."""
        ...

    def book(self, key: str, depth: int = 20) -> Book | Missing | None:
        """The newest order book, top `depth` levels."""
        ...

    def trades(self, key: str, limit: int = 200) -> Sequence[Trade]:
        """The newest trades, newest first."""
        ...

    def spark(self, key: str) -> Sequence[float]:
        """Recent one-minute closes, oldest first, for sparklines."""
        ...

    def version(self, key: str) -> int:
        """Counts changes of an instrument's quote, book and trades; unchanged = nothing to draw."""
        ...

    def drain(self, consumer: str) -> set[str]:
        """Keys changed since this consumer's last drain. The application tick calls it once a tick."""
        ...


class Subscription(Protocol):
    """A running interest in instruments; feeds stop when the last one that wants them is closed."""

    def set(self, instruments: Sequence[Instrument]) -> None:
        """Change what is wanted."""
        ...

    def close(self) -> None:
        """No longer wanted. Idempotent."""
        ...


class Lists(Protocol):
    """Named security lists, kept in the store. Names are case-insensitive."""

    async def names(self) -> list[tuple[str, int]]:
        """(name, number of members) by name."""
        ...

    async def members(self, name: str) -> list[Instrument]:
        """Members in order. Raises DataMissingError for an unknown list."""
        ...

    async def save(self, name: str, members: Sequence[Instrument]) -> None: ...
    async def delete(self, name: str) -> None: ...


class Memory(Protocol):
    """What the workstation remembers of its user: typed lines, functions run, layouts."""

    async def add_line(self, line: str) -> None: ...
    async def lines(self, limit: int = 500) -> list[tuple[int, str]]:
        """(time, line), newest first."""
        ...

    async def save_layout(self, name: str, document: str) -> None: ...
    async def layout(self, name: str) -> str | None: ...
    async def layouts(self) -> list[tuple[str, int]]:
        """(name, saved at) by name."""
        ...

    async def delete_layout(self, name: str) -> None: ...


class Replay(Protocol):
    """The player of a scenario."""

    @property
    def speed(self) -> float:
        """How many seconds of the scenario pass in one second."""
        ...

    @property
    def paused(self) -> bool: ...
    @property
    def ended(self) -> bool: ...
    def set_speed(self, speed: float) -> None:
        """1 to 100."""
        ...

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def step(self, seconds: float = 1.0) -> None:
        """While paused: move forward."""
        ...


class Desk(Protocol):
    """Everything a function may ask for."""

    settings: Settings
    terminal: Terminal | None
    """Set by the workstation; None in a headless run."""

    @property
    def clock(self) -> Clock:
        """The time of the market shown: the scenario's in a demo."""
        ...

    @property
    def scenario(self) -> Scenario: ...
    @property
    def master(self) -> SecurityMaster: ...
    @property
    def live(self) -> Live: ...
    @property
    def lists(self) -> Lists: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def status(self) -> Status: ...
    @property
    def providers(self) -> Providers: ...
    @property
    def replay(self) -> Replay | None:
        """The scenario's player; None in live mode."""
        ...

    @property
    def notices(self) -> list[str]:
        """What the user must be told of the store: a damaged file set aside, snapshot mode."""
        ...

    async def quotes(self, instruments: Sequence[Instrument], *, fresh: bool = False) -> dict[str, Quote | Missing]:
        """Quotes by instrument key, in one batch per provider. `fresh` bypasses the cache."""
        ...

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """A bar series from one source. Raises DataMissingError."""
        ...

    async def book(self, instrument: Instrument, depth: int = 100) -> Book:
        """An order book snapshot. Raises DataMissingError."""
        ...

    async def trades(self, instrument: Instrument, limit: int = 500) -> list[Trade]:
        """Recent trades, newest first. Raises DataMissingError."""
        ...

    async def profile(self, instrument: Instrument) -> Profile:
        """Reference data. Raises DataMissingError."""
        ...

    async def options(self, instrument: Instrument, expiry: str = "") -> OptionChain:
        """The option chain of one expiry (ISO date), the nearest where it is empty. Raises DataMissingError."""
        ...

    async def statements(self, instrument: Instrument, kind: StatementKind, frequency: Frequency) -> Statements:
        """One financial statement over its periods, newest first. Raises DataMissingError."""
        ...

    async def earnings(self, instrument: Instrument) -> EarningsHistory:
        """Earnings per share, expected and reported, and the next date. Raises DataMissingError."""
        ...

    async def ratings(self, instrument: Instrument) -> Ratings:
        """Analysts' opinions, their changes and price targets. Raises DataMissingError."""
        ...

    async def dividends(self, instrument: Instrument) -> Dividends:
        """Dividends and splits, newest first. Raises DataMissingError."""
        ...

    async def news(self, instrument: Instrument, limit: int = 20) -> list[NewsItem]:
        """Stories about an instrument, newest first. Raises DataMissingError."""
        ...

    async def search(self, text: str, limit: int = 50) -> list[Instrument]:
        """Instruments by symbol or name: the security master first, then what providers find."""
        ...

    def subscribe(
        self, instruments: Sequence[Instrument], kinds: Collection[str] = ("quote",), *, owner: str = ""
    ) -> Subscription:
        """Keep live values coming for instruments. Kinds: quote, trade, book."""
        ...

    def session(self, instrument: Instrument) -> SessionState:
        """The trading session of the instrument's market now, with the next change. Synchronous, no I/O."""
        ...

    def explain(self, key: str, kind: str) -> list[Provenance | Missing]:
        """Where the last answer came from and what was tried, newest first: for PVNC."""
        ...

    def add_status_listener(self, listener: Callable[[], None]) -> None:
        """Called (on the loop, seldom) when provider health, feeds or jobs change state."""
        ...

    def add_event_listener(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Called (on the loop) with every event of a kind, such as HealthChanged; the result ends it."""
        ...

    def start(self) -> None:
        """Begin what goes on by itself: opening the store, periodic jobs. Once; more often does nothing."""
        ...

    async def close(self) -> None:
        """Stop feeds, jobs and calls, flush and close the store. Idempotent."""
        ...
