"""What is said where the terminal is too small for anything else."""

from __future__ import annotations

from textual.strip import Strip

from financehub_tui.widgets.live import LiveView
from financehub_tui.widgets.strips import build, fit

LEAST_WIDTH, LEAST_HEIGHT = 60, 15
"""The smallest terminal the workspace is drawn in, in cells."""


class TooSmall(LiveView, can_focus=False):
    """One sentence in the place of the workspace."""

    DEFAULT_CSS = """
    TooSmall { width: 1fr; height: 1fr; display: none; overflow: hidden hidden; scrollbar-size: 0 0; }
    """

    def render_line(self, y: int) -> Strip:
        """The sentence, broken over the rows there are."""
        width, height = self.app.size
        words = f"The terminal is {width}x{height}; FinanceHub needs {LEAST_WIDTH}x{LEAST_HEIGHT}."
        line = words[y * self.size.width : (y + 1) * self.size.width]
        style = self.palette.style("warning")
        return build([(fit(line, self.size.width), style)], self.size.width, self.palette.fill)

    def on_resize(self) -> None:
        """Another size is said."""
        self.refresh()
