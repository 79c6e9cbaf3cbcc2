"""Finnhub's tickers: those of the United States, the only ones a free key may ask for."""

from __future__ import annotations

import re

from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.providers.finnhub.wire import PROVIDER, Hit
from financehub_tui.providers.kit.american import american_ticker

_OWN = re.compile(r"[A-Z0-9]+(?:\.[A-E])?")
"""A ticker, or one with a share class; every longer or other suffix is a foreign exchange."""
_KINDS = {"ETP": Kind.ETF, "ETF": Kind.ETF, "Open-End Fund": Kind.FUND, "Mutual Fund": Kind.FUND}


def ticker(instrument: Instrument) -> str | None:
    """BRK.B for the second class of Berkshire; None for what is no share or fund of the United States."""
    if alias := instrument.aliases.get(PROVIDER):
        return alias
    name = american_ticker(instrument)
    return name if name and _OWN.fullmatch(name) else None


def instrument_of(hit: Hit) -> Instrument | None:
    """A hit as an instrument; None for a foreign one. The source does not say on which exchange it is listed."""
    name = hit.symbol.upper()
    if not _OWN.fullmatch(name):
        return None
    return Instrument(
        asset_class=AssetClass.EQUITY,
        symbol=name,
        kind=_KINDS.get(hit.type or "", Kind.STOCK),
        exchange_code="US",
        name=hit.description or name,
        aliases={PROVIDER: name},
    )
