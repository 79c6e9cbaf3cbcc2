"""GP: line chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.functions.charting import KEYS, STUDY_TAIL, chart
from financehub_tui.functions.history import PERIODS
from financehub_tui.market.bars import Interval
from financehub_tui.report.blocks import ChartStyle, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="GP",
    title="Line chart",
    category=Category.SECURITY,
    needs=Needs.SECURITY,
    help="Closes of the loaded security over a period, with studies, volume, and marks for splits (S) and dividends "
    "(D). With several securities all are rebased to 100 at the left edge. The line under the chart reads out the bar "
    "under the crosshair.",
    tails=(
        Tail(
            kind=TailKind.PERIOD,
            help="How far back, 5D is 5 sessions; the settings' period if none is said",
            example="6M",
        ),
        Tail(kind=TailKind.INTERVAL, help="Length of a bar: D W M", example="W"),
        STUDY_TAIL,
        Tail(kind=TailKind.SECURITY, help="A further security to compare with", example="MSFT"),
        Tail(
            kind=TailKind.WORD,
            words=("LOG", "NOVOL", "RAW", "TR"),
            help="LOG scale; NOVOL without volume; RAW as traded; TR adjusted for dividends too",
        ),
    ),
    keys=KEYS,
    interactive=True,
    sources="The best bar provider of the asset class; PVNC says which was taken and why.",
    formulas="Studies as TA-Lib computes them; rebased value = 100 x close / first close on screen. " + PERIODS,
    examples=("AAPL US Equity GP 6M SMA50 RSI14", "AAPL,MSFT GP YTD", "EURUSD GP 5Y W"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The line chart. Raises DataMissingError."""
    return await chart(desk, call, ChartStyle.LINE, period=desk.settings.chart.period, interval=Interval.D1)
