"""Yahoo's name of an instrument: exchange suffixes, share classes, indices, FX, futures, crypto, options."""

from __future__ import annotations

import re

from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.providers.yahoo.roots import (
    COIN_TICKER,
    FUTURE_ROOT,
    INDEX_TICKER,
    YIELD_TICKER,
)
from financehub_tui.providers.yahoo.venues import (
    AMERICAN_CODES,
    AMERICAN_MICS,
    BY_BLOOMBERG,
    BY_MIC,
    Venue,
)

_OCC = re.compile(r"([A-Z0-9]{1,6}?)(\d{6})([CP])(\d{8})")


def ticker(instrument: Instrument) -> str | None:
    """Yahoo's name of an instrument; None where Yahoo does not carry it."""
    alias = instrument.aliases.get("yahoo")
    if alias and instrument.asset_class is AssetClass.CRYPTO:
        # Lists keep instruments as they were when put in, maybe under the name of another coin.
        base, _, currency = alias.rpartition("-")
        return coin_ticker(base, currency)
    if alias:
        return alias
    if instrument.kind is Kind.OPTION or instrument.asset_class is AssetClass.OPTION:
        return _option(instrument)
    if instrument.kind in (Kind.FUTURE, Kind.GENERIC_FUTURE):
        return _future(instrument)
    by_class = {
        AssetClass.EQUITY: _share,
        AssetClass.CURRENCY: _pair,
        AssetClass.CRYPTO: _coin,
        AssetClass.INDEX: _index,
        AssetClass.GOVERNMENT: _yield,
    }
    find = by_class.get(instrument.asset_class)
    return find(instrument) if find else None


def canonical(name: str) -> str:
    """One spelling of a ticker, to match answers to what was asked: `USDJPY=X` is `JPY=X`."""
    name = name.upper()
    if len(name) == 8 and name.startswith("USD") and name.endswith("=X"):
        return name[3:]
    return name


def _share(instrument: Instrument) -> str | None:
    local = instrument.symbol.upper().rstrip("/.").replace("/", "-").replace(".", "-")
    if not local:
        return None
    if instrument.venue in AMERICAN_MICS or (not instrument.venue and instrument.exchange_code in AMERICAN_CODES):
        return local
    venue = _venue(instrument)
    if venue is None:
        return local if instrument.exchange_code in AMERICAN_CODES else None
    if venue.suffix == "HK" and local.isdigit():
        local = local.zfill(4)
    return f"{local}.{venue.suffix}"


def _venue(instrument: Instrument) -> Venue | None:
    named = BY_BLOOMBERG.get(instrument.exchange_code)
    listed = BY_MIC.get(instrument.venue)
    if named and (not instrument.venue or named.mic == instrument.venue):
        return named
    return listed


def _pair(instrument: Instrument) -> str | None:
    symbol = instrument.symbol.upper()
    if len(symbol) != 6 or not symbol.isalpha():
        return None
    return canonical(f"{symbol}=X")


def _coin(instrument: Instrument) -> str | None:
    """Yahoo's coin prices are an average over venues: they answer for no instrument of one venue."""
    if instrument.venue not in ("", "CCC") or not instrument.base or instrument.currency in ("USDT", "USDC"):
        return None
    return coin_ticker(instrument.base.upper(), instrument.currency.upper())


def coin_ticker(base: str, currency: str) -> str:
    """Yahoo's name of a coin's price in a currency: `UNI` is `UNI7083-USD`."""
    return f"{COIN_TICKER.get(base, base)}-{currency}"


def _index(instrument: Instrument) -> str | None:
    symbol = instrument.symbol.upper()
    return symbol if symbol.startswith("^") else INDEX_TICKER.get(symbol)


def _yield(instrument: Instrument) -> str | None:
    tenor = instrument.symbol.upper().removeprefix("US")
    american = instrument.country in ("", "US", "United States") and instrument.currency == "USD"
    return YIELD_TICKER.get(tenor) if american and instrument.unit is Unit.PERCENT else None


def _future(instrument: Instrument) -> str | None:
    if instrument.kind is not Kind.GENERIC_FUTURE or not instrument.symbol.endswith("1"):
        return None
    root = FUTURE_ROOT.get(instrument.symbol[:-1].strip().upper())
    return f"{root}=F" if root else None


def _option(instrument: Instrument) -> str | None:
    name = instrument.aliases.get("occ", instrument.symbol).replace(" ", "").upper()
    return name if _OCC.fullmatch(name) else None
