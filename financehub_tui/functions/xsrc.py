"""XSRC: one field, or a series, of every source: who differs, and whose value is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.functions.agreement import deviation, missing_of
from financehub_tui.functions.frames import table
from financehub_tui.functions.history import begin_of, none_since, window_of, with_studies
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import Column, Format, Report, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from financehub_tui.desk import Desk
    from financehub_tui.figures import BarDispute, FieldCheck, SeriesCheck
    from financehub_tui.market.instrument import Instrument

FIELDS = ("last", "bid", "ask", "open", "high", "low", "previous_close", "volume")
LISTED = 200
"""Bars in dispute that are listed, newest first."""

SPEC = FunctionSpec(
    mnemonic="XSRC",
    title="Compare sources",
    category=Category.DATA,
    needs=Needs.SECURITY,
    help="Do the sources agree? With nothing more, every field of a quote: the agreed value, whose is taken, how "
    "sure that is, each source's value and what stands out. With a field (XSRC LAST) each source in a row with its "
    "difference. With a period (XSRC 1M) the closes of every source's own daily bars: how many bars each has, how far "
    "it is off, whose series is taken and why, and the bars in dispute with every value beside the others. A series in "
    "another currency or unit, a hundred times too large, or adjusted otherwise for a split or dividends is told as "
    "that. A disagreement is never hidden: both values stand there.",
    tails=(
        Tail(kind=TailKind.WORD, words=tuple(field.upper() for field in FIELDS), help="A field of the quote"),
        Tail(
            kind=TailKind.PERIOD, help="Compare bars over a period, 5D is 5 sessions that any source has", example="1M"
        ),
        Tail(kind=TailKind.INTERVAL, help="Bars to compare; D where nothing is said", example="D"),
    ),
    sources="Every configured provider that carries the security, asked at the same moment.",
    formulas="Fields: the centre is the median weighted by freshness (real time 1, delayed 1/2, daily 1/4, halved "
    "every 10 minutes of age). A value agrees within 20 bp of it (previous close 5, volumes 2,500) plus 8 bp x "
    "sqrt(age in minutes, a week at most). Confidence = weight that agrees / all weight x (1 - 1/4^(k-1)), k that "
    "agree: nothing with one source. Series: the same vote on each bar's close, with equal weights and without age; "
    "its confidence is the mean over all bars of two sources. Taken is the first in the order of asking, without a "
    "finding, that agrees on as many bars as the best (2 % less at most).",
    examples=("BTCUSD XSRC", "AAPL XSRC LAST", "AAPL US Equity XSRC 1M"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The comparison. Raises CommandError."""
    instrument = one_security(call)
    if call.period is not None or call.interval is not None:
        return await _series(desk, call, instrument)
    answers = await desk.providers.quotes(instrument)
    field = next((word.lower() for word in call.words), "")
    origins = [answer.provenance for answer in answers.values() if isinstance(answer, Quote) and answer.provenance]
    block = _one_field(desk, field, answers) if field else _all_fields(desk, answers, instrument)
    return report(desk, call, [block], provenance=origins, missing=missing_of(answers))


def _value(answer: Quote | Missing, field: str) -> float | None:
    found = None if isinstance(answer, Missing) else getattr(answer, field)
    return None if found is None else float(found)


def _places(field: str, instrument: Instrument, values: Sequence[float | None]) -> int:
    """Decimals of a field: the venue's for a price, for a volume those that say something."""
    if field == "volume":
        return 0 if all(value is None or value.is_integer() for value in values) else 4
    return 4 if instrument.decimals is None else instrument.decimals


def _all_fields(desk: Desk, answers: Mapping[str, Quote | Missing], instrument: Instrument) -> Table:
    """One row a field, one column a source."""
    names = [name for name, answer in answers.items() if isinstance(answer, Quote)]
    rows = []
    for field in FIELDS if names else ():
        found = desk.providers.check(answers, field)
        values = [_value(answers[name], field) for name in names]
        sure = 100 * found.confidence if len(found.compared) > 1 else None
        places = _places(field, instrument, values)
        rows.append((field, found.agreed, found.chosen, sure, *values, _stands_out(found), places))
    columns = (
        Column(name="field", title="Field"),
        Column(name="agreed", title="Agreed", format=Format.PRICE, decimals_from="decimals"),
        Column(name="taken", title="Taken from"),
        Column(name="confidence", title="Confid. %", format=Format.NUMBER, decimals=0),
        *(
            Column(name=f"s{place}", title=name, format=Format.PRICE, decimals_from="decimals")
            for place, name in enumerate(names)
        ),
        Column(name="findings", title="Findings"),
        Column(name="decimals", title="Decimals", format=Format.INTEGER, hidden=True),
    )
    return table("Fields by source", columns, rows, empty="No source has a quote of this security.")


