"""Indices, futures, options, yields and macro series."""

from __future__ import annotations

import re

import msgspec

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.contracts import FutureTerms, OptionTerms, future_terms, occ_terms
from financehub_tui.commands.lookup import Resolved, choose, known
from financehub_tui.commands.nearest import nearest
from financehub_tui.commands.phrases import Phrase
from financehub_tui.commands.printing import security_text
from financehub_tui.commands.tokens import shown
from financehub_tui.errors import CommandError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit

SOURCES = ("FRED", "ECB", "WB", "OECD", "IMF", "BLS", "BEA", "EIA", "EUROSTAT", "UST")
"""Prefixes of macro series: FRED:DGS10."""

FRONT = ", generic 1"
"""How the security master's names of front months end."""

_INDEX = re.compile(r"[A-Z0-9]{1,12}")
_SERIES = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,79}")
_TENOR = re.compile(r"([A-Z]{2})?(\d{1,2})([MY])")


def index(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """An index, or an index future."""
    symbol = phrase.symbol
    found = choose(known(context, (symbol, symbol.lstrip("^")), AssetClass.INDEX, phrase.venue), context)
    if found or phrase.venue:
        return found
    found = future(symbol, AssetClass.INDEX, context)
    if found or not _INDEX.fullmatch(symbol.lstrip("^")):
        return found
    return Resolved(
        Instrument(asset_class=AssetClass.INDEX, symbol=symbol.lstrip("^"), unit=Unit.POINTS, kind=Kind.INDEX)
    )


def commodity(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """A generic or dated commodity future."""
    found = choose(known(context, (phrase.symbol,), AssetClass.COMMODITY, phrase.venue), context)
    if found or phrase.venue:
        return found
    return future(phrase.symbol, AssetClass.COMMODITY, context) or _made_future(phrase.symbol, context)


def future(symbol: str, sector: AssetClass | None, context: ParseContext) -> Resolved | None:
    """A contract of a root whose front month is known."""
    terms = future_terms(symbol)
    if terms is None:
        return None
    front = known(context, (symbol, f"{terms.root}1"), sector, "")
    if not front or front[0].kind not in (Kind.GENERIC_FUTURE, Kind.FUTURE):
        return None
    if terms.generic and front[0].symbol == terms.root + terms.month:
        return Resolved(front[0])
    return Resolved(_contract(front[0], terms, context.year))


def _contract(front: Instrument, terms: FutureTerms, year: int) -> Instrument:
    root = front.name.removesuffix(FRONT)
    return msgspec.structs.replace(
        front,
        symbol=terms.root + terms.month,
        kind=Kind.GENERIC_FUTURE if terms.generic else Kind.FUTURE,
        name=f"{root}, {terms.title(year)}" if root else "",
        aliases={},
    )


def _made_future(symbol: str, context: ParseContext) -> Resolved | None:
    terms = future_terms(symbol)
    if terms is None:
        return None
    blank = Instrument(asset_class=AssetClass.COMMODITY, symbol=symbol)
    return Resolved(_contract(blank, terms, context.year))


def government(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """A government yield by tenor: US10Y, 10Y (of the United States), DE2Y."""
    match = _TENOR.fullmatch(phrase.symbol)
    names = (phrase.symbol,) if match is None else (phrase.symbol, *_tenor_names(match))
    found = choose(known(context, names, AssetClass.GOVERNMENT, phrase.venue), context)
    if found or match is None or not int(match[2]) or phrase.venue:
        return found
    country = match[1] or "US"
    tenor = match[2].lstrip("0") + match[3]
    return Resolved(
        Instrument(
            asset_class=AssetClass.GOVERNMENT,
            symbol=country + tenor,
            unit=Unit.PERCENT,
            kind=Kind.YIELD,
            country=country,
            name=f"{country} government yield {tenor}",
        )
    )


def _tenor_names(match: re.Match[str]) -> tuple[str, ...]:
    tenor = match[2].lstrip("0") + match[3]
    return (f"US{tenor}", tenor) if match[1] in (None, "US") else (f"{match[1]}{tenor}",)


def corporate(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """A bond the index knows."""
    return choose(known(context, (phrase.symbol,), AssetClass.CORPORATE, phrase.venue), context)


def listed_option(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """An option the index knows; OCC symbols need no index."""
    return choose(known(context, (phrase.symbol,), AssetClass.OPTION, phrase.venue), context)


def option(phrase: Phrase, terms: OptionTerms, context: ParseContext) -> Instrument:
    """The option of terms. Raises CommandError where a short form names an unknown underlying."""
    listed = context.index.exact(terms.occ, asset_class=AssetClass.OPTION)
    if listed:
        return listed[0]
    in_full = phrase.forced or phrase.sector is not None or occ_terms(phrase.symbol) is not None
    if not in_full and not context.index.exact(terms.root):
        near = tuple(security_text(found) for found in context.index.suggest(terms.root, 3))
        raise CommandError(f"There is no security {shown(terms.root)} with options", "AAPL 260116 C 200", near)
    return Instrument(
        asset_class=AssetClass.OPTION,
        symbol=terms.occ,
        kind=Kind.OPTION,
        exchange_code="US",
        country="United States",
        name=terms.title,
        base=terms.root,
        decimals=2,
        aliases={"occ": terms.occ},
    )


def series(phrase: Phrase, context: ParseContext) -> Instrument:
    """A macro series by source prefix. Raises CommandError for an unknown source."""
    source, _, code = phrase.symbol.partition(":")
    listed = context.index.exact(phrase.symbol) or context.index.exact(code, asset_class=AssetClass.MACRO, venue=source)
    if listed:
        return listed[0]
    if source not in SOURCES:
        near = nearest(source, SOURCES)
        raise CommandError(f"There is no series source {shown(source)}", f"Sources: {' '.join(SOURCES)}.", tuple(near))
    if not _SERIES.fullmatch(code):
        raise CommandError(f"{shown(phrase.symbol)} names no series", "Write source and series: FRED:DGS10.")
    return Instrument(
        asset_class=AssetClass.MACRO, symbol=f"{source}:{code}", venue=source, currency="", kind=Kind.SERIES
    )


def macro(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """A macro series the index knows without its source."""
    return choose(known(context, (phrase.symbol,), AssetClass.MACRO, phrase.venue), context)
