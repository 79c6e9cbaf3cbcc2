"""The grid without a screen: order, cursor, groups, columns, copying."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.report.blocks import Format
from financehub_tui.widgets.grid_columns import SHORT_REASONS, ColumnSpec, cell_text, export_text, place
from financehub_tui.widgets.grid_flash import FlashBoard
from financehub_tui.widgets.grid_model import SORT_HOLD, GridModel, Group

COLUMNS = (
    ColumnSpec(id="symbol", title="Symbol", width=8),
    ColumnSpec(id="last", title="Last", width=10, format=Format.PRICE, flash=True, arrow=True),
    ColumnSpec(id="name", title="Name", width=10, grow=True),
)
VALUES = st.one_of(
    st.none(),
    st.floats(allow_nan=True),
    st.integers(-100, 100),
    st.text(max_size=4),
    st.just(Missing(reason=Reason.NO_KEY, detail="no key")),
    st.just([1.0, 2.0]),
)


class Table:
    def __init__(self, rows):
        self.rows = rows

    def value(self, row, column):
        return row if column == "symbol" else self.rows.get(row, {}).get(column)

    def version(self, row):
        return 0

    def stale(self, row):
        return False


def grid(**last):
    model = GridModel(COLUMNS, Table({row: {"last": value} for row, value in last.items()}))
    model.set_rows(last)
    return model


def test_sorts_by_value_with_what_is_missing_last_both_ways():
    model = grid(A=2.0, B=None, C=1.0, D=math.nan, E=3)
    model.sort("last")
    assert model.rows == ("C", "A", "E", "B", "D")
    model.sort("last", descending=True)
    assert model.rows == ("E", "A", "C", "B", "D")
    model.sort(None)
    assert model.rows == ("A", "B", "C", "D", "E")
    with pytest.raises(KeyError):
        model.sort("nothing")


def test_order_stands_for_a_second_and_the_cursor_follows_its_symbol():
    model = grid(A=1.0, B=2.0, C=3.0)
    model.cursor = "A"
    model.sort("last", now=10.0)
    model.source.rows["A"]["last"] = 9.0
    assert not model.resort(10.0 + SORT_HOLD / 2)
    assert model.rows == ("A", "B", "C")
    assert model.resort(10.0 + SORT_HOLD)
    assert model.rows == ("B", "C", "A")
    assert (model.cursor, model.cursor_line) == ("A", 2)
    assert not model.resort(20.0)


def test_a_held_order_does_not_change_until_asked():
    model = grid(A=1.0, B=2.0)
    model.sort("last", now=0.0)
    model.order_frozen = True
    model.source.rows["A"]["last"] = 9.0
    assert not model.resort(100.0)
    model.sort("last", now=100.0)
    assert model.rows == ("B", "A")


def test_groups_have_headings_the_cursor_skips_and_can_be_folded():
    model = grid()
    model.set_groups([Group("Tech", ("A", "B", "A")), Group("Banks", ("B", "C"))])
    assert [(line.row, line.title) for line in model.lines] == [
        (None, "Tech"),
        ("A", ""),
        ("B", ""),
        (None, "Banks"),
        ("C", ""),
    ]
    assert model.cursor == "A"
    model.move_cursor(2)
    assert model.cursor == "C"
    model.put_cursor(0)
    assert model.cursor == "C"
    model.toggle_group("Banks")
    assert model.cursor == "B"
    assert model.group_size("Banks") == 1
    model.toggle_group("Banks")
    assert model.rows == ("A", "B", "C")


def test_rows_that_leave_take_their_selection_and_hand_the_cursor_on():
    model = grid(A=1, B=2, C=3)
    model.cursor = "B"
    model.toggle_selected("B")
    model.toggle_selected("nobody")
    assert model.selected == {"B"}
    model.set_rows(["A", "C"])
    assert model.selected == set()
    assert model.cursor == "C"
    model.set_rows([])
    assert model.cursor is None
    model.move_cursor(1)
    assert model.cursor is None


def test_columns_can_be_chosen_and_moved():
    model = grid(A=1)
    model.show_columns(["last", "symbol", "last"])
    assert [column.id for column in model.columns] == ["last", "symbol"]
    model.move_column("last", 5)
    assert [column.id for column in model.columns] == ["symbol", "last"]
    assert len(model.all_columns) == 3
    with pytest.raises(ValueError, match="at least one"):
        model.show_columns([])
    with pytest.raises(KeyError):
        model.show_columns(["what"])


def test_copies_full_precision_from_the_model_one_line_a_row():
    model = grid(A=0.123456789, B=None)
    model.source.rows["A"]["name"] = "tab\tand\nline"
    assert model.tsv() == "Symbol\tLast\tName\nA\t0.123456789\ttab and line\nB\t\t\n"
    model.toggle_selected("B")
    assert model.tsv() == "Symbol\tLast\tName\nB\t\t\n"
    assert export_text([1, 2]) == "1 2"


def test_growing_columns_share_the_room_left_over():
    assert [column.width for column in place(COLUMNS, 41)] == [8, 10, 20]
    assert [column.x for column in place(COLUMNS, 10)] == [0, 9, 20]
    assert [column.width for column in place(COLUMNS, 200)] == [8, 10, 40]


def test_every_reason_has_a_short_form_that_fits_a_cell():
    assert set(SHORT_REASONS) == set(Reason)
    assert all(len(text) <= 7 for text in SHORT_REASONS.values())
    assert cell_text(Missing(reason=Reason.RATE_LIMITED, detail="x"), COLUMNS[1], 10) == "429"


@given(VALUES)
def test_every_value_gives_a_text(value):
    spark = ColumnSpec(id="s", title="s", width=5, format=Format.SPARK)
    if not isinstance(value, str | int | float):
        assert isinstance(cell_text(value, spark, 5), str)
    assert cell_text(None, spark, 5) == ""
    if not isinstance(value, list):
        assert isinstance(cell_text(value, COLUMNS[1], 10), str)
    assert "\t" not in export_text(value)


def test_flash_follows_the_direction_and_ends_by_itself():
    board, source = FlashBoard(duration=0.5), Table({"A": {"last": 1.0}})
    board.observe(["A"], COLUMNS, source, 0.0)
    assert not board.flashing("A", "last")
    source.rows["A"]["last"] = 2.0
    board.observe(["A"], COLUMNS, source, 1.0)
    assert board.flashing("A", "last")
    assert board.direction("A", "last") == 1
    assert board.expire(1.4) == set()
    source.rows["A"]["last"] = 0.5
    board.observe(["A"], COLUMNS, source, 1.4)
    assert board.expire(1.9) == {"A"}
    assert board.direction("A", "last") == -1
    board.keep(["A"])
    assert board.direction("A", "last") == -1
    board.keep([])
    assert board.direction("A", "last") == 0
    source.rows["A"]["last"] = math.nan
    board.observe(["A"], COLUMNS, source, 2.0)
    assert not board.flashing("A", "last")


class GridMachine(RuleBasedStateMachine):
    """Whatever is done, every row is on exactly one line, and the cursor is on one of them."""

    def __init__(self):
        super().__init__()
        self.rows = {}
        self.model = GridModel(COLUMNS, Table(self.rows))
        self.names = ()
        self.now = 0.0

    @rule(names=st.lists(st.sampled_from("ABCDEFGH"), max_size=10), cut=st.integers(0, 10))
    def set_groups(self, names, cut):
        self.names = tuple(dict.fromkeys(names))
        self.model.set_groups([Group("one", tuple(names[:cut])), Group("two", tuple(names[cut:]))])

    @rule(row=st.sampled_from("ABCDEFGH"), value=VALUES)
    def change(self, row, value):
        self.rows[row] = {"last": value}

    @rule(column=st.sampled_from(["last", "symbol", None]), descending=st.booleans())
    def sort(self, column, descending):
        cursor = self.model.cursor
        self.model.sort(column, descending=descending, now=self.now)
        assert self.model.cursor == cursor

    @rule(seconds=st.floats(0, 3))
    def pass_time(self, seconds):
        self.now += seconds
        before, cursor = self.model.lines, self.model.cursor
        assert self.model.resort(self.now) == (self.model.lines != before)
        assert self.model.cursor == cursor

    @rule(by=st.integers(-20, 20))
    def move(self, by):
        self.model.move_cursor(by)

    @rule(title=st.sampled_from(["one", "two"]))
    def fold(self, title):
        self.model.toggle_group(title)

    @invariant()
    def consistent(self):
        model = self.model
        assert len(set(model.rows)) == len(model.rows)
        if not model.is_collapsed("one") and not model.is_collapsed("two"):
            assert set(model.rows) == set(self.names)
        assert all(model.lines[model.line_of(row)].row == row for row in model.rows)
        assert (model.cursor in model.rows) if model.rows else True


TestGridMachine = GridMachine.TestCase
