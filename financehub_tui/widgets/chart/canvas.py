"""A grid of characters, each with the theme token that colours it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Cells = npt.NDArray[np.uint32]
    Mask = npt.NDArray[np.bool_]

Run = tuple[str, str]
"""Text and its theme token."""

ROLES = (
    "text",
    "muted",
    "axis",
    "grid",
    "label",
    "value",
    "title",
    "up",
    "down",
    "flat",
    "volume_up",
    "volume_down",
    "overlay_1",
    "overlay_2",
    "overlay_3",
    "overlay_4",
    "overlay_5",
    "overlay_6",
    "warning",
    "flash_up",
    "flash_down",
)
"""Tokens a chart uses; the two last are surfaces, whose blanks show."""

_ROLE = {name: number for number, name in enumerate(ROLES)}
_FIRST_SURFACE = _ROLE["flash_up"]
_BLANK = 32
_BRAILLE = 0x2800
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint32)
_HALVES = np.array([_BLANK, 0x2580, 0x2584, 0x2588], dtype=np.uint32)


def role(name: str) -> int:
    """The number of a token on a canvas."""
    return _ROLE[name]


class Canvas:
    """Characters and roles of `height` rows by `width` columns. Row 0 is at the top."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.chars: Cells = np.full((height, width), _BLANK, dtype=np.uint32)
        self.roles: npt.NDArray[np.uint8] = np.zeros((height, width), dtype=np.uint8)

    def text(self, row: int, column: int, words: str, name: str) -> None:
        """Write narrow characters, cut at the edges."""
        if not 0 <= row < self.height or column >= self.width:
            return
        shown = words[max(0, -column) : self.width - column]
        start = max(0, column)
        end = start + len(shown)
        self.chars[row, start:end] = codes(shown)
        self.roles[row, start:end] = _ROLE[name]

    def stamp(self, row: int, column: int, glyphs: Cells, roles: npt.NDArray[np.uint8] | int) -> None:
        """Lay a block of characters over the canvas; blanks leave what is there."""
        height, width = glyphs.shape
        area = (slice(row, row + height), slice(column, column + width))
        ink = glyphs != _BLANK
        np.copyto(self.chars[area], glyphs, where=ink)
        np.copyto(self.roles[area], np.uint8(roles) if isinstance(roles, int) else roles, where=ink)

    def beneath(self, row: int, column: int, glyphs: Cells, name: str) -> None:
        """Lay a block of characters under what is there; dots of two lines in one cell are both kept."""
        height, width = glyphs.shape
        area = (slice(row, row + height), slice(column, column + width))
        both = (self.chars[area] > _BRAILLE) & (glyphs > _BRAILLE) & (glyphs <= _BRAILLE + 0xFF)
        both &= self.chars[area] <= _BRAILLE + 0xFF
        np.copyto(self.chars[area], self.chars[area] | glyphs, where=both)
        free = (self.chars[area] == _BLANK) & (glyphs != _BLANK)
        np.copyto(self.chars[area], glyphs, where=free)
        np.copyto(self.roles[area], np.uint8(_ROLE[name]), where=free)

    def rows(self) -> list[list[Run]]:
        """Each row as runs of one role, as few as the colours allow."""
        roles = _joined(self.chars, self.roles)
        lines = self.chars.tobytes().decode("utf-32-le")
        made = []
        for number in range(self.height):
            line = lines[number * self.width : (number + 1) * self.width]
            own = roles[number]
            edges = [0, *(np.flatnonzero(own[1:] != own[:-1]) + 1).tolist(), self.width]
            made.append([(line[start:end], ROLES[own[start]]) for start, end in pairwise(edges) if end])
        return made

    def plain(self) -> list[str]:
        """The characters alone, one string per row."""
        return ["".join(words for words, _ in row) for row in self.rows()]


def _joined(chars: Cells, roles: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Roles in which a blank takes that of its left neighbour, so that it does not split a run."""
    ink = (chars != _BLANK) | (roles >= _FIRST_SURFACE)
    place = np.where(ink, np.arange(chars.shape[1]), 0)
    nearest: npt.NDArray[np.intp] = np.maximum.accumulate(place, axis=1)
    taken = np.take_along_axis(roles, nearest, axis=1)
    return np.where(ink | (taken < _FIRST_SURFACE), taken, np.uint8(0))


def codes(words: str) -> Cells:
    """Code points of a string."""
    return np.frombuffer(words.encode("utf-32-le"), dtype=np.uint32)


def trace(x: Floats, y: Floats, width: int, height: int) -> Mask:
    """Dots (4 x height rows, 2 x width columns) of a line through points.

    `x` rises, in columns from the left; `y` is in rows from the top; NaN breaks the line. Outside is left out.
    """
    first = np.ones(2 * width, dtype=np.int64)
    last = np.zeros(2 * width, dtype=np.int64)
    there = np.isfinite(y)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], there, [False])).astype(np.int8)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        _segment(2 * x[start:end], 4 * y[start:end], first, last)
    rows = np.arange(4 * height)[:, None]
    return (rows >= first) & (rows <= last)


def _segment(x: Floats, y: Floats, first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> None:
    low, high = max(0, int(x[0])), min(len(first) - 1, int(x[-1]))
    if high < low:
        return
    columns = np.arange(low, high + 1)
    if len(x) == 1:
        first[columns] = last[columns] = np.floor(y[0])
        return
    ends = np.interp(np.append(columns, high + 1), x, y)
    top, bottom = np.minimum(ends[:-1], ends[1:]), np.maximum(ends[:-1], ends[1:])
    places = x.astype(np.int64) - low
    inside = (places >= 0) & (places < len(columns))
    np.minimum.at(top, places[inside], y[inside])
    np.maximum.at(bottom, places[inside], y[inside])
    # A gentle slope is one dot per column; a steep one is filled so that it does not fall apart.
    middle = np.interp(columns + 0.5, x, y)
    gentle = bottom - top < 1
    first[columns] = np.floor(np.where(gentle, middle, top))
    last[columns] = np.floor(np.where(gentle, middle, bottom))


def braille(dots: Mask) -> Cells:
    """A dot grid as braille characters, 4 by 2 dots each."""
    height, width = dots.shape[0] // 4, dots.shape[1] // 2
    bits = np.einsum("idjk,dk->ij", dots.reshape(height, 4, width, 2).astype(np.uint32), _DOTS)
    return np.where(bits > 0, bits + _BRAILLE, _BLANK).astype(np.uint32)


def halves(dots: Mask) -> Cells:
    """A dot grid as half blocks: coarser, for fonts without braille."""
    height, width = dots.shape[0] // 4, dots.shape[1] // 2
    coarse = np.asarray(dots.reshape(height, 2, 2, width, 2).any(axis=(2, 4)), dtype=np.intp)
    return np.asarray(_HALVES[coarse[:, 0] + 2 * coarse[:, 1]], dtype=np.uint32)


def stars(dots: Mask) -> Cells:
    """A dot grid as asterisks, for ASCII."""
    height, width = dots.shape[0] // 4, dots.shape[1] // 2
    return np.where(dots.reshape(height, 4, width, 2).any(axis=(1, 3)), ord("*"), _BLANK).astype(np.uint32)


def line_glyphs(dots: Mask, kind: str) -> Cells:
    """A dot grid in the way a glyph set draws lines: box and braille, block, ascii."""
    return {"block": halves, "ascii": stars}.get(kind, braille)(dots)
