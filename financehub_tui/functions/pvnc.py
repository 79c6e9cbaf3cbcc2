"""PVNC: provenance."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from financehub_tui.clock import NANOS
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs
from financehub_tui.errors import DataMissingError
from financehub_tui.functions.diag import named_sources
from financehub_tui.functions.frames import table
from financehub_tui.functions.periods import resolve
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.bars import BarRequest
from financehub_tui.market.provenance import Missing, Provenance, Tier
from financehub_tui.report.blocks import Column, Format, KeyValues, Report, Table

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from financehub_tui.desk import Desk
    from financehub_tui.figures import CandidateStatus
    from financehub_tui.market.instrument import Instrument
    from financehub_tui.report.blocks import Block

KINDS = (
    "quote",
    "bars",
    "book",
    "trades",
    "profile",
    "options",
    "statements",
    "earnings",
    "ratings",
    "dividends",
    "news",
    "market_value",
)
"""Kinds of data a desk explains."""
_PLAYED = (Tier.REPLAY, Tier.SIMULATED)
COLUMNS = (
    Column(name="kind", title="Data"),
    Column(name="answer", title="Answer"),
    Column(name="provider", title="Provider"),
    Column(name="age", title="Age", format=Format.DURATION),
    Column(name="as_of", title="As of UTC", format=Format.DATETIME),
    Column(name="endpoint", title="Endpoint"),
    Column(name="delay", title="Delay"),
    Column(name="tier", title="Tier"),
    Column(name="fetched", title="Fetched UTC", format=Format.DATETIME),
    Column(name="unit", title="Unit"),
    Column(name="adjusted", title="Adjusted"),
    Column(name="notes", title="Notes"),
)

CANDIDATES = (
    Column(name="kind", title="Data"),
    Column(name="place", title="Asked", format=Format.INTEGER),
    Column(name="provider", title="Provider"),
    Column(name="why", title="Why here"),
    Column(name="state", title="State"),
    Column(name="delay", title="Delay"),
    Column(name="score", title="Score", format=Format.NUMBER, decimals=0),
    Column(name="cost", title="A call costs"),
    Column(name="left", title="Left %", format=Format.NUMBER, decimals=0),
)

SPEC = FunctionSpec(
    mnemonic="PVNC",
    title="Provenance",
    category=Category.DATA,
    needs=Needs.SECURITY,
    help="Where each value of the loaded security came from: provider, endpoint, when it was true and when it was "
    "fetched, which tier answered, how delayed the source is, currency and unit, adjustment, and what was tried "
    "before. A value that could not be had stands there with its reason. The market value of a coin is another "
    "source's than its price, and stands by itself, with what a second source says of it.\n"
    "Beneath, who would be asked for each kind of data, in which order, and what decides it: whether it is well, your "
    "priority in the settings, how fresh its values are, whether its budget is nearly spent, what a call costs.",
    sources="Recorded by the engine with every answer.",
    examples=("AAPL US Equity PVNC",),
)


async def load(desk: Desk, call: Call) -> Report:
    """The newest answers for the security, by kind of data."""
    instrument = one_security(call)
    start, end = resolve(None, desk.clock.now(), "1M")
    asked: list[Awaitable[object]] = [
        desk.quotes([instrument], market_values=True),
        desk.bars(instrument, BarRequest(start=start, end=end)),
        desk.profile(instrument),
    ]
    for result in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(result, BaseException) and not isinstance(result, DataMissingError):
            raise result
    now = desk.clock.now()
    rows = [_row(kind, answer, now) for kind in KINDS for answer in _answers(desk, instrument.key, kind)]
    empty = "Nothing has been asked for this security yet."
    blocks: list[Block] = [table("Answers", COLUMNS, rows, empty=empty), _candidates(desk, instrument)]
    if credits := named_sources(desk, {str(row[2]) for row in rows}):
        blocks.insert(1, KeyValues(title="Sources that ask to be named", fields=credits))
    return report(desk, call, blocks)


def _answers(desk: Desk, key: str, kind: str) -> list[Provenance | Missing]:
    """Answers that differ, the newest of each: panes that ask the same are told the same.

    Trades name only their provider: those beside a replayed or simulated quote were played like it.
    """
    found = _different(desk.explain(key, kind))
    quote = next((one for one in desk.explain(key, "quote") if isinstance(one, Provenance)), None)
    if kind != "trades" or quote is None or quote.tier not in _PLAYED:
        return found
    return [one if isinstance(one, Missing) else replace(one, tier=quote.tier) for one in found]


def _different(answers: list[Provenance | Missing]) -> list[Provenance | Missing]:
    """The first of the answers that are alike but for the time they were fetched at."""
    kept: dict[Provenance | Missing, Provenance | Missing] = {}
    for one in answers:
        kept.setdefault(replace(one, fetched_at=0) if isinstance(one, Provenance) else one, one)
    return list(kept.values())


def _candidates(desk: Desk, instrument: Instrument) -> Table:
    """Who could answer each kind of question, in the order of asking, and why in that order."""
    rows = [_candidate(kind, one) for kind in KINDS for one in desk.providers.candidates(instrument, kind)]
    return table("Who would be asked", CANDIDATES, rows, empty="No configured provider carries this security.")


def _candidate(kind: str, c: CandidateStatus) -> tuple[object, ...]:
    place = c.place or None
    return (kind, place, c.title, c.why, c.state, c.delay, c.score, c.cost, 100 * c.left if place else None)


def _row(kind: str, answer: Provenance | Missing, now: int) -> tuple[object, ...]:
    if isinstance(answer, Missing):
        return (kind, answer.reason.value, "", None, None, "", "", "", None, "", "", answer.detail)
    return (
        kind,
        answer.mark,
        answer.provider,
        max(0, now - answer.as_of) / NANOS if answer.as_of else None,
        answer.as_of or None,
        answer.endpoint,
        answer.delay.value,
        answer.tier.value,
        answer.fetched_at or None,
        f"{answer.currency} {answer.unit}".strip(),
        answer.adjustment.value,
        "; ".join(answer.notes),
    )
