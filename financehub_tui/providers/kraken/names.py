"""Kraken's dialects of one market: REST key XXBTZUSD, altname XBTUSD, wsname XBT/USD, and BTC/USD on WebSocket v2.

The last, which is also that of `assetVersion=1`, is ours. Lower case is rejected everywhere, but tokenized shares
have it inside (AAPLx/USD), so that names the venue has given are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from financehub_tui.market.instrument import AssetClass, Instrument, Kind

VENUE = "KRAKEN"
_OLD = {"BTC": "XBT", "DOGE": "XDG"}
"""Assets that REST calls by another name."""
_LONG = frozenset(
    "XXBT XXDG XETC XETH XICN XLTC XMLN XNMC XREP XXLM XXMR XXRP XXVN XZEC ZAUD ZCAD ZEUR ZGBP ZJPY ZKRW ZUSD".split()
)
"""Names of the first assets in REST keys: X before a coin, Z before a currency."""
_NEW = {old: new for new, old in _OLD.items()}
_NEW |= {long: _NEW.get(long[1:], long[1:]) for long in _LONG}
_BEFORE_LONG = _LONG | {"USDT"}
"""What a long quote name may follow: XTZUSD is XTZ in USD, not XT in ZUSD."""
_QUOTES = "PYUSD RLUSD TBTC USDT USDC USDQ USDR EURC EURQ EURR USD EUR GBP CAD AUD CHF JPY AED XBT BTC ETH DAI SOL DOT"
_SEPARATOR = re.compile(r"[/\-_ ]")


def asset(name: str) -> str:
    """An asset's name on WebSocket v2: XXBT and XBT are BTC, ZUSD is USD."""
    return _NEW.get(name, name)


def pair(base: str, quote: str) -> str:
    """The v2 symbol of two assets in any dialect."""
    return f"{asset(base)}/{asset(quote)}"


def altname(symbol: str) -> str:
    """What REST takes for a v2 symbol: BTC/USD is XBTUSD."""
    base, _, quote = symbol.partition("/")
    return _OLD.get(base, base) + _OLD.get(quote, quote)


def spellings(symbol: str) -> set[str]:
    """Every name under which REST may answer for a v2 symbol: XBTUSD, XXBTZUSD, XBT/USD, BTC/USD.

    None of them is another symbol's: REZUSD is REZ/USD and not RE/USD.
    """
    base, _, quote = symbol.partition("/")
    pairs = [(one, other) for one in _forms(base) for other in _forms(quote)]
    joined = {one + other for one, other in pairs if other not in _LONG or one in _BEFORE_LONG}
    return joined | {f"{one}/{other}" for one, other in pairs}


def by_spelling(symbols: Iterable[str]) -> dict[str, str]:
    """V2 symbols by each of their spellings."""
    return {spelling: symbol for symbol in symbols for spelling in spellings(symbol)}


def read_pair(text: str, quote: str = "") -> str | None:
    """The v2 symbol of a pair written in any dialect, with or without separator; None where it is no pair.

    `quote` is the quote asset where it is known; else the usual ones are tried, the longest first.
    """
    parts = _SEPARATOR.split(text.strip())
    if len(parts) == 2 and all(parts):
        return pair(parts[0], parts[1])
    if len(parts) != 1:
        return None
    word = parts[0]
    endings = _forms(quote) if quote else {*_LONG, *_QUOTES.split()}
    for ending in sorted(endings, key=len, reverse=True):
        base = word.removesuffix(ending)
        if base not in ("", word) and (ending not in _LONG or base in _BEFORE_LONG):
            return pair(base, ending)
    return None


def symbol_of(instrument: Instrument) -> str | None:
    """The v2 symbol of a spot pair of this venue (or of none in particular), else None."""
    if instrument.asset_class is not AssetClass.CRYPTO or instrument.kind is not Kind.SPOT:
        return None
    if instrument.venue not in ("", VENUE):
        return None
    if alias := instrument.aliases.get("kraken"):
        return read_pair(alias)
    if instrument.base and instrument.currency:
        return pair(instrument.base.upper(), instrument.currency.upper())
    return read_pair(instrument.symbol.upper(), asset(instrument.currency.upper()))


def _forms(name: str) -> set[str]:
    old = _OLD.get(name, name)
    return {name, old, *(_LONG & {f"X{old}", f"Z{old}"})}
