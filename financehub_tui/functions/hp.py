"""HP: historical prices as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.functions.history import load_bars
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.bars import Interval
from financehub_tui.market.provenance import Adjustment
from financehub_tui.report.blocks import Column, Format, Report, Table

if TYPE_CHECKING:
    import polars as pl

    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="HP",
    title="Historical price table",
    category=Category.SECURITY,
    needs=Needs.SECURITY,
    aliases=("HCP",),
    help="Prices of the loaded security, newest first, with the change from one row to the next, and the high, low "
    "and average of the period beneath. Prices are adjusted for splits, not for dividends; RAW leaves them as traded "
    "where the source has both. The bar still forming is never shown: each row is final.",
    tails=(
        Tail(kind=TailKind.PERIOD, help="How far back; 1Y where nothing is said", example="6M"),
        Tail(kind=TailKind.INTERVAL, help="D W M, or intraday 1m 5m 15m 1h", example="W"),
        Tail(kind=TailKind.WORD, words=("RAW", "TR"), help="RAW: as traded; TR: adjusted for dividends too"),
    ),
    sources="The best bar provider of the asset class; PVNC says which was taken and why.",
    formulas="Change = close - close of the row before; change % = change / close of the row before.",
    examples=("AAPL US Equity HP 6M", "EURUSD HP 5Y M"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The table of final bars. Raises DataMissingError."""
    import polars as pl

    bars = await load_bars(desk, one_security(call), call, default_period="1Y", default_interval=Interval.D1)
    frame = bars.frame.head(-1) if bars.forming else bars.frame
    close = pl.col("close")
    frame = frame.with_columns(change=close - close.shift(1), change_percent=100 * (close / close.shift(1) - 1)).sort(
        "time", descending=True
    )
    decimals = bars.decimals if bars.decimals is not None else 2
    prices = [
        Column(name=name, title=name.capitalize(), format=Format.PRICE, decimals=decimals)
        for name in ("open", "high", "low", "close")
    ]
    intraday = bars.interval.intraday
    basis = bars.provenance.adjustment
    table = Table(
        title=f"{len(frame):,} bars {bars.interval.value}, "
        + ("as traded" if basis is Adjustment.NONE else f"{basis.value} adjusted"),
        frame=frame,
        columns=(
            Column(
                name="time",
                title="Time UTC" if intraday else "Date",
                format=Format.DATETIME if intraday else Format.DATE,
            ),
            *prices,
            Column(name="volume", title="Volume", format=Format.INTEGER),
            Column(name="change", title="Change", format=Format.PRICE, decimals=decimals, signed=True),
            Column(name="change_percent", title="%Chg", format=Format.PERCENT, signed=True),
        ),
        footer=_summary(frame, decimals),
        provenance=bars.provenance,
        empty="No bars in this period.",
    )
    return report(desk, call, [table])


def _summary(frame: pl.DataFrame, decimals: int) -> tuple[tuple[str, str], ...]:
    """High, low, average and change over the period, with dates of the extremes."""
    import polars as pl

    if frame.is_empty():
        return ()
    newest, oldest = frame["close"][0], frame["close"][-1]
    change = None if not oldest or newest is None else 100 * (newest / oldest - 1)
    average = frame.select(pl.col("close").mean()).item()
    return (
        ("High", _extreme(frame, "high", frame["high"].arg_max(), decimals)),
        ("Low", _extreme(frame, "low", frame["low"].arg_min(), decimals)),
        ("Average", "–" if average is None else f"{average:,.{decimals}f}"),
        ("Period change", "–" if change is None else f"{change:+.2f}%"),
    )


def _extreme(frame: pl.DataFrame, column: str, row: int | None, decimals: int) -> str:
    if row is None:
        return "–"
    return f"{frame[column][row]:,.{decimals}f} on {frame['time'][row]:%Y-%m-%d}"
