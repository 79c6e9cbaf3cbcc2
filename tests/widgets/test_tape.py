"""Time and sales: a ring, filters, marks; and the one-row lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from financehub_tui.market.quote import Side, Trade
from financehub_tui.widgets.live import LiveApp
from financehub_tui.widgets.pane_title import PaneFooter, PaneTitle
from financehub_tui.widgets.status_bar import Part, StatusBar
from financehub_tui.widgets.tape import Tape
from financehub_tui.widgets.tape_model import TapeModel


def trade(number, size=1.0, side=Side.BUY):
    return Trade(
        key="X", time=1_723_075_200_000_000_000 + number * 1_000_000, price=100.0 + number, size=size, side=side
    )


@given(st.lists(st.floats(0.001, 1e6), max_size=60), st.integers(1, 20), st.floats(0, 100))
def test_newest_first_never_more_than_the_ring_and_none_below_the_filter(sizes, capacity, smallest):
    model = TapeModel(capacity, min_size=smallest)
    model.add(trade(number, size) for number, size in enumerate(sizes))
    shown = model.trades(1_000)
    times = [each.time for each in shown]
    assert times == sorted(times, reverse=True)
    assert len(shown) <= capacity
    assert all(each.size >= smallest for each in shown)
    assert model.trades(1_000, skip=1) == shown[1:]


def test_pausing_holds_the_picture_and_counts_what_is_missed():
    model = TapeModel()
    model.add([trade(1), trade(2)])
    model.pause(True)
    model.add([trade(3)])
    assert [each.price for each in model.trades(10)] == [102.0, 101.0]
    assert model.unseen == 1
    model.pause(False)
    assert model.trades(1)[0].price == 103.0
    model.clear()
    assert model.trades(5) == []


def test_large_trades_stand_out_from_the_mean_or_from_a_set_size():
    model = TapeModel()
    model.add(trade(number) for number in range(10))
    assert not model.is_large(trade(1, 1000.0))
    model.add(trade(number) for number in range(10, 30))
    assert model.is_large(trade(1, 5.0))
    assert not model.is_large(trade(1, 4.0))
    model.large = 2.0
    assert model.is_large(trade(1, 2.0))


class LinesApp(LiveApp[None]):
    def compose(self):
        yield PaneTitle()
        yield Tape(decimals=2)
        yield PaneFooter()
        yield StatusBar()


def line(widget, y=0):
    return widget.render_line(y).text


@pytest.mark.parametrize("width", [12, 30, 44, 80, 200])
async def test_every_line_fills_the_pane_and_the_aggressor_is_a_mark_too(width):
    app = LinesApp()
    async with app.run_test(size=(width, 20)) as pilot:
        tape = app.query_one(Tape)
        assert "No trades yet."[: width - 2] in line(tape, 1)
        tape.add([*(trade(n) for n in range(30)), trade(31, 9.0, Side.SELL), trade(32, 1.0, Side.UNKNOWN)])
        tape.on_tick()
        await pilot.pause()
        assert {cell_len(line(tape, y)) for y in range(tape.size.height)} == {width}
        assert "·" in line(tape, 1)
        assert "▼" in line(tape, 2)
        assert "◆" in line(tape, 2)
        assert "▲" in line(tape, 3)


async def test_the_last_line_takes_the_trades_together_and_details_are_the_venues_own():
    app = LinesApp()
    async with app.run_test(size=(80, 20)) as pilot:
        tape = app.query_one(Tape)
        tape.details = True
        sold = Trade(key="X", time=2, price=200.0, size=1.0, side=Side.SELL, id="71", condition="@ T")
        tape.add([Trade(key="X", time=1, price=100.0, size=3.0, side=Side.BUY, id="70"), sold])
        tape.on_tick()
        await pilot.pause()
        assert line(tape).split() == ["Time", "Price", "Size", "Trade", "Cond"]
        assert line(tape, 1).split()[-3:] == ["71", "@", "T"]
        words = line(tape, tape.size.height - 1)
        assert words.split() == ["VWAP", "125.00", "Volume", "4", "2", "trades", "75%", "25%"]
        tape.model.filter(2.0)
        tape.on_tick()
        assert "VWAP 100.00" in line(tape, tape.size.height - 1)


async def test_other_trades_are_shown_though_there_are_as_many_as_before():
    app = LinesApp()
    async with app.run_test(size=(80, 20)):
        tape = app.query_one(Tape)
        for first in (0, 50):
            tape.set_model(TapeModel())
            tape.add([trade(first), trade(first + 1)])
            tape.on_tick()
            assert f"{101 + first}.00" in line(tape, 1)


async def test_a_tick_without_trades_writes_nothing():
    app = LinesApp()
    async with app.run_test(size=(80, 20)) as pilot:
        tape = app.query_one(Tape)
        tape.add([trade(1)])
        tape.on_tick()
        await pilot.pause()
        frames = app.meter.frames + app.meter.skipped
        for _ in range(10):
            tape.on_tick()
            await pilot.pause()
        assert app.meter.frames + app.meter.skipped == frames


async def test_a_tape_whose_trades_are_all_too_small_says_so() -> None:
    app = LinesApp()
    async with app.run_test(size=(80, 20)):
        tape = app.query_one(Tape)
        tape.set_model(TapeModel(min_size=0.5))
        assert "No trades yet." in line(tape, 1)
        tape.add(trade(number, 0.25) for number in range(60))
        tape.on_tick()
        assert line(tape).startswith(" >= 0.5 ")
        assert "None of the newest 60 trades is of 0.5 or more." in line(tape, 1)


async def test_keys_pause_look_back_and_filter():
    app = LinesApp()
    async with app.run_test(size=(80, 20)) as pilot:
        tape = app.query_one(Tape)
        tape.focus()
        tape.add(trade(number, 1.0 + number % 3) for number in range(60))
        tape.on_tick()
        await pilot.press("down", "pagedown")
        tape.add([trade(99)])
        tape.on_tick()
        assert "PAUSED +1" in line(tape)
        assert "PAUSED +0" not in line(tape)
        assert "148.00" in line(tape, 1)
        await pilot.press("home")
        assert "199.00" in line(tape, 1)
        await pilot.press("right")
        assert ">= " in line(tape)
        assert tape.model.min_size > 1.9
        await pilot.press("right", "left", "left", "space")
        assert tape.model.min_size == 0
        assert "PAUSED" in line(tape)


async def test_lines_drop_the_least_needed_parts_and_never_overflow():
    app = LinesApp()
    async with app.run_test(size=(60, 10)) as pilot:
        bar = app.query_one(StatusBar)
        parts = [
            Part("DEMO equities", "title", True, 9),
            Part("2018-02-05 10:00", keep=5),
            Part("[/] 東京 \x1b[2J", keep=1),
        ]
        bar.show(parts, [Part("12 KB/s", "muted", keep=2)])
        assert line(bar).split("  ")[0].strip() == "DEMO equities"
        assert "\x1b" not in line(bar)
        for width in (60, 40, 20, 8, 3):
            await pilot.resize_terminal(width, 10)
            await pilot.pause()
            assert cell_len(line(bar)) == bar.size.width
        await pilot.resize_terminal(20, 10)
        await pilot.pause()
        assert line(bar).strip() == "DEMO equities"


async def test_the_same_words_again_are_not_drawn_again():
    app = LinesApp()
    async with app.run_test(size=(60, 10)) as pilot:
        bar = app.query_one(StatusBar)
        bar.show([Part("one")])
        await pilot.pause()
        frames = app.meter.frames + app.meter.skipped
        bar.show([Part("one")])
        await pilot.pause()
        assert app.meter.frames + app.meter.skipped == frames


async def test_title_names_pane_group_and_function_and_shows_the_focus():
    app = LinesApp()
    async with app.run_test(size=(60, 10)) as pilot:
        title, footer = app.query_one(PaneTitle), app.query_one(PaneFooter)
        title.describe(2, "AAPL US Equity GP", group="B", right="6M")
        footer.describe("SIM", "simulated", "2s", "429 at Yahoo")
        assert line(title).split() == ["2", "B", "AAPL", "US", "Equity", "GP", "6M"]
        assert line(footer).split() == ["SIM", "simulated", "2s", "429", "at", "Yahoo"]
        footer.describe("", "", "", "missing: unknown symbol: Last closes: does not carry SPX Index (+66 more)")
        assert line(footer).startswith(" missing: unknown symbol: Last closes: does not carry SPX")
        footer.describe("SIM", "simulated", "2s", "missing: " + "reason " * 20, "Data provided by CoinGecko")
        assert line(footer).startswith(" SIM  simulated  2s  missing: reason reason reason")
        before = {segment.style.bgcolor for segment in title.render_line(0)}
        title.set_active(True)
        await pilot.pause()
        assert before != {segment.style.bgcolor for segment in title.render_line(0)}
