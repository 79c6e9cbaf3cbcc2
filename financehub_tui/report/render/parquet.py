"""Parquet: the main table's frame as it is, with title, time and origin in the file's metadata."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.errors import CommandError
from financehub_tui.report.blocks import Block, Chart, Format, Report, Table
from financehub_tui.report.render.grids import grids
from financehub_tui.report.render.json import provenance

if TYPE_CHECKING:
    import polars as pl

_INSTANTS = (Format.DATE, Format.TIME, Format.DATETIME)


def render(report: Report) -> bytes:
    """A Parquet file of the report's main table: its first table, else its first chart, else its first block.

    Raises CommandError where there are no blocks.
    """
    block = _main(report)
    if block is None:
        raise CommandError(f"{report.title}: nothing to write as Parquet.", "Try --format json.")
    out = BytesIO()
    _frame(block).write_parquet(out, metadata={"financehub": _description(report, block)})
    return out.getvalue()


def _main(report: Report) -> Block | None:
    for kind in (Table, Chart):
        for block in report.blocks:
            if isinstance(block, kind):
                return block
    return report.blocks[0] if report.blocks else None


def _frame(block: Block) -> pl.DataFrame:
    import polars as pl

    if isinstance(block, Table):
        return _typed(block)
    if isinstance(block, Chart):
        lines = [
            line.alias(f"{overlay.title} {name}") for overlay in block.overlays for name, line in overlay.lines.items()
        ]
        return block.bars.frame.with_columns(lines)
    columns = grids(block)[0].columns
    return pl.DataFrame([_series(name or "row", values) for name, values in columns.items()])


def _typed(block: Table) -> pl.DataFrame:
    """The table's frame, its instants as times; a column of which nothing is known is one of words."""
    import polars as pl

    instants = {column.name for column in block.columns if column.format in _INSTANTS}
    made = {}
    for name, kind in block.frame.schema.items():
        if name in instants and kind.is_integer():
            made[name] = pl.from_epoch(name, "ns").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        elif kind == pl.Null:
            made[name] = pl.col(name).cast(pl.Datetime("us", "UTC") if name in instants else pl.String)
    return block.frame.with_columns(**made)


def _series(name: str, values: list[object]) -> pl.Series:
    import polars as pl

    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return pl.Series(name, values, dtype=pl.Float64)
    return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)


def _description(report: Report, block: Block) -> str:
    origin = block.bars.provenance if isinstance(block, Chart) else block.provenance
    words = {
        "title": report.title,
        "as_of": report.as_of,
        "scenario": report.scenario,
        "provenance": provenance(origin or next(iter(report.provenance), None)),
    }
    return msgspec.json.encode(words).decode()
