"""What every live widget shares: the application's palette and glyphs, and refreshing of single rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Generic

from textual.app import App
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

from financehub_tui.themes import DEFAULT_THEME, load_theme
from financehub_tui.widgets.blocks.wrap import wrap
from financehub_tui.widgets.glyphs import BOX, GlyphSet
from financehub_tui.widgets.output import OutputApp, ReturnT
from financehub_tui.widgets.palette import Palette, default_palette, resolve
from financehub_tui.widgets.strips import blank, build
from financehub_tui.widgets.textual_theme import textual_theme


class LiveApp(OutputApp[ReturnT], Generic[ReturnT]):
    """An application with one palette and one glyph set for all its live widgets."""

    def __init__(self, *args: Any, glyphs: GlyphSet = BOX, theme: str = DEFAULT_THEME, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.glyphs = glyphs
        self.palette: Palette = default_palette()
        self.use_theme(theme)

    def use_theme(self, name: str, folder: Path | None = None) -> None:
        """Draw with the theme `name` from now on. Raises ConfigError where there is none or it is wrong."""
        theme = load_theme(name, folder)
        self.palette = resolve(theme, self.no_color)
        made = textual_theme(theme)
        same_name = self.theme == made.name
        self.register_theme(made)
        self.theme = made.name
        if same_name and self.is_running:
            self.refresh_css(animate=False)
            self.theme_changed_signal.publish(made)

    def refresh_css(self, animate: bool = True) -> None:
        """Work out every style anew; before there is a screen only the theme's variables are."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())


def palette_of(app: App[Any]) -> Palette:
    """The application's palette; the default theme's in an application that has none."""
    return app.palette if isinstance(app, LiveApp) else default_palette()


def glyphs_of(app: App[Any]) -> GlyphSet:
    """The application's glyph set."""
    return app.glyphs if isinstance(app, LiveApp) else BOX


class LiveView(ScrollView):
    """A widget drawn line by line. A subclass draws `render_line` and drops its caches in `restyled`."""

    DEFAULT_CSS = """
    LiveView {
        background: $background;
        scrollbar-size: 0 1;
        overflow: auto auto;
    }
    """
    palette: Palette
    glyphs: GlyphSet

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.palette = default_palette()
        self.glyphs = BOX
        self._missed = False

    def _on_mount(self, event: Any) -> None:
        self.app.theme_changed_signal.subscribe(self, self._adopt)
        self._adopt()

    def _on_unmount(self) -> None:
        # The signal's list would keep the widget alive until the theme changes.
        self.app.theme_changed_signal.unsubscribe(self)

    def _adopt(self, _theme: object = None) -> None:
        self.palette = palette_of(self.app)
        self.glyphs = glyphs_of(self.app)
        self.restyled()
        self.refresh()

    def restyled(self) -> None:
        """Palette, glyphs or size changed: whatever was drawn before must be forgotten."""

    def refresh_rows(self, rows: Iterable[int]) -> None:
        """Mark rows of the viewport (0 at the top); neighbours become one region, rows outside are left out."""
        if not self.is_on_screen or not self.screen.is_current:
            # A refresh nobody sees would make the whole screen be laid out again.
            self._missed = True
            return
        width, height = self.scrollable_size
        regions: list[Region] = []
        for row in sorted({row for row in rows if 0 <= row < height}):
            if regions and regions[-1].bottom == row:
                regions[-1] = Region(0, regions[-1].y, width, regions[-1].height + 1)
            else:
                regions.append(Region(0, row, width, 1))
        if regions:
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines asked for; all of them anew after changes nobody saw."""
        if self._missed:
            self._missed = False
            self.refresh()
        return super().render_lines(crop)

    def blank_line(self) -> Strip:
        """An empty line in the background of the palette."""
        return blank(self.scrollable_size.width, self.palette.fill)

    def notice_line(self, words: str, number: int) -> Strip:
        """Line `number` of words that stand where figures would, broken to the width; empty behind the last."""
        width = self.scrollable_size.width
        lines = wrap(self.glyphs.clean(words), max(1, width - 2))
        if not 0 <= number < len(lines):
            return self.blank_line()
        return build([(f" {lines[number]}", self.palette.style("text"))], width, self.palette.fill)
