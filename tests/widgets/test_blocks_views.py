"""Blocks of a report on screen: what their lines say, keys, picks, sizes."""

import subprocess
import sys
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import ComposeResult
from textual.widget import Widget

from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.provenance import Missing, Provenance, Reason
from financehub_tui.report.blocks import (
    Block,
    Chart,
    Column,
    Field,
    Format,
    KeyValues,
    Matrix,
    Node,
    Report,
    Table,
    Text,
    Tree,
)
from financehub_tui.widgets.blocks.base import Picked
from financehub_tui.widgets.blocks.columns import GAP, TableModel
from financehub_tui.widgets.blocks.heights import Want, heights
from financehub_tui.widgets.blocks.labelled import Labelled, arranged
from financehub_tui.widgets.blocks.matrix_view import MatrixView
from financehub_tui.widgets.blocks.report_view import MissingView, ReportView
from financehub_tui.widgets.blocks.table_view import TableView
from financehub_tui.widgets.blocks.text_view import TextView
from financehub_tui.widgets.blocks.tree_view import TreeView
from financehub_tui.widgets.blocks.wrap import wrap
from financehub_tui.widgets.glyphs import ASCII, BOX, GlyphSet
from financehub_tui.widgets.live import LiveApp

NONE = Missing(reason=Reason.NO_KEY, detail="Finnhub needs a key")
WILD = "[red]日本電信電話[/] \x1b[31m 🚀 \u202eabc"


def table(rows: int = 100, **changes: object) -> Table:
    frame = pl.DataFrame(
        {
            "day": [date(2018, 1, 1) + timedelta(days=place) for place in range(rows)],
            "close": pl.Series([100.0 + (place * 37) % 50 for place in range(rows)], dtype=pl.Float64),
            "change": pl.Series(
                [None if place == 0 else (-1.0) ** place * place for place in range(rows)], dtype=pl.Float64
            ),
            "note": pl.Series([f"note {place}" for place in range(rows)], dtype=pl.String),
        }
    )
    columns = (
        Column(name="day", title="Date", format=Format.DATE),
        Column(name="close", title="Close", format=Format.PRICE),
        Column(name="change", title="Chg", format=Format.PERCENT, signed=True),
        Column(name="note", title="Note"),
    )
    fields: dict[str, object] = {
        "title": "History",
        "frame": frame,
        "columns": columns,
        "pick_lines": tuple(f"ROW {place}" for place in range(rows)),
        "footer": (("Average", "123.45"),),
    }
    return Table(**(fields | changes))


def values(count: int = 6) -> KeyValues:
    fields = [Field(label=f"Label {place}", value=place * 1.5, format=Format.PRICE) for place in range(count - 2)]
    fields += [Field(label="Change", value=-2.5, format=Format.PERCENT, signed=True), Field(label="Cap", value=NONE)]
    return KeyValues(title="Facts", fields=tuple(fields))


def matrix(size: int = 5) -> Matrix:
    names = tuple(f"C{place:02d}" for place in range(size))
    cells = tuple(tuple(NONE if row == column else row + column / 10 for column in range(size)) for row in range(size))
    lines = tuple(tuple(f"{a}{b} GP" for b in names) for a in names)
    return Matrix(title="Cross", rows=names, columns=names, values=cells, pick_lines=lines)


def tree() -> Tree:
    leaves = (Node(label="AAPL", value="1", pick_line="AAPL DES"), Node(label=WILD))
    return Tree(
        title="Sectors", roots=(Node(label="Technology", children=leaves), Node(label="Energy", pick_line="XLE DES"))
    )


def no_bars() -> Chart:
    frame = pl.DataFrame(
        schema={"time": pl.Datetime("us", "UTC")}
        | dict.fromkeys(("open", "high", "low", "close", "volume"), pl.Float64)
    )
    return Chart(title="c", bars=Bars(key="X", interval=Interval.D1, frame=frame, provenance=Provenance(provider="t")))


