"""Instruments that are not US shares: indices, currencies, crypto, futures, Treasuries, foreign shares."""

from __future__ import annotations

from collections.abc import Iterator

from financehub_tui.market.currencies import CURRENCIES, MAJORS, METALS, pair_decimals
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.providers.yahoo.symbols import coin_ticker
from tools.master_listings import table

GENERICS = 4
EUR_CROSSES = ("SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "TRY", "CNY", "HKD", "SGD", "MXN", "ZAR", "INR", "BRL")
OTHER_CROSSES = ("GBPSEK", "GBPNOK", "GBPPLN", "GBPZAR", "GBPTRY", "CHFSEK", "NOKSEK", "SGDJPY", "ZARJPY", "MXNJPY")
KRAKEN_REST = {"BTC": "XBT", "DOGE": "XDG"}
CRYPTO_DECIMALS = {("BINANCE", "BTCUSDT"): 2, ("BINANCE", "ETHUSDT"): 2, ("COINBASE", "BTC-USD"): 2}
CRYPTO_DECIMALS |= {("COINBASE", "ETH-USD"): 2}
FUTURE_CLASSES = {
    "Equity index": AssetClass.INDEX,
    "Volatility": AssetClass.INDEX,
    "Currency": AssetClass.CURRENCY,
    "Crypto": AssetClass.CURRENCY,
}


def indices() -> Iterator[Instrument]:
    """World indices, in points; `sector` holds the region."""
    for row in table("indices.csv"):
        yield Instrument(
            asset_class=AssetClass.INDEX,
            symbol=row["symbol"],
            currency=row["currency"],
            unit=Unit.POINTS,
            kind=Kind.INDEX,
            name=row["name"],
            country=row["country"],
            sector=row["region"],
            decimals=2,
            aliases={"yahoo": row["yahoo"], "mic": row["mic"]},
        )


def pair(base: str, quote: str) -> Instrument:
    """A spot pair: one `base` costs so many `quote`."""
    symbol = base + quote
    yahoo = f"{quote}=X" if base == "USD" else f"{symbol}=X"
    aliases = {} if base in METALS else {"yahoo": yahoo}
    return Instrument(
        asset_class=AssetClass.CURRENCY,
        symbol=symbol,
        currency=quote,
        kind=Kind.SPOT,
        base=base,
        name=f"{CURRENCIES[base]} / {CURRENCIES[quote]}",
        decimals=pair_decimals(base, quote),
        aliases=aliases,
    )


def major_pairs() -> list[Instrument]:
    """The 28 pairs of the eight majors, in market convention."""
    return [pair(base, quote) for at, base in enumerate(MAJORS) for quote in MAJORS[at + 1 :]]


def minor_pairs() -> Iterator[Instrument]:
    """Metals and every other ISO currency against the dollar, and common crosses."""
    yield from (pair(metal, "USD") for metal in METALS)
    yield from (pair("USD", code) for code in CURRENCIES if code not in MAJORS and code not in METALS)
    yield from (pair("EUR", code) for code in EUR_CROSSES)
    yield from (pair(cross[:3], cross[3:]) for cross in OTHER_CROSSES)


def crypto() -> list[Instrument]:
    """Spot pairs by venue, each under the venue's own symbol."""
    found = []
    for venue, column in (("BINANCE", "binance"), ("COINBASE", "coinbase"), ("KRAKEN", "kraken")):
        for row in table("crypto.csv"):
            found += [_coin(venue, row["base"], row["name"], quote) for quote in row[column].split()]
    return found


def _coin(venue: str, base: str, name: str, quote: str) -> Instrument:
    symbol = {"BINANCE": f"{base}{quote}", "COINBASE": f"{base}-{quote}", "KRAKEN": f"{base}/{quote}"}[venue]
    aliases = {venue.lower(): symbol}
    if venue == "KRAKEN":
        aliases["kraken_rest"] = KRAKEN_REST.get(base, base) + KRAKEN_REST.get(quote, quote)
    if venue == "COINBASE" and quote == "USD":
        aliases["yahoo"] = coin_ticker(base, quote)
        if base == "BTC":
            aliases["bloomberg"] = "XBTUSD"
    return Instrument(
        asset_class=AssetClass.CRYPTO,
        symbol=symbol,
        venue=venue,
        currency=quote,
        kind=Kind.SPOT,
        name=f"{name} / {quote}",
        base=base,
        decimals=CRYPTO_DECIMALS.get((venue, symbol)),
        aliases=aliases,
    )


def futures() -> Iterator[Instrument]:
    """Generic futures 1 (nearest) to 4 of each root. `industry` holds the contract size; months by their letters."""
    for row in table("futures.csv"):
        for nth in range(1, GENERICS + 1):
            yield _generic(row, nth)


def _generic(row: dict[str, str], nth: int) -> Instrument:
    root = row["root"]
    aliases = {"root": root, "months": row["months"]}
    if nth == 1 and row["yahoo"]:
        aliases["yahoo"] = row["yahoo"]
    if len(root) == 1:
        aliases["bloomberg"] = f"{root} {nth}"
    return Instrument(
        asset_class=FUTURE_CLASSES.get(row["sector"], AssetClass.COMMODITY),
        symbol=f"{root}{nth}",
        venue=row["venue"],
        currency=row["currency"],
        unit=Unit(row["unit"]),
        kind=Kind.GENERIC_FUTURE,
        name=f"{row['name']} future, generic {nth}",
        sector=row["sector"],
        industry=row["contract"],
        decimals=int(row["decimals"]) if row["decimals"] else None,
        aliases=aliases,
    )


def treasuries() -> Iterator[Instrument]:
    """Constant-maturity yields of US Treasuries, percent."""
    for row in table("treasuries.csv"):
        yield Instrument(
            asset_class=AssetClass.GOVERNMENT,
            symbol=row["symbol"],
            unit=Unit.PERCENT,
            kind=Kind.YIELD,
            name=row["name"],
            country="United States",
            decimals=2,
            aliases={scheme: row[scheme] for scheme in ("fred", "yahoo") if row[scheme]},
        )


def spot_commodities() -> Iterator[Instrument]:
    """Spot prices the US Energy Information Administration publishes."""
    for row in table("spot_commodities.csv"):
        yield Instrument(
            asset_class=AssetClass.COMMODITY,
            symbol=row["symbol"],
            kind=Kind.SPOT,
            name=row["name"],
            sector="Energy",
            base=row["unit"],
            decimals=int(row["decimals"]),
            aliases={"fred": row["fred"]},
        )


def foreign() -> Iterator[Instrument]:
    """Large companies on other exchanges, typed by hand."""
    for row in table("international.csv"):
        yield Instrument(
            asset_class=AssetClass.EQUITY,
            symbol=row["symbol"],
            venue=row["venue"],
            currency=row["currency"],
            unit=Unit.MINOR if row["venue"] == "XLON" else Unit.CURRENCY,
            exchange_code=row["exchange_code"],
            name=row["name"],
            country=row["country"],
            sector=row["sector"],
            aliases={"yahoo": row["yahoo"]},
        )
