"""Which instrument the words of a security mean.

Known instruments come from the index. One that is not there is made only from a form that leaves no doubt: a sector
word, `$`, a venue, two ISO currencies, an OCC symbol, a source prefix. Nothing is ever corrected to something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from financehub_tui.commands import pairs
from financehub_tui.commands.context import ParseContext, SecurityIndex
from financehub_tui.commands.contracts import FutureTerms, OptionTerms, future_terms, occ_terms
from financehub_tui.commands.exchanges import CRYPTO_VENUES, EXCHANGES, MICS, SUFFIXES, Exchange
from financehub_tui.commands.nearest import nearest
from financehub_tui.commands.phrases import Phrase, on_exchange
from financehub_tui.commands.printing import security_text
from financehub_tui.commands.tokens import shown
from financehub_tui.errors import CommandError
from financehub_tui.market.currencies import pair_decimals
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit

__all__ = ["SOURCES", "Resolved", "SecurityIndex", "resolve", "unknown"]

SOURCES = ("FRED", "ECB", "WB", "OECD", "IMF", "BLS", "BEA", "EIA", "EUROSTAT", "UST")
"""Prefixes of macro series: FRED:DGS10."""

_TICKER = re.compile(r"[A-Z0-9]{1,8}(?:[./-][A-Z0-9]{1,3})?")
_INDEX = re.compile(r"[A-Z0-9]{1,12}")
_SERIES = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,79}")
_TENOR = re.compile(r"([A-Z]{2})?(\d{1,2})([MY])")
_CLASS_MARK = re.compile(r"[./-]")
_OTHERS = 8


class Resolved(msgspec.Struct, frozen=True):
    """The instrument taken, and those the same words could mean."""

    instrument: Instrument
    others: tuple[Instrument, ...] = ()
    renamed: bool = False
    """True where the symbol taken is not the one typed: `BTC` → `BTCUSD`."""


def resolve(phrase: Phrase, context: ParseContext) -> Resolved:
    """The instrument of a phrase. Raises CommandError with suggestions where there is none."""
    if phrase.option:
        return Resolved(_option(phrase, phrase.option, context))
    if ":" in phrase.symbol:
        return Resolved(_series(phrase, context))
    found = _BY_SECTOR[phrase.sector](phrase, context) if phrase.sector else _bare(phrase, context)
    if found is None:
        raise unknown(phrase, context)
    return found


def unknown(phrase: Phrase, context: ParseContext) -> CommandError:
    """The error for words that are no security, with what they are like."""
    near = [security_text(found) for found in context.index.suggest(phrase.symbol, 5)]
    if phrase.explicit:
        return CommandError(
            f"There is no security {shown(phrase.typed)}",
            _full_form(phrase) if phrase.exchange else "SECF finds securities by name.",
            tuple(near),
        )
    functions = nearest(phrase.symbol, context.registry.names)
    hint = f"Did you mean {', '.join([*functions, *near][:4])}?" if functions or near else "SECF finds, HELP explains."
    return CommandError(f"{shown(phrase.typed)} is no function and no security", hint, (*functions, *near))


def _full_form(phrase: Phrase) -> str:
    return f"Where it exists all the same, write it in full: {phrase.typed[:60]} Equity."


def _exact(context: ParseContext, names: Iterable[str], asset_class: AssetClass | None, venue: str) -> list[Instrument]:
    """Known instruments under any of several spellings; those whose own symbol is typed come before aliases."""
    spellings = tuple(dict.fromkeys(name for name in names if name))
    found: dict[str, Instrument] = {}
    for name in spellings:
        for instrument in context.index.exact(name, asset_class=asset_class, venue=venue or None):
            if _is_named(instrument, name):
                found.setdefault(instrument.key, instrument)
    return sorted(found.values(), key=lambda instrument: _rank(instrument, spellings))


def _is_named(instrument: Instrument, name: str) -> bool:
    """True where a name is the instrument's own, so that an index with a generous idea of `exact` corrects nothing."""
    if name == instrument.symbol.upper() or any(name == alias.upper() for alias in instrument.aliases.values()):
        return True
    if instrument.asset_class is AssetClass.CRYPTO and instrument.base == pairs.coin_name(name):
        return True
    paired = instrument.asset_class in (AssetClass.CRYPTO, AssetClass.CURRENCY)
    return paired and _CLASS_MARK.sub("", name) == _CLASS_MARK.sub("", instrument.symbol.upper())


def _rank(instrument: Instrument, spellings: tuple[str, ...]) -> int:
    return spellings.index(instrument.symbol) if instrument.symbol in spellings else len(spellings)


