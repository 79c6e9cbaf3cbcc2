"""Studies by name: `SMA50`, `BB20,2.5`, `MACD12,26,9` over a bar frame give the overlay a chart draws."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.analytics import technical
from financehub_tui.errors import CommandError
from financehub_tui.report.blocks import Overlay

if TYPE_CHECKING:
    import polars as pl

    from financehub_tui.analytics.technical import Floats, Ints

MAX_PERIOD = 100_000
"""TA-Lib's own limit."""


class Inputs(msgspec.Struct, frozen=True):
    """The columns of a bar frame as float64 arrays of one length, NaN for null."""

    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    session: Ints | None
    """Numbers the session of each bar; None where every bar is a session or longer."""
    shown: Ints
    """0 for the bars before the chart, 1 from its first bar on."""


class Parameter(msgspec.Struct, frozen=True):
    """One number of a study's name."""

    name: str
    default: float
    low: float = 2
    high: float = MAX_PERIOD
    whole: bool = True


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """What HELP says about a study, and how it is worked out."""

    name: str
    title: str
    family: str
    description: str
    formula: str
    source: str
    parameters: tuple[Parameter, ...] = ()
    panel: bool = False
    """True: drawn in a plot of its own; False: over the prices."""
    levels: tuple[float, ...] = ()
    histogram: str = ""
    aliases: tuple[str, ...] = ()
    compute: Callable[..., dict[str, Floats]]
    """(Inputs, *parameters) -> line name -> values."""

    @property
    def defaults(self) -> tuple[float, ...]:
        """The numbers used where the name gives none."""
        return tuple(parameter.default for parameter in self.parameters)

    @property
    def example(self) -> str:
        """The name with its defaults: `MACD12,26,9`."""
        return self.name + ",".join(f"{value:g}" for value in self.defaults)


def _period(default: float, low: float = 2) -> tuple[Parameter, ...]:
    return (Parameter("period", default, low),)


def _bollinger(bars: Inputs, period: int, deviations: float) -> dict[str, Floats]:
    upper, middle, lower = technical.bollinger(bars.close, period, deviations)
    return {"upper": upper, "middle": middle, "lower": lower}


def _macd(bars: Inputs, fast: int, slow: int, signal: int) -> dict[str, Floats]:
    line, average, difference = technical.macd(bars.close, fast, slow, signal)
    return {"MACD": line, "signal": average, "histogram": difference}


def _stochastic(bars: Inputs, period: int, slow: int, signal: int) -> dict[str, Floats]:
    slow_k, slow_d = technical.stochastic(bars.high, bars.low, bars.close, period, slow, signal)
    return {"%K": slow_k, "%D": slow_d}


def _adx(bars: Inputs, period: int) -> dict[str, Floats]:
    strength, plus, minus = technical.adx(bars.high, bars.low, bars.close, period)
    return {"ADX": strength, "+DI": plus, "-DI": minus}


def _vwap(bars: Inputs) -> dict[str, Floats]:
    session = bars.shown if bars.session is None else bars.session
    return {"VWAP": technical.vwap(bars.high, bars.low, bars.close, bars.volume, session)}


def _anchored_vwap(bars: Inputs) -> dict[str, Floats]:
    return {"AVWAP": technical.vwap(bars.high, bars.low, bars.close, bars.volume, bars.shown)}


_TREND, _MOMENTUM, _VOLATILITY, _VOLUME = "Trend", "Momentum", "Volatility", "Volume"

