"""Markdown (GitHub tables). Data is never markup: what Markdown would read as a sign is escaped."""

from __future__ import annotations

import re

from financehub_tui.report.blocks import (
    Block,
    Chart,
    Column,
    Format,
    KeyValues,
    Matrix,
    Node,
    Report,
    Table,
    Text,
    Tree,
)
from financehub_tui.report.cells import RIGHT, column_texts, field_text, heading, plain, text
from financehub_tui.report.render.summary import bar_table, origin_line, report_lines

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~])")


def escape(words: str) -> str:
    """The text on one line, with every sign of Markdown made plain."""
    return _SIGNS.sub(r"\\\1", plain(words))


def render(report: Report) -> str:
    """The report as headings, tables and paragraphs."""
    parts = [f"# {escape(report.title)}"]
    parts += [f"*{escape(line)}*" for line in report_lines(report)]
    for block in report.blocks:
        parts += [f"## {escape(block.title)}", *_block(block)]
        if origin := origin_line(block.provenance):
            parts.append(f"*{escape(origin)}*")
    parts += [f"- missing: {escape(str(reason))}" for reason in report.missing]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> list[str]:
    match block:
        case Table():
            return _table(block)
        case KeyValues():
            return [_grid(["Field", "Value"], "lr", [[field.label, field_text(field)] for field in block.fields])]
        case Chart():
            return _table(bar_table(block))
        case Matrix():
            rows = [
                [
                    name,
                    *(
                        text(value, block.format, decimals=block.places(row, place), signed=block.signed)
                        for place, value in enumerate(block.values[row])
                    ),
                ]
                for row, name in enumerate(block.rows)
            ]
            return [_grid(["", *block.columns], "l" + "r" * len(block.columns), rows)]
        case Text():
            return [escape(line) for line in block.body.splitlines()]
        case Tree():
            return ["\n".join(line for root in block.roots for line in _node(root, 0))]


def _table(table: Table) -> list[str]:
    if table.frame.is_empty():
        return [escape(f"{table.empty} {table.missing or ''}".strip())]
    columns = [column for column in table.columns if not column.hidden]
    texts = [column_texts(table.frame, column) for column in columns]
    rows = [list(row) for row in zip(*texts, strict=True)]
    aligns = "".join(_align(column) for column in columns)
    footer = [f"{label}: {value}" for label, value in table.footer]
    return [_grid([heading(column) for column in columns], aligns, rows), escape(" · ".join(footer))]


def _align(column: Column) -> str:
    return "r" if column.format in RIGHT or (column.format is Format.TEXT and column.signed) else "l"


def _grid(head: list[str], aligns: str, rows: list[list[str]]) -> str:
    rule = "|" + "|".join(" ---: " if align == "r" else " --- " for align in aligns) + "|"
    return "\n".join([_line(head), rule, *(_line(row) for row in rows)])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(escape(cell) for cell in cells) + " |"


def _node(node: Node, depth: int) -> list[str]:
    head = f"{'  ' * depth}- {escape(node.label)}" + (f": {escape(node.value)}" if node.value else "")
    return [head, *(line for child in node.children for line in _node(child, depth + 1))]
