"""The age in the footer of a chart whose newest bar moves is that of the trades that move it."""

from __future__ import annotations

from typing import Any

from financehub_tui.panes.footer import newest


async def test_trades_that_move_the_newest_bar_make_the_chart_young_again(session: Any) -> None:
    async with session("AAPL US Equity GIP 1m", "RPLY", size=(160, 40)) as s:
        chart = s.workspace.frames_in_order()[0].body
        loaded = newest(chart.sources())
        await s.line("2:RPLY STEP 60")
        for _ in range(100):
            s.app.tick()
            if newest(chart.sources()) > loaded:
                break
            await s.pilot.pause(0.01)
        assert newest(chart.sources()) > loaded