class BlockApp(LiveApp[None]):
    def __init__(self, *blocks: Block, missing: tuple[Missing, ...] = (), glyphs: GlyphSet = BOX) -> None:
        super().__init__(glyphs=glyphs)
        self.report = Report(title="t", blocks=blocks, missing=missing)
        self.lines: list[str] = []

    def compose(self) -> ComposeResult:
        yield ReportView(self.report)

    def on_picked(self, event: Picked) -> None:
        self.lines.append(event.line)

    @property
    def view(self) -> ReportView:
        return self.query_one(ReportView)


def rows(widget: Widget) -> list[str]:
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


async def test_a_table_shows_numbers_heads_rows_and_footer() -> None:
    app = BlockApp(table())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        shown = rows(app.query_one(TableView))
        assert shown[0].startswith("History ──")
        assert shown[1].split() == ["Date", "Close", "Chg", "Note"]
        assert shown[2].split() == ["1)", "2018-01-01", "100.00", "–", "note", "0"]
        assert shown[3].split() == ["2)", "2018-01-02", "137.00", "-1.00%", "note", "1"]
        assert shown[-1].startswith("Average 123.45")


async def test_keys_move_the_cursor_and_enter_picks_its_line() -> None:
    app = BlockApp(table())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down", "down", "enter", "end", "enter", "pageup", "home", "enter")
        await pilot.pause()
        assert app.lines == ["ROW 2", "ROW 99", "ROW 0"]


async def test_the_cursor_stays_in_view() -> None:
    app = BlockApp(table())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        view = app.query_one(TableView)
        for key in ("pagedown", "pagedown", "down", "end", "pageup", "home"):
            await pilot.press(key)
            place = view.cursor - int(view.scroll_offset.y) + 2
            assert rows(view)[place].split()[0] == f"{view.cursor + 1})"


async def test_sorting_puts_missing_last_and_keeps_picks_with_their_rows() -> None:
    app = BlockApp(table(5))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        view = app.query_one(TableView)
        view.sort_by(2)
        assert [line.split()[3] for line in rows(view)[2:7]] == ["-3.00%", "-1.00%", "+2.00%", "+4.00%", "–"]
        await pilot.press("ctrl+r")
        assert [line.split()[3] for line in rows(view)[2:7]] == ["+4.00%", "+2.00%", "-1.00%", "-3.00%", "–"]
        assert view.pick(1)
        await pilot.pause()
        assert app.lines == ["ROW 4"]
        view.sort_by(None)
        await pilot.press("ctrl+t")
        assert "▴" in rows(view)[1]
        view.sort_by(2, descending=True)
        assert "  ▾" in rows(view)[1]


async def test_numbers_go_on_through_the_tables_of_a_report() -> None:
    app = BlockApp(table(3), table(2, pick_lines=("X", "Y")))
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.pause()
        assert app.view.pick(4)
        assert app.view.pick(2)
        assert not app.view.pick(6)
        assert not app.view.pick(0)
        await pilot.pause()
        assert app.lines == ["X", "ROW 1"]


async def test_a_row_is_copied_with_tabs() -> None:
    app = BlockApp(table())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down", "ctrl+c")
        assert app.clipboard == "2018-01-02\t137.00\t-1.00%\tnote 1"