def _share_names(symbol: str) -> tuple[str, ...]:
    """BRK.B BRK/B BRK-B are one share class; a London ticker may carry a slash at its end."""
    if not _CLASS_MARK.search(symbol):
        return (symbol,)
    return (symbol, *(_CLASS_MARK.sub(mark, symbol) for mark in "./-"), symbol.rstrip("./"))


def _choose(found: list[Instrument], context: ParseContext) -> Resolved | None:
    """The home exchange's instrument, else the first; the rest as others."""
    if not found:
        return None
    same = [instrument for instrument in found if instrument.symbol == found[0].symbol]
    home = next((instrument for instrument in same if instrument.exchange_code == context.home_exchange), found[0])
    others = [instrument for instrument in found if security_text(instrument) != security_text(home)]
    return Resolved(home, tuple(others[:_OTHERS]))


def _bare(phrase: Phrase, context: ParseContext) -> Resolved | None:
    if phrase.exchange:
        return _on_code(phrase, phrase.exchange, context)
    if phrase.forced:
        return _equity(phrase, context, known_only=True) or _known(phrase, context) or _equity(phrase, context)
    if phrase.venue:
        return _at_venue(phrase, context)
    pair = pairs.currency_pair(phrase.symbol)
    if pair:
        return _spot(pair, phrase, context)
    return _known(phrase, context)


