"""What can be quoted: instruments and their identity."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class AssetClass(StrEnum):
    """The market sector of an instrument; its value is the Bloomberg sector word."""

    EQUITY = "Equity"
    CURRENCY = "Curncy"
    COMMODITY = "Comdty"
    INDEX = "Index"
    GOVERNMENT = "Govt"
    CORPORATE = "Corp"
    CRYPTO = "Crypto"
    OPTION = "Option"
    MACRO = "Macro"


class Kind(StrEnum):
    """The contract inside its asset class."""

    STOCK = "stock"
    ETF = "etf"
    FUND = "fund"
    """Open-ended fund, priced once a day."""
    SPOT = "spot"
    FUTURE = "future"
    GENERIC_FUTURE = "generic future"
    OPTION = "option"
    INDEX = "index"
    YIELD = "yield"
    SERIES = "series"
    CASH = "cash"


class Unit(StrEnum):
    """What one unit of price means; a price is never compared with one in another unit."""

    CURRENCY = "currency"
    """Major unit of the instrument's currency, per share, coin or base unit."""
    MINOR = "minor"
    """Minor unit of the currency (pence of GBP), one hundredth of the major unit."""
    POINTS = "points"
    PERCENT = "percent"


class Instrument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One tradable or quoted thing.

    Identity is (asset_class, venue, symbol, currency, unit); see `key`. The rest describes it.
    """

    asset_class: AssetClass
    symbol: str
    """Local symbol without exchange: AAPL, VOD, EURUSD, BTCUSDT, SPX, CL1, 10Y."""
    venue: str = ""
    """ISO 10383 MIC (XNAS, XLON) or venue code (BINANCE, KRAKEN); empty where no venue applies (FX, index)."""
    currency: str = "USD"
    """ISO 4217 code, or the quote asset of a crypto pair (USDT is not USD)."""
    unit: Unit = Unit.CURRENCY
    kind: Kind = Kind.STOCK
    exchange_code: str = ""
    """Bloomberg two-letter exchange or country code: US, LN, GR, JP."""
    name: str = ""
    country: str = ""
    sector: str = ""
    industry: str = ""
    base: str = ""
    """Base currency or asset of a pair."""
    decimals: int | None = None
    """Decimals the venue quotes prices with; None where it varies."""
    aliases: dict[str, str] = {}
    """Other names by scheme: yahoo, binance, occ, isin, figi, cik."""

    @property
    def key(self) -> str:
        """The identity as one string, stable across runs: `Equity:XNAS:AAPL:USD:currency`."""
        return f"{self.asset_class.value}:{self.venue}:{self.symbol}:{self.currency}:{self.unit.value}"

    @property
    def display(self) -> str:
        """The Bloomberg form, which the command line parses back: `AAPL US Equity`, `EURUSD Curncy`."""
        words = [self.symbol]
        if self.asset_class is AssetClass.EQUITY and self.exchange_code:
            words.append(self.exchange_code)
        words.append(self.asset_class.value)
        return " ".join(words)

    @property
    def price_label(self) -> str:
        """How the price's unit is written beside it: USD, GBp, pts, %."""
        if self.unit is Unit.MINOR:
            return self.currency[:2] + self.currency[2:].lower()
        if self.unit is Unit.POINTS:
            return "pts"
        if self.unit is Unit.PERCENT:
            return "%"
        return self.currency