_TABLE = (
    Study(
        name="SMA",
        title="Simple moving average",
        family=_TREND,
        description="The average close of the last bars.",
        formula="sum(close, n) / n",
        source="TA-Lib SMA",
        parameters=_period(20),
        compute=lambda bars, n: {"SMA": technical.sma(bars.close, n)},
    ),
    Study(
        name="EMA",
        title="Exponential moving average",
        family=_TREND,
        description="An average in which each older close weighs less.",
        formula="EMA + 2 / (n + 1) * (close - EMA), seeded with SMA(n)",
        source="TA-Lib EMA",
        parameters=_period(20),
        compute=lambda bars, n: {"EMA": technical.ema(bars.close, n)},
    ),
    Study(
        name="WMA",
        title="Weighted moving average",
        family=_TREND,
        description="An average with weights falling in a straight line.",
        formula="sum(close[i] * i, i = 1..n) / (n (n + 1) / 2)",
        source="TA-Lib WMA",
        parameters=_period(20),
        compute=lambda bars, n: {"WMA": technical.wma(bars.close, n)},
    ),
    Study(
        name="BB",
        title="Bollinger bands",
        family=_VOLATILITY,
        description="A moving average with bands some standard deviations away.",
        formula="SMA(n) ± k * population standard deviation(close, n)",
        source="TA-Lib BBANDS; Bollinger, Bollinger on Bollinger Bands (2001)",
        parameters=(Parameter("period", 20), Parameter("deviations", 2, 0.1, 10, whole=False)),
        aliases=("BOLL", "BBANDS"),
        compute=_bollinger,
    ),
    Study(
        name="VWAP",
        title="Volume-weighted average price",
        family=_VOLUME,
        description="What the average share cost since the session began; on daily and longer bars since the first "
        "bar of the chart.",
        formula="sum(typical price * volume) / sum(volume), typical price = (high + low + close) / 3",
        source="Berkowitz, Logue and Noser, Journal of Finance 43 (1988)",
        compute=_vwap,
    ),
    Study(
        name="AVWAP",
        title="Anchored volume-weighted average price",
        family=_VOLUME,
        description="What the average share cost since the first bar of the chart.",
        formula="sum(typical price * volume) / sum(volume) from the first bar",
        source="Berkowitz, Logue and Noser, Journal of Finance 43 (1988)",
        compute=_anchored_vwap,
    ),
    Study(
        name="RSI",
        title="Relative strength index",
        family=_MOMENTUM,
        description="Average rise against average fall; above 70 is called overbought, below 30 oversold.",
        formula="100 - 100 / (1 + average gain / average loss), Wilder's averages over n",
        source="TA-Lib RSI; Wilder, New Concepts in Technical Trading Systems (1978)",
        parameters=_period(14),
        panel=True,
        levels=(30, 70),
        compute=lambda bars, n: {"RSI": technical.rsi(bars.close, n)},
    ),
    Study(
        name="MACD",
        title="Moving average convergence divergence",
        family=_MOMENTUM,
        description="The distance of two exponential averages, its own average, and the difference of these.",
        formula="EMA(fast) - EMA(slow); signal = EMA(MACD, signal); histogram = MACD - signal",
        source="TA-Lib MACD; Appel, The Moving Average Convergence-Divergence Trading Method (1985)",
        parameters=(Parameter("fast", 12), Parameter("slow", 26), Parameter("signal", 9, 1)),
        panel=True,
        levels=(0,),
        histogram="histogram",
        compute=_macd,
    ),
    Study(
        name="STOCH",
        title="Stochastic oscillator",
        family=_MOMENTUM,
        description="Where the close lies between the high and the low of the last bars.",
        formula="%K = SMA(100 (close - low(n)) / (high(n) - low(n)), slow); %D = SMA(%K, signal)",
        source="TA-Lib STOCH; Lane, Lane's Stochastics (1984)",
        parameters=(Parameter("period", 14, 1), Parameter("slow", 3, 1), Parameter("signal", 3, 1)),
        panel=True,
        levels=(20, 80),
        compute=_stochastic,
    ),
    Study(
        name="ADX",
        title="Average directional index",
        family=_TREND,
        description="How strong a trend is, with its upward and downward part.",
        formula="Wilder's average over n of 100 |+DI - -DI| / (+DI + -DI)",
        source="TA-Lib ADX; Wilder, New Concepts in Technical Trading Systems (1978)",
        parameters=_period(14),
        panel=True,
        levels=(25,),
        compute=_adx,
    ),
    Study(
        name="CCI",
        title="Commodity channel index",
        family=_MOMENTUM,
        description="How far the typical price is from its average, in mean deviations.",
        formula="(typical - SMA(typical, n)) / (0.015 * mean deviation)",
        source="TA-Lib CCI; Lambert, Commodities magazine (1980)",
        parameters=_period(20),
        panel=True,
        levels=(-100, 100),
        compute=lambda bars, n: {"CCI": technical.cci(bars.high, bars.low, bars.close, n)},
    ),
    Study(
        name="MFI",
        title="Money flow index",
        family=_VOLUME,
        description="A relative strength index of money traded.",
        formula="100 - 100 / (1 + rising money over n / falling money over n), money = typical price * volume",
        source="TA-Lib MFI; Quong and Soudack, Stocks & Commodities 7 (1989)",
        parameters=_period(14),
        panel=True,
        levels=(20, 80),
        compute=lambda bars, n: {"MFI": technical.mfi(bars.high, bars.low, bars.close, bars.volume, n)},
    ),
    Study(
        name="WILLR",
        title="Williams %R",
        family=_MOMENTUM,
        description="Where the close lies below the high of the last bars.",
        formula="-100 (high(n) - close) / (high(n) - low(n))",
        source="TA-Lib WILLR; Williams, How I Made One Million Dollars (1973)",
        parameters=_period(14),
        panel=True,
        levels=(-80, -20),
        aliases=("WR",),
        compute=lambda bars, n: {"%R": technical.williams_r(bars.high, bars.low, bars.close, n)},
    ),
    Study(
        name="ROC",
        title="Rate of change",
        family=_MOMENTUM,
        description="Percent change of the close over n bars.",
        formula="100 (close / close[n] - 1)",
        source="TA-Lib ROC",
        parameters=_period(10, 1),
        panel=True,
        levels=(0,),
        compute=lambda bars, n: {"ROC": technical.roc(bars.close, n)},
    ),
    Study(
        name="ATR",
        title="Average true range",
        family=_VOLATILITY,
        description="How far the price usually moves in one bar, gaps included.",
        formula="Wilder's average over n of max(high, previous close) - min(low, previous close)",
        source="TA-Lib ATR; Wilder, New Concepts in Technical Trading Systems (1978)",
        parameters=_period(14, 1),
        panel=True,
        compute=lambda bars, n: {"ATR": technical.atr(bars.high, bars.low, bars.close, n)},
    ),
    Study(
        name="OBV",
        title="On-balance volume",
        family=_VOLUME,
        description="Volume of rising bars less volume of falling bars.",
        formula="OBV ± volume, by the sign of close - previous close",
        source="TA-Lib OBV; Granville, New Key to Stock Market Profits (1963)",
        panel=True,
        compute=lambda bars: {"OBV": technical.obv(bars.close, bars.volume)},
    ),
)

