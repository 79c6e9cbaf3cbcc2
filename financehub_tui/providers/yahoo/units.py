"""Yahoo's currency codes, and prices brought into an instrument's own unit: pence never meet pounds."""

from __future__ import annotations

from financehub_tui.market.instrument import AssetClass, Instrument, Unit

MINOR = {"GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ILA": "ILS", "USX": "USD"}
"""Codes of minor units (one hundredth of the currency) and the currency they belong to."""


_IN_TWO_UNITS = frozenset(MINOR.values()) - {"USD"}
"""Currencies in which one share is quoted in the unit and its neighbour in hundredths."""


class CurrencyMismatchError(ValueError):
    """Yahoo quotes this instrument in a currency that is not the instrument's, or does not say in which unit."""


def currency_unit(code: str) -> tuple[str, Unit]:
    """ISO currency and unit of Yahoo's code: `GBp` is GBP in its minor unit."""
    if code in MINOR:
        return MINOR[code], Unit.MINOR
    return code.upper(), Unit.CURRENCY


def price_scale(instrument: Instrument, code: str | None) -> float:
    """What Yahoo's prices are multiplied by to be in the instrument's unit: 1, 100 or 0.01.

    Points and percents carry no currency and pass unchanged, as does an answer that names none. Raises
    CurrencyMismatchError where the currencies differ, or where pounds are wanted and Yahoo may mean pence.
    """
    if instrument.unit in (Unit.POINTS, Unit.PERCENT):
        return 1.0
    if not code:
        if _doubtful(instrument):
            raise CurrencyMismatchError(f"Yahoo does not say whether in {instrument.currency} or its hundredths")
        return 1.0
    currency, unit = currency_unit(code)
    if currency != instrument.currency:
        raise CurrencyMismatchError(f"Yahoo quotes it in {code}, the instrument is in {instrument.price_label}")
    if unit is instrument.unit:
        return 1.0
    return 100.0 if instrument.unit is Unit.MINOR else 0.01


def _doubtful(instrument: Instrument) -> bool:
    share = instrument.asset_class is AssetClass.EQUITY and instrument.currency in _IN_TWO_UNITS
    return share and instrument.unit is Unit.CURRENCY
