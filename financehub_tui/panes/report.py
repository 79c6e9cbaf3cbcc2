"""The standard pane: draws any Report."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.actions import SkipAction

from financehub_tui.errors import FinanceHubError
from financehub_tui.functions.unavailable import unavailable
from financehub_tui.panes.body import ReportBody
from financehub_tui.widgets.blocks.report_view import ReportView
from financehub_tui.widgets.blocks.table_view import TableView
from financehub_tui.widgets.blocks.text_view import TextView

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk
    from financehub_tui.market.provenance import Missing, Provenance


class StandardBody(ReportBody, ReportView):
    """Blocks one under the other."""

    _shown: Call | None = None
    """The call whose answer, or lack of one, is on screen."""

    async def load(self, desk: Desk, call: Call) -> None:
        """Run the function and draw its Report; blocks of the same kinds keep cursors and scrolling.

        What another call showed does not stay under the title of one that fails; the same call's last answer does.
        """
        try:
            report = await self.fetch(desk, call)
        except FinanceHubError as error:
            if self._shown != call:
                self._shown = call
                self.set_report(unavailable(desk, call, error))
            raise
        self._shown = call
        self.set_report(report)

    def sources(self) -> list[Provenance | Missing]:
        """Where the values came from; what is missing is said over or in the blocks."""
        return [] if self.report is None else list(self.report.provenance)

    def turn_page(self, pages: int) -> None:
        """Scroll by pages: the report where it is longer than the pane, then the blocks that scroll in themselves."""
        for _ in range(abs(pages)):
            step = 1 if pages > 0 else -1
            if not any(_turned(turn, step) for turn in (self.action_page, *self._turns())):
                return

    def _turns(self) -> list[Callable[[int], None]]:
        """How each block that can turn pages does it, the one with the keyboard first."""
        parts = sorted(self.parts, key=lambda part: not part.has_focus)
        tables = [part.action_page for part in parts if isinstance(part, TableView)]
        return [*tables, *(part.action_pages for part in parts if isinstance(part, TextView))]


def _turned(turn: Callable[[int], None], pages: int) -> bool:
    try:
        turn(pages)
    except SkipAction:
        return False
    return True
