"""What is listed in the United States, for sources that know nothing else."""

from __future__ import annotations

from financehub_tui.market.instrument import AssetClass, Instrument, Unit

MICS = frozenset({"XNAS", "XNYS", "XASE", "ARCX", "BATS", "IEXG", "OTCM"})
CODES = frozenset({"US", "UN", "UW", "UQ", "UR", "UA", "UP", "UF", "PQ", "UV"})
"""Bloomberg's codes of the exchanges and of the country."""


def american_ticker(instrument: Instrument) -> str | None:
    """The ticker of a share or fund listed in the United States, its class behind a dot (BRK.B); None for others."""
    if instrument.asset_class is not AssetClass.EQUITY or instrument.unit is not Unit.CURRENCY:
        return None
    if instrument.venue not in MICS and (instrument.venue or instrument.exchange_code not in CODES):
        return None
    return instrument.symbol.upper().replace("/", ".").replace("-", ".")
