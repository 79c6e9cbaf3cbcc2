"""What a column of the live grid shows, and how one cell of it reads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from financehub_tui import formats
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.report.blocks import Format
from financehub_tui.report.cells import RIGHT, text

SPARK_LEVELS = formats.SPARK_LEVELS[:-1]
"""Without the full block, which would touch the row above."""
RowId = str
CellValue = Any
"""str, int, float, bool, a sequence of numbers (sparkline), `Missing` or None."""

SHORT_REASONS: Mapping[Reason, str] = {
    Reason.UNKNOWN_SYMBOL: "unknown",
    Reason.NOT_OFFERED: "n/a",
    Reason.NO_DATA: "no data",
    Reason.NO_KEY: "no key",
    Reason.BAD_KEY: "bad key",
    Reason.RATE_LIMITED: "429",
    Reason.BUDGET_SPENT: "spent",
    Reason.PROVIDER_ERROR: "error",
    Reason.BAD_ANSWER: "bad",
    Reason.TIMEOUT: "timeout",
    Reason.OFFLINE: "offline",
    Reason.CIRCUIT_OPEN: "paused",
    Reason.STORE_ERROR: "store",
    Reason.PENDING: "…",
}
"""Why a value is missing, short enough for a cell."""


class Tone(StrEnum):
    """What a column's colour says."""

    TEXT = "text"
    VALUE = "value"
    LABEL = "label"
    TITLE = "title"
    MUTED = "muted"
    BID = "bid"
    ASK = "ask"
    TREND = "trend"
    """Up, down or flat by the sign of the value, or of the column `trend_from`."""


@dataclass(frozen=True, kw_only=True)
class ColumnSpec:
    """One column of a live grid."""

    id: str
    title: str
    width: int
    """Cells, without the gap to the next column."""
    format: Format = Format.TEXT
    decimals: int | None = 2
    """None: chosen by the size of the value."""
    decimals_from: str = ""
    """A column of the source that holds the row's decimals."""
    signed: bool = False
    tone: Tone = Tone.VALUE
    trend_from: str = ""
    flash: bool = False
    """A change is shown for a moment by the background."""
    arrow: bool = False
    """The direction of the last change stands before the value."""
    grow: bool = False
    """Takes room that is left over, up to `grow_to` cells."""
    grow_to: int = 40
    align: str = ""
    """left, right or center; by the format where empty."""

    @property
    def alignment(self) -> str:
        """The side the text is set to."""
        return self.align or ("right" if self.format in RIGHT else "left")


class RowSource(Protocol):
    """Where a grid gets its values: last known ones, at once, without asking anybody."""

    def value(self, row: RowId, column: str) -> CellValue:
        """The value now, a `Missing` that says why there is none, or None."""
        ...

    def version(self, row: RowId) -> int:
        """A number that differs whenever any value of the row does."""
        ...

    def stale(self, row: RowId) -> bool:
        """Whether the row's values are older than they should be."""
        ...


class PlacedColumn(NamedTuple):
    """A column at its place on the line."""

    spec: ColumnSpec
    x: int
    width: int


def place(columns: Sequence[ColumnSpec], room: int, gap: int = 1) -> tuple[PlacedColumn, ...]:
    """Columns side by side; where they leave room over, those that `grow` share it, as far as they may."""
    spare = room - sum(column.width + gap for column in columns)
    growing = [column.id for column in columns if column.grow]
    placed: list[PlacedColumn] = []
    x = 0
    for column in columns:
        extra = 0
        if spare > 0 and column.id in growing:
            extra = spare // len(growing) + (column.id == growing[-1]) * (spare % len(growing))
        extra = max(0, min(extra, column.grow_to - column.width))
        placed.append(PlacedColumn(column, x, column.width + extra))
        x += column.width + extra + gap
    return tuple(placed)


def cell_text(value: CellValue, spec: ColumnSpec, width: int, decimals: int | None = None) -> str:
    """The text of a value, not yet set to the width (a sparkline is: it fills it)."""
    if isinstance(value, Missing):
        return SHORT_REASONS[value.reason]
    if value is None:
        # No trend yet is nothing that lacks.
        return "" if spec.format is Format.SPARK else formats.MISSING
    if spec.format is Format.SPARK:
        return formats.sparkline(value, width, SPARK_LEVELS)
    return text(value, spec.format, decimals=spec.decimals if decimals is None else decimals, signed=spec.signed)


def sort_key(value: CellValue) -> tuple[int, float, str] | None:
    """Numbers before words; None for what has no place in an order: missing values and sequences."""
    if isinstance(value, bool | int | float):
        return None if math.isnan(value) else (0, float(value), "")
    return (1, 0.0, value.casefold()) if isinstance(value, str) else None


def export_text(value: CellValue) -> str:
    """A value for a spreadsheet: full precision, one line, no tab; empty where missing."""
    if value is None or isinstance(value, Missing):
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(export_text(item) for item in value)
    return " ".join(str(value).split())
