"""Stepping through typed lines, searching them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.commands.history import History


def test_stepping_goes_from_new_to_old_and_back_to_the_draft() -> None:
    history = History(["AAPL", "GP 1Y", "WEI"])
    assert [history.previous("dra") for _ in range(1)] == ["dra"]
    history.reset()
    assert [history.previous("") for _ in range(4)] == ["WEI", "GP 1Y", "AAPL", "AAPL"]
    assert [history.next() for _ in range(4)] == ["GP 1Y", "WEI", "", None]


def test_stepping_keeps_to_lines_that_begin_like_the_draft() -> None:
    history = History(["AAPL GP", "MSFT", "aapl des"])
    assert history.previous("AAPL") == "aapl des"
    assert history.previous("whatever is shown now") == "AAPL GP"
    assert history.next() == "aapl des"
    assert history.next() == "AAPL"


def test_editing_or_running_a_line_starts_anew() -> None:
    history = History(["AAPL", "MSFT"])
    history.previous("")
    history.reset()
    assert history.next() is None
    history.previous("")
    history.add("WEI")
    assert history.previous("") == "WEI"


def test_a_repeated_line_is_kept_once_as_the_newest() -> None:
    history = History(["AAPL", "MSFT", "AAPL ", "  "])
    assert history.last(5) == ["AAPL", "MSFT"]
    assert len(history) == 2


def test_search_goes_on_to_older_lines() -> None:
    history = History(["AAPL GP", "MSFT GP", "WEI"])
    assert history.search("gp") == "MSFT GP"
    assert history.search("gp", skip=1) == "AAPL GP"
    assert history.search("gp", skip=2) is None
    assert history.search("x") is None


def test_the_oldest_lines_are_dropped() -> None:
    assert History(["1", "2", "3"], limit=2).last(9) == ["3", "2"]
    assert History(["1"]).last(0) == []


@given(lines=st.lists(st.text(max_size=4)), draft=st.text(max_size=2), steps=st.integers(1, 8))
def test_as_many_steps_forward_as_back_give_the_draft(lines: list[str], draft: str, steps: int) -> None:
    history = History(lines)
    seen = [history.previous(draft) for _ in range(steps)]
    assert all(line.strip().casefold().startswith(draft.strip().casefold()) for line in seen)
    shown: str | None = ""
    for _ in range(len(lines) + 1):
        following = history.next()
        if following is None:
            break
        shown = following
    assert shown == draft
