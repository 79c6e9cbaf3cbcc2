"""Writing changed cells with as few sequences as it takes.

To change the ink costs up to forty bytes, to move the cursor at most eight. Inks come back again and again (a grid
under candles, red and green in turn), so all cells of one ink are written before those of the next. That happens in
bands of a few lines: on a slow line a picture appears from top to bottom, not one colour after the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from financehub_tui.widgets.ink import PLAIN, Ink, InkWell

_BAND = 1000
"""Cells from which the next line begins a new band."""


class Stretch(NamedTuple):
    """Neighbouring cells of line `y` from column `x` on; the second cell of a wide character has an empty text."""

    y: int
    x: int
    chars: list[str]
    inks: list[Ink]


class Run(NamedTuple):
    """Text written for cells of line `y` from column `x` on, with the sequences that lead to it."""

    y: int
    x: int
    text: str


class _Piece(NamedTuple):
    """Cells of one ink; `blank` where there are no letters, `wide` where a character takes two cells."""

    y: int
    x: int
    end: int
    text: str
    ink: Ink
    blank: bool
    wide: bool


class Pen:
    """Where the terminal's cursor is and what it writes with, within one frame."""

    def __init__(self, well: InkWell) -> None:
        self._well = well
        self._ink = PLAIN
        self._y = -1
        self._x = -1
        self._runs: list[Run] = []

    def write(self, stretches: Iterable[Stretch]) -> list[Run]:
        """All stretches of a frame, which come line by line, from left to right and without overlap."""
        band: list[_Piece] = []
        cells = 0
        for _, line in groupby(stretches, attrgetter("y")):
            if cells >= _BAND:
                self._sweep(band)
                band, cells = [], 0
            pieces: list[_Piece] = []
            for stretch in line:
                pieces += _pieces(stretch, self._well)
                cells += len(stretch.chars)
            if any(piece.wide for piece in pieces):
                # Half of an older wide character vanishes with the other: the order of columns alone is safe.
                self._put(pieces)
            else:
                band += pieces
        self._sweep(band)
        if self._runs and (ending := self._well.change(self._ink, PLAIN)):
            self._runs[-1] = self._runs[-1]._replace(text=self._runs[-1].text + ending)
        return self._runs

    def _sweep(self, band: list[_Piece]) -> None:
        """All pieces of a band, ink by ink; blanks together with any ink of their background."""
        well, ink, pending = self._well, self._ink, band
        while pending:
            now: list[_Piece] = []
            later: list[_Piece] = []
            for piece in pending:
                wanted = piece.ink
                fits = wanted is ink or (piece.blank and well.blank(ink, wanted) is ink)
                (now if fits else later).append(piece)
            self._put(now)
            if later:
                ink = well.blank(ink, later[0].ink) if later[0].blank else later[0].ink
            pending = later

    def _put(self, pieces: Iterable[_Piece]) -> None:
        well, ink, runs = self._well, self._ink, self._runs
        for y, x, end, text, wanted, blank, wide in pieces:
            sequences = "" if x == self._x and y == self._y else self._move(y, x)
            if wanted is not ink:
                used = well.blank(ink, wanted) if blank else wanted
                sequences += well.change(ink, used)
                ink = used
            runs.append(Run(y, x, sequences + text))
            # Terminals differ over the width of some characters: move explicitly after them.
            self._y, self._x = y, -1 if wide else end
        self._ink = ink

    def _move(self, y: int, x: int) -> str:
        if y != self._y:
            return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
        if x == 0:
            return "\r"
        gap = x - self._x
        if self._x < 0 or gap < 0:
            return f"\x1b[{x + 1}G"
        return f"\x1b[{gap}C" if gap > 1 else "\x1b[C"


def _pieces(stretch: Stretch, well: InkWell) -> list[_Piece]:
    """The cells of a stretch by ink, blanks together with neighbours of their background."""
    pieces: list[_Piece] = []
    y, start, chars, inks = stretch
    at, count = 0, len(chars)
    while at < count:
        ink = inks[at]
        end = at + 1
        while end < count and inks[end] is ink:
            end += 1
        text = "".join(chars[at:end])
        piece = _Piece(y, start + at, start + end, text, ink, text.isspace(), "" in chars[at:end])
        if pieces and (joined := _joined(pieces[-1], piece, well)) is not None:
            pieces[-1] = joined
        else:
            pieces.append(piece)
        at = end
    return pieces


def _joined(left: _Piece, right: _Piece, well: InkWell) -> _Piece | None:
    """Two neighbours as one, where the blanks of one look the same in the ink of the other."""
    if right.blank and well.blank(left.ink, right.ink) is left.ink:
        ink, blank = left.ink, left.blank
    elif left.blank and well.blank(right.ink, left.ink) is right.ink:
        ink, blank = right.ink, right.blank
    else:
        return None
    return _Piece(left.y, left.x, right.end, left.text + right.text, ink, blank, left.wide or right.wide)
