"""MDM: market depth as a ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui.commands.spec import Call
from financehub_tui.functions import book as book_function
from financehub_tui.functions.securities import one_security, report
from financehub_tui.report.blocks import Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = msgspec.structs.replace(
    book_function.SPEC,
    mnemonic="MDM",
    title="Market depth",
    help="The book as a ladder: one row a price, asks above, bids below, sizes beside their price with bars in "
    "proportion, and the number of orders where the venue tells it. The ladder follows the middle; the space "
    "bar locks it.",
    keys=(
        ("Space", "lock or follow the middle"),
        ("Up Down PgUp PgDn", "scroll"),
        ("Home", "back to the middle"),
        ("Left Right", "finer or coarser prices"),
    ),
    examples=("BTCUSDT MDM", "AAPL US Equity MDM"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The ladder from the highest ask to the lowest bid. Raises DataMissingError."""
    import polars as pl

    instrument = one_security(call)
    book, known = await book_function.book_of(desk, call)
    rows: list[tuple[float | None, float, float | None, int]] = [
        *((None, level.price, level.size, level.orders) for level in reversed(book.asks)),
        *((level.size, level.price, None, level.orders) for level in book.bids),
    ]
    frame = pl.DataFrame(
        rows,
        schema={"bid_size": pl.Float64, "price": pl.Float64, "ask_size": pl.Float64, "orders": pl.Int64},
        orient="row",
    )
    names = ("bid_size", "price", "ask_size", *(("orders",) if any(row[3] for row in rows) else ()))
    table = Table(
        title="Ladder",
        frame=frame,
        columns=book_function.columns(instrument, book, names),
        provenance=book.provenance,
        empty="The book is empty.",
    )
    return report(desk, call, [known, table])
