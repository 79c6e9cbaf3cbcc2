"""The terminal's figures for NETB and DIAG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.figures import PaneCost

if TYPE_CHECKING:
    from financehub_tui.app import FinanceHub


class TerminalFigures:
    """Reads the output layer's meter."""

    def __init__(self, app: FinanceHub) -> None:
        self._app = app
        self._before: tuple[float, dict[str, int]] = (0.0, {})

    def figures(self) -> dict[str, float | int | str]:
        """Rates over the last ten seconds, totals since the start, and what the terminal is."""
        app, meter = self._app, self._app.meter
        return {
            "bytes_per_second": round(meter.bytes_per_second),
            "frames_per_second": round(meter.frames_per_second, 1),
            "bytes": meter.total,
            "frames": meter.frames,
            "skipped": meter.skipped,
            "tick_ms": round(app.governor.period * 1000),
            "profile": "SSH" if not app.profile.mouse_motion else "local",
            "output": "plain" if app.plain_output else "differences only",
            "size": f"{app.size.width}x{app.size.height}",
            "colours": app.console.color_system or "none",
            "glyphs": app.glyphs.name,
        }

    def panes(self) -> list[PaneCost]:
        """Each pane's share since the last look."""
        meter, now = self._app.meter, self._app.clock.monotonic()
        at, before = self._before
        self._before = (now, dict(meter.by_area))
        seconds = max(now - at, 0.1)
        return [
            PaneCost(pane=name, bytes_per_second=(size - before.get(name, 0)) / seconds, frames_per_second=0.0)
            for name, size in sorted(meter.by_area.items())
        ]
