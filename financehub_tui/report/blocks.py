"""The blocks of a Report. Data first: no drawing here."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.market.bars import Bars
from financehub_tui.market.provenance import Missing, Provenance

if TYPE_CHECKING:
    import polars as pl


class Format(StrEnum):
    """How a column's values are written."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    """Fixed decimals (`Column.decimals`)."""
    PRICE = "price"
    """Decimals from the column `Column.decimals_from` of the same row, else `Column.decimals`."""
    PERCENT = "percent"
    """A value in percent: 1.25 is written +1.25%."""
    COMPACT = "compact"
    """1.25M, 3.4B."""
    DATE = "date"
    TIME = "time"
    """Time of day with seconds."""
    DATETIME = "datetime"
    DURATION = "duration"
    """Seconds, written 3m 20s."""
    SPARK = "spark"
    """A list of numbers drawn as a sparkline; a list in machine formats."""
    BYTES = "bytes"
    BOOLEAN = "boolean"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """How one column of a table reads."""

    name: str
    """Column of the frame."""
    title: str
    format: Format = Format.TEXT
    decimals: int = 2
    decimals_from: str = ""
    signed: bool = False
    """Coloured by sign, with a + or - that says the same without colour."""
    unit: str = ""
    width: int | None = None
    hidden: bool = False
    """In machine formats only."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A frame with column specifications. `pick_lines` has one command line per row for number picks and Enter."""

    title: str
    frame: pl.DataFrame
    columns: tuple[Column, ...]
    pick_lines: tuple[str, ...] = ()
    footer: tuple[tuple[str, str], ...] = ()
    """Summary beneath the table: (label, value): High, Low, Average."""
    provenance: Provenance | None = None
    empty: str = "Nothing to show."
    missing: Missing | None = None
    """Why there are no rows, where there are none."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled value."""

    label: str
    value: str | float | int | bool | Missing | None
    format: Format = Format.TEXT
    decimals: int = 2
    signed: bool = False
    unit: str = ""
    provenance: Provenance | None = None


class KeyValues(msgspec.Struct, frozen=True, kw_only=True):
    """Labelled values in a block."""

    title: str
    fields: tuple[Field, ...]
    provenance: Provenance | None = None


class Overlay(msgspec.Struct, frozen=True, kw_only=True):
    """A line over, or a plot under, a chart: one or more columns of the study's own frame, on the bars' rows."""

    title: str
    lines: dict[str, pl.Series]
    """Name -> Float64 series of the same length as the bars; null or NaN where not defined."""
    panel: bool = False
    """True: a sub-plot of its own (RSI, MACD); False: over the prices."""
    levels: tuple[float, ...] = ()
    """Horizontal guide lines: 30 and 70 for RSI."""
    histogram: str = ""
    """The line drawn as bars: MACD's difference."""


class ChartStyle(StrEnum):
    """How prices are drawn."""

    LINE = "line"
    CANDLE = "candle"
    BAR = "bar"


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Bars with studies. `compare` holds further series, rebased to 100 with the main one where not empty."""

    title: str
    bars: Bars
    before: float | None = None
    """The last close before the bars, which the change over them is against; None where none is known."""
    style: ChartStyle = ChartStyle.LINE
    overlays: tuple[Overlay, ...] = ()
    compare: tuple[Bars, ...] = ()
    labels: tuple[str, ...] = ()
    """Names of the main series and the compared ones."""
    log_scale: bool = False
    volume: bool = True
    timezone: str = "UTC"
    provenance: Provenance | None = None


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Values by row and column label: FX crosses, correlations. `Missing` cells say why."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | Missing | None, ...], ...]
    format: Format = Format.NUMBER
    decimals: int = 4
    cell_decimals: tuple[tuple[int, ...], ...] = ()
    """Decimals of each cell where they differ; empty = `decimals` throughout."""
    signed: bool = False
    pick_lines: tuple[tuple[str, ...], ...] = ()
    provenance: Provenance | None = None

    def places(self, row: int, column: int) -> int:
        """Decimals of one cell."""
        return self.cell_decimals[row][column] if self.cell_decimals else self.decimals


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """Paragraphs. Data is never markup: shown as it is."""

    title: str
    body: str
    provenance: Provenance | None = None


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A branch of a tree."""

    label: str
    value: str = ""
    children: tuple[Node, ...] = ()
    pick_line: str = ""


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """A hierarchy."""

    title: str
    roots: tuple[Node, ...]
    provenance: Provenance | None = None


Block = Table | KeyValues | Chart | Matrix | Text | Tree


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a function: what every pane draws and every headless format writes."""

    title: str
    """`AAPL US Equity HP`."""
    blocks: tuple[Block, ...]
    provenance: tuple[Provenance, ...] = ()
    missing: tuple[Missing, ...] = ()
    """What could not be had, each with its typed reason."""
    as_of: int = 0
    """The desk's clock when it was made, nanoseconds since 1970 UTC."""
    scenario: str = ""
    """Demo scenario and its date, empty in live mode."""
