"""BOOK and MDM in a pane: the levels asked for, and the imbalance a headless run gives."""

from __future__ import annotations

from typing import Any

import pytest

from financehub_tui.functions.catalogue import run
from financehub_tui.functions.reading import read_line


async def headless(s: Any, line: str) -> dict[str, Any]:
    (call,) = (await read_line(s.app.desk, line)).calls
    return {field.label: field.value for field in (await run(s.app.desk, call)).blocks[0].fields}


@pytest.mark.parametrize("levels", ["", " 3", " 5", " 30"])
@pytest.mark.parametrize("line", ["BTCUSDT BOOK", "BTCUSDT MDM"])
async def test_the_imbalance_is_that_of_a_headless_run_however_many_levels_are_shown(
    session: Any, line: str, levels: str
) -> None:
    async with session("MENU", size=(120, 60), scenario="crypto") as s:
        await s.line(line + levels)
        book = s.current.body.book
        given = (await headless(s, line + levels))["Imbalance"]
        assert f"Imbalance {given:+.2f} " in s.text
        assert len(book.bids) >= 10 and book.imbalance() == pytest.approx(given)


async def test_only_the_levels_asked_for_are_drawn(session: Any) -> None:
    async with session("MENU", size=(120, 60), scenario="crypto") as s:
        await s.line("BTCUSDT BOOK 5")
        assert len(s.current.body._shown) == 5
        await s.line("BTCUSDT MDM 5")
        assert len([row for row in s.current.body._shown if row.bid is not None]) <= 5
        await s.line("BTCUSDT BOOK")
        assert len(s.current.body._shown) > 20


async def test_a_resized_pane_keeps_levels_and_imbalance(session: Any) -> None:
    async with session("BTCUSDT BOOK 5", size=(120, 60), scenario="crypto") as s:
        before = s.text.partition("Imbalance ")[2][:6]
        await s.pilot.resize_terminal(100, 40)
        await s.settle()
        assert len(s.current.body._shown) == 5 and s.text.partition("Imbalance ")[2][:6] == before
