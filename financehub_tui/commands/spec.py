"""What a function declares of itself, and what a typed line becomes.

One registry of `FunctionSpec` generates the parser, the completion, HELP, the headless command and the docs.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import AssetClass, Instrument


class Category(StrEnum):
    """The menu group a function stands in."""

    NAVIGATION = "Getting around"
    SECURITY = "Price and charts"
    COMPANY = "Company"
    MARKETS = "Markets"
    NEWS = "News and economy"
    PORTFOLIO = "Lists, portfolio and risk"
    DATA = "Data and providers"
    SYSTEM = "System"


class TailKind(StrEnum):
    """The form of a tail: how it is written and what it gives in `Call`."""

    PERIOD = "period"
    """1D 5D 3M 1Y YTD MAX, 2020-01-01.. or 2020-01-01..2020-06-30; gives `Call.period`."""
    INTERVAL = "interval"
    """1m 5m 15m 30m 1h 4h D W M (case matters for m and M); gives `Call.interval`."""
    STUDY = "study"
    """SMA50 EMA20 RSI14 MACD BB20 VWAP; gives `Call.studies`."""
    WORD = "word"
    """One of the words listed in `Tail.words`; gives `Call.words`."""
    OPTION = "option"
    """key=value, key from `Tail.words`; gives `Call.options`."""
    NUMBER = "number"
    """A bare number; gives `Call.numbers`."""
    TEXT = "text"
    """Free text to the end of the line; gives `Call.text`."""
    SECURITY = "security"
    """A second or later security; joins `Call.securities`."""


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of tail a function accepts."""

    kind: TailKind
    help: str
    words: tuple[str, ...] = ()
    example: str = ""


class Needs(StrEnum):
    """What a function wants to be loaded before it can show something."""

    NOTHING = "nothing"
    SECURITY = "one security"
    SECURITIES = "one or more securities"
    """A list or several securities; without any, the function's own default."""


class FunctionSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A function's declaration. The module it stands in offers `async load(desk, call) -> Report`."""

    mnemonic: str
    title: str
    category: Category
    help: str
    """What it shows and how to read it, in plain paragraphs."""
    needs: Needs = Needs.NOTHING
    asset_classes: tuple[AssetClass, ...] = ()
    """Sectors it suits; empty = all."""
    tails: tuple[Tail, ...] = ()
    aliases: tuple[str, ...] = ()
    """Other mnemonics that mean the same, such as GPO for GPC."""
    keys: tuple[tuple[str, str], ...] = ()
    """Keys of its pane: (key, what it does)."""
    sources: str = ""
    """Where its values come from."""
    formulas: str = ""
    interactive: bool = False
    """It has a pane of its own instead of the standard Report pane."""
    refresh: float = 0
    """Seconds after which a visible Report is made anew; 0 = only when asked."""
    examples: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    """Word tails that do something: done once, never again by looking again."""

    def acted(self, call: Call) -> bool:
        """True where a call does something besides showing."""
        return any(word in self.acts for word in call.words)

    def suits(self, asset_class: AssetClass) -> bool:
        """True where the function can show something for a sector."""
        return not self.asset_classes or asset_class in self.asset_classes


class Period(msgspec.Struct, frozen=True):
    """A stretch of time as typed: a span back from now (`6M`), or dates. Resolved against the desk's clock."""

    text: str
    """Canonical text: 6M, YTD, MAX, 2020-01-01.., 2020-01-01..2020-06-30."""


class Call(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One understood line: a function, what it is about, and its tails."""

    mnemonic: str
    """Canonical mnemonic, never an alias. Empty for a pick."""
    securities: tuple[Instrument, ...] = ()
    list_name: str = ""
    """`@name` as typed, without the @; its members are loaded by the function through the desk."""
    period: Period | None = None
    interval: Interval | None = None
    studies: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    numbers: tuple[float, ...] = ()
    text: str = ""
    target: str = ""
    """Pane number `1`-`4`.. or link group `A`-`H`; empty = the focused pane."""
    pick: int | None = None
    """A line that is only a number: choose that item of the focused list or menu."""
    wants_tails: bool = False
    """`?` was the last tail: list the function's tails instead of running it."""

    @property
    def security(self) -> Instrument | None:
        """The first security, which most functions are about."""
        return self.securities[0] if self.securities else None

    @property
    def subject(self) -> str:
        """What it is about, for a title: `AAPL US Equity`, `AAPL US Equity +2`, `@tech`; empty for nothing."""
        if self.list_name:
            return f"@{self.list_name}"
        more = f" +{len(self.securities) - 1}" if len(self.securities) > 1 else ""
        return f"{self.security.display}{more}" if self.security else ""

    def option(self, key: str, default: str = "") -> str:
        """The value of a `key=value` tail."""
        return dict(self.options).get(key, default)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed line and how it was read."""

    calls: tuple[Call, ...]
    note: str = ""
    """Which reading was taken where there were two: `VOD → VOD LN`, `W = function; $W for Wayfair`."""
    alternatives: tuple[str, ...] = ()
    """Lines that give the other readings."""
