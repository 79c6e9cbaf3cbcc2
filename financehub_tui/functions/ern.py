"""ERN: earnings history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, to_datetime
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs
from financehub_tui.functions.attempts import attempt
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.bars import BarRequest, Bars
from financehub_tui.market.company import EarningsHistory
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing
from financehub_tui.report.blocks import Column, Field, Format, KeyValues, Report, Table

if TYPE_CHECKING:
    from datetime import tzinfo

    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="ERN",
    title="Earnings history",
    category=Category.COMPANY,
    needs=Needs.SECURITY,
    asset_classes=(AssetClass.EQUITY,),
    help="Earnings per share of the loaded company by quarter, newest first: what analysts expected, what came, the "
    "surprise, and how the price moved on the day after. Quarters to come have an estimate only. Above stands the next "
    "date. The price move is given where the source says when the quarter was reported.",
    sources="The best provider of earnings, and the best of daily bars; PVNC says which.",
    formulas="Surprise = 100 x (actual - estimate) / |estimate|. Reaction = close of the first session that could "
    "trade on the report / close of the session before - 1, in percent, from final daily bars adjusted for splits; a "
    "report from 16:00 exchange time on counts for the next session.",
    examples=("AAPL US Equity ERN",),
)

_AFTER_CLOSE = 16
"""Hour of exchange time from which on a report comes after the session."""
_LEAD = 10 * 86_400 * NANOS
"""Before the oldest report, so that the session before it is among the bars whatever the holidays."""


async def load(desk: Desk, call: Call) -> Report:
    """Quarters with estimates, surprises and price moves. Raises DataMissingError."""
    from zoneinfo import ZoneInfo

    instrument = one_security(call)
    earnings = await desk.earnings(instrument)
    bars = await _bars(desk, instrument, earnings)
    zone = ZoneInfo(desk.session(instrument).timezone)
    return report(
        desk,
        call,
        [_next(earnings), _quarters(earnings, bars, zone)],
        missing=[bars] if isinstance(bars, Missing) else (),
    )


async def _bars(desk: Desk, instrument: Instrument, earnings: EarningsHistory) -> Bars | Missing | None:
    """Daily bars around the reports whose time is known; None where there is no such report."""
    times = [one.reported_at for one in earnings.history if one.reported_at is not None]
    if not times:
        return None
    return await attempt(desk.bars(instrument, BarRequest(start=min(times) - _LEAD, end=desk.clock.now())))


def _next(earnings: EarningsHistory) -> KeyValues:
    fields = (
        Field(label="Next report UTC", value=earnings.next_date, format=Format.DATETIME),
        Field(label="Expected", value=earnings.next_estimate, format=Format.NUMBER, unit=earnings.currency),
    )
    return KeyValues(title="Next", fields=fields, provenance=earnings.provenance)


def _quarters(earnings: EarningsHistory, bars: Bars | Missing | None, zone: tzinfo) -> Table:
    known = bars if isinstance(bars, Bars) else None
    rows = [
        (
            one.period_end,
            one.estimate,
            one.actual,
            one.surprise_percent,
            reaction(known, one.reported_at, zone) if known and one.reported_at is not None else None,
            one.reported_at,
            one.analysts,
        )
        for one in earnings.history
    ]
    return table(
        f"Earnings per share, {earnings.currency}",
        (
            Column(name="period_end", title="Quarter to"),
            Column(name="estimate", title="Estimate", format=Format.NUMBER),
            Column(name="actual", title="Actual", format=Format.NUMBER),
            Column(name="surprise_percent", title="Surprise", format=Format.PERCENT, signed=True),
            Column(name="reaction", title="Reaction", format=Format.PERCENT, signed=True),
            Column(name="reported_at", title="Reported UTC", format=Format.DATETIME),
            Column(name="analysts", title="Analysts", format=Format.INTEGER),
        ),
        rows,
        footer=_footer(earnings),
        provenance=earnings.provenance,
    )


def _footer(earnings: EarningsHistory) -> tuple[tuple[str, str], ...]:
    reported = [one for one in earnings.history if one.actual is not None]
    timed = sum(one.reported_at is not None for one in reported)
    if timed == len(reported):
        return ()
    return (("Reaction", f"the source gives the time of {timed} of {len(reported)} reports"),)


def reaction(bars: Bars, reported_at: int, zone: tzinfo) -> float | None:
    """Percent from the last close before a report to the first one after it; None where either bar is not there."""
    moment = to_datetime(reported_at).astimezone(zone)
    first = moment.date() + timedelta(days=1) if moment.hour >= _AFTER_CLOSE else moment.date()
    frame = bars.frame.head(-1) if bars.forming else bars.frame
    days = frame["time"].dt.date().to_list()
    index = next((place for place, day in enumerate(days) if day >= first), None)
    if not index:
        return None
    before, after = frame["close"][index - 1], frame["close"][index]
    return None if after is None or not before else float(100 * (after / before - 1))
