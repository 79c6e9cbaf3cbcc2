"""What is on the terminal, cell by cell, and the shortest text that brings it up to date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import get_character_cell_size, split_graphemes
from textual.strip import Strip

from financehub_tui.widgets.ink import PLAIN, Ink, InkWell

_BRIDGE = 4
"""Unchanged cells cheaper to write again than to jump over."""


class Span(NamedTuple):
    """Part of a line to bring up to date: `strip` covers columns `start` to `end`, of which `x1` to `x2` changed."""

    y: int
    x1: int
    x2: int
    start: int
    end: int
    strip: Strip


class Run(NamedTuple):
    """Text written for one stretch of changed cells."""

    y: int
    x: int
    text: str


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
        runs: list[Run] = []
        pen = _Pen(self.well)
        width, height = self.size
        for span in spans:
            if 0 <= span.y < height and span.start < width:
                self._update_span(span._replace(end=min(span.end, width), x2=min(span.x2, width)), pen, runs)
        if runs and (ending := pen.lift()):
            runs[-1] = runs[-1]._replace(text=runs[-1].text + ending)
        return runs

    def _update_span(self, span: Span, pen: _Pen, runs: list[Run]) -> None:
        start, end, y = span.start, span.end, span.y
        chars, inks = self._cells(span.strip, end - start)
        old_chars, old_inks = self._chars[y], self._inks[y]
        if chars == old_chars[start:end] and inks == old_inks[start:end]:
            return
        if "" in chars or "" in old_chars[start:end]:
            # Half of a wide character cannot be written alone.
            stretches = [(start, end)]
        else:
            first, last = max(span.x1, start), min(span.x2, end)
            new = zip(chars[first - start : last - start], inks[first - start : last - start], strict=True)
            old = zip(old_chars[first:last], old_inks[first:last], strict=True)
            changed = [
                x
                for x, ((char, ink), (was, was_ink)) in enumerate(zip(new, old, strict=True), first)
                if ink is not was_ink or char != was
            ]
            stretches = _stretches(changed, inks, start)
        for x1, x2 in stretches:
            text = pen.write(y, x1, chars[x1 - start : x2 - start], inks[x1 - start : x2 - start])
            runs.append(Run(y, x1, text))
            self._remember(y, x1, chars[x1 - start : x2 - start], inks[x1 - start : x2 - start])

    def _remember(self, y: int, x: int, chars: list[str], inks: list[Ink]) -> None:
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


class _Pen:
    """Where the terminal's cursor is and what it writes with, within one frame."""

    def __init__(self, well: InkWell) -> None:
        self._well = well
        self._ink = PLAIN
        self._y = -1
        self._x = -1

    def write(self, y: int, x: int, chars: list[str], inks: list[Ink]) -> str:
        parts: list[str] = []
        if y != self._y:
            parts.append(f"\x1b[{y + 1};{x + 1}H")
        elif x != self._x:
            parts.append(f"\x1b[{x + 1}G")
        at, count = 0, len(chars)
        while at < count:
            ink = inks[at]
            end = at + 1
            while end < count and inks[end] is ink:
                end += 1
            text = "".join(chars[at:end])
            used = self._well.blank(self._ink, ink) if text.isspace() else ink
            parts.append(self._well.change(self._ink, used))
            parts.append(text)
            self._ink, at = used, end
        # Terminals differ over the width of some characters: move explicitly after them.
        self._y, self._x = y, -1 if "" in chars else x + count
        return "".join(parts)

    def lift(self) -> str:
        ending = self._well.change(self._ink, PLAIN)
        self._ink = PLAIN
        return ending


def _stretches(changed: list[int], inks: list[Ink], start: int) -> list[tuple[int, int]]:
    """Changed columns as half-open stretches, small gaps of one ink bridged."""
    stretches: list[tuple[int, int]] = []
    for x in changed:
        if stretches:
            first, end = stretches[-1]
            ink = inks[end - 1 - start]
            if x - end <= _BRIDGE and all(between is ink for between in inks[end - start : x - start]):
                stretches[-1] = (first, x + 1)
                continue
        stretches.append((x, x + 1))
    return stretches


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
