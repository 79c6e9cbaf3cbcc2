"""BOOK: the order book, bids left and asks right."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.functions.counts import count_of
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.quote import IMBALANCE_LEVELS, Book, Level, difference
from financehub_tui.report.blocks import Column, Field, Format, KeyValues, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

DEPTH_TAILS = (Tail(kind=TailKind.NUMBER, help="Levels a side; 20 where nothing is said, 50 in a pane", example="50"),)

SPEC = FunctionSpec(
    mnemonic="BOOK",
    title="Order book",
    category=Category.SECURITY,
    needs=Needs.SECURITY,
    help="The venue's book: price, size and running total a level, bids at the left and asks at the right, with the "
    "spread and the imbalance of the best ten levels, however many are shown. The book is kept from a snapshot and "
    "every change after it; when a change is missed it is thrown away and built anew, and the screen says so.",
    tails=DEPTH_TAILS,
    interactive=True,
    sources="Depth stream of the venue; REPLAY in --demo=crypto, SIM in --demo=equities.",
    formulas="Imbalance = (bid size - ask size) / (bid size + ask size) over the best ten levels a side, -1 to +1; the "
    "percentages of a pane are the two shares of the same levels.",
    examples=("BTCUSDT BOOK", "BTCUSDT BOOK 50"),
)


def depth_of(call: Call, default: int = 20) -> int:
    """Levels a side of a call. Raises CommandError."""
    return count_of(call, default, 5_000, "levels")


async def book_of(desk: Desk, call: Call) -> tuple[Book, KeyValues]:
    """The levels a call asks for, and the facts of the book. Raises DataMissingError."""
    instrument, depth = one_security(call), depth_of(call)
    book = await desk.book(instrument, needed(depth))
    return book.best(depth), facts(instrument, book)


def needed(depth: int) -> int:
    """Levels a side to ask for where `depth` are shown: the imbalance needs its own number."""
    return max(depth, IMBALANCE_LEVELS)


async def load(desk: Desk, call: Call) -> Report:
    """The book two-sided, with its update number. Raises DataMissingError."""
    import polars as pl

    instrument = one_security(call)
    book, known = await book_of(desk, call)
    rows = max(len(book.bids), len(book.asks))
    frame = pl.DataFrame(
        {
            "level": list(range(1, rows + 1)),
            **_side("bid", book.bids, rows),
            **_side("ask", book.asks, rows),
        },
        strict=False,
    )
    table = Table(
        title="Depth",
        frame=frame,
        columns=(
            Column(name="level", title="#", format=Format.INTEGER),
            *columns(instrument, book, ("bid_total", "bid_size", "bid", "ask", "ask_size", "ask_total")),
        ),
        provenance=book.provenance,
        empty="The book is empty.",
    )
    return report(desk, call, [known, table])


def columns(instrument: Instrument, book: Book, names: tuple[str, ...]) -> tuple[Column, ...]:
    """Column specifications of depth columns by name."""
    decimals = decimals_of(instrument, book)
    sizes = 6 if instrument.base else 0
    titles = {"bid": "Bid", "ask": "Ask", "price": "Price"}
    return tuple(
        Column(name=name, title=titles[name], format=Format.PRICE, decimals=decimals)
        if name in titles
        else Column(name=name, title=name.replace("_", " ").capitalize(), format=Format.NUMBER, decimals=sizes)
        for name in names
    )


def decimals_of(instrument: Instrument, book: Book) -> int:
    """Decimals of the book's prices."""
    return next((d for d in (book.decimals, instrument.decimals) if d is not None), 2)


def facts(instrument: Instrument, book: Book) -> KeyValues:
    """Spread, mid, imbalance, update number and time of a book."""
    bid = book.bids[0].price if book.bids else None
    ask = book.asks[0].price if book.asks else None
    mid = None if bid is None or ask is None else (bid + ask) / 2
    decimals = decimals_of(instrument, book)
    return KeyValues(
        title="Book",
        fields=(
            Field(label="Best bid", value=bid, format=Format.PRICE, decimals=decimals),
            Field(label="Best ask", value=ask, format=Format.PRICE, decimals=decimals),
            Field(
                label="Spread",
                value=None if bid is None or ask is None else difference(ask, bid),
                format=Format.PRICE,
                decimals=decimals,
                unit=instrument.price_label,
            ),
            Field(label="Mid", value=mid, format=Format.PRICE, decimals=decimals + 1),
            Field(label="Imbalance", value=book.imbalance(), format=Format.NUMBER, signed=True),
            Field(label="Update", value=book.sequence, format=Format.INTEGER),
            Field(label="Time", value=book.time, format=Format.DATETIME),
        ),
        provenance=book.provenance,
    )


def _side(name: str, levels: tuple[Level, ...], rows: int) -> dict[str, list[float | None]]:
    pad: list[float | None] = [None] * (rows - len(levels))
    return {
        name: [level.price for level in levels] + pad,
        f"{name}_size": [level.size for level in levels] + pad,
        f"{name}_total": list(accumulate(level.size for level in levels)) + pad,
    }
