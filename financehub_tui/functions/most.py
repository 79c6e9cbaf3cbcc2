"""MOST: most active and movers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.counts import count_of
from financehub_tui.functions.fields import FIELDS, fields
from financehub_tui.functions.gaps import quote_gaps
from financehub_tui.functions.mon import GRID_KEYS
from financehub_tui.functions.securities import many_securities, quote_table, report
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.movers import Movers, Screen
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import Field, Format, KeyValues, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

COLUMNS = ("last", "change", "change_percent", "volume", "value", "range_percent", "time", "mark")
ORDERS = {
    "VOLUME": ("volume", "Most active by volume"),
    "VALUE": ("value", "Most active by turnover"),
    "UP": ("change_percent", "Largest gains"),
    "DOWN": ("change_percent", "Largest losses"),
}

MARKET = "MARKET"
SCREENS = {"UP": Screen.GAINERS, "DOWN": Screen.LOSERS}
"""Screens by order; the others rank the most active."""
SCREENED = 100
"""Shares taken from a screen, of which the ranking is made."""

ROWS = 50
"""Shown where the line says no number."""

SPEC = FunctionSpec(
    mnemonic="MOST",
    title="Most active and movers",
    category=Category.MARKETS,
    needs=Needs.NOTHING,
    help="The members of a list (the S&P 500 where none is given) ranked by volume, turnover, gain or loss of the "
    "session. Above the table stands how many members were compared, so that a short answer never looks whole. "
    "MARKET ranks what a provider's own screen names out of all shares of the United States, by the quotes that come "
    "with it.",
    tails=(
        Tail(kind=TailKind.WORD, words=tuple(ORDERS), help="What to rank by; VOLUME where nothing is said"),
        Tail(kind=TailKind.WORD, words=(MARKET,), help="All shares of the United States in place of a list"),
        Tail(kind=TailKind.NUMBER, help=f"How many rows; {ROWS} where nothing is said", example="100"),
    ),
    keys=GRID_KEYS,
    interactive=True,
    sources="Quotes of every member, from the best quote provider; MARKET from a provider's screen, such as Yahoo's.",
    examples=("MOST", "MOST UP 20", "@tech MOST VALUE"),
)


def order_of(call: Call) -> str:
    """The ranking of a call. Raises CommandError for a second one."""
    named = [word for word in call.words if word in ORDERS]
    if len(named) > 1:
        raise CommandError(f"MOST has one order, not {' and '.join(named)}", "Leave all but one out.")
    return named[0] if named else "VOLUME"


def universe(desk: Desk) -> str:
    """The list ranked where none is given."""
    return "crypto" if desk.scenario.name == "crypto" else "sp500"


async def members(desk: Desk, call: Call) -> tuple[str, list[Instrument], Movers | None]:
    """(title, what is compared, the screen where it is of one). Raises CommandError, DataMissingError."""
    if MARKET not in call.words:
        return (*await many_securities(desk, call, universe(desk)), None)
    if call.list_name or call.securities:
        raise CommandError("MOST MARKET compares the whole market", "Leave the list or the word MARKET out.")
    found = await desk.movers(SCREENS.get(order_of(call), Screen.ACTIVE), SCREENED)
    whole = f" of {found.total:,}" if found.total else ""
    return f"US market, first {len(found.instruments)}{whole} screened", list(found.instruments), found


def rank(instruments: list[Instrument], quotes: dict[str, Quote | Missing], order: str) -> list[Instrument]:
    """The members by an order of `ORDERS`; those without the value are left out."""
    field = FIELDS[ORDERS[order][0]]
    scored: list[tuple[float, Instrument]] = []
    for instrument in instruments:
        quote = quotes.get(instrument.key)
        value = field.value(instrument, quote) if isinstance(quote, Quote) else None
        if isinstance(value, int | float):
            scored.append((-value if order == "DOWN" else value, instrument))
    scored.sort(key=lambda pair: pair[0], reverse=True)
    return [instrument for _, instrument in scored]


async def load(desk: Desk, call: Call) -> Report:
    """The ranking, and how much of the list it covers."""
    order, count = order_of(call), count_of(call, ROWS, 5_000, "rows")
    name, instruments, screen = await members(desk, call)
    came = {quote.key: quote for quote in screen.quotes} if screen else {}
    rest = [instrument for instrument in instruments if instrument.key not in came]
    quotes: dict[str, Quote | Missing] = {**came, **(await desk.quotes(rest) if rest or not came else {})}
    ranked = rank(instruments, quotes, order)
    coverage = KeyValues(
        title="Coverage",
        fields=(
            Field(label="List", value=name),
            Field(label="Compared", value=f"{len(ranked):,} of {len(instruments):,}"),
            Field(label="As of", value=desk.clock.now(), format=Format.DATETIME),
        ),
    )
    table = quote_table(ORDERS[order][1], ranked[:count], quotes, fields(COLUMNS))
    found = [one.provenance for one in (screen, table) if one is not None and one.provenance is not None]
    missing = quote_gaps(instruments, quotes)
    return report(desk, call, [coverage, table], subject=name, provenance=found, missing=missing)
