"""The grid on a screen: exact strips, few bytes, keys and mouse."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.report.blocks import Format
from financehub_tui.themes import theme_names
from financehub_tui.widgets.glyphs import ASCII, BOX
from financehub_tui.widgets.grid_columns import ColumnSpec, Tone
from financehub_tui.widgets.grid_flash import FlashBoard
from financehub_tui.widgets.grid_lines import GridLines
from financehub_tui.widgets.grid_model import GridModel, Group
from financehub_tui.widgets.live import LiveApp
from financehub_tui.widgets.palette import default_palette
from financehub_tui.widgets.quote_grid import QuoteGrid
from financehub_tui.widgets.screen_copy import screen_text

COLUMNS = (
    ColumnSpec(id="symbol", title="Symbol", width=8, tone=Tone.LABEL),
    ColumnSpec(id="name", title="Name", width=12, tone=Tone.TEXT, grow=True),
    ColumnSpec(
        id="last", title="Last", width=10, format=Format.PRICE, decimals_from="decimals", flash=True, arrow=True
    ),
    ColumnSpec(id="change", title="%Chg", width=8, format=Format.PERCENT, tone=Tone.TREND),
    ColumnSpec(id="volume", title="Volume", width=9, format=Format.COMPACT),
    ColumnSpec(id="trend", title="Trend", width=8, format=Format.SPARK, tone=Tone.TREND, trend_from="change"),
)


class Quotes:
    def __init__(self, count):
        self.rows = {
            f"S{number:04}": {"name": f"Name {number}", "last": 100.0 + number, "change": 0.5, "volume": 1e6}
            for number in range(count)
        }
        self.versions = dict.fromkeys(self.rows, 0)
        self.old = set()

    def value(self, row, column):
        return row if column == "symbol" else self.rows[row].get(column)

    def version(self, row):
        return self.versions[row]

    def stale(self, row):
        return row in self.old

    def set(self, row, **values):
        self.rows[row].update(values)
        self.versions[row] += 1
        return {row}


class GridApp(LiveApp[None]):
    def __init__(self, count=500, **kw):
        super().__init__(**kw)
        self.quotes = Quotes(count)
        self.heard = []
        self.copied = ""

    def compose(self):
        yield QuoteGrid(COLUMNS, self.quotes)

    def on_mount(self):
        self.grid.set_rows(self.quotes.rows)
        self.grid.focus()

    @property
    def grid(self):
        return self.query_one(QuoteGrid)

    def on_quote_grid_row_selected(self, message):
        self.heard.append(("open", message.row))

    def on_quote_grid_cursor_moved(self, message):
        self.heard.append(("cursor", message.row))

    def copy_to_clipboard(self, text):
        self.copied = text


def shown(grid):
    return [grid.render_line(y).text for y in range(grid.size.height)]


EVIL = st.text(max_size=30) | st.sampled_from(
    ["トヨタ自動車", "🙂" * 9, "a\u0301" * 20, "\u202eabc", "[/red][bold]", "\x1b[31m"]
)


@settings(max_examples=150)
@given(EVIL, EVIL, st.integers(1, 90), st.integers(0, 60), st.sampled_from([BOX, ASCII]))
def test_every_line_is_exactly_as_wide_as_the_grid(symbol, name, width, offset, glyphs):
    quotes = Quotes(1)
    quotes.rows = {symbol: {"name": name, "last": 1e12, "change": -3.0, "trend": [1, None, 3]}}
    model = GridModel(COLUMNS, quotes)
    model.set_groups([Group(name, (symbol,))])
    lines = GridLines(model, FlashBoard(), default_palette(), glyphs, width)
    lines.scroll(offset)
    for strip in (
        lines.header(),
        lines.heading(name, 1, collapsed=False),
        lines.row(symbol, surface="cursor", stale=False),
    ):
        assert strip.cell_length == width == sum(cell_len(segment.text) for segment in strip)
        assert all(segment.style.bgcolor is not None for segment in strip)
        assert "\x1b" not in strip.text
        assert "\u202e" not in strip.text
        assert not glyphs.ascii or strip.text.isascii()


def test_a_row_is_few_segments_and_its_style_runs_say_what_they_mean():
    quotes = Quotes(1)
    quotes.set("S0000", decimals=3)
    model = GridModel(COLUMNS[:4], quotes)
    model.set_rows(["S0000"])
    palette = default_palette()
    strip = GridLines(model, FlashBoard(), palette, BOX, 50).row("S0000", surface="background", stale=False)
    assert strip.text == "S0000    Name 0                  100.000   +0.50% "
    styles = [segment.style for segment in strip if segment.text.strip()]
    assert styles == [palette.style("label"), palette.style("value"), palette.style("up")]
    assert len(list(strip)) <= 6


def test_what_reads_as_zero_has_no_direction():
    quotes, palette = Quotes(1), default_palette()
    model = GridModel(COLUMNS[:4], quotes)
    model.set_rows(["S0000"])
    for change, token in ((0.004, "flat"), (-0.004, "flat"), (-0.006, "down")):
        quotes.set("S0000", change=change)
        row = GridLines(model, FlashBoard(), palette, BOX, 80).row("S0000", surface="background", stale=False)
        assert [segment.style for segment in row if "%" in segment.text] == [palette.style(token)]


def test_figures_that_do_not_fit_whole_are_left_out():
    model = GridModel(COLUMNS, Quotes(1))
    model.set_rows(["S0000"])
    lines = GridLines(model, FlashBoard(), default_palette(), BOX, 36)
    assert lines.header().text.split() == ["Symbol", "Name", "Last", "›"]
    lines.scroll(lines.steps[1])
    assert lines.header().text.split() == ["Symbol", "‹", "Last", "%Chg", "›"]
    lines.scroll(10_000)
    assert "Trend" in lines.header().text
    assert "›" not in lines.header().text


@pytest.mark.parametrize("width", range(20, 66))
def test_the_sign_that_there_are_more_columns_takes_no_letter_of_a_title(width: int) -> None:
    model = GridModel(COLUMNS, Quotes(1))
    words = GridLines(model, FlashBoard(), default_palette(), BOX, width).header().text.replace("›", " ").split()
    assert set(words) <= {column.title for column in COLUMNS}


@pytest.mark.parametrize("width", range(30, 60))
def test_room_that_columns_out_of_view_leave_over_goes_to_the_name(width):
    model = GridModel(COLUMNS, Quotes(1))
    model.set_rows(["S0000"])
    lines = GridLines(model, FlashBoard(), default_palette(), BOX, width)
    last, name = lines.placed[-1], next(column for column in lines.placed if column.spec.grow)
    assert last.x + last.width <= width
    assert last.x + last.width >= width - 2 or name.width == name.spec.grow_to
    heading = lines.heading("Most active by volume: 505 of 505 members compared", 30, collapsed=False).text
    assert heading.startswith("▾ Most active by volume")
    assert "505 of 505" in heading or "50" not in heading
    assert " 30 " in heading


def test_a_grid_that_has_no_width_yet_draws_no_mark():
    model = GridModel(COLUMNS, Quotes(1))
    model.set_rows(["S0000"])
    assert GridLines(model, FlashBoard(), default_palette(), BOX, 0).header().text == ""


def test_missing_cells_say_why_and_stale_rows_are_dim():
    quotes = Quotes(1)
    quotes.set("S0000", last=Missing(reason=Reason.RATE_LIMITED, detail="x"), change=None)
    model = GridModel(COLUMNS, quotes)
    model.set_rows(["S0000"])
    palette = default_palette()
    lines = GridLines(model, FlashBoard(), palette, BOX, 80)
    row = lines.row("S0000", surface="background", stale=False)
    assert " 429 " in row.text
    assert "–" in row.text
    dim = lines.row("S0000", surface="background", stale=True)
    assert {segment.style for segment in dim if segment.text.strip()} == {palette.style("stale")}


def test_why_a_whole_row_is_empty_is_said_once():
    quotes = Quotes(1)
    unknown = Missing(reason=Reason.UNKNOWN_SYMBOL, detail="x")
    quotes.set("S0000", last=unknown, change=unknown)
    model = GridModel(COLUMNS, quotes)
    model.set_rows(["S0000"])
    row = GridLines(model, FlashBoard(), default_palette(), BOX, 80).row("S0000", surface="background", stale=False)
    assert row.text.count("unknown") == 1 and "–" in row.text


async def test_one_changed_cell_is_one_small_frame_and_nothing_is_none():
    app = GridApp()
    async with app.run_test(size=(200, 50)) as pilot:
        app.grid.on_tick(None, 0.0)
        await pilot.pause()
        frames, total = app.meter.frames, app.meter.total
        app.grid.on_tick(app.quotes.set("S0003", last=104.5), 1.0)
        await pilot.pause()
        assert app.meter.frames == frames + 1
        assert app.meter.total - total <= 200
        app.grid.on_tick(set(), 2.0)
        await pilot.pause()
        frames, total = app.meter.frames, app.meter.total
        for second in range(3, 20):
            app.grid.on_tick(app.quotes.set("S0400", last=float(second)), float(second))
            await pilot.pause()
        assert (app.meter.frames, app.meter.total) == (frames, total)


async def test_a_full_repaint_and_a_busy_tick_stay_within_their_budgets():
    app = GridApp()
    async with app.run_test(size=(200, 50)) as pilot:
        app.grid.on_tick(None, 0.0)
        await pilot.pause()
        before = app.meter.total
        app.repaint()
        await pilot.pause()
        assert app.meter.total - before <= 30_000
        before = app.meter.total
        changed = set()
        for number in range(0, 50, 10):
            changed |= app.quotes.set(f"S{number:04}", last=1.0 + number)
        app.grid.on_tick(changed, 1.0)
        await pilot.pause()
        assert app.meter.total - before <= 1_000


async def test_flash_shows_the_change_and_goes_with_a_later_tick():
    app = GridApp(5)
    async with app.run_test(size=(80, 24)):
        grid = app.grid
        grid.on_tick(None, 0.0)
        grid.on_tick(app.quotes.set("S0001", last=200.0), 1.0)
        assert "▲200.00" in shown(grid)[2]
        assert app.palette.style("flash_up") in {segment.style for segment in grid.render_line(2)}
        grid.on_tick(set(), 2.0)
        assert app.palette.style("flash_up") not in {segment.style for segment in grid.render_line(2)}
        assert "▲200.00" in shown(grid)[2]


async def test_keys_move_select_open_sort_and_copy():
    app = GridApp(100)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "down", "space", "enter")
        assert app.heard[-1] == ("open", "S0003")
        assert app.grid.model.selected == {"S0002"}
        await pilot.press("ctrl+c")
        assert app.copied.splitlines()[1].startswith("S0002\t")
        await pilot.press("end")
        assert app.grid.model.cursor == "S0099"
        assert "S0099" in shown(app.grid)[-1]
        await pilot.press("pageup", "home")
        assert app.grid.scroll_offset.y == 0
        await pilot.press("ctrl+t", "ctrl+r")
        assert app.grid.model.sort_column == "symbol"
        assert app.grid.model.descending
        # The cursor stood on the first row: it stays there, on the one that leads now.
        assert app.grid.model.cursor == "S0099"
        assert app.grid.scroll_offset.y == 0
        assert "S0099" in shown(app.grid)[1]
        await pilot.press("ctrl+f")
        assert app.grid.model.order_frozen
        assert "=" in shown(app.grid)[0]


async def test_sorting_from_the_first_row_shows_who_leads_and_from_another_follows_it():
    app = GridApp(300)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        for number in range(300):
            app.quotes.set(f"S{number:04}", last=1000.0 - number)
        app.grid.sort("last")
        await pilot.pause()
        assert app.grid.model.cursor == "S0299"
        assert app.grid.scroll_offset.y == 0
        await pilot.press("down", "down")
        here = app.grid.model.cursor
        app.grid.sort("last", descending=True)
        assert app.grid.model.cursor == here


async def test_the_cursors_row_keeps_its_place_on_screen_when_the_order_changes():
    app = GridApp(100)
    async with app.run_test(size=(80, 24)) as pilot:
        grid = app.grid
        grid.sort("last")
        await pilot.press(*["down"] * 30)
        row = grid.model.cursor
        place = next(y for y, line in enumerate(shown(grid)) if row in line)
        changed = set()
        for number in range(3):
            changed |= app.quotes.set(f"S{number:04}", last=1000.0 + number)
        grid.on_tick(changed, 5.0)
        await pilot.pause()
        assert grid.model.cursor == row
        assert row in shown(grid)[place]


async def test_mouse_sorts_by_header_moves_opens_and_folds():
    app = GridApp(3)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click(QuoteGrid, offset=(75, 0))
        assert app.grid.model.sort_column in ("volume", "trend")
        await pilot.click(QuoteGrid, offset=(2, 3))
        assert app.heard[-1] == ("cursor", "S0002")
        await pilot.click(QuoteGrid, offset=(2, 3))
        assert app.heard[-1] == ("open", "S0002")
        await pilot.click(QuoteGrid, offset=(2, 20))
        app.grid.set_groups([Group("All", tuple(app.quotes.rows))])
        await pilot.click(QuoteGrid, offset=(2, 1))
        assert "3" in shown(app.grid)[1]
        assert app.grid.model.rows == ()


async def test_another_theme_changes_every_style_at_once():
    app = GridApp(3)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = {segment.style for segment in app.grid.render_line(1)}
        app.use_theme("light")
        await pilot.pause()
        after = {segment.style for segment in app.grid.render_line(1)}
        assert not before & after
        assert app.palette.theme.name == "light"


@pytest.mark.parametrize("theme", theme_names())
async def test_every_theme_runs(theme):
    app = GridApp(3, theme=theme)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.palette.theme.name == theme
        assert "S0002" in shown(app.grid)[3]


async def test_an_empty_grid_and_a_tiny_one_still_draw():
    app = GridApp(0)
    async with app.run_test(size=(20, 5)) as pilot:
        assert "No rows." in shown(app.grid)[1]
        await pilot.press("down", "enter", "space", "right", "ctrl+c")
        await pilot.resize_terminal(3, 2)
        await pilot.pause()
        app.grid.on_tick(None, 1.0)
        assert app.heard == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_every_visible_line_has_the_width_of_the_pane(size):
    app = GridApp(100)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert {cell_len(line) for line in shown(app.grid)} == {app.grid.scrollable_size.width}


async def test_the_scroll_bar_hides_no_figure():
    app = GridApp(100)
    async with app.run_test(size=(70, 24)) as pilot:
        await pilot.pause()
        lines = screen_text(app).splitlines()
        assert app.grid.scrollable_size.width == 69
        assert lines[0].rstrip().endswith("Trend")
        app.grid.set_rows(["S0001"])
        await pilot.pause()
        assert app.grid.scrollable_size.width == 70
        assert cell_len(shown(app.grid)[1]) == 70


async def test_a_hidden_grid_draws_nothing_and_is_right_when_it_comes_back():
    app = GridApp(5)
    async with app.run_test(size=(80, 24)) as pilot:
        app.grid.on_tick(None, 0.0)
        await pilot.pause()
        app.grid.display = False
        await pilot.pause()
        counts = (app.meter.frames, app.meter.skipped)
        for second in range(1, 5):
            app.grid.on_tick(app.quotes.set("S0002", last=700.0 + second), float(second))
            await pilot.pause()
        assert (app.meter.frames, app.meter.skipped) == counts
        app.grid.display = True
        await pilot.pause()
        await pilot.pause()
        assert "704.00" in screen_text(app)


async def test_a_theme_file_that_changed_is_taken_up_again(tmp_path):
    (tmp_path / "mine.toml").write_text('extends = "dark"\nup = "#00ff00"\n')
    app = GridApp(3)
    async with app.run_test(size=(80, 24)) as pilot:
        app.use_theme("mine", tmp_path)
        await pilot.pause()
        (tmp_path / "mine.toml").write_text('extends = "dark"\nup = "#00ee00"\n')
        app.use_theme("mine", tmp_path)
        await pilot.pause()
        assert app.palette.style("up") in {segment.style for segment in app.grid.render_line(2)}
        assert app.get_css_variables()["fh-up"] == "#00ee00"
