"""GIP: intraday chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.charting import KEYS, STUDY_TAIL, chart
from financehub_tui.functions.history import PERIODS
from financehub_tui.market.bars import Interval
from financehub_tui.report.blocks import ChartStyle, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="GIP",
    title="Intraday chart",
    category=Category.SECURITY,
    needs=Needs.SECURITY,
    help="Bars inside the day, with volume and the volume-weighted average price. Times are those of the "
    "instrument's market. The newest bar moves as trades come in.",
    tails=(
        Tail(kind=TailKind.NUMBER, help="Minutes of a bar: 1 5 15 30 60", example="5"),
        Tail(kind=TailKind.INTERVAL, help="Length of a bar: 1m 5m 15m 30m 1h", example="15m"),
        Tail(kind=TailKind.PERIOD, help="How far back, 5D is 5 sessions; 1D where nothing is said", example="5D"),
        STUDY_TAIL,
        Tail(kind=TailKind.WORD, words=("PRE", "LINE", "LOG", "NOVOL"), help="PRE: with pre- and post-market"),
    ),
    keys=KEYS,
    interactive=True,
    sources="The best intraday provider of the asset class; SIM where the day is simulated.",
    formulas="VWAP = sum(typical price x volume) / sum(volume) from the session's start. " + PERIODS,
    examples=("AAPL US Equity GIP 5", "BTCUSDT GIP 1m", "AAPL GIP PRE 5D"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The intraday chart. Raises DataMissingError."""
    interval = call.interval or _minutes(call) or Interval(desk.settings.chart.intraday_interval)
    if not interval.intraday:
        raise CommandError(f"GIP draws bars inside the day, not {interval.value}", "GP and GPC draw longer bars.")
    style = ChartStyle.LINE if "LINE" in call.words else ChartStyle.CANDLE
    wanted = msgspec.structs.replace(call, interval=interval)
    return await chart(desk, wanted, style, period="1D", interval=interval, studies=("VWAP",))


def _minutes(call: Call) -> Interval | None:
    if not call.numbers:
        return None
    wanted = int(call.numbers[0]) * 60
    match = next((interval for interval in Interval if interval.seconds == wanted and interval.intraday), None)
    if match is None:
        raise CommandError(f"No bars of {call.numbers[0]:g} minutes", "There are bars of 1, 5, 15, 30, 60 and 240.")
    return match
