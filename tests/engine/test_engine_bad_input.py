"""What comes from outside and is wrong: a typed reason, isolated, shown, and all else goes on."""

from __future__ import annotations

import socket

import pytest
from vendors.coingecko import NOW_MS, CoinGeckoVendor
from vendors.sources import Source, stock

from financehub_tui.clock import ManualClock
from financehub_tui.engine.catalog import Entry
from financehub_tui.functions.catalogue import run
from financehub_tui.functions.reading import read_line
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.coingecko import CoinGeckoProvider
from financehub_tui.report.blocks import Table

AAPL = stock("AAPL")
BTC = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", kind=Kind.SPOT, base="BTC")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS * 1_000_000)


def nobody_listens() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:{port}", "ftp://127.0.0.1:{port}"])
async def test_a_proxy_that_fails_is_told_as_that_and_harms_nobody_else(make_desk, clock, monkeypatch, proxy):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, proxy.format(port=nobody_listens()))
    async with CoinGeckoVendor() as vendor:
        behind = Entry("coingecko", "CoinGecko", lambda: CoinGeckoProvider(clock, rest_url=vendor.url))
        desk = make_desk(Source(), entries=(behind,))
        answers = await desk.quotes([BTC, AAPL])
        assert isinstance(answers[AAPL.key], Quote)
        missing = answers[BTC.key]
        assert isinstance(missing, Missing) and missing.reason is Reason.OFFLINE
        assert "proxy" in missing.detail and vendor.count() == 0
        row = next(row for row in desk.status.providers() if row.provider == "coingecko")
        assert "proxy" in row.last_error and row.errors == 1


@pytest.mark.parametrize("symbol", ["", " ", "A" * 4_000, "../../etc", "[red]x[/]", "AAPL\r\nHost: x", "\x00", "🪙"])
async def test_a_hostile_symbol_reaches_no_other_and_breaks_nothing(make_desk, symbol):
    source = Source()
    source.unknown = {symbol}
    odd = Instrument(asset_class=AssetClass.EQUITY, symbol=symbol, venue="XNAS")
    answers = await make_desk(source).quotes([odd, AAPL])
    assert isinstance(answers[AAPL.key], Quote) and answers[AAPL.key].last == 100.0
    assert answers[odd.key].reason is Reason.UNKNOWN_SYMBOL
    assert source.calls == [("quotes", ["AAPL"])]


async def test_a_list_of_five_thousand_is_saved_shown_and_asked_for_in_batches(make_desk):
    source = Source(batch=100)
    desk = make_desk(source)
    await desk.lists.save("big", [stock(f"S{number}") for number in range(5_000)])
    found = await run(desk, (await read_line(desk, "@big MON")).calls[0])
    [table] = found.blocks
    assert isinstance(table, Table) and table.frame.height == 5_000
    assert table.frame["last"].to_list() == [100.0] * 5_000
    assert len(source.calls) == 50 and table.frame["missing"].null_count() == 5_000
