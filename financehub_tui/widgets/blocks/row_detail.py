"""The row under the cursor in full: what of it the columns in view do not show."""

from __future__ import annotations

from collections.abc import Sequence

from financehub_tui.formats import MISSING
from financehub_tui.report.cells import heading
from financehub_tui.widgets.blocks.columns import TableModel
from financehub_tui.widgets.blocks.labelled import Labelled, height


def detail_rows(model: TableModel, cut: Sequence[int], width: int) -> int:
    """A rule and the lines the longest words of the cut columns take at a width; 0 where nothing is cut."""
    longest = [
        Labelled(heading(model.columns[place]), "x" * model.longest(place)) for place in cut if model.longest(place)
    ]
    return 1 + height(longest, width) if longest else 0


def details(model: TableModel, cut: Sequence[int], row: int) -> list[Labelled]:
    """The values a frame's row has in the cut columns."""
    texts = [(heading(model.columns[place]), model.words(row, model.columns[place])) for place in cut]
    return [Labelled(label, words, "text") for label, words in texts if words not in ("", MISSING)]
