"""Plain text for a terminal or a pipe: aligned tables, trees, wrapped text and charts drawn with characters.

Nothing is cut: text wraps, and columns that do not fit are printed in a further part under the first column again.
Colours are the terminal's own sixteen, so that they suit a light background too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.table import Table as RichTable
from rich.text import Text as Line

from financehub_tui.market.provenance import Missing
from financehub_tui.report.blocks import Block, Chart, Field, KeyValues, Matrix, Node, Report, Table, Text, Tree
from financehub_tui.report.cells import RIGHT, column_texts, field_text, heading, plain, text
from financehub_tui.report.render.layout import GAP, Measured, parts, widths
from financehub_tui.report.render.summary import origin_line, report_lines, summary
from financehub_tui.themes import ThemePalette, load_theme
from financehub_tui.widgets.glyphs import ASCII, BOX, GlyphSet

CHART_HEIGHT = 22
_TWO_COLUMNS = 100


def render(report: Report, *, colour: bool, width: int, ascii: bool) -> str:
    """The whole report as lines of at most `width` cells (longer only where one number column alone is wider)."""
    page = _Page(width, load_theme("ansi"), ASCII if ascii else BOX)
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
    return page.text(colour)


class _Page:
    """Collects lines and tables, then prints them at once."""

    def __init__(self, width: int, theme: ThemePalette, glyphs: GlyphSet) -> None:
        self.width = width
        self.theme = theme
        self.glyphs = glyphs
        self.items: list[Line | RichTable] = []

    def text(self, colour: bool) -> str:
        out = StringIO()
        console = Console(
            file=out,
            width=max([self.width, *(_table_width(item) for item in self.items)]),
            force_terminal=colour,
            color_system="standard" if colour else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            no_color=not colour,
            _environ={},
        )
        for item in self.items:
            console.print(item, soft_wrap=isinstance(item, Line), end="\n" if isinstance(item, Line) else "")
        return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))

    def style(self, role: str) -> Style:
        """Foreground only: the terminal keeps its background."""
        name: str = getattr(self.theme, role)
        return Style(color=Color.parse(name), bold=role == "title" or None)

    def piece(self, words: str, role: str = "text") -> Line:
        return Line(self.glyphs.clean(plain(words)), self.style(role))

    def line(self, words: str, role: str = "text") -> None:
        """One logical line, wrapped at the width."""
        piece = self.piece(words, role)
        console = Console(width=self.width, file=StringIO(), _environ={})
        self.items += list(piece.wrap(console, self.width)) if piece.cell_len > self.width else [piece]

    def block(self, block: Block) -> None:
        self.items.append(Line(""))
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
        cells = [
            [self.piece(words, _trend(words) if column.signed else "text") for words in texts]
            for column, texts in ((column, column_texts(table.frame, column)) for column in columns)
        ]
        self.grid([heading(column) for column in columns], cells, [column.format in RIGHT for column in columns])
        self._pairs(table.footer)

    def _pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        if pairs:
            self.line("   ".join(f"{label}: {value}" for label, value in pairs), "label")

    def _matrix(self, matrix: Matrix) -> None:
        def cell(row: int, column: int) -> Line:
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
        cells: list[list[Line]] = []
        for fields in columns:
            blanks = [Line("")] * (height - len(fields))
            cells.append([self.piece(field.label, "label") for field in fields] + blanks)
            cells.append([self._value(field) for field in fields] + blanks)
        self.grid([], cells, [False] * len(cells))

    def _value(self, field: Field) -> Line:
        words = field_text(field)
        role = "warning" if isinstance(field.value, Missing) else _trend(words) if field.signed else "text"
        return self.piece(words, role)

    def grid(self, head: list[str], columns: list[list[Line]], right: list[bool]) -> None:
        """Columns of cells side by side, in parts where they do not fit."""
        titles = [self.piece(words, "label") for words in head]
        measured = [
            Measured(max((cell.cell_len for cell in [*cells, *titles[place : place + 1]]), default=1), not right[place])
            for place, cells in enumerate(columns)
        ]
        for number, part in enumerate(parts(measured, self.width)):
            if number:
                self.items.append(Line(""))
            self.items.append(self._part(part, measured, titles, columns, right))

    def _part(
        self,
        part: list[int],
        measured: list[Measured],
        titles: list[Line],
        columns: list[list[Line]],
        right: list[bool],
    ) -> RichTable:
        made = RichTable(box=None, show_header=bool(titles), pad_edge=False, padding=(0, GAP, 0, 0))
        given = widths([measured[place] for place in part], self.width)
        for place, cells in zip(part, given, strict=True):
            head = titles[place] if titles else ""
            made.add_column(head, justify="right" if right[place] else "left", width=cells, overflow="fold")
        for row in zip(*(columns[place] for place in part), strict=True):
            made.add_row(*row)
        return made

    def _chart(self, chart: Chart) -> None:
        from financehub_tui.report.render.chart import chart_lines

        for runs in chart_lines(chart, self.width, CHART_HEIGHT, self.glyphs):
            self.items.append(Line.assemble(*((words, self.style(role)) for words, role in runs), end=""))
        self._pairs(summary(chart))


def _table_width(item: Line | RichTable) -> int:
    if isinstance(item, Line):
        return item.cell_len
    return sum((column.width or 0) + GAP for column in item.columns)


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
