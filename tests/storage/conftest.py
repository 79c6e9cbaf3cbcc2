"""Stores to test: each engine that implements the interface, and makers of what is put into them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Adjustment, Delay, Provenance
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.storage.duckdb import DuckDBStore
from financehub_tui.storage.interface import Retention, Store

DAY = 86_400 * NANOS
T0 = 1_517_788_800 * NANOS  # 2018-02-05 00:00 UTC
AAPL = "Equity:XNAS:AAPL:USD:currency"
MSFT = "Equity:XNAS:MSFT:USD:currency"

Factory = Callable[..., Store]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T0 + 15 * 3_600 * NANOS)


@pytest.fixture(params=["duckdb-file", "duckdb-memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    """An open, empty store. Another engine joins the whole suite by one more parameter here."""
    path = tmp_path / "data" / "store.duckdb" if request.param == "duckdb-file" else None
    keep = Retention(intraday_days=10, quote_days=5, trade_days=1, line_days=20, job_days=2)
    opened = DuckDBStore(path, clock=clock, keep=keep, flush_seconds=60)
    assert list(await opened.open()) == []
    yield opened
    await opened.close()


@pytest.fixture
def provenance() -> Callable[..., Provenance]:
    def make(provider: str = "yahoo", **changes: Any) -> Provenance:
        values: dict[str, Any] = {
            "provider": provider,
            "endpoint": "/v8/finance/chart",
            "as_of": T0,
            "fetched_at": T0 + NANOS,
            "delay": Delay.END_OF_DAY,
            "currency": "USD",
            "unit": "currency",
            "adjustment": Adjustment.SPLIT,
            "notes": ("tried Stooq: no answer",),
        }
        return Provenance(**{**values, **changes})

    return make


@pytest.fixture
def bars(provenance: Callable[..., Provenance]) -> Callable[..., Bars]:
    def make(
        closes: list[float | None],
        *,
        key: str = AAPL,
        start: int = T0,
        interval: Interval = Interval.D1,
        origin: Provenance | None = None,
        **more: Any,
    ) -> Bars:
        step = interval.seconds * NANOS
        frame = pl.DataFrame(
            {
                "time": [(start + index * step) // 1_000 for index in range(len(closes))],
                **dict.fromkeys(("open", "high", "low", "close"), closes),
                "volume": [100.0] * len(closes),
            },
            schema={
                "time": pl.Datetime("us", "UTC"),
                **dict.fromkeys(("open", "high", "low", "close", "volume"), pl.Float64),
            },
        )
        return Bars(key=key, interval=interval, frame=frame, provenance=origin or provenance(), **more)

    return make


@pytest.fixture
def quote(provenance: Callable[..., Provenance]) -> Callable[..., Quote]:
    def make(key: str = AAPL, time: int = T0, last: float | None = 156.49, **more: Any) -> Quote:
        return Quote(key=key, time=time, last=last, provenance=provenance(), **more)

    return make


@pytest.fixture
def trade() -> Callable[..., Trade]:
    def make(time: int = T0, price: float = 100.0, id: str = "", key: str = AAPL, **more: Any) -> Trade:
        return Trade(key=key, time=time, price=price, size=1.0, id=id, **{"provider": "binance", **more})

    return make
