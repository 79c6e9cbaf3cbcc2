"""Known instruments by the names an index has for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from financehub_tui.commands import pairs
from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.exchanges import CRYPTO_VENUES, MICS
from financehub_tui.commands.nearest import nearest
from financehub_tui.commands.printing import security_text
from financehub_tui.commands.tokens import shown
from financehub_tui.errors import CommandError
from financehub_tui.market.instrument import AssetClass, Instrument

_CLASS_MARK = re.compile(r"[./-]")
MOST_OTHERS = 8
"""Other readings kept of one security."""


class Resolved(msgspec.Struct, frozen=True):
    """The instrument taken, and those the same words could mean."""

    instrument: Instrument
    others: tuple[Instrument, ...] = ()
    renamed: bool = False
    """True where the symbol taken is not the one typed: `BTC` → `BTCUSD`."""


def known(context: ParseContext, names: Iterable[str], asset_class: AssetClass | None, venue: str) -> list[Instrument]:
    """Known instruments under any of several spellings; those whose own symbol is typed come before aliases."""
    spellings = tuple(dict.fromkeys(name for name in names if name))
    found: dict[str, Instrument] = {}
    for name in spellings:
        for instrument in context.index.exact(name, asset_class=asset_class, venue=venue or None):
            if is_named(instrument, name):
                found.setdefault(instrument.key, instrument)
    return sorted(found.values(), key=lambda instrument: _rank(instrument, spellings))


def is_named(instrument: Instrument, name: str) -> bool:
    """True where a name is the instrument's own, so that an index with a generous idea of `exact` corrects nothing."""
    if name == instrument.symbol.upper() or any(name == alias.upper() for alias in instrument.aliases.values()):
        return True
    if instrument.asset_class is AssetClass.CRYPTO and instrument.base == pairs.coin_name(name):
        return True
    paired = instrument.asset_class in (AssetClass.CRYPTO, AssetClass.CURRENCY)
    return paired and _CLASS_MARK.sub("", name) == _CLASS_MARK.sub("", instrument.symbol.upper())


def _rank(instrument: Instrument, spellings: tuple[str, ...]) -> int:
    return spellings.index(instrument.symbol) if instrument.symbol in spellings else len(spellings)


def share_names(symbol: str) -> tuple[str, ...]:
    """BRK.B BRK/B BRK-B are one share class; a London ticker may carry a slash at its end."""
    if not _CLASS_MARK.search(symbol):
        return (symbol,)
    return (symbol, *(_CLASS_MARK.sub(mark, symbol) for mark in "./-"), symbol.rstrip("./"))


def choose(found: list[Instrument], context: ParseContext) -> Resolved | None:
    """The home exchange's instrument, else the first; the rest as others."""
    if not found:
        return None
    same = [instrument for instrument in found if instrument.symbol == found[0].symbol]
    home = next((instrument for instrument in same if instrument.exchange_code == context.home_exchange), found[0])
    others = [instrument for instrument in found if security_text(instrument) != security_text(home)]
    return Resolved(home, tuple(others[:MOST_OTHERS]))


def check_venue(venue: str) -> None:
    """Raise CommandError for a venue nobody knows."""
    if venue not in CRYPTO_VENUES and venue not in MICS:
        near = nearest(venue, (*CRYPTO_VENUES, *MICS))
        hint = f"Did you mean {', '.join(near)}?" if near else "Venues are MICs such as XNAS, or BINANCE, KRAKEN."
        raise CommandError(f"There is no venue {shown(venue)}", hint, tuple(near))
