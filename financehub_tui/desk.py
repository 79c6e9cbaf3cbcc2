"""The desk: the only door through which functions and panes reach data.

Today the in-process engine stands behind it; a remote engine can without any function noticing.
All methods that may wait are coroutines. Whatever is missing comes back as `Missing` in place of the value, or is
raised as `DataMissingError` where the whole answer is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Provenance
from financehub_tui.market.quote import Book, Quote, Trade

E = TypeVar("E")

if TYPE_CHECKING:
    from financehub_tui.clock import Clock
    from financehub_tui.config import Settings
    from financehub_tui.figures import (
        BudgetStatus,
        CacheStatus,
        CandidateStatus,
        EndpointStatus,
        FeedStatus,
        FieldCheck,
        JobStatus,
        PaneCost,
        ProbeResult,
        ProviderKeys,
        ProviderStatus,
        RequestStatus,
        SeriesCheck,
    )
    from financehub_tui.market.bars import BarRequest, Bars
    from financehub_tui.market.calendar import SessionState
    from financehub_tui.market.company import Dividends, EarningsHistory, Frequency, Ratings, StatementKind, Statements
    from financehub_tui.market.master import SecurityMaster
    from financehub_tui.market.movers import Movers, Screen
    from financehub_tui.market.news import NewsItem
    from financehub_tui.market.option_chain import OptionChain
    from financehub_tui.market.profile import Profile


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """What is being shown: the live market, or a demo with a clock of its own."""

    name: str
    """live, equities, crypto."""
    title: str
    """For the status line: `DEMO equities 2018-02-05`; empty for live."""
    start: int = 0
    end: int = 0


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

    def attributions(self) -> dict[str, str]:
        """The words a source's terms demand to be shown with its values, by provider; none for most."""
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

    async def check_bars(self, answers: Mapping[str, Bars | Missing]) -> SeriesCheck:
        """The series of several sources, checked against each other bar by bar."""
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

    def corrections(self, key: str) -> int:
        """Counts trades that were taken back or corrected: where it grows, `trades` is another than before."""
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
        """Change what is wanted; nothing where it has been closed."""
        ...

    def close(self) -> None:
        """No longer wanted, for good. Idempotent."""
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

    async def quotes(
        self, instruments: Sequence[Instrument], *, fresh: bool = False, market_values: bool = False
    ) -> dict[str, Quote | Missing]:
        """Quotes by instrument key, in one batch per provider. `fresh` bypasses the cache.

        With `market_values` coins get market value and dominance, which venues do not know, from a catalogue of
        coins: `Quote.market_cap_from` says which. Those without one: `explain(key, "market_value")` says why.
        """
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

    async def movers(self, screen: Screen, limit: int = 100) -> Movers:
        """The first of a screen over all shares of the United States. Raises DataMissingError."""
        ...

    async def search(self, text: str, limit: int = 50) -> list[Instrument]:
        """Instruments by symbol or name: the security master first, then what providers find."""
        ...

    def subscribe(self, instruments: Sequence[Instrument], kinds: Collection[str] = ("quote",)) -> Subscription:
        """Keep live values coming for instruments. Kinds: quote, trade, book; market_value for the quotes of coins."""
        ...

    def session(self, instrument: Instrument) -> SessionState:
        """The trading session of the instrument's market now, with the next change. Synchronous, no I/O."""
        ...

    def explain(self, key: str, kind: str) -> list[Provenance | Missing]:
        """Where the last answer came from and what was tried, newest first: for PVNC."""
        ...

    def add_event_listener(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Called (on the loop) with every event of a kind; the result ends it.

        Kinds: HealthChanged, StreamChanged, DataDisagreement, BudgetNearlySpent of `figures`.
        """
        ...

    def start(self) -> None:
        """Begin what goes on by itself: opening the store, periodic jobs. Once; more often does nothing."""
        ...

    async def close(self) -> None:
        """Stop feeds, jobs and calls, flush and close the store. Idempotent."""
        ...