def test_block_widgets_load_no_heavy_library() -> None:
    code = (
        "import sys\n"
        "import financehub_tui.widgets.blocks.report_view\n"
        "print(sorted({'numpy', 'polars', 'talib', 'pandas', 'duckdb'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_a_wide_table_keeps_its_first_column_when_scrolled_sideways() -> None:
    app = BlockApp(table())
    async with app.run_test(size=(34, 12)) as pilot:
        await pilot.pause()
        view = app.query_one(TableView)
        before = rows(view)[3]
        await pilot.press("right")
        after = rows(view)[3]
        assert before != after
        assert after.split()[:2] == ["2)", "2018-01-02"]
        assert {view.render_line(y).cell_length for y in range(1, 11)} <= {33, 34}


def wide() -> Table:
    """Eight columns, of which a narrow pane shows a few."""
    names = ("name", "about", "one", "two", "three", "four", "five", "last")
    frame = pl.DataFrame(
        {name: [f"{name} of row {row}" + " and more" * 3 * (name == "about") for row in range(3)] for name in names}
    )
    return Table(title="Wide", frame=frame, columns=tuple(Column(name=name, title=name.title()) for name in names))


async def test_columns_that_do_not_fit_are_left_out_whole_and_marked() -> None:
    app = BlockApp(wide())
    async with app.run_test(size=(54, 30)) as pilot:
        await pilot.pause()
        view = app.query_one(TableView)
        assert rows(view)[1].split() == ["Name", "About", "›"]
        assert rows(view)[2].split("  ")[0] == "name of row 0"
        await pilot.press("right")
        assert rows(view)[1].split() == ["Name", "‹", "One", "Two", "›"]
        for _ in range(8):
            await pilot.press("right")
        assert rows(view)[1].split() == ["Name", "‹", "Five", "Last"]


async def test_the_row_under_the_cursor_stands_beneath_in_full_where_columns_are_cut() -> None:
    app = BlockApp(wide())
    async with app.run_test(size=(54, 30)) as pilot:
        await pilot.pause()
        view = app.query_one(TableView)
        beneath = " ".join(" ".join(rows(view)[5:]).split())
        assert beneath.startswith("name of row 0 ─")
        assert "About about of row 0 and more and more and more" in beneath
        assert beneath.endswith("Last last of row 0")
        await pilot.press("down")
        assert "Last last of row 1" in " ".join(" ".join(rows(view)[5:]).split())


async def test_a_row_that_is_seen_whole_has_no_details() -> None:
    frame = pl.DataFrame({"name": ["short", "x" * 40], "about": ["told", "more " * 10]})
    columns = (Column(name="name", title="Name"), Column(name="about", title="About"))
    app = BlockApp(Table(title="Two", frame=frame, columns=columns))
    async with app.run_test(size=(66, 20)) as pilot:
        await pilot.pause()
        view = app.query_one(TableView)
        assert not any(rows(view)[4:])
        await pilot.press("down")
        assert rows(view)[5].split() == ["About", *["more"] * 10]


async def test_a_matrix_says_where_it_goes_on_and_spreads_where_it_does_not() -> None:
    for width, more in ((40, True), (200, False)):
        app = BlockApp(matrix(8))
        async with app.run_test(size=(width, 20)) as pilot:
            await pilot.pause()
            heads = rows(app.query_one(MatrixView))[1]
            assert heads.endswith("›") == more
            assert len(heads) > 39


async def test_matrices_of_the_same_columns_stand_under_each_other() -> None:
    names = ("USD", "EUR")
    wide = Matrix(title="Rates", rows=names, columns=names, values=((None, 0.80834), (1.23711, None)), decimals=5)
    low = Matrix(title="Change", rows=names, columns=names, values=((None, 0.69), (-0.68, None)), decimals=2)
    for size in ((120, 24), (30, 24)):
        app = BlockApp(wide, low)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            first, second = (rows(view)[1] for view in app.query(MatrixView))
            assert [first.index(name) for name in names] == [second.index(name) for name in names]


async def test_the_eight_currencies_fit_into_eighty_cells() -> None:
    names = ("USD", "EUR", "JPY", "GBP", "CHF", "AUD", "CAD", "NZD")
    yen = (0.0091603, 0.0073454, None, 0.0065633, 0.0084869, 0.011485, 0.011318, 0.012456)
    dollars = tuple(None if name == "USD" else 109.167 if name == "JPY" else 1.24029 for name in names)
    cells = tuple(yen if name == "JPY" else dollars for name in names)
    tight = tuple(7 if place < 5 else 6 for place in range(8))
    places = tuple(tight if name == "JPY" else tuple(3 if b == "JPY" else 5 for b in names) for name in names)
    app = BlockApp(Matrix(title="Cross", rows=names, columns=names, values=cells, cell_decimals=places))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        view = app.query_one(MatrixView)
        assert rows(view)[1].split() == [*names]
        assert rows(view)[2].split() == ["USD", "–", "1.24029", "109.167", *["1.24029"] * 5]


async def test_words_of_a_long_page_wrap_beside_its_scroll_bar() -> None:
    body = "word " * 15 + "last"
    app = BlockApp(Text(title="About", body=body), table(20), table(20))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        view = app.query_one(TextView)
        assert view.max_scroll_y == 0
        assert rows(view)[-1].endswith("last")


async def test_a_table_whose_columns_fit_has_no_details() -> None:
    app = BlockApp(wide())
    async with app.run_test(size=(200, 30)) as pilot:
        await pilot.pause()
        assert not any(rows(app.query_one(TableView))[5:])


async def test_long_words_take_the_room_that_others_leave() -> None:
    frame = pl.DataFrame({"name": ["a"], "about": ["x" * 90]})
    columns = (Column(name="name", title="Name"), Column(name="about", title="About"))
    app = BlockApp(Table(title="Wide", frame=frame, columns=columns))
    async with app.run_test(size=(110, 20)) as pilot:
        await pilot.pause()
        assert rows(app.query_one(TableView))[2].split() == ["a", "x" * 90]


async def test_a_second_column_of_words_is_shown_however_long_they_are() -> None:
    frame = pl.DataFrame({"time": ["2026-11-21 14:40:01"], "title": ["head line " * 8], "by": ["Reuters"]})
    columns = tuple(Column(name=name, title=name.title()) for name in ("time", "title", "by"))
    app = BlockApp(Table(title="News", frame=frame, columns=columns))
    async with app.run_test(size=(54, 20)) as pilot:
        await pilot.pause()
        view = app.query_one(TableView)
        assert rows(view)[1].split() == ["Time", "Title", "›"]
        assert "head line head line head line" in rows(view)[2]


async def test_a_footer_is_cut_only_where_the_line_ends() -> None:
    words = "the source gives the time of 1 of 4 reports only"
    app = BlockApp(table(3, footer=(("Reaction", words),)))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        assert rows(app.query_one(TableView))[5] == f"Reaction {words}"
    app = BlockApp(table(3, footer=(("High", "180.10 on 2018-01-18"), ("Low", "160.10 on 2018-02-02"))))
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        assert any(line == "High 180.10 on 2018-01-18" for line in rows(app.query_one(TableView)))


def test_columns_are_kept_where_lines_are_few() -> None:
    values = [Labelled(f"L{n}", "word " * (26 if n == 0 else 1)) for n in range(4)]
    assert len(arranged(values, 80)) == 1
    assert len(arranged(values, 80, 4)) == 2


async def test_an_address_is_not_chopped_for_the_sake_of_a_column() -> None:
    fields = tuple(Field(label=f"Place {n}", value=f"https://example.com/{'x' * 20 * (n % 2)}") for n in range(6))
    app = BlockApp(KeyValues(title="Where", fields=fields))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert rows(app.view.parts[0])[2].split() == ["Place", "1", f"https://example.com/{'x' * 20}"]


async def test_short_values_stand_side_by_side_in_a_narrow_pane() -> None:
    app = BlockApp(KeyValues(title="Facts", fields=tuple(Field(label=f"L{n}", value=n) for n in range(9))))
    async with app.run_test(size=(50, 12)) as pilot:
        await pilot.pause()
        assert rows(app.view.parts[0])[1].split() == ["L0", "0", "L3", "3", "L6", "6"]


async def test_details_leave_half_of_the_table_to_its_rows() -> None:
    app = BlockApp(table(200))
    async with app.run_test(size=(34, 20)) as pilot:
        await pilot.pause()
        view = app.query_one(TableView)
        await pilot.press("end")
        shown = rows(view)
        assert sum(line.split(")")[0].strip().isdigit() for line in shown) >= 10
        assert any(line.startswith("200)") for line in shown)
        assert any(line.split() == ["Note", "note", "199"] for line in shown)


async def test_the_cursor_of_a_table_on_a_long_page_is_kept_in_view() -> None:
    app = BlockApp(table(30, footer=()), table(20, footer=()))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        first = app.query_one(TableView)
        assert first.size.height == 32
        for _ in range(25):
            await pilot.press("down")
        await pilot.pause()
        top = int(app.view.scroll_offset.y)
        assert top <= 2 + first.cursor < top + 20


async def test_an_empty_table_says_why() -> None:
    app = BlockApp(table(0, frame=pl.DataFrame(), empty="No history.", missing=NONE, pick_lines=()))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert rows(app.query_one(TableView))[1:3] == ["No history.", "no key: Finnhub needs a key"]
        await pilot.press("down", "enter", "pagedown", "ctrl+t", "ctrl+r", "end")


async def test_newer_rows_keep_cursor_and_order() -> None:
    app = BlockApp(table(30))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        view = app.query_one(TableView)
        await pilot.press("down", "down")
        view.sort_by(1, descending=True)
        app.view.set_report(Report(title="t", blocks=(table(40),)))
        assert app.query_one(TableView) is view
        assert (view.cursor, view.model.sorted_by, len(view.model)) == (2, 1, 40)
        app.view.set_report(Report(title="t", blocks=(values(),)))
        await pilot.pause()
        assert not app.query(TableView)


@pytest.mark.parametrize(("width", "columns"), [(50, 1), (80, 2), (140, 3)])
async def test_labelled_values_take_the_columns_that_fit(width: int, columns: int) -> None:
    app = BlockApp(values(9))
    async with app.run_test(size=(width, 24)) as pilot:
        await pilot.pause()
        lines = rows(app.view.parts[0])
        assert lines[1].count("Label") == columns
        text = " ".join(" ".join(lines).split())
        assert "-2.50%" in text
        assert "Finnhub" in text


async def test_a_matrix_has_a_cell_cursor_and_gives_reasons() -> None:
    app = BlockApp(matrix(30))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        view = app.query_one(MatrixView)
        assert rows(view)[-1] == "C00 C00: no key: Finnhub needs a key"
        await pilot.press("down", "right", "right", "enter")
        await pilot.pause()
        assert app.lines == ["C01C02 GP"]
        await pilot.press("end")
        assert "C29" in rows(view)[1]
        for _ in range(28):
            await pilot.press("down")
        assert any(line.startswith("C29") for line in rows(view))


async def test_text_is_never_markup_and_scrolls() -> None:
    app = BlockApp(Text(title="News", body="\n".join([WILD, *(f"line {place}" for place in range(60))])))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        view = app.query_one(TextView)
        assert "[red]日本電信電話[/]" in rows(view)[1]
        assert "\x1b" not in "".join(rows(view))
        view.focus()
        await pilot.press("end")
        await pilot.pause()
        assert rows(view)[-1] == "line 59"


async def test_branches_open_close_and_run() -> None:
    app = BlockApp(tree())
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        view = app.query_one(TreeView)
        assert len(view.lines) == 4
        await pilot.press("left")
        assert [line.node.label for line in view.lines] == ["Technology", "Energy"]
        await pilot.press("right", "right", "enter", "left", "enter", "end", "enter")
        await pilot.pause()
        assert app.lines == ["AAPL DES", "XLE DES"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50), (30, 8)])
