"""Words about a report for readers: header lines, origins, a chart's bars as a table with its summary."""

from __future__ import annotations

from financehub_tui import formats
from financehub_tui.clock import to_datetime
from financehub_tui.market.bars import Bars
from financehub_tui.market.provenance import Adjustment, Provenance
from financehub_tui.report.blocks import Chart, Column, Format, Report, Table
from financehub_tui.report.cells import plain


def report_lines(report: Report) -> list[str]:
    """The demo scenario and the time of the report, where known."""
    lines = [plain(report.scenario)] if report.scenario else []
    return [*lines, f"as of {to_datetime(report.as_of):%Y-%m-%d %H:%M:%S} UTC"] if report.as_of else lines


def origin_line(origin: Provenance | None, separator: str = " · ") -> str:
    """`bundled · EOD · as of 2018-02-02 · USD · split`; empty without an origin."""
    if origin is None:
        return ""
    words = [origin.provider, origin.mark]
    if origin.as_of:
        words.append(f"as of {_as_of(origin.as_of)}")
    words += [origin.currency, origin.unit]
    if origin.adjustment is not Adjustment.NONE:
        words.append(f"{origin.adjustment.value} adjusted")
    return separator.join(plain(word) for word in (*words, *origin.notes) if word)


def _as_of(nanos: int) -> str:
    # Midnight UTC is how a daily bar's date is written; an hour would say more than is known.
    moment = to_datetime(nanos)
    return moment.strftime("%Y-%m-%d" if nanos % 86_400_000_000_000 == 0 else "%Y-%m-%d %H:%M:%S UTC")


def bar_table(chart: Chart) -> Table:
    """The bars of a chart as a table of prices, with the chart's summary as its footer."""
    bars = chart.bars
    decimals = bar_decimals(bars)
    prices = tuple(
        Column(name=name, title=name.capitalize(), format=Format.PRICE, decimals=decimals)
        for name in ("open", "high", "low", "close")
    )
    time = Format.DATETIME if bars.interval.intraday else Format.DATE
    columns = (
        Column(name="time", title="Time" if bars.interval.intraday else "Date", format=time),
        *prices,
        Column(name="volume", title="Volume", format=Format.COMPACT),
    )
    return Table(title=chart.title, frame=bars.frame, columns=columns, footer=summary(chart), empty="No bars.")


def bar_decimals(bars: Bars) -> int:
    """The venue's decimals, or enough for the last close."""
    if bars.decimals is not None:
        return bars.decimals
    closes = bars.frame["close"].drop_nulls().drop_nans()
    return formats.price_decimals(float(closes[-1])) if len(closes) else 2


def summary(chart: Chart) -> tuple[tuple[str, str], ...]:
    """Period, last, change, high, low, average close and number of bars as (label, text)."""
    bars = chart.bars
    frame = bars.frame.filter(bars.frame["close"].is_finite())
    if frame.is_empty():
        return (("Bars", "0"),)
    decimals = bar_decimals(bars)
    pattern = "%Y-%m-%d %H:%M" if bars.interval.intraday else "%Y-%m-%d"
    closes, times = frame["close"].to_list(), frame["time"].dt.convert_time_zone(_zone(chart)).to_list()
    label, first = ("Change", chart.before) if chart.before is not None else ("Change since the first", closes[0])
    last = closes[-1]
    highs, lows = frame["high"].fill_null(frame["close"]), frame["low"].fill_null(frame["close"])
    change = formats.percent(100 * (last / first - 1)) if first else formats.MISSING
    return (
        ("Period", f"{times[0].strftime(pattern)} to {times[-1].strftime(pattern)}"),
        ("Last", formats.price(last, decimals)),
        (label, f"{formats.number(last - first, decimals, signed=True)} ({change})"),
        ("High", formats.price(_number(highs.max()), decimals)),
        ("Low", formats.price(_number(lows.min()), decimals)),
        ("Average", formats.price(sum(closes) / len(closes), decimals)),
        ("Bars", formats.integer(len(closes))),
    )


def _zone(chart: Chart) -> str:
    return chart.timezone if chart.bars.interval.intraday else "UTC"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
