"""The line at the bottom of the screen."""

from __future__ import annotations

from financehub_tui.widgets.one_line import OneLine, Part

__all__ = ["Part", "StatusBar"]


class StatusBar(OneLine):
    """Scenario, clock, feeds, output rate: `show(left, right)`."""

    SURFACE = "panel"
