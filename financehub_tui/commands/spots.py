"""Currencies and coins: EURUSD, EUR Curncy, BTCUSDT@BINANCE, BTC Crypto."""

from __future__ import annotations

import msgspec

from financehub_tui.commands import pairs
from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.exchanges import CRYPTO_VENUES
from financehub_tui.commands.lookup import MOST_OTHERS, Resolved, check_venue, choose, known
from financehub_tui.commands.phrases import Phrase
from financehub_tui.commands.tokens import shown
from financehub_tui.errors import CommandError
from financehub_tui.market.currencies import pair_decimals
from financehub_tui.market.instrument import AssetClass, Instrument, Kind


def currency(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """A currency pair, a currency against the dollar, or a coin pair under Curncy."""
    pair = pairs.currency_pair(phrase.symbol)
    if pair:
        return spot(pair, phrase, context)
    pair = pairs.against_dollar(phrase.symbol)
    if pair:
        found = spot(pair, phrase, context)
        return found and msgspec.structs.replace(found, renamed=True)
    found = choose(known(context, (phrase.symbol,), AssetClass.CURRENCY, phrase.venue), context)
    return found or coin(phrase, context)


def spot(pair: tuple[str, str], phrase: Phrase, context: ParseContext) -> Resolved | None:
    """The spot pair of two currencies. Raises CommandError for a currency against itself."""
    base, quote = pair
    if base == quote:
        raise CommandError(f"{shown(phrase.typed)} is a currency against itself", "Write two currencies: EURUSD.")
    symbol = base + quote
    found = known(context, (symbol,), AssetClass.CURRENCY, phrase.venue)
    if found or phrase.venue:
        return Resolved(found[0]) if found else None
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


def coin(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """A coin or coin pair without the sector word: only coins that are known as such."""
    pair = pairs.crypto_pair(phrase.symbol)
    if pair:
        found = _pair_known(phrase, pair, context)
        return found or (_made_coin(pair, phrase.venue) if pair[0] in pairs.COINS else None)
    return coin_alone(phrase, context)


def crypto(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """A coin or coin pair said to be one, by sector word or venue."""
    found = choose(known(context, (phrase.symbol,), AssetClass.CRYPTO, phrase.venue), context)
    if found:
        return found
    pair = pairs.crypto_pair(phrase.symbol)
    if pair is None:
        return coin_alone(phrase, context)
    found = _pair_known(phrase, pair, context)
    return found or _made_coin(pair, phrase.venue)


def _pair_known(phrase: Phrase, pair: tuple[str, str], context: ParseContext) -> Resolved | None:
    base, quote = pair
    names = (phrase.symbol, base + quote, f"{base}-{quote}", f"{base}/{quote}")
    return choose(known(context, names, AssetClass.CRYPTO, phrase.venue), context)


def coin_alone(phrase: Phrase, context: ParseContext) -> Resolved | None:
    """The pair a coin alone means: against the dollar, else the best-known quote."""
    base = pairs.coin_name(phrase.symbol)
    tried = [_pair_known(phrase, (base, quote), context) for quote in pairs.DEFAULT_QUOTES]
    found = [one for one in tried if one]
    if found:
        others = [found[0].others, *((one.instrument, *one.others) for one in found[1:])]
        return Resolved(found[0].instrument, tuple(i for some in others for i in some)[:MOST_OTHERS], renamed=True)
    if base not in pairs.COINS:
        return None
    made = _made_coin((base, "USD"), phrase.venue)
    return made and msgspec.structs.replace(made, renamed=True)


def _made_coin(pair: tuple[str, str], venue: str) -> Resolved | None:
    base, quote = pair
    if venue and venue not in CRYPTO_VENUES:
        check_venue(venue)
        return None
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
