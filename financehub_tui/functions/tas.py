"""TAS: time and sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui.commands.spec import Call
from financehub_tui.functions import qr
from financehub_tui.functions.counts import count_of
from financehub_tui.functions.securities import one_security
from financehub_tui.report.blocks import Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = msgspec.structs.replace(
    qr.SPEC,
    mnemonic="TAS",
    title="Time and sales",
    help="As QR, with the venue's trade numbers and condition codes: the full record for export.",
    examples=("BTCUSDT TAS", "AAPL US Equity TAS 500"),
)


async def load(desk: Desk, call: Call) -> Report:
    """Recent trades with ids and conditions. Raises DataMissingError."""
    instrument = one_security(call)
    trades = await desk.trades(instrument, count_of(call, 200, qr.MOST_TRADES, "trades"))
    return await qr.recap(desk, call, instrument, trades, conditions=True)
