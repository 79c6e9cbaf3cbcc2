"""ALLQ: the quote of every source side by side."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs
from financehub_tui.functions.agreement import deviation, missing_of
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import Column, Field, Format, KeyValues, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from financehub_tui.desk import Desk
    from financehub_tui.figures import FieldCheck
    from financehub_tui.report.blocks import Block

COLUMNS = (
    Column(name="source", title="Source"),
    Column(name="last", title="Last", format=Format.PRICE, decimals_from="decimals"),
    Column(name="off", title="Off bp", format=Format.NUMBER, decimals=1, signed=True),
    Column(name="bid", title="Bid", format=Format.PRICE, decimals_from="decimals"),
    Column(name="ask", title="Ask", format=Format.PRICE, decimals_from="decimals"),
    Column(name="spread", title="Sprd bp", format=Format.NUMBER, decimals=1),
    Column(name="age", title="Age", format=Format.DURATION),
    Column(name="mark", title="Mark"),
    Column(name="volume", title="Volume", format=Format.COMPACT),
    Column(name="currency", title="Crncy"),
    Column(name="time", title="Time UTC", format=Format.DATETIME),
    Column(name="decimals", title="Decimals", format=Format.INTEGER, hidden=True),
    Column(name="missing", title="Why not"),
)

SPEC = FunctionSpec(
    mnemonic="ALLQ",
    title="All quotes",
    category=Category.DATA,
    needs=Needs.SECURITY,
    help="The quote of the loaded security from every source that carries it, asked at the same moment, in the order "
    "in which they would be asked one by one: last, bid and ask, how far each is off the median, how old its value "
    "is. A source that has none says why. Each look costs one call of every source's budget, so it is looked at "
    "again only when you ask.",
    sources="Every configured provider; nothing comes from the cache.",
    formulas="Off = (last - agreed) / agreed, in basis points, among sources of the same currency; closes of the day "
    "before are not compared with live values. Agreed = the median weighted by freshness (delayed 1/2, halved every 10 "
    "minutes of age), where anybody is within 20 bp of it plus what a price moves in the age of the value, a week "
    "at most; where nobody is, off is from the plain median. Confidence = weight that agrees / all weight x "
    "(1 - 1/4^(k-1)) for k that agree.",
    examples=("BTCUSD ALLQ", "AAPL US Equity ALLQ"),
)


async def load(desk: Desk, call: Call) -> Report:
    """Quotes of all sources. Raises CommandError without a security."""
    instrument = one_security(call)
    answers = await desk.providers.quotes(instrument)
    quotes = {name: answer for name, answer in answers.items() if isinstance(answer, Quote)}
    now, found = desk.clock.now(), desk.providers.check(answers, "last")
    alike = {name: quote for name, quote in quotes.items() if name in found.compared}
    middle = found.agreed
    if middle is None and (lasts := [quote.last for quote in alike.values() if quote.last is not None]):
        middle = median(lasts)
    rows = [
        _row(name, answer, middle if name in alike else None, instrument.decimals, now)
        for name, answer in answers.items()
    ]
    empty = "No configured provider offers quotes of this security."
    origins = [quote.provenance for quote in quotes.values() if quote.provenance]
    answered = f"{len(quotes)} of {len(answers)}, {len(alike)} of them comparable"
    blocks: list[Block] = [
        _together(found, alike, answered, instrument.decimals),
        table("Sources", COLUMNS, rows, empty=empty),
    ]
    return report(desk, call, blocks, provenance=origins, missing=missing_of(answers))


def _together(found: FieldCheck, quotes: Mapping[str, Quote], answered: str, decimals: int | None) -> KeyValues:
    best_bid = max((quote.bid for quote in quotes.values() if quote.bid is not None), default=None)
    best_ask = min((quote.ask for quote in quotes.values() if quote.ask is not None), default=None)
    outside = ", ".join(f"{name} ({why})" for name, (why, _) in found.findings.items())
    places = 2 if decimals is None else decimals
    words = "one source alone: nothing to compare it with" if quotes else "no source to compare"
    alone = Missing(reason=Reason.NO_DATA, detail=words)
    sure = 100 * found.confidence if len(quotes) > 1 else alone
    return KeyValues(
        title="Together",
        fields=(
            Field(label="Agreed last", value=found.agreed, format=Format.PRICE, decimals=places),
            Field(label="Best bid", value=best_bid, format=Format.PRICE, decimals=places),
            Field(label="Best ask", value=best_ask, format=Format.PRICE, decimals=places),
            Field(label="Confidence", value=sure, format=Format.NUMBER, decimals=0, unit="%"),
            Field(label="Agree", value=", ".join(found.agreeing) or "none"),
            Field(label="Stand out", value=outside or "none"),
            Field(label="Answered", value=answered),
        ),
    )


def _row(
    name: str, answer: Quote | Missing, middle: float | None, decimals: int | None, now: int
) -> tuple[object, ...]:
    if isinstance(answer, Missing):
        return (name, *(None,) * 6, "", None, "", None, decimals, str(answer))
    mid = answer.mid
    spread = None if mid is None or answer.bid is None or answer.ask is None else answer.ask - answer.bid
    return (
        name,
        answer.last,
        deviation(answer.last, middle),
        answer.bid,
        answer.ask,
        10_000 * spread / mid if spread is not None and mid else None,
        max(0, now - answer.time) / NANOS,
        answer.provenance.mark if answer.provenance else "",
        answer.volume,
        answer.provenance.currency if answer.provenance else "",
        answer.time,
        decimals if answer.decimals is None else answer.decimals,
        "",
    )
