"""A security's last price in its currency's major unit, to be set against dividends and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.functions.attempts import attempt
from financehub_tui.functions.securities import NOT_ASKED
from financehub_tui.market.instrument import Instrument, Unit
from financehub_tui.market.provenance import Missing, Provenance

if TYPE_CHECKING:
    from financehub_tui.desk import Desk


async def last_price(desk: Desk, instrument: Instrument) -> tuple[float | None, Provenance | Missing]:
    """(last price in the major unit: pounds, not pence; where it came from, or why there is none)."""
    quotes = await attempt(desk.quotes([instrument]))
    quote = quotes if isinstance(quotes, Missing) else quotes.get(instrument.key, NOT_ASKED)
    if isinstance(quote, Missing):
        return None, quote
    if quote.last is None or quote.provenance is None:
        return None, NOT_ASKED
    return (quote.last / 100 if instrument.unit is Unit.MINOR else quote.last), quote.provenance
