"""The instrument behind one of Yahoo's tickers."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.providers.yahoo.roots import (
    COIN_NAME,
    COIN_TICKER,
    FUTURES,
    INDEX_NAME,
    YIELD_NAME,
    index_currency,
)
from financehub_tui.providers.yahoo.units import currency_unit
from financehub_tui.providers.yahoo.venues import BY_SUFFIX, Venue, american_mic

_OCC = re.compile(r"[A-Z0-9]{1,6}?\d{6}[CP]\d{8}")
_NORDIC = frozenset({"ST", "CO", "HE", "IC"})
_CLASS = re.compile(r"([A-Z0-9]+)-([A-Z])")


def instrument_of(ticker: str, quote_type: str, exchange: str = "", currency: str = "") -> Instrument | None:
    """Identity of a ticker; `quote_type`, `exchange` and `currency` are Yahoo's own words.

    An empty currency stands for the one usual on the exchange. None for kinds of instrument we have no class
    for, and for exchanges whose currency we do not know.
    """
    read = _READERS.get(quote_type.upper())
    found = read(ticker.upper(), exchange.upper(), currency) if read else None
    return replace(found, aliases={"yahoo": ticker.upper()} | found.aliases) if found else None


def _share(ticker: str, exchange: str, currency: str, kind: Kind = Kind.STOCK) -> Instrument | None:
    local, _, suffix = ticker.rpartition(".")
    venue = BY_SUFFIX.get(suffix) if local else None
    if venue:
        return _foreign_share(local, venue, currency or venue.currency, kind)
    mic = american_mic(exchange)
    if local or mic is None:
        return None
    iso, unit = currency_unit(currency or "USD")
    return Instrument(
        asset_class=AssetClass.EQUITY,
        symbol=ticker.replace("-", "."),
        venue=mic,
        currency=iso,
        unit=unit,
        kind=kind,
        exchange_code="US",
        country="US",
    )


def _foreign_share(local: str, venue: Venue, currency: str, kind: Kind) -> Instrument:
    iso, unit = currency_unit(currency)
    return Instrument(
        asset_class=AssetClass.EQUITY,
        symbol=_local_symbol(local, venue.suffix),
        venue=venue.mic,
        currency=iso,
        unit=unit,
        kind=kind,
        exchange_code=venue.bloomberg[0],
        country=venue.country,
    )


def _local_symbol(local: str, suffix: str) -> str:
    """As the security master writes it: a share class behind a dot, joined in the Nordic markets; no zeros in front."""
    if suffix == "HK" and local.isdigit():
        return local.lstrip("0")
    if suffix in _NORDIC and _CLASS.fullmatch(local):
        return local.replace("-", "")
    return local.replace("-", ".")


def _traded_fund(ticker: str, exchange: str, currency: str) -> Instrument | None:
    return _share(ticker, exchange, currency, Kind.ETF)


def _mutual_fund(ticker: str, exchange: str, currency: str) -> Instrument | None:
    return _share(ticker, exchange, currency, Kind.FUND)


def _index(ticker: str, _: str, currency: str) -> Instrument:
    if ticker in YIELD_NAME:
        return Instrument(
            asset_class=AssetClass.GOVERNMENT,
            symbol=YIELD_NAME[ticker],
            unit=Unit.PERCENT,
            kind=Kind.YIELD,
            country="US",
        )
    return Instrument(
        asset_class=AssetClass.INDEX,
        symbol=INDEX_NAME.get(ticker, ticker.removeprefix("^")),
        currency=currency_unit(currency or index_currency(ticker))[0],
        unit=Unit.POINTS,
        kind=Kind.INDEX,
    )


def _pair(ticker: str, _: str, __: str) -> Instrument | None:
    legs = ticker.removesuffix("=X")
    legs = f"USD{legs}" if len(legs) == 3 else legs
    if len(legs) != 6 or not legs.isalpha():
        return None
    return Instrument(asset_class=AssetClass.CURRENCY, symbol=legs, currency=legs[3:], base=legs[:3], kind=Kind.SPOT)


def _coin(ticker: str, _: str, __: str) -> Instrument | None:
    """None for a coin whose ticker usually means another one."""
    base, dash, quote = ticker.rpartition("-")
    if not dash or base in COIN_TICKER:
        return None
    base = COIN_NAME.get(base, base)
    return Instrument(asset_class=AssetClass.CRYPTO, symbol=base + quote, currency=quote, base=base, kind=Kind.SPOT)


def _future(ticker: str, _: str, __: str) -> Instrument | None:
    known = FUTURES.get(ticker.removesuffix("=F")) if ticker.endswith("=F") else None
    if known is None:
        return None
    return Instrument(
        asset_class=known.asset_class,
        symbol=f"{known.root}1",
        venue=known.venue,
        currency="USD",
        unit=known.unit,
        kind=Kind.GENERIC_FUTURE,
    )


def _option(ticker: str, _: str, currency: str) -> Instrument | None:
    if not _OCC.fullmatch(ticker):
        return None
    iso, unit = currency_unit(currency or "USD")
    return Instrument(
        asset_class=AssetClass.OPTION,
        symbol=ticker,
        currency=iso,
        unit=unit,
        kind=Kind.OPTION,
        aliases={"occ": ticker},
    )


_READERS: dict[str, Callable[[str, str, str], Instrument | None]] = {
    "EQUITY": _share,
    "ETF": _traded_fund,
    "MUTUALFUND": _mutual_fund,
    "INDEX": _index,
    "CURRENCY": _pair,
    "CRYPTOCURRENCY": _coin,
    "FUTURE": _future,
    "OPTION": _option,
}
