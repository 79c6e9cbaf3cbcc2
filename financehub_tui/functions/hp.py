"""HP: historical prices as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui import formats
from financehub_tui.clock import to_datetime
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.functions.history import PERIODS, History, load_bars
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Adjustment, Missing, Reason
from financehub_tui.market.quote import exact_decimals
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
    "and average of the period beneath. Prices are adjusted for splits, not for dividends; RAW leaves them as traded, "
    "and is refused where no source has those. The bar still forming is never shown: each row is final.",
    tails=(
        Tail(kind=TailKind.PERIOD, help="How far back, 5D is 5 sessions; 1Y where nothing is said", example="6M"),
        Tail(kind=TailKind.INTERVAL, help="D W M, or intraday 1m 5m 15m 30m 1h 4h", example="W"),
        Tail(kind=TailKind.WORD, words=("RAW", "TR"), help="RAW: as traded; TR: adjusted for dividends too"),
    ),
    sources="The best bar provider of the asset class; PVNC says which was taken and why.",
    formulas="Change = close - close of the bar before; change % = change / close of the bar before. High, low and "
    "average (of the closes) are over the rows shown. "
    + PERIODS
    + " Where no bar before is known, it is since the oldest close, and says so.",
    examples=("AAPL US Equity HP 6M", "EURUSD HP 5Y M", "AAPL HP 2017-01-01..2017-06-30 W"),
)

_PRICES = ("open", "high", "low", "close")


async def load(desk: Desk, call: Call) -> Report:
    """The table of final bars. Raises DataMissingError."""
    instrument = one_security(call)
    history = await load_bars(desk, instrument, call, default_period="1Y", default_interval=Interval.D1, final=True)
    bars, frame = history.bars, _rows(history)
    hidden = _empty(frame)
    table = Table(
        title=_title(instrument, bars, len(frame)),
        frame=frame,
        columns=_columns(instrument, bars, hidden),
        footer=_summary(frame, bars, history.before),
        provenance=bars.provenance,
    )
    return report(desk, call, [table], missing=_gap(bars, hidden))


def _rows(history: History) -> pl.DataFrame:
    """The bars of the period with the change from the bar before, newest first."""
    import polars as pl

    close = pl.col("close")
    highest = history.bars.frame["close"].abs().max()
    digits = exact_decimals(highest) if isinstance(highest, float) else 0
    changes = history.bars.frame.with_columns(
        change=(close - close.shift(1)).round(digits), change_percent=100 * (close / close.shift(1) - 1)
    )
    return changes.filter(pl.col("time") >= to_datetime(history.start)).sort("time", descending=True)


def _empty(frame: pl.DataFrame) -> list[str]:
    """The columns the source leaves empty throughout."""
    columns = ("open", "high", "low", "volume")
    return [name for name in columns if len(frame) and not frame[name].drop_nulls().len()]


def _gap(bars: Bars, empty: list[str]) -> list[Missing]:
    """One reason for all the columns that are not there."""
    if not empty:
        return []
    *others, last = empty
    names = f"{', '.join(others)} and {last}" if others else last
    detail = f"{bars.provenance.provider} gives no {names}"
    return [Missing(reason=Reason.NOT_OFFERED, detail=detail)]


def _decimals(bars: Bars) -> int:
    return 2 if bars.decimals is None else bars.decimals


def _title(instrument: Instrument, bars: Bars, count: int) -> str:
    title = f"{formats.integer(count)} bars {bars.interval.value}"
    basis = bars.provenance.adjustment
    if basis is not Adjustment.NONE:
        return f"{title}, {basis.value} adjusted"
    return f"{title}, as traded" if instrument.asset_class is AssetClass.EQUITY else title


def _columns(instrument: Instrument, bars: Bars, hidden: list[str]) -> tuple[Column, ...]:
    decimals, pieces = _decimals(bars), _volume_decimals(instrument, bars)
    when = ("Time UTC", Format.DATETIME) if bars.interval.intraday else ("Date", Format.DATE)
    columns = (
        Column(name="time", title=when[0], format=when[1]),
        *(Column(name=name, title=name.capitalize(), format=Format.PRICE, decimals=decimals) for name in _PRICES),
        Column(name="volume", title="Volume", format=Format.NUMBER if pieces else Format.INTEGER, decimals=pieces),
        Column(name="change", title="Change", format=Format.PRICE, decimals=decimals, signed=True),
        Column(name="change_percent", title="%Chg", format=Format.PERCENT, signed=True),
    )
    return tuple(msgspec.structs.replace(column, hidden=column.name in hidden) for column in columns)


def _volume_decimals(instrument: Instrument, bars: Bars) -> int:
    """Of coins parts are traded: as many decimals as volumes have, and the largest needs to be read."""
    volumes = bars.frame["volume"].drop_nulls().to_list()
    if instrument.asset_class is not AssetClass.CRYPTO or not volumes:
        return 0
    return min(formats.size_decimals(volumes), formats.price_decimals(max(volumes)))


def _summary(frame: pl.DataFrame, bars: Bars, before: float | None) -> tuple[tuple[str, str], ...]:
    """Change over the period, high and low with their dates, average; a narrow pane leaves the last out first."""
    closes = frame["close"].drop_nulls()
    if closes.is_empty():
        return ()
    decimals, average = _decimals(bars), closes.mean()
    pattern = "%Y-%m-%d %H:%M" if bars.interval.intraday else "%Y-%m-%d"
    label = "Period change" if before is not None else f"Change since {frame['time'][-1]:{pattern}}"
    base = closes[-1] if before is None else before
    return (
        (label, formats.percent(100 * (closes[0] / base - 1) if base else None)),
        ("High", _extreme(frame, "high", decimals)),
        ("Low", _extreme(frame, "low", decimals)),
        ("Average", formats.price(average if isinstance(average, float) else None, decimals)),
    )


def _extreme(frame: pl.DataFrame, column: str, decimals: int) -> str:
    """The highest high or lowest low and its day; of the closes where the source has nothing else."""
    source = column if frame[column].drop_nulls().len() else "close"
    row = frame[source].arg_max() if column == "high" else frame[source].arg_min()
    if row is None:
        return formats.MISSING
    return f"{formats.price(frame[source][row], decimals)} on {frame['time'][row]:%Y-%m-%d}"
