"""MON: the quote monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.fields import CATALOGUED, FIELDS, fields
from financehub_tui.functions.gaps import quote_gaps
from financehub_tui.functions.securities import many_securities, quote_table, report
from financehub_tui.functions.starters import STARTER
from financehub_tui.report.blocks import Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

DEFAULT_COLUMNS = ("last", "change", "change_percent", "bid", "ask", "high", "low", "volume", "time", "mark")

GRID_KEYS = (
    ("Up Down PgUp PgDn", "move the cursor"),
    ("Enter", "load the security under the cursor; its number on the command line does too"),
    ("Ctrl+T Ctrl+G", "sort by the next column; turn the order round"),
    ("Ctrl+L", "hold the order of the rows"),
    ("Left Right", "scroll the columns"),
    ("Space Ctrl+Y", "select rows, copy them"),
)

SPEC = FunctionSpec(
    mnemonic="MON",
    title="Monitor",
    category=Category.MARKETS,
    needs=Needs.SECURITIES,
    help="Live quotes of a list: rows are securities, columns are fields. A cell that changed flashes, and its arrow "
    "says which way. An empty cell says why it is empty. The order of the rows is held for a second at least, and "
    "the cursor follows its security.",
    tails=(
        Tail(
            kind=TailKind.OPTION,
            words=("cols",),
            help=f"Columns in order, of: {', '.join(FIELDS)}",
            example="cols=last,change_percent,volume",
        ),
    ),
    keys=GRID_KEYS,
    interactive=True,
    sources="Streams where a provider has them, else calls as often as its limits allow.",
    formulas="Net = last - previous close; %Chg = net / previous close; Sprd bp = (ask - bid) / mid x 10,000.",
    examples=("MON", "@tech MON", "AAPL,MSFT,NVDA MON cols=last,change_percent,volume"),
)


def columns_of(call: Call, default: tuple[str, ...] = DEFAULT_COLUMNS) -> tuple[str, ...]:
    """Field ids of a call's `cols` tail. Raises CommandError for an unknown one."""
    text = call.option("cols")
    if not text:
        return default
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in FIELDS]
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], FIELDS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Columns are {', '.join(FIELDS)}."
        raise CommandError(f"No column {unknown[0]!r}", hint)
    return names


async def load(desk: Desk, call: Call) -> Report:
    """Quotes of the list. Raises DataMissingError for an unknown list."""
    title, instruments = await many_securities(desk, call, STARTER)
    columns = fields(columns_of(call))
    quotes = await desk.quotes(instruments, market_values=any(field.id in CATALOGUED for field in columns))
    table = quote_table(title, instruments, quotes, columns)
    return report(desk, call, [table], subject=title, missing=quote_gaps(instruments, quotes, columns))
