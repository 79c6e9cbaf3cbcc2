"""Sets of characters to draw with. Chosen by configuration, never guessed from the font."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from financehub_tui.errors import ConfigError

_ASCII_TABLE = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "…": ".", "·": ".", "•": "*", "×": "x", "°": "o", "→": ">", "←": "<",
        "▲": "^", "▼": "v", "↑": "^", "↓": "v",
        "▴": "^", "▾": "v", "▸": ">", "‹": "<", "›": ">", "●": "*", "○": "o", "◆": "*", "✓": "y", "✗": "x",
        "▁": "_", "▂": "_", "▃": ".", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#",
        "─": "-", "│": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+",
        "‘": "'", "’": "'", "“": '"', "”": '"', "\xa0": " ",
    }
)  # fmt: skip


class GlyphSet(msgspec.Struct, frozen=True):
    """Characters for one mode. Each is one cell wide."""

    name: str
    ascii: bool = False
    """True: nothing outside printable ASCII may reach the screen; see `clean`."""
    lines: str = "box"
    """How lines of a chart are drawn: box, braille, block or ascii."""
    up: str = "▲"
    down: str = "▼"
    flat: str = "·"
    sort_up: str = "▴"
    sort_down: str = "▾"
    opened: str = "▾"
    closed: str = "▸"
    more_left: str = "‹"
    more_right: str = "›"
    held: str = "="
    """Mark of an order that is held."""
    ellipsis: str = "…"
    bullet: str = "●"
    large: str = "◆"
    """Mark of a large trade."""
    frozen: str = "│"
    """Edge between frozen and scrolled columns."""
    levels: str = "▁▂▃▄▅▆▇█"
    """Bars growing upwards, one eighth each."""
    eighths: str = "▏▎▍▌▋▊▉█"
    """Bars growing rightwards, one eighth each."""
    horizontal: str = "─"
    vertical: str = "│"
    cross: str = "┼"
    corners: str = "┌┐└┘"
    tees: str = "├┤┬┴"
    wick: str = "│"
    wick_top: str = "╵"
    wick_bottom: str = "╷"
    body: str = "┃"
    body_top: str = "╹"
    body_bottom: str = "╻"
    body_to_wick: str = "╿"
    """Body in the upper half, wick in the lower."""
    wick_to_body: str = "╽"
    """Wick in the upper half, body in the lower."""
    half_upper: str = "▀"
    half_lower: str = "▄"

    def clean(self, text: str) -> str:
        """The text as this set can show it: unchanged, or in ASCII mode with `?` where nothing fits."""
        if not self.ascii or text.isascii():
            return text
        return text.translate(_ASCII_TABLE).encode("ascii", "replace").decode("ascii")


BOX = GlyphSet("box")
BRAILLE = replace(BOX, name="braille", lines="braille")
BLOCK = replace(BOX, name="block", lines="block")
ASCII = GlyphSet(
    "ascii",
    ascii=True,
    lines="ascii",
    up="^",
    down="v",
    flat=".",
    sort_up="^",
    sort_down="v",
    opened="-",
    closed="+",
    more_left="<",
    more_right=">",
    ellipsis=".",
    bullet="*",
    large="*",
    frozen="|",
    levels="_.-=+*%#",
    eighths="    ####",
    horizontal="-",
    vertical="|",
    cross="+",
    corners="++++",
    tees="++++",
    wick="|",
    wick_top="'",
    wick_bottom=".",
    body="#",
    body_top="#",
    body_bottom="#",
    body_to_wick="#",
    wick_to_body="#",
    half_upper="#",
    half_lower="#",
)
GLYPH_SETS = {glyphs.name: glyphs for glyphs in (BOX, BRAILLE, BLOCK, ASCII)}


def glyph_set(name: str) -> GlyphSet:
    """The set called `name`; ConfigError where there is none."""
    if (glyphs := GLYPH_SETS.get(name)) is None:
        raise ConfigError(f"glyphs: no such set: {name!r}", hint=f"one of {', '.join(GLYPH_SETS)}")
    return glyphs
