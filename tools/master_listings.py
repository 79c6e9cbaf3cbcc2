"""Read the exchange listings and constituent tables the security master is built from."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit

TABLES = Path(__file__).parent / "tables"

OTHER_VENUES = {"N": "XNYS", "P": "ARCX", "A": "XASE", "Z": "BATS"}
US_STATES = (
    frozenset(
        "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia Hawaii Idaho "
        "Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota "
        "Mississippi Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon Pennsylvania Tennessee Texas Utah "
        "Vermont Virginia Washington Wisconsin Wyoming D.C. DC".split()
    )
    | {"New York", "New Jersey", "New Hampshire", "New Mexico", "North Carolina", "North Dakota", "Rhode Island"}
    | {"South Carolina", "South Dakota", "West Virginia", "New York City", "Kentucky"}
)

# Warrants, units, rights, preferred shares and notes have no kind of their own in the master.
_NOT_SHARES = re.compile(
    r"\b(warrants?|units?|rights?|preferred|preference|pfd|notes? due|debentures?|depositary shares?,? each repr"
    r"|subordinated|senior notes|trust preferred|notes)\b",
    re.IGNORECASE,
)
_PARTNERSHIP = re.compile(r"common units|limited partner|representing", re.IGNORECASE)
_TAIL = re.compile(r"\s*-?\s*(common stock|common shares|ordinary shares?|capital stock)$", re.IGNORECASE)
_RECEIPT = re.compile(r"\s*-?\s*(sponsored )?american deposit[ao]ry (shares?|receipts?).*$", re.IGNORECASE)
_SUFFIX = re.compile(r"^[A-Z]+(\$.*|\.[WUR].*)$")


def table(name: str) -> list[dict[str, str]]:
    """Rows of one of the hand-typed tables."""
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def clean_name(name: str) -> str:
    """A security's name without the words for an ordinary share; classes and trusts stay."""
    return _TAIL.sub("", _RECEIPT.sub(" ADR", " ".join(name.split()))).strip(" -,")


def is_share(symbol: str, name: str) -> bool:
    """True for shares, depositary receipts and partnerships; False for warrants, preferreds, notes."""
    if not symbol or not name or _SUFFIX.match(symbol):
        return False
    return bool(_PARTNERSHIP.search(name)) or not _NOT_SHARES.search(name)


def equity(symbol: str, name: str, venue: str, *, etf: bool = False, **more: str) -> Instrument:
    """A US listing. A share class is written with a dot, as the tape does; Bloomberg and Yahoo write it otherwise."""
    aliases = {"yahoo": symbol.replace(".", "-")}
    if "." in symbol:
        aliases["bloomberg"] = symbol.replace(".", "/")
    if cik := more.pop("cik", ""):
        aliases["cik"] = cik.zfill(10)
    kind = Kind.ETF if etf else Kind.STOCK
    return Instrument(
        asset_class=AssetClass.EQUITY,
        symbol=symbol,
        venue=venue,
        kind=kind,
        exchange_code="US",
        name=name,
        decimals=2,
        aliases=aliases,
        **more,
    )


def us_listings(data: Path) -> Iterator[Instrument]:
    """Every share and fund of the Nasdaq Trader directories, test issues left out."""
    folder = data / "core_datasets"
    for row in rows(folder / "nasdaq_listings" / "nasdaq-listed-symbols.csv"):
        etf = row["ETF"] == "Y"
        symbol, name = row["Symbol"], row["Security Name"]
        if row["Test Issue"] == "N" and (etf or is_share(symbol, name)):
            yield equity(symbol, clean_name(name), "XNAS", etf=etf)
    for row in rows(folder / "nyse_other_listings" / "other-listed.csv"):
        etf = row["ETF"] == "Y"
        symbol, name = row["ACT Symbol"], row["Security Name"]
        if row["Test Issue"] == "N" and (etf or is_share(symbol, name)):
            yield equity(symbol, clean_name(name), OTHER_VENUES[row["Exchange"]], etf=etf)


def country_of(headquarters: str) -> str:
    """Country of a `City, State` or `City, Country` address."""
    last = headquarters.split(";", maxsplit=1)[0].rsplit(",", 1)[-1].strip()
    return "United States" if last in US_STATES or not last else last


def sp500(data: Path) -> list[dict[str, str]]:
    """Current constituents: Symbol, Security, GICS Sector, GICS Sub-Industry, Headquarters Location, CIK."""
    return rows(data / "core_datasets" / "sp500_constituents" / "constituents.csv")


def _directory(data: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(data / "symbol_directory_financedatabase" / "financedatabase_part.zip") as archive:
        text = io.TextIOWrapper(archive.open(f"database/equities/{name}.csv"), encoding="utf-8", newline="")
        return [row for row in csv.DictReader(text) if row["delisted"] == "False" and row["sector"]]


def _foreign(row: dict[str, str], venue: str, code: str, unit: Unit, isins: tuple[str, ...]) -> Instrument:
    aliases = {"yahoo": row["symbol"]}
    if row["isin"].startswith(isins):
        aliases["isin"] = row["isin"]
    return Instrument(
        asset_class=AssetClass.EQUITY,
        symbol=row["symbol"].rsplit(".", 1)[0].replace("-", "."),
        venue=venue,
        currency=row["currency"],
        unit=unit,
        exchange_code=code,
        name=clean_name(row["name"]),
        country=row["country"],
        sector=row["sector"],
        industry=row["industry"],
        aliases=aliases,
    )


def london(data: Path) -> Iterator[Instrument]:
    """UK companies on the London Stock Exchange, which quotes them in pence."""
    for row in _directory(data, "LSE"):
        if row["currency"] == "GBP" and row["country"] in ("United Kingdom", "Jersey", "Guernsey", "Isle of Man"):
            yield _foreign(row, "XLON", "LN", Unit.MINOR, ("GB", "JE", "GG", "IM"))


def tokyo(data: Path) -> Iterator[Instrument]:
    """Japanese companies of mid size and above on the Tokyo Stock Exchange."""
    for row in _directory(data, "JPX"):
        sized = row["market_cap"] in ("Mega Cap", "Large Cap", "Mid Cap")
        if sized and row["currency"] == "JPY" and row["country"] == "Japan":
            yield _foreign(row, "XTKS", "JP", Unit.CURRENCY, ("JP",))
