"""Build the bundled security master: `python -m tools.build_master DATA_FOLDER`.

Reads the listings and constituent sets below DATA_FOLDER and the hand-typed tables beside this file; writes
`financehub_tui/data/master.msgpack`. The same input gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from financehub_tui.market.instrument import Instrument
from tools.master_listings import clean_name, country_of, equity, london, sp500, table, tokyo, us_listings
from tools.master_markets import (
    crypto,
    foreign,
    futures,
    indices,
    major_pairs,
    minor_pairs,
    spot_commodities,
    treasuries,
)

OUTPUT = Path(__file__).parent.parent / "financehub_tui" / "data" / "master.msgpack"


def constituents(data: Path, listed: dict[str, Instrument]) -> list[Instrument]:
    """Current S&P 500 members with their GICS sector and sub-industry."""
    members = []
    for row in sp500(data):
        symbol = row["Symbol"]
        venue = listed[symbol].venue if symbol in listed else "XNYS"
        members.append(
            equity(
                symbol,
                row["Security"],
                venue,
                cik=row["CIK"],
                sector=row["GICS Sector"],
                industry=row["GICS Sub-Industry"],
                country=country_of(row["Headquarters Location"]),
            )
        )
    return sorted(members, key=lambda one: one.symbol)


def former(listed: dict[str, Instrument]) -> tuple[list[Instrument], list[Instrument]]:
    """Members of February 2018 that are none today, and those whose ticker means another company by now."""
    kept, reused = [], []
    for row in table("sp500_2018.csv"):
        symbol = row["ticker"]
        current = listed.get(symbol)
        venue = current.venue if current and not row["reused"] else row["venue"]
        name = row["name"] or (clean_name(current.name) if current else "")
        if not name:
            raise ValueError(f"sp500_2018.csv: {symbol} is not listed any more and needs a name")
        one = equity(symbol, name, venue, sector=row["sector"], industry=row["industry"])
        (reused if row["reused"] else kept).append(one)
    return kept, reused


def major_funds(listed: dict[str, Instrument]) -> list[Instrument]:
    """The best-known funds, with what they hold."""
    wanted = {row["symbol"]: row["industry"] for row in table("etfs_major.csv")}
    return [msgspec.structs.replace(listed[symbol], industry=wanted[symbol]) for symbol in wanted]


def assemble(data: Path) -> dict[str, object]:
    """The whole master, the best-known instruments first: search breaks ties by position."""
    listed = {one.symbol: one for one in us_listings(data)}
    kept, reused = former(listed)
    groups: dict[str, list[Instrument]] = {
        "world-indices": list(indices()),
        "fx-majors": major_pairs(),
        "sp500": constituents(data, listed),
        "etfs": major_funds(listed),
        "crypto": crypto(),
        "treasuries": list(treasuries()),
        "spot-commodities": list(spot_commodities()),
        "futures": list(futures()),
        "fx": list(minor_pairs()),
        "international": list(foreign()),
        "former-sp500": kept,
        "london": list(london(data)),
        "tokyo": list(tokyo(data)),
    }
    groups["us-listings"] = sorted(listed.values(), key=lambda one: one.symbol)
    return pack(groups, reused, members_2018(data))


def members_2018(data: Path) -> list[str]:
    """Tickers of the bundled five-year set, which are the members of February 2018."""
    import zipfile

    with zipfile.ZipFile(data / "us_stocks_daily_sp500_2013_2018" / "individual_stocks_5yr.zip") as archive:
        names = [Path(name).name for name in archive.namelist() if "__MACOSX" not in name]
    return sorted(name.removesuffix("_data.csv") for name in names if name.endswith("_data.csv"))


def pack(groups: dict[str, list[Instrument]], reused: list[Instrument], tickers_2018: list[str]) -> dict[str, object]:
    """Deduplicate by key and turn groups into positions."""
    ordered: dict[str, Instrument] = {}
    for members in groups.values():
        for one in members:
            ordered.setdefault(one.key, one)
    position = {key: at for at, key in enumerate(ordered)}
    named = {name: [position[one.key] for one in members] for name, members in groups.items()}
    named["fx"] = named["fx-majors"] + named["fx"]
    generics = [one for one in groups["futures"] if one.symbol.endswith("1")]
    named["commodities"] = [position[one.key] for one in generics if one.asset_class.value == "Comdty"]
    named["index-futures"] = [position[one.key] for one in generics if one.asset_class.value == "Index"]
    us = {one.symbol: at for at, one in enumerate(ordered.values()) if one.exchange_code == "US"}
    then = {one.symbol: one for one in reused}
    missing = [ticker for ticker in tickers_2018 if ticker not in us and ticker not in then]
    if missing:
        raise ValueError(f"no name for the 2018 members {missing}")
    return {
        "version": 1,
        "symbols": [one.symbol for one in ordered.values()],
        "records": list(ordered.values()),
        "groups": {name: named[name] for name in sorted(named)},
        "eras": {"2018": {"instruments": reused, "sp500": tickers_2018}},
    }


def main(data: Path) -> None:
    """Write the master and say what is in it."""
    content = assemble(data)
    OUTPUT.parent.mkdir(exist_ok=True)
    packed = msgspec.msgpack.encode(content)
    OUTPUT.write_bytes(packed)
    symbols = content["symbols"]
    assert isinstance(symbols, list)
    print(f"{OUTPUT.name}: {len(symbols)} instruments, {len(packed):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
