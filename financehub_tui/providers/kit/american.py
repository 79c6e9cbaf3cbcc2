"""What is listed in the United States, and when it trades, for sources that know nothing else or do not say."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from financehub_tui.clock import to_datetime
from financehub_tui.market.instrument import AssetClass, Instrument, Unit
from financehub_tui.market.quote import Session

MICS = frozenset({"XNAS", "XNYS", "XASE", "ARCX", "BATS", "IEXG", "OTCM"})
CODES = frozenset({"US", "UN", "UW", "UQ", "UR", "UA", "UP", "UF", "PQ", "UV"})
"""Bloomberg's codes of the exchanges and of the country."""
NEW_YORK = ZoneInfo("America/New_York")
_ENDS = ((time(4), Session.CLOSED), (time(9, 30), Session.PRE), (time(16), Session.REGULAR), (time(20), Session.POST))


def american_ticker(instrument: Instrument) -> str | None:
    """The ticker of a share or fund listed in the United States, its class behind a dot (BRK.B); None for others."""
    if instrument.asset_class is not AssetClass.EQUITY or instrument.unit is not Unit.CURRENCY:
        return None
    if instrument.venue not in MICS and (instrument.venue or instrument.exchange_code not in CODES):
        return None
    return instrument.symbol.upper().replace("/", ".").replace("-", ".")


def session_at(instant: int) -> Session:
    """The session of American shares at an instant (ns since 1970 UTC), by the hours of a weekday. Holidays and early
    closes are not known here."""
    local = to_datetime(instant).astimezone(NEW_YORK)
    if local.weekday() >= 5:
        return Session.CLOSED
    return next((session for end, session in _ENDS if local.time() < end), Session.CLOSED)
