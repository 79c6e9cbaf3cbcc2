"""The standard pane: draws any Report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.panes.body import ReportBody
from financehub_tui.widgets.blocks.report_view import ReportView

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk


class StandardBody(ReportBody, ReportView):
    """Blocks one under the other."""

    async def load(self, desk: Desk, call: Call) -> None:
        """Run the function and draw its Report; blocks of the same kinds keep cursors and scrolling."""
        report = await self.fetch(desk, call)
        self.set_report(report)

    def turn_page(self, pages: int) -> None:
        """Scroll by pages."""
        self.action_page(pages)
