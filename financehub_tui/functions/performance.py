"""What a year of final daily bars says: range, changes, volatility, average volume."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from financehub_tui.clock import to_datetime
from financehub_tui.functions.periods import months_back
from financehub_tui.market.bars import Bars
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.report.blocks import Field, Format, KeyValues

if TYPE_CHECKING:
    import polars as pl

VOLATILITY_DAYS = 30
VOLUME_DAYS = 30
_SLACK = timedelta(days=7)
"""Bars that begin this much into the year, or end this much before today, cover it: weekends, holidays."""


def performance(instrument: Instrument, bars: Bars | Missing, now: int) -> KeyValues:
    """High and low of 52 weeks with their dates, changes over fixed spans, volatility and average volume.

    Where the bars do not reach back a year, title and labels say since when they are; where they ended more than a
    week ago, the title says when.

    `now` is in nanoseconds since 1970 UTC; spans count back from `last_day`.
    """
    if isinstance(bars, Missing):
        return KeyValues(title="52 weeks", fields=(Field(label="Range", value=bars),))
    final = bars.frame.head(-1) if bars.forming else bars.frame
    frame = final.filter(final["close"].is_finite())
    year = last_year(frame, now)
    if year.is_empty():
        nothing = Missing(reason=Reason.NO_DATA, detail="no final daily bar of the last 52 weeks")
        return KeyValues(title="52 weeks", fields=(Field(label="Range", value=nothing),), provenance=bars.provenance)
    since = since_when(year, now)
    decimals = bars.decimals if bars.decimals is not None else 2
    fields = [
        *_extreme(year, "high", "High", since, decimals),
        *_extreme(year, "low", "Low", since, decimals),
        *_changes(frame, last_day(frame, now), decimals, percent=instrument.kind is not Kind.YIELD),
        *_volatility(frame, 365 if instrument.asset_class is AssetClass.CRYPTO else 252),
        *_volume(frame),
    ]
    title = f"{since.capitalize() or '52 weeks'} {until_when(year, now)}".rstrip()
    return KeyValues(title=title, fields=tuple(fields), provenance=bars.provenance)


def last_day(frame: pl.DataFrame, now: int) -> date:
    """What spans count back from: the day of `now`, or of the newest bar where the bars ended more than a week before.

    Otherwise the change over a week of a series that ended last year would be that of nothing, and read 0.
    """
    today = to_datetime(now).date()
    if frame.is_empty():
        return today
    newest: date = frame["time"][-1].date()
    return newest if newest < today - _SLACK else today


def last_year(frame: pl.DataFrame, now: int) -> pl.DataFrame:
    """The daily bars of the year before `last_day`; `now` is in nanoseconds since 1970 UTC."""
    return frame.filter(frame["time"].dt.date() > months_back(last_day(frame, now), 12))


def since_when(year: pl.DataFrame, now: int) -> str:
    """`since 2024-01-01` where the bars of a year do not cover it; else empty."""
    first: date = year["time"][0].date()
    return f"since {first}" if first > months_back(last_day(year, now), 12) + _SLACK else ""


def until_when(year: pl.DataFrame, now: int) -> str:
    """`until 2017-03-29` where the bars of a year ended more than a week before `now`; else empty."""
    newest = last_day(year, now)
    return f"until {newest}" if newest < to_datetime(now).date() else ""


def _extreme(frame: pl.DataFrame, column: str, label: str, since: str, decimals: int) -> list[Field]:
    """The extreme of a column and its day; of the closes, and said so, where the source has nothing else."""
    source, words = (column, label) if frame[column].drop_nulls().len() else ("close", f"{label} close")
    row = frame[source].arg_max() if label == "High" else frame[source].arg_min()
    if row is None:
        return []
    day: datetime = frame["time"][row]
    return [
        Field(label=f"{words} {since}".rstrip(), value=frame[source][row], format=Format.PRICE, decimals=decimals),
        Field(label=f"{words} on", value=day.date().isoformat()),
    ]


def _changes(frame: pl.DataFrame, last: date, decimals: int, *, percent: bool) -> list[Field]:
    """Change since the last close on or before a day, in percent, or in points for a yield."""
    newest = frame["close"][-1]
    spans = (
        ("1W", last - timedelta(days=7)),
        ("1M", months_back(last, 1)),
        ("3M", months_back(last, 3)),
        ("6M", months_back(last, 6)),
        ("YTD", date(last.year - 1, 12, 31)),
        ("1Y", months_back(last, 12)),
    )
    fields = []
    for label, day in spans:
        before = frame.filter(frame["time"].dt.date() <= day)["close"]
        if not len(before) or not before[-1]:
            continue
        fields.append(
            Field(label=label, value=100 * (newest / before[-1] - 1), format=Format.PERCENT, signed=True)
            if percent
            else Field(label=label, value=newest - before[-1], format=Format.PRICE, decimals=decimals, signed=True)
        )
    return fields


def _volatility(frame: pl.DataFrame, periods: int) -> list[Field]:
    closes = frame["close"].tail(VOLATILITY_DAYS + 1)
    if len(closes) <= VOLATILITY_DAYS or not (closes > 0).all():
        return []
    deviation = closes.log().diff().drop_nulls().std()
    if not isinstance(deviation, float):
        return []
    yearly = 100 * deviation * math.sqrt(periods)
    return [Field(label=f"Volatility {VOLATILITY_DAYS}D", value=yearly, format=Format.NUMBER, unit="%")]


def _volume(frame: pl.DataFrame) -> list[Field]:
    volumes = frame["volume"].tail(VOLUME_DAYS).drop_nulls()
    average = volumes.mean()
    if not isinstance(average, float) or not average:
        return []
    return [Field(label=f"Avg volume {VOLUME_DAYS}D", value=average, format=Format.COMPACT)]
