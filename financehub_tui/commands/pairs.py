"""Forms of currency and crypto pairs: EURUSD EUR/USD EURUSD=X, BTCUSDT BTC-USD BTC/USDT XBTUSD."""

from __future__ import annotations

import re

from financehub_tui.market.currencies import CURRENCIES, METALS

COINS = frozenset(
    "BTC ETH BNB SOL XRP ADA DOGE TRX TON AVAX SHIB DOT LINK MATIC POL LTC BCH NEAR UNI ICP APT ETC XLM ATOM XMR FIL "
    "HBAR ARB VET OP MKR AAVE GRT ALGO INJ SUI SEI TIA PEPE WIF BONK FTM SAND MANA AXS EOS XTZ EGLD THETA SNX CRV "
    "LDO RUNE KAS IMX STX QNT FLOW CHZ ZEC DASH NEO KSM COMP ENJ BAT ZRX SUSHI YFI 1INCH PAXG WLD JUP PYTH ENA".split()
)
"""Coins read without a sector word."""

QUOTES = ("FDUSD", "USDT", "USDC", "BUSD", "TUSD", "PYUSD", "DAI", "USD", "EUR", "GBP", "JPY", "AUD", "CAD", "CHF",
          "TRY", "BRL", "KRW", "BTC", "XBT", "ETH", "BNB")  # fmt: skip
"""What coins are quoted in. A stablecoin is never taken for the currency it follows."""

DEFAULT_QUOTES = ("USD", "USDT", "USDC", "FDUSD", "EUR")
"""Tried in this order where only the coin is given."""

_RENAMED = {"XBT": "BTC"}
_SEPARATED = re.compile(r"([A-Z0-9]{1,15})[-/_]([A-Z0-9]{1,15})")
_SIX = re.compile(r"([A-Z]{3})[/-]?([A-Z]{3})(?:=X)?")
_YAHOO_ONE = re.compile(r"([A-Z]{3})=X")


def coin_name(asset: str) -> str:
    """The common code of a coin: BTC for XBT."""
    return _RENAMED.get(asset, asset)


def currency_pair(text: str) -> tuple[str, str] | None:
    """(base, quote) of two ISO 4217 codes (metals included); None for anything else."""
    match = _SIX.fullmatch(text)
    if match:
        base, quote = match.groups()
        return (base, quote) if base in CURRENCIES and quote in CURRENCIES else None
    match = _YAHOO_ONE.fullmatch(text)
    return ("USD", match[1]) if match and match[1] in CURRENCIES and match[1] != "USD" else None


def against_dollar(code: str) -> tuple[str, str] | None:
    """The pair `EUR Curncy` means: EUR, GBP, AUD, NZD and metals over the dollar, the dollar over all others."""
    if code not in CURRENCIES or code == "USD":
        return None
    return (code, "USD") if code in ("EUR", "GBP", "AUD", "NZD", *METALS) else ("USD", code)


def crypto_pair(text: str) -> tuple[str, str] | None:
    """(base, quote) of a coin pair by its form, quote one of `QUOTES`; None for anything else."""
    match = _SEPARATED.fullmatch(text)
    if match:
        base, quote = match.groups()
        return (coin_name(base), coin_name(quote)) if quote in QUOTES else None
    splits = [(text.removesuffix(quote), quote) for quote in QUOTES if text.endswith(quote)]
    splits = [(coin_name(base), coin_name(quote)) for base, quote in splits if len(base) >= 2 and base.isalnum()]
    # DOTUSD ends like a pair in TUSD, too: a known coin decides.
    return next((split for split in splits if split[0] in COINS), splits[0] if splits else None)


def pair_symbol(base: str, quote: str) -> str:
    """BTCUSDT; with a hyphen where the joined form would be read as another pair."""
    joined = base + quote
    return joined if crypto_pair(joined) == (base, quote) else f"{base}-{quote}"
