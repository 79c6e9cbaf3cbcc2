"""The chart widget: one picture cached row by row, a crosshair over it, a read-out above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.strip import Strip

from financehub_tui.report.blocks import Chart, ChartStyle
from financehub_tui.widgets.chart.crosshair import Crosshair, Pointer
from financehub_tui.widgets.chart.viewport import Viewport
from financehub_tui.widgets.live import LiveView
from financehub_tui.widgets.palette import Palette
from financehub_tui.widgets.strips import Piece, build

if TYPE_CHECKING:
    from financehub_tui.widgets.chart.canvas import Run
    from financehub_tui.widgets.chart.raster import Look, Picture
    from financehub_tui.widgets.chart.series import LiveBar, Series

_STYLES = (ChartStyle.LINE, ChartStyle.CANDLE, ChartStyle.BAR)
_LEGEND_FROM = 9
"""Rows a chart needs for a second line above it."""


class ChartView(LiveView, can_focus=True):
    """Draws a `Chart`. The owner calls `set_chart`, and `update_last` from its own tick; nothing else redraws it."""

    BINDING_GROUP_TITLE = "Chart"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Bar left", show=False, id="chart.left"),
        Binding("right", "step(1)", "Bar right", show=False, id="chart.right"),
        Binding("up", "level(-1)", "Line up", show=False, id="chart.up"),
        Binding("down", "level(1)", "Line down", show=False, id="chart.down"),
        Binding("shift+left,comma", "pan(-1)", "Earlier", id="chart.pan_left"),
        Binding("shift+right,full_stop", "pan(1)", "Later", id="chart.pan_right"),
        Binding("plus,equals_sign", "zoom(True)", "Zoom in", id="chart.zoom_in"),
        Binding("minus", "zoom(False)", "Zoom out", id="chart.zoom_out"),
        Binding("0", "fit", "All bars", id="chart.fit"),
        Binding("home", "edge(False)", "First bar", show=False, id="chart.first"),
        Binding("end", "edge(True)", "Newest bar", show=False, id="chart.last"),
        Binding("l", "toggle_log", "Log scale", id="chart.log"),
        Binding("v", "toggle_volume", "Volume", id="chart.volume"),
        Binding("s", "cycle_style", "Line, candle, bar", id="chart.style"),
        Binding("escape", "hide_crosshair", "Hide crosshair", show=False, id="chart.escape"),
    ]

    def __init__(
        self,
        chart: Chart | None = None,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._chart = chart
        self._notice = "Loading ..."
        self._style = chart.style if chart else ChartStyle.LINE
        self._log = chart.log_scale if chart else False
        self._volume = chart.volume if chart else True
        self._series: Series | None = None
        self._view: Viewport | None = None
        self._picture: Picture | None = None
        self._strips: list[Strip] = []
        self._pointer = Pointer()

    # What the owner calls

    def set_chart(self, chart: Chart, *, keep: bool = False) -> None:
        """Show another chart, all bars of it; `keep` keeps window, crosshair and keys pressed, for newer bars."""
        self._chart = chart
        self._series = None
        if not keep:
            self._style, self._log, self._volume = chart.style, chart.log_scale, chart.volume
            self._view, self._pointer = None, Pointer()
        elif self._view is not None:
            self._view = self._view.grown(chart.bars.frame.height) if chart.bars.frame.height else None
        self._redraw()

    def set_notice(self, words: str) -> None:
        """Show words in place of a chart."""
        self._chart = self._series = self._view = None
        self._pointer = Pointer()
        self._notice = words
        self._redraw()

    def update_last(self, bar: LiveBar) -> None:
        """Set a forming bar in place of the last one, or behind it; only cells that change are refreshed."""
        data = self._data()
        if data is None or self._picture is None:
            return
        newer = data.with_last(bar)
        if self._view is not None and len(newer.candles) != len(data.candles):
            self._view = self._view.grown(len(newer.candles))
        self._series = newer
        self._replace()

    @property
    def viewport(self) -> Viewport | None:
        """The window over the bars; None before the first drawing."""
        return self._picture.viewport if self._picture else None

    @property
    def cursor(self) -> int | None:
        """Number of the bar under the crosshair, None where it is hidden."""
        return self._pointer.bar

    # Drawing

    def restyled(self) -> None:
        """Palette, glyphs or size changed."""
        self._picture = None
        self._strips = []

    def on_resize(self) -> None:
        """Keep the zoom in the new width."""
        self._redraw()

    def _redraw(self) -> None:
        self.restyled()
        self.refresh()

    def _data(self) -> Series | None:
        if self._series is None and self._chart is not None:
            from financehub_tui.widgets.chart.series import series

            self._series = series(self._chart)
        return self._series

    def _look(self) -> Look:
        from financehub_tui.widgets.chart.raster import Look
        from financehub_tui.widgets.chart.timeaxis import zone

        where = zone(self._chart.timezone if self._chart else "UTC")
        return Look(self._style, self._log, self._volume, self.glyphs, where)

    def _header(self) -> int:
        """Rows above the picture."""
        data = self._data()
        second = data is not None and bool(data.lines or data.compared) and self.size.height >= _LEGEND_FROM
        return 1 + second

    def _draw(self) -> Picture | None:
        """Draw what is not drawn yet."""
        data = self._data()
        if self._picture is None and data is not None and self.size.width and self.size.height > 1:
            self._picture = self._raster(data)
            self._strips = [picture_strip(row, self.palette) for row in self._picture.canvas.rows()]
        return self._picture

    def _raster(self, data: Series) -> Picture:
        from financehub_tui.widgets.chart import raster

        look, width, height = self._look(), self.size.width, self.size.height - self._header()
        columns = raster.layout(data, look, width, height).columns
        if self._view is not None and (self._view.count != len(data.candles) or not len(data.candles)):
            self._view = None
        if self._view is not None and self._view.columns != columns:
            self._view = self._view.resized(columns)
        return raster.draw(data, look, width, height, self._view)

    def _strip(self, runs: list[Run]) -> Strip:
        pieces = [(self.glyphs.clean(words), self.palette.style(role)) for words, role in runs]
        return build(pieces, self.size.width, self.palette.fill)

    def _replace(self) -> None:
        """Draw anew and refresh the cells that differ."""
        import numpy as np

        before, header = self._picture, self._header()
        data = self._data()
        if before is None or data is None:
            self._redraw()
            return
        self._picture = self._raster(data)
        old, new = before.canvas, self._picture.canvas
        if old.chars.shape != new.chars.shape or len(self._strips) != new.height:
            self._redraw()
            return
        differs = (old.chars != new.chars) | (old.roles != new.roles)
        rows = np.flatnonzero(differs.any(axis=1)).tolist()
        runs = new.rows()
        regions = [Region(0, row, self.size.width, 1) for row in self._legend_rows()]
        for row in rows:
            columns = np.flatnonzero(differs[row])
            first, last = int(columns[0]), int(columns[-1])
            self._strips[row] = picture_strip(runs[row], self.palette)
            regions.append(Region(first, row + header, last - first + 1, 1))
        self.refresh(*regions)

    def _legend_rows(self) -> list[int]:
        """Rows of the widget whose words follow the crosshair."""
        header = self._header()
        panels = self._picture.layout.panels if self._picture else ()
        return [*range(header), *(band.top - 1 + header for band in panels)]

    def render_line(self, y: int) -> Strip:
        """One row: read-out, legend, or a row of the picture with the crosshair."""
        picture = self._draw()
        header = self._header()
        if picture is None:
            return self.notice_line("" if self._chart else self._notice, y)
        if y < header:
            return self._words(picture, y)
        row = y - header
        if row >= len(self._strips):
            return self.blank_line()
        strip = self._titled(picture, row)
        cross = self._crosshair(picture)
        return cross.over(row, strip, self.palette) if cross else strip

    def _words(self, picture: Picture, line: int) -> Strip:
        from financehub_tui.widgets.chart.readout import headline, legend

        data = self._data()
        if data is None:
            return self.blank_line()
        slot = self._pointer.slot(picture)
        width = self.size.width
        runs = legend(data, picture, slot, width) if line else headline(data, picture, self._look(), slot, width)
        return self._strip(runs)

    def _titled(self, picture: Picture, row: int) -> Strip:
        """A row of the picture; over a sub-plot with the values of its lines."""
        from financehub_tui.widgets.chart.readout import panel_legend

        strip, data = self._strips[row], self._data()
        place = next((place for place, band in enumerate(picture.layout.panels) if band.top - 1 == row), None)
        if place is None or data is None:
            return strip
        pieces: list[Piece] = [
            (self.glyphs.clean(words), self.palette.style(role))
            for words, role in panel_legend(
                data.panels[place], picture, self._pointer.slot(picture), picture.layout.edge
            )
        ]
        used = min(sum(len(words) for words, _ in pieces), picture.layout.edge)
        return Strip.join([build(pieces, used, self.palette.fill), strip.crop(used, strip.cell_length)])

    # Crosshair

    def _crosshair(self, picture: Picture) -> Crosshair | None:
        data = self._data()
        return None if data is None else self._pointer.crosshair(picture, data, self._look().zone)

    def _move(self, bar: int | None, level: int | None) -> None:
        """Put the crosshair elsewhere and refresh what it leaves, what it covers and what follows it."""
        picture = self._draw()
        if picture is None:
            return
        before = self._crosshair(picture)
        self._pointer = Pointer(bar, level)
        slot = self._pointer.slot(picture)
        if slot is not None and slot not in picture.viewport.visible:
            self._look_at(picture.viewport.reveal(slot))
            return
        after = self._crosshair(picture)
        header = self._header()
        regions = [Region(0, row, self.size.width, 1) for row in self._legend_rows()]
        for cross in (before, after):
            if cross is not None:
                regions.append(Region(cross.column, header, 1, cross.axis))
                regions += [Region(0, row + header, self.size.width, 1) for row in cross.rows()]
        self.refresh(*regions)

    def _look_at(self, view: Viewport) -> None:
        self._view = view
        self._redraw()

    # Keys

    def action_step(self, slots: int) -> None:
        """Move the crosshair by bars as drawn; it appears at the newest one in the window."""
        picture = self._draw()
        if picture is None or not picture.viewport.count:
            return
        view = picture.viewport
        slot = self._pointer.slot(picture)
        wanted = view.visible.stop - 1 if slot is None else max(0, min(view.slots - 1, slot + slots))
        self._move(min(view.count - 1, wanted * view.step), self._pointer.level)

    def action_level(self, rows: int) -> None:
        """Move the level line, which otherwise lies at the close."""
        picture = self._draw()
        if picture is None or not picture.viewport.count:
            return
        if self._pointer.bar is None:
            self.action_step(0)
        slot = self._pointer.slot(picture)
        if slot is None:
            return
        level = self._pointer.row(picture, slot) + rows
        self._move(self._pointer.bar, max(0, min(picture.layout.plot.rows - 1, level)))

    def action_hide_crosshair(self) -> None:
        """Hide the crosshair."""
        self._move(None, None)

    def action_pan(self, direction: int) -> None:
        """Move the window by an eighth of itself."""
        if view := self._current():
            self._look_at(view.pan(direction * max(1, view.capacity // 8)))

    def action_zoom(self, closer: bool) -> None:
        """Wider or narrower bars; the bar under the crosshair, else the newest one, stays where it is."""
        if view := self._current():
            self._look_at(view.zoom(closer, self._pointer.bar))

    def action_fit(self) -> None:
        """All bars."""
        self._view = None
        self._redraw()

    def action_edge(self, newest: bool) -> None:
        """Crosshair to the first or the newest bar."""
        if view := self._current():
            self._move(view.count - 1 if newest else 0, self._pointer.level)

    def action_toggle_log(self) -> None:
        """Logarithmic price axis, or linear; prices at or below zero stay linear."""
        self._log = not self._log
        self._redraw()

    def action_toggle_volume(self) -> None:
        """Show or hide volume."""
        self._volume = not self._volume
        self._redraw()

    def action_cycle_style(self) -> None:
        """Line, candles, bars."""
        self._style = _STYLES[(_STYLES.index(self._style) + 1) % len(_STYLES)]
        if self._view is not None and self._view.at_fit:
            self._view = None
        self._redraw()

    def _current(self) -> Viewport | None:
        picture = self._draw()
        return picture.viewport if picture is not None and picture.viewport.count else None

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Crosshair to the bar that was clicked."""
        view = self._current()
        picture = self._picture
        if view is None or picture is None or event.x >= picture.layout.edge:
            return
        row = event.y - self._header()
        level = row if 0 <= row < picture.layout.plot.rows else None
        self._move(min(view.count - 1, view.slot_at(event.x) * view.step), level)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_zoom(True)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_zoom(False)


def picture_strip(runs: list[Run], palette: Palette) -> Strip:
    """A row of a picture: its runs are merged, whole and of single-cell characters already."""
    segments = [Segment(words, palette.style(role)) for words, role in runs]
    return Strip(segments, sum(len(words) for words, _ in runs))
