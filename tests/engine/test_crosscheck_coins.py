"""CoinGecko and CoinMarketCap, both over real sockets, checked against each other."""

from __future__ import annotations

import json

import pytest
from vendors.coingecko import NOW_MS, CoinGeckoVendor
from vendors.coinmarketcap import QUOTES, CoinMarketCapVendor
from vendors.server import edited

from financehub_tui.clock import ManualClock
from financehub_tui.engine.crosscheck import FindingKind, crosscheck, readings_of
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.providers.coingecko import CoinGeckoProvider
from financehub_tui.providers.coinmarketcap import CoinMarketCapProvider

BTC = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", kind=Kind.SPOT, base="BTC")
NOW = NOW_MS * 1_000_000


@pytest.fixture
async def sources():
    async with CoinGeckoVendor() as gecko, CoinMarketCapVendor() as cap:
        clock = ManualClock(NOW)
        providers = {
            "CoinGecko": CoinGeckoProvider(clock, rest_url=gecko.url),
            "CoinMarketCap": CoinMarketCapProvider(clock, rest_url=cap.url),
        }
        yield cap, providers
        for provider in providers.values():
            await provider.close()


async def answers(providers):
    return {name: (await provider.quotes([BTC]))[BTC.key] for name, provider in providers.items()}


@pytest.mark.parametrize("field", ["last", "market_cap"])
async def test_two_catalogues_that_agree_are_trusted(sources, field):
    _, providers = sources
    found = crosscheck(field, readings_of(await answers(providers), field, NOW))
    assert found.confidence == 0.75 and found.agreeing == ("CoinGecko", "CoinMarketCap") and not found.findings
    assert found.agreed == pytest.approx(77_671 if field == "last" else 1_555_886_872_303, rel=1e-5)


async def test_a_price_a_hundred_times_too_large_is_found_and_both_are_shown(sources):
    cap, providers = sources

    def dearer(data):
        answer = json.loads(data)
        answer["data"][0]["quote"][0]["price"] *= 100
        return json.dumps(answer).encode()

    cap.misbehave(f"/public-api/{QUOTES}", edited(dearer))
    found = crosscheck("last", readings_of(await answers(providers), "last", NOW))
    assert found.agreed is None and found.confidence == 0.0
    assert {finding.kind for finding in found.findings} == {FindingKind.SCALE}
    assert all("CoinGecko 77,671" in finding.detail and "7,767,112" in finding.detail for finding in found.findings)


async def test_turnover_may_differ_by_what_is_counted_but_not_without_end(sources):
    _, providers = sources
    found = crosscheck("quote_volume", readings_of(await answers(providers), "quote_volume", NOW))
    assert found.confidence == 0.75  # 33 and 22 billion, each within a quarter of the middle
