"""What a line is read against: known functions, securities and lists, and what the panes show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from financehub_tui.commands.registry import Registry
from financehub_tui.market.instrument import AssetClass, Instrument


class SecurityIndex(Protocol):
    """Where symbols are looked up; synchronous and quick (a few microseconds for `exact`).

    Symbols hold no blank, comma, semicolon or @. (asset class, symbol, exchange code) is unique but for crypto,
    where the venue belongs to it: this is what the printed form of a security can tell apart.
    """

    def exact(
        self,
        symbol: str,
        *,
        asset_class: AssetClass | None = None,
        exchange_code: str | None = None,
        venue: str | None = None,
    ) -> list[Instrument]:
        """Instruments whose symbol or alias is exactly this (any case), best known first."""
        ...

    def suggest(self, text: str, limit: int) -> list[Instrument]:
        """Instruments for a beginning of a symbol or words of a name, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Showing:
    """What a pane shows."""

    security: Instrument | None = None
    function: str = ""
    """Mnemonic; empty where nothing runs yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseContext:
    """Everything the reading of a line depends on besides the line."""

    registry: Registry
    index: SecurityIndex
    year: int
    """Year of the desk's clock: a contract's year of one digit is this one or the next that ends so."""
    loaded: Instrument | None = None
    """Security of the focused pane."""
    current: str = ""
    """Mnemonic of the focused pane's function."""
    home_exchange: str = "US"
    """Bloomberg code preferred where a ticker trades in several places."""
    lists: Sequence[str] = ()
    panes: Mapping[str, Showing] = field(default_factory=dict)
    """What other panes (`2`) and linked groups (`B`) show; unknown ones count as showing what the focused one does."""

    def at(self, target: str) -> ParseContext:
        """The context of a line for a pane or group."""
        showing = self.panes.get(target) if target else None
        return self if showing is None else replace(self, loaded=showing.security, current=showing.function)

    def after(self, target: str, showing: Showing) -> ParseContext:
        """The context of the next command of a chain, once one for `target` has run."""
        if target:
            return replace(self, panes={**self.panes, target: showing})
        return replace(self, loaded=showing.security, current=showing.function)
