"""A Report as output of a headless run. Each format is loaded only when it is asked for."""

from __future__ import annotations

from financehub_tui.errors import CommandError
from financehub_tui.report.blocks import Report

FORMATS = ("table", "json", "csv", "parquet", "markdown")


def render(report: Report, format: str, *, colour: bool, width: int, ascii: bool = False) -> str | bytes:
    """The report in one of `FORMATS`: bytes for parquet, text ending in a line feed for the others.

    `colour`, `width` (cells, at least 30) and `ascii` (nothing outside ASCII) count for the table format only.
    Raises CommandError for an unknown format, and for parquet where the report has nothing tabular.
    """
    match format:
        case "table":
            from financehub_tui.report.render import table

            return table.render(report, colour=colour, width=max(30, width), ascii=ascii)
        case "json":
            from financehub_tui.report.render import json

            return json.render(report)
        case "csv":
            from financehub_tui.report.render import csv

            return csv.render(report)
        case "parquet":
            from financehub_tui.report.render import parquet

            return parquet.render(report)
        case "markdown":
            from financehub_tui.report.render import markdown

            return markdown.render(report)
    raise CommandError(f"There is no format {format!r}.", f"Formats: {', '.join(FORMATS)}.")
