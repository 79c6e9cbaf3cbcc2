"""Labelled values in one to three columns side by side, as the width allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.strip import Strip

from financehub_tui.widgets.blocks.wrap import wrap
from financehub_tui.widgets.glyphs import GlyphSet
from financehub_tui.widgets.palette import Palette
from financehub_tui.widgets.strips import Piece, blank, build, fit

COLUMN = 36
"""Cells a column of longer words needs."""

_GAP = 3
_LABEL = 28
_COLUMNS = 3
_WORTH = 1.25
"""Words that wrap in a narrow column are better read on a long line: a column must save more lines than this."""


class Labelled(NamedTuple):
    """A label with its value's words and the palette role they are drawn in."""

    label: str
    words: str
    role: str = "value"


class Placed(NamedTuple):
    """A value with the lines its words take."""

    value: Labelled
    lines: list[str]


def arranged(values: Sequence[Labelled], width: int, room: int | None = None) -> list[list[Placed]]:
    """The values of each column, top down: as many columns as fit and save lines. Long words wrap.

    Where there is `room` for so many lines only, columns are kept that save them.
    """
    if not values:
        return []
    needed = min(COLUMN, _label(values) + 1 + max(cell_len(value.words) for value in values))
    most = max(1, min(_COLUMNS, (width + _GAP) // (needed + _GAP), -(-len(values) // 2)))
    best = _in_columns(values, width, most)
    for count in range(most - 1, 0, -1):
        fewer = _in_columns(values, width, count)
        if room is not None and _lines_of(fewer) > max(room, _lines_of(best)):
            break
        if _lines_of(fewer) > _WORTH * _lines_of(best) and not _chopped(values, width, len(best)):
            break
        best = fewer
    return best


def height(values: Sequence[Labelled], width: int) -> int:
    """Lines the values take at a width."""
    return _lines_of(arranged(values, width))


def _lines_of(columns: Sequence[Sequence[Placed]]) -> int:
    return max((sum(len(one.lines) for one in column) for column in columns), default=0)


def _chopped(values: Sequence[Labelled], width: int, count: int) -> bool:
    """True where a word, such as an address, does not fit into a column."""
    room = _words_room(values, width, count)
    return any(cell_len(word) > room for value in values for word in value.words.split())


def _words_room(values: Sequence[Labelled], width: int, count: int) -> int:
    return max(4, _room(width, count) - _label(values) - 1)


def _in_columns(values: Sequence[Labelled], width: int, count: int) -> list[list[Placed]]:
    """The values in at most so many columns, as low as they can be."""
    room = _words_room(values, width, count)
    placed = [Placed(value, wrap(value.words, room)) for value in values]
    lengths = [len(one.lines) for one in placed]
    lowest = max(-(-sum(lengths) // count), *lengths)
    while len(columns := _filled(placed, lowest)) > count:
        lowest += 1
    return columns


def drawn(
    values: Sequence[Labelled], width: int, palette: Palette, glyphs: GlyphSet, room: int | None = None
) -> list[Strip]:
    """The lines of the values, each of exactly `width` cells; see `arranged` for `room`."""
    columns = arranged(values, width, room)
    if not columns:
        return []
    room = _room(width, len(columns))
    labels = [_label([one.value for one in column]) for column in columns]
    cells = [
        [line for one in column for line in _lines(one, label, room, palette, glyphs)]
        for column, label in zip(columns, labels, strict=True)
    ]
    gap, empty = blank(_GAP, palette.fill), blank(room, palette.fill)
    made = []
    for row in range(max(len(column) for column in cells)):
        parts: list[Strip] = []
        for place, column in enumerate(cells):
            parts += [gap] * bool(place) + [column[row] if row < len(column) else empty]
        made.append(Strip.join(parts).extend_cell_length(width, palette.fill))
    return made


def _filled(placed: Sequence[Placed], lines: int) -> list[list[Placed]]:
    """The values in columns of at most so many lines."""
    columns: list[list[Placed]] = [[]]
    left = lines
    for one in placed:
        if len(one.lines) > left:
            columns.append([])
            left = lines
        columns[-1].append(one)
        left -= len(one.lines)
    return columns


def _label(values: Sequence[Labelled]) -> int:
    return min(_LABEL, max(cell_len(value.label) for value in values))


def _room(width: int, count: int) -> int:
    return (width - _GAP * (count - 1)) // count


def _lines(one: Placed, label: int, room: int, palette: Palette, glyphs: GlyphSet) -> list[Strip]:
    made = []
    for place, words in enumerate(one.lines):
        name = fit(glyphs.clean(one.value.label if place == 0 else ""), label, "left", glyphs.ellipsis)
        pieces: list[Piece] = [
            (name + " ", palette.style("label")),
            (glyphs.clean(words), palette.style(one.value.role)),
        ]
        made.append(build(pieces, room, palette.fill))
    return made
