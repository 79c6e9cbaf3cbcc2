"""Lines of styled text for a terminal or a pipe, measured in cells, without any drawing library.

A headless run would otherwise spend more time loading such a library than on its answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

Run = tuple[str, str]
"""(text, role); roles are tokens of a theme."""

_WORD = re.compile(r"\s*\S+\s*")
_CODES = {
    f"{bright}{name}": str((90 if bright else 30) + code)
    for bright in ("", "bright_")
    for code, name in enumerate(("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"))
}
_BOLD = frozenset({"title", "error"})


def cells(text: str) -> int:
    """Cells a text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken between words; a longer word is broken where it must be."""
    if cells(text) <= width:
        return [text]
    lines = [""]
    for match in _WORD.finditer(text):
        word = match[0]
        if lines[-1] and cells(lines[-1]) + cells(word.rstrip()) > width:
            lines.append("")
        while cells((lines[-1] + word).rstrip()) > width:
            head = _head(word, width)
            lines[-1] = head
            lines.append("")
            word = word[len(head) :]
        lines[-1] += word
    return [line.rstrip() for line in lines if line.strip()] or [""]


def _head(text: str, width: int) -> str:
    """The longest beginning of at most `width` cells, one character at least."""
    used = 0
    for place, char in enumerate(text):
        used += _cells(char)
        if used > width:
            return text[: max(1, place)]
    return text


def justified(text: str, width: int, right: bool) -> str:
    """The text with blanks up to `width` cells."""
    blanks = " " * (width - cells(text))
    return blanks + text if right else text + blanks


def painted(runs: Sequence[Run], colours: Mapping[str, str] | None) -> str:
    """The runs as one line without blanks at its end; `colours` gives each role's ANSI name, None means no colour."""
    line = list(runs)
    while line and not line[-1][0].strip():
        line.pop()
    if line:
        line[-1] = (line[-1][0].rstrip(), line[-1][1])
    if colours is None:
        return "".join(text for text, _ in line)
    return "".join(_painted(text, role, colours.get(role, "default")) for text, role in line)


def _painted(text: str, role: str, colour: str) -> str:
    codes = [*(["1"] if role in _BOLD else []), *([_CODES[colour]] if colour in _CODES else [])]
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes and text.strip() else text
