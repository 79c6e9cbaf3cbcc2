"""Studies against TA-Lib itself and against formulas worked out again in numpy."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from financehub_tui.analytics import technical
from financehub_tui.analytics.indicators import STUDIES, parse_study, study
from financehub_tui.errors import CommandError


def walk(count: int = 300, seed: int = 3) -> dict[str, np.ndarray]:
    """A random walk as open, high, low, close and volume."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, count)))
    opened = np.concatenate(([100.0], close[:-1]))
    spread = np.abs(rng.normal(0, 0.5, count))
    high, low = np.maximum(opened, close) + spread, np.minimum(opened, close) - spread
    return {"open": opened, "high": high, "low": low, "close": close, "volume": rng.integers(1, 9_999, count) * 1.0}


def frame(columns: dict[str, np.ndarray], step: timedelta = timedelta(days=1)) -> pl.DataFrame:
    start = datetime(2018, 2, 5, 14, 30, tzinfo=UTC) if step < timedelta(days=1) else datetime(2018, 2, 5, tzinfo=UTC)
    times = [start + place * step for place in range(len(columns["close"]))]
    return pl.DataFrame({"time": pl.Series(times, dtype=pl.Datetime("us", "UTC")), **columns})


def test_every_study_equals_ta_lib_called_directly() -> None:
    bars = walk()
    h, low, c, v = bars["high"], bars["low"], bars["close"], bars["volume"]
    expected = {
        "SMA20": {"SMA": talib.SMA(c, 20)},
        "EMA20": {"EMA": talib.EMA(c, 20)},
        "WMA20": {"WMA": talib.WMA(c, 20)},
        "BB20,2.5": dict(zip(("upper", "middle", "lower"), talib.BBANDS(c, 20, 2.5, 2.5), strict=True)),
        "RSI14": {"RSI": talib.RSI(c, 14)},
        "MACD12,26,9": dict(zip(("MACD", "signal", "histogram"), talib.MACD(c, 12, 26, 9), strict=True)),
        "STOCH14,3,3": dict(zip(("%K", "%D"), talib.STOCH(h, low, c, 14, 3, 0, 3, 0), strict=True)),
        "ADX14": {
            "ADX": talib.ADX(h, low, c, 14),
            "+DI": talib.PLUS_DI(h, low, c, 14),
            "-DI": talib.MINUS_DI(h, low, c, 14),
        },
        "CCI20": {"CCI": talib.CCI(h, low, c, 20)},
        "MFI14": {"MFI": talib.MFI(h, low, c, v, 14)},
        "WILLR14": {"%R": talib.WILLR(h, low, c, 14)},
        "ROC10": {"ROC": talib.ROC(c, 10)},
        "ATR14": {"ATR": talib.ATR(h, low, c, 14)},
        "OBV": {"OBV": talib.OBV(c, v)},
    }  # fmt: skip
    assert {parse_study(name)[0].name for name in expected} | {"VWAP", "AVWAP"} == set(STUDIES)
    for name, lines in expected.items():
        made = study(name, frame(bars))
        assert list(made.lines) == list(lines)
        for line, values in lines.items():
            np.testing.assert_allclose(made.lines[line].fill_null(float("nan")).to_numpy(), values, rtol=1e-12)


def test_averages_equal_their_formulas() -> None:
    close, n = walk()["close"], 7
    windows = np.lib.stride_tricks.sliding_window_view(close, n)
    weights = np.arange(1, n + 1)
    np.testing.assert_allclose(technical.sma(close, n)[n - 1 :], windows.mean(axis=1))
    np.testing.assert_allclose(technical.wma(close, n)[n - 1 :], windows @ weights / weights.sum())
    upper, middle, lower = technical.bollinger(close, n, 2.0)
    np.testing.assert_allclose(upper[n - 1 :], windows.mean(axis=1) + 2 * windows.std(axis=1))
    np.testing.assert_allclose(upper - middle, middle - lower, rtol=1e-8)
    expected = [windows[0].mean()]
    for price in close[n:]:
        expected.append(expected[-1] + 2 / (n + 1) * (price - expected[-1]))
    np.testing.assert_allclose(technical.ema(close, n)[n - 1 :], expected)


