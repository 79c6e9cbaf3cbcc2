"""What is on the terminal, cell by cell, and the shortest text that brings it up to date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import get_character_cell_size, split_graphemes
from textual.strip import Strip

from financehub_tui.widgets.ink import PLAIN, Ink, InkWell
from financehub_tui.widgets.pen import Pen, Run, Stretch

_BRIDGE = 4
"""Bytes of unchanged cells that are cheaper to write again than to jump over."""


class Span(NamedTuple):
    """Part of a line to bring up to date: `strip` covers columns `start` to `end`, of which `x1` to `x2` changed."""

    y: int
    x1: int
    x2: int
    start: int
    end: int
    strip: Strip


class ScreenFrame:
    """A model of the terminal's screen. A cell of unknown content has an empty text and the ink None."""

    def __init__(self, well: InkWell) -> None:
        self.well = well
        self.size = (0, 0)
        self._chars: list[list[str]] = []
        self._inks: list[list[Ink | None]] = []
        self._single: set[str] = set()

    def forget(self, width: int, height: int) -> None:
        """Nothing is known any more: the next spans are written whole."""
        self.size = (width, height)
        self._chars = [[""] * width for _ in range(height)]
        self._inks = [[None] * width for _ in range(height)]

    def update(self, spans: Iterable[Span]) -> list[Run]:
        """The runs that make the terminal show the spans; remembers them as shown."""
        stretches: list[Stretch] = []
        width, height = self.size
        for span in spans:
            if 0 <= span.y < height and span.start < width:
                self._update_span(span._replace(end=min(span.end, width), x2=min(span.x2, width)), stretches)
        return Pen(self.well).write(stretches)

    def _update_span(self, span: Span, stretches: list[Stretch]) -> None:
        start, end, y = span.start, span.end, span.y
        chars, inks = self._cells(span.strip, end - start)
        old_chars, old_inks = self._chars[y], self._inks[y]
        if chars == old_chars[start:end] and inks == old_inks[start:end]:
            return
        if "" in chars or "" in old_chars[start:end]:
            # Half of a wide character cannot be written alone.
            changes = [(start, end)]
        else:
            first, last = max(span.x1, start), min(span.x2, end)
            new = chars[first - start : last - start], inks[first - start : last - start]
            cells = zip(range(first, last), *new, old_chars[first:last], old_inks[first:last], strict=True)
            changed = [x for x, char, ink, was, was_ink in cells if ink is not was_ink or char != was]
            changes = _stretches(changed, chars, inks, start)
        for x1, x2 in changes:
            stretch = Stretch(y, x1, chars[x1 - start : x2 - start], inks[x1 - start : x2 - start])
            stretches.append(stretch)
            self._remember(stretch)

    def _remember(self, stretch: Stretch) -> None:
        y, x, chars, inks = stretch
        row, row_inks = self._chars[y], self._inks[y]
        end = x + len(chars)
        # Writing over one half of a wide character wipes the other.
        if x > 0 and row[x] == "" and row_inks[x] is not None:
            row[x - 1], row_inks[x - 1] = "", None
        if end < len(row) and row[end] == "" and row_inks[end] is not None:
            row_inks[end] = None
        row[x:end] = chars
        row_inks[x:end] = inks

    def _cells(self, strip: Strip, width: int) -> tuple[list[str], list[Ink]]:
        """One text and ink per cell; the second cell of a wide character has an empty text."""
        chars: list[str] = []
        inks: list[Ink] = []
        for text, style, control in strip:
            if control:
                continue
            before = len(chars)
            if text.isascii() or self._is_single(text):
                chars.extend(text)
            else:
                chars.extend(_graphemes(text))
            inks.extend([self.well.ink(style)] * (len(chars) - before))
        if len(chars) != width:
            missing = width - len(chars)
            chars = chars[:width] + [" "] * missing
            inks = inks[:width] + [PLAIN] * missing
        return chars, inks

    def _is_single(self, text: str) -> bool:
        unknown = set(text) - self._single
        if not unknown:
            return True
        self._single |= {char for char in unknown if get_character_cell_size(char) == 1}
        return unknown <= self._single


def _stretches(changed: list[int], chars: list[str], inks: list[Ink], start: int) -> list[tuple[int, int]]:
    """Changed columns as half-open stretches, small gaps of one ink bridged."""
    stretches: list[tuple[int, int]] = []
    for x in changed:
        if stretches:
            first, end = stretches[-1]
            if x == end or (x - end <= _BRIDGE and _cheap(chars, inks, end - start, x - start)):
                stretches[-1] = (first, x + 1)
                continue
        stretches.append((x, x + 1))
    return stretches


def _cheap(chars: list[str], inks: list[Ink], at: int, end: int) -> bool:
    """Whether cells can be written again with the ink before them, in no more bytes than a jump takes."""
    if any(ink is not inks[at - 1] for ink in inks[at:end]):
        return False
    return len("".join(chars[at:end]).encode("utf-8", "replace")) <= _BRIDGE


def _graphemes(text: str) -> list[str]:
    cells: list[str] = []
    for start, end, width in split_graphemes(text)[0]:
        if width == 0:
            if cells:
                cells[-1 if cells[-1] else -2] += text[start:end]
            continue
        cells.append(text[start:end])
        cells.extend([""] * (width - 1))
    return cells
