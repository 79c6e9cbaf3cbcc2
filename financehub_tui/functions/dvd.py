"""DVD: dividends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from financehub_tui.clock import to_datetime
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.errors import DataMissingError
from financehub_tui.functions.frames import table
from financehub_tui.functions.history import load_bars
from financehub_tui.functions.periods import months_back, resolve, sessions_of
from financehub_tui.functions.prices import last_price
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.bars import CorporateAction, Interval
from financehub_tui.market.company import Dividends
from financehub_tui.market.instrument import AssetClass
from financehub_tui.market.provenance import Missing, Provenance, Reason
from financehub_tui.report.blocks import Column, Field, Format, KeyValues, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="DVD",
    title="Dividends",
    category=Category.COMPANY,
    needs=Needs.SECURITY,
    asset_classes=(AssetClass.EQUITY,),
    help="Dividends and splits of the loaded share by ex-date, newest first, with the change from one dividend to the "
    "next; sums by calendar year with their growth; how often it pays, the yield, and the next ex-date where the "
    "source knows one. Amounts are per share of today's count, in the currency's major unit; "
    "figures and sums leave out what was paid in another currency, and say how many.",
    tails=(
        Tail(
            kind=TailKind.PERIOD,
            help="How far back the single payments go, 60D is 60 sessions; 10Y where nothing is said",
            example="5Y",
        ),
    ),
    sources="The best provider of dividends and the best of quotes; PVNC says which. Demo: five shares and funds.",
    formulas="Last 12 months = sum of dividends whose ex-date lies in the year up to today. Yield = that sum / last "
    "price, in percent. Frequency from the median of the last eight gaps. Growth of a year = sum / sum of the year "
    "before - 1, not given over a first year that is not whole; growth a year = (sum of the last whole year / sum n "
    "years before) ^ (1 / n) - 1.",
    examples=("AAPL US Equity DVD", "AAPL DVD MAX"),
)

_FREQUENCIES = ((45, "monthly"), (135, "quarterly"), (270, "half-yearly"), (450, "yearly"))
"""The longest median gap in days, and its word."""
_GAPS = 8
_PERIOD = "10Y"
_SPANS = (5, 3, 1)
_MOST_ROWS = 400


class Year(NamedTuple):
    """Dividends of one calendar year."""

    year: int
    paid: float
    payments: int
    growth: float | None
    """Percent over the year before."""


async def load(desk: Desk, call: Call) -> Report:
    """Figures, years and single payments. Raises DataMissingError."""
    instrument = one_security(call)
    dividends, (last, origin), start = await asyncio.gather(
        desk.dividends(instrument), last_price(desk, instrument), _begin(desk, call)
    )
    today = to_datetime(desk.clock.now()).date()
    cash = [action for action in dividends.actions if action.kind == "dividend"]
    paid = [action for action in cash if action.currency in ("", dividends.currency)]
    years = by_year(paid)
    price = last if dividends.currency == instrument.currency else None
    blocks = [_figures(dividends, paid, len(cash) - len(paid), years, today, price, origin)]
    tables = [_years(dividends, years, today)] if years else []
    missing = [start] if isinstance(start, Missing) else []
    return report(desk, call, [*blocks, *tables, _history(dividends, start)], missing=missing)


async def _begin(desk: Desk, call: Call) -> int | Missing:
    """Where the period begins, nanoseconds since 1970 UTC; the sessions of nD are counted on daily bars."""
    if sessions_of(call.period, _PERIOD) is None:
        return resolve(call.period, desk.clock.now(), _PERIOD)[0]
    try:
        instrument = one_security(call)
        bars = await load_bars(desk, instrument, call, default_period=_PERIOD, default_interval=Interval.D1)
    except DataMissingError as error:
        return error.missing
    return bars.start


def by_year(paid: Sequence[CorporateAction]) -> list[Year]:
    """Sums by calendar year, newest first; years without a dividend count as zero between others."""
    sums: dict[int, list[float]] = {}
    for action in paid:
        sums.setdefault(_day(action).year, []).append(action.value)
    if not sums:
        return []
    first = min(sums)
    years: list[Year] = []
    for year in range(first, max(sums) + 1):
        amounts, before = sums.get(year, []), sums.get(year - 1, [])
        # The record begins inside its first year: a sum over fewer payments is no base for growth.
        whole = year - 1 > first or len(before) >= len(amounts)
        growth = 100 * (sum(amounts) / sum(before) - 1) if before and sum(before) and whole else None
        years.append(Year(year, sum(amounts), len(amounts), growth))
    return years[::-1]


def frequency(paid: Sequence[CorporateAction]) -> str:
    """How often dividends come, newest first, in a word."""
    from statistics import median

    days = sorted({_day(action) for action in paid}, reverse=True)[: _GAPS + 1]
    if len(days) < 3:
        return "too few to tell"
    gap = median((new - old).days for new, old in pairwise(days))
    return next((word for longest, word in _FREQUENCIES if gap <= longest), "irregular")


def trailing(paid: Sequence[CorporateAction], today: date) -> float:
    """Sum of the dividends whose ex-date lies in the year up to a day."""
    start = months_back(today, 12)
    return sum(action.value for action in paid if start < _day(action) <= today)


def yearly_growth(years: Sequence[Year], span: int, today: date) -> float | None:
    """Growth a year in percent over a number of years up to the last whole one, where both ends are known."""
    whole = {one.year: one for one in years if one.year < today.year}
    new, old = whole.get(today.year - 1), whole.get(today.year - 1 - span)
    first = years[-1].year if years else 0
    if new is None or old is None or old.paid <= 0 or new.paid <= 0:
        return None
    if old.year == first and old.payments < new.payments:
        return None
    return 100 * float((new.paid / old.paid) ** (1 / span) - 1)


def _day(action: CorporateAction) -> date:
    return to_datetime(action.time).date()


def _figures(
    dividends: Dividends,
    paid: Sequence[CorporateAction],
    foreign: int,
    years: Sequence[Year],
    today: date,
    last: float | None,
    origin: Provenance | Missing,
) -> KeyValues:
    year = trailing(paid, today)
    fields = [
        Field(label="Latest ex-date", value=paid[0].time if paid else None, format=Format.DATE),
        Field(
            label="Latest", value=paid[0].value if paid else None, format=Format.NUMBER, decimals=4, unit=_unit(paid)
        ),
        Field(label="Last 12 months", value=year, format=Format.NUMBER, decimals=4, unit=dividends.currency),
        Field(label="Frequency", value=frequency(paid)),
        _yield(year, last, origin),
        *_growths(years, today),
        Field(label="Next ex-date", value=dividends.next_ex_date or _UNKNOWN_DATE, format=Format.DATE),
    ]
    if dividends.yield_fraction is not None:
        told = Field(label="Yield, source", value=100 * dividends.yield_fraction, format=Format.NUMBER, unit="%")
        fields.insert(5, told)
    if foreign:
        fields.append(Field(label="Left out", value=f"{foreign} in another currency than {dividends.currency}"))
    if not paid:
        nothing = Missing(reason=Reason.NO_DATA, detail="no dividends, splits only")
        fields = [Field(label="Dividends", value=nothing)]
    return KeyValues(title="Dividends", fields=tuple(fields), provenance=dividends.provenance)


_NO_PRICE = Missing(reason=Reason.NO_DATA, detail="no price in the currency of the dividends")
_UNKNOWN_DATE = Missing(reason=Reason.NO_DATA, detail="none announced that the source knows of")


def _unit(paid: Sequence[CorporateAction]) -> str:
    return paid[0].currency if paid else ""


def _yield(year: float, last: float | None, origin: Provenance | Missing) -> Field:
    if isinstance(origin, Missing):
        return Field(label="Yield", value=origin)
    if not last:
        return Field(label="Yield", value=_NO_PRICE)
    label = f"Yield at {origin.mark} price"
    return Field(label=label, value=100 * year / last, format=Format.NUMBER, unit="%", provenance=origin)


def _growths(years: Sequence[Year], today: date) -> list[Field]:
    grown = [(span, yearly_growth(years, span, today)) for span in _SPANS]
    return [
        Field(label=f"Growth a year, {span}Y", value=value, format=Format.PERCENT, signed=True)
        for span, value in grown
        if value is not None
    ]


def _years(dividends: Dividends, years: Sequence[Year], today: date) -> Table:
    rows = [
        (str(one.year), one.paid, one.payments, None if one.year == today.year else one.growth, one.year == today.year)
        for one in years
    ]
    return table(
        f"By year, {dividends.currency}",
        (
            Column(name="year", title="Year"),
            Column(name="paid", title="Paid", format=Format.NUMBER, decimals=4),
            Column(name="payments", title="Payments", format=Format.INTEGER),
            Column(name="growth", title="Growth", format=Format.PERCENT, signed=True),
            Column(name="running", title="So far", format=Format.BOOLEAN, hidden=years[0].year != today.year),
        ),
        rows,
        provenance=dividends.provenance,
    )


def _history(dividends: Dividends, start: int | Missing) -> Table:
    """Single payments and splits from an instant on; none where nobody knows where the period begins."""
    rows = []
    newest: dict[str, float] = {}
    for action in reversed(dividends.actions):
        cash = action.kind == "dividend"
        before = newest.get(action.currency) if cash else None
        change = 100 * (action.value / before - 1) if before else None
        rows.append((action.time, action.kind, action.value, action.currency if cash else "new for old", change))
        if cash:
            newest[action.currency] = action.value
    since = None if isinstance(start, Missing) else start
    shown = [row for row in reversed(rows) if since is not None and row[0] >= since][:_MOST_ROWS]
    return table(
        "By ex-date",
        (
            Column(name="ex_date", title="Ex-date", format=Format.DATE),
            Column(name="kind", title="Kind"),
            Column(name="value", title="Amount", format=Format.NUMBER, decimals=4),
            Column(name="unit", title="Unit"),
            Column(name="change", title="Change", format=Format.PERCENT, signed=True),
        ),
        shown,
        provenance=dividends.provenance,
        empty=f"No sessions to count: {start}" if since is None else f"Nothing since {to_datetime(since).date()}.",
    )
