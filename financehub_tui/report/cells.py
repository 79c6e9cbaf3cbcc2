"""Report values as text and as machine values: the one place where a `Format` becomes characters."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from financehub_tui import formats
from financehub_tui.clock import to_datetime
from financehub_tui.market.provenance import Missing
from financehub_tui.report.blocks import Column, Field, Format

if TYPE_CHECKING:
    import polars as pl

RIGHT = frozenset(
    {
        Format.INTEGER,
        Format.NUMBER,
        Format.PRICE,
        Format.PERCENT,
        Format.COMPACT,
        Format.DURATION,
        Format.BYTES,
    }
)
"""Formats that are aligned at the right."""

SPARK_WIDTH = 12
_TEMPORAL = {Format.DATE: "%Y-%m-%d", Format.TIME: "%H:%M:%S", Format.DATETIME: "%Y-%m-%d %H:%M:%S"}
_SIGNIFICANT = 12


_CLOSE = ("%", "x")
"""Units written right behind the number, as a signed percentage is."""


def text(value: Any, form: Format, *, decimals: int | None = 2, signed: bool = False, unit: str = "") -> str:
    """A value as a reader sees it, one line, `–` where there is none.

    Instants are datetimes (shown in their own zone) or integer nanoseconds since 1970 UTC.
    """
    if value is None or isinstance(value, Missing):
        return formats.MISSING
    body = _text(value, form, decimals, signed)
    if not unit or body == formats.MISSING:
        return body
    return f"{body}{unit}" if unit in _CLOSE else f"{body} {unit}"


def _text(value: Any, form: Format, decimals: int | None, signed: bool) -> str:
    if isinstance(value, bool):
        return formats.boolean(value)
    if form is Format.SPARK and isinstance(value, Sequence) and not isinstance(value, str):
        return formats.sparkline(value, min(SPARK_WIDTH, max(1, len(value))))
    if isinstance(value, (datetime, date, time)):
        return _moment(value, form)
    if isinstance(value, timedelta):
        return formats.duration(value.total_seconds())
    if isinstance(value, (int, float, Decimal)):
        return _number(value, form, decimals, signed)
    return plain(str(value))


def _moment(value: datetime | date | time, form: Format) -> str:
    pattern = _TEMPORAL.get(form)
    if pattern is None or (isinstance(value, time) and form is not Format.TIME):
        return value.isoformat()
    return value.strftime(pattern)


def _number(value: float | Decimal, form: Format, decimals: int | None, signed: bool) -> str:
    if form in _TEMPORAL:
        return to_datetime(int(value)).strftime(_TEMPORAL[form])
    amount = float(value)
    places = 2 if decimals is None else decimals
    match form:
        case Format.PRICE if signed:
            return formats.number(amount, formats.price_decimals(amount) if decimals is None else places, signed=True)
        case Format.PRICE:
            return formats.price(amount, decimals)
        case Format.NUMBER:
            return formats.number(amount, places, signed=signed)
        case Format.INTEGER:
            return formats.integer(amount, signed=signed)
        case Format.PERCENT:
            return formats.percent(amount, places)
        case Format.COMPACT:
            return formats.compact(amount, signed=signed)
        case Format.DURATION:
            return formats.duration(amount)
        case Format.BYTES:
            return formats.data_size(amount)
        case _:
            return formats.MISSING if not math.isfinite(amount) else f"{value:g}" if value != amount else str(value)


def plain(words: str) -> str:
    """The text on one line without control or direction characters, which a terminal would obey."""
    if words.isascii() and words.isprintable():
        return words
    return "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") else char for char in words)


def field_text(field: Field) -> str:
    """The value of a labelled field; a missing one gives its reason."""
    if isinstance(field.value, Missing):
        return f"{formats.MISSING} ({plain(str(field.value))})"
    return text(field.value, field.format, decimals=field.decimals, signed=field.signed, unit=field.unit)


def column_texts(frame: pl.DataFrame, column: Column) -> list[str]:
    """One text per row; all `–` where the frame lacks the column."""
    if column.name not in frame.columns:
        return [formats.MISSING] * frame.height
    values = frame[column.name].to_list()
    if column.format is Format.PRICE and column.decimals_from in frame.columns:
        places = frame[column.decimals_from].to_list()
        return [
            text(value, column.format, decimals=column.decimals if own is None else int(own), signed=column.signed)
            for value, own in zip(values, places, strict=True)
        ]
    return [text(value, column.format, decimals=column.decimals, signed=column.signed) for value in values]


def heading(column: Column) -> str:
    """Title of a column with its unit."""
    return f"{column.title} {column.unit}".rstrip()


def machine(value: Any, form: Format = Format.TEXT, decimals: int | None = None) -> Any:
    """The value for programs: a number without binary noise, an ISO date or instant in UTC, None where missing.

    `decimals` rounds to the venue's precision; without it 12 significant digits are kept.
    """
    if value is None or isinstance(value, (Missing, bool, str)):
        return None if isinstance(value, Missing) else value
    if isinstance(value, (float, Decimal)):
        amount = float(value)
        return int(amount) if form is Format.INTEGER and amount.is_integer() else _clean(amount, decimals)
    if isinstance(value, int):
        return iso(value, form) if form in (Format.DATE, Format.DATETIME, Format.TIME) else value
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        return _iso(value, form)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): machine(inner) for name, inner in value.items()}
    if isinstance(value, Sequence):
        return [machine(inner) for inner in value]
    return str(value)


def _clean(value: float, decimals: int | None) -> float | None:
    if not math.isfinite(value):
        return None
    if value.is_integer():
        return value + 0.0
    return (round(value, decimals) if decimals is not None else float(f"{value:.{_SIGNIFICANT}g}")) + 0.0


def iso(nanos: int, form: Format = Format.DATETIME) -> str:
    """Nanoseconds since 1970 UTC as ISO 8601: a date, or an instant ending in Z."""
    return _iso(to_datetime(nanos), form)


def _iso(moment: datetime, form: Format) -> str:
    if form is Format.DATE:
        return moment.date().isoformat()
    if moment.tzinfo is None:
        return moment.isoformat()
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def column_values(frame: pl.DataFrame, column: Column) -> list[Any]:
    """One machine value per row; all None where the frame lacks the column."""
    if column.name not in frame.columns:
        return [None] * frame.height
    values = frame[column.name].to_list()
    if column.format is Format.PRICE and column.decimals_from in frame.columns:
        places = frame[column.decimals_from].to_list()
        return [machine(value, column.format, own) for value, own in zip(values, places, strict=True)]
    return [machine(value, column.format) for value in values]
