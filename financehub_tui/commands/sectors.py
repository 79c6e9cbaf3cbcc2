"""Market sector words (the yellow keys) and their short forms."""

from __future__ import annotations

from financehub_tui.errors import CommandError
from financehub_tui.market.instrument import AssetClass

SECTOR_WORDS: dict[str, AssetClass] = {
    "EQUITY": AssetClass.EQUITY,
    "EQ": AssetClass.EQUITY,
    "CURNCY": AssetClass.CURRENCY,
    "CUR": AssetClass.CURRENCY,
    "FX": AssetClass.CURRENCY,
    "COMDTY": AssetClass.COMMODITY,
    "CMDTY": AssetClass.COMMODITY,
    "CMD": AssetClass.COMMODITY,
    "INDEX": AssetClass.INDEX,
    "IDX": AssetClass.INDEX,
    "GOVT": AssetClass.GOVERNMENT,
    "GOV": AssetClass.GOVERNMENT,
    "CORP": AssetClass.CORPORATE,
    "CRYPTO": AssetClass.CRYPTO,
    "CRY": AssetClass.CRYPTO,
    "OPTION": AssetClass.OPTION,
    "OPT": AssetClass.OPTION,
    "MACRO": AssetClass.MACRO,
}
"""Upper-case word to asset class."""

LEADER_WORDS: dict[str, AssetClass] = {
    ".E": AssetClass.EQUITY,
    ".C": AssetClass.CURRENCY,
    ".I": AssetClass.INDEX,
    ".K": AssetClass.COMMODITY,
    ".G": AssetClass.GOVERNMENT,
    ".X": AssetClass.CRYPTO,
}
"""The `.` leader on an empty line, for terminals that eat function keys."""

UNCOVERED: dict[str, str] = {
    "MTGE": "Mtge",
    "M-MKT": "M-Mkt",
    "MMKT": "M-Mkt",
    "MUNI": "Muni",
    "PFD": "Pfd",
}
"""Sector words understood but without a source of data."""


def sector_of(word: str) -> AssetClass | None:
    """The asset class of an upper-case sector word; None where it is no sector word. Raises CommandError."""
    found = SECTOR_WORDS.get(word) or LEADER_WORDS.get(word)
    if found is None and word in UNCOVERED:
        raise CommandError(
            f"{UNCOVERED[word]} securities have no data source here",
            "Sectors: Equity Curncy Comdty Index Govt Corp Crypto Option.",
        )
    return found


def is_sector(word: str) -> bool:
    """True for every sector word, covered or not."""
    return word in SECTOR_WORDS or word in LEADER_WORDS or word in UNCOVERED
