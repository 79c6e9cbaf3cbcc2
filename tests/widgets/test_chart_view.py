"""The chart widget: keys, read-out, crosshair, what a live bar costs."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from textual.app import ComposeResult
from textual.geometry import Region

from financehub_tui.analytics.indicators import study
from financehub_tui.clock import to_nanos
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Provenance
from financehub_tui.report.blocks import Chart, ChartStyle
from financehub_tui.widgets.chart.series import LiveBar
from financehub_tui.widgets.chart.view import ChartView
from financehub_tui.widgets.live import LiveApp

START = datetime(2017, 9, 1, tzinfo=UTC)


def chart(
    count: int = 150, *, studies: tuple[str, ...] = ("SMA20", "BB20"), style: ChartStyle = ChartStyle.CANDLE
) -> Chart:
    rng = np.random.default_rng(5)
    close = 150 + np.cumsum(rng.normal(0, 1, count))
    opened = np.concatenate(([150.0], close))[:count]
    times = [START + timedelta(days=place) for place in range(count)]
    frame = pl.DataFrame(
        {
            "time": pl.Series(times, dtype=pl.Datetime("us", "UTC")),
            "open": opened,
            "high": np.maximum(opened, close) + 0.5,
            "low": np.minimum(opened, close) - 0.5,
            "close": close,
            "volume": rng.integers(1_000, 9_000, count) * 1.0,
        }
    )
    bars = Bars(key="AAPL", interval=Interval.D1, frame=frame, provenance=Provenance(provider="t"), decimals=2)
    return Chart(title="AAPL", bars=bars, style=style, overlays=tuple(study(name, frame) for name in studies))


class ChartApp(LiveApp[None]):
    CSS = "ChartView { width: 1fr; height: 1fr; }"

    def __init__(self, shown: Chart) -> None:
        super().__init__()
        self.shown = shown

    def compose(self) -> ComposeResult:
        yield ChartView(self.shown)

    @property
    def view(self) -> ChartView:
        return self.query_one(ChartView)

    def rows(self) -> list[str]:
        return [self.view.render_line(y).text for y in range(self.view.size.height)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50), (20, 5), (12, 2)])
async def test_every_row_is_as_wide_as_the_widget(size: tuple[int, int]) -> None:
    app = ChartApp(chart(studies=("SMA20", "RSI14", "MACD")))
    async with app.run_test(size=size) as pilot:
        await pilot.press("left")
        for y in range(size[1]):
            strip = app.view.render_line(y)
            assert strip.cell_length == size[0]
            assert all(segment.style is not None and segment.style.bgcolor is not None for segment in strip)


async def test_the_crosshair_appears_at_the_newest_bar_and_reads_it_out() -> None:
    shown = chart()
    app = ChartApp(shown)
    async with app.run_test(size=(180, 40)) as pilot:
        assert app.view.cursor is None
        await pilot.press("left")
        assert app.view.cursor == 149
        await pilot.press("left", "left")
        assert app.view.cursor == 147
        close = shown.bars.frame["close"][147]
        day = START + timedelta(days=147)
        assert f"{day:%a %Y-%m-%d}" in app.rows()[0]
        assert f"C {close:.2f}" in app.rows()[0]
        assert f"SMA20 {shown.overlays[0].lines['SMA'][147]:.2f}" in app.rows()[1]
        assert f" {day:%d %b %Y} " in app.rows()[-1]
        await pilot.press("escape")
        assert app.view.cursor is None


async def test_the_day_under_the_crosshair_hides_other_labels_whole() -> None:
    app = ChartApp(chart(60))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        labels = set(app.rows()[-1].strip().split("  ")) | {""}
        labels = {label.strip() for label in labels}
        for _ in range(60):
            await pilot.press("left")
            cross = app.view._crosshair(app.view._picture)
            assert cross is not None
            row = app.rows()[-1]
            start = row.index(cross.time)
            around = f"{row[:start]}  {row[start + len(cross.time) :]}"
            assert {words.strip() for words in around.split("  ")} <= labels


async def test_home_and_end_go_to_the_first_and_newest_bar() -> None:
    app = ChartApp(chart())
    async with app.run_test(size=(180, 40)) as pilot:
        await pilot.press("home")
        assert app.view.cursor == 0
        await pilot.press("left")
        assert app.view.cursor == 0
        await pilot.press("end")
        assert app.view.cursor == 149


async def test_zoom_pan_and_fit() -> None:
    app = ChartApp(chart())
    async with app.run_test(size=(180, 40)) as pilot:
        await pilot.press("plus", "plus")
        app.rows()
        view = app.view.viewport
        assert view is not None and view.pitch == 3 and view.at_end
        await pilot.press("comma")
        app.rows()
        assert app.view.viewport is not None and app.view.viewport.start < view.start
        await pilot.press("shift+right")
        app.rows()
        assert app.view.viewport == view
        await pilot.press("0")
        app.rows()
        assert app.view.viewport is not None and app.view.viewport.at_fit


async def test_moving_out_of_the_window_brings_it_along() -> None:
    app = ChartApp(chart())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("plus", "plus", "plus", "home")
        app.rows()
        assert app.view.viewport is not None and app.view.viewport.start == 0


async def test_keys_change_style_volume_and_scale() -> None:
    app = ChartApp(chart())
    async with app.run_test(size=(180, 40)) as pilot:
        candles = app.rows()
        assert any("┃" in row for row in candles)
        await pilot.press("s")
        bars = app.rows()
        assert any("┤" in row[:150] for row in bars)
        await pilot.press("s")
        assert any("⠒" in row or "⠤" in row for row in app.rows())
        await pilot.press("s")
        assert app.rows() == candles
        await pilot.press("v")
        assert not any("▃" in row for row in app.rows())
        await pilot.press("v", "l")
        assert app.rows() != candles


async def test_a_level_line_is_moved_by_up_and_down() -> None:
    app = ChartApp(chart())
    async with app.run_test(size=(180, 40)) as pilot:
        await pilot.press("up")
        cross = app.view._crosshair(app.view._picture)
        await pilot.press("up", "up")
        moved = app.view._crosshair(app.view._picture)
        assert cross is not None and moved is not None
        assert moved.row == max(0, cross.row - 2)
        assert float(moved.price) > float(cross.price)


async def test_a_click_puts_the_crosshair_there() -> None:
    app = ChartApp(chart())
    async with app.run_test(size=(180, 40)) as pilot:
        app.rows()
        view = app.view.viewport
        assert view is not None
        await pilot.click(ChartView, offset=(view.column(100), 10))
        assert app.view.cursor == 100


def live(shown: Chart, change: float, *, ahead: int = 0) -> LiveBar:
    last = shown.bars.frame.row(-1, named=True)
    close = last["close"] + change
    return LiveBar(
        time=to_nanos(last["time"] + timedelta(days=ahead)),
        open=last["open"],
        high=max(last["high"], close),
        low=min(last["low"], close),
        close=close,
        volume=last["volume"] + 10,
    )


async def test_a_live_bar_refreshes_few_and_small_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = chart()
    app = ChartApp(shown)
    async with app.run_test(size=(180, 44)):
        app.rows()
        marked: list[Region] = []
        monkeypatch.setattr(app.view, "refresh", lambda *regions, **_: marked.extend(regions))
        before = app.view._picture
        app.view.update_last(live(shown, 0.4))
        assert before is not None
        assert 0 < len(marked) <= 60
        picture_cells = sum(region.area for region in marked[2:])
        assert picture_cells < 400
        fresh = ChartView(shown)
        assert fresh is not app.view
        wanted = app.view._raster(app.view._data()).canvas
        for row in range(wanted.height):
            assert app.view._strips[row].text.rstrip() == wanted.plain()[row].rstrip()


async def test_a_live_bar_that_begins_is_appended_and_followed() -> None:
    shown = chart()
    app = ChartApp(shown)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("plus", "plus")
        app.rows()
        app.view.update_last(live(shown, 1.0, ahead=1))
        assert app.view.viewport is not None
        assert app.view.viewport.count == 151
        assert app.view.viewport.at_end
        assert f"{START + timedelta(days=150):%Y-%m-%d}" in app.rows()[0]


async def test_an_earlier_bar_changes_nothing() -> None:
    shown = chart()
    app = ChartApp(shown)
    async with app.run_test(size=(100, 40)):
        before = app.rows()
        app.view.update_last(live(shown, 50.0, ahead=-3))
        assert app.rows() == before


async def test_newer_bars_keep_zoom_and_crosshair() -> None:
    app = ChartApp(chart())
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("plus", "plus", "left", "left")
        app.rows()
        zoomed = app.view.viewport
        app.view.set_chart(chart(151), keep=True)
        app.rows()
        assert zoomed is not None and app.view.viewport is not None
        assert (app.view.viewport.pitch, app.view.cursor) == (zoomed.pitch, 148)
        app.view.set_chart(chart(40))
        app.rows()
        assert app.view.viewport.at_fit and app.view.cursor is None


async def test_no_bars_are_survived_by_every_key() -> None:
    app = ChartApp(chart(0, studies=()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("left", "up", "plus", "minus", "comma", "home", "end", "s", "l", "v", "0")
        assert any("No bars to show." in row for row in app.rows())
        app.view.set_chart(chart(1))
        assert len(app.rows()) == 24


async def test_a_resize_keeps_the_zoom() -> None:
    app = ChartApp(chart())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("plus", "plus")
        app.rows()
        pitch = app.view.viewport.pitch if app.view.viewport else 0
        await pilot.resize_terminal(90, 30)
        await pilot.pause()
        assert len(app.rows()) == 30
        assert app.view.viewport is not None and app.view.viewport.pitch == pitch


async def test_binding_ids_are_unique() -> None:
    ids = [getattr(binding, "id", None) for binding in ChartView.BINDINGS]
    assert len(ids) == len(set(ids))
