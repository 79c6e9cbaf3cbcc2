"""Pictures of charts as text. `UPDATE_GOLDENS=1 pytest` writes them anew: look at them before committing."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financehub_tui.analytics.indicators import study
from financehub_tui.clock import to_nanos
from financehub_tui.market.bars import Bars, CorporateAction, Interval
from financehub_tui.market.provenance import Provenance
from financehub_tui.report.blocks import Chart, ChartStyle, Overlay
from financehub_tui.widgets.chart.canvas import Canvas, braille, trace
from financehub_tui.widgets.chart.raster import Look, Picture, draw, drawn_style
from financehub_tui.widgets.chart.readout import headline, legend, panel_legend
from financehub_tui.widgets.chart.series import series
from financehub_tui.widgets.chart.viewport import Viewport
from financehub_tui.widgets.glyphs import ASCII, BLOCK, BOX, GlyphSet

GOLDENS = Path(__file__).parent / "chart_goldens"
START = datetime(2017, 12, 1, tzinfo=UTC)


def wave(count: int = 40, *, scale: float = 1.0, shift: float = 100.0) -> pl.DataFrame:
    """A deterministic wandering price with wicks, gaps, a doji and a bar without volume."""
    steps = np.sin(np.arange(count) * 0.45) * 2 + np.cos(np.arange(count) * 1.7) * 1.2
    close = shift + scale * np.cumsum(steps)
    opened = np.concatenate(([shift], close))[:count] + scale * 0.2
    if count > 6:
        opened[6] = close[6]
    times = [START + timedelta(days=place) for place in range(count)]
    volume = 1_000.0 + 700 * np.abs(steps)
    return pl.DataFrame(
        {
            "time": pl.Series(times, dtype=pl.Datetime("us", "UTC")),
            "open": opened,
            "high": np.maximum(opened, close) + scale * np.abs(np.cos(np.arange(count))),
            "low": np.minimum(opened, close) - scale * np.abs(np.sin(np.arange(count))),
            "close": close,
            "volume": pl.Series(
                [None if place == 3 else value for place, value in enumerate(volume)], dtype=pl.Float64
            ),
        }
    )


def bars(frame: pl.DataFrame, key: str = "AAPL", *, interval: Interval = Interval.D1, marks: bool = False) -> Bars:
    actions = (
        CorporateAction(time=to_nanos(START + timedelta(days=9)), kind="dividend", value=0.63, currency="USD"),
        CorporateAction(time=to_nanos(START + timedelta(days=25)), kind="split", value=2),
    )
    origin = Provenance(provider="test")
    return Bars(
        key=key,
        interval=interval,
        frame=frame,
        provenance=origin,
        decimals=2,
        actions=actions if marks else (),
    )


def picture(
    chart: Chart, width: int = 60, height: int = 18, *, glyphs: GlyphSet = BOX, view: Viewport | None = None
) -> Picture:
    look = Look(style=chart.style, log=chart.log_scale, volume=chart.volume, glyphs=glyphs)
    return draw(series(chart), look, width, height, view)


def check(name: str, made: Picture) -> None:
    text = "\n".join(line.rstrip() for line in made.canvas.plain()) + "\n"
    path = GOLDENS / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("style", list(ChartStyle))
def test_styles(style: ChartStyle) -> None:
    check(f"style_{style.value}", picture(Chart(title="c", bars=bars(wave(), marks=True), style=style)))


def test_wide_candles_are_frames_and_blocks() -> None:
    chart = Chart(title="c", bars=bars(wave()), style=ChartStyle.CANDLE, volume=False)
    check("wide_candles", picture(chart, view=Viewport(40, 50, 1, 6, 32)))


def test_studies_over_and_under_the_prices() -> None:
    frame = wave(60)
    overlays = tuple(study(name, frame) for name in ("SMA10", "BB10", "RSI14", "MACD"))
    check("studies", picture(Chart(title="c", bars=bars(frame), style=ChartStyle.CANDLE, overlays=overlays), 76, 34))


def test_ascii_and_block_glyphs() -> None:
    frame = wave()
    chart = Chart(title="c", bars=bars(frame), style=ChartStyle.CANDLE, overlays=(study("EMA5", frame),))
    made = picture(chart, glyphs=ASCII)
    assert all(line.isascii() for line in made.canvas.plain())
    check("ascii", made)
    check("block", picture(Chart(title="c", bars=bars(frame), volume=False), glyphs=BLOCK))


def test_a_comparison_has_lines_and_a_value_for_each() -> None:
    compare = (bars(wave(shift=50.0, scale=0.2), "MSFT"), bars(wave(30, shift=20.0, scale=-0.1), "XOM"))
    chart = Chart(
        title="c", bars=bars(wave()), compare=compare, labels=("AAPL", "MSFT", "XOM"), style=ChartStyle.CANDLE
    )
    made = picture(chart)
    check("compare", made)
    words = [run[0] for run in legend(series(chart), made, None)]
    assert words[0].startswith("MSFT ")
    assert words[1].strip().startswith("XOM ")


def test_zoomed_out_bars_are_grouped_and_lines_keep_every_bar() -> None:
    frame = wave(900, scale=0.3)
    chart = Chart(title="c", bars=bars(frame), style=ChartStyle.CANDLE)
    made = picture(chart)
    assert made.viewport.step > 1
    check("zoomed_out", made)


def test_log_scale() -> None:
    frame = wave(60).with_columns(pl.col("open", "high", "low", "close").map_batches(lambda s: (s / 8).exp()))
    check("log", picture(Chart(title="c", bars=bars(frame), style=ChartStyle.LINE, log_scale=True, volume=False)))


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("empty", wave(0)),
        ("one_bar", wave(1)),
        ("flat", wave(20).with_columns(open=100.0, high=100.0, low=100.0, close=100.0)),
        ("negative", wave(30, shift=-3.0)),
        ("nulls", wave(30).with_columns(close=pl.when(pl.col("volume") > 2_000).then(None).otherwise(pl.col("close")))),
    ],
)
def test_unusual_data(name: str, frame: pl.DataFrame) -> None:
    check(
        f"unusual_{name}", picture(Chart(title="c", bars=bars(frame), style=ChartStyle.CANDLE, log_scale=True), 46, 12)
    )
    picture(Chart(title="c", bars=bars(frame), style=ChartStyle.LINE, overlays=(study("RSI14", frame),)))


shapes = st.tuples(st.integers(1, 160), st.integers(1, 60))


@settings(max_examples=80, deadline=None)
@given(shapes, st.integers(0, 300), st.sampled_from(list(ChartStyle)), st.booleans(), st.integers(-3, 8))
def test_any_size_any_count_any_zoom_is_drawn(
    size: tuple[int, int], count: int, style: ChartStyle, log: bool, zooms: int
) -> None:
    frame = wave(count)
    chart = Chart(
        title="c", bars=bars(frame, marks=True), style=style, log_scale=log, overlays=(study("MACD3,6,2", frame),)
    )
    data, look = series(chart), Look(style=style, log=log)
    made = draw(data, look, *size)
    view = made.viewport
    for _ in range(abs(zooms)):
        view = view.zoom(zooms > 0, count // 2) if count else view
    made = draw(data, look, *size, view if count else None)
    rows = made.canvas.rows()
    assert len(rows) == max(4, size[1])
    assert {sum(len(words) for words, _ in row) for row in rows} == {max(10, size[0])}


def test_candle_rows_are_those_of_their_prices() -> None:
    chart = Chart(title="c", bars=bars(wave()), style=ChartStyle.CANDLE, volume=False)
    made = picture(chart, 60, 30)
    plain = made.canvas.plain()
    for slot in made.viewport.visible:
        column = made.viewport.column(slot)
        ink = [row for row in range(made.layout.plot.rows) if plain[row][column] in "│┃╵╷╹╻╿╽█▀▄"]
        assert ink[0] == made.scale.at(float(made.candles.high[slot]))
        assert ink[-1] == made.scale.at(float(made.candles.low[slot]))


def test_rising_and_falling_bodies_differ_without_colour() -> None:
    chart = Chart(title="c", bars=bars(wave()), style=ChartStyle.CANDLE, volume=False)
    for glyphs, rising, falling in ((BOX, "┃╻╹", "█▀▄"), (ASCII, "O", "#")):
        made = picture(chart, 60, 40, glyphs=glyphs)
        plain = made.canvas.plain()
        for slot in made.viewport.visible:
            candles = made.candles
            column = made.viewport.column(slot)
            body = {plain[row][column] for row in range(made.layout.plot.rows)} & set("┃╻╹█▀▄O#")
            up = candles.close[slot] > candles.open[slot]
            assert body <= set(rising if up or candles.close[slot] == candles.open[slot] else falling)


def test_the_last_price_is_tagged_in_the_colour_of_its_direction() -> None:
    made = picture(Chart(title="c", bars=bars(wave())))
    tags = [run for row in made.canvas.rows() for run in row if run[1] in ("flash_up", "flash_down")]
    close = made.candles.close
    assert tags == [(f" {close[-1]:>7.2f}"[-len(tags[0][0]) :], "flash_up" if close[-1] >= close[-2] else "flash_down")]


def test_the_read_out_says_date_prices_change_and_volume() -> None:
    chart = Chart(title="c", bars=bars(wave(), marks=True), style=ChartStyle.CANDLE)
    data, made = series(chart), picture(chart)
    words = "".join(run[0] for run in headline(data, made, Look(), 9))
    close, before = data.candles.close[9], data.candles.close[8]
    assert words.startswith("Sun 2017-12-10 ")
    assert f"C {close:.2f}" in words
    assert f"{100 * (close / before - 1):+.2f}%" in words
    assert words.endswith("dividend 0.63 USD")
    assert "2018-01-09" in "".join(run[0] for run in headline(data, made, Look(), None))


def test_closes_alone_are_a_line_and_no_open_high_or_low_is_said() -> None:
    frame = wave().with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in ("open", "high", "low"))
    chart = Chart(title="c", bars=bars(frame), style=ChartStyle.CANDLE)
    data, made, look = series(chart), picture(chart), Look(ChartStyle.CANDLE)
    words = "".join(run[0] for run in headline(data, made, look, 9))
    assert f" C {data.candles.close[9]:.2f}" in words
    assert not any(f" {letter} " in words for letter in "OHL")
    assert drawn_style(data, look) is ChartStyle.LINE


def test_a_volume_of_nothing_but_zeros_is_not_said() -> None:
    chart = Chart(title="c", bars=bars(wave().with_columns(volume=0.0)))
    data = series(chart)
    assert " V " not in "".join(run[0] for run in headline(data, picture(chart), Look(), None))


def test_sub_plots_say_their_values_at_the_bar() -> None:
    frame = wave(60)
    chart = Chart(title="c", bars=bars(frame), overlays=(study("MACD", frame),))
    data = series(chart)
    words = "".join(run[0] for run in panel_legend(data.panels[0], picture(chart, 100, 40), 50))
    assert words.startswith("MACD12,26,9 ")
    assert f"signal {study('MACD', frame).lines['signal'][50]:.2f}" in words


@pytest.mark.parametrize("width", range(8, 110, 3))
def test_lines_over_a_chart_leave_out_whole_figures_where_room_is_short(width: int) -> None:
    frame = wave(60)
    studies = tuple(study(name, frame) for name in ("SMA20", "EMA5", "BB20", "MACD"))
    chart = Chart(title="c", bars=bars(frame), style=ChartStyle.CANDLE, overlays=studies)
    data, made = series(chart), picture(chart, 100, 40)
    full = {run[0].strip() for run in (*legend(data, made, 50), *panel_legend(data.panels[0], made, 50))}
    for runs in (legend(data, made, 50, width), panel_legend(data.panels[0], made, 50, width)):
        assert {run[0].strip() for run in runs} <= full | {""}
        assert sum(len(words) for words, _ in runs) <= max(width, 1)
    shown = headline(data, made, Look(log=True), 50, width)
    assert sum(len(words) for words, _ in shown) <= max(width, 9)


@pytest.mark.parametrize("over", [("SMA20",), ()])
def test_a_sub_plot_there_is_no_room_for_is_named(over: tuple[str, ...]) -> None:
    frame = wave(60)
    studies = tuple(study(name, frame) for name in (*over, "RSI14", "MACD"))
    chart = Chart(title="c", bars=bars(frame), overlays=studies)
    for height, said in ((12, True), (60, False)):
        data, made = series(chart), picture(chart, 100, height)
        words = "".join(run[0] for run in (*headline(data, made, Look(), None), *legend(data, made, None)))
        assert ("no room for MACD12,26,9" in words) is said


@pytest.mark.parametrize("over", [("SMA20", "BB20"), ()])
def test_a_narrow_chart_says_first_which_sub_plot_is_not_seen(over: tuple[str, ...]) -> None:
    frame = wave(60)
    chart = Chart(title="c", bars=bars(frame), overlays=tuple(study(name, frame) for name in (*over, "RSI14")))
    data, made = series(chart), picture(chart, 60, 8)
    words = "".join(run[0] for run in (*headline(data, made, Look(), None, 60), *legend(data, made, None, 60)))
    assert "no room for RSI14" in words
    assert "2018-" in words


def test_a_narrow_chart_says_the_day_briefly_rather_than_leave_out_the_range() -> None:
    chart = Chart(title="c", bars=bars(wave()), style=ChartStyle.CANDLE)
    data, made = series(chart), picture(chart)
    words = "".join(run[0] for run in headline(data, made, Look(ChartStyle.CANDLE), 9, 54))
    assert words.startswith("2017-12-10 ")
    assert all(f" {letter} " in words for letter in "OHLC")
    assert "LOG" in "".join(run[0] for run in headline(data, made, Look(log=True), 9))


def test_overlays_of_nulls_and_nans_are_left_out() -> None:
    frame = wave(30)
    nothing = Overlay(title="X", lines={"X": pl.Series([None] * 15 + [float("nan")] * 15, dtype=pl.Float64)})
    with_it = picture(Chart(title="c", bars=bars(frame), overlays=(nothing,)))
    assert with_it.canvas.plain() == picture(Chart(title="c", bars=bars(frame))).canvas.plain()


def test_a_braille_line_is_whole_and_breaks_at_gaps() -> None:
    dots = trace(np.array([0.0, 5.0, 9.9]), np.array([3.9, 0.1, 3.9]), 10, 4)
    assert dots.any(axis=0).sum() == 20
    gap = trace(np.arange(10) + 0.5, np.array([1.0] * 4 + [np.nan] * 2 + [1.0] * 4), 10, 4)
    assert not gap[:, 8:11].any()
    assert "".join(map(chr, braille(trace(np.array([0.0, 2.0]), np.array([0.0, 0.0]), 2, 1))[0])) == "⠉⠉"


def test_runs_are_few_and_blanks_do_not_split_them() -> None:
    canvas = Canvas(20, 1)
    canvas.text(0, 2, "ab", "up")
    canvas.text(0, 6, "cd", "up")
    canvas.text(0, 10, " 1 ", "flash_up")
    assert canvas.rows()[0][-2:] == [(" 1 ", "flash_up"), ("       ", "text")]
    assert ("ab  cd  ", "up") in canvas.rows()[0]
