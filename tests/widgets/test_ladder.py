"""Depth: buckets, window, bars, both views."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.containers import Horizontal

from financehub_tui.market.quote import Book, Level
from financehub_tui.themes import load_theme
from financehub_tui.widgets.bars import balance_bar, bar_cell
from financehub_tui.widgets.book_view import BookView
from financehub_tui.widgets.glyphs import ASCII, BOX
from financehub_tui.widgets.ladder import DepthLadder
from financehub_tui.widgets.ladder_model import LadderModel, book_rows, nice_step, tick_size
from financehub_tui.widgets.live import LiveApp
from financehub_tui.widgets.palette import default_palette, resolve


def book(mid=100.0, levels=20, tick=0.01, decimals=2, orders=0, **changed):
    bids = tuple(Level(round(mid - tick * (n + 1), 8), 1.0 + n, orders) for n in range(levels))
    asks = tuple(Level(round(mid + tick * (n + 1), 8), 2.0 + n, orders) for n in range(levels))
    return Book(key="X", time=0, sequence=1, bids=bids, asks=asks, decimals=decimals, **changed)


def test_rows_are_equal_price_steps_from_the_top_down():
    model = LadderModel()
    model.update(book(levels=5), 12)
    rows = model.window(12)
    assert model.step == 0.01
    prices = [row.price for row in rows]
    assert prices == sorted(prices, reverse=True)
    assert all(abs(a - b - 0.01) < 1e-9 for a, b in pairwise(prices))
    best_bid = next(row for row in rows if row.best == "bid")
    best_ask = next(row for row in rows if row.best == "ask")
    assert (round(best_bid.price, 2), best_bid.bid, best_bid.bid_sum) == (99.99, 1.0, 1.0)
    assert (round(best_ask.price, 2), best_ask.ask) == (100.01, 2.0)
    below = rows[rows.index(best_bid) + 1]
    assert (below.bid, below.bid_sum) == (2.0, 3.0)


@pytest.mark.parametrize("height", [8, 11, 20, 34, 48])
@pytest.mark.parametrize(("mid", "levels", "tick"), [(159.45, 40, 0.01), (61_827.82, 50, 0.37), (1.24, 50, 0.00001)])
def test_the_levels_known_fill_the_window(height, mid, levels, tick):
    model = LadderModel()
    model.update(book(mid=mid, levels=levels, tick=tick, decimals=5), height)
    filled = [row for row in model.window(height) if row.bid is not None or row.ask is not None]
    assert len(filled) >= height - 2


@given(st.floats(0.00002, 80_000), st.integers(1, 60), st.integers(4, 60))
def test_no_size_is_lost_in_buckets_and_sides_never_swap(mid, levels, height):
    tick = 10.0 ** -(max(0, min(8, 8 - len(str(int(mid))))))
    made = book(mid=mid + levels * tick, levels=levels, tick=tick, decimals=8)
    model = LadderModel()
    model.update(made, height)
    rows = model.window(2_000)
    total = sum(row.bid or 0 for row in rows), sum(row.ask or 0 for row in rows)
    sums = max(row.bid_sum or 0 for row in rows), max(row.ask_sum or 0 for row in rows)
    if {row.price for row in rows if row.bid} and not model.locked:
        assert sums[0] <= sum(level.size for level in made.bids) + 1e-6
        assert total[0] <= sum(level.size for level in made.bids) + 1e-6
        assert total[1] <= sum(level.size for level in made.asks) + 1e-6
    bids = [row.price for row in rows if row.best == "bid"]
    asks = [row.price for row in rows if row.best == "ask"]
    assert all(bid <= made.bids[0].price * (1 + 1e-9) for bid in bids)
    assert all(ask >= made.asks[0].price * (1 - 1e-9) for ask in asks)


def test_window_keeps_still_until_the_mid_leaves_the_middle_third():
    model = LadderModel()
    model.update(book(100.0), 30)
    top = model.window(30)[0].price
    model.update(book(100.04), 30)
    assert model.window(30)[0].price == top
    model.update(book(100.20), 30)
    assert model.window(30)[0].price > top


def test_scrolling_locks_the_window_and_centring_frees_it():
    model = LadderModel()
    model.update(book(100.0), 30)
    model.scroll(5)
    top = model.window(30)[0].price
    model.update(book(103.0), 30)
    assert model.locked
    assert model.window(30)[0].price == top
    model.recentre(30)
    assert not model.locked
    assert abs(model.window(30)[15].price - 103.0) < 0.05


def test_price_steps_can_be_coarser_and_finer_but_not_below_the_venues():
    model = LadderModel()
    model.update(book(), 40)
    model.coarser()
    model.update(book(), 40)
    assert model.step == 0.02
    assert max(row.bid or 0 for row in model.window(40)) == 39.0
    for _ in range(5):
        model.finer()
    assert model.step == 0.01


def test_nice_steps_and_ticks():
    assert [nice_step(x) for x in (0.011, 0.02, 0.3, 7, 1)] == [0.02, 0.02, 0.5, 10, 1]
    assert tick_size(book(decimals=None)) == 0.01
    assert tick_size(book(decimals=4)) == 0.0001
    assert tick_size(Book(key="X", time=0, sequence=0, bids=(), asks=())) == 0.01


def test_an_empty_or_one_sided_book_is_no_error():
    model = LadderModel()
    model.update(None, 10)
    assert model.window(10) == []
    model.update(Book(key="X", time=0, sequence=0, bids=(Level(1.0, 2.0),), asks=()), 10)
    assert [row.bid for row in model.window(10) if row.bid] == [2.0]
    assert book_rows(None, 5) == []


def test_book_rows_pair_levels_and_add_up():
    rows = book_rows(book(levels=3), 10)
    assert [(row.bid_sum, row.ask_sum) for row in rows] == [(1, 2), (3, 5), (6, 9)]


@given(st.floats(-1, 3), st.integers(1, 30), st.booleans(), st.sampled_from([BOX, ASCII]), st.booleans())
def test_a_bar_never_changes_width_or_figures(fraction, width, from_right, glyphs, colour):
    palette = resolve(load_theme("amber"), no_color=not colour)
    text = "1.25".rjust(width)[:width]
    pieces = bar_cell(text, fraction, palette, glyphs, tone="value", depth="bid_depth", from_right=from_right)
    drawn = "".join(words for words, _ in pieces)
    assert cell_len(drawn) == width
    assert [c for c in drawn if c in "125."] == [c for c in text if c in "125."]


def test_balance_is_written_as_well_as_drawn():
    text = "".join(words for words, _ in balance_bar(0.625, 40, default_palette()))
    assert len(text) == 40
    assert text.split() == ["62%", "38%"]
    assert "".join(words for words, _ in balance_bar(None, 40, default_palette())).strip() == ""


class DepthApp(LiveApp[None]):
    CSS = "DepthLadder, BookView { width: 1fr; height: 1fr; }"

    def compose(self):
        with Horizontal():
            yield DepthLadder()
            yield BookView()


def lines(widget):
    return [widget.render_line(y).text for y in range(widget.size.height)]


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (120, 40), (200, 50)])
async def test_both_views_fill_their_pane_exactly(size):
    app = DepthApp()
    async with app.run_test(size=size) as pilot:
        for view in (app.query_one(DepthLadder), app.query_one(BookView)):
            assert "No book yet."[: view.size.width - 2] in lines(view)[1]
            view.show(book(61_234.5, 40, 0.1, orders=3))
            await pilot.pause()
            assert {cell_len(line) for line in lines(view)} == {view.size.width}
            view.show(None)
            await pilot.pause()


async def test_only_lines_that_changed_are_written():
    app = DepthApp()
    async with app.run_test(size=(120, 40)) as pilot:
        view = app.query_one(DepthLadder)
        made = book(levels=12)
        view.show(made)
        await pilot.pause()
        total = app.meter.total
        view.show(made)
        await pilot.pause()
        assert app.meter.total == total
        changed = (Level(99.99, 7.0), *made.bids[1:])
        view.show(Book(key="X", time=1, sequence=2, bids=changed, asks=made.asks, decimals=2))
        await pilot.pause()
        assert 0 < app.meter.total - total <= 400


async def test_keys_scroll_lock_and_centre_the_ladder():
    app = DepthApp()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.query_one(DepthLadder)
        view.focus()
        view.show(book())
        await pilot.press("down", "pageup")
        assert view.model.locked
        assert "locked" in lines(view)[0] or view.size.width < 48
        await pilot.press("home")
        assert not view.model.locked
        await pilot.press("space", "right", "left")
        assert view.model.locked
        view.trade(99.99, -1)
        view.model.recentre(view.rows_high)
        view.show(book())
        assert any("▼" in line for line in lines(view))


async def test_a_crossed_book_is_called_so():
    app = DepthApp()
    async with app.run_test(size=(120, 24)):
        view = app.query_one(BookView)
        view.show(Book(key="X", time=0, sequence=0, bids=(Level(2.0, 1.0),), asks=(Level(1.0, 1.0),)))
        assert "CROSSED" in lines(view)[-1]


async def test_sizes_of_a_column_have_the_decimals_the_smallest_needs():
    class App(LiveApp[None]):
        def compose(self):
            yield BookView()

    small = Book(key="X", time=0, sequence=1, bids=(Level(99.0, 0.00004),), asks=(Level(101.0, 2.5),), decimals=2)
    app = App()
    async with app.run_test(size=(60, 10)):
        view = app.query_one(BookView)
        view.show(small)
        assert ["0.00004" in view.render_line(1).text, "2.50000" in view.render_line(1).text] == [True, True]
        view.show(Book(key="Y", time=0, sequence=1, bids=(Level(99.0, 300.0),), asks=(Level(101.0, 2.0),), decimals=2))
        assert view.render_line(1).text.split() == ["300", "99.00", "101.00", "2"]


async def test_why_there_is_no_book_is_told_in_full():
    class App(LiveApp[None]):
        def compose(self):
            yield DepthLadder()

    app = App()
    async with app.run_test(size=(40, 12)):
        view = app.query_one(DepthLadder)
        view.note = "Missing: order book for BTCUSDT.\n\nWhy: offline: Binance: its address cannot be looked up."
        lines = [view.render_line(y).text for y in range(1, 11)]
        assert " ".join(" ".join(lines).split()) == " ".join(view.note.split())
        assert {len(line) for line in lines} == {40}
