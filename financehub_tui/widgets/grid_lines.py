"""Lines of the live grid: header, headings, rows, as strips of exact width."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.widgets.glyphs import GlyphSet
from financehub_tui.widgets.grid_columns import CellValue, PlacedColumn, RowId, Tone, cell_text, place
from financehub_tui.widgets.grid_flash import FlashBoard
from financehub_tui.widgets.grid_model import GridModel
from financehub_tui.widgets.palette import Palette
from financehub_tui.widgets.strips import Piece, build, fit, safe_text, shorten


class GridLines:
    """Draws lines of a model for one palette, glyph set, width and first column.

    A column that does not fit whole is left out: half a figure reads as another figure.
    """

    def __init__(self, model: GridModel, flashes: FlashBoard, palette: Palette, glyphs: GlyphSet, width: int) -> None:
        self.model = model
        self.flashes = flashes
        self.palette = palette
        self.glyphs = glyphs
        self.width = width
        self.columns = place(model.columns, width)
        """All columns, as if there were room for them."""
        self.total = sum(column.width + 1 for column in self.columns)
        self.steps = self._steps()
        """Scroll offsets at which a column begins at the edge of the frozen ones."""
        self.placed: tuple[PlacedColumn, ...] = ()
        """The columns drawn, where they are drawn."""
        self.scroll(0)

    def _steps(self) -> tuple[int, ...]:
        body = self.columns[self.model.frozen :]
        if not body:
            return (0,)
        room = self.width - body[0].x
        needed = body[-1].x + body[-1].width - body[0].x
        steps = [0]
        for column in body[1:]:
            if needed - steps[-1] <= room:
                break
            steps.append(column.x - body[0].x)
        return tuple(steps)

    def scroll(self, offset: int) -> None:
        """Begin the columns after the frozen ones with the first that starts at `offset` or later."""
        frozen, body = self.columns[: self.model.frozen], self.columns[self.model.frozen :]
        start = next((step for step in self.steps if step >= offset), self.steps[-1])
        moved = [column._replace(x=column.x - start) for column in body if column.x - body[0].x >= start]
        wanted = (*frozen, *moved)
        self._more_left = start > 0
        self._more_right = wanted[-1].x + wanted[-1].width > self.width if wanted else False
        # The sign that there are more takes the last cell of the header.
        room = self.width - self._more_right
        placed = [column for column in wanted if column.x + column.width <= room]
        # One column is always drawn, however narrow the pane.
        narrow = tuple(each._replace(width=max(0, self.width)) for each in self.columns[:1])
        self.placed = self._stretched(placed) or narrow

    def _stretched(self, placed: list[PlacedColumn]) -> tuple[PlacedColumn, ...]:
        """The room that columns which do not fit leave over goes to the first one that grows."""
        at = next((number for number, column in enumerate(placed) if column.spec.grow), None)
        if at is None or not self._more_right:
            return tuple(placed)
        grown = placed[at]
        spare = self.width - 2 - placed[-1].x - placed[-1].width
        extra = max(0, min(spare, grown.spec.grow_to - grown.width))
        after = [column._replace(x=column.x + extra) for column in placed[at + 1 :]]
        return (*placed[:at], grown._replace(width=grown.width + extra), *after)

    def column_at(self, x: int) -> PlacedColumn | None:
        """The column drawn at a cell of the line."""
        return next((column for column in self.placed if column.x <= x <= column.x + column.width), None)

    def header(self) -> Strip:
        """Column titles; the sorted one carries its direction, and `=` where the order is held."""
        style = self.palette.style("header")
        sorted_style = self.palette.style("title", "header_background")
        glyphs, model = self.glyphs, self.model
        pieces: list[Piece] = []
        for number, column in enumerate(self.placed, 1):
            spec = column.spec
            is_sorted = spec.id == model.sort_column
            mark = (glyphs.sort_down if model.descending else glyphs.sort_up) if is_sorted else ""
            mark += glyphs.held if is_sorted and model.order_frozen else ""
            title = fit(glyphs.clean(spec.title) + mark, column.width, spec.alignment, glyphs.ellipsis)
            gap = glyphs.more_left if self._more_left and number == model.frozen else " "
            pieces += [(title, sorted_style if is_sorted else style), (gap, style)]
        if not self._more_right or self.width < 2:
            return build(pieces, self.width, style)
        return Strip.join([build(pieces, self.width - 1, style), build([(glyphs.more_right, style)], 1, style)])

    def heading(self, title: str, count: int, *, collapsed: bool) -> Strip:
        """The heading of a group: its title, how many rows, a rule to the right edge.

        What stands behind a colon in the title is left out whole where there is no room for it.
        """
        line = self.palette.style("border")
        mark = self.glyphs.closed if collapsed else self.glyphs.opened
        room = self.width - len(f" {count} ")
        words = self.glyphs.clean(safe_text(f"{mark} {title}"))
        if cell_len(words) > room:
            words = shorten(words.partition(": ")[0], room, self.glyphs.ellipsis)
        pieces = [(words, self.palette.style("title")), (f" {count} ", self.palette.style("muted"))]
        return build([*pieces, (self.glyphs.horizontal * self.width, line)], self.width, line)

    def row(self, row: RowId, *, surface: str, stale: bool) -> Strip:
        """One row. `surface` is background, cursor or selection. What several values lack is said once."""
        pieces: list[Piece] = []
        gap = self.palette.style(surface)
        said: Missing | None = None
        for column in self.placed:
            value = self.model.source.value(row, column.spec.id)
            repeated = isinstance(value, Missing) and value == said and value.reason is not Reason.PENDING
            pieces.append(self._cell(row, column, None if repeated else value, surface, stale=stale))
            pieces.append((" ", gap))
            said = value if isinstance(value, Missing) else said
        return build(pieces, self.width, gap)

    def _cell(self, row: RowId, column: PlacedColumn, value: CellValue, surface: str, *, stale: bool) -> Piece:
        spec = column.spec
        words = cell_text(value, spec, column.width, self._decimals(row, column))
        if spec.arrow and (direction := self.flashes.direction(row, spec.id)):
            words = (self.glyphs.up if direction > 0 else self.glyphs.down) + words
        words = fit(self.glyphs.clean(words), column.width, spec.alignment, self.glyphs.ellipsis)
        return words, self._style(row, column, value, surface, stale=stale)

    def _decimals(self, row: RowId, column: PlacedColumn) -> int | None:
        if not column.spec.decimals_from:
            return None
        decimals = self.model.source.value(row, column.spec.decimals_from)
        return decimals if isinstance(decimals, int) else None

    def _style(self, row: RowId, column: PlacedColumn, value: CellValue, surface: str, *, stale: bool) -> Style:
        spec, palette = column.spec, self.palette
        if spec.flash and self.flashes.flashing(row, spec.id):
            return palette.style("flash_up" if self.flashes.direction(row, spec.id) > 0 else "flash_down")
        if surface == "cursor":
            return palette.style("cursor")
        if stale or value is None or isinstance(value, Missing):
            return palette.style("stale", surface)
        if spec.tone is not Tone.TREND:
            return palette.style(spec.tone.value, surface)
        trend = self.model.source.value(row, spec.trend_from) if spec.trend_from else value
        if not isinstance(trend, int | float):
            return palette.trend(None, surface)
        # What reads as zero has no direction.
        return palette.trend(trend if spec.decimals is None else round(trend, spec.decimals), surface)


def visible_lines(model: GridModel, top: int, height: int) -> Iterator[tuple[int, RowId]]:
    """(line of the viewport, row) of the rows in view; the header is line 0."""
    for y, line in enumerate(model.lines[top : top + height - 1], 1):
        if line.row is not None:
            yield y, line.row
