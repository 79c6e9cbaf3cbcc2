"""FEEDS: the streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Format, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk
    from financehub_tui.figures import FeedStatus

COLUMNS = (
    Column(name="feed", title="Stream"),
    Column(name="provider", title="Provider"),
    Column(name="state", title="State"),
    Column(name="symbols", title="Symbols", format=Format.INTEGER),
    Column(name="messages", title="Messages", format=Format.INTEGER),
    Column(name="rate", title="Msg/s", format=Format.NUMBER, decimals=1),
    Column(name="lag", title="Lag ms", format=Format.NUMBER, decimals=0),
    Column(name="bytes", title="Size", format=Format.BYTES),
    Column(name="gaps", title="Gaps", format=Format.INTEGER),
    Column(name="twice", title="Twice", format=Format.INTEGER),
    Column(name="bad", title="Unread", format=Format.INTEGER),
    Column(name="reconnects", title="Reconnects", format=Format.INTEGER),
    Column(name="sequence", title="Last seq", format=Format.INTEGER),
    Column(name="at", title="Last UTC", format=Format.TIME),
    Column(name="detail", title="Detail"),
)

SPEC = FunctionSpec(
    mnemonic="FEEDS",
    title="Streams",
    category=Category.DATA,
    help="One row a stream connection: symbols subscribed, messages and their rate, how late they arrive, gaps in the "
    "sequence that made a book be rebuilt, messages that came twice or could not be read, reconnects, and the last "
    "sequence number seen. A stream that stays down for 15 seconds is replaced by that of another provider with the "
    "same values, until it has been up again for 10; both rows say so. A source that cannot be streamed is polled, "
    "and its state says so.",
    sources="Counted by the engine.",
    formulas="Lag = time of arrival - the venue's event time, so it includes the difference of the clocks.",
    refresh=1,
    examples=("FEEDS",),
)


async def load(desk: Desk, call: Call) -> Report:
    """Every stream connection."""
    rows = [_row(status) for status in desk.status.feeds()]
    empty = "No stream is open: streams start when something on screen wants live values."
    return report(desk, call, [table("Streams", COLUMNS, rows, empty=empty)], subject="")


def _row(f: FeedStatus) -> tuple[object, ...]:
    # What is played from within the program came over no line.
    size = f.bytes or (None if f.messages else 0)
    counts = (f.symbols, f.messages, f.rate, f.lag_ms, size, f.gaps, f.duplicates, f.errors, f.reconnects)
    return (f.name, f.provider, f.state, *counts, f.last_sequence, f.last_message_at, f.detail)
