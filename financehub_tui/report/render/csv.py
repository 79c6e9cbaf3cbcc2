"""CSV as in RFC 4180, with line feeds. One block is one plain file; several are sections under `# title`."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from financehub_tui.report.blocks import Report
from financehub_tui.report.render.grids import Grid, grids


def render(report: Report) -> str:
    """The report's blocks as CSV; a blank line parts sections. Missing values are empty, lists joined by spaces."""
    sections = [grid for block in report.blocks for grid in grids(block)]
    out = StringIO()
    for place, grid in enumerate(sections):
        if len(sections) > 1:
            out.write("\n" * bool(place) + f"# {' '.join(grid.title.split())}\n")
        _write(out, grid)
    return out.getvalue()


def _write(out: StringIO, grid: Grid) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(grid.columns)
    for row in zip(*grid.columns.values(), strict=True):
        writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join("" if inner is None else str(inner) for inner in value)
    return value
