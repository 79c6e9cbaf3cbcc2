"""Every function in the workspace: opens at every size, draws whole lines, leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

import pytest
from rich.cells import cell_len
from textual.dom import DOMNode

from financehub_tui.functions.catalogue import registry
from financehub_tui.market.instrument import AssetClass

ASIDE = {"QUIT", "GRAB"}
SIZES = {"equities": [(80, 24), (200, 50), (120, 40)], "crypto": [(80, 24)]}


def lines_of(scenario: str) -> list[str]:
    """A line for every function that suits the scenario's security, with that where it wants one."""
    security = {"equities": "AAPL US Equity", "crypto": "BTCUSDT Crypto"}[scenario]
    sector = {"equities": AssetClass.EQUITY, "crypto": AssetClass.CRYPTO}[scenario]
    words = []
    for spec in registry():
        if spec.mnemonic not in ASIDE and (spec.needs.value != "one security" or spec.suits(sector)):
            words.append(f"{security} {spec.mnemonic}" if spec.needs.value == "one security" else spec.mnemonic)
    return words


def widths(app: Any) -> set[int]:
    from financehub_tui.widgets import textual_compat

    return {sum(cell_len(s.text) for s in strip) for strip in textual_compat.screen_strips(app.screen)}


@pytest.mark.parametrize("scenario", ["equities", "crypto"])
async def test_every_function_opens_at_every_size(session: Any, scenario: str, caplog: Any) -> None:
    async with session("MENU", size=(120, 40), scenario=scenario) as s:
        for line in lines_of(scenario):
            await s.line(line)
            assert s.current.title.endswith(line.split()[-1]), (line, s.message)
            assert "failed" not in s.current.problem, (line, s.current.problem)
            for size in SIZES[scenario]:
                await s.pilot.resize_terminal(*size)
                for _ in range(100):
                    if tuple(s.app.screen.size) == size and widths(s.app) == {size[0]}:
                        break
                    await s.pilot.pause(0.01)
                assert widths(s.app) == {size[0]}, (line, size)
            s.app.tick()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def nodes() -> int:
    gc.collect()
    return sum(isinstance(each, DOMNode) for each in gc.get_objects())


async def test_opening_every_function_again_leaves_nothing_behind(session: Any) -> None:
    async with session("MENU") as s:
        counts = []
        for _ in range(2):
            for line in lines_of("equities"):
                await s.line(line)
            await s.line("MENU")
            for _ in range(60):
                await s.settle()
                await asyncio.sleep(0.2)
                subscriptions = len(s.app.desk._subscriptions._interests)
                count = (nodes(), len(asyncio.all_tasks()), subscriptions)
                if not counts or (count[0] <= counts[0][0] + 2 and count[1] <= counts[0][1] and not subscriptions):
                    break
            counts.append(count)
        first, second = counts
        assert second[0] <= first[0] + 2, counts
        assert second[1] <= first[1], counts
        assert second[2] == first[2] == 0, counts
