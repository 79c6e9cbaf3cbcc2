"""Which currencies the ECB has set reference rates for, and until when."""

from __future__ import annotations

from datetime import date

from financehub_tui.market.instrument import AssetClass, Instrument

FIRST_DAY = date(1999, 1, 4)

CURRENT = frozenset(
    "EUR USD JPY CZK DKK GBP HUF PLN RON SEK CHF ISK NOK TRY AUD BRL CAD CNY HKD IDR ILS INR KRW MXN MYR NZD PHP "
    "SGD THB ZAR".split()
)
LAST_DAY = {
    "SIT": date(2006, 12, 29),
    "CYP": date(2007, 12, 31),
    "MTL": date(2007, 12, 31),
    "SKK": date(2008, 12, 31),
    "EEK": date(2010, 12, 31),
    "LVL": date(2013, 12, 31),
    "LTL": date(2014, 12, 31),
    "ROL": date(2005, 6, 30),
    "TRL": date(2004, 12, 31),
    "RUB": date(2022, 3, 1),
    "HRK": date(2022, 12, 30),
    "BGN": date(2025, 12, 31),
}
"""Currencies that left the list, with the day of their last rate."""


def legs(instrument: Instrument) -> tuple[str, str] | None:
    """Base and quote currency of a pair (EURUSD: price of one EUR in USD); None for anything else."""
    symbol = instrument.symbol.upper()
    pair = symbol[:3], symbol[3:]
    plain = len(symbol) == 6 and symbol.isascii() and symbol.isalpha() and pair[0] != pair[1]
    return pair if plain and instrument.asset_class is AssetClass.CURRENCY else None


def known(code: str) -> bool:
    """True for every currency that has or had a reference rate."""
    return code in CURRENT or code in LAST_DAY


def retired(*codes: str) -> str:
    """Why there is no present rate for these currencies; empty where there is one."""
    gone = [f"{code} has had no reference rate since {LAST_DAY[code]}" for code in codes if code in LAST_DAY]
    return "; ".join(gone)