def _stands_out(found: FieldCheck | BarDispute) -> str:
    """`Yahoo Finance disagrees by +52.1 bp`, for each source that does not agree."""
    told = []
    for name, (kind, off) in found.findings.items():
        told.append(f"{name}: {kind}" if off is None else f"{name}: {kind} by {off:+,.1f} bp")
    return "; ".join(told)


def _one_field(desk: Desk, field: str, answers: Mapping[str, Quote | Missing]) -> Table:
    """One row a source."""
    found = desk.providers.check(answers, field)
    rows = []
    for name, answer in answers.items():
        value = _value(answer, field)
        kind, off = found.findings.get(name, ("agrees" if name in found.agreeing else "", None))
        if name in found.agreeing:
            off = deviation(value, found.agreed)
        if value is not None and name not in found.compared:
            kind = "not compared: another day or currency"
        taken = f"first of {len(found.agreeing)} that agree" if name == found.chosen else ""
        rows.append((name, value, off, kind, taken, str(answer) if isinstance(answer, Missing) else ""))
    columns = (
        Column(name="source", title="Source"),
        Column(name="value", title=field.replace("_", " ").capitalize(), format=Format.NUMBER, decimals=4),
        Column(name="off", title="Off bp", format=Format.NUMBER, decimals=1, signed=True),
        Column(name="vote", title="Vote"),
        Column(name="taken", title="Taken, because"),
        Column(name="missing", title="Why not"),
    )
    title = f"{field} by source, confidence {found.confidence:.0%}"
    return table(title, columns, rows, empty="No source offers quotes of this security.")


async def _series(desk: Desk, call: Call, instrument: Instrument) -> Report:
    """Closes of all sources on the bars they have in common."""
    interval = call.interval or Interval.D1
    window = window_of(desk, instrument, call.period, "1M", interval)
    request = BarRequest(interval=interval, start=window.start, end=window.end)
    given = await desk.providers.bars(instrument, request)
    series = [answer for answer in given.values() if isinstance(answer, Bars)]
    start = begin_of(window, series, desk.session(instrument))
    answers = {name: _since(start, answer) for name, answer in given.items()}
    found = await desk.providers.check_bars(answers)
    names = [name for name, answer in answers.items() if isinstance(answer, Bars)]
    origins = [answer.provenance for answer in answers.values() if isinstance(answer, Bars)]
    blocks = [_by_source(answers, found), _disputes(names, found)]
    return report(desk, call, blocks, provenance=origins, missing=missing_of(answers))


def _since(start: int, answer: Bars | Missing) -> Bars | Missing:
    if isinstance(answer, Missing):
        return answer
    return none_since(start, answer) or with_studies(answer, (), start)[0]


def _by_source(answers: Mapping[str, Bars | Missing], found: SeriesCheck) -> Table:
    """One row a source: what it has, how far it is off, and whose series is taken."""
    sources = {one.source: one for one in found.sources}
    rows: list[tuple[object, ...]] = []
    for name, answer in answers.items():
        one = sources.get(name)
        if one is None:
            rows.append((name, *(None,) * 5, "", "", "", str(answer) if isinstance(answer, Missing) else ""))
            continue
        taken = found.why if name == found.chosen else ""
        figures = (one.bars, one.first, one.usual, one.worst, one.disputed)
        rows.append((name, *figures, one.adjustment, one.finding, taken, ""))
    columns = (
        Column(name="source", title="Source"),
        Column(name="bars", title="Bars", format=Format.INTEGER),
        Column(name="first", title="From", format=Format.DATE),
        Column(name="usual", title="Mean off bp", format=Format.NUMBER, decimals=2),
        Column(name="worst", title="Most off bp", format=Format.NUMBER, decimals=1),
        Column(name="disputed", title="In dispute", format=Format.INTEGER),
        Column(name="adjusted", title="Adjusted"),
        Column(name="finding", title="Finding"),
        Column(name="taken", title="Taken, because"),
        Column(name="missing", title="Why not"),
    )
    title = f"Series by source, confidence {found.confidence:.0%} over {found.compared:,} bars"
    return table(title, columns, rows, empty="No source offers bars of this security.")


def _disputes(names: Sequence[str], found: SeriesCheck) -> Table:
    """Bars whose closes differ, newest first, with every value and whose is taken."""
    rows = [
        (one.time, one.agreed, one.chosen, 100 * one.confidence, *map(one.values.get, names), _stands_out(one))
        for one in found.disputes[:LISTED]
    ]
    columns = (
        Column(name="time", title="Bar UTC", format=Format.DATETIME),
        Column(name="agreed", title="Agreed", format=Format.NUMBER, decimals=4),
        Column(name="taken", title="Taken from"),
        Column(name="confidence", title="Confid. %", format=Format.NUMBER, decimals=0),
        *(Column(name=f"s{place}", title=name, format=Format.NUMBER, decimals=4) for place, name in enumerate(names)),
        Column(name="findings", title="Findings"),
    )
    few = "No bar is in dispute." if found.compared else "Nothing to compare: no bar is of two sources."
    return table(f"In dispute: {len(found.disputes):,} bars", columns, rows, empty=few)
