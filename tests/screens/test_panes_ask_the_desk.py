"""What a pane asks of the desk: whose question it is, how urgent, and given up with the pane."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from financehub_tui.asking import ASKER, Asker


class Asked:
    """Stands before a desk's `dividends`: notes who asks, and answers when told."""

    def __init__(self, desk: Any) -> None:
        self.askers: list[Asker | None] = []
        self.given_up = 0
        self.go_on = asyncio.Event()
        self._answer = desk.dividends
        desk.dividends = self.dividends

    def by(self, count: int) -> bool:
        return len(self.askers) == count

    async def dividends(self, instrument: Any) -> Any:
        self.askers.append(ASKER.get())
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return await self._answer(instrument)


async def until(s: Any, condition: Any) -> None:
    for _ in range(400):
        if condition():
            return
        await s.pilot.pause(0.005)
    raise AssertionError("it did not happen in time")


async def test_each_pane_asks_under_its_own_name_as_somebody_who_looks_on(session: Any) -> None:
    async with session("MENU", "MENU") as s:
        asked = Asked(s.app.desk)
        for pane in (1, 2):
            s.workspace.focus_pane(pane)
            s.workspace.run_line("AAPL DVD")
            await until(s, partial(asked.by, pane))
        asked.go_on.set()
        await s.settle()
    assert [(asker.owner, asker.urgency.name) for asker in asked.askers if asker] == [
        ("pane 1", "SCREEN"),
        ("pane 2", "SCREEN"),
    ]


async def test_a_pane_that_closes_gives_up_what_it_asked_for(session: Any) -> None:
    async with session("MENU", "MENU") as s:
        asked = Asked(s.app.desk)
        s.workspace.run_line("AAPL DVD")
        await until(s, lambda: asked.askers)
        await s.workspace.pane_keys.close()
        await until(s, lambda: asked.given_up)
    assert asked.given_up == 1


async def test_a_new_call_gives_up_the_one_before(session: Any) -> None:
    async with session("MENU") as s:
        asked = Asked(s.app.desk)
        s.workspace.run_line("AAPL DVD")
        await until(s, lambda: asked.askers)
        s.workspace.run_line("AAPL DES")
        await until(s, lambda: asked.given_up)
        await s.settle()
    assert asked.given_up == 1


async def test_market_values_are_kept_alive_where_they_are_shown_and_nowhere_else(session: Any) -> None:
    async with session("CRYP USDT", scenario="crypto") as s:
        wanted = s.app.desk._subscriptions.wanted
        assert len(wanted()["market_value"]) > 20
        await s.line("MON")
        await until(s, lambda: "market_value" not in wanted())
        await s.line("MON cols=last,market_cap")
        await until(s, lambda: "market_value" in wanted())
