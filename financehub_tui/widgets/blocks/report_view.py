"""A whole report: its blocks one under the other, each with the rows it can use."""

from __future__ import annotations

from typing import ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.strip import Strip
from textual.widget import Widget

from financehub_tui.market.provenance import Missing
from financehub_tui.report.blocks import Block, Chart, KeyValues, Matrix, Report, Table, Text, Tree
from financehub_tui.widgets.blocks.base import BlockView
from financehub_tui.widgets.blocks.heights import Want, heights
from financehub_tui.widgets.blocks.key_values_view import KeyValuesView
from financehub_tui.widgets.blocks.matrix_view import MatrixView
from financehub_tui.widgets.blocks.table_view import TableView
from financehub_tui.widgets.blocks.text_view import TextView
from financehub_tui.widgets.blocks.tree_view import TreeView
from financehub_tui.widgets.blocks.wrap import wrap
from financehub_tui.widgets.chart.view import ChartView
from financehub_tui.widgets.live import LiveView

CHART_ROWS = 12
"""The least a chart is given."""


class MissingView(LiveView, can_focus=False):
    """What could not be had, each on lines of its own."""

    def __init__(self, missing: tuple[Missing, ...]) -> None:
        super().__init__()
        self.missing = missing

    def natural(self, width: int) -> int:
        """Lines at a width."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[str]:
        reasons = dict.fromkeys(str(reason) for reason in self.missing)
        return [line for reason in reasons for line in wrap(f"missing: {reason}", max(1, width))]

    def render_line(self, y: int) -> Strip:
        """One line."""
        from financehub_tui.widgets.strips import build

        lines = self._lines(self.size.width)
        words = self.glyphs.clean(lines[y]) if y < len(lines) else ""
        return build([(words, self.palette.style("warning"))], self.size.width, self.palette.fill)


Part = BlockView | ChartView | MissingView


class ReportView(VerticalScroll, can_focus=False):
    """Draws a `Report`. Posts `Picked` (from `blocks.base`) when a row, cell or branch is chosen."""

    DEFAULT_CSS = """
    ReportView { background: $background; scrollbar-size: 0 1; }
    ReportView > * { width: 1fr; margin: 0 0 1 0; }
    ReportView > .last { margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page(-1)", "Page up", show=False, id="report.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="report.page_down"),
    ]

    def __init__(self, report: Report | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.report = report
        self._notice = MissingView(())
        self._parts: list[Part] = []

    def on_mount(self) -> None:
        """Draw what was given at the start."""
        if self.report is not None:
            self.set_report(self.report)

    def set_report(self, report: Report) -> None:
        """Show a report. Blocks of the same kinds as before are updated in place: cursors and scrolling stay."""
        self.report = report
        kinds = [_kind(block) for block in report.blocks]
        shown = [part for part in self._parts if not isinstance(part, MissingView)]
        if kinds and kinds == [type(part) for part in shown]:
            for part, block in zip(shown, report.blocks, strict=True):
                _update(part, block)
            self._notice.missing = _unsaid(report)
            self._notice.refresh()
        else:
            self._rebuild(report)
        self._number()
        self._align()
        self._arrange()

    def _align(self) -> None:
        """Matrices of the same columns have them under each other."""
        matrices = [part for part in self._parts if isinstance(part, MatrixView)]
        for names in {part.block.columns for part in matrices}:
            alike = [part for part in matrices if part.block.columns == names]
            widest = [max(widths) for widths in zip(*(part.widths for part in alike), strict=True)]
            for part in alike:
                part.align(widest)

    def _rebuild(self, report: Report) -> None:
        with self.app.batch_update():
            self.remove_children()
            self._notice = MissingView(_unsaid(report))
            self._parts = [self._notice, *(_part(block) for block in report.blocks)]
            self._parts[-1].add_class("last")
            self.mount_all(self._parts)
        if focus := self._first_focus():
            self.call_after_refresh(focus.focus)

    def _first_focus(self) -> Part | None:
        within = self.app.focused is None or self.app.focused is self or self in self.app.focused.ancestors
        return next((part for part in self._parts if part.can_focus), None) if within else None

    def _number(self) -> None:
        first = 1
        for part in self._parts:
            if isinstance(part, BlockView):
                part.number_from(first)
                first += part.picks

    def on_resize(self) -> None:
        """Share out the rows anew."""
        self._arrange()

    def _arrange(self) -> None:
        width, total = self.size.width, self.size.height
        if not (width and total and self._parts):
            return
        rows = self._shares(width, total)
        if sum(rows) > total:
            # The scroll bar of the report takes a cell, and words wrap earlier.
            rows = self._shares(width - 1, total)
        for part, count in zip(self._parts, rows, strict=True):
            part.display = count > 0
            part.styles.height = count

    def _shares(self, width: int, total: int) -> list[int]:
        """Rows of each part at a width; 0 for one with nothing to say."""
        wants = [_want(part, width) for part in self._parts]
        gaps = sum(1 for want in wants[:-1] if want.natural)
        shares = heights(wants, total - gaps)
        return [rows if want.natural else 0 for rows, want in zip(shares, wants, strict=True)]

    # What the owner calls

    @property
    def parts(self) -> tuple[Widget, ...]:
        """The widgets of the blocks, in order."""
        return tuple(part for part in self._parts if not isinstance(part, MissingView))

    @property
    def chart(self) -> ChartView | None:
        """The first chart, for live bars."""
        return next((part for part in self._parts if isinstance(part, ChartView)), None)

    def pick(self, number: int) -> bool:
        """Choose by number as shown; False where there is no such number."""
        return any(part.pick(number) for part in self._parts if isinstance(part, BlockView))

    def action_page(self, pages: int) -> None:
        """Scroll the report by a page; at either end the key is left to others."""
        wanted = max(0, min(int(self.max_scroll_y), int(self.scroll_offset.y) + pages * max(1, self.size.height - 2)))
        if wanted == int(self.scroll_offset.y):
            raise SkipAction
        self.scroll_to(y=wanted, animate=False)


def _unsaid(report: Report) -> tuple[Missing, ...]:
    """What is missing and is not told by a value's place in a block already."""
    told = {str(block.missing) for block in report.blocks if isinstance(block, Table) and block.missing}
    for block in report.blocks:
        if isinstance(block, KeyValues):
            told |= {str(field.value) for field in block.fields if isinstance(field.value, Missing)}
    return tuple(missing for missing in report.missing if str(missing) not in told)


def _kind(block: Block) -> type[Part]:
    return _KINDS[type(block)]


_KINDS: dict[type[Block], type[Part]] = {
    Table: TableView,
    KeyValues: KeyValuesView,
    Chart: ChartView,
    Matrix: MatrixView,
    Text: TextView,
    Tree: TreeView,
}


def _part(block: Block) -> Part:
    match block:
        case Table():
            return TableView(block)
        case KeyValues():
            return KeyValuesView(block)
        case Chart():
            return ChartView(block)
        case Matrix():
            return MatrixView(block)
        case Text():
            return TextView(block)
        case Tree():
            return TreeView(block)


def _update(part: Part, block: Block) -> None:
    match part, block:
        case TableView(), Table():
            part.set_block(block)
        case KeyValuesView(), KeyValues():
            part.set_block(block)
        case ChartView(), Chart():
            part.set_chart(block, keep=True)
        case MatrixView(), Matrix():
            part.set_block(block)
        case TextView(), Text():
            part.set_block(block)
        case TreeView(), Tree():
            part.set_block(block)
        case _:
            raise TypeError(f"{type(block).__name__} does not belong in {type(part).__name__}")


def _want(part: Part, width: int) -> Want:
    if isinstance(part, ChartView):
        return Want(natural=CHART_ROWS * 2, least=CHART_ROWS, fills=True)
    if isinstance(part, MissingView):
        rows = part.natural(width)
        return Want(natural=rows, least=rows)
    return Want(natural=part.natural(width), least=min(part.least, part.natural(width)), stretches=part.stretches)
