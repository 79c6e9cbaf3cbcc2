"""The live desk over a venue that is a local server: real provider, real sockets, store and jobs."""

from __future__ import annotations

import asyncio
from importlib.metadata import EntryPoint

import pytest
from vendors.binance import BinanceVendor, VendorBook

from financehub_tui.clock import ManualClock
from financehub_tui.config import ProviderSettings, Settings
from financehub_tui.engine import catalog
from financehub_tui.engine.desk import open_desk
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.provenance import Tier
from financehub_tui.market.quote import Book, Quote

OTHERS = {name: ProviderSettings(enabled=False) for name in ("yahoo", "ecb", "frankfurter")}
NOW = 1_723_161_255_308 * 1_000_000


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_HOME", str(tmp_path))


def settings_for(vendor):
    here = ProviderSettings(rest_url=vendor.url, stream_url=vendor.ws_url)
    return Settings(providers={**OTHERS, "binance": here})


async def until(condition, seconds=4.0):
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen in time")


def trade(number, price):
    return {
        "e": "trade", "E": NOW // 1_000_000, "s": "BTCUSDT", "t": number, "p": f"{price:.8f}", "q": "0.50000000",
        "T": NOW // 1_000_000 + number, "m": False, "M": True,
    }  # fmt: skip


async def test_from_socket_to_quote_tape_book_and_store_and_offline_again():
    clock = ManualClock(NOW)
    async with BinanceVendor(now=NOW // 1_000_000) as vendor:
        desk = await open_desk(settings_for(vendor), clock=clock)
        try:
            btc = desk.master.exact("BTCUSDT")[0]
            subscription = desk.subscribe([btc], ("quote", "trade", "book"))
            await until(lambda: "btcusdt@trade" in vendor.topics())
            levels = VendorBook("BTCUSDT")
            vendor.books["BTCUSDT"] = levels
            for number in range(5):
                await vendor.push("btcusdt@trade", trade(900_000_000 + number, 60_000.0 + number))
            await until(lambda: desk.live.trades(btc.key, 1) and desk.live.trades(btc.key, 1)[0].price == 60_004.0)
            quote = desk.live.quote(btc.key)
            assert isinstance(quote, Quote)
            assert (quote.last, quote.provenance.tier, quote.provenance.provider) == (60_004.0, Tier.LIVE, "binance")
            await until(lambda: desk.status.feeds()[0].state == "live")
            bars = await desk.bars(btc, BarRequest(interval=Interval.M1, start=NOW - 3_600 * 10**9, end=NOW))
            assert bars.provenance.provider == "binance"
            book = await desk.book(btc, 5)
            assert isinstance(book, Book) and not book.crossed
            await desk.flush()
            subscription.close()
        finally:
            await desk.close()
    after = await open_desk(settings_for(vendor), clock=clock, headless=True)
    try:
        stored = (await after.quotes([btc]))[btc.key]
        assert (stored.last, stored.provenance.tier) == (60_004.0, Tier.STORE)
        assert after.status.offline()
    finally:
        await after.close()


async def test_a_plugged_in_provider_that_fails_to_load_is_set_aside(monkeypatch):
    points = [EntryPoint("gadget", "no_such_package.gadget:Gadget", catalog.ENTRY_POINTS)]
    monkeypatch.setattr(catalog, "entry_points", lambda group: points)
    desk = await open_desk(Settings(providers=OTHERS), headless=True)
    try:
        aapl = desk.master.exact("AAPL")[0]
        missing = (await desk.quotes([aapl]))[aapl.key]
        assert "gadget: cannot be loaded: ModuleNotFoundError" in missing.detail
        assert [row.state for row in desk.status.providers() if row.provider == "gadget"] == ["down"]
    finally:
        await desk.close()
