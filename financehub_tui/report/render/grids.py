"""Blocks as named columns of machine values: what CSV and Parquet write."""

from __future__ import annotations

from typing import Any

import msgspec

from financehub_tui.market.bars import BAR_COLUMNS
from financehub_tui.report.blocks import Block, Chart, Format, KeyValues, Matrix, Node, Table, Text, Tree
from financehub_tui.report.cells import column_values, machine


class Grid(msgspec.Struct, frozen=True):
    """A block as columns of equal length."""

    title: str
    columns: dict[str, list[Any]]


def grids(block: Block) -> list[Grid]:
    """The block as one or more grids: a chart's bars with its studies, then each compared series."""
    match block:
        case Table():
            columns = {column.name: column_values(block.frame, column) for column in block.columns}
            return [Grid(block.title, columns)]
        case KeyValues():
            return [_fields(block)]
        case Chart():
            return _chart(block)
        case Matrix():
            cells = list(zip(*block.values, strict=True)) or [()] * len(block.columns)
            values = {
                name: [machine(value, block.format) for value in line]
                for name, line in zip(block.columns, cells, strict=True)
            }
            return [Grid(block.title, {"": list(block.rows), **values})]
        case Text():
            return [Grid(block.title, {"text": block.body.splitlines()})]
        case Tree():
            rows = [row for root in block.roots for row in _nodes(root, 0)]
            names = ("depth", "label", "value")
            return [Grid(block.title, {name: [row[place] for row in rows] for place, name in enumerate(names)})]


def _fields(block: KeyValues) -> Grid:
    return Grid(
        block.title,
        {
            "label": [field.label for field in block.fields],
            "value": [machine(field.value, field.format) for field in block.fields],
            "unit": [field.unit for field in block.fields],
        },
    )


def _chart(chart: Chart) -> list[Grid]:
    made = []
    for place, bars in enumerate((chart.bars, *chart.compare)):
        form = Format.DATETIME if bars.interval.intraday else Format.DATE
        columns = {name: [machine(value, form) for value in bars.frame[name].to_list()] for name in BAR_COLUMNS}
        if place == 0:
            for overlay in chart.overlays:
                for name, line in overlay.lines.items():
                    columns[f"{overlay.title} {name}"] = [machine(value) for value in line.to_list()]
        label = chart.labels[place] if place < len(chart.labels) else bars.key
        made.append(Grid(chart.title if not chart.compare else f"{chart.title}: {label}", columns))
    return made


def _nodes(node: Node, depth: int) -> list[tuple[int, str, str]]:
    inner = [row for child in node.children for row in _nodes(child, depth + 1)]
    return [(depth, node.label, node.value), *inner]
