"""What a provider declares and offers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Delay, Missing
from financehub_tui.market.quote import Book, Correction, Quote, Trade

if TYPE_CHECKING:
    from financehub_tui.market.bars import BarRequest, Bars, Interval
    from financehub_tui.market.company import (
        Dividends,
        EarningsHistory,
        Frequency,
        Ratings,
        StatementKind,
        Statements,
    )
    from financehub_tui.market.l2 import L2Book
    from financehub_tui.market.movers import Movers, Screen
    from financehub_tui.market.news import NewsItem
    from financehub_tui.market.option_chain import OptionChain
    from financehub_tui.market.profile import Profile
    from financehub_tui.providers.keys.form import KeyForm


class DataKind(StrEnum):
    """Kinds of data the engine routes; the cache keeps each for its own time."""

    QUOTE = "quote"
    BARS = "bars"
    BOOK = "book"
    TRADES = "trades"
    PROFILE = "profile"
    SEARCH = "search"
    OPTIONS = "options"
    STATEMENTS = "statements"
    EARNINGS = "earnings"
    RATINGS = "ratings"
    DIVIDENDS = "dividends"
    NEWS = "news"
    MARKET_VALUE = "market_value"
    """Of coins, from catalogues of coins: `MarketValues`."""
    MOVERS = "movers"
    """The instruments of a screen over the whole market of the United States."""


class Per(StrEnum):
    """What a limit is counted over."""

    SECONDS = "seconds"
    """Any stretch of `Limit.seconds`."""
    MINUTE = "minute"
    """A minute of the clock; the count falls to nothing when the next begins."""
    DAY = "day"
    """A calendar day of `Limit.timezone`."""
    MONTH = "month"
    """A calendar month of `Limit.timezone`."""
    ONCE = "at once"
    """Under way at the same time: connections, calls."""
    CONNECTION = "connection"
    """Symbols on one stream connection; the stream client spreads them."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A budget the provider states: `amount` units of cost per `seconds`, or per clock minute, day, month, at once.

    Raises ValueError for one without a length.
    """

    name: str
    """What is counted: requests (one a call, whatever it costs), weight, credits, connections, symbols."""
    amount: int
    seconds: float = 0.0
    """Length of the window where `per` is SECONDS."""
    per: Per = Per.SECONDS
    timezone: str = "UTC"
    """IANA zone in which a day or month ends."""
    per_key: bool = False
    """Counted per API key; otherwise per address."""

    def __post_init__(self) -> None:
        if self.per is Per.SECONDS and self.seconds <= 0:
            raise ValueError(f"limit {self.name}: a window of seconds has a length")


class Capability(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of data a provider supplies for some asset classes."""

    kind: DataKind
    asset_classes: tuple[AssetClass, ...]
    delay: Delay = Delay.REALTIME
    cost: int = 1
    """Units of the provider's main limit one call costs."""
    batch: int = 1
    """Instruments per call."""
    stream: bool = False
    """Also supplied as a stream."""
    intervals: tuple[Interval, ...] = ()


class ProviderSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's declaration."""

    id: str
    title: str
    rest_url: str
    """Default base address of its REST interface; `[providers.ID] rest_url` overrides it."""
    stream_url: str = ""
    capabilities: tuple[Capability, ...]
    limits: tuple[Limit, ...] = ()
    needs_key: bool = False
    """Nothing can be asked without a key."""
    keys: KeyForm | None = None
    """What its keys look like and grant, where it takes any: it is then called with `keys`, their pool."""
    attribution: str = ""
    """Text the source's terms demand to be shown."""


