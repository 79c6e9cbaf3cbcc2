"""Fitting columns into a width: nothing is cut, wide text wraps, what does not fit goes into a further part."""

from __future__ import annotations

import msgspec

WRAP_AT = 16
"""A text column is made narrower than its content down to this many cells, then columns move to a further part."""

GAP = 2
"""Blank cells between columns."""


class Measured(msgspec.Struct, frozen=True):
    """What a column needs."""

    natural: int
    """Cells of its longest content."""
    wraps: bool
    """True for text, which may run over several lines."""

    @property
    def least(self) -> int:
        """The narrowest it may become."""
        return min(self.natural, WRAP_AT) if self.wraps else self.natural


def parts(columns: list[Measured], width: int) -> list[list[int]]:
    """Column numbers of each part, every part within `width` where its columns allow; each begins with column 0."""
    if not columns:
        return []
    made = [[0]]
    used = columns[0].least
    for place, column in enumerate(columns[1:], 1):
        need = column.least + GAP
        if used + need > width and len(made[-1]) > 1:
            made.append([0])
            used = columns[0].least
        made[-1].append(place)
        used += need
    return made


def widths(columns: list[Measured], width: int) -> list[int]:
    """Cells for each column of one part: natural where all fit, else the text columns share what is short."""
    given = [column.natural for column in columns]
    short = sum(given) + GAP * (len(given) - 1) - width
    while short > 0:
        able = [place for place, column in enumerate(columns) if given[place] > column.least]
        if not able:
            break
        widest = max(able, key=lambda place: given[place])
        second = max((given[place] for place in able if place != widest), default=0)
        cut = max(1, min(short, given[widest] - max(columns[widest].least, second)))
        given[widest] -= cut
        short -= cut
    return given