def test_rsi_and_atr_equal_wilders_recursions() -> None:
    bars, n = walk(), 14
    change = np.diff(bars["close"])
    gain, loss = np.maximum(change, 0), np.maximum(-change, 0)
    up, down = gain[:n].mean(), loss[:n].mean()
    expected = [100 - 100 / (1 + up / down)]
    for rise, fall in zip(gain[n:], loss[n:], strict=True):
        up, down = (up * (n - 1) + rise) / n, (down * (n - 1) + fall) / n
        expected.append(100 - 100 / (1 + up / down))
    np.testing.assert_allclose(technical.rsi(bars["close"], n)[n:], expected)
    before = bars["close"][:-1]
    ranges = np.maximum(bars["high"][1:], before) - np.minimum(bars["low"][1:], before)
    average = ranges[:n].mean()
    wanted = [average]
    for size in ranges[n:]:
        average = (average * (n - 1) + size) / n
        wanted.append(average)
    np.testing.assert_allclose(technical.atr(bars["high"], bars["low"], bars["close"], n)[n:], wanted)


def test_oscillators_equal_their_formulas() -> None:
    bars, n = walk(), 14
    view = np.lib.stride_tricks.sliding_window_view
    top, bottom = view(bars["high"], n).max(axis=1), view(bars["low"], n).min(axis=1)
    close = bars["close"][n - 1 :]
    williams = technical.williams_r(bars["high"], bars["low"], bars["close"], n)
    np.testing.assert_allclose(williams[n - 1 :], -100 * (top - close) / (top - bottom))
    raw = 100 * (close - bottom) / (top - bottom)
    slow = view(raw, 3).mean(axis=1)
    slow_k, slow_d = technical.stochastic(bars["high"], bars["low"], bars["close"], n, 3, 3)
    np.testing.assert_allclose(slow_k[~np.isnan(slow_k)], slow[2:])
    np.testing.assert_allclose(slow_d[~np.isnan(slow_d)], view(slow, 3).mean(axis=1))
    typical = (bars["high"] + bars["low"] + bars["close"]) / 3
    windows = view(typical, n)
    mean = windows.mean(axis=1)
    deviation = np.abs(windows - mean[:, None]).mean(axis=1)
    found = technical.cci(bars["high"], bars["low"], bars["close"], n)[n - 1 :]
    np.testing.assert_allclose(found, (typical[n - 1 :] - mean) / (0.015 * deviation), rtol=1e-6)
    np.testing.assert_allclose(
        technical.roc(bars["close"], 10)[10:], 100 * (bars["close"][10:] / bars["close"][:-10] - 1)
    )


def test_a_missing_bar_is_left_out_and_does_not_blank_what_follows() -> None:
    close = walk()["close"]
    holed = np.insert(close, [5, 50, 120], np.nan)
    for name in ("sma", "ema", "wma", "rsi", "roc"):
        function = getattr(technical, name)
        answer = function(holed, 14)
        assert np.isnan(answer[np.isnan(holed)]).all()
        np.testing.assert_array_equal(answer[~np.isnan(holed)], function(close, 14))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.floats(0.01, 1e6), st.none(), st.just(float("inf"))), max_size=60),
    st.sampled_from([entry.example for entry in STUDIES.values()]),
)
def test_any_prices_give_lines_of_their_length(prices: list[float | None], name: str) -> None:
    close = np.array([np.nan if price is None else price for price in prices], dtype=np.float64)
    bars = {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close, "volume": np.abs(close)}
    made = study(name, frame(bars))
    assert all(len(line) == len(close) and line.dtype == pl.Float64 for line in made.lines.values())