class Provider(Protocol):
    """A source of data. Methods it does not support are never called: the engine goes by `spec.capabilities`.

    All methods raise ProviderError, with a typed reason, and nothing else.
    """

    spec: ProviderSpec

    def symbol(self, instrument: Instrument) -> str | None:
        """The provider's own name of an instrument; None where it does not carry it."""
        ...

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Quotes by instrument key; one entry for each instrument asked."""
        ...

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """A bar series; the provider pages as its limits demand."""
        ...

    async def book(self, instrument: Instrument, depth: int) -> Book: ...
    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """Newest first."""
        ...

    async def profile(self, instrument: Instrument) -> Profile: ...
    async def search(self, text: str, limit: int) -> Sequence[Instrument]: ...

    def feed(self, sink: Sink) -> Feed | None:
        """A stream client that writes into `sink`; None where the provider has no streams."""
        ...

    async def close(self) -> None: ...


class Research(Protocol):
    """What a provider offers besides prices, where its capabilities say so. Raises ProviderError and nothing else."""

    async def options(self, instrument: Instrument, expiry: str) -> OptionChain:
        """The chain of one expiry (ISO date), the nearest where `expiry` is empty."""
        ...

    async def statements(self, instrument: Instrument, kind: StatementKind, frequency: Frequency) -> Statements: ...
    async def earnings(self, instrument: Instrument) -> EarningsHistory: ...
    async def ratings(self, instrument: Instrument) -> Ratings: ...
    async def dividends(self, instrument: Instrument) -> Dividends: ...
    async def news(self, instrument: Instrument | None, limit: int) -> Sequence[NewsItem]:
        """Stories about an instrument, or of the market where there is none; newest first."""
        ...

    async def movers(self, screen: Screen, limit: int) -> Movers:
        """The first of a screen over all shares listed in the United States."""
        ...


class MarketValues(Protocol):
    """What catalogues of coins offer for pairs of every venue. Raises ProviderError and nothing else."""

    async def market_values(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Market value and dominance by instrument key, as quotes that hold nothing else."""
        ...


class Sink(Protocol):
    """Where feeds put what they decode. Synchronous and quick: called for every message, on the loop.

    Times are nanoseconds since 1970 UTC. A None field means "not in this message", never "gone".
    """

    def top(
        self,
        key: str,
        time: int,
        bid: float | None,
        bid_size: float | None,
        ask: float | None,
        ask_size: float | None,
    ) -> None:
        """Best bid and ask changed."""
        ...

    def trade(self, trade: Trade) -> None:
        """A trade happened; the newest becomes the quote's last."""
        ...

    def correct(self, correction: Correction) -> None:
        """A trade told earlier is taken back or corrected by its venue."""
        ...

    def ticker(self, quote: Quote) -> None:
        """Some quote fields changed; those that are not None replace the old ones."""
        ...

    def book(self, key: str, time: int, book: L2Book) -> None:
        """A maintained book changed. The sink reads it when somebody draws; the feed goes on changing it."""
        ...

    def book_lost(self, key: str, why: Missing) -> None:
        """The book is out of step and being rebuilt; nothing of it may be shown."""
        ...


class FeedHealth(msgspec.Struct, kw_only=True):
    """Running figures of one stream connection; the feed writes, the engine reads."""

    name: str
    provider: str
    state: str = "idle"
    """idle, connecting, live, silent, waiting, closed, polling."""
    symbols: int = 0
    messages: int = 0
    bytes: int = 0
    gaps: int = 0
    duplicates: int = 0
    reconnects: int = 0
    errors: int = 0
    last_sequence: int | None = None
    last_message_at: int | None = None
    lag_ms: float | None = None
    detail: str = ""


class Feed(Protocol):
    """A long-running stream client. It never raises out of `run` but on cancellation."""

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """What shall be streamed from now on, by kind (quote, trade, book). Subscribes and unsubscribes at run time."""
        ...

    def health(self) -> Sequence[FeedHealth]:
        """One entry per connection."""
        ...

    async def run(self) -> None:
        """Connect, stream, reconnect, until cancelled."""
        ...


@runtime_checkable
class LimitedFeed(Protocol):
    """A feed whose source may turn down some of what it is asked for: more than a key's symbols, an unknown one."""

    def unstreamed(self) -> Mapping[str, Collection[str]]:
        """Keys of the instruments it was asked for and does not stream, by kind. Looked at every second."""
        ...
