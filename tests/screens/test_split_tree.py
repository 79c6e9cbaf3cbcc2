"""The split tree: panes tile the screen exactly, whatever is done to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.errors import CommandError
from financehub_tui.screens.layouts import Layout, PaneState, decode, encode, keep_last, read_last, starting_layout
from financehub_tui.screens.split import (
    Box,
    Leaf,
    Split,
    Tree,
    balance,
    boxes,
    close,
    fits,
    neighbour,
    panes,
    resize,
    split,
)  # fmt: skip

WAYS = st.sampled_from(["row", "column"])


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    tree: Tree = Leaf(1)
    for number in range(2, draw(st.integers(1, 12)) + 1):
        pane = draw(st.sampled_from(panes(tree)))
        tree = split(tree, pane, number, draw(WAYS))
        if draw(st.booleans()):
            tree = resize(tree, pane, draw(WAYS), draw(st.floats(-1, 1)))
    return tree


@given(trees(), st.integers(0, 300), st.integers(0, 90))
def test_boxes_fill_the_screen_without_gap_or_overlap(tree: Tree, width: int, height: int) -> None:
    places = boxes(tree, Box(3, 2, width, height))
    assert sorted(places) == sorted(panes(tree))
    assert sum(box.width * box.height for box in places.values()) == width * height
    for box in places.values():
        assert box.width >= 0 and box.height >= 0
        assert box.x >= 3 and box.x + box.width <= 3 + width
        assert box.y >= 2 and box.y + box.height <= 2 + height
    cells = [
        (x, y)
        for box in places.values()
        for x in range(box.x, box.x + box.width, 7)
        for y in range(box.y, box.y + box.height, 5)
    ]
    for x, y in cells:
        assert sum(b.x <= x < b.x + b.width and b.y <= y < b.y + b.height for b in places.values()) == 1


@given(trees(), st.data())
def test_closing_takes_one_pane_away_and_keeps_the_order_of_the_others(tree: Tree, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(panes(tree)))
    left = close(tree, gone)
    rest = [pane for pane in panes(tree) if pane != gone]
    assert (panes(left) if left is not None else []) == rest


@given(trees(), WAYS, st.data())
def test_splitting_then_closing_gives_the_tree_back(tree: Tree, way: str, data: st.DataObject) -> None:
    pane = data.draw(st.sampled_from(panes(tree)))
    more = split(tree, pane, 99, way)
    assert panes(more).index(99) == panes(more).index(pane) + 1
    assert close(more, 99) == tree


@given(trees(), WAYS, st.floats(-0.5, 0.5), st.data())
def test_resizing_and_balancing_keep_every_pane(tree: Tree, way: str, by: float, data: st.DataObject) -> None:
    pane = data.draw(st.sampled_from(panes(tree)))
    assert panes(resize(tree, pane, way, by)) == panes(tree)
    even = balance(tree)
    assert panes(even) == panes(tree)
    assert balance(even) == even


@given(trees(), st.sampled_from(["left", "right", "up", "down"]), st.data())
def test_the_neighbour_stands_in_that_direction(tree: Tree, direction: str, data: st.DataObject) -> None:
    pane = data.draw(st.sampled_from(panes(tree)))
    other = neighbour(tree, pane, direction)
    if other is None:
        return
    here, there = (boxes(tree, Box(0, 0, 1_200, 1_200))[each] for each in (pane, other))
    assert {
        "left": there.x + there.width <= here.x,
        "right": there.x >= here.x + here.width,
        "up": there.y + there.height <= here.y,
        "down": there.y >= here.y + here.height,
    }[direction]


def test_growing_a_pane_grows_it() -> None:
    tree = Split("row", 0.5, Leaf(1), Split("row", 0.5, Leaf(2), Leaf(3)))
    for pane in (1, 2, 3):
        before = boxes(tree, Box(0, 0, 120, 40))[pane].width
        assert boxes(resize(tree, pane, "row", 0.05), Box(0, 0, 120, 40))[pane].width > before


def test_twelve_panes_do_not_fit_everywhere() -> None:
    tree: Tree = Leaf(1)
    for number in range(2, 13):
        tree = split(tree, number - 1, number, "row")
    assert not fits(balance(tree), 120, 40)
    assert not fits(Split("row", 0.5, Leaf(1), Leaf(2)), 80, 24)
    assert fits(Split("row", 0.5, Leaf(1), Leaf(2)), 120, 40)


@given(trees(), st.text(max_size=30))
def test_a_layout_survives_its_document(tree: Tree, line: str) -> None:
    states = tuple(PaneState(pane=pane, line=line, group="A" if pane % 2 else "") for pane in panes(tree))
    layout = Layout(tree=tree, panes=states, focused=panes(tree)[-1])
    assert decode(encode(layout)) == layout


@pytest.mark.parametrize("scenario", ["live", "equities", "crypto"])
def test_starting_layouts_are_sound(scenario: str) -> None:
    layout = starting_layout(scenario)
    assert decode(encode(layout)) == layout
    assert {state.pane for state in layout.panes} == set(panes(layout.tree))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "damaged"),
        ("version = 2", "newer version"),
        ("version = 1\npanes = []", "damaged"),
        ("not toml at all [[", "damaged"),
        ('version = 1\nfocused = 1\npanes = []\n[tree]\ntype = "pane"\npane = "x"', "damaged"),
        (encode(Layout(tree=Split("row", 0.5, Leaf(1), Leaf(1)), panes=())), "not distinct"),
        ('version = "one"', "damaged"),
        (encode(Layout(tree=Split("row", 7.0, Leaf(1), Leaf(2)), panes=())), "damaged"),
        (encode(Layout(tree=Split("row", float("nan"), Leaf(1), Leaf(2)), panes=())), "damaged"),
    ],
)
def test_a_damaged_or_newer_layout_is_refused_in_one_line(document: str, words: str) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        decode(document)
    assert "\n" not in str(caught.value)


def test_the_last_layout_is_kept_and_a_damaged_one_forgotten() -> None:
    assert read_last("equities") is None
    layout = starting_layout("crypto")
    keep_last("equities", layout)
    assert read_last("equities") == layout
    from financehub_tui.screens.layouts import last_file

    last_file("equities").write_bytes(b"\xff\xfe")
    assert read_last("equities") is None
    last_file("equities").write_text("version = 9")
    assert read_last("equities") is None
