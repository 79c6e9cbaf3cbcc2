"""Plain text for a terminal or a pipe: aligned tables, trees, wrapped text and charts drawn with characters.

Nothing is cut: text wraps, and columns that do not fit are printed in a further part under the first column again.
Colours are the terminal's own sixteen, so that they suit a light background too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from financehub_tui.market.provenance import Missing
from financehub_tui.report.blocks import Block, Chart, Field, KeyValues, Matrix, Node, Report, Table, Text, Tree
from financehub_tui.report.cells import RIGHT, column_texts, field_text, heading, plain, text
from financehub_tui.report.render.layout import GAP, Measured, parts, widths
from financehub_tui.report.render.lines import Run, cells, justified, painted, wrapped
from financehub_tui.report.render.summary import origin_line, report_lines, summary
from financehub_tui.widgets.glyphs import ASCII, BOX, GlyphSet

CHART_HEIGHT = 22
_TWO_COLUMNS = 100


def render(report: Report, *, colour: bool, width: int, ascii: bool) -> str:
    """The whole report as lines of at most `width` cells (longer only where one number column alone is wider)."""
    page = _Page(width, ASCII if ascii else BOX)
    page.line(report.title, "title")
    for line in report_lines(report):
        page.line(line, "muted")
    for block in report.blocks:
        page.block(block)
    for reason in report.missing:
        page.line(f"missing: {reason}", "warning")
    if not any(block.provenance for block in report.blocks):
        for origin in report.provenance:
            page.line(f"source: {origin_line(origin)}", "muted")
    colours = _colours() if colour else None
    return "".join(painted(line, colours) + "\n" for line in page.lines)


def _colours() -> Mapping[str, str]:
    """The ANSI name of each theme token."""
    from financehub_tui.themes import load_theme, tokens

    theme = load_theme("ansi")
    return {token: getattr(theme, token) for token in tokens()}


class _Page:
    """Collects the lines of a report."""

    def __init__(self, width: int, glyphs: GlyphSet) -> None:
        self.width = width
        self.glyphs = glyphs
        self.lines: list[list[Run]] = []

    def piece(self, words: str, role: str = "text") -> Run:
        return self.glyphs.clean(plain(words)), role

    def line(self, words: str, role: str = "text") -> None:
        """One logical line, wrapped at the width."""
        shown, _ = self.piece(words, role)
        self.lines += [[(part, role)] for part in wrapped(shown, self.width)]

    def block(self, block: Block) -> None:
        self.lines.append([])
        self.line(block.title, "title")
        match block:
            case Table():
                self._table(block)
            case KeyValues():
                self._fields(block)
            case Chart():
                self._chart(block)
            case Matrix():
                self._matrix(block)
            case Text():
                for line in block.body.splitlines() or [""]:
                    self.line(line)
            case Tree():
                for words, role in _tree(block.roots, self.glyphs):
                    self.line(words, role)
        if block.provenance:
            self.line(f"source: {origin_line(block.provenance)}", "muted")

    def _table(self, table: Table) -> None:
        if table.frame.is_empty():
            self.line(table.empty)
            if table.missing:
                self.line(str(table.missing), "warning")
            return
        columns = [column for column in table.columns if not column.hidden]
        texts = [
            [
                self.piece(words, _trend(words) if column.signed else "text")
                for words in column_texts(table.frame, column)
            ]
            for column in columns
        ]
        self.grid([heading(column) for column in columns], texts, [column.format in RIGHT for column in columns])
        self._pairs(table.footer)

    def _pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        if pairs:
            self.line("   ".join(f"{label}: {value}" for label, value in pairs), "label")

    def _matrix(self, matrix: Matrix) -> None:
        def cell(row: int, column: int) -> Run:
            value, places = matrix.values[row][column], matrix.places(row, column)
            words = text(value, matrix.format, decimals=places, signed=matrix.signed)
            return self.piece(words, _trend(words) if matrix.signed else "text")

        columns = [[cell(row, place) for row in range(len(matrix.rows))] for place in range(len(matrix.columns))]
        names = [self.piece(name, "label") for name in matrix.rows]
        self.grid(["", *matrix.columns], [names, *columns], [False] + [True] * len(columns))
        for row, line in zip(matrix.rows, matrix.values, strict=True):
            for column, value in zip(matrix.columns, line, strict=True):
                if isinstance(value, Missing):
                    self.line(f"{row} {column}: {value}", "warning")

    def _fields(self, block: KeyValues) -> None:
        fields = list(block.fields)
        if self.width < _TWO_COLUMNS or len(fields) < 4:
            self._labelled([fields])
            return
        half = (len(fields) + 1) // 2
        self._labelled([fields[:half], fields[half:]])

    def _labelled(self, columns: list[list[Field]]) -> None:
        height = len(columns[0])
        texts: list[list[Run]] = []
        for fields in columns:
            blanks: list[Run] = [("", "text")] * (height - len(fields))
            texts.append([self.piece(field.label, "label") for field in fields] + blanks)
            texts.append([self._value(field) for field in fields] + blanks)
        self.grid([], texts, [False] * len(texts))

    def _value(self, field: Field) -> Run:
        words = field_text(field)
        role = "warning" if isinstance(field.value, Missing) else _trend(words) if field.signed else "text"
        return self.piece(words, role)

    def grid(self, head: list[str], columns: list[list[Run]], right: list[bool]) -> None:
        """Columns of cells side by side, in parts where they do not fit."""
        titles = [[self.piece(words, "label")] for words in head] or [[] for _ in columns]
        full = [[*title, *column] for title, column in zip(titles, columns, strict=True)]
        measured = [
            Measured(max((cells(words) for words, _ in column), default=1), not right[place])
            for place, column in enumerate(full)
        ]
        for number, part in enumerate(parts(measured, self.width)):
            if number:
                self.lines.append([])
            given = widths([measured[place] for place in part], self.width)
            shapes = [(width, right[place]) for width, place in zip(given, part, strict=True)]
            for row in zip(*(full[place] for place in part), strict=True):
                self.lines += _row(row, shapes)

    def _chart(self, chart: Chart) -> None:
        from financehub_tui.report.render.chart import chart_lines

        self.lines += chart_lines(chart, self.width, CHART_HEIGHT, self.glyphs)
        self._pairs(summary(chart))


def _row(row: Sequence[Run], shapes: Sequence[tuple[int, bool]]) -> list[list[Run]]:
    """One row of a grid as one or more lines; `shapes` gives each column's cells and whether it stands at the right."""
    wraps = [wrapped(words, max(1, width)) for (words, _), (width, _) in zip(row, shapes, strict=True)]
    lines: list[list[Run]] = []
    for number in range(max((len(wrap) for wrap in wraps), default=0)):
        line: list[Run] = []
        for (_, role), (width, right), wrap in zip(row, shapes, wraps, strict=True):
            words = wrap[number] if number < len(wrap) else ""
            line += [(" " * GAP, "text")] if line else []
            line.append((justified(words, width, right), role))
        lines.append(line)
    return lines


def _trend(words: str) -> str:
    """Colour of a written number: by its sign."""
    return "up" if words.startswith("+") else "down" if words.startswith("-") else "text"


def _tree(nodes: Iterable[Node], glyphs: GlyphSet, indent: str = "") -> Iterator[tuple[str, str]]:
    branches = list(nodes)
    for place, node in enumerate(branches):
        last = place == len(branches) - 1
        corner = glyphs.corners[2] if last else glyphs.tees[0]
        words = f"{indent}{corner}{glyphs.horizontal} {node.label}"
        yield f"{words}  {node.value}" if node.value else words, "text"
        yield from _tree(node.children, glyphs, indent + ("   " if last else f"{glyphs.vertical}  "))
