"""Small frames from rows: what the system functions show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from financehub_tui.market.provenance import Missing, Provenance
from financehub_tui.report.blocks import Column, Format, Table

if TYPE_CHECKING:
    import polars as pl

_TYPES = {
    Format.INTEGER: "Int64",
    Format.NUMBER: "Float64",
    Format.PRICE: "Float64",
    Format.PERCENT: "Float64",
    Format.COMPACT: "Float64",
    Format.DURATION: "Float64",
    Format.BYTES: "Int64",
    Format.BOOLEAN: "Boolean",
}
_TIMES = (Format.DATE, Format.TIME, Format.DATETIME)


def table(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[object]],
    *,
    pick_lines: Sequence[str] = (),
    footer: Sequence[tuple[str, str]] = (),
    empty: str = "Nothing to show.",
    provenance: Provenance | None = None,
    missing: Missing | None = None,
) -> Table:
    """A table from rows; times are nanoseconds since 1970 UTC."""
    import polars as pl

    series = [_series(column, [row[index] for row in rows]) for index, column in enumerate(columns)]
    return Table(
        title=title,
        frame=pl.DataFrame(series),
        columns=tuple(columns),
        pick_lines=tuple(pick_lines),
        footer=tuple(footer),
        empty=empty,
        provenance=provenance,
        missing=missing,
    )


def _series(column: Column, values: list[object]) -> pl.Series:
    import polars as pl

    if column.format in _TIMES:
        micros = [value // 1_000 if isinstance(value, int) else None for value in values]
        return pl.Series(column.name, micros, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
    if column.format is Format.SPARK:
        return pl.Series(column.name, values, dtype=pl.List(pl.Float64), strict=False)
    dtype = getattr(pl, _TYPES.get(column.format, "String"))
    return pl.Series(column.name, values, dtype=dtype, strict=False)
