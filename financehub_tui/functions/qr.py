"""QR: quote recap, trade by trade."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from financehub_tui import formats
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.counts import count_of
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Provenance
from financehub_tui.market.quote import Quote, Side, Trade
from financehub_tui.report.blocks import Block, Column, Field, Format, KeyValues, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

MOST_TRADES = 5_000

TAPE_KEYS = (
    ("Space", "pause and go on"),
    ("Right Left", "raise or lower the least size shown"),
    ("Up Down Home", "look back, and on to the newest trade"),
)
TAPE_TAILS = (
    Tail(kind=TailKind.OPTION, words=("min",), help="Only trades of at least that size", example="min=0.5"),
    Tail(kind=TailKind.NUMBER, help="How many trades; 200 where nothing is said", example="500"),
)

SPEC = FunctionSpec(
    mnemonic="QR",
    title="Quote recap",
    category=Category.SECURITY,
    needs=Needs.SECURITY,
    help="Trades of the loaded security, newest first: time, price, size and which side took the initiative "
    "(▲ bought at the ask, ▼ sold at the bid). Large trades are marked. With them stand the volume-weighted "
    "average price of what is shown and the share bought.",
    tails=TAPE_TAILS,
    keys=TAPE_KEYS,
    interactive=True,
    sources="Trade stream of the venue; REPLAY in --demo=crypto, SIM in --demo=equities.",
    formulas="VWAP = sum(price x size) / sum(size). Large = at least five times the mean size.",
    examples=("BTCUSDT QR", "BTCUSDT QR min=0.5"),
)


async def load(desk: Desk, call: Call) -> Report:
    """Recent trades with their summary. Raises DataMissingError."""
    instrument = one_security(call)
    trades = await desk.trades(instrument, count_of(call, 200, MOST_TRADES, "trades"))
    return await recap(desk, call, instrument, trades, conditions=False)


async def recap(desk: Desk, call: Call, instrument: Instrument, trades: Sequence[Trade], *, conditions: bool) -> Report:
    """The report of some trades, those under the call's least size left out."""
    least = least_size(call)
    shown = [trade for trade in trades if trade.size >= least]
    found = (await desk.quotes([instrument])).get(instrument.key) if trades else None
    quote = found if isinstance(found, Quote) else None
    origins = [_origin(desk, quote, trades[0])] if trades else []
    decimals = _decimals(instrument, quote, shown)
    blocks: list[Block] = [
        summary(instrument, shown, decimals),
        trade_table(instrument, shown, decimals, conditions=conditions),
    ]
    return report(desk, call, blocks, provenance=origins)


def _decimals(instrument: Instrument, quote: Quote | None, trades: Sequence[Trade]) -> int:
    """The venue's, which its quotes tell; else as many as prices need to be read."""
    told = quote.decimals if instrument.decimals is None and quote is not None else instrument.decimals
    return max((formats.price_decimals(trade.price) for trade in trades), default=2) if told is None else told


def _origin(desk: Desk, quote: Quote | None, newest: Trade) -> Provenance:
    """Where trades come from: as the quotes of the same source, whose tier and delay a trade does not carry.

    When a quote was fetched and what its source notes of it (over which hours its change is) is of the quote alone.
    """
    known = quote.provenance if quote is not None else None
    # A replayed trade still names the venue it was recorded from.
    if known is None or (desk.replay is None and known.provider != newest.provider):
        return Provenance(provider=newest.provider, endpoint="trades", as_of=newest.time)
    return msgspec.structs.replace(known, endpoint="trades", as_of=newest.time, fetched_at=0, notes=())


def least_size(call: Call) -> float:
    """The least size of a call's `min` tail. Raises CommandError where it is no size."""
    text = call.option("min", "0")
    try:
        size = float(text)
    except ValueError:
        size = -1.0
    if not 0 <= size < math.inf:
        raise CommandError(f"min={text[:40]} is no size", "Write min=0.5, say.")
    return size


def summary(instrument: Instrument, trades: Sequence[Trade], decimals: int) -> KeyValues:
    """Volume, average price and share bought of some trades."""
    volume = sum(trade.size for trade in trades)
    bought = sum(trade.size for trade in trades if trade.side is Side.BUY)
    vwap = sum(trade.price * trade.size for trade in trades) / volume if volume else None
    return KeyValues(
        title="Shown",
        fields=(
            Field(label="Trades", value=len(trades), format=Format.INTEGER),
            Field(label="Volume", value=volume, format=Format.COMPACT),
            Field(label="VWAP", value=vwap, format=Format.PRICE, decimals=decimals, unit=instrument.price_label),
            Field(label="Bought", value=100 * bought / volume if volume else None, format=Format.NUMBER, unit="%"),
        ),
    )


def trade_table(instrument: Instrument, trades: Sequence[Trade], decimals: int, *, conditions: bool) -> Table:
    """Trades as a table, newest first."""
    import polars as pl

    frame = pl.DataFrame(
        {
            "time": pl.Series([trade.time // 1_000 for trade in trades], dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "price": pl.Series([trade.price for trade in trades], dtype=pl.Float64),
            "size": pl.Series([trade.size for trade in trades], dtype=pl.Float64),
            "side": pl.Series([trade.side.value for trade in trades], dtype=pl.String),
            "condition": pl.Series([trade.condition for trade in trades], dtype=pl.String),
            "id": pl.Series([trade.id for trade in trades], dtype=pl.String),
        }
    )
    return Table(
        title="Trades",
        frame=frame,
        columns=(
            Column(name="time", title="Time UTC", format=Format.DATETIME),
            Column(name="price", title="Price", format=Format.PRICE, decimals=decimals),
            Column(name="size", title="Size", format=Format.NUMBER, decimals=6 if instrument.base else 0),
            Column(name="side", title="Aggressor"),
            Column(name="condition", title="Cond", hidden=not conditions),
            Column(name="id", title="Id", hidden=not conditions),
        ),
        empty="No trades yet.",
    )
