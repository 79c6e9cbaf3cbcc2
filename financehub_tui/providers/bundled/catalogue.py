"""What the bundled data of a scenario holds: one entry per series, read without opening any data file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import AssetClass
from financehub_tui.market.provenance import Adjustment

DEMO_FOLDER = Path(__file__).parent.parent.parent / "data" / "demo"


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The publisher of a set."""

    title: str
    url: str
    licence: str
    licence_file: str = ""
    """Name below `licences/` beside the catalogue; empty where the licence has no text of its own."""


class Series(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One bar series of one instrument."""

    asset_class: AssetClass
    symbol: str
    currency: str = "USD"
    interval: Interval = Interval.D1
    file: str
    """Parquet file with the columns symbol, time, open, high, low, close, volume, sorted by symbol and time."""
    source: str
    closes: str = "us"
    """The rule by which a daily bar becomes known, see `visibility.py`."""
    adjustment: Adjustment = Adjustment.NONE
    decimals: int
    rows: int
    first: str
    last: str


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Everything bundled for one scenario. `start` and `end` of its clock are nanoseconds since 1970 UTC."""

    name: str
    title: str
    start: int
    end: int
    era: str
    """The `load_master` era that gives tickers the meaning they had then."""
    sources: dict[str, Source]
    series: list[Series]
    reference: list[str]
    """Currencies with ECB reference rates in rates.parquet, for crosses without bars of their own."""
    recordings: list[str]
    """Symbols with recorded frames in frames_SYMBOL.parquet."""

    def find(self, asset_class: AssetClass, symbol: str, currency: str) -> list[Series]:
        """The series of an instrument, one per interval."""
        return _by_instrument(self.name).get((asset_class, symbol, currency), [])


@lru_cache
def catalogue(scenario: str) -> Catalogue:
    """The catalogue of a scenario: equities or crypto. Raises FileNotFoundError for another name."""
    content = (DEMO_FOLDER / scenario / "catalogue.json").read_bytes()
    return msgspec.json.decode(content, type=Catalogue)


@lru_cache
def _by_instrument(scenario: str) -> dict[tuple[AssetClass, str, str], list[Series]]:
    found: dict[tuple[AssetClass, str, str], list[Series]] = {}
    for one in catalogue(scenario).series:
        found.setdefault((one.asset_class, one.symbol, one.currency), []).append(one)
    return found
