"""The row under the cursor in full: what of it the columns in view do not show."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from financehub_tui.formats import MISSING
from financehub_tui.report.cells import heading
from financehub_tui.widgets.blocks.columns import Placed, TableModel
from financehub_tui.widgets.blocks.labelled import Labelled, height

_RAGGED = 1.2
"""Words break at blanks: their lines are not full."""


def detail_rows(model: TableModel, cut: Sequence[int], width: int) -> int:
    """A rule, which says the first column in full, and the lines the longest words of the other cut columns take.

    0 where nothing is cut.
    """
    if not cut:
        return 0
    longest = [
        Labelled(heading(model.columns[place]), "x" * int(_RAGGED * model.longest(place))) for place in cut if place
    ]
    return 1 + height(longest, width)


def details(model: TableModel, placed: Sequence[Placed], cut: Sequence[int], row: int) -> list[Labelled]:
    """What a frame's row has in the cut columns after the first, where it is not seen whole."""
    widths = {column.place: column.width for column in placed}
    texts = [(place, model.words(row, model.columns[place])) for place in cut if place]
    return [
        Labelled(heading(model.columns[place]), words, "value")
        for place, words in texts
        if words not in ("", MISSING) and cell_len(words) > widths.get(place, 0)
    ]