def _known(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """Everything a word without sector can mean, by the index and by forms that need no index."""
    symbol = phrase.symbol
    found = _choose(_exact(context, _share_names(symbol), None, ""), context)
    if found:
        coin = _coin_alone(phrase, context) if symbol in pairs.COINS else None
        others = (*found.others, coin.instrument, *coin.others) if coin else found.others
        return Resolved(found.instrument, others[:_OTHERS])
    return (
        _suffixed(phrase, context, known_only=True)
        or _coin(phrase, context)
        or (_future(symbol, None, context) if symbol.endswith("=F") else None)
    )


def _at_venue(phrase: Phrase, context: ParseContext) -> Resolved | None:
    found = _choose(_exact(context, _share_names(phrase.symbol), None, phrase.venue), context)
    if found:
        return found
    if phrase.venue in MICS:
        return None
    _check_venue(phrase.venue)
    return _crypto(phrase, context)


def _check_venue(venue: str) -> None:
    if venue not in CRYPTO_VENUES and venue not in MICS:
        near = nearest(venue, (*CRYPTO_VENUES, *MICS))
        hint = f"Did you mean {', '.join(near)}?" if near else "Venues are MICs such as XNAS, or BINANCE, KRAKEN."
        raise CommandError(f"There is no venue {shown(venue)}", hint, tuple(near))


def _equity(phrase: Phrase, context: ParseContext, *, known_only: bool = False) -> Resolved | None:
    if phrase.exchange:
        return _on_code(phrase, phrase.exchange, context, make=not known_only)
    found = _choose(_exact(context, _share_names(phrase.symbol), AssetClass.EQUITY, phrase.venue), context)
    if found is None and not phrase.venue:
        found = _suffixed(phrase, context, known_only=known_only)
    if found or known_only:
        return found
    if phrase.venue:
        _check_venue(phrase.venue)
        return _made_equity(phrase.symbol, MICS[phrase.venue]) if phrase.venue in MICS else None
    return _made_equity(phrase.symbol, EXCHANGES.get(context.home_exchange, EXCHANGES["US"]))


def _on_code(phrase: Phrase, exchange: Exchange, context: ParseContext, *, make: bool = True) -> Resolved | None:
    for name in _share_names(phrase.symbol):
        found = [one for one in on_exchange(name, exchange, context) if _is_named(one, name)]
        if found:
            return _choose(sorted(found, key=lambda one: one.symbol != name), context)
    sure = make and (phrase.forced or phrase.sector is AssetClass.EQUITY)
    return _made_equity(phrase.symbol, exchange) if sure else None


def _suffixed(phrase: Phrase, context: ParseContext, *, known_only: bool) -> Resolved | None:
    """VOD.L, 7203.T, 0700.HK by Yahoo's suffixes."""
    ticker, dot, suffix = phrase.symbol.rpartition(".")
    exchange = SUFFIXES.get(suffix) if dot and ticker else None
    if exchange is None:
        return None
    for name in (ticker, ticker.lstrip("0")):
        found = [one for one in on_exchange(name, exchange, context) if _is_named(one, name)]
        if found:
            return Resolved(found[0])
    return None if known_only else _made_equity(ticker, exchange)


def _made_equity(symbol: str, exchange: Exchange) -> Resolved | None:
    if not _TICKER.fullmatch(symbol):
        return None
    return Resolved(
        Instrument(
            asset_class=AssetClass.EQUITY,
            symbol=symbol,
            venue=exchange.mics[0] if len(exchange.mics) == 1 else "",
            currency=exchange.currency,
            unit=exchange.unit,
            exchange_code=exchange.code,
            country=exchange.country,
        )
    )


def _currency(phrase: Phrase, context: ParseContext) -> Resolved | None:
    pair = pairs.currency_pair(phrase.symbol)
    if pair:
        return _spot(pair, phrase, context)
    pair = pairs.against_dollar(phrase.symbol)
    if pair:
        found = _spot(pair, phrase, context)
        return found and msgspec.structs.replace(found, renamed=True)
    found = _choose(_exact(context, (phrase.symbol,), AssetClass.CURRENCY, phrase.venue), context)
    return found or _coin(phrase, context)


def _spot(pair: tuple[str, str], phrase: Phrase, context: ParseContext) -> Resolved | None:
    base, quote = pair
    if base == quote:
        raise CommandError(f"{shown(phrase.typed)} is a currency against itself", "Write two currencies: EURUSD.")
    symbol = base + quote
    found = _exact(context, (symbol,), AssetClass.CURRENCY, phrase.venue)
    if found:
        return Resolved(found[0])
    return Resolved(
        Instrument(
            asset_class=AssetClass.CURRENCY,
            symbol=symbol,
            currency=quote,
            kind=Kind.SPOT,
            base=base,
            name=f"{base}/{quote}",
            decimals=pair_decimals(base, quote),
        )
    )


def _coin(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """A coin or coin pair without the sector word: only coins that are known as such."""
    pair = pairs.crypto_pair(phrase.symbol)
    if pair:
        found = _pair_known(phrase, pair, context)
        return found or (_made_coin(pair, phrase.venue) if pair[0] in pairs.COINS else None)
    return _coin_alone(phrase, context)


def _crypto(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """A coin or coin pair said to be one, by sector word or venue."""
    found = _choose(_exact(context, (phrase.symbol,), AssetClass.CRYPTO, phrase.venue), context)
    if found:
        return found
    pair = pairs.crypto_pair(phrase.symbol)
    if pair is None:
        return _coin_alone(phrase, context)
    found = _pair_known(phrase, pair, context)
    if found is None and phrase.venue:
        _check_venue(phrase.venue)
    return found or _made_coin(pair, phrase.venue)


def _pair_known(phrase: Phrase, pair: tuple[str, str], context: ParseContext) -> Resolved | None:
    base, quote = pair
    names = (phrase.symbol, base + quote, f"{base}-{quote}", f"{base}/{quote}")
    return _choose(_exact(context, names, AssetClass.CRYPTO, phrase.venue), context)


def _coin_alone(phrase: Phrase, context: ParseContext) -> Resolved | None:
    base = pairs.coin_name(phrase.symbol)
    known = [_pair_known(phrase, (base, quote), context) for quote in pairs.DEFAULT_QUOTES]
    found = [one for one in known if one]
    if found:
        others = [found[0].others, *((one.instrument, *one.others) for one in found[1:])]
        return Resolved(found[0].instrument, tuple(i for some in others for i in some)[:_OTHERS], renamed=True)
    if base not in pairs.COINS:
        return None
    return msgspec.structs.replace(_made_coin((base, "USD"), phrase.venue), renamed=True)


def _made_coin(pair: tuple[str, str], venue: str) -> Resolved:
    base, quote = pair
    return Resolved(
        Instrument(
            asset_class=AssetClass.CRYPTO,
            symbol=pairs.pair_symbol(base, quote),
            venue=venue,
            currency=quote,
            kind=Kind.SPOT,
            base=base,
            name=f"{base}/{quote}",
        )
    )


def _index(phrase: Phrase, context: ParseContext) -> Resolved | None:
    symbol = phrase.symbol
    found = _choose(_exact(context, (symbol, symbol.lstrip("^")), AssetClass.INDEX, phrase.venue), context)
    if found or phrase.exchange:
        return found
    found = _future(symbol, AssetClass.INDEX, context)
    if found or not _INDEX.fullmatch(symbol.lstrip("^")):
        return found
    return Resolved(
        Instrument(asset_class=AssetClass.INDEX, symbol=symbol.lstrip("^"), unit=Unit.POINTS, kind=Kind.INDEX)
    )


def _commodity(phrase: Phrase, context: ParseContext) -> Resolved | None:
    found = _choose(_exact(context, (phrase.symbol,), AssetClass.COMMODITY, phrase.venue), context)
    if found or phrase.exchange:
        return found
    return _future(phrase.symbol, AssetClass.COMMODITY, context) or _made_future(phrase.symbol)


def _future(symbol: str, sector: AssetClass | None, context: ParseContext) -> Resolved | None:
    """A contract of a root whose front month is known."""
    terms = future_terms(symbol)
    if terms is None:
        return None
    front = _exact(context, (symbol, f"{terms.root}1"), sector, "")
    if not front or front[0].kind not in (Kind.GENERIC_FUTURE, Kind.FUTURE):
        return None
    if terms.generic and front[0].symbol == terms.root + terms.month:
        return Resolved(front[0])
    return Resolved(_contract(front[0], terms))


def _contract(front: Instrument, terms: FutureTerms) -> Instrument:
    return msgspec.structs.replace(
        front,
        symbol=terms.root + terms.month,
        kind=Kind.GENERIC_FUTURE if terms.generic else Kind.FUTURE,
        name=f"{front.name} {terms.month}" if front.name else "",
        aliases={},
    )


def _made_future(symbol: str) -> Resolved | None:
    terms = future_terms(symbol)
    if terms is None:
        return None
    blank = Instrument(asset_class=AssetClass.COMMODITY, symbol=symbol)
    return Resolved(_contract(blank, terms))


def _government(phrase: Phrase, context: ParseContext) -> Resolved | None:
    match = _TENOR.fullmatch(phrase.symbol)
    names = (phrase.symbol,) if match is None else (phrase.symbol, *_tenor_names(match))
    found = _choose(_exact(context, names, AssetClass.GOVERNMENT, phrase.venue), context)
    if found or match is None or not int(match[2]) or phrase.exchange:
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


def _corporate(phrase: Phrase, context: ParseContext) -> Resolved | None:
    return _choose(_exact(context, (phrase.symbol,), AssetClass.CORPORATE, phrase.venue), context)


def _listed_option(phrase: Phrase, context: ParseContext) -> Resolved | None:
    return _choose(_exact(context, (phrase.symbol,), AssetClass.OPTION, phrase.venue), context)


def _option(phrase: Phrase, terms: OptionTerms, context: ParseContext) -> Instrument:
    known = context.index.exact(terms.occ, asset_class=AssetClass.OPTION)
    if known:
        return known[0]
    in_full = phrase.forced or phrase.sector is not None or occ_terms(phrase.symbol) is not None
    if not in_full and not context.index.exact(terms.root):
        near = tuple(security_text(found) for found in context.index.suggest(terms.root, 3))
        raise CommandError(f"There is no security {shown(terms.root)} with options", "AAPL 260116 C 200", near)
    return Instrument(
        asset_class=AssetClass.OPTION,
        symbol=terms.occ,
        kind=Kind.OPTION,
        exchange_code="US",
        country="US",
        name=terms.title,
        base=terms.root,
        decimals=2,
        aliases={"occ": terms.occ},
    )


def _series(phrase: Phrase, context: ParseContext) -> Instrument:
    source, _, series = phrase.symbol.partition(":")
    known = context.index.exact(phrase.symbol) or context.index.exact(
        series, asset_class=AssetClass.MACRO, venue=source
    )
    if known:
        return known[0]
    if source not in SOURCES:
        near = nearest(source, SOURCES)
        raise CommandError(f"There is no series source {shown(source)}", f"Sources: {' '.join(SOURCES)}.", tuple(near))
    if not _SERIES.fullmatch(series):
        raise CommandError(f"{shown(phrase.symbol)} names no series", "Write source and series: FRED:DGS10.")
    return Instrument(
        asset_class=AssetClass.MACRO, symbol=f"{source}:{series}", venue=source, currency="", kind=Kind.SERIES
    )


def _macro(phrase: Phrase, context: ParseContext) -> Resolved | None:
    return _choose(_exact(context, (phrase.symbol,), AssetClass.MACRO, phrase.venue), context)


_BY_SECTOR: dict[AssetClass, Callable[[Phrase, ParseContext], Resolved | None]] = {
    AssetClass.EQUITY: _equity,
    AssetClass.CURRENCY: _currency,
    AssetClass.COMMODITY: _commodity,
    AssetClass.INDEX: _index,
    AssetClass.GOVERNMENT: _government,
    AssetClass.CORPORATE: _corporate,
    AssetClass.CRYPTO: _crypto,
    AssetClass.OPTION: _listed_option,
    AssetClass.MACRO: _macro,
}
