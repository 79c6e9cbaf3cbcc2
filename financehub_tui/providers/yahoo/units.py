"""Yahoo's currency codes, and prices brought into an instrument's own unit: pence never meet pounds."""

from __future__ import annotations

from financehub_tui.market.instrument import Instrument, Unit

MINOR = {"GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ILA": "ILS", "USX": "USD"}
"""Codes of minor units (one hundredth of the currency) and the currency they belong to."""


class CurrencyMismatchError(ValueError):
    """Yahoo quotes this instrument in a currency that is not the instrument's."""


def currency_unit(code: str) -> tuple[str, Unit]:
    """ISO currency and unit of Yahoo's code: `GBp` is GBP in its minor unit."""
    if code in MINOR:
        return MINOR[code], Unit.MINOR
    return code.upper(), Unit.CURRENCY


def price_scale(instrument: Instrument, code: str | None) -> float:
    """What Yahoo's prices are multiplied by to be in the instrument's unit: 1, 100 or 0.01.

    Points and percents carry no currency and pass unchanged, as does an answer that names none.
    Raises CurrencyMismatchError where the currencies differ.
    """
    if not code or instrument.unit in (Unit.POINTS, Unit.PERCENT):
        return 1.0
    currency, unit = currency_unit(code)
    if currency != instrument.currency:
        raise CurrencyMismatchError(f"Yahoo quotes it in {code}, the instrument is in {instrument.price_label}")
    if unit is instrument.unit:
        return 1.0
    return 100.0 if instrument.unit is Unit.MINOR else 0.01