@pytest.mark.parametrize("glyphs", [BOX, ASCII])
async def test_every_line_of_every_block_has_its_width(size: tuple[int, int], glyphs: GlyphSet) -> None:
    wild = pl.DataFrame({"x": [WILD] * 5})
    blocks = (
        values(),
        table(),
        matrix(),
        tree(),
        Text(title=WILD, body=WILD * 4),
        Table(title=WILD, frame=wild, columns=(Column(name="x", title=WILD),)),
        no_bars(),
    )
    app = BlockApp(*blocks, missing=(NONE,), glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for part in app.view.parts:
            for y in range(part.size.height):
                strip = part.render_line(y)
                assert part.size.width - 1 <= strip.cell_length <= part.size.width
                assert strip.cell_length == sum(cell_len(segment.text) for segment in strip)
                assert all(segment.style is not None and segment.style.bgcolor is not None for segment in strip)
                assert glyphs is BOX or strip.text.isascii()


async def test_a_long_report_scrolls_by_pages() -> None:
    app = BlockApp(values(40), Text(title="A", body="x\n" * 30), values(40))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.query_one(TextView).focus()
        await pilot.pause()
        before = app.view.scroll_offset.y
        for _ in range(8):
            await pilot.press("pagedown")
        await pilot.pause()
        assert app.view.scroll_offset.y > before


@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(1, 12), st.booleans(), st.booleans()), min_size=1, max_size=6),
    st.integers(1, 120),
)
def test_rows_are_shared_out_whole(asked: list[tuple[int, int, bool, bool]], total: int) -> None:
    wants = [Want(max(natural, least), least, stretches, fills) for natural, least, stretches, fills in asked]
    given_rows = heights(wants, total)
    assert all(rows >= want.least for rows, want in zip(given_rows, wants, strict=True))
    assert all(
        rows >= want.natural for rows, want in zip(given_rows, wants, strict=True) if not (want.stretches or want.fills)
    )
    least = sum(want.least if want.stretches or want.fills else want.natural for want in wants)
    elastic = any(want.stretches or want.fills for want in wants)
    one_page = given_rows == [want.natural for want in wants] and not any(want.fills for want in wants)
    assert sum(given_rows) == total or least > total or not elastic or one_page


