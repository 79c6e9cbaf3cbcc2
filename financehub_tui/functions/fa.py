"""FA: financial analysis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.company import Frequency, StatementKind, Statements
from financehub_tui.market.instrument import AssetClass
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.report.blocks import Column, Format, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

_KINDS = {
    "INCOME": StatementKind.INCOME,
    "BALANCE": StatementKind.BALANCE,
    "CASH": StatementKind.CASH_FLOW,
    "RATIOS": StatementKind.RATIOS,
}
_FREQUENCIES = {
    "ANNUAL": Frequency.ANNUAL,
    "QUARTERLY": Frequency.QUARTERLY,
    "TTM": Frequency.TRAILING,
}
_TITLES = {
    StatementKind.INCOME: "Income statement",
    StatementKind.BALANCE: "Balance sheet",
    StatementKind.CASH_FLOW: "Cash flow",
    StatementKind.RATIOS: "Ratios",
}
_GROWTH = "GROWTH"
_YEAR = (350, 380)
"""Days between the ends of the same quarter of two years; fiscal years may end on a weekday."""

SPEC = FunctionSpec(
    mnemonic="FA",
    title="Financial analysis",
    category=Category.COMPANY,
    needs=Needs.SECURITY,
    asset_classes=(AssetClass.EQUITY,),
    help="Financial statements of the loaded company, one column for each period, newest first: income, balance "
    "sheet, cash flow, or ratios; by fiscal year, by quarter, or over the last twelve months. Money is in the "
    "currency of the statements, which the title names and which need not be that of the share. GROWTH shows the "
    "change of each line over the period before in percent, and for quarters the newest over the same quarter of "
    "last year. A dash is a figure the source does not give.",
    tails=(
        Tail(kind=TailKind.WORD, words=tuple(_KINDS), help="Which statement; INCOME where nothing is said"),
        Tail(kind=TailKind.WORD, words=tuple(_FREQUENCIES), help="Fiscal years, quarters, or the last twelve months"),
        Tail(kind=TailKind.WORD, words=(_GROWTH,), help="Changes in percent in place of the figures"),
    ),
    sources="The best provider of statements; PVNC says which. Ratios of the price are the provider's own.",
    formulas="Growth = 100 x (figure - earlier figure) / |earlier figure|. Margins, tax rate and returns are "
    "fractions: 0.25 is 25 percent. Returns and turnover set the flow of the period against the balance at its end; "
    "nothing is annualised. Quick ratio = (cash, short-term investments, receivables) / current liabilities. Cash "
    "conversion = operating cash flow / net income.",
    examples=("AAPL US Equity FA", "AAPL FA BALANCE QUARTERLY", "AAPL FA RATIOS TTM", "AAPL FA CASH GROWTH"),
)


async def load(desk: Desk, call: Call) -> Report:
    """One statement. Raises DataMissingError, CommandError."""
    instrument = one_security(call)
    kind = _KINDS[_one_of(call, tuple(_KINDS))]
    frequency = _FREQUENCIES[_one_of(call, tuple(_FREQUENCIES))]
    grown = _GROWTH in call.words
    if grown and kind is StatementKind.RATIOS:
        raise CommandError("Ratios have no growth view", "Leave one of RATIOS and GROWTH out.")
    statements = await desk.statements(instrument, kind, frequency)
    shown = _growth(statements) if grown else _figures(statements)
    return report(desk, call, [shown], missing=[shown.missing] if shown.missing else ())


def _one_of(call: Call, words: Sequence[str]) -> str:
    """The word of a call among some, the first of them where it has none. Raises CommandError for two."""
    typed = [word for word in call.words if word in words]
    if len(typed) > 1:
        raise CommandError(f"FA shows one of {', '.join(typed)} at a time", "Give one of them.")
    return typed[0] if typed else words[0]


def _title(statements: Statements) -> str:
    currency = f", {statements.currency}" if statements.currency and statements.kind is not StatementKind.RATIOS else ""
    return f"{_TITLES[statements.kind]}, {statements.frequency.value}{currency}"


def _figures(statements: Statements) -> Table:
    ratios = statements.kind is StatementKind.RATIOS
    form, decimals = (Format.NUMBER, 3) if ratios else (Format.COMPACT, 2)
    # A period ends in one month: its day is in the name of the column.
    columns = [Column(name=day, title=day[:7], format=form, decimals=decimals) for day in statements.periods]
    return _lines(statements, _title(statements), columns, [line.values for line in statements.lines])


def _growth(statements: Statements) -> Table:
    """Changes over the period before; for quarters, the newest over that of a year before as well."""
    pairs = [(index, index + 1) for index in range(len(statements.periods) - 1)]
    names = [statements.periods[index] for index, _ in pairs]
    titles = [name[:7] for name in names]
    year_ago = _year_before(statements.periods)
    if statements.frequency is Frequency.QUARTERLY and year_ago is not None:
        pairs.insert(0, (0, year_ago))
        names.insert(0, f"{statements.periods[0]} on year")
        titles.insert(0, "On year")
    columns = [
        Column(name=name, title=title, format=Format.PERCENT, signed=True)
        for name, title in zip(names, titles, strict=True)
    ]
    values = [tuple(_change(line.values[new], line.values[old]) for new, old in pairs) for line in statements.lines]
    return _lines(statements, f"{_title(statements)}, growth in percent", columns, values)


def _year_before(periods: Sequence[str]) -> int | None:
    ends = [date.fromisoformat(day) for day in periods]
    return next((index for index, end in enumerate(ends) if _YEAR[0] <= (ends[0] - end).days <= _YEAR[1]), None)


def _change(new: float | None, old: float | None) -> float | None:
    return None if new is None or not old else 100 * (new - old) / abs(old)


def _lines(
    statements: Statements, title: str, columns: Sequence[Column], values: Sequence[Sequence[float | None]]
) -> Table:
    """One row a line; the source's own name of it is in machine formats."""
    heads = (Column(name="line", title="Line"), Column(name="name", title="Name", hidden=True))
    rows = [(line.title, line.name, *cells) for line, cells in zip(statements.lines, values, strict=True)]
    missing = None
    if not columns:
        who = statements.provenance.provider
        missing = Missing(reason=Reason.NO_DATA, detail=f"{who} gives one period only: nothing to compare it with")
    return table(title, (*heads, *columns), [] if missing else rows, provenance=statements.provenance, missing=missing)
