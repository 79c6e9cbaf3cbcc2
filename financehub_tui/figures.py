"""What the engine says of itself: its figures, as PHLT, FEEDS, CACHE, JOBQ, APIK, QUOTA and NETB show them."""

from __future__ import annotations

import msgspec


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


class SourceSeries(msgspec.Struct, frozen=True, kw_only=True):
    """One source's bars beside those of others."""

    source: str
    bars: int
    first: int | None
    """Start of its first bar, ns since 1970 UTC."""
    compared: int
    """Bars that another source has too."""
    disputed: int
    usual: float | None
    """Mean distance from what is agreed, in basis points."""
    worst: float | None
    adjustment: str
    finding: str
    """What is wrong with the series as a whole: another unit, currency or adjustment; empty where nothing is."""


class BarDispute(msgspec.Struct, frozen=True, kw_only=True):
    """One bar whose closes differ. Time in ns since 1970 UTC."""

    time: int
    values: dict[str, float | None]
    """By source."""
    agreed: float | None
    confidence: float
    chosen: str
    """The first in the order of asking that agrees; empty where nobody does."""
    findings: dict[str, tuple[str, float | None]]
    """By source that stands out: (disagrees or wrong scale; basis points off)."""


class SeriesCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Several sources' bars, checked against each other."""

    chosen: str
    """Whose series is taken; empty where there is none."""
    why: str
    confidence: float
    """Mean over all bars of two sources and more, 0 to 1."""
    compared: int
    sources: tuple[SourceSeries, ...]
    disputes: tuple[BarDispute, ...]
    """Newest first."""


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


class StreamChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's stream broke down for good, or has recovered: an event. Short interruptions are none."""

    provider: str
    title: str
    degraded: bool
    """True where it broke down."""
    instruments: int
    """How many are to come from it."""
    instead: tuple[str, ...]
    """Titles of the providers that stand in; `polling` for what nobody else streams."""
    why: str
    at: int
    """ns since 1970 UTC."""


class BudgetNearlySpent(msgspec.Struct, frozen=True, kw_only=True):
    """Less than a tenth of a provider's limit is left: an event. Times in ns since 1970 UTC."""

    provider: str
    title: str
    limit: str
    """requests/day."""
    left: float
    """Share of the limit, 0 to 1."""
    relief_at: int | None
    """When some of it is given back."""
    at: int


class DataDisagreement(msgspec.Struct, frozen=True, kw_only=True):
    """Sources contradict each other on a value: an event, told once for each new state of the dispute."""

    key: str
    """`Instrument.key`."""
    field: str
    """last, close, market_cap ..."""
    values: dict[str, float | None]
    """By source."""
    findings: dict[str, str]
    """By source that stands out: disagrees, or wrong scale."""
    confidence: float
    """0 to 1, in what the others agree on; 0 where nobody agrees with anybody."""
    at: int
    """ns since 1970 UTC."""


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
    asked: bool = True
    """False where no source asks the provider yet."""
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
