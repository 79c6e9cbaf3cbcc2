"""JSON: one object with typed values, origins and reasons; nothing rounded but binary noise."""

from __future__ import annotations

from typing import Any

import msgspec

from financehub_tui.market.bars import BAR_COLUMNS, Bars
from financehub_tui.market.provenance import Missing, Provenance
from financehub_tui.report.blocks import (
    Block,
    Chart,
    Field,
    Format,
    KeyValues,
    Matrix,
    Node,
    Report,
    Table,
    Text,
    Tree,
)
from financehub_tui.report.cells import column_values, iso, machine


def render(report: Report) -> str:
    """The report as one indented JSON object; keys always in the same order, NaN as null, instants in UTC."""
    encoded = msgspec.json.encode(document(report))
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain dictionaries, lists, text, numbers and None."""
    return {
        "title": report.title,
        "as_of": _instant(report.as_of),
        "scenario": report.scenario or None,
        "blocks": [_block(block) for block in report.blocks],
        "provenance": [provenance(origin) for origin in report.provenance],
        "missing": [missing(reason) for reason in report.missing],
    }


def provenance(origin: Provenance | None) -> dict[str, Any] | None:
    """An origin as a dictionary, with the mark a pane shows."""
    if origin is None:
        return None
    return {
        "provider": origin.provider,
        "endpoint": origin.endpoint,
        "as_of": _instant(origin.as_of),
        "fetched_at": _instant(origin.fetched_at),
        "mark": origin.mark,
        "tier": origin.tier.value,
        "delay": origin.delay.value,
        "currency": origin.currency,
        "unit": origin.unit,
        "adjustment": origin.adjustment.value,
        "notes": list(origin.notes),
    }


def missing(reason: Missing | None) -> dict[str, Any] | None:
    """A typed reason as a dictionary."""
    if reason is None:
        return None
    retry = None if reason.retry_at is None else iso(reason.retry_at)
    return {"reason": reason.reason.value, "detail": reason.detail, "retry_at": retry}


def _instant(nanos: int) -> str | None:
    return iso(nanos) if nanos else None


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Table():
            body = _table(block)
        case KeyValues():
            body = {"fields": [_field(field) for field in block.fields]}
        case Chart():
            body = _chart(block)
        case Matrix():
            body = _matrix(block)
        case Text():
            body = {"body": block.body}
        case Tree():
            body = {"roots": [_node(node) for node in block.roots]}
    kind = type(block).__name__.lower()
    return {"type": kind, "title": block.title, **body, "provenance": provenance(block.provenance)}


def _table(table: Table) -> dict[str, Any]:
    names = [column.name for column in table.columns]
    values = [column_values(table.frame, column) for column in table.columns]
    return {
        "columns": [
            {"name": column.name, "title": column.title, "format": column.format.value, "unit": column.unit}
            for column in table.columns
        ],
        "rows": [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)],
        "footer": dict(table.footer),
        "missing": missing(table.missing),
    }


def _field(field: Field) -> dict[str, Any]:
    value = field.value
    return {
        "label": field.label,
        "value": machine(value, field.format),
        "format": field.format.value,
        "unit": field.unit,
        "missing": missing(value) if isinstance(value, Missing) else None,
        "provenance": provenance(field.provenance),
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "style": chart.style.value,
        "log_scale": chart.log_scale,
        "timezone": chart.timezone,
        **series(chart.bars),
        "before": machine(chart.before),
        "studies": [
            {
                "title": overlay.title,
                "panel": overlay.panel,
                "levels": list(overlay.levels),
                "lines": {name: [machine(value) for value in line.to_list()] for name, line in overlay.lines.items()},
            }
            for overlay in chart.overlays
        ],
        "compare": [series(bars) for bars in chart.compare],
        "labels": list(chart.labels),
    }


def series(bars: Bars) -> dict[str, Any]:
    """A bar series: identity, rows of the bar columns, corporate actions, origin."""
    form = Format.DATETIME if bars.interval.intraday else Format.DATE
    columns = {name: bars.frame[name].to_list() for name in BAR_COLUMNS}
    return {
        "key": bars.key,
        "interval": bars.interval.value,
        "decimals": bars.decimals,
        "forming": bars.forming,
        "bars": [
            {name: machine(value, form) for name, value in zip(BAR_COLUMNS, row, strict=True)}
            for row in zip(*columns.values(), strict=True)
        ],
        "actions": [
            {
                "date": iso(action.time, Format.DATE),
                "kind": action.kind,
                "value": machine(action.value),
                "currency": action.currency,
            }
            for action in bars.actions
        ],
        "source": provenance(bars.provenance),
    }


def _matrix(matrix: Matrix) -> dict[str, Any]:
    cells = [[machine(value, matrix.format) for value in row] for row in matrix.values]
    reasons = [
        {"row": row, "column": column, **(missing(value) or {})}
        for row, line in zip(matrix.rows, matrix.values, strict=True)
        for column, value in zip(matrix.columns, line, strict=True)
        if isinstance(value, Missing)
    ]
    return {"rows": list(matrix.rows), "columns": list(matrix.columns), "values": cells, "missing": reasons}


def _node(node: Node) -> dict[str, Any]:
    return {"label": node.label, "value": node.value, "children": [_node(child) for child in node.children]}
