"""Which bars are in view, under any sequence of keys."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.widgets.chart.viewport import Viewport

counts = st.integers(1, 20_000)
widths = st.integers(1, 300)
moves = st.lists(
    st.one_of(
        st.tuples(st.just("zoom"), st.booleans(), st.integers(0, 20_000)),
        st.tuples(st.just("pan"), st.integers(-50, 50), st.just(0)),
        st.tuples(st.just("resize"), st.integers(1, 300), st.just(0)),
        st.tuples(st.just("grow"), st.integers(1, 5), st.just(0)),
    ),
    max_size=12,
)


def moved(view: Viewport, steps: list[tuple[str, int, int]]) -> Viewport:
    for kind, amount, bar in steps:
        if kind == "zoom":
            view = view.zoom(bool(amount), min(bar, view.count - 1))
        elif kind == "pan":
            view = view.pan(amount)
        elif kind == "resize":
            view = view.resized(amount)
        else:
            view = view.grown(view.count + amount)
    return view


@given(counts, widths, st.booleans())
def test_a_fit_shows_every_bar_inside_the_window(count: int, columns: int, exact: bool) -> None:
    view = Viewport.fit(count, columns, exact=exact)
    assert view.bars == slice(0, count)
    assert view.at_fit
    places = [view.column(slot) for slot in view.visible]
    assert places == sorted(places)
    assert 0 <= places[0] <= places[-1] < columns


@given(counts, widths, moves)
def test_no_sequence_of_keys_leaves_the_bars(count: int, columns: int, steps: list[tuple[str, int, int]]) -> None:
    view = moved(Viewport.fit(count, columns), steps)
    assert len(view.visible) >= 1
    assert 0 <= view.bars.start < view.bars.stop <= view.count
    assert all(0 <= view.column(slot) < view.columns for slot in view.visible)
    assert view.step == 1 or view.pitch <= 2
    # No place is wasted: either every bar is seen or every place is taken.
    assert len(view.visible) == min(view.slots, view.capacity)


@given(counts, widths, moves)
def test_the_slot_under_a_column_is_the_one_drawn_there(
    count: int, columns: int, steps: list[tuple[str, int, int]]
) -> None:
    view = moved(Viewport.fit(count, columns), steps)
    for slot in view.visible:
        assert abs(view.slot_at(view.column(slot)) - slot) <= (0 if view.pitch >= 1 else 1)


@given(st.integers(300, 5_000), st.integers(40, 200), st.integers(0, 5_000))
def test_zooming_closer_keeps_the_bar_in_its_column(count: int, columns: int, bar: int) -> None:
    bar = min(bar, count - 1)
    view = Viewport.fit(count, columns)
    for _ in range(3):
        closer = view.zoom(True, bar)
        before, after = view.centre(view.slot_of(bar)), closer.centre(closer.slot_of(bar))
        inside = closer.start > 0 and not closer.at_end
        assert not inside or abs(before - after) <= max(view.pitch, closer.pitch) + 1
        view = closer


def test_zooming_out_ends_with_all_bars() -> None:
    view = Viewport.fit(1_259, 110)
    closer = view
    for _ in range(6):
        closer = closer.zoom(True, 600)
    assert not closer.at_fit
    for _ in range(12):
        closer = closer.zoom(False, 600)
    assert closer == view


def test_panning_stops_at_both_ends() -> None:
    view = Viewport.fit(500, 100).zoom(True).zoom(True).zoom(True)
    assert view.at_end
    assert view.pan(1) == view
    first = view.pan(-10_000)
    assert first.start == 0
    assert first.pan(-1) == first


def test_a_growing_series_is_followed_only_at_its_end() -> None:
    view = Viewport.fit(500, 100).zoom(True).zoom(True).zoom(True)
    assert view.grown(501).bars.stop == 501
    earlier = view.pan(-30)
    assert earlier.grown(501).start == earlier.start


@pytest.mark.parametrize(("slot", "start"), [(50, 50), (499, 400), (250, 200)])
def test_revealing_moves_no_more_than_needed(slot: int, start: int) -> None:
    view = Viewport(count=500, columns=100, start=200)
    assert view.reveal(slot).start == start


def test_bars_of_uneven_pitch_cover_the_width() -> None:
    view = Viewport.fit(65, 110)
    places = np.array([view.column(slot) for slot in view.visible])
    assert places[-1] - places[0] > 100