async def test_what_a_field_says_is_missing_is_not_said_twice() -> None:
    other = Missing(reason=Reason.TIMEOUT, detail="Yahoo: no answer")
    app = BlockApp(values(), missing=(NONE, other))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert rows(app.query_one(MissingView)) == ["missing: time-out: Yahoo: no answer"]
        assert "Finnhub" in " ".join(rows(app.view.parts[0]))


def test_a_report_that_would_be_cut_twice_is_one_page() -> None:
    listing, keys = Want(42, 5, stretches=True), Want(27, 5, stretches=True)
    assert heights([listing, keys], 19) == [42, 27]


def test_a_report_that_scrolls_anyway_has_no_box_that_scrolls_in_it() -> None:
    facts, listing = Want(13, 3), Want(20, 5, stretches=True)
    assert heights([facts, listing], 16) == [13, 20]


def test_a_block_the_pane_could_show_whole_is_not_cut() -> None:
    assert heights([Want(19, 5, stretches=True), Want(17, 5, stretches=True)], 34) == [19, 17]


def test_rows_left_over_stay_beneath_the_report_and_part_no_blocks() -> None:
    assert heights([Want(6, 5, stretches=True), Want(4, 4)], 40) == [6, 4]
    assert heights([Want(4, 4), Want(6, 5, stretches=True)], 40) == [4, 36]


def test_a_column_of_a_given_width_takes_room_that_is_left_over() -> None:
    frame = pl.DataFrame({"name": ["American Airlines Group Inc. Common Stock"], "last": [51.95]})
    columns = (Column(name="name", title="Name", width=24), Column(name="last", title="Last", format=Format.PRICE))
    model = TableModel(Table(title="t", frame=frame, columns=columns))
    assert model.placed(40)[0].width == 40 - GAP - 5
    assert model.placed(100)[0].width == len(frame["name"][0])


def test_a_long_history_scrolls_in_itself_under_heads_that_stay() -> None:
    assert heights([Want(5, 3), Want(1260, 5, stretches=True)], 19) == [5, 14]


@given(st.text(max_size=80), st.integers(1, 30))
def test_wrapped_lines_fit_and_lose_no_letter(words: str, width: int) -> None:
    lines = wrap(words, width)
    assert all(cell_len(line) <= max(width, 2) for line in lines)
    letters = [char for char in words if char.isalnum() and char.isascii()]
    assert [char for char in "".join(lines) if char.isalnum() and char.isascii()] == letters
