"""Thirteen studies through `analytics.technical` (gaps looked for, NaN safe) beside TA-Lib called directly."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import talib

from bench.figures import Figure, paired
from financehub_tui.analytics import technical

ROUNDS = 5
LONG = 1_000_000
MANY = (500, 1_260)

Column = Any


def run() -> list[Figure]:
    """One long series, and many short ones."""
    return [
        _row("indicators: 13 studies, 1 x 1,000,000 bars", [_walk(LONG)]),
        _row("indicators: 13 studies, 500 x 1,260 bars", [_walk(MANY[1], seed) for seed in range(MANY[0])]),
    ]


def _walk(count: int, seed: int = 1) -> tuple[Column, ...]:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, count)))
    spread = np.abs(rng.normal(0, 0.2, count))
    return close + spread, close - spread, close, rng.integers(1, 9_999, count).astype(np.float64)


def _ours(bars: tuple[Column, ...]) -> None:
    high, low, close, volume = bars
    technical.sma(close, 20)
    technical.ema(close, 20)
    technical.wma(close, 20)
    technical.rsi(close, 14)
    technical.macd(close)
    technical.bollinger(close)
    technical.atr(high, low, close)
    technical.stochastic(high, low, close)
    technical.cci(high, low, close)
    technical.obv(close, volume)
    technical.mfi(high, low, close, volume)
    technical.williams_r(high, low, close)
    technical.roc(close)


def _direct(bars: tuple[Column, ...]) -> None:
    high, low, close, volume = bars
    talib.SMA(close, 20)
    talib.EMA(close, 20)
    talib.WMA(close, 20)
    talib.RSI(close, 14)
    talib.MACD(close, 12, 26, 9)
    talib.BBANDS(close, 20, 2.0, 2.0)
    talib.ATR(high, low, close, 14)
    talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    talib.CCI(high, low, close, 20)
    talib.OBV(close, volume)
    talib.MFI(high, low, close, volume, 14)
    talib.WILLR(high, low, close, 14)
    talib.ROC(close, 10)


def _row(name: str, sets: list[tuple[Column, ...]]) -> Figure:
    pairs = [(_milliseconds(_ours, sets), _milliseconds(_direct, sets)) for _ in range(ROUNDS)]
    return paired(name, "ms", "TA-Lib direct", pairs, row=9, goal=1.3, lower=True)


def _milliseconds(work: Callable[[tuple[Column, ...]], None], sets: list[tuple[Column, ...]]) -> float:
    began = time.perf_counter()
    for bars in sets:
        work(bars)
    return 1_000 * (time.perf_counter() - began)


if __name__ == "__main__":
    for row in run():
        print(row.line())