STUDIES: dict[str, Study] = {entry.name: entry for entry in _TABLE}
"""Every study by name, grouped as HELP shows them."""

_BY_NAME = STUDIES | {alias: entry for entry in _TABLE for alias in entry.aliases}
_NAME = re.compile(r"([A-Za-z]+)(?:\(?([0-9.,]+)\)?)?")


def parse_study(text: str) -> tuple[Study, tuple[float, ...]]:
    """The study and numbers a name such as `SMA50`, `bb20,2` or `MACD(12,26,9)` stands for.

    Numbers left out take their defaults. Raises `CommandError` for an unknown name or a number out of range.
    """
    match = _NAME.fullmatch(text.strip())
    entry = _BY_NAME.get(match[1].upper()) if match else None
    if match is None or entry is None:
        name = match[1].upper() if match else text.strip().upper()
        near = get_close_matches(name, _BY_NAME, n=3, cutoff=0.5)
        hint = f"Did you mean {', '.join(near)}?" if near else f"Studies: {', '.join(STUDIES)}."
        raise CommandError(f"There is no study {text.strip()[:40]!r}.", hint, tuple(near))
    return entry, _numbers(entry, match[2])


def _numbers(entry: Study, given: str | None) -> tuple[float, ...]:
    words = given.rstrip(",").split(",") if given else []
    if len(words) > len(entry.parameters):
        raise CommandError(f"{entry.name} takes {len(entry.parameters)} numbers.", f"For example {entry.example}.")
    values = list(entry.defaults)
    for place, word in enumerate(words):
        values[place] = _number(entry, entry.parameters[place], word)
    if entry.name == "MACD" and values[0] >= values[1]:
        raise CommandError("MACD: the fast period must be below the slow one.", f"For example {entry.example}.")
    return tuple(values)


def _number(entry: Study, parameter: Parameter, word: str) -> float:
    try:
        value = int(word) if parameter.whole else float(word)
    except ValueError:
        value = -1
    if not parameter.low <= value <= parameter.high:
        limits = f"{parameter.low:g} to {parameter.high:g}"
        kind = "a whole number" if parameter.whole else "a number"
        raise CommandError(
            f"{entry.name}: {parameter.name} must be {kind} from {limits}, not {word!r}.",
            f"For example {entry.example}.",
        )
    return value


def study(
    text: str,
    frame: pl.DataFrame,
    timezone: str = "UTC",
    *,
    evening: timedelta = timedelta(),
    first: datetime | None = None,
) -> Overlay:
    """The overlay of a study over a bar frame (columns of `BAR_COLUMNS`, as in `Bars.frame`).

    Sessions begin `evening` before midnight of `timezone`: VWAP of bars within the day starts anew there. `first` is
    the chart's beginning, None the first bar's: what adds up over the chart leaves out the bars before it.
    Lines are Float64 series of the frame's length, null where not defined. Runs in any thread; the first call
    loads TA-Lib. Raises `CommandError` as `parse_study` does.
    """
    import polars as pl

    entry, numbers = parse_study(text)
    values = entry.compute(_inputs(frame, timezone, evening, first), *numbers)
    return Overlay(
        title=entry.name + ",".join(f"{number:g}" for number in numbers),
        lines={name: pl.Series(name, line, dtype=pl.Float64, nan_to_null=True) for name, line in values.items()},
        panel=entry.panel,
        levels=entry.levels,
        histogram=entry.histogram,
    )


def _inputs(frame: pl.DataFrame, timezone: str, evening: timedelta, first: datetime | None) -> Inputs:
    import numpy as np
    import polars as pl

    def column(name: str) -> Floats:
        values = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return np.ascontiguousarray(values)

    times = frame["time"]
    local = times.dt.convert_time_zone(timezone).dt.replace_time_zone(None) + evening
    days = local.dt.date().to_physical().cast(pl.Int64).to_numpy()
    sessions = days if len(days) > 1 and (np.diff(days) == 0).any() else None
    shown = np.ones(len(times), np.int64) if first is None else (times >= first).cast(pl.Int64).to_numpy()
    return Inputs(column("high"), column("low"), column("close"), column("volume"), sessions, shown)
