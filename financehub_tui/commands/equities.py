"""Shares and funds: VOD LN, VOD.L, AAPL@XNAS, and those no index knows but whose form leaves no doubt."""

from __future__ import annotations

import re

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.exchanges import EXCHANGES, MICS, SUFFIXES, Exchange
from financehub_tui.commands.lookup import Resolved, check_venue, choose, is_named, known, share_names
from financehub_tui.commands.phrases import Phrase, on_exchange
from financehub_tui.market.instrument import AssetClass, Instrument

_TICKER = re.compile(r"[A-Z0-9]{1,8}(?:[./-][A-Z0-9]{1,3})?")


def equity(phrase: Phrase, context: ParseContext, *, known_only: bool = False) -> Resolved | None:
    """The equity of a phrase, made where its form leaves no doubt; None where there is none."""
    if phrase.exchange:
        return on_code(phrase, phrase.exchange, context, make=not known_only)
    found = choose(known(context, share_names(phrase.symbol), AssetClass.EQUITY, phrase.venue), context)
    if found is None and not phrase.venue:
        found = suffixed(phrase, context, known_only=known_only)
    if found or known_only:
        return found
    if phrase.venue:
        check_venue(phrase.venue)
        return _made_equity(phrase.symbol, MICS[phrase.venue]) if phrase.venue in MICS else None
    return _made_equity(phrase.symbol, EXCHANGES.get(context.home_exchange, EXCHANGES["US"]))


def on_code(phrase: Phrase, exchange: Exchange, context: ParseContext, *, make: bool = True) -> Resolved | None:
    """The equity under an exchange code; `make` allows one no index knows, where $ or the sector was typed."""
    for name in share_names(phrase.symbol):
        found = [one for one in on_exchange(name, exchange, context) if is_named(one, name)]
        if found:
            return choose(sorted(found, key=lambda one: one.symbol != name), context)
    sure = make and (phrase.forced or phrase.sector is AssetClass.EQUITY)
    return _made_equity(phrase.symbol, exchange) if sure else None


def suffixed(phrase: Phrase, context: ParseContext, *, known_only: bool) -> Resolved | None:
    """VOD.L, 7203.T, 0700.HK by Yahoo's suffixes."""
    ticker, dot, suffix = phrase.symbol.rpartition(".")
    exchange = SUFFIXES.get(suffix) if dot and ticker else None
    if exchange is None:
        return None
    for name in (ticker, ticker.lstrip("0")):
        found = [one for one in on_exchange(name, exchange, context) if is_named(one, name)]
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
