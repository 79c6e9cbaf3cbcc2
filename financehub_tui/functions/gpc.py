"""GPC: candle chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui.commands.spec import Call
from financehub_tui.functions import gp
from financehub_tui.functions.charting import chart
from financehub_tui.market.bars import Interval
from financehub_tui.report.blocks import ChartStyle, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = msgspec.structs.replace(
    gp.SPEC,
    mnemonic="GPC",
    title="Candle and bar chart",
    aliases=("GPO",),
    help="Open, high, low and close of the loaded security as candles: hollow where the close is above the open, "
    "solid where below. `s` changes to open-high-low-close bars and to a line. Otherwise as GP.",
    examples=("AAPL US Equity GPC 3M BB20 MACD", "BTCUSDT GPC 1M"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The candle chart. Raises DataMissingError."""
    return await chart(desk, call, ChartStyle.CANDLE, period="6M", interval=Interval.D1)