@given(st.integers(2, 60), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_bounded_oscillators_stay_in_their_bounds(period: int, seed: int) -> None:
    bars = walk(120, seed)
    h, low, c, v = bars["high"], bars["low"], bars["close"], bars["volume"]
    for values, bottom, top in (
        (technical.rsi(c, period), 0, 100),
        (technical.mfi(h, low, c, v, period), 0, 100),
        (technical.williams_r(h, low, c, period), -100, 0),
        (technical.adx(h, low, c, period)[0], 0, 100),
    ):
        known = values[~np.isnan(values)]
        assert ((known >= bottom - 1e-9) & (known <= top + 1e-9)).all()


def test_vwap_starts_anew_each_session_in_the_given_zone() -> None:
    bars = walk(60)
    # 30 bars of half an hour from 14:30 UTC: midnight in New York is at 05:00 UTC, 29 bars on.
    made = study("VWAP", frame(bars, timedelta(minutes=30)), "America/New_York").lines["VWAP"].to_numpy()
    typical = (bars["high"] + bars["low"] + bars["close"]) / 3
    assert made[28] == pytest.approx((typical[:29] * bars["volume"][:29]).sum() / bars["volume"][:29].sum())
    assert made[29] == pytest.approx(typical[29])
    anchored = study("AVWAP", frame(bars, timedelta(minutes=30))).lines["AVWAP"].to_numpy()
    assert anchored[-1] == pytest.approx((typical * bars["volume"]).sum() / bars["volume"].sum())


def test_vwap_of_daily_bars_runs_from_the_first() -> None:
    bars = walk(40)
    assert study("VWAP", frame(bars)).lines["VWAP"].equals(study("AVWAP", frame(bars)).lines["AVWAP"].alias("VWAP"))


def test_vwap_leaves_out_the_bars_before_the_chart() -> None:
    bars = walk(40)
    shown = frame(bars)
    typical = (bars["high"] + bars["low"] + bars["close"]) / 3
    expected = (typical[30:] * bars["volume"][30:]).sum() / bars["volume"][30:].sum()
    for name in ("VWAP", "AVWAP"):
        (line,) = study(name, shown, first=shown["time"][30]).lines.values()
        assert line[30] == pytest.approx(typical[30])
        assert line[-1] == pytest.approx(expected)


def test_vwap_of_a_session_that_begins_in_the_evening() -> None:
    bars = walk(30)
    # 30 bars of half an hour from 14:30 UTC: 17:00 in New York is at 22:00 UTC, 15 bars on.
    made = study("VWAP", frame(bars, timedelta(minutes=30)), "America/New_York", evening=timedelta(hours=7))
    typical = (bars["high"] + bars["low"] + bars["close"]) / 3
    line = made.lines["VWAP"].to_numpy()
    assert line[15] == pytest.approx(typical[15])
    assert line[29] == pytest.approx((typical[15:] * bars["volume"][15:]).sum() / bars["volume"][15:].sum())


def test_vwap_skips_bars_without_volume_or_price() -> None:
    nan = float("nan")
    price, volume = np.array([1.0, nan, 3.0, 4.0]), np.array([nan, 5.0, 2.0, 0.0])
    np.testing.assert_array_equal(technical.vwap(price, price, price, volume), [nan, nan, 3.0, 3.0])


@pytest.mark.parametrize(
    ("text", "name", "numbers"),
    [
        ("SMA50", "SMA", (50,)),
        ("ema20", "EMA", (20,)),
        ("BB20", "BB", (20, 2)),
        ("BB20,2", "BB", (20, 2)),
        ("BOLL(20,2.5)", "BB", (20, 2.5)),
        ("MACD", "MACD", (12, 26, 9)),
        ("MACD5,35,5", "MACD", (5, 35, 5)),
        ("STOCH", "STOCH", (14, 3, 3)),
        (" vwap ", "VWAP", ()),
    ],
)
def test_names_are_read(text: str, name: str, numbers: tuple[float, ...]) -> None:
    entry, found = parse_study(text)
    assert (entry.name, found) == (name, numbers)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SMAA20", "no study"),
        ("", "no study"),
        ("[/]", "no study"),
        ("SMA0", "period must be a whole number from 2"),
        ("SMA2.5", "period must be"),
        ("RSI999999999", "to 100000"),
        ("SMA20,3", "takes 1"),
        ("MACD26,12", "fast period"),
        ("BB20,nan", "no study"),
    ],
)
def test_wrong_names_give_one_clear_line(text: str, words: str) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        parse_study(text)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@given(st.text(max_size=30))
def test_any_text_is_a_study_or_a_command_error(text: str) -> None:
    try:
        entry, numbers = parse_study(text)
    except CommandError:
        return
    assert len(numbers) == len(entry.parameters)


def test_every_study_says_what_help_needs() -> None:
    for entry in STUDIES.values():
        assert entry.title and entry.family and entry.description and entry.formula and entry.source
        assert parse_study(entry.example) == (entry, entry.defaults)
        assert entry.panel or not entry.levels
