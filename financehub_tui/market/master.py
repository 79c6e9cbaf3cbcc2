"""The security master: every instrument the workstation knows by itself, and how to find it.

The bundled file holds one record per instrument, decoded only when somebody asks for it, so that opening the master
and looking up one symbol costs a few milliseconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from financehub_tui.market.currencies import CURRENCIES
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.search import SearchIndex, compact

MASTER_FILE = Path(__file__).parent.parent / "data" / "master.msgpack"

_COMPOSITES = dict.fromkeys(("UN", "UW", "UQ", "UR", "UP", "UA", "UF", "UV"), "US")
_COMPOSITES |= {"GY": "GR", "JT": "JP", "SE": "SW", "CT": "CN", "AT": "AU"}
"""Bloomberg codes of single exchanges, and the country code the master keeps."""

_PAIRS = (AssetClass.CRYPTO, AssetClass.CURRENCY)


class _Era(msgspec.Struct):
    instruments: list[Instrument]
    sp500: list[str]


class _File(msgspec.Struct):
    symbols: list[str]
    records: list[msgspec.Raw]
    groups: dict[str, list[int]]
    eras: dict[str, _Era]


class _Listing(msgspec.Struct, frozen=True):
    """What search and look-up by other names read of a record."""

    asset_class: AssetClass
    symbol: str
    name: str = ""
    base: str = ""
    aliases: dict[str, str] = {}


class SecurityMaster:
    """Instruments by symbol, key, alias, group and free text. An earlier instrument is the better known one."""

    def __init__(self, instruments: Iterable[Instrument] = ()) -> None:
        self._symbols: list[str] = []
        self._records: list[Instrument | msgspec.Raw] = []
        self._groups: dict[str, list[int]] = {}
        self._positions: dict[str, list[int]] = {}
        self._compact: dict[str, list[int]] | None = None
        self._aliases: dict[str, dict[str, int]] | None = None
        self._bases: dict[str, list[int]] = {}
        self._index: SearchIndex | None = None
        self._era = ""
        self._lock = threading.Lock()
        self.add(instruments)

    def __len__(self) -> int:
        return len(self._records)

    def load(self, packed: bytes, era: str = "") -> None:
        """Take over a packed master; see `load_master` for eras. Raises msgspec.DecodeError."""
        content = msgspec.msgpack.decode(packed, type=_File)
        self._symbols = content.symbols
        self._records = list(content.records)
        self._groups = content.groups
        self._era = era
        self._positions = {}
        for position, symbol in enumerate(content.symbols):
            self._positions.setdefault(symbol, []).append(position)
        if era:
            self._go_back(content.eras[era])

    def _go_back(self, era: _Era) -> None:
        """Give tickers the meaning, and the S&P 500 the members, they had then."""
        for instrument in era.instruments:
            listed = self._listed(instrument.symbol)
            if listed is None:
                self._append(instrument)
            else:
                self._records[listed] = instrument
        members = [self._listed(symbol) for symbol in era.sp500]
        self._groups["sp500"] = [position for position in members if position is not None]

    def _listed(self, symbol: str) -> int | None:
        """Position of the US listing of a ticker."""
        positions = self._positions.get(symbol, [])
        return next((at for at in positions if self._at(at).exchange_code == "US"), None)

    def _at(self, position: int) -> Instrument:
        record = self._records[position]
        if not isinstance(record, Instrument):
            record = self._records[position] = msgspec.msgpack.decode(record, type=Instrument)
        return record

    def _glance(self, position: int) -> Instrument | _Listing:
        """A few fields of a record, which stays packed: whoever goes through all of them keeps none."""
        record = self._records[position]
        return record if isinstance(record, Instrument) else msgspec.msgpack.decode(record, type=_Listing)

    def all(self) -> list[Instrument]:
        """Every instrument, the better known first."""
        return [self._at(position) for position in range(len(self._records))]

    def exact(
        self,
        symbol: str,
        *,
        asset_class: AssetClass | None = None,
        exchange_code: str | None = None,
        venue: str | None = None,
    ) -> list[Instrument]:
        """Instruments of exactly this symbol in any case, best known first; empty where there is none.

        Where no symbol fits, an alias does (^GSPC, CL=F), then the symbol with other separators (BRK/B, BTC/USDT),
        then, for currencies and crypto, the base alone: `BTC` with CRYPTO, `JPY` with CURRENCY is USDJPY.
        """
        wanted = symbol.strip().upper()
        code = _COMPOSITES.get(exchange_code.upper(), exchange_code.upper()) if exchange_code else None
        # In turn, because an alias needs every record decoded and most symbols are known as they are.
        for find in (self._named, self._spelled, *((self._based,) if asset_class in _PAIRS else ())):
            fitting = [
                one
                for one in map(self._at, find(wanted))
                if (asset_class is None or one.asset_class is asset_class)
                and (code is None or one.exchange_code == code)
                and (venue is None or one.venue == venue.upper())
            ]
            if fitting:
                return fitting
        return []

    def _named(self, wanted: str) -> list[int]:
        return self._positions.get(wanted, [])

    def _spelled(self, wanted: str) -> list[int]:
        """Positions whose alias or symbol, separators aside, is this."""
        found = [table[wanted] for table in self._alias_tables().values() if wanted in table]
        if self._compact is None:
            self._compact = {}
            for position, symbol in enumerate(self._symbols):
                self._compact.setdefault(compact(symbol), []).append(position)
        joined = compact(wanted)
        alike = self._compact.get(joined, [])
        # Without a separator of its own, a word is not taken for a share class: BRKB is not BRK.B.
        found += [at for at in alike if joined != wanted or self._at(at).asset_class in _PAIRS]
        return list(dict.fromkeys(found))

    def _based(self, wanted: str) -> list[int]:
        """Positions of the pairs a base is quoted by: for a currency the dollar pair alone, whichever way round."""
        if wanted in CURRENCIES:
            return self._named(f"{wanted}USD") or self._named(f"USD{wanted}")
        self._alias_tables()
        return self._bases.get(wanted, [])

    def _alias_tables(self) -> dict[str, dict[str, int]]:
        if self._aliases is None:
            self._aliases = {}
            self._learn(0)
        return self._aliases

    def _learn(self, first: int) -> None:
        """Note the aliases and bases of the instruments from a position on."""
        if self._aliases is None:
            return
        for position in range(first, len(self._records)):
            instrument = self._glance(position)
            if instrument.asset_class is AssetClass.CRYPTO:
                self._bases.setdefault(instrument.base, []).append(position)
            for scheme, value in instrument.aliases.items():
                if scheme not in _DESCRIPTIVE:
                    self._aliases.setdefault(scheme, {}).setdefault(value.upper(), position)

    def by_key(self, key: str) -> Instrument | None:
        """The instrument of a key (`Instrument.key`)."""
        symbol = ":".join(key.split(":")[2:-2])
        found = (self._at(position) for position in self._positions.get(symbol.upper(), []))
        return next((one for one in found if one.key == key), None)

    def by_alias(self, scheme: str, value: str) -> Instrument | None:
        """The best-known instrument a scheme (yahoo, bloomberg, isin, cik, fred) calls so."""
        position = self._alias_tables().get(scheme, {}).get(value.upper())
        return None if position is None else self._at(position)

    def groups(self) -> list[str]:
        """Names `members` knows."""
        return sorted(self._groups)

    def members(self, group: str) -> list[Instrument]:
        """Instruments of a group: sp500, world-indices, fx-majors, fx, crypto, commodities, futures, etfs,
        treasuries, ...; empty for a name that is not in `groups()`."""
        return [self._at(position) for position in self._groups.get(group, [])]

    def add(self, instruments: Iterable[Instrument]) -> int:
        """Learn further instruments, such as those a provider's search found; returns how many were new."""
        first = len(self._records)
        for instrument in instruments:
            if self.by_key(instrument.key) is None:
                self._append(instrument)
        self._learn(first)
        self._compact = None
        with self._lock:
            if self._index is not None:
                self._fill(self._index)
        return len(self._records) - first

    def _append(self, instrument: Instrument) -> None:
        self._positions.setdefault(instrument.symbol.upper(), []).append(len(self._records))
        self._symbols.append(instrument.symbol)
        self._records.append(instrument)

    def warm(self) -> None:
        """Build the search index now; may be called from a thread while others look symbols up."""
        self._searchable()

    def _searchable(self) -> SearchIndex:
        with self._lock:
            if self._index is None:
                index = SearchIndex()
                self._fill(index)
                self._index = index
            return self._index

    def _fill(self, index: SearchIndex) -> None:
        """Put what the index does not hold yet into it."""
        fresh = (self._glance(position) for position in range(len(index), len(self._records)))
        known = _ALSO if self._era else _ALSO | _FORMERLY
        index.add((one.symbol, _searched(one.name, known)) for one in fresh)

    def suggest(self, text: str, limit: int = 20) -> list[Instrument]:
        """Instruments by symbol or name: exact symbol, symbol prefix, word prefix, infix; else similar words."""
        return [self._at(position) for position in self._searchable().find(text, limit)]


_ALSO = {
    "Ether /": "Ethereum",
    "XRP /": "Ripple",
    "BNB /": "Binance Coin",
    "Alphabet Inc. (": "Google",
}
"""Beginnings of names, and what people look for them as: coins by their network's."""
_FORMERLY = {"Meta Platforms": "Facebook", "RTX Corporation": "Raytheon", "Block, Inc.": "Square"}
"""Beginnings of names, and what the companies were called before; in an earlier era others bear those names."""


def _searched(name: str, known: Mapping[str, str]) -> str:
    """The text a name is found by."""
    if not name.startswith(tuple(known)):
        return name
    return next(f"{name} {also}" for beginning, also in known.items() if name.startswith(beginning))


_DESCRIPTIVE = frozenset({"mic", "root", "months"})
"""Alias schemes that describe an instrument and do not name it."""


def load_master(era: str = "") -> SecurityMaster:
    """The bundled master. `era="2018"` gives tickers and the S&P 500 the meaning of February 2018: FB is Facebook."""
    master = SecurityMaster()
    master.load(MASTER_FILE.read_bytes(), era)
    return master
