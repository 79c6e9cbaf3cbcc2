"""Prices far below a cent, and coins of which parts are traded, are told in full."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import polars as pl
import pytest

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.commands.spec import Call
from financehub_tui.functions import hp, qr, tas
from financehub_tui.functions.history import History
from financehub_tui.market.bars import BAR_COLUMNS, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Missing, Provenance, Reason, Tier
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.report.render import render

COIN = Instrument(
    asset_class=AssetClass.CRYPTO, symbol="PEPEUSDT", venue="BINANCE", currency="USDT", base="PEPE", kind=Kind.SPOT
)
NOW = 1_700_000_000 * NANOS
ORIGIN = Provenance(provider="binance", endpoint="x", as_of=NOW)


def desk(quote):
    async def quotes(instruments):
        return {COIN.key: quote}

    scenario, clock = SimpleNamespace(title=""), ManualClock(NOW)
    return SimpleNamespace(quotes=quotes, replay=None, scenario=scenario, clock=clock)


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        (Quote(key=COIN.key, time=NOW, decimals=8, provenance=ORIGIN), "0.00001230 "),
        (Missing(reason=Reason.NO_DATA, detail="none"), "0.00001230 "),
        (Quote(key=COIN.key, time=NOW, decimals=6, provenance=ORIGIN), "0.000012 "),
    ],
)
def test_trades_have_the_decimals_of_the_venue_or_as_many_as_one_reads(quote, shown):
    trades = [Trade(key=COIN.key, time=NOW, price=0.0000123, size=5.0, provider="binance")]
    call = Call(mnemonic="QR", securities=(COIN,))
    found = asyncio.run(qr.recap(desk(quote), call, COIN, trades, conditions=False))
    text = render(found, "table", colour=False, width=120)
    assert shown in text and "0.00 " not in text


@pytest.mark.parametrize("function", [qr, tas])
def test_trades_say_nothing_that_their_source_says_of_its_quotes_alone(function):
    note = "change since 00:00 UTC"
    origin = Provenance(
        provider="kraken", endpoint="Ticker", as_of=NOW, fetched_at=NOW, tier=Tier.MEMORY, notes=(note,)
    )
    trades = [Trade(key=COIN.key, time=NOW - NANOS, price=1.0, size=5.0, provider="kraken")]

    async def recent(instrument, limit):
        return trades

    standing = desk(Quote(key=COIN.key, time=NOW, decimals=8, provenance=origin))
    standing.trades = recent
    call = Call(mnemonic="QR", securities=(COIN,))
    (told,) = asyncio.run(function.load(standing, call)).provenance
    assert told == Provenance(provider="kraken", endpoint="trades", as_of=NOW - NANOS, tier=Tier.MEMORY)


@pytest.mark.parametrize(
    ("volumes", "shown"), [([7.5, 12.25], "7.50"), ([7.0, 12.0], "7"), ([7.5, 12_345.678], "7.50")]
)
def test_a_history_tells_parts_of_coins(volumes, shown, monkeypatch):
    prices = [[1.0, 2.0] for _ in range(4)]
    times = pl.Series([1_699_833_600, 1_699_920_000]).cast(pl.Int64) * 1_000_000
    frame = pl.DataFrame([times.cast(pl.Datetime("us", "UTC")), *map(pl.Series, [*prices, volumes])])
    frame.columns = list(BAR_COLUMNS)
    bars = Bars(key=COIN.key, interval=Interval.D1, frame=frame, provenance=ORIGIN, decimals=8)

    async def load(*_, **__):
        return History(bars=bars, start=0)

    monkeypatch.setattr(hp, "load_bars", load)
    call = Call(mnemonic="HP", securities=(COIN,))
    text = render(asyncio.run(hp.load(desk(None), call)), "table", colour=False, width=120)
    (row,) = (line for line in text.splitlines() if line.startswith("2023-11-13"))
    assert row.split()[5] == shown
