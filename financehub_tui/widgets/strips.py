"""Building strips: exact widths, few segments, data never taken for markup.

A piece is `(text, style)`. Text from outside goes through `safe_text`: no control characters, no direction
marks, nothing a terminal could obey.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Piece = tuple[str, Style]

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def safe_text(text: str) -> str:
    """The text with every control, direction and invisible character as a space (tab and line end included)."""
    return _UNSAFE.sub(" ", text) if not (text.isascii() and text.isprintable()) else text


@lru_cache(maxsize=8192)
def fit(text: str, width: int, align: str = "left", ellipsis: str = "…") -> str:
    """Exactly `width` cells: padded at the side `align` (`left`, `right`, `center`) leaves free, or cut with a mark."""
    if width <= 0:
        return ""
    clean = safe_text(text)
    length = len(clean) if clean.isascii() else cell_len(clean)
    if length > width:
        return set_cell_size(clean, width - 1) + ellipsis
    gap = width - length
    if align == "right":
        return " " * gap + clean
    if align == "center":
        return " " * (gap // 2) + clean + " " * (gap - gap // 2)
    return clean + " " * gap


def shorten(text: str, width: int, ellipsis: str = "…") -> str:
    """The text, cut with a mark to `width` cells where it is longer; not padded."""
    return text if cell_len(text) <= width else fit(text, width, "left", ellipsis)


def merge(pieces: Iterable[Piece]) -> list[Segment]:
    """Segments with neighbours of the same style object joined and empty ones left out.

    A palette gives one object for equal styles, so identity is enough and quick.
    """
    segments: list[Segment] = []
    run: list[str] = []
    style: Style | None = None
    for text, piece_style in pieces:
        if not text:
            continue
        if piece_style is not style:
            if run:
                segments.append(Segment("".join(run), style))
                run = []
            style = piece_style
        run.append(text)
    if run:
        segments.append(Segment("".join(run), style))
    return segments


def build(pieces: Iterable[Piece], width: int, fill: Style) -> Strip:
    """A strip of exactly `width` cells: padded with `fill`, or cropped."""
    parts = list(pieces)
    length = sum([len(text) if text.isascii() else cell_len(text) for text, _ in parts])
    if length < width:
        parts.append((" " * (width - length), fill))
    strip = Strip(merge(parts), max(length, width))
    return strip if length <= width else strip.crop(0, width).extend_cell_length(width, fill)


def blank(width: int, fill: Style) -> Strip:
    """An empty line."""
    return Strip([Segment(" " * width, fill)] if width > 0 else [], max(0, width))
