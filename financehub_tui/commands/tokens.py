"""From a typed line to words: limits, safe quoting, `;` chains, pane prefixes, dropped GO and `?`."""

from __future__ import annotations

import re
import unicodedata

import msgspec

from financehub_tui.errors import CommandError

MAX_LINE = 2_000
"""Characters; a longer line is a paste gone wrong."""

MAX_PANE = 12
"""Panes of a workspace, numbered from 1."""

_SHOWN = 40
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})
_TOKEN = re.compile(r"<[A-Za-z][A-Za-z-]*>|,|<|[^\s,<]+")
TARGET = re.compile(r"\s*([A-Ha-h]|\d{1,2}):")
"""The prefix that names a pane or a linked group."""


class Token(msgspec.Struct, frozen=True):
    """A word of the line; `start` and `end` are its places in the whole line."""

    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """Upper case without < >. Text beyond ASCII stays as it is: upper case could make other letters of it."""
        text = self.text
        if len(text) > 2 and text[0] == "<" and text[-1] == ">":
            text = text[1:-1]
        return text.upper() if text.isascii() else text


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One command of a chain."""

    line: str
    """The whole line the places of the tokens refer to."""
    tokens: tuple[Token, ...]
    target: str
    wants_tails: bool
    end: int
    """Where the last token ends."""

    def glued(self, index: int) -> tuple[str, int]:
        """The text from a token to the next blank, and the index after it."""
        stop = index + 1
        while stop < len(self.tokens) and self.tokens[stop].start == self.tokens[stop - 1].end:
            stop += 1
        return self.line[self.tokens[index].start : self.tokens[stop - 1].end], stop

    def rest(self, index: int) -> str:
        """The raw text from a token to the end, blanks collapsed."""
        return " ".join(self.line[self.tokens[index].start : self.end].split())

    def word(self, index: int) -> str:
        """The upper-case word at an index; empty beyond the end."""
        return self.tokens[index].word if index < len(self.tokens) else ""

    def text(self, index: int) -> str:
        """The text at an index as typed; empty beyond the end."""
        return self.tokens[index].text if index < len(self.tokens) else ""


def shown(text: str) -> str:
    """Typed text inside a message: quoted, cut, on one line, and harmless to the terminal."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return "'" + "".join(map(_harmless, cut)) + "'"


def _harmless(char: str) -> str:
    if char.isascii() and char.isprintable():
        return char
    if char.isprintable() and unicodedata.bidirectional(char) not in _RIGHT_TO_LEFT:
        return char
    return char.encode("unicode_escape").decode("ascii")


def clean(line: str) -> str:
    """The line with tabs as blanks. Raises CommandError where it is too long or holds what no key types."""
    if len(line) > MAX_LINE:
        raise CommandError(
            f"The line has {len(line):,} characters, {MAX_LINE:,} are the most: {shown(line)}",
            "Press Esc to clear it; a long script belongs in a file.",
        )
    text = line.strip("\r\n\t ").replace("\t", " ")
    for place, char in enumerate(text, 1):
        if not char.isascii() or not char.isprintable():
            _refuse(char, place)
    return text


def _refuse(char: str, place: int) -> None:
    if unicodedata.category(char) in _REFUSED:
        code = char.encode("unicode_escape").decode("ascii")
        raise CommandError(
            f"The line holds the invisible character {code} at place {place}",
            "Type the line anew, or paste it through a plain text editor.",
        )


def segments(line: str) -> list[Segment]:
    """The commands of a cleaned line in order; empty ones are left out. Raises CommandError for a bad prefix."""
    found = []
    start = 0
    for part in line.split(";"):
        if part.strip():
            found.append(_segment(line, start, start + len(part)))
        start += len(part) + 1
    return found


def _segment(line: str, start: int, stop: int) -> Segment:
    target, start = _target(line, start, stop)
    tokens = [Token(m[0], m.start(), m.end()) for m in _TOKEN.finditer(line, start, stop)]
    wants_tails = False
    while tokens and (tokens[-1].text == "?" or tokens[-1].word == "GO"):
        if len(tokens) > 1 and tokens[-2].text == ",":
            break
        wants_tails |= tokens.pop().text == "?"
    end = tokens[-1].end if tokens else stop
    return Segment(line=line, tokens=tuple(tokens), target=target, wants_tails=wants_tails, end=end)


def _target(line: str, start: int, stop: int) -> tuple[str, int]:
    match = TARGET.match(line, start, stop)
    if match is None:
        return "", start
    target = match[1].upper()
    if target.isdigit():
        number = int(target)
        if not 1 <= number <= MAX_PANE:
            raise CommandError(f"There is no pane {number}", f"Panes are 1 to {MAX_PANE}, linked groups A to H.")
        target = str(number)
    return target, match.end()
