"""A recorded day at full speed leaves memory flat; the main screens look as they did."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

import psutil
import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from financehub_tui.screens.layouts import keep_last, starting_layout

SCREENS = {
    "workspace_equities": ("equities", (120, 40), ""),
    "workspace_equities_large": ("equities", (200, 50), ""),
    "workspace_equities_small": ("equities", (80, 24), ""),
    "book_crypto": ("crypto", (80, 24), "BTCUSDT Crypto BOOK"),
    "description": ("equities", (80, 24), "AAPL US Equity DES"),
    "chart": ("equities", (120, 40), "AAPL US Equity GPC 6M SMA20 BB20 RSI14"),
    "history": ("equities", (80, 24), "AAPL US Equity HP 3M"),
    "menu": ("equities", (80, 24), "MENU"),
    "help": ("equities", (120, 40), "HELP GP"),
    "fx_matrix": ("equities", (120, 40), "FXC"),
}


class Picture(SingleFileSnapshotExtension):
    """One SVG a picture, to be looked at."""

    file_extension = "svg"
    _write_mode = WriteMode.TEXT


SCROLL_BAR = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587"


async def still(s: Any) -> None:
    """Until two looks in a row are the same."""
    before = ""
    for _ in range(40):
        await s.settle()
        await s.pilot.pause()
        if s.text == before:
            return
        before = s.text


@pytest.mark.parametrize("name", SCREENS)
async def test_main_screens_look_as_they_did(session: Any, snapshot: Any, name: str) -> None:
    scenario, size, line = SCREENS[name]
    if not line:
        keep_last(scenario, starting_layout(scenario))
    async with session(*([line] if line else []), scenario=scenario, size=size) as s:
        await still(s)
        assert s.app.export_screenshot(title=name) == snapshot.use_extension(Picture)


async def test_another_theme_looks_as_it_did(session: Any, snapshot: Any) -> None:
    keep_last("equities", starting_layout("equities"))
    async with session(size=(120, 40), settings={"display.theme": "light"}) as s:
        await still(s)
        assert s.app.export_screenshot(title="light") == snapshot.use_extension(Picture)


async def test_plain_letters_look_as_they_did(session: Any, snapshot: Any) -> None:
    keep_last("equities", starting_layout("equities"))
    async with session(size=(120, 40), settings={"display.glyphs": "ascii"}) as s:
        await still(s)
        assert all(ord(char) < 127 for char in s.text if char not in SCROLL_BAR)
        assert s.app.export_screenshot(title="ascii") == snapshot.use_extension(Picture)


async def test_a_replay_at_full_speed_keeps_memory_flat(session: Any, caplog: Any) -> None:
    keep_last("crypto", starting_layout("crypto"))
    async with session(scenario="crypto", settings={"demo.speed": 100.0}, keep=True) as s:
        process = psutil.Process()
        for _ in range(50):
            await asyncio.sleep(0.02)
            s.app.tick()
        gc.collect()
        before = process.memory_info().rss
        for _ in range(150):
            await asyncio.sleep(0.02)
            s.app.tick()
        gc.collect()
        assert process.memory_info().rss - before < 40_000_000
        key = s.workspace.frames_in_order()[3].security.key
        assert 0 < len(s.app.desk.live.trades(key, 1_000_000)) <= 10_000
        book = s.app.desk.live.book(key)
        assert book is not None
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
