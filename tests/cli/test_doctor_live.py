"""`financehub doctor --live` against vendors on local ports, against dead ones, and without a network."""

from __future__ import annotations

import asyncio
import threading

import pytest
from vendors.binance import BinanceVendor
from vendors.ecb import EcbVendor
from vendors.finnhub import KEY, FinnhubVendor
from vendors.server import VendorServer, html, status

SOURCES = tuple("binance kraken coinbase yahoo coingecko coinmarketcap frankfurter ecb finnhub alpaca".split())
DEAD = "http://127.0.0.1:9"


class Background:
    """A loop on a thread, since the command runs one of its own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self._servers = []

    def started(self, server):
        asyncio.run_coroutine_threadsafe(server.start(), self.loop).result(5)
        self._servers.append(server)
        return server

    def close(self):
        for server in self._servers:
            asyncio.run_coroutine_threadsafe(server.stop(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


@pytest.fixture
def background():
    made = Background()
    yield made
    made.close()


def at(**urls):
    """Flags: these sources at these addresses, all others off."""
    flags = []
    for name in SOURCES:
        setting = f"rest_url={urls[name]}" if name in urls else "enabled=false"
        flags += ["--set", f"providers.{name}.{setting}"]
    return flags


def rows(result):
    """Lines of the table by their first word."""
    return {line.split()[0]: line for line in result.out.splitlines() if line.strip()}


def test_every_source_has_its_line_and_one_answer_is_enough(financehub, background):
    binance = background.started(BinanceVendor())
    ecb = background.started(VendorServer())
    EcbVendor(ecb, {"2026-01-02": {"USD": "1.25"}, "2026-01-05": {"USD": "1.2571"}})
    limited = background.started(VendorServer())
    limited.serve("/0/public/Ticker", {})
    for path in ("/0/public/Ticker", "/0/public/AssetPairs"):
        limited.misbehave(path, status(429, retry_after=60), times=5)
    challenged = background.started(VendorServer())
    challenged.misbehave("/products/BTC-USD/stats", html(), times=5)
    urls = {
        "binance": binance.url,
        "frankfurter": DEAD,
        "kraken": limited.url,
        "coinbase": challenged.url,
        "ecb": ecb.url,
    }
    result = financehub("doctor", "--live", *at(**urls))
    assert result.status == 0, result.err
    found = rows(result)
    assert "BTCUSDT Crypto" in found["Binance"] and "USDT" in found["Binance"] and "not needed" in found["Binance"]
    assert "EURUSD Curncy 1.2571" in found["European"]
    assert "rate limited" in found["Kraken"] and "yes" in found["Kraken"].lower()
    assert "Coinbase" in found
    assert "offline" in found["Frankfurter"] and "yes" not in found["Frankfurter"]
    assert "2 of 5 sources answered" in result.out


def test_without_a_network_every_reason_is_told_and_the_status_is_1(financehub, no_network):
    result = financehub("doctor", "--live")
    assert result.status == 1
    assert "0 of " in result.out and "offline" in rows(result)["Binance"]
    assert "carries none" not in result.out
    assert "Traceback" not in result.err + result.out


def test_a_source_that_refuses_is_reached_but_gives_no_answer(financehub, background):
    vendor = background.started(VendorServer())
    result = financehub("doctor", "--live", *at(frankfurter=vendor.url))
    assert result.status == 1
    assert "yes" in rows(result)["Frankfurter"].lower()


def test_with_every_source_off_that_is_said(financehub):
    result = financehub("doctor", "--live", *at())
    assert result.status == 1 and "No source is enabled." in result.out


@pytest.mark.parametrize("flags", [("--demo",), ("--replay", "day.jsonl")])
def test_it_is_not_for_demos(financehub, flags):
    result = financehub("doctor", "--live", *flags)
    assert result.status == 2 and "--live" in result.err


def test_keys_are_told_by_their_state_and_never_shown(financehub, monkeypatch, no_network):
    secret = "CG-" + "a1B2c3D4" * 3
    monkeypatch.setenv("FINANCEHUB_KEY_COINGECKO", secret)
    result = financehub("doctor", "--live")
    assert "1 ready" in rows(result)["CoinGecko"]
    assert "none" in rows(result)["CoinMarketCap"]
    assert secret not in result.out + result.err


def test_a_source_that_needs_a_key_is_asked_with_the_one_there_is(financehub, background, monkeypatch):
    vendor = background.started(FinnhubVendor())
    monkeypatch.setenv("FINANCEHUB_KEY_FINNHUB", KEY)
    result = financehub("doctor", "--live", *at(finnhub=vendor.url))
    assert result.status == 0, result.out + result.err
    assert "AAPL US Equity 308.82 USD" in rows(result)["Finnhub"]


def test_a_source_that_needs_a_key_and_has_none_says_how_to_give_it_one(financehub, background):
    vendor = background.started(FinnhubVendor())
    result = financehub("doctor", "--live", *at(finnhub=vendor.url))
    assert "no key: financehub keys add finnhub" in rows(result)["Finnhub"]
    assert vendor.count() == 0
