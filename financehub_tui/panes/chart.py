"""The chart as a pane: GP, GPC, GIP."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from financehub_tui.errors import FinanceHubError
from financehub_tui.functions.unavailable import explained
from financehub_tui.market.quote import Quote
from financehub_tui.panes.body import ReportBody
from financehub_tui.panes.forming import FormingBar
from financehub_tui.report.blocks import Chart
from financehub_tui.widgets.chart.view import ChartView

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk, Subscription
    from financehub_tui.market.provenance import Missing, Provenance

log = logging.getLogger(__name__)


class ChartBody(ReportBody, ChartView, inherit_bindings=False):
    """Draws the Chart of the Report, and inside the day lets the newest bar move with the trades."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(binding for binding in ChartView.BINDINGS if isinstance(binding, Binding) and len(binding.key) > 1),
        Binding("slash", "toggle_log", "Log scale", id="chart.log_scale"),
        Binding("vertical_line", "toggle_volume", "Volume", id="chart.volume_bars"),
        Binding("asterisk", "cycle_style", "Line, candle, bar", id="chart.next_style"),
        Binding("0", "fit", "All bars", id="chart.all"),
    ]
    """As the chart's own, but for letters: those go to the command line."""

    def __init__(self) -> None:
        super().__init__()
        self._desk: Desk | None = None
        self._subscription: Subscription | None = None
        self._forming: FormingBar | None = None
        self._corrections = 0
        self._shown: Call | None = None
        self._moved = False
        """True once trades have moved the newest bar."""

    async def load(self, desk: Desk, call: Call) -> None:
        """Fetch bars and studies and draw them; the same call again keeps window and crosshair.

        What another call drew does not stay under the title of one that fails; the same call's last picture does.
        """
        try:
            report = await self.fetch(desk, call)
        except FinanceHubError as error:
            if self._shown != call:
                self._shown, self.report = None, None
                self.release()
                self.set_notice(explained(desk, call, error))
            raise
        chart = next(block for block in report.blocks if isinstance(block, Chart))
        self.set_chart(chart, keep=call == self._shown)
        self._desk, self._shown = desk, call
        self._corrections = 0 if call.security is None else desk.live.corrections(call.security.key)
        self.release()
        if call.security is not None and chart.bars.interval.intraday:
            self._subscription = desk.subscribe([call.security], ("quote", "trade"))
            self._forming = FormingBar(chart.bars)

    def tick(self, changed: set[str], now: int) -> None:
        """Move the newest bar where its instrument traded; ask for all anew where a trade was taken back."""
        forming, desk = self._forming, self._desk
        if forming is None or desk is None or forming.key not in changed:
            return
        if desk.live.corrections(forming.key) != self._corrections:
            self._corrections = desk.live.corrections(forming.key)
            self.run_worker(self._load_again(desk), group="bars anew", exclusive=True)
        bar = forming.take(desk.live.trades(forming.key, 2_000))
        if bar is not None:
            self._moved = True
            self.update_last(bar)

    def sources(self) -> list[Provenance | Missing]:
        """As the Report's; once trades have moved the newest bar, also where they come from."""
        found = super().sources()
        quote = self._desk.live.quote(self._forming.key) if self._moved and self._desk and self._forming else None
        return [*found, quote.provenance] if isinstance(quote, Quote) and quote.provenance else found

    async def _load_again(self, desk: Desk) -> None:
        """The same call. Where it fails now, what is shown stays."""
        if self._shown is None:
            return
        try:
            await self.load(desk, self._shown)
        except FinanceHubError as error:
            log.info("the chart is not drawn anew: %s", error)

    def pick(self, number: int) -> bool:
        """Bars are not picked."""
        return False

    def turn_page(self, pages: int) -> None:
        """Pan by screens."""
        for _ in range(abs(pages) * 4):
            self.action_pan(1 if pages > 0 else -1)

    def release(self) -> None:
        """Give the subscription back."""
        self._forming, self._moved = None, False
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None
