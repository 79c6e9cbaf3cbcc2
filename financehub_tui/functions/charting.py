"""What GP, GPC and GIP share: bars, studies and compared series as a Chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui.commands.spec import Call, Tail, TailKind
from financehub_tui.errors import DataMissingError
from financehub_tui.functions.history import BEFORE, WARM_UP, load_bars, with_studies
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Missing
from financehub_tui.report.blocks import Chart, ChartStyle, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

KEYS = (
    ("Left Right", "move the crosshair by a bar"),
    (", .", "pan; Shift+arrows too where the terminal sends them"),
    ("+ -", "zoom about the crosshair"),
    ("0", "fit all bars"),
    ("/", "logarithmic scale (LOG on the line)"),
    ("|", "volume (NOVOL on the line)"),
    ("*", "line, candle, bar (GP, GPC)"),
    ("Home End", "first and last bar"),
)
STUDY_TAIL = Tail(
    kind=TailKind.STUDY, help="Studies: SMA50 EMA20 BB20 VWAP over the prices; RSI14 MACD beneath", example="SMA50"
)


async def chart(
    desk: Desk, call: Call, style: ChartStyle, *, period: str, interval: Interval, studies: tuple[str, ...] = ()
) -> Report:
    """The chart of a call. Raises DataMissingError where the main series is missing; a compared one only says so."""
    instrument = one_security(call)
    names = tuple(dict.fromkeys((*desk.settings.chart.studies, *studies, *call.studies)))
    history = await load_bars(
        desk, instrument, call, default_period=period, default_interval=interval, warm_up=WARM_UP if names else BEFORE
    )
    market = desk.session(instrument) if history.bars.interval.intraday else None
    bars, overlays = with_studies(history.bars, names, history.start, market)
    others: list[Bars] = []
    missing: list[Missing] = []
    labels = [instrument.display]
    for other in call.securities[1:]:
        try:
            found = await load_bars(desk, other, call, default_period=period, default_interval=interval)
            others.append(with_studies(found.bars, (), found.start)[0])
            labels.append(other.display)
        except DataMissingError as error:
            missing.append(msgspec.structs.replace(error.missing, detail=f"{other.display}: {error.missing.detail}"))
    words = {word.upper() for word in call.words}
    defaults = desk.settings.chart
    block = Chart(
        title=f"{call.subject} {bars.interval.value} {call.period.text if call.period else period}",
        bars=bars,
        before=history.before,
        style=style,
        overlays=overlays,
        compare=tuple(others),
        labels=tuple(labels),
        log_scale="LOG" in words or defaults.log_scale,
        volume=defaults.volume and "NOVOL" not in words,
        timezone=market.timezone if market else "UTC",
        provenance=bars.provenance,
    )
    return report(desk, call, [block], missing=missing)
