"""Which instrument the words of a security mean.

Known instruments come from the index. One that is not there is made only from a form that leaves no doubt: a sector
word, `$`, a venue, two ISO currencies, an OCC symbol, a source prefix. Nothing is ever corrected to something else.
"""

from __future__ import annotations

from collections.abc import Callable

from financehub_tui.commands import pairs
from financehub_tui.commands.context import ParseContext, SecurityIndex
from financehub_tui.commands.equities import equity, on_code, suffixed
from financehub_tui.commands.exchanges import MICS
from financehub_tui.commands.listed import (
    commodity,
    corporate,
    future,
    government,
    index,
    listed_option,
    macro,
    option,
    series,
)
from financehub_tui.commands.lookup import MOST_OTHERS, Resolved, check_venue, choose, known, share_names
from financehub_tui.commands.nearest import nearest
from financehub_tui.commands.phrases import Phrase
from financehub_tui.commands.printing import security_text
from financehub_tui.commands.spots import coin, coin_alone, crypto, currency, spot
from financehub_tui.commands.tokens import shown
from financehub_tui.errors import CommandError
from financehub_tui.market.instrument import AssetClass

__all__ = ["Resolved", "SecurityIndex", "find", "resolve", "unknown"]


def resolve(phrase: Phrase, context: ParseContext) -> Resolved:
    """The instrument of a phrase. Raises CommandError with suggestions where there is none."""
    found = find(phrase, context)
    if found is None:
        raise unknown(phrase, context)
    return found


def find(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """The instrument of a phrase, None where there is none: as `resolve`, without looking for what is like it.

    Raises CommandError for a form that cannot be one, such as an unknown venue.
    """
    if phrase.option:
        return Resolved(option(phrase, phrase.option, context))
    if ":" in phrase.symbol:
        return Resolved(series(phrase, context))
    if phrase.exchange and phrase.sector not in (None, AssetClass.EQUITY):
        raise CommandError(
            f"{shown(phrase.typed)}: an exchange code goes with Equity only", f"Leave out {phrase.exchange.code}."
        )
    return _BY_SECTOR[phrase.sector](phrase, context) if phrase.sector else _bare(phrase, context)


def unknown(phrase: Phrase, context: ParseContext) -> CommandError:
    """The error for words that are no security, with what they are like."""
    near = [security_text(found) for found in context.index.suggest(phrase.symbol, 5)]
    if phrase.explicit:
        return CommandError(
            f"There is no security {shown(phrase.typed)}",
            _full_form(phrase) if phrase.exchange else "SECF finds securities by name.",
            tuple(near),
        )
    contract = future(phrase.symbol, None, context)
    if contract:
        near = [security_text(contract.instrument), *near]
    functions = () if contract else nearest(phrase.symbol, context.registry.names)
    hint = f"Did you mean {', '.join([*functions, *near][:4])}?" if functions or near else "SECF finds, HELP explains."
    return CommandError(f"{shown(phrase.typed)} is no function and no security", hint, (*functions, *near))


def _full_form(phrase: Phrase) -> str:
    return f"Where it exists all the same, write it in full: {phrase.typed[:60]} Equity."


def _bare(phrase: Phrase, context: ParseContext) -> Resolved | None:
    if phrase.exchange:
        return on_code(phrase, phrase.exchange, context)
    if phrase.forced:
        return equity(phrase, context, known_only=True) or _any_class(phrase, context) or equity(phrase, context)
    if phrase.venue:
        return _at_venue(phrase, context)
    pair = pairs.currency_pair(phrase.symbol)
    if pair:
        return spot(pair, phrase, context)
    return _any_class(phrase, context)


def _any_class(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """Everything a word without sector can mean, by the index and by forms that need no index."""
    symbol = phrase.symbol
    found = choose(known(context, share_names(symbol), None, ""), context)
    if found:
        asset = coin_alone(phrase, context) if symbol in pairs.COINS else None
        others = (*found.others, asset.instrument, *asset.others) if asset else found.others
        return Resolved(found.instrument, others[:MOST_OTHERS])
    return (
        suffixed(phrase, context, known_only=True)
        or coin(phrase, context)
        or (future(symbol, None, context) if symbol.endswith("=F") else None)
    )


def _at_venue(phrase: Phrase, context: ParseContext) -> Resolved | None:
    found = choose(known(context, share_names(phrase.symbol), None, phrase.venue), context)
    if found:
        return found
    if phrase.venue in MICS:
        return None
    check_venue(phrase.venue)
    return crypto(phrase, context)


_BY_SECTOR: dict[AssetClass, Callable[[Phrase, ParseContext], Resolved | None]] = {
    AssetClass.EQUITY: equity,
    AssetClass.CURRENCY: currency,
    AssetClass.COMMODITY: commodity,
    AssetClass.INDEX: index,
    AssetClass.GOVERNMENT: government,
    AssetClass.CORPORATE: corporate,
    AssetClass.CRYPTO: crypto,
    AssetClass.OPTION: listed_option,
    AssetClass.MACRO: macro,
}
