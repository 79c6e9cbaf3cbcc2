"""Live mode: values of a venue, then the same values with their age once there is no network."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import pytest
from vendors.binance import BinanceVendor

from financehub_tui.screens.layouts import Layout, PaneState, keep_last
from financehub_tui.screens.split import Leaf, Split

pytestmark = pytest.mark.pty
OTHERS = {f"FINANCEHUB_PROVIDERS__{name}__ENABLED": "false" for name in ("YAHOO", "ECB", "FRANKFURTER")}
TWO = Layout(
    tree=Split("row", 0.6, Leaf(1), Leaf(2)),
    panes=(PaneState(pane=1, line="BTCUSDT Crypto MON"), PaneState(pane=2, line="BTCUSDT Crypto GIP 1m")),
)


def trade(number: int, price: float) -> dict[str, object]:
    now = time.time_ns() // 1_000_000
    return {
        "e": "trade", "E": now, "s": "BTCUSDT", "t": number, "p": f"{price:.8f}", "q": "0.50000000", "T": now,
        "m": False, "M": True,
    }  # fmt: skip


def places(vendor: BinanceVendor) -> dict[str, str]:
    return {
        "FINANCEHUB_PROVIDERS__BINANCE__REST_URL": vendor.url,
        "FINANCEHUB_PROVIDERS__BINANCE__STREAM_URL": vendor.ws_url,
        **OTHERS,
    }


async def test_without_network_it_says_so_at_once_and_shows_what_is_stored_with_its_age(terminal: Any) -> None:
    keep_last("live", TWO)
    async with BinanceVendor(now=time.time_ns() // 1_000_000) as vendor:
        program = terminal(**places(vendor))
        await asyncio.to_thread(program.until, "BTCUSDT")
        for _ in range(200):
            if "btcusdt@trade" in vendor.topics():
                break
            await asyncio.to_thread(program.pump, 0.05)
        for number in range(3):
            await vendor.push("btcusdt@trade", trade(900_000_000 + number, 61_234.25))
        text = await asyncio.to_thread(program.until, "61,234.25")
        assert "OFFLINE" not in text
        program.line("QUIT")
        assert await asyncio.to_thread(program.wait_end, 30) == 0
        gone = places(vendor)
    again = terminal(**gone)
    began = time.monotonic()
    text = again.until("BTCUSDT")
    assert time.monotonic() - began < 30
    text = again.until(lambda shown: "OFFLINE" in shown and "61,234.25" in shown, 60)
    footers = [line for line in text.splitlines() if "binance" in line and "old" in line]
    assert footers, text
    assert re.search(r"(OFFLINE|CACHED)\s+binance\s+\d+s old", footers[0])
    again.line("PHLT")
    again.until("down")
    again.line("ZZZQ")
    again.until("no function and no security")


def test_a_first_start_without_network_opens_at_once(terminal: Any) -> None:
    nowhere = {f"FINANCEHUB_PROVIDERS__{name}__REST_URL": "http://127.0.0.1:9" for name in ("BINANCE", "YAHOO")}
    nowhere["FINANCEHUB_PROVIDERS__BINANCE__STREAM_URL"] = "ws://127.0.0.1:9"
    program = terminal(**nowhere)
    program.until("AAPL US Equity GP", 5)
    program.until("OFFLINE", 15)
    program.line("MSFT DES")
    program.until("Microsoft")
    program.send("\x11")
    assert program.wait_end(30) == 0
