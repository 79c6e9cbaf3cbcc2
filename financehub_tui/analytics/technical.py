"""Technical indicators over plain arrays.

Every function takes float64 arrays of one length and gives float64 arrays of that length, NaN where the indicator
is not defined yet. A row where any input is NaN or infinite is left out of the calculation, as if the bar did not
exist, and is NaN in the answer: one missing cell does not blank what follows. The recursions, seeds and look-back
are TA-Lib's (https://ta-lib.org/functions), which is the reference for all but `vwap`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from financehub_tui.analytics.loading import talib

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

_CACHED = 10_000


def _call(function: Callable[..., Any], inputs: tuple[Floats, ...], *parameters: float) -> tuple[Floats, ...]:
    """Run a TA-Lib function over the rows where every input is there."""
    if all(map(_whole, inputs)):
        return _outputs(function(*inputs, *parameters))
    import numpy as np

    there = np.logical_and.reduce([np.isfinite(values) for values in inputs])
    answers = _outputs(function(*(values[there] for values in inputs), *parameters))
    return tuple(_spread(answer, there) for answer in answers)


def _whole(values: Floats) -> bool:
    """True where no value is NaN or infinite. A false alarm (the sum overflows) costs time only."""
    # One number that any gap spoils is found much faster than a mask. The product is the quickest where it fits the
    # processor's cache; beyond, it starts threads.
    if len(values) < _CACHED:
        return math.isfinite(values.dot(values))
    import numpy as np

    with np.errstate(all="ignore"):
        return math.isfinite(np.add.reduce(values))


def _outputs(answer: Any) -> tuple[Floats, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def _spread(values: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    import numpy as np

    full = np.full(len(there), np.nan)
    full[there] = values
    return full


def sma(close: Floats, period: int = 20) -> Floats:
    """Simple moving average."""
    return _call(talib().SMA, (close,), period)[0]


def ema(close: Floats, period: int = 20) -> Floats:
    """Exponential moving average, weight 2 / (period + 1), seeded with the simple average of the first period."""
    return _call(talib().EMA, (close,), period)[0]


def wma(close: Floats, period: int = 20) -> Floats:
    """Linearly weighted moving average: weights 1 to period, the newest the heaviest."""
    return _call(talib().WMA, (close,), period)[0]


def rsi(close: Floats, period: int = 14) -> Floats:
    """Relative strength index, 0 to 100 (Wilder 1978)."""
    return _call(talib().RSI, (close,), period)[0]


def macd(close: Floats, fast: int = 12, slow: int = 26, signal: int = 9) -> tuple[Floats, Floats, Floats]:
    """MACD line, signal line and their difference (Appel)."""
    line, average, difference = _call(talib().MACD, (close,), fast, slow, signal)
    return line, average, difference


def bollinger(close: Floats, period: int = 20, deviations: float = 2.0) -> tuple[Floats, Floats, Floats]:
    """Upper, middle and lower band: simple average ± population standard deviations (Bollinger)."""
    upper, middle, lower = _call(talib().BBANDS, (close,), period, deviations, deviations)
    return upper, middle, lower


def atr(high: Floats, low: Floats, close: Floats, period: int = 14) -> Floats:
    """Average true range in price units (Wilder 1978)."""
    return _call(talib().ATR, (high, low, close), period)[0]


def stochastic(
    high: Floats, low: Floats, close: Floats, period: int = 14, slow: int = 3, signal: int = 3
) -> tuple[Floats, Floats]:
    """Slow %K and %D, 0 to 100 (Lane): simple averages of the raw stochastic."""
    slow_k, slow_d = _call(talib().STOCH, (high, low, close), period, slow, 0, signal, 0)
    return slow_k, slow_d


def adx(high: Floats, low: Floats, close: Floats, period: int = 14) -> tuple[Floats, Floats, Floats]:
    """Average directional index, +DI and -DI, each 0 to 100 (Wilder 1978)."""
    inputs = (high, low, close)
    return (
        _call(talib().ADX, inputs, period)[0],
        _call(talib().PLUS_DI, inputs, period)[0],
        _call(talib().MINUS_DI, inputs, period)[0],
    )


def cci(high: Floats, low: Floats, close: Floats, period: int = 20) -> Floats:
    """Commodity channel index: distance from the average typical price over 0.015 mean deviations (Lambert 1980)."""
    return _call(talib().CCI, (high, low, close), period)[0]


def obv(close: Floats, volume: Floats) -> Floats:
    """On-balance volume, starting at the first bar's volume (Granville 1963)."""
    return _call(talib().OBV, (close, volume))[0]


def mfi(high: Floats, low: Floats, close: Floats, volume: Floats, period: int = 14) -> Floats:
    """Money flow index, 0 to 100: the RSI of typical price times volume (Quong and Soudack)."""
    return _call(talib().MFI, (high, low, close, volume), period)[0]


def williams_r(high: Floats, low: Floats, close: Floats, period: int = 14) -> Floats:
    """Williams %R, -100 to 0."""
    return _call(talib().WILLR, (high, low, close), period)[0]


def roc(close: Floats, period: int = 10) -> Floats:
    """Rate of change over `period` bars, in percent."""
    return _call(talib().ROC, (close,), period)[0]


def vwap(high: Floats, low: Floats, close: Floats, volume: Floats, session: Ints | None = None) -> Floats:
    """Volume-weighted average of the typical price (high + low + close) / 3, started anew in each session.

    `session` numbers the session of each bar and does not fall; without it the average runs over the whole series.
    NaN until the first volume of a session. A bar that lacks a price or a volume adds nothing and is NaN itself.
    """
    import numpy as np

    typical = (high + low + close) / 3.0
    there = np.isfinite(typical) & np.isfinite(volume)
    traded = np.where(there, volume, 0.0)
    money = np.cumsum(np.where(there, typical, 0.0) * traded)
    shares = np.cumsum(traded)
    if session is not None and len(session):
        first = np.concatenate(([0], np.flatnonzero(np.diff(session)) + 1))
        lengths = np.diff(np.append(first, len(session)))
        before = first - 1
        money -= np.repeat(np.where(before >= 0, money[before], 0.0), lengths)
        shares -= np.repeat(np.where(before >= 0, shares[before], 0.0), lengths)
    answer = np.full(len(close), np.nan)
    np.divide(money, shares, out=answer, where=there & (shares > 0))
    return answer
