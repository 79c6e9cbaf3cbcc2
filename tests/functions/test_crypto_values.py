"""CRYP and PVNC of coins: market value, dominance, whose they are, and why one is missing. Over local vendors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from vendors.binance import BinanceVendor
from vendors.coingecko import NOW_MS, CoinGeckoVendor
from vendors.coinmarketcap import CoinMarketCapVendor
from vendors.server import status

from financehub_tui.clock import ManualClock
from financehub_tui.config import ProviderSettings, Settings
from financehub_tui.engine.desk import InProcessDesk, open_desk
from financehub_tui.functions.catalogue import run
from financehub_tui.functions.reading import read_line
from financehub_tui.report.blocks import Report, Table

OTHERS = ("yahoo", "kraken", "coinbase", "alpaca", "finnhub", "ecb", "frankfurter")


@pytest.fixture
async def vendors():
    async with BinanceVendor(now=NOW_MS) as venue, CoinGeckoVendor() as gecko, CoinMarketCapVendor() as cap:
        yield venue, gecko, cap


@asynccontextmanager
async def opened(vendors) -> AsyncIterator[InProcessDesk]:
    providers = {name: ProviderSettings(enabled=False) for name in OTHERS}
    for name, vendor in zip(("binance", "coingecko", "coinmarketcap"), vendors, strict=True):
        providers[name] = ProviderSettings(rest_url=vendor.url)
    desk = await open_desk(Settings(providers=providers), clock=ManualClock(NOW_MS * 1_000_000), headless=True)
    try:
        yield desk
    finally:
        await desk.close()


async def report(desk: InProcessDesk, line: str) -> Report:
    return await run(desk, (await read_line(desk, line)).calls[0])


def rows(found: Report, place: int = 0) -> list[dict[str, object]]:
    tables = [block for block in found.blocks if isinstance(block, Table)]
    return tables[place].frame.to_dicts()


async def test_the_monitor_shows_price_value_dominance_turnover_and_spread(vendors):
    async with opened(vendors) as desk:
        found = await report(desk, "CRYP USDT")
        [row] = [row for row in rows(found) if row["security"] == "BTCUSDT Crypto"]
    assert row["market_cap"] == 1_555_886_872_303 and row["dominance"] == pytest.approx(59.84, abs=0.01)
    assert row["last"] and row["spread_bps"] is not None and row["value"]
    assert [origin.provider for origin in found.provenance] == ["binance", "coingecko"]
    assert not [one for one in found.missing if "Mkt cap" in one.detail and "BTCUSDT" in one.detail]


async def test_provenance_keeps_the_market_value_apart_from_the_price(vendors):
    async with opened(vendors) as desk:
        found = await report(desk, "BTCUSDT PVNC")
    kinds = {row["kind"]: row for row in rows(found)}
    assert (kinds["quote"]["provider"], kinds["market_value"]["provider"]) == ("binance", "coingecko")
    assert "confidence 75%" in str(kinds["market_value"]["notes"]) and kinds["market_value"]["unit"] == "USD currency"
    asked = [row["provider"] for row in rows(found, 1) if row["kind"] == "market_value" and row["place"]]
    assert asked == ["CoinGecko", "CoinMarketCap"]


async def test_a_monitor_without_market_values_says_why(vendors):
    for catalogue in vendors[1:]:
        catalogue.misbehave("*", status(403), times=50)
    async with opened(vendors) as desk:
        found = await report(desk, "CRYP USDT")
    said = " ".join(one.detail for one in found.missing)
    assert "Market value: " in said and "CoinGecko" in said and "CoinMarketCap" in said
